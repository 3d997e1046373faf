"""Real parts to fail: PostgreSQL, a carrier over HTTP, the line's own webhook, workers that can be killed."""

import contextlib
import json
import logging
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Connection, create_engine, make_url
from stub_carrier import ACCOUNT, TOKEN, StubCarrier
from werkzeug.serving import make_server

from ivr.outbox.limits import Limits
from ivr.outbox.queue import Outbox
from ivr.telephony.references import References
from ivr.telephony.rest import RestCarrier
from ivr.telephony.signature import Door
from ivr.web.status import make_status

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = "a-secret-that-is-no-secret-at-all"
PLENTY = Limits(a_number_a_day=10**6, a_range_an_hour=10**6, an_hour=10**6, a_day=10**6)


def call_sid(number: int) -> str:
    return f"CA{number:032x}"


def number(n: int) -> str:
    return f"+447700900{n % 1000:03d}"


def free_port() -> int:
    """A port on which nobody listens, below those that connections are made from.

    Where a server is down for a moment, a connection from such a port could take its place.
    """
    for port in range(20_000 + os.getpid() % 10_000, 32_000):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


# --- Databases


class Postgres:
    """A PostgreSQL of the test's own, run by the user that Debian makes for it where we are root."""

    def __init__(self, programs: Path, home: Path) -> None:
        self._programs, self._home, self.port = programs, home, free_port()
        self._as = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        if self._as:
            shutil.chown(home, "postgres")
        self._run(
            "initdb", "-D", f"{home}/data", "-U", "postgres", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8"
        )
        self.start()

    def start(self) -> None:
        # A server that dies leaves its writes to the kernel, which keeps them: only a power cut needs fsync,
        # and after a crash it would read the whole disk's queue out before it lets anybody in.
        settings = "-c listen_addresses=127.0.0.1 -c max_connections=200 -c fsync=off"
        options = f"-p {self.port} -k {self._home} {settings}"
        log = f"{self._home}/log"
        self._run("pg_ctl", "-D", f"{self._home}/data", "-w", "-t", "30", "-o", options, "-l", log, "start")

    def crash(self) -> None:
        self._run("pg_ctl", "-D", f"{self._home}/data", "-m", "immediate", "stop")

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop every process of the server in its tracks, as a disk that hangs does."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        postmaster = int((self._home / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for process in (postmaster, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)

    def database(self, name: str) -> str:
        """Make an empty database; its address."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.url(name)

    def url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *arguments: str) -> None:
        run = subprocess.run(
            [*self._as, str(self._programs / program), *arguments],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", check=False,
        )  # fmt: skip
        log = self._home / "log"
        assert run.returncode == 0, f"{program}: {log.read_text()[-2000:] if log.exists() else 'no log'}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("PostgreSQL is not installed (Debian's package postgresql)")
    if os.getuid() == 0 and "postgres" not in {user.pw_name for user in pwd.getpwall()}:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    home = Path(tempfile.mkdtemp(prefix="line-pg-"))
    server = Postgres(found[-1].parent, home)
    yield server
    server.crash()
    shutil.rmtree(home, ignore_errors=True)


_names = iter(range(10**6))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    return str(request.getfixturevalue("postgres").database(f"line{next(_names)}"))


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder}/data/line.sqlite"


@contextlib.contextmanager
def tables(database_url: str) -> Iterator[Connection]:
    """The database itself, to look into or to age what is in it."""
    url = make_url(database_url)
    engine = create_engine(url if url.drivername == "sqlite" else url.set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def _away_from_the_hour() -> None:
    """Wait out the last seconds of an hour, in which limits would begin anew under a test."""
    while time.time() % 3600 > 3590:
        time.sleep(0.5)


# --- The line and its workers


@dataclass
class Line:
    """The part of the line that answers status callbacks, on a real port."""

    outbox: Outbox
    database_url: str
    public_url: str
    references: References

    def owe(self, count: int, first: int = 0) -> list[str]:
        return [
            self.outbox.owe(call_sid(n), "5.1.3", number(n), f"Denosumab, text {n}")
            for n in range(first, first + count)
        ]

    def carrier(self, stub: StubCarrier, timeout: float = 1.0) -> RestCarrier:
        return RestCarrier(
            stub.base, ACCOUNT, TOKEN, "+442079460000", self.public_url, self.references, timeout=timeout
        )


@contextlib.contextmanager
def running_line(database_url: str, lease: float) -> Iterator[Line]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    outbox, references = Outbox(database_url, PLENTY, lease=lease), References(SECRET)
    port = free_port()
    public_url = f"http://127.0.0.1:{port}"
    app = Flask("line")
    app.register_blueprint(make_status(Door(public_url, ACCOUNT, (TOKEN,)), references, outbox.settle))
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield Line(outbox, database_url, public_url, references)
    server.shutdown()
    server.server_close()
    outbox.close()


StartLine = Callable[..., Line]


@pytest.fixture
def start_line() -> Iterator[StartLine]:
    """Starts lines; `lease` in seconds."""
    with contextlib.ExitStack() as stack:
        yield lambda database_url, lease=20.0: stack.enter_context(running_line(database_url, lease))


class Workers:
    """Workers in processes of their own; each can be killed with all its group."""

    def __init__(self, log: Path, **environment: str) -> None:
        self.log = log
        self._alive: list[int] = []
        with log.open("ab") as errors:
            self._nursery = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("nursery.py"))],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            )  # fmt: skip

    def start(self, line: Line, stub: StubCarrier) -> None:
        order = {
            "database": line.database_url, "lease": line.outbox.lease, "base": stub.base, "account": ACCOUNT,
            "token": TOKEN, "public": line.public_url, "secret": SECRET,
        }  # fmt: skip
        assert self._nursery.stdin
        assert self._nursery.stdout
        self._nursery.stdin.write(json.dumps(order) + "\n")
        self._nursery.stdin.flush()
        self._alive.append(int(self._nursery.stdout.readline()))

    def kill(self) -> None:
        """Kill the oldest worker's group with signal 9."""
        os.killpg(self._alive.pop(0), signal.SIGKILL)

    def close(self) -> None:
        while self._alive:
            self.kill()
        self._nursery.communicate()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    crew = Workers(tmp_path / "workers.log")
    yield crew
    crew.close()
