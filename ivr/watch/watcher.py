"""Watching: a thread of each process that is at work writes down what it saw, and one of them all tells."""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ivr.sending import DatabaseDownError
from ivr.watch import words
from ivr.watch.course import News, Trouble, failed, follow, heartbeat_day, news, succeeded
from ivr.watch.facts import WEB, WORKER, Facts, Standing
from ivr.watch.ledger import Ledger
from ivr.watch.look import Lookout
from ivr.watch.outage import Outage
from ivr.watch.seen import Notes
from ivr.watch.signs import Grade, Sign, database_down, judge
from ivr.watch.ways import TellingError, Way

log = logging.getLogger(__name__)

TICK: Final = 15.0
LOOK_EVERY: Final = 60.0
LEASE: Final = 240.0
"""Seconds for which nobody else tells: longer than the slowest server keeps one message."""

STALLED: Final = 60.0
"""Seconds without a round after which a sender counts as stuck; its slowest round waits for the carrier 20."""


Roles = Mapping[str, "Pulse | None"]
"""What a process does for the line, each role with what must still be felt for it to be at work."""


class Pulse:
    """Whether something that goes round and round still does."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._last = monotonic()

    def beat(self) -> None:
        """Another round begins."""
        self._last = self._monotonic()

    @property
    def is_felt(self) -> bool:
        """Whether a round began lately."""
        return self._monotonic() - self._last < STALLED


@dataclass(frozen=True, slots=True)
class Telling:
    """How the line tells: the ways, in whose name (without the time zone, which the content has), at which hour."""

    ways: Sequence[Way]
    host: str
    desk: str
    hour: int

    def sender(self, zone: str) -> words.Sender:
        """In whose name is told, in the line's own time."""
        return words.Sender(self.host, zone, self.desk)


class Watcher:
    """Watches on behalf of one process, and tells where that falls to it.

    That is the worker's office. Where no worker is alive it falls to the web workers, who tell of that first. `pulses`
    has the roles of this process, each with what must still be felt for it to be at work, None where nothing must.
    """

    def __init__(
        self,
        ledger: Ledger,
        notes: Notes,
        lookout: Lookout,
        telling: Telling,
        pulses: Roles,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger, self._notes, self._lookout = ledger, notes, lookout
        self._telling, self._pulses, self._monotonic = telling, pulses, monotonic
        self._who = secrets.token_hex(8)
        self._look_at = float("-inf")
        self._outage = Outage(telling.ways, monotonic)
        self._leads = WORKER in pulses
        self.signs: tuple[Sign, ...] = ()

    @property
    def grave(self) -> tuple[Sign, ...]:
        """What was found at the last look to fail people now; this waits for nothing."""
        return tuple(sign for sign in self.signs if sign.grade is Grade.GRAVE)

    def run_forever(self, stop: threading.Event) -> None:
        """Watch until `stop` is set. Nothing but that ends it."""
        while not stop.is_set():
            try:
                self.tick()
            except Exception as fault:
                log.error("the watch failed and goes on", extra={"fault": type(fault).__name__})
            stop.wait(TICK)
        try:
            self._ledger.leave(self._who)
        except DatabaseDownError:
            log.info("the watch ends; who tells is known in some minutes")

    def tick(self) -> None:
        """Write down what was seen, judge how the line is, and tell where that falls to this process."""
        try:
            self._write_down()
            facts = self._ledger.facts()
        except DatabaseDownError:
            self.signs = (database_down(),)
            self._outage.goes_on(self._telling.sender, told_by_us=self._leads)
            return
        self.signs = judge(facts)
        try:
            if outage := self._outage.ends(facts.now):
                self._ledger.keep([outage])
            self._leads = self._may_tell(facts) and self._ledger.take_lease(self._who, LEASE)
            if self._leads:
                self._tell(facts)
        except DatabaseDownError:
            log.warning("what was told may be told again: the database does not answer")

    def _write_down(self) -> None:
        counts = self._notes.take()
        try:
            if counts:
                self._ledger.add(counts)
        except DatabaseDownError:
            self._notes.give_back(counts)
            raise
        if self._monotonic() >= self._look_at:
            found = self._lookout.look()
            for role, pulse in self._pulses.items():
                if pulse is None or pulse.is_felt:
                    self._ledger.report(
                        f"{self._who}-{role}", role, self._lookout.version, self._lookout.zone, found
                    )
            self._look_at = self._monotonic() + LOOK_EVERY

    def _may_tell(self, facts: Facts) -> bool:
        return WORKER in self._pulses or facts.is_gone(WORKER)

    def _tell(self, facts: Facts) -> None:
        known = self._ledger.troubles()
        changed = follow(known, self.signs, facts.now)
        if changed:
            self._ledger.keep(changed)
        now_known = {each.key: each for each in (*known, *changed)}.values()
        standings = {one.way: one for one in facts.standings}
        for gone in standings.keys() - {way.name for way in self._telling.ways}:
            self._ledger.forget(gone)
        for way in self._telling.ways:
            standing = standings.get(way.name, Standing(way.name))
            if standing.due <= facts.now:
                self._tell_in(way, standing, tuple(now_known), facts)

    def _tell_in(self, way: Way, standing: Standing, known: Sequence[Trouble], facts: Facts) -> None:
        sender = self._telling.sender(facts.zone)
        ill = tuple(sorted((each for each in known if not each.ended), key=lambda each: each.sign.grade))
        fresh = news(known, self._ledger.told(way.name), facts.now)
        day = ""
        if fresh:
            message = words.tell_news(sender, fresh, ill)
        else:
            # Until a web worker says what the line's time zone is, the hour is not known.
            knows_zone = facts.at_work(WEB) or facts.is_gone(WEB)
            day = heartbeat_day(standing, facts.now, facts.zone, self._telling.hour) if knows_zone else ""
            if not day:
                return
            fresh = News(begun=ill)
            message = words.tell_heartbeat(sender, facts, ill, facts.version)
        if not self._ledger.take_lease(self._who, LEASE):
            return
        try:
            answer = way.tell(message)
        except TellingError as fault:
            log.warning("a message about the line did not get out: %s", fault)
            self._ledger.record(failed(standing, facts.now, str(fault)))
            return
        self._ledger.record(succeeded(standing, facts.now, answer, day), (*fresh.begun, *fresh.over))
