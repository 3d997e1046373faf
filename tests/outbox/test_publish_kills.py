"""Publishing and going back are killed at every instant, while a line in production answers calls."""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from callers import Caller, environ_in
from conftest import ROOT, Postgres  # type: ignore[attr-defined]
from content.small import write_small_line
from stub_carrier import wait_until

from ivr.config import SETTINGS, read_settings
from ivr.telephony.reach import http_send
from ivr.versions.opening import read_version, supply_of
from ivr.versions.pointer import Published

# So many commands are killed before they end; those that end before they are killed do not count.
# A few in every run; the proof is the run with PUBLISH_KILLS=32.
KILLS, MOST = int(os.environ.get("PUBLISH_KILLS", "6")), 200
MARKS = ("alder", "birch", "cedar", "elder", "hazel", "maple")


def mark(folder: Path, word: str) -> None:
    """Have the line's name, which every call begins with, and the topic on key 1 hold `word`."""
    write_small_line(folder)
    for name, old, new in (
        ("prompts/line.toml", "the small line", f"the {word} line"),
        ("prompts/1-apples.md", "This is about apples.", f"This is about {word} apples."),
    ):
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


class Press:
    """Runs `publish` and `rollback` in processes that can be killed."""

    def __init__(self, environ: dict[str, str], log: Path) -> None:
        with log.open("ab") as errors:
            self._nursery = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("press.py"))],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT,
                env={**environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip

    def run(self, *arguments: str, kill_after: float | None = None) -> int:
        """The command's exit code; -9 where it was killed, with its group, before it ended."""
        assert self._nursery.stdin
        assert self._nursery.stdout
        self._nursery.stdin.write(json.dumps(arguments) + "\n")
        self._nursery.stdin.flush()
        child = int(self._nursery.stdout.readline())
        if kill_after is not None:
            time.sleep(kill_after)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
        return int(self._nursery.stdout.readline())

    def close(self) -> None:
        self._nursery.communicate()


@dataclass
class Calls:
    """Somebody calls the line again and again; `heard` has the marks of each call, `failed` what went wrong."""

    port: int
    heard: list[frozenset[str]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def call(self) -> frozenset[str]:
        caller = Caller(http_send(f"http://127.0.0.1:{self.port}")).rings().presses("1").stays_silent(2)
        assert not caller.call.failed, [str(event) for event in caller.call.log]
        assert "apples" in caller.heard_in_all, caller.heard_in_all
        return frozenset(word for word in MARKS if word in caller.heard_in_all)

    def go_on(self) -> None:
        while not self._stop.is_set():
            try:
                self.heard.append(self.call())
            except Exception as fault:
                self.failed.append(f"{type(fault).__name__}: {fault}")

    @contextlib.contextmanager
    def meanwhile(self) -> Iterator[None]:
        thread = threading.Thread(target=self.go_on)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()


@contextlib.contextmanager
def serving(environ: dict[str, str], log: Path) -> Iterator[int]:
    """A line in production with two workers; it is killed at the end, not asked to stop."""
    # Not of those that `free_port` gives: one of them is PostgreSQL's, and it may be down at this moment.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("ab") as output:
        line = subprocess.Popen(
            [sys.executable, "-m", "ivr", "serve"], cwd=ROOT, stdout=output, stderr=output,
            env=environ | {"PORT": str(port), "WEB_CONCURRENCY": "2"}, start_new_session=True,
        )  # fmt: skip
    send = http_send(f"http://127.0.0.1:{port}", timeout=2)

    def answers() -> bool:
        assert line.poll() is None, log.read_text()
        with contextlib.suppress(OSError):
            return send("GET", "/healthz", {}, b"").status == 200
        return False

    try:
        wait_until(answers, 60)
        yield port
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(line.pid, signal.SIGKILL)
        line.wait()


def environment(folder: Path, database_url: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    folders = {"PROMPTS": str(folder / "prompts"), "LOCALES": str(folder / "locales")}
    return clean | environ_in(folder) | folders | {"DATABASE_URL": database_url}


def live_mark(environ: dict[str, str]) -> tuple[Published, str]:
    """The live version, and its mark as it is read from the bytes in the database; fails where it does not load."""
    settings = read_settings(environ)
    supply = supply_of(settings, 10.0)
    live = supply.pointer.recent()[0]
    data = supply.pointer.read(live.version)
    assert data is not None
    library, _ = read_version(settings, data)
    supply.pointer.close()
    [word] = [word for word in MARKS if word in library.line.name]
    assert word in library.own.topics["1"].parts[0].text
    return live, word


def test_whoever_is_killed_while_publishing_leaves_a_whole_version_live(
    database_url: str, tmp_path: Path
) -> None:
    environ, chance = environment(tmp_path, database_url), random.Random(5)  # noqa: S311 - a test is to be the same each time
    press, log = Press(environ, tmp_path / "press.log"), tmp_path / "log"
    mark(tmp_path, MARKS[0])
    assert press.run("publish", "--yes") == 0, (tmp_path / "press.log").read_text()
    mark(tmp_path, MARKS[1])
    began = time.monotonic()
    assert press.run("publish", "--yes") == 0, (tmp_path / "press.log").read_text()
    # Some are killed after the last instant at which it matters, whatever the machine does besides.
    longest = time.monotonic() - began
    codes: list[int] = []
    numbers = [2]
    with serving(environ, log) as port:
        calls = Calls(port)
        with calls.meanwhile():
            for turn in range(MOST):
                if codes.count(-9) == KILLS:
                    break
                if turn % 3 == 2:
                    command = ["rollback", str(chance.choice(numbers)), "--yes"]
                else:
                    mark(tmp_path, MARKS[turn % len(MARKS)])
                    command = ["publish", "--yes"]
                codes.append(press.run(*command, kill_after=chance.uniform(0.0, longest)))
                live, _ = live_mark(environ)
                numbers.append(live.number)
            mark(tmp_path, MARKS[-1])
            assert press.run("publish", "--yes") == 0, (tmp_path / "press.log").read_text()
            live, word = live_mark(environ)
            wait_until(lambda: calls.heard[-1] == {word}, 30)
        assert calls.failed == [], log.read_text()[-3000:]
        assert [marks for marks in calls.heard if len(marks) != 1] == []
    press.close()
    assert (codes.count(-9), set(codes)) == (KILLS, {-9, 0})
    assert "Traceback" not in log.read_text()
    # The line and its workers were killed as well; what starts anew serves what is live.
    with serving(environ, log) as port:
        assert Calls(port).call() == {word}
    assert numbers == sorted(numbers)
    assert [path.name for path in (tmp_path / "versions").glob("*.zip")]


def test_a_call_ends_with_the_version_it_began_with_and_the_next_one_hears_the_new(
    database_url: str, tmp_path: Path
) -> None:
    environ, log = environment(tmp_path, database_url), tmp_path / "log"
    press = Press(environ, tmp_path / "press.log")
    mark(tmp_path, "alder")
    assert press.run("publish", "--yes") == 0, (tmp_path / "press.log").read_text()
    with serving(environ, log) as port:
        caller = Caller(http_send(f"http://127.0.0.1:{port}")).rings()
        version = live_mark(environ)[0].short
        assert f"version={version}" in caller.place
        mark(tmp_path, "birch")
        assert press.run("publish", "--yes") == 0
        wait_until(lambda: Calls(port).call() == {"birch"}, 30)
        assert "alder" in caller.presses("1").stays_silent().heard_in_all
        assert "birch" not in caller.heard_in_all
        assert press.run("rollback", "1", "--yes") == 0
        wait_until(lambda: Calls(port).call() == {"alder"}, 30)
    press.close()


def test_a_line_that_starts_while_postgresql_is_down_serves_what_it_last_knew(
    postgres: Postgres, tmp_path: Path
) -> None:
    environ, log = environment(tmp_path, postgres.database("published")), tmp_path / "log"
    press = Press(environ, tmp_path / "press.log")
    mark(tmp_path, "cedar")
    assert press.run("publish", "--yes") == 0, (tmp_path / "press.log").read_text()
    with serving(environ, log) as port:
        assert Calls(port).call() == {"cedar"}
    mark(tmp_path, "elder")
    postgres.crash()
    try:
        with serving(environ, log) as port:
            assert Calls(port).call() == {"cedar"}
            assert "the database does not answer: version 1 is served" in log.read_text()
            postgres.start()
            assert press.run("publish", "--yes") == 0, (tmp_path / "press.log").read_text()
            wait_until(lambda: Calls(port).call() == {"elder"}, 60)
    finally:
        with contextlib.suppress(AssertionError):
            postgres.start()  # for the tests that follow, where this one ended early
        press.close()
