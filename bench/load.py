"""Sixteen connections that are never idle, in a process of their own."""

import math
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

CHUNK = 64 * 1024


class LoadError(Exception):
    """The server answered something other than 200, or hung up."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one round brought: answers in `seconds`, and how long each took in milliseconds, sorted."""

    seconds: float
    milliseconds: list[float]

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.milliseconds) / self.seconds

    def percentile(self, share: float) -> float:
        """The time in milliseconds that `share` (0 to 1) of the answers stayed within."""
        return self.milliseconds[min(int(len(self.milliseconds) * share), len(self.milliseconds) - 1)]


def drive(
    port: int, requests: Sequence[bytes], connections: int, seconds: float, per_second: float = math.inf
) -> Load:
    """Send `requests` round and round over keep-alive for `seconds`; each connection sends on when answered.

    All connections together send `per_second` at most. They begin at even distances in `requests`. Raises LoadError.
    """
    selector = selectors.DefaultSelector()
    callers = [
        _Connection(port, requests, len(requests) * number // connections) for number in range(connections)
    ]
    taken: list[float] = []
    begun = time.perf_counter()
    waiting = deque((begun + number / per_second, caller) for number, caller in enumerate(callers))
    for caller in callers:
        selector.register(caller.socket, selectors.EVENT_READ, caller)
    while (now := time.perf_counter()) - begun < seconds:
        while waiting and waiting[0][0] <= now:
            waiting.popleft()[1].send()
        for key, _ in selector.select(timeout=max(waiting[0][0] - now, 0) if waiting else 1):
            caller = key.data
            if caller.receive(taken):
                waiting.append((caller.sent + connections / per_second, caller))
    spent = time.perf_counter() - begun
    for caller in callers:
        caller.socket.close()
    if not taken:
        raise LoadError("nothing was answered")
    return Load(spent, sorted(taken))


class _Connection:
    """One keep-alive connection with at most one request under way."""

    def __init__(self, port: int, requests: Sequence[bytes], start: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests, self._next = requests, start
        self.sent, self._answer = 0.0, b""

    def send(self) -> None:
        request = self._requests[self._next]
        self._next = (self._next + 1) % len(self._requests)
        self.sent, self._answer = time.perf_counter(), b""
        self.socket.sendall(request)

    def receive(self, taken: list[float]) -> bool:
        """Read what has come; True, and its time added to `taken`, when the answer is whole."""
        chunk = self.socket.recv(CHUNK)
        self._answer += chunk
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not chunk or not head.startswith(b"HTTP/1.1 200 "):
            raise LoadError(
                f"the server answered {head.splitlines()[:1]} to {self._requests[self._next - 1]!r}"
            )
        if not end or len(body) < _length(head):
            return False
        taken.append((time.perf_counter() - self.sent) * 1000)
        return True


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length: ")
    return int(rest.partition(b"\r\n")[0])
