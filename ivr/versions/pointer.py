"""Which version is live: a row for each change of it in the line's database, and the versions' bytes beside them.

The highest number is live. Nothing is ever moved or overwritten, so whoever is killed while publishing leaves
the old version live or the new one, and a version is named only where its bytes are.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Double, Integer, LargeBinary, Row, Table, Text, delete, insert, select
from sqlalchemy.exc import IntegrityError

from ivr.outbox.database import Database
from ivr.outbox.schema import Now, metadata
from ivr.versions.archive import SHORT, VersionError, name_of

# Versions whose bytes are kept, each about 1.5 MB; older ones stay in the list and cannot be gone back to.
KEPT = 50

# `at` is in seconds since 1970, by the database's clock.
_published = Table(
    "published",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("version", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("who", Text, nullable=False),
    Column("message", Text, nullable=False),
)
# Compressed: a database is dear to fill, and the name is that of the bytes before.
_files = Table(
    "version_files",
    metadata,
    Column("version", Text, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)


class OvertakenError(VersionError):
    """Somebody else has published meanwhile; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Published:
    """One change of what is live. `ago` is seconds before the list was read."""

    number: int
    version: str
    at: float
    ago: float
    who: str
    message: str

    @property
    def short(self) -> str:
        """The version's name as people and URLs use it."""
        return self.version[:SHORT]


class Pointer:
    """The list of what was published, newest first, on the line's database.

    `patience` is the longest that anything waits, in seconds. Every method may raise DatabaseDownError.
    """

    def __init__(self, database_url: str, patience: float = 2.0) -> None:
        self._database = Database(database_url, patience)

    def recent(self, most: int = 20) -> tuple[Published, ...]:
        """The last changes, the live version first; empty where nothing was ever published."""
        return tuple(self._database.promptly(lambda: self._recent(most)))

    def read(self, version: str) -> bytes | None:
        """The bytes of a version; None where they are not kept. Raises VersionError where they are damaged."""
        packed = self._database.promptly(lambda: self._read(version))
        if packed is None:
            return None
        try:
            data = zlib.decompress(packed)
        except zlib.error as fault:
            raise VersionError(_damaged(version)) from fault
        if name_of(data) != version:
            raise VersionError(_damaged(version))
        return data

    def publish(self, data: bytes, who: str, message: str, after: int) -> Published:
        """Make the version that `data` is the live one, in one transaction with its bytes.

        `after` is the number that was live when its publisher looked, 0 for none. Raises OvertakenError where
        that is no longer so: what was shown as the difference would not be what changes.
        """
        version, packed = name_of(data), zlib.compress(data)
        published = self._database.promptly(lambda: self._publish(version, packed, who, message, after))
        if published is None:
            raise OvertakenError(
                "Somebody else has published meanwhile. Nothing was changed: publish again to see the difference to that."
            )
        return published

    def close(self) -> None:
        """Give back every connection."""
        self._database.close()

    def _recent(self, most: int) -> Sequence[Published]:
        with self._database.reading() as connection:
            rows = connection.execute(
                select(_published, Now().label("now")).order_by(_published.c.number.desc()).limit(most)
            ).all()
        return [_read_row(row) for row in rows]

    def _read(self, version: str) -> bytes | None:
        with self._database.reading() as connection:
            found = connection.execute(select(_files.c.data).where(_files.c.version == version)).scalar()
        return None if found is None else bytes(found)

    def _publish(self, version: str, packed: bytes, who: str, message: str, after: int) -> Published | None:
        newest = select(_published.c.number).order_by(_published.c.number.desc()).limit(1)
        try:
            with self._database.writing() as connection:
                if (connection.execute(newest).scalar() or 0) != after:
                    return None
                connection.execute(delete(_files).where(_files.c.version == version))
                connection.execute(insert(_files).values(version=version, data=packed))
                row = {"number": after + 1, "version": version, "who": who, "message": message}
                connection.execute(insert(_published).values(**row, at=Now()))
                kept = select(_published.c.version).order_by(_published.c.number.desc()).limit(KEPT)
                connection.execute(delete(_files).where(_files.c.version.not_in(kept)))
                chosen = select(_published, Now().label("now")).where(_published.c.number == after + 1)
                return _read_row(connection.execute(chosen).one())
        except IntegrityError:
            return None  # PostgreSQL lets two publishers in at once, and one of them has taken the number


def _read_row(row: Row[Any]) -> Published:
    return Published(row.number, row.version, row.at, row.now - row.at, row.who, row.message)


def _damaged(version: str) -> str:
    return (
        f"Version {version[:SHORT]} is damaged in the database: its bytes are not those that were published."
    )
