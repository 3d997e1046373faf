"""The book of counts: one row for each day and cell, to which every worker adds."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    Select,
    Table,
    Text,
    case,
    cast,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from ivr.outbox.database import Database
from ivr.outbox.limits import insert_into
from ivr.outbox.schema import Now, metadata
from ivr.sending import DatabaseDownError
from ivr.tally.events import Cell, Count, Event

_KEY = ("day", "event", "language", "channel", "detail")
_counts = Table(
    "counts",
    metadata,
    Column("day", Date, primary_key=True),
    *(Column(name, Text, primary_key=True) for name in _KEY[1:]),
    Column("amount", BigInteger, nullable=False),
)


class Book:
    """The counts of a line on its database. Days are those of UTC by the database's clock.

    Nothing finer than a day is ever written, so that no row tells when somebody called. `patience` is the longest
    that anything waits, in seconds. Every method may raise DatabaseDownError.
    """

    def __init__(self, database_url: str, patience: float = 2.0) -> None:
        self._database = Database(database_url, patience)

    def add(self, amounts: Mapping[Cell, int]) -> None:
        """Add to the cells of today, all of them or none."""
        try:
            with self._database.writing() as connection:
                today = _today(connection)
                # In one order, so that two workers never wait for each other's rows.
                rows = [_row(today, cell, amount) for cell, amount in sorted(amounts.items())]
                row = insert_into(connection, _counts)
                added = {"amount": _counts.c.amount + row.excluded.amount}
                keys = [_counts.c[name] for name in _KEY]
                connection.execute(row.on_conflict_do_update(index_elements=keys, set_=added), rows)
        except (SQLAlchemyError, OSError) as fault:
            raise DatabaseDownError(f"the database failed: {type(fault).__name__}") from None

    def read(self, first_day: date, last_day: date) -> list[Count]:
        """Everything counted from `first_day` to `last_day`, by day and cell."""
        chosen = select(_counts).where(_counts.c.day.between(first_day, last_day))
        chosen = chosen.order_by(*(_counts.c[name] for name in _KEY))
        return self._database.promptly(lambda: self._counts(chosen))

    def add_up(self, cuts: Sequence[date], last_day: date, daily: Collection[Event]) -> list[Count]:
        """Everything counted to `last_day`: the events of `daily` by day, all others added up from each cut to the next.

        The cuts are in their order. The database adds up: a line that is used keeps some hundred rows a day.
        """
        by_cut = case(
            *((_counts.c.day >= cut, literal(cut, Date)) for cut in reversed(cuts)),
            else_=literal(cuts[0], Date),
        )
        day = case((_counts.c.event.in_([event.value for event in daily]), _counts.c.day), else_=by_cut)
        keys = [day.label("day"), *(_counts.c[name] for name in _KEY[1:])]
        amount = cast(func.sum(_counts.c.amount), BigInteger).label("amount")
        # By their places: a database takes a sum that is written twice, with other values bound, for two.
        places = (text(str(place)) for place, _ in enumerate(keys, 1))
        chosen = select(*keys, amount).where(_counts.c.day.between(cuts[0], last_day)).group_by(*places)
        return self._database.promptly(lambda: self._counts(chosen))

    def today(self) -> date:
        """The day that it is by the database's clock."""

        def ask() -> date:
            with self._database.reading() as connection:
                return _today(connection)

        return self._database.promptly(ask)

    def close(self) -> None:
        """Give back every connection."""
        self._database.close()

    def _counts(self, chosen: Select[Any]) -> list[Count]:
        with self._database.reading() as connection:
            rows = connection.execute(chosen).all()
        counts = []
        for row in rows:
            # Another version of this program may have counted what this one does not know.
            with suppress(ValueError):
                cell = Cell(Event(row.event), row.language, row.detail, row.channel)
                counts.append(Count(row.day, cell, row.amount))
        return counts


def _today(connection: Connection) -> date:
    return datetime.fromtimestamp(connection.scalar(select(Now())) or 0.0, UTC).date()


def _row(day: date, cell: Cell, amount: int) -> dict[str, object]:
    return {
        "day": day, "event": cell.event.value, "language": cell.language, "channel": cell.channel,
        "detail": cell.detail, "amount": amount,
    }  # fmt: skip
