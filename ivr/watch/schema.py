"""The tables of the watch, in the line's own database. They hold counts and states, and nothing about people.

Times are seconds since 1970 by the database's clock; 0 is never.
"""

from sqlalchemy import Boolean, Column, Double, Integer, Table, Text

from ivr.outbox.schema import metadata

# What was seen, so many times in the span that began at `at`.
sightings = Table(
    "watch_sightings",
    metadata,
    Column("seen", Text, primary_key=True),
    Column("detail", Text, primary_key=True),
    Column("at", Double, primary_key=True),
    Column("many", Integer, nullable=False),
)

# Who is at work; `found` is what they find wrong, as JSON.
beats = Table(
    "watch_beats",
    metadata,
    Column("who", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("began", Double, nullable=False),
    Column("at", Double, nullable=False),
    Column("version", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("found", Text, nullable=False),
)

# What is or was ill, from `since` to `ended`; `last` is when it was last seen to be so.
troubles = Table(
    "watch_troubles",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("since", Double, primary_key=True),
    Column("last", Double, nullable=False),
    Column("ended", Double, nullable=False),
    Column("many", Integer, nullable=False),
    Column("grade", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("meets", Text, nullable=False),
    Column("mend", Text, nullable=False),
)

# Which trouble was told in which way, how bad it was then, and whether its end was told too.
told = Table(
    "watch_told",
    metadata,
    Column("way", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("since", Double, primary_key=True),
    Column("grade", Integer, nullable=False),
    Column("over", Boolean, nullable=False),
)

standings = Table(
    "watch_ways",
    metadata,
    Column("way", Text, primary_key=True),
    Column("told_at", Double, nullable=False),
    Column("answer", Text, nullable=False),
    Column("beat_day", Text, nullable=False),
    Column("beat_at", Double, nullable=False),
    Column("failing_since", Double, nullable=False),
    Column("fails", Integer, nullable=False),
    Column("due", Double, nullable=False),
    Column("why", Text, nullable=False),
)

# One row: who tells now, and until when nobody else does.
lease = Table(
    "watch_lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Double, nullable=False),
)
