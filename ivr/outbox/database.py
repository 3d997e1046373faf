"""Reaching the database of owed texts: SQLite in a file, or PostgreSQL, by the same code."""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from ivr.errors import IvrError
from ivr.outbox.breaker import Breaker
from ivr.outbox.schema import metadata
from ivr.sending import DatabaseDownError

log = logging.getLogger(__name__)
# At DEBUG the library prints every row it reads, numbers and bodies too; its faults come as exceptions all the same.
logging.getLogger("sqlalchemy.engine.Engine").disabled = True

T = TypeVar("T")

# Failures in a row after which a database is not asked again, and for how many seconds.
FAILURES, REST = 2, 3.0
# Where threads queue to write to SQLite, each leaves the file free for so many seconds first. Other processes
# can only look again and again whether it is; without a gap, one busy worker kept a webhook out for seconds.
GAP = 0.004
# PostgreSQL's advisory lock under which the tables are made, so that two machines do not make them at once.
TABLES_LOCK = 0x0B0C_0DE5


class DatabaseUrlError(IvrError):
    """DATABASE_URL is no address of a database that this project can use."""


class Database:
    """One database, with limits to how long it may keep anybody waiting.

    `patience` is in seconds: the longest that `promptly` waits, and the longest that a statement waits for
    a lock. Nothing is opened before it is needed, so a line starts while its database is down.
    """

    def __init__(self, url: str, patience: float) -> None:
        self._url = _read_url(url)
        self.embedded = self._url.get_backend_name() == "sqlite"
        self._patience = patience
        self._breaker = Breaker(FAILURES, rest=REST, longest=REST)
        self._engine = self._sqlite() if self.embedded else self._postgresql()
        self._making, self._writer = threading.Lock(), threading.Lock()
        self._made = False

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes. It commits at the end, and rolls back when an error passes through."""
        self._make_tables()
        with self._turn(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads, and so never waits for one that writes."""
        self._make_tables()
        with self._engine.connect().execution_options(begins="BEGIN") as connection:
            yield connection

    def promptly(self, act: Callable[[], T]) -> T:
        """What `act` returns, for a webhook: within `patience`, or DatabaseDownError.

        A disk or a server that hangs answers no timeout of its own, so the wait is bounded here; `act` may
        then still come to its end unheard. After two failures the database is left alone for some seconds.
        """
        if not self._breaker.admit():
            raise DatabaseDownError("the database failed a moment ago")
        answer: Future[T] = Future()

        def run() -> None:
            try:
                answer.set_result(act())
            except BaseException as fault:
                answer.set_exception(fault)

        threading.Thread(target=run, daemon=True, name="outbox").start()
        try:
            result = answer.result(self._patience)
        except Exception as fault:
            self._breaker.fail()
            log.warning("the database of owed texts failed", extra={"fault": type(fault).__name__})
            # The cause is cut off: a database's message may quote the row, and so a person's number.
            raise DatabaseDownError("the database failed") from None
        self._breaker.succeed()
        return result

    def truncate_log(self) -> bool:
        """Wipe SQLite's write-ahead log, where erased rows live on; elsewhere there is nothing to do.

        False where somebody read from the log for the whole time, and it could not be wiped.
        """
        if not self.embedded:
            return True
        with self._turn(), self._engine.connect().execution_options(begins="") as connection:
            # Whoever wants to write waits as well while this waits for a reader.
            connection.exec_driver_sql("PRAGMA busy_timeout = 100")
            busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        return not busy

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let the threads of this process write to SQLite one after another: its own queue is not a fair one."""
        if not self.embedded:
            yield
            return
        if not self._writer.acquire(blocking=False):
            if not self._writer.acquire(timeout=self._patience):
                raise TimeoutError("the other threads of this process write")
            time.sleep(GAP)
        try:
            yield
        finally:
            self._writer.release()

    def close(self) -> None:
        """Give back every connection that is not in use."""
        self._engine.dispose()

    def _make_tables(self) -> None:
        with self._making:
            if self._made:
                return
            if self.embedded:
                _make_file(self._url)
            with self._engine.begin() as connection:
                if not self.embedded:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": TABLES_LOCK})
                metadata.create_all(connection)
            self._made = True

    def _sqlite(self) -> Engine:
        engine = create_engine(self._url, hide_parameters=True)
        patience = 0.9 * self._patience
        wait = f"busy_timeout = {round(patience * 1000)}"

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _record: Any) -> None:
            connection.isolation_level = None  # The driver begins nothing by itself; `begin` below does.
            for pragma in (wait, "journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            statement = connection.get_execution_options().get("begins", "BEGIN IMMEDIATE")
            # SQLite itself looks less often the longer it waits, so whoever comes last would go first.
            connection.exec_driver_sql(f"PRAGMA {'busy_timeout = 1' if 'IMM' in statement else wait}")
            end = time.monotonic() + patience
            while statement:
                try:
                    connection.exec_driver_sql(statement)
                    return
                except OperationalError:
                    if time.monotonic() > end:
                        raise

        return engine

    def _postgresql(self) -> Engine:
        wait = round(self._patience * 900)
        return create_engine(
            self._url,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=8,
            pool_timeout=self._patience,
            connect_args={
                "connect_timeout": 1,
                "tcp_user_timeout": round(self._patience * 2000),
                "options": f"-c statement_timeout={wait} -c lock_timeout={wait} "
                "-c idle_in_transaction_session_timeout=10000",
            },
        )


def _read_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    backend = parsed.drivername.partition("+")[0] if parsed else ""
    if parsed and backend == "sqlite" and parsed.database:
        return parsed.set(drivername="sqlite+pysqlite")
    if parsed and backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    raise DatabaseUrlError(
        "DATABASE_URL is no address of a database. Set it to sqlite:///path/to/file or postgresql://user@host/name."
    )


def _make_file(url: URL) -> None:
    """Make the file before SQLite does, readable by its owner alone; its log takes the same permissions.

    A file that is there is not touched: closing it would take SQLite's locks away from the whole process.
    """
    path = Path(url.database or "")
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
