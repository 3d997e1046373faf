"""How the line is, for whoever looks: the desk's page, the command, and the message that somebody asks for."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from ivr.sending import DatabaseDownError
from ivr.watch import words
from ivr.watch.course import Trouble, failed, succeeded
from ivr.watch.facts import Facts, Standing
from ivr.watch.ledger import Ledger
from ivr.watch.signs import Sign, database_down, judge
from ivr.watch.watcher import Telling
from ivr.watch.ways import Log, TellingError


@dataclass(frozen=True, slots=True)
class Leads:
    """A way of telling as it is shown: where it leads, and how it does."""

    shown: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Report:
    """How the line is. `facts` is None where the database does not answer.

    `ill` is what is ill now, the worst first; `quiet` what was a moment ago and is not yet taken for over; `over` what
    was ill in the last days, the latest first.
    """

    facts: Facts | None
    ill: tuple[Trouble, ...]
    quiet: tuple[Trouble, ...] = ()
    over: tuple[Trouble, ...] = ()
    ways: tuple[Leads, ...] = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a test message in one way."""

    shown: str
    arrived: bool
    answer: str


class Health:
    """Answers whoever asks how the line is, from the tables."""

    def __init__(self, ledger: Ledger, telling: Telling) -> None:
        self._ledger, self._telling = ledger, telling
        self.hour = telling.hour
        self._ways = tuple(way for way in telling.ways if not isinstance(way, Log))

    def report(self) -> Report:
        """How the line is at this moment."""
        try:
            facts = self._ledger.facts()
            known = self._ledger.troubles()
        except DatabaseDownError:
            now = time.time()
            down = Trouble(database_down(), now, now)
            return Report(None, (down,), ways=self._leads(()))
        ill, quiet = _split(known, judge(facts), facts.now)
        over = tuple(sorted((each for each in known if each.ended), key=lambda each: -each.ended))
        return Report(facts, ill, quiet, over, self._leads(facts.standings))

    def test(self) -> tuple[Tried, ...]:
        """Send a test message in every way there is, and remember what came of it."""
        tried = []
        for way in self._ways:
            message = words.tell_test(self._telling.sender("UTC"))
            try:
                answer = way.tell(message)
            except TellingError as fault:
                tried.append(Tried(way.shown, arrived=False, answer=str(fault)))
            else:
                tried.append(Tried(way.shown, arrived=True, answer=answer))
            self._remember(way.name, tried[-1])
        return tuple(tried)

    def _remember(self, way: str, tried: Tried) -> None:
        """Where the database is down, whoever asked has the answer all the same."""
        try:
            now, standing = self._ledger.facts().now, self._ledger.standing(way)
            record = succeeded if tried.arrived else failed
            self._ledger.record(record(standing, now, tried.answer))
        except DatabaseDownError:
            return

    def _leads(self, standings: Iterable[Standing]) -> tuple[Leads, ...]:
        known = {one.way: one for one in standings}
        return tuple(Leads(way.shown, known.get(way.name, Standing(way.name))) for way in self._ways)


def _split(
    known: Iterable[Trouble], signs: Iterable[Sign], now: float
) -> tuple[tuple[Trouble, ...], tuple[Trouble, ...]]:
    """What is ill at this moment, since when it was seen to be, and what lasts without a sign of it."""
    lasting = {each.sign.kind: each for each in known if not each.ended}
    ill = []
    for sign in signs:
        before = lasting.pop(sign.kind, None)
        ill.append(Trouble(sign, before.since if before else now, now))
    return tuple(ill), tuple(lasting.values())
