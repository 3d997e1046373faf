"""The queue of owed texts: a table in which a worker holds a row by a lease, and the carrier settles it."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import case, delete, func, literal, select, update
from sqlalchemy.exc import SQLAlchemyError

from ivr.outbox.database import Database
from ivr.outbox.limits import Limits, forget_past, insert_into, is_textable, spend
from ivr.outbox.news import News, Tell, tell_nobody
from ivr.outbox.schema import (
    ACCEPTED,
    DELIVERED,
    EXPIRED,
    FAILED,
    OPEN,
    OWED,
    SENDING,
    STATES,
    Now,
    texts,
)
from ivr.sending import Accepted, DatabaseDownError, Later, Outcome, Refused

# Seconds after which number and body are erased whatever became of the text.
KEPT = 24 * 3600.0
# Seconds for which a worker holds a text: longer than its timeout and the carrier's callback together.
LEASE = 75.0

_ERASED = {"number": None, "body": None}
# What the carrier's word for a message means here; any other word proves at least that it has the message.
_FINAL = {
    "delivered": DELIVERED, "read": DELIVERED, "undelivered": FAILED, "failed": FAILED, "canceled": FAILED,
}  # fmt: skip
# From which states a callback moves a row on. Callbacks come in any order; none leads back.
_BEFORE = {
    ACCEPTED: (*OPEN, EXPIRED),
    FAILED: (*OPEN, EXPIRED, ACCEPTED),
    DELIVERED: (*OPEN, EXPIRED, ACCEPTED, FAILED),
}

Owing = Literal["sent", "limit", "failed"]
_ANSWERS: dict[News | None, Owing] = {News.LIMIT: "limit", News.NOT_TAKEN: "failed"}
_TOLD = {ACCEPTED: News.ACCEPTED, DELIVERED: News.DELIVERED, FAILED: News.FAILED}


@dataclass(frozen=True, slots=True)
class OwedText:
    """A text that a worker holds. `attempt` tells its holder from others; `taken_at` is monotonic seconds."""

    reference: str
    attempt: int
    taken_at: float
    number: str = field(repr=False)
    body: str = field(repr=False)


class Outbox:
    """Keeps the texts that are owed until the carrier has them.

    `lease` and `patience` are seconds; `patience` is the longest a webhook waits for the database. The
    first connection is made when it is needed. `tell` is told what becomes of texts, for the counts. Raises
    DatabaseUrlError.
    """

    def __init__(
        self, database_url: str, limits: Limits | None = None, lease: float = LEASE, patience: float = 1.0,
        tell: Tell = tell_nobody,
    ) -> None:  # fmt: skip
        self._database = Database(database_url, patience)
        self._limits = limits or Limits()
        self.lease, self.tell = lease, tell

    def owe(self, call_sid: str, topic: str, to: str, body: str) -> Owing:
        """Write down that `to` (E.164) is owed `body`; what the caller can be told. It never raises.

        One text is owed for a call and topic, however often a webhook is repeated. "failed" is answered at
        once while the database is down, locked or full, and for a number that may not be texted.
        """
        news: News | None = News.NOT_TAKEN
        if is_textable(to):
            with suppress(DatabaseDownError):
                news = self._database.promptly(lambda: self._owe(call_sid, topic, to, body))
        if news:
            self.tell(news, 1)
        return _ANSWERS.get(news, "sent")

    def settle(self, reference: str, status: str) -> bool:
        """Take in the carrier's callback about a text; True when it was news.

        Whatever the status, the carrier has the text, and it is not sent again. Raises DatabaseDownError.
        """
        state = _FINAL.get(status, ACCEPTED)
        return self._database.promptly(
            lambda: self._change(reference, (texts.c.state.in_(_BEFORE[state]),), state=state, **_ERASED)
        )

    def counts(self) -> dict[str, int]:
        """How many texts are in each state, and the age of the oldest open one in seconds: no people.

        Raises DatabaseDownError.
        """
        return self._database.promptly(self._counts)

    def is_waiting(self) -> bool:
        """Whether a text can be taken now. Raises DatabaseDownError."""
        with _faults(), self._database.reading() as connection:
            return connection.execute(select(literal(1)).where(*self._due()).limit(1)).first() is not None

    def take(self, most: int) -> list[OwedText]:
        """Take up to `most` texts that are due and hold them for the lease. Raises DatabaseDownError.

        A text whose lease ended without news is held twice as long each time: a carrier that takes texts
        and never says so must not text a person every minute.
        """
        picked = (
            select(texts.c.reference)
            .where(*self._due())
            .order_by(texts.c.due)
            .limit(most)
            .with_for_update(skip_locked=True)
            .cte("picked")
        )
        doubts = case((texts.c.state == SENDING, texts.c.doubts + 1), else_=texts.c.doubts)
        taken = (
            update(texts)
            .where(texts.c.reference.in_(select(picked.c.reference)))
            .values(
                state=SENDING,
                due=Now() + self.lease * literal(1).bitwise_lshift(doubts),
                attempts=texts.c.attempts + 1,
                doubts=doubts,
            )
            .returning(texts.c.reference, texts.c.attempts, texts.c.number, texts.c.body)
        )
        started = time.monotonic()
        with _faults(), self._database.writing() as connection:
            rows = connection.execute(taken).all()
        return [OwedText(row.reference, row.attempts, started, row.number, row.body) for row in rows]

    def record(self, text: OwedText, outcome: Outcome, pause: float) -> None:
        """Write down what came of sending; after Later it waits `pause` seconds. Raises DatabaseDownError.

        Unknown writes nothing: the lease stays, and the callback or the next worker ends it. That the
        carrier accepted a text is true whoever holds it now; anything else counts only from its holder.
        """
        mine = (texts.c.state == SENDING, texts.c.attempts == text.attempt)
        with _faults():
            match outcome:
                case Accepted():
                    is_open = (texts.c.state.in_(OPEN),)
                    self._change(text.reference, is_open, state=ACCEPTED, **_ERASED)
                case Refused():
                    self._change(text.reference, mine, state=FAILED, **_ERASED)
                case Later():
                    self._change(text.reference, mine, state=OWED, due=Now() + pause)

    def erase_expired(self) -> bool:
        """Erase what has been kept long enough, and wipe what was erased from SQLite's log.

        Numbers, bodies and what is settled go after 24 hours, the bare count of what expired a day later,
        the secrets behind the limits at the end of their day. False where the log was in use and is to be
        wiped soon. Raises DatabaseDownError.
        """
        old = texts.c.owed_at < Now() - KEPT
        very_old = texts.c.owed_at < Now() - 2 * KEPT
        with _faults():
            with self._database.writing() as connection:
                expired = update(texts).where(old, texts.c.state.in_(OPEN))
                count = connection.execute(expired.values(state=EXPIRED, **_ERASED)).rowcount
                connection.execute(delete(texts).where(old, texts.c.state.not_in((*OPEN, EXPIRED))))
                connection.execute(delete(texts).where(very_old))
                forget_past(connection)
            if count:
                self.tell(News.EXPIRED, count)
            return self._database.truncate_log()

    def close(self) -> None:
        """Close the connections to the database; the next use opens new ones."""
        self._database.close()

    def _owe(self, call_sid: str, topic: str, to: str, body: str) -> News | None:
        """What came of it; None where the text is owed already."""
        with self._database.writing() as connection:
            row = insert_into(connection, texts).values(
                call_sid=call_sid, topic=topic, reference=secrets.token_urlsafe(16), state=OWED,
                owed_at=Now(), due=Now(), attempts=0, doubts=0, number=to, body=body,
            )  # fmt: skip
            unique = row.on_conflict_do_nothing(index_elements=[texts.c.call_sid, texts.c.topic])
            if connection.execute(unique.returning(texts.c.reference)).first() is None:
                return None
            if not spend(connection, to, self._limits):
                connection.rollback()
                return News.LIMIT
        return News.OWED

    def _change(self, reference: str, condition: tuple[Any, ...], **values: Any) -> bool:
        """Change a text where `condition` still holds. Half of all news is old, and costs no write."""
        the_row = (texts.c.reference == reference, *condition)
        with self._database.reading() as connection:
            if connection.execute(select(literal(1)).where(*the_row)).first() is None:
                return False
        with self._database.writing() as connection:
            changed = connection.execute(update(texts).where(*the_row).values(**values)).rowcount > 0
        if changed and values["state"] in _TOLD:
            self.tell(_TOLD[values["state"]], 1)
        return changed

    def _counts(self) -> dict[str, int]:
        age = func.max(case((texts.c.state.in_(OPEN), Now() - texts.c.owed_at)))
        with self._database.reading() as connection:
            rows = connection.execute(select(texts.c.state, func.count(), age).group_by(texts.c.state)).all()
        counts = dict.fromkeys(STATES, 0) | {state: count for state, count, _ in rows}
        return counts | {"oldest_seconds": max((int(oldest) for *_, oldest in rows if oldest), default=0)}

    def _due(self) -> tuple[Any, ...]:
        return texts.c.state.in_(OPEN), texts.c.due <= Now(), texts.c.owed_at > Now() - KEPT


@contextmanager
def _faults() -> Iterator[None]:
    """Turn a database's errors into DatabaseDownError, which quotes no row."""
    try:
        yield
    except (SQLAlchemyError, OSError) as fault:
        raise DatabaseDownError(f"the database failed: {type(fault).__name__}") from None
