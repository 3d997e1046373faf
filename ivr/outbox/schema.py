"""The tables of the outbox, and the one clock that its rows are timed by: the database's."""

from typing import Any

from sqlalchemy import Column, Double, Index, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

# Owed waits for its turn, sending is leased to a worker; the others are final and hold no number and no body.
OWED, SENDING = "owed", "sending"
ACCEPTED, DELIVERED, FAILED, EXPIRED = "accepted", "delivered", "failed", "expired"
OPEN = (OWED, SENDING)
STATES = (OWED, SENDING, ACCEPTED, DELIVERED, FAILED, EXPIRED)

metadata = MetaData()

# `due` is when a row may be taken: the next try of an owed one, the end of the lease of one being sent.
# `attempts` counts how often it was taken, `doubts` how often a lease ended without news. Times are seconds
# since 1970.
texts = Table(
    "owed_texts",
    metadata,
    Column("call_sid", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("reference", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("owed_at", Double, nullable=False),
    Column("due", Double, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("doubts", Integer, nullable=False),
    Column("number", Text),
    Column("body", Text),
)
_open = texts.c.state.in_(OPEN)
Index("owed_texts_due", texts.c.due, sqlite_where=_open, postgresql_where=_open)

# The secret that turns numbers into identities for one day (days since 1970), then is destroyed.
peppers = Table(
    "peppers",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("secret", LargeBinary, nullable=False),
)

# How many texts an identity, a range or everybody was owed in a period; periods end at `ends`.
tallies = Table(
    "tallies",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("period", Integer, primary_key=True),
    Column("who", Text, primary_key=True),
    Column("used", Integer, nullable=False),
    Column("ends", Double, nullable=False),
)


class Now(FunctionElement[float]):
    """Seconds since 1970 by the database's clock, at the moment the statement runs.

    A worker's own clock never decides: one that was ten minutes fast took every other worker's lease for
    ended and sent 291 texts for 150.
    """

    type = Double()
    inherit_cache = True


@compiles(Now, "sqlite")
def _sqlite_now(_element: Now, _compiler: SQLCompiler, **_: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(Now, "postgresql")
def _postgresql_now(_element: Now, _compiler: SQLCompiler, **_: Any) -> str:
    return "(extract(epoch FROM clock_timestamp())::double precision)"
