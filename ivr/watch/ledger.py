"""The watch's own tables: who is at work, what was seen, what is ill, who has been told, and who tells."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Connection, Row, Table, delete, func, or_, select

from ivr.outbox.database import Database
from ivr.outbox.limits import insert_into
from ivr.outbox.schema import OPEN, Now, texts
from ivr.watch import schema
from ivr.watch.course import Told, Trouble
from ivr.watch.facts import DAY, SPAN, Beat, Facts, Finding, Found, Sighting, Standing
from ivr.watch.seen import Counts, Seen
from ivr.watch.signs import Grade, Sign

KEPT: Final = 7 * DAY
"""Seconds for which what is over can be read on the desk."""

_LEASE: Final = "teller"

Clock = Callable[[], Any]
"""Gives what the database understands as seconds since 1970."""


class Ledger:
    """Keeps what the watch knows. Every method may raise DatabaseDownError, after `patience` seconds at most.

    `clock` is the database's own, so that machines whose clocks differ agree.
    """

    def __init__(self, database_url: str, patience: float = 2.0, clock: Clock = Now) -> None:
        self._database = Database(database_url, patience)
        self._clock = clock

    def report(self, who: str, role: str, version: str, zone: str, found: Iterable[Finding]) -> None:
        """Write down that `who` is at work, what they serve and what they find."""
        written = json.dumps([[kind.value, detail] for kind, detail in found])

        def act() -> None:
            with self._database.writing() as connection:
                row = {"role": role, "at": self._clock(), "version": version, "zone": zone, "found": written}
                _put(connection, schema.beats, {"who": who}, row, first={"began": self._clock()})
                old = self._now(connection) - DAY
                connection.execute(delete(schema.beats).where(schema.beats.c.at < old))

        self._database.promptly(act)

    def leave(self, who: str) -> None:
        """`who` ends their work in good order, and gives up telling."""

        def act() -> None:
            with self._database.writing() as connection:
                connection.execute(delete(schema.lease).where(schema.lease.c.holder == who))

        self._database.promptly(act)

    def add(self, counts: Counts) -> None:
        """Write down what was seen."""

        def act() -> None:
            with self._database.writing() as connection:
                now = self._now(connection)
                for (seen, detail), many in counts.items():
                    key = {"seen": seen.value, "detail": detail, "at": now // SPAN * SPAN}
                    row = insert_into(connection, schema.sightings).values(**key, many=many)
                    more = {"many": schema.sightings.c.many + many}
                    connection.execute(row.on_conflict_do_update(index_elements=list(key), set_=more))
                connection.execute(delete(schema.sightings).where(schema.sightings.c.at < now - DAY - SPAN))

        self._database.promptly(act)

    def facts(self) -> Facts:
        """Everything that is judged."""

        def act() -> Facts:
            with self._database.reading() as connection:
                now = self._now(connection)
                waiting = select(func.count(), func.min(texts.c.owed_at)).where(texts.c.state.in_(OPEN))
                owed, oldest = connection.execute(waiting).one()
                seen = connection.execute(select(schema.sightings)).all()
                beats = connection.execute(select(schema.beats)).all()
                return Facts(
                    now, tuple(Sighting(Seen(row.seen), row.detail, row.at, row.many) for row in seen),
                    tuple(map(_read_beat, beats)), owed, now - oldest if owed else 0.0, _standings(connection),
                )  # fmt: skip

        return self._database.promptly(act)

    def take_lease(self, who: str, seconds: float) -> bool:
        """Whether `who` is the one that tells, for the next `seconds`."""

        def act() -> bool:
            with self._database.writing() as connection:
                now = self._now(connection)
                row = insert_into(connection, schema.lease).values(
                    name=_LEASE, holder=who, until=now + seconds
                )
                mine = or_(schema.lease.c.holder == who, schema.lease.c.until <= now)
                taken = row.on_conflict_do_update(
                    index_elements=["name"], set_={"holder": who, "until": now + seconds}, where=mine
                )
                return connection.execute(taken.returning(schema.lease.c.holder)).first() is not None

        return self._database.promptly(act)

    def troubles(self) -> tuple[Trouble, ...]:
        """What is ill, and what was in the last days; the newest first."""

        def act() -> tuple[Trouble, ...]:
            with self._database.reading() as connection:
                rows = connection.execute(
                    select(schema.troubles).order_by(schema.troubles.c.since.desc())
                ).all()
                return tuple(map(_read_trouble, rows))

        return self._database.promptly(act)

    def keep(self, changed: Iterable[Trouble]) -> None:
        """Write the troubles down as they are now, and forget those that are long over."""

        def act() -> None:
            with self._database.writing() as connection:
                for each in changed:
                    key = {"kind": each.sign.kind, "since": each.since}
                    row = asdict(each.sign) | {"last": each.last, "ended": each.ended}
                    del row["kind"]
                    _put(connection, schema.troubles, key, row)
                old = self._now(connection) - KEPT
                past = delete(schema.troubles).where(
                    schema.troubles.c.ended > 0, schema.troubles.c.ended < old
                )
                connection.execute(past)
                still = select(schema.troubles.c.since).where(schema.troubles.c.kind == schema.told.c.kind)
                connection.execute(delete(schema.told).where(schema.told.c.since.not_in(still)))

        self._database.promptly(act)

    def told(self, way: str) -> Mapping[tuple[str, float], Told]:
        """What was told in a way."""

        def act() -> Mapping[tuple[str, float], Told]:
            with self._database.reading() as connection:
                rows = connection.execute(select(schema.told).where(schema.told.c.way == way)).all()
                return {(row.kind, row.since): Told(Grade(row.grade), row.over) for row in rows}

        return self._database.promptly(act)

    def standing(self, way: str) -> Standing:
        """How a way of telling does."""

        def act() -> Standing:
            with self._database.reading() as connection:
                return next((one for one in _standings(connection) if one.way == way), Standing(way))

        return self._database.promptly(act)

    def record(self, standing: Standing, told: Iterable[Trouble] = ()) -> None:
        """Write down how a way does now, and that these troubles were told in it, in one transaction."""

        def act() -> None:
            with self._database.writing() as connection:
                row = asdict(standing)
                _put(connection, schema.standings, {"way": row.pop("way")}, row)
                for each in told:
                    key = {"way": standing.way, "kind": each.sign.kind, "since": each.since}
                    _put(connection, schema.told, key, {"grade": each.sign.grade, "over": bool(each.ended)})

        self._database.promptly(act)

    def forget(self, way: str) -> None:
        """Forget how a way did that is not there any more."""

        def act() -> None:
            with self._database.writing() as connection:
                connection.execute(delete(schema.standings).where(schema.standings.c.way == way))

        self._database.promptly(act)

    def close(self) -> None:
        """Give back every connection."""
        self._database.close()

    def _now(self, connection: Connection) -> float:
        return float(connection.scalar(select(self._clock())))


def _put(
    connection: Connection, table: Table, key: Mapping[str, Any], row: Mapping[str, Any],
    first: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Write a row, whether or not it is there; `first` is written only with a new one."""
    new = insert_into(connection, table).values(**key, **row, **(first or {}))
    connection.execute(new.on_conflict_do_update(index_elements=list(key), set_=dict(row)))


def _standings(connection: Connection) -> tuple[Standing, ...]:
    rows = connection.execute(select(schema.standings).order_by(schema.standings.c.way)).all()
    return tuple(Standing(**row._mapping) for row in rows)


def _read_beat(row: Row[Any]) -> Beat:
    known = {found.value for found in Found}
    found = tuple((Found(kind), detail) for kind, detail in json.loads(row.found) if kind in known)
    return Beat(row.who, row.role, row.began, row.at, row.version, row.zone, found)


def _read_trouble(row: Row[Any]) -> Trouble:
    sign = Sign(row.kind, Grade(row.grade), row.text, row.meets, row.mend, row.many)
    return Trouble(sign, row.since, row.last, row.ended)
