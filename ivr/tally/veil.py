"""What may be shown of the counts, so that nobody can tell that somebody called.

The rule. The days of each cell are followed in their order. What was counted is held back until it stands for at
least five people together, and is then released in one piece, on the day on which the fifth came. Everything that
is shown anywhere, in a table, a total, a chart, a file or to a machine, is a sum of released pieces. Where nothing is
released but something is held back, "under 5" is shown instead of a number.

Why not simply hide each number under five: the rest of a row and its total would tell it. Hiding a second number
beside it, as is often done, protects one table, but here the same calls are shown by day, by week, by language and
for periods of anyone's choice, and from the difference of two such tables it could be worked out after all. Of
pieces, every difference and every sum is again made of pieces, whatever is asked for.

Its price is that up to four people are shown late, on a later day than they called, and at the end of a quarter,
when the holding back begins anew, up to four in a cell are never shown. "Under 5" stays from the day on which
something is held back until it is released: four days in a row with "under 5" on them and none between would say
that one person called on each.

- Today is rounded down to whole fives, so that whoever looks every minute sees no single call come in.
- Parts of texts are released together with the messages that they answer: six parts may be three people.
- Who hung up where is worked out from what was asked and answered, day by day, before anything is held back; those
  two are never shown themselves.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from ivr.tally.events import Cell, Count, Event

LEAST: Final = 5
"""People that a shown number stands for at least."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What was released of a cell on a day."""

    day: date
    amount: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Days, both included, on which something of a cell was held back."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Series:
    """All that may be known of one cell."""

    pieces: tuple[Piece, ...]
    waits: tuple[Wait, ...]


def begin_of(day: date) -> date:
    """The first day of the quarter that `day` is in: the holding back begins anew there."""
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def _end_of(quarter: date) -> date:
    return begin_of(quarter + timedelta(days=100)) - timedelta(days=1)


def veil(counts: Iterable[Count], last: date, today: date) -> Mapping[Cell, Series]:
    """What may be shown of `counts`, which are all there are from the beginning of a quarter to `last`."""
    days: dict[Cell, Counter[date]] = defaultdict(Counter)
    for each in counts:
        days[each.cell][each.day] += each.amount
    people = _people(days)
    return {cell: _released(people[cell], amounts, last, today) for cell, amounts in _shown(days)}


def _shown(days: Mapping[Cell, Counter[date]]) -> Iterator[tuple[Cell, Counter[date]]]:
    left: dict[Cell, Counter[date]] = defaultdict(Counter)
    for cell, amounts in days.items():
        if cell.event not in (Event.ASKED, Event.ANSWERED):
            yield cell, amounts
            continue
        sign = 1 if cell.event is Event.ASKED else -1
        gone = left[Cell(Event.LEFT, cell.language, cell.detail, cell.channel)]
        for day, amount in amounts.items():
            gone[day] += sign * amount
    yield from left.items()


def _people(days: Mapping[Cell, Counter[date]]) -> dict[Cell, Counter[date] | None]:
    """How many people stand behind each day of a cell; None where its own amounts say it."""
    people: dict[Cell, Counter[date] | None] = defaultdict(lambda: None)
    for cell in days:
        if cell.event is not Event.PARTS:
            continue
        together: Counter[date] = Counter()
        for other, amounts in days.items():
            if cell.detail == "reply":
                theirs = other.event is Event.MESSAGE and other.language == cell.language
                theirs = theirs and other.detail != "carrier"
            else:
                theirs = other.event is Event.TEXT and other.detail == "accepted"
            if theirs:
                together.update(amounts)
        people[cell] = together
    return people


def _released(people: Counter[date] | None, amounts: Counter[date], last: date, today: date) -> Series:
    pieces: list[Piece] = []
    waits: list[Wait] = []
    held = behind = 0
    since: date | None = None
    quarter = date.min
    for day in sorted({*amounts, *(people or ())}):
        if begin_of(day) != quarter:
            if since:
                waits.append(Wait(since, _end_of(quarter)))
            quarter, held, behind, since = begin_of(day), 0, 0, None
        held += amounts[day]
        behind = held if people is None else behind + people[day]
        ready = held if min(held, behind) >= LEAST else 0
        if day >= today:
            ready = ready - ready % LEAST if people is None else 0
        if ready > 0:
            pieces.append(Piece(day, ready))
            if since:
                waits.append(Wait(since, day))
            held, since = held - ready, None
            behind = held if people is None else 0
        if held > 0 and since is None:
            since = day
        elif held <= 0:
            since = None
    if since:
        waits.append(Wait(since, min(last, _end_of(quarter))))
    return Series(tuple(pieces), tuple(waits))
