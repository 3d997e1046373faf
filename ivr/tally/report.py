"""What may be shown of how the line was used in a period: numbers, rows and tables."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import TYPE_CHECKING

from ivr.content.model import URGENT, Library
from ivr.tally.events import Cell, Channel, Event
from ivr.tally.veil import LEAST, Piece, begin_of, veil

if TYPE_CHECKING:
    from ivr.tally.book import Book

FEW = f"under {LEAST} each"
"""What is said where a number shows nobody: none, or fewer than five in each cell that is added up in it."""

DAILY = (Event.LANGUAGE, Event.MESSAGE, Event.NOT_UNDERSTOOD, Event.URGENT)
"""What is shown by day; all else is of a whole period."""


class By(StrEnum):
    """How long a row of the table of days is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def say(amount: int) -> str:
    """A number as it is shown."""
    return str(amount) if amount else FEW


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `key` names it for a machine, `label` for people."""

    key: str
    label: str
    values: tuple[int, ...]
    money: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: `head` names the rows and then each column; the first column is what a chart of it shows."""

    key: str
    title: str
    about: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def is_empty(self) -> bool:
        """Whether it has no number to show."""
        return not any(value for row in self.rows for value in row.values)


@dataclass(frozen=True, slots=True)
class Names:
    """What the languages, topics and urgent kinds are called, and what so many parts of texts cost, "" where unknown."""

    languages: Mapping[str, str]
    topics: Mapping[str, str]
    kinds: Mapping[str, str]
    price: Callable[[int], str]


def names_of(library: Library, languages: Mapping[str, str], price: Callable[[int], str]) -> Names:
    """The names in the line's own language; `languages` are those of the languages it has."""
    own = library.own
    kinds = {kind.id.removeprefix(f"{URGENT}."): kind.title for kind in own.kinds}
    topics = {topic.id: f"{topic.id} {topic.title}" for topic in own.leaflet}
    return Names(languages, topics | {URGENT: own.topics[URGENT].title}, kinds, price)


@dataclass(frozen=True, slots=True)
class _Sums:
    """What was released of a cell up to each of some days; the first sum is nothing."""

    days: list[date]
    sums: list[int]

    def within(self, first: date, last: date) -> int:
        """What a period shows. Who is counted as gone may come back: fewer than nobody is nobody."""
        return max(0, self.sums[bisect_right(self.days, last)] - self.sums[bisect_left(self.days, first)])


class Use:
    """What may be shown of the days from `first` to `last`."""

    def __init__(self, pieces: Mapping[Cell, tuple[Piece, ...]], first: date, last: date) -> None:
        self.first, self.last = first, last
        self._by_event: dict[Event, list[tuple[Cell, _Sums]]] = defaultdict(list)
        for cell, released in sorted(pieces.items()):
            days = [piece.day for piece in released]
            sums = [0, *accumulate(piece.amount for piece in released)]
            self._by_event[cell.event].append((cell, _Sums(days, sums)))

    def of(
        self, event: Event, detail: str | None = None, language: str = "", channel: str = "",
        span: tuple[date, date] | None = None,
    ) -> int:  # fmt: skip
        """The number of an event, within `span` of the period if it is one of `DAILY`; "" and None stand for all."""
        amount = 0
        first, last = span or (self.first, self.last)
        for cell, sums in self._by_event[event]:
            if (
                detail in (None, cell.detail)
                and language in ("", cell.language)
                and channel in ("", cell.channel)
            ):
                amount += sums.within(first, last)
        return amount

    def texts(self, language: str = "", span: tuple[date, date] | None = None) -> int:
        """Texts that came in: the sum of what they were answered with."""
        return (
            self.of(Event.MESSAGE, language=language, span=span)
            + self.of(Event.NOT_UNDERSTOOD, None, language, Channel.TEXT, span)
            + self.of(Event.URGENT, None, language, Channel.TEXT, span)
        )

    def cells(self) -> Iterator[tuple[Cell, int]]:
        """Every cell of the period that has a number to show."""
        for cells in self._by_event.values():
            for cell, sums in cells:
                if amount := sums.within(self.first, self.last):
                    yield cell, amount


def read_use(book: "Book", first: date, last: date) -> Use:
    """The use of the line from `first` to `last`. Raises DatabaseDownError."""
    quarters = {begin_of(first), first}
    begin = begin_of(last)
    while begin > first:
        quarters.add(begin)
        begin = begin_of(begin - timedelta(days=1))
    return Use(veil(book.add_up(sorted(quarters), last, DAILY)), first, last)


def spans(first: date, last: date, by: By) -> Iterator[tuple[date, date]]:
    """The days, weeks from Monday or months of a period, the first and last cut to it."""
    begin = first
    while begin <= last:
        match by:
            case By.DAY:
                end = begin
            case By.WEEK:
                end = begin + timedelta(days=6 - begin.weekday())
            case By.MONTH:
                end = (begin.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        yield begin, min(end, last)
        begin = end + timedelta(days=1)
