"""The draft in the line's database: a row for each file that is being edited, shared by everybody at the desk."""

from collections.abc import Iterable, Mapping

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Double,
    LargeBinary,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from ivr.drafts.draft import Change
from ivr.outbox.database import Database
from ivr.outbox.schema import Now, metadata

# `data` is null where the file is taken away; `sha` names it, "" then. `at` is by the database's clock.
_drafts = Table(
    "drafts",
    metadata,
    Column("path", Text, primary_key=True),
    Column("data", LargeBinary),
    Column("sha", Text, nullable=False),
    Column("began", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", Double, nullable=False),
)


class DraftTable:
    """The rows of the draft. Every method may raise DatabaseDownError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self) -> dict[str, Change]:
        """Every change, by path."""
        return self._database.promptly(self._read)

    def count(self) -> int:
        """How many files are being edited."""
        return self._database.promptly(self._count)

    def put(self, change: Change, over: str, base: str) -> bool:
        """Write a change down; False, and nothing is written, where the file is another by now.

        `over` names the content that its editor began with, `base` what the base has: that is what the file holds as
        long as nobody has changed it.
        """
        return self._database.promptly(lambda: self._put(change, over, base))

    def drop(self, shown: Iterable[tuple[str, str]]) -> int:
        """Forget the changes (path, sha) as they were shown; how many there were. A newer one stays."""
        return self._database.promptly(lambda: self._drop(tuple(shown)))

    def _read(self) -> dict[str, Change]:
        with self._database.reading() as connection:
            rows = connection.execute(select(_drafts)).all()
        return {
            row.path: Change(
                row.path, None if row.data is None else bytes(row.data), row.began, row.who, row.at
            )
            for row in rows
        }

    def _count(self) -> int:
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(_drafts)).scalar() or 0

    def _put(self, change: Change, over: str, base: str) -> bool:
        values = {
            "data": change.data,
            "sha": change.sha,
            "began": change.began,
            "who": change.who,
            "at": Now(),
        }
        try:
            with self._database.writing() as connection:
                there = connection.execute(select(_drafts.c.sha).where(_is(change.path))).scalar()
                if (base if there is None else there) != over:
                    return False
                if change.sha == base:
                    # It says what the base says: nothing is changed any more.
                    connection.execute(delete(_drafts).where(_is(change.path) & (_drafts.c.sha == over)))
                    return True
                if there is None:
                    connection.execute(insert(_drafts).values(path=change.path, **values))
                    return True
                return self._replace(connection, change, over, values)
        except IntegrityError:
            return False  # PostgreSQL lets two writers in at once, and the other has made the row

    @staticmethod
    def _replace(connection: Connection, change: Change, over: str, values: Mapping[str, object]) -> bool:
        unchanged = _is(change.path) & (_drafts.c.sha == over)
        return connection.execute(update(_drafts).where(unchanged).values(**values)).rowcount == 1

    def _drop(self, shown: tuple[tuple[str, str], ...]) -> int:
        with self._database.writing() as connection:
            gone = (
                connection.execute(delete(_drafts).where(_is(path) & (_drafts.c.sha == sha)))
                for path, sha in shown
            )
            return sum(one.rowcount for one in gone)


def _is(path: str) -> ColumnElement[bool]:
    return _drafts.c.path == path
