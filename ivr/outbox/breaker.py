"""Leaving alone for a while what has just failed, so that nobody waits for it and it can recover."""

import threading
import time


class Breaker:
    """Opens after so many failures in a row, then lets one try through after each rest.

    The rest is in seconds; it doubles from `rest` to `longest` with every try that fails.
    """

    def __init__(self, failures: int, rest: float, longest: float) -> None:
        self._most, self._first, self._longest = failures, rest, longest
        self._lock = threading.Lock()
        self._failed, self._rest = 0, rest
        self._probing = False
        self._shut_until = self._held_until = 0.0

    def admit(self, wanted: int = 1) -> int:
        """How many of `wanted` tries may be made now."""
        with self._lock:
            now = time.monotonic()
            if now < max(self._shut_until, self._held_until):
                return 0
            if self._failed < self._most:
                return wanted
            self._probing = True
            self._shut_until = now + self._rest
            return min(wanted, 1)

    def succeed(self) -> None:
        """Note a try that went well."""
        with self._lock:
            self._failed, self._rest = 0, self._first
            self._probing, self._shut_until = False, 0.0

    def fail(self) -> bool:
        """Note a try that failed; True when that opened the breaker."""
        with self._lock:
            self._failed += 1
            opens = self._probing or self._failed == self._most
            if opens:
                self._probing = False
                self._shut_until = time.monotonic() + self._rest
                self._rest = min(2 * self._rest, self._longest)
            return opens

    def hold(self, seconds: float) -> None:
        """Let nothing through for `seconds`, whatever succeeds meanwhile."""
        with self._lock:
            self._held_until = max(self._held_until, time.monotonic() + seconds)
