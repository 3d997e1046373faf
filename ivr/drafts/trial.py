"""The draft as something that can be called, for the desk's own phone."""

import logging
import threading
import time
from collections.abc import Callable, Iterable

from ivr.drafts.workshop import Workshop
from ivr.errors import IvrError
from ivr.served import Served
from ivr.speech.chain import Chain
from ivr.versions.archive import SHORT, VersionError, name_of, pack_files
from ivr.versions.opening import serve_version
from ivr.versions.supply import reason

log = logging.getLogger(__name__)

# Drafts that stay loaded for the calls that began with them, some 10 MB each.
LOADED = 2
# Seconds for which the draft counts as unchanged: one press of a key asks for it several times.
FRESH = 1.0


class Trial:
    """Serves the draft as it is now; while it has a fault, as it was when it last had none. `now` counts seconds."""

    problems: tuple[str, ...] = ()

    def __init__(self, workshop: Workshop, chain: Chain, now: Callable[[], float] = time.monotonic) -> None:
        self._workshop, self._chain, self._now = workshop, chain, now
        self._lock = threading.Lock()
        self._loaded: dict[str, Served] = {}
        self._looked = float("-inf")

    @property
    def live(self) -> Served:
        """The draft. Raises IvrError where it has faults and never had none, DatabaseDownError."""
        with self._lock:
            if not self._loaded or self._now() - self._looked > FRESH:
                self._look()
                self._looked = self._now()
            return next(reversed(self._loaded.values()))

    @property
    def all(self) -> Iterable[Served]:
        """The draft, and those before it that calls began with."""
        live = self.live
        return (live, *(served for served in tuple(self._loaded.values()) if served is not live))

    def of(self, version: str) -> Served | None:
        """The draft in whose URLs `version` stands; None where it is not loaded any more."""
        return self._loaded.get(version)

    def _look(self) -> None:
        """Load the draft where it has changed."""
        data = pack_files(self._workshop.draft().files)
        version = name_of(data)[:SHORT]
        found = self._loaded.get(version)
        if found is None:
            try:
                found = serve_version(self._workshop.settings, self._chain, data, version)
            except IvrError as fault:
                if not self._loaded:
                    raise
                log.info("the draft has faults, and is tried as it was before: %s", fault)
                return
            except Exception as fault:
                log.exception("the draft cannot be tried")
                if not self._loaded:
                    raise VersionError(f"The draft cannot be tried: {reason(fault)}") from fault
                return
        others = [(name, served) for name, served in self._loaded.items() if name != version]
        self._loaded = dict([*others, (version, found)][-LOADED:])
