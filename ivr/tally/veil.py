"""What may be shown of the counts, so that nobody can tell that somebody called.

The rule. Of each cell of the book, counted from the beginning of a quarter, whole fives are shown. What a period shows
of a cell is by how much its fives grew. Every other number anywhere, in a table, a total, a chart, a price, a file or
to a machine, is a sum of these, never the rounding of a sum. Where no five has come together, "under 5 each" stands,
the same for nobody as for four.

What is told twice is shown once, because a rounded whole beside its rounded parts tells of a part: of 10 texts or more
answered with one of two topics, and 5 to 9 with the first, one at least had the other. So:

- Calls are those who went on in a language, the sum of the languages. The number of all calls is not shown.
- Texts answered with urgent guidance are told by kind alone, with a topic as a whole alone.
- Who asked for a person is the sum of what came of it, with those of whom the carrier told nothing.
- Who asked for the menu by text, and who got it as nothing was understood, are two parts; likewise who hung up at a
  place is what was asked there less what was answered. Both are worked out before anything is rounded.
- Parts of texts are shown as the fives of the people who got them times what each got on average: six parts may be
  three people.

What it promises: any two shown numbers are equal or differ by five at least, and whatever is shown, each cell that
says "under 5 each" may hold nobody, as far as the wholes above tell. Its price: up to four in each cell are missing in
each quarter, more in a sum of many cells.

What it does not promise: whoever knows from elsewhere who the first four were learns of the fifth, and on the day
itself when. Numbers of different things that go together, such as who came to a topic and who hung up anywhere, are
only loosely tied, and nothing is hidden of that. Whoever can read the database sees the exact counts by day.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from ivr.tally.events import Cell, Channel, Count, Event

LEAST: Final = 5
"""People that a shown number stands for at least, and by whose number all that is shown goes up."""

WHOLES: Final = frozenset({(Event.CALL, ""), (Event.MESSAGE, "urgent")})
"""What is counted and never shown, since its parts are."""

GIVEN_UP: Final = "given-up"


@dataclass(frozen=True, slots=True)
class Piece:
    """What was released of a cell on a day."""

    day: date
    amount: int


def begin_of(day: date) -> date:
    """The first day of the quarter that `day` is in: the counting by fives begins anew there."""
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def veil(counts: Iterable[Count]) -> Mapping[Cell, tuple[Piece, ...]]:
    """What may be shown of `counts`, which begin with a quarter.

    Several days may have been added up in one; each piece has the day of the count that released it.
    """
    counted: dict[Cell, Counter[date]] = defaultdict(Counter)
    shown: dict[Cell, Counter[date]] = defaultdict(Counter)
    for each in counts:
        counted[each.cell][each.day] += each.amount
        for cell, sign in _shown_in(each.cell):
            shown[cell][each.day] += sign * each.amount
    return {cell: _released(amounts, _people(cell, counted)) for cell, amounts in shown.items()}


def _shown_in(cell: Cell) -> tuple[tuple[Cell, int], ...]:
    """The cells that show what is counted in `cell`, and whether they grow or shrink by it."""
    if (cell.event, cell.detail) in WHOLES or (cell.event, cell.channel) == (Event.ENTERED, Channel.TEXT):
        return ()
    match cell.event:
        case Event.ASKED | Event.ANSWERED:
            left = Cell(Event.LEFT, cell.language, cell.detail, cell.channel)
            return ((left, 1 if cell.event is Event.ASKED else -1),)
        case Event.TRANSFER if cell.detail != "closed":
            given_up = Cell(cell.event, cell.language, GIVEN_UP, cell.channel)
            return ((given_up, 1),) if cell.detail == "wanted" else ((cell, 1), (given_up, -1))
        case Event.NOT_UNDERSTOOD if cell.channel == Channel.TEXT:
            return ((cell, 1), (Cell(Event.MESSAGE, cell.language, "menu", cell.channel), -1))
    return ((cell, 1),)


def _people(cell: Cell, counted: Mapping[Cell, Counter[date]]) -> Counter[date] | None:
    """How many people stand behind each day of the parts of texts; None where the amounts of a cell say it."""
    if cell.event is not Event.PARTS:
        return None
    people: Counter[date] = Counter()
    for other, amounts in counted.items():
        if cell.detail == "reply":
            theirs = other.event is Event.MESSAGE and other.language == cell.language
            theirs = theirs and other.detail != "carrier"
        else:
            theirs = other.event is Event.TEXT and other.detail == "accepted"
        if theirs:
            people.update(amounts)
    return people


def _released(amounts: Counter[date], people: Counter[date] | None) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    so_far = behind = shown = 0
    quarter = date.min
    for day in sorted({*amounts, *(people or ())}):
        if begin_of(day) != quarter:
            quarter, so_far, behind, shown = begin_of(day), 0, 0, 0
        so_far += amounts[day]
        if people is None:
            now = _in_fives(so_far)
        else:
            behind += people[day]
            now = _in_fives(so_far * _in_fives(behind) // max(1, behind))
        if now != shown:
            pieces.append(Piece(day, now - shown))
            shown = now
    return tuple(pieces)


def _in_fives(amount: int) -> int:
    return max(0, amount - amount % LEAST)
