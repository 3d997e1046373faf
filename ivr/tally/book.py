"""The book of counts: one row for each day and cell, to which every worker adds."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime

from sqlalchemy import BigInteger, Column, Connection, Date, Table, Text, select
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
        return self._database.promptly(lambda: self._read(first_day, last_day))

    def today(self) -> date:
        """The day that it is by the database's clock."""

        def ask() -> date:
            with self._database.reading() as connection:
                return _today(connection)

        return self._database.promptly(ask)

    def close(self) -> None:
        """Give back every connection."""
        self._database.close()

    def _read(self, first_day: date, last_day: date) -> list[Count]:
        chosen = select(_counts).where(_counts.c.day.between(first_day, last_day))
        with self._database.reading() as connection:
            rows = connection.execute(chosen.order_by(*(_counts.c[name] for name in _KEY))).all()
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
