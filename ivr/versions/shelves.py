"""The versions that a worker has loaded: the live one, and those that calls in progress began with."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence

from ivr.errors import IvrError
from ivr.sending import DatabaseDownError
from ivr.served import Served
from ivr.versions.archive import VersionError
from ivr.versions.pointer import Published
from ivr.versions.store import Known
from ivr.versions.supply import Read, Supply, distinct, newest_whole, refusal

log = logging.getLogger(__name__)

# Seconds after which a new version is given to new calls. By then every worker has loaded it: otherwise a call
# could begin with it here and press its next key at a worker that does not know it yet.
SETTLED = 5.0
# A version is kept loaded for its calls so many seconds after another took its place; Twilio ends a call after
# four hours. At most so many are loaded, each some 5 MB.
CALLS_END = 4 * 3600.0
LOADED = 4


class Shelves:
    """Serves published versions, and follows the database's word for which is live.

    `read` makes what is served of a version's bytes and name. `folder` gives what is served as long as nothing
    that was published can be: the folders as they are at the start.
    """

    def __init__(self, supply: Supply, read: Read[Served], folder: Callable[[], Served]) -> None:
        self._supply, self._read = supply, read
        known, served, self.problems = newest_whole(supply, read)
        if served is None:
            log.warning("no published version is served: the folders are, as they were at the start")
            served = folder()
        self._live = served
        self._loaded = {served.version: served}
        self._number = known.number if known else 0
        self._newest = 0
        self._refused: dict[str, tuple[int, str]] = {}
        self._down = False
        self._remember(known)

    @property
    def live(self) -> Served:
        """What a call that begins now hears."""
        return self._live

    @property
    def all(self) -> Iterable[Served]:
        """Every version that is loaded, the live one first."""
        live = self._live
        return (live, *(served for served in self._loaded.values() if served is not live))

    def of(self, version: str) -> Served | None:
        """The version in whose URLs `version` stands; None where it is not loaded any more."""
        return self._loaded.get(version)

    def look(self, prepare: Callable[[Served], None] = lambda served: None) -> bool:
        """Follow the database; False where it does not answer, and all stays as it is.

        This loads what is new, which takes seconds: it is for a thread of its own. `prepare` is called with a
        version before it goes live.
        """
        try:
            self._follow(self._supply.pointer.recent(), prepare)
        except DatabaseDownError:
            if not self._down:
                log.warning("the database does not say which version is live: the last one is served on")
            self._down = True
            return False
        self._down = False
        return True

    def _follow(self, recent: Sequence[Published], prepare: Callable[[Served], None]) -> None:
        if not recent:
            return
        if recent[0].number != self._newest:
            # Whatever was refused gets another chance with each change: what was missing may be there now.
            self._newest, self._refused = recent[0].number, {}
        kept: dict[str, Served] = {version: served for version, served in self._loaded.items() if not version}
        for one in _wanted(recent):
            served = self._loaded.get(one.short) or self._load(one)
            if served:
                kept[one.short] = served
        self._loaded = self._loaded | kept
        chosen = next((one for one in _settled(recent) if one.short in kept), None)
        # Numbers only grow, so a lower one is older, unless the whole list begins anew in another database.
        if chosen and (chosen.number > self._number or recent[0].number < self._number):
            self._go_live(chosen, kept[chosen.short], prepare)
        self._loaded = kept | {self._live.version: self._live}
        self.problems = tuple(why for number, why in self._refused.values() if number > self._number)

    def _go_live(self, chosen: Published, served: Served, prepare: Callable[[Served], None]) -> None:
        if served is not self._live:
            prepare(served)
        self._live, self._number = served, chosen.number
        self._remember(Known(chosen.number, chosen.version))
        log.info("version %s (%s) is live", chosen.number, chosen.short)

    def _load(self, one: Published) -> Served | None:
        if one.version in self._refused:
            return None
        try:
            return self._read(self._supply.bring(one.version), one.version)
        except DatabaseDownError:
            raise
        except IvrError as fault:
            self._refused[one.version] = one.number, refusal(one, fault)
            log.error("%s\nThe last good one is still served.", refusal(one, fault))
            return None
        except Exception as fault:
            # It would come again at every look, and keep this worker from all that is published later.
            self._refused[one.version] = one.number, refusal(one, fault)
            log.exception("%s\nThe last good one is still served.", refusal(one, fault))
            return None

    def _remember(self, known: Known | None) -> None:
        try:
            if known and self._supply.store.known() != known:
                self._supply.store.remember(known)
        except VersionError as fault:
            log.error("a start without the database would not know what is live: %s", fault)


def _wanted(recent: Sequence[Published]) -> Iterator[Published]:
    """The live version, and before it those that calls may still be hearing."""
    ended = 0.0
    for count, one in enumerate(distinct(recent)):
        if count and (count == LOADED or ended > CALLS_END):
            return
        yield one
        ended = one.ago


def _settled(recent: Sequence[Published]) -> Iterator[Published]:
    """Which version may be live, the newest first; only those that every worker has had the time to load."""
    return (one for one in recent if one.ago >= SETTLED)
