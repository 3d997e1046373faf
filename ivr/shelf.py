"""The library being served, and how a faulty edit is kept away from it."""

import logging
import os
import threading
from collections.abc import Callable, Container, Mapping
from pathlib import Path

from ivr.content.loader import load_library
from ivr.content.model import Library
from ivr.languages import Language, read_languages
from ivr.problems import UNREADABLE, ContentError, Findings, Problem

log = logging.getLogger(__name__)


def load(
    prompts: Path, locales: Path, unreviewed: Container[str] | None = None
) -> tuple[Library, Mapping[str, Language]]:
    """Load all content. Raises ContentError with every problem there is.

    `unreviewed` has the languages that are served though nobody has reviewed them; None is all.
    """
    findings = Findings(prompts.resolve().parent)
    try:
        languages = read_languages(locales.resolve(), findings)
        return load_library(prompts.resolve(), locales.resolve(), languages, findings, unreviewed), languages
    except OSError as fault:
        # A folder that cannot be listed, or that was moved away in the middle.
        path = Path(fault.filename or prompts)
        findings.add(path, 1, "unreadable", f"It cannot be read: {fault.strerror}.", UNREADABLE)
        raise ContentError(findings.problems) from fault


class Shelf:
    """Holds the library that is served, and takes a changed folder in only when it has no fault.

    `taken` is called with each new library before it is served. `languages` stays the same mapping and is
    brought up to date, so that whoever was handed it says a drug's name as it was last edited.
    """

    def __init__(
        self, prompts: Path, locales: Path, taken: Callable[[Library], None],
        unreviewed: Container[str] | None = None,
    ) -> None:  # fmt: skip
        self._prompts, self._locales, self._taken, self._unreviewed = prompts, locales, taken, unreviewed
        self._lock = threading.Lock()
        self._seen = self._stamp()
        self.library, languages = load(prompts, locales, unreviewed)
        self._languages = dict(languages)
        self.languages: Mapping[str, Language] = self._languages
        self.faults: tuple[Problem, ...] = ()
        taken(self.library)

    @property
    def problems(self) -> tuple[str, ...]:
        """What keeps the changed folder from being served, as the log has it; empty where nothing does."""
        return tuple(map(str, self.faults))

    def refresh(self) -> bool:
        """Serve the folder anew if it has changed and is sound; True when something new is served.

        A faulty folder changes nothing but `faults`, which are logged once.
        """
        with self._lock:
            stamp = self._stamp()
            if stamp == self._seen:
                return False
            self._seen = stamp
            try:
                library, languages = load(self._prompts, self._locales, self._unreviewed)
            except ContentError as fault:
                self.faults = fault.problems
                log.error("the changed content has faults, the last good one is still served:\n%s", fault)
                return False
            self._languages.update(languages)
            self._taken(library)
            self.library, self.faults = library, ()
            log.info("the changed content is on the line")
            return True

    def _stamp(self) -> frozenset[tuple[str, int, int]]:
        found = []
        for folder in (self._prompts, self._locales):
            for parent, _, names in os.walk(folder):
                for path in (Path(parent, name) for name in names):
                    if path.suffix in (".md", ".toml", ".po", ".yaml") and (state := _state(path)):
                        found.append((str(path), *state))
        return frozenset(found)


def _state(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
