"""A server under load: its start, its processes, what they use of processor and memory. Linux only."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

PATIENCE = 30.0
TICK = os.sysconf("SC_CLK_TCK")


class ServerError(Exception):
    """A server did not start."""


class Served:
    """A running server on a port of its own; `seconds_to_first_answer` is from start to `/healthz`."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], log: Path) -> None:
        """Start `python -m` and `command`, in which {port} is filled in. Raises ServerError."""
        self.port = _free_port()
        self._log = log
        begun = time.perf_counter()
        with log.open("wb") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *(word.format(port=self.port) for word in command)],
                env={**os.environ, **environ, "PORT": str(self.port)}, stdout=file, stderr=file,
                start_new_session=True,
            )  # fmt: skip
        while not self._answers():
            if self._process.poll() is not None or time.perf_counter() - begun > PATIENCE:
                self.stop()
                raise ServerError(f"{' '.join(command)} did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.01)
        self.seconds_to_first_answer = time.perf_counter() - begun

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server and every process it started."""
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def processor_seconds(self) -> float:
        """Processor time spent so far by the server and its workers."""
        return sum(_processor_seconds(pid) for pid in (self._process.pid, *self._workers()))

    def worker_megabytes(self) -> float:
        """Resident memory of the largest worker, shared libraries included, in MB of 1,000,000 bytes."""
        return max(_resident_bytes(pid) for pid in self._workers()) / 1e6

    def status_of(self, request: bytes) -> int:
        """The status that answers `request`."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            connection.sendall(request)
            answer = connection.recv(4096)
        return int(answer.split(b" ", 2)[1])

    def wait_for_version(self, version: str) -> None:
        """Wait until calls begin with the published `version`. Raises ServerError."""
        deadline = time.perf_counter() + PATIENCE
        while self._health().get("version") != version:
            if time.perf_counter() > deadline:
                raise ServerError(
                    f"version {version} was published and is not served:\n{self._log.read_text()[-2000:]}"
                )
            time.sleep(0.2)

    def _workers(self) -> list[int]:
        pid = self._process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def _answers(self) -> bool:
        return bool(self._health())

    def _health(self) -> dict[str, Any]:
        """What the server says of itself; empty where it does not answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
            return dict(json.loads(answer.read())) if answer.status == http.client.OK else {}
        except (OSError, http.client.HTTPException):
            return {}
        finally:
            connection.close()


def _processor_seconds(pid: int) -> float:
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICK


def _resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
