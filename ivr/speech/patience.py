"""Asking a service that belongs to others: not too often, and again after a while when it is busy."""

import time
from collections.abc import Callable
from typing import TypeVar

from ivr.speech.engine import EngineError

Answer = TypeVar("Answer")

# Seconds between two requests: those who fetch in bulk from Google report .5 to 1 (thu-coai/LAUG issue 3).
PAUSE, LONGEST_PAUSE = 0.5, 8.0
TRIES = 4
BACKOFF = 2.0
# Whoever asks to be left alone for longer is left alone: another engine speaks meanwhile.
LONGEST_WAIT = 120.0


class RefusedError(EngineError):
    """The service did not answer, or not with a sound. `again`: another try may do; after `seconds`, if it said so."""

    def __init__(self, text: str, *, again: bool, seconds: float = 0.0) -> None:
        super().__init__(text)
        self.again, self.seconds = again, seconds


class Patience:
    """Requests one after another, spaced out and repeated; not for several threads at once."""

    def __init__(
        self, wait: Callable[[float], None] = time.sleep, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._wait, self.now = wait, now
        self._pause = PAUSE
        self._free_at = 0.0

    def ask(self, request: Callable[[], Answer]) -> Answer:
        """The answer of `request`, after at most `TRIES` tries. Raises what `request` raises."""
        for tried in range(1, TRIES + 1):
            self._take_turn()
            try:
                return request()
            except RefusedError as refused:
                if not refused.again:
                    raise
                if refused.seconds:
                    self._pause = min(2 * self._pause, LONGEST_PAUSE)
                self._free_at = self.now() + max(refused.seconds, BACKOFF * 2 ** (tried - 1))
                if tried == TRIES or refused.seconds > LONGEST_WAIT:
                    raise
            finally:
                self._free_at = max(self._free_at, self.now() + self._pause)
        raise AssertionError("the last try returns or raises")

    def _take_turn(self) -> None:
        delay = self._free_at - self.now()
        if delay > LONGEST_WAIT:
            raise EngineError(f"Google asks to be left alone for another {delay:.0f} s.")
        if delay > 0:
            self._wait(delay)
