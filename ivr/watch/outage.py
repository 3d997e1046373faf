"""While the database is down nothing can be written down or agreed upon: whoever told last tells, from memory."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Final

from ivr.watch import words
from ivr.watch.course import FIRST_PAUSE, Trouble
from ivr.watch.facts import DAY
from ivr.watch.signs import database_down
from ivr.watch.ways import TellingError, Way

log = logging.getLogger(__name__)

GRACE: Final = 120.0
"""Seconds that a database may be away untold: a host that moves it takes a minute."""


class Outage:
    """One time without the database, and whom this process has told of it."""

    def __init__(self, ways: Sequence[Way], monotonic: Callable[[], float]) -> None:
        self._ways, self._monotonic = ways, monotonic
        self._began: float | None = None
        self._due: dict[str, float] = {}

    def goes_on(self, sender: Callable[[str], words.Sender], *, told_by_us: bool) -> None:
        """The database is down at this moment."""
        now = self._monotonic()
        self._began = now if self._began is None else self._began
        if not told_by_us or now - self._began < GRACE:
            return
        wall = time.time()
        trouble = Trouble(database_down(), wall - (now - self._began), wall)
        for way in self._ways:
            if now < self._due.get(way.name, now):
                continue
            try:
                way.tell(words.tell_outage(sender("UTC"), trouble))
                self._due[way.name] = now + DAY
            except TellingError as fault:
                log.warning("a message about the line did not get out: %s", fault)
                self._due[way.name] = now + FIRST_PAUSE

    def ends(self, now: float) -> Trouble | None:
        """The database is back; what is now over and is to be told so, None where nobody was told.

        `now` is seconds since 1970.
        """
        began, told = self._began, bool(self._due)
        self._began, self._due = None, {}
        if began is None or not told:
            return None
        return Trouble(database_down(), now - (self._monotonic() - began), now, now)
