"""How many texts may be owed, so that nobody can have strangers texted and no bill runs away."""

import re
import secrets
from dataclasses import dataclass
from hmac import digest
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from ivr.outbox.schema import Now, peppers, tallies

HOUR, DAY = 3600, 86400

# Mobile numbers of the United Kingdom, Guernsey, Jersey and the Isle of Man. 070 are personal numbers and
# 076 pagers, both charged at a premium, but for 07624, which are the Isle of Man's mobiles.
_MOBILE = re.compile(r"\+447(?:[1-57-9][0-9]{8}|624[0-9]{6})")
# A range is a thousand numbers in a row: those who pump texts buy their numbers so.
_RANGE = slice(0, -3)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most texts that are owed to one number a day, to a range and to everybody an hour, in all a day.

    Days and hours are those of UTC by the database's clock.
    """

    a_number_a_day: int = 3
    a_range_an_hour: int = 20
    an_hour: int = 200
    a_day: int = 1000


def is_textable(number: str) -> bool:
    """Whether `number` (E.164) is one that the line may text at all."""
    return _MOBILE.fullmatch(number) is not None


def insert_into(connection: Connection, table: Any) -> Any:
    """The database's own INSERT, which knows ON CONFLICT; both spell it alike."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def spend(connection: Connection, number: str, limits: Limits) -> bool:
    """Count one text to `number`; False when a limit is reached, and the transaction must be rolled back.

    The scopes are counted in one order, the busiest last, so that two webhooks can never wait for each
    other, and hold the row that all share as briefly as can be.
    """
    now = connection.scalar(select(Now())) or 0.0
    day, hour = int(now // DAY), int(now // HOUR)
    secret = _pepper(connection, day)
    counted = (
        ("number", day, DAY, _identity(secret, number), limits.a_number_a_day),
        ("range", hour, HOUR, _identity(secret, number[_RANGE]), limits.a_range_an_hour),
        ("hour", hour, HOUR, "", limits.an_hour),
        ("day", day, DAY, "", limits.a_day),
    )
    return all(_count(connection, *scope) for scope in counted)


def forget_past(connection: Connection) -> None:
    """Destroy the peppers and tallies of past periods."""
    now = connection.scalar(select(Now())) or 0.0
    connection.execute(delete(peppers).where(peppers.c.day < int(now // DAY)))
    connection.execute(delete(tallies).where(tallies.c.ends <= now))


def _identity(secret: bytes, number: str) -> str:
    return digest(secret, number.encode(), "sha256").hex()


def _pepper(connection: Connection, day: int) -> bytes:
    """The secret of the day; whoever comes first makes it and destroys those before it."""
    known = connection.scalar(select(peppers.c.secret).where(peppers.c.day == day))
    if known is not None:
        return bytes(known)
    forget_past(connection)
    row = insert_into(connection, peppers).values(day=day, secret=secrets.token_bytes(32))
    connection.execute(row.on_conflict_do_nothing(index_elements=[peppers.c.day]))
    return bytes(connection.execute(select(peppers.c.secret).where(peppers.c.day == day)).scalar_one())


def _count(connection: Connection, scope: str, period: int, seconds: int, who: str, most: int) -> bool:
    if most < 1:
        return False
    row = insert_into(connection, tallies).values(
        scope=scope, period=period, who=who, used=1, ends=float((period + 1) * seconds)
    )
    counted = row.on_conflict_do_update(
        index_elements=[tallies.c.scope, tallies.c.period, tallies.c.who],
        set_={"used": tallies.c.used + 1},
        where=tallies.c.used < most,
    ).returning(tallies.c.used)
    return connection.execute(counted).first() is not None
