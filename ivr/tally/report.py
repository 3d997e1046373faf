"""What may be shown of how the line was used in a period: numbers, rows and tables."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from ivr.content.model import URGENT, Library
from ivr.tally.events import Cell, Event
from ivr.tally.veil import LEAST, Series, begin_of, veil

if TYPE_CHECKING:
    from ivr.tally.book import Book

HIDDEN = f"under {LEAST}"
HIDDEN_EACH = f"{HIDDEN} each"


class By(StrEnum):
    """How long a row of the table of days is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Shown:
    """A number that may be shown; `hidden` is how many cells have something held back that belongs to it."""

    amount: int
    hidden: int

    def __str__(self) -> str:
        if self.amount or not self.hidden:
            return str(self.amount)
        return HIDDEN if self.hidden == 1 else HIDDEN_EACH


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `key` names it for a machine, `label` for people."""

    key: str
    label: str
    values: tuple[Shown, ...]
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
        """Whether nothing at all was counted in it."""
        return not any(value.amount or value.hidden for row in self.rows for value in row.values)


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


class Use:
    """What may be shown of the days from `first` to `last`."""

    def __init__(self, series: Mapping[Cell, Series], first: date, last: date) -> None:
        self._series, self.first, self.last = series, first, last
        self._by_event: dict[Event, list[tuple[Cell, Series]]] = defaultdict(list)
        for cell, one in series.items():
            self._by_event[cell.event].append((cell, one))

    def of(
        self, event: Event, detail: str | None = None, language: str = "", channel: str = "",
        span: tuple[date, date] | None = None,
    ) -> Shown:  # fmt: skip
        """The number of an event, within `span` of the period; "" and None stand for all there are."""
        first, last = span or (self.first, self.last)
        amount = hidden = 0
        for cell, series in self._by_event[event]:
            if (
                detail in (None, cell.detail)
                and language in ("", cell.language)
                and channel in ("", cell.channel)
            ):
                amount += sum(piece.amount for piece in series.pieces if first <= piece.day <= last)
                hidden += any(wait.first <= last and wait.last >= first for wait in series.waits)
        return Shown(amount, hidden)

    def cells(self) -> Iterator[tuple[Cell, Shown]]:
        """Every cell of the period."""
        for cell, series in sorted(self._series.items()):
            one = Use({cell: series}, self.first, self.last)
            yield cell, one.of(cell.event)


def read_use(book: "Book", first: date, last: date) -> Use:
    """The use of the line from `first` to `last`. Raises DatabaseDownError."""
    return Use(veil(book.read(begin_of(first), last), last, book.today()), first, last)


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
