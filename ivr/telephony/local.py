"""A carrier for texts on a line that no carrier knows: what it takes, the browser phone receives."""

import threading
from collections import defaultdict, deque
from collections.abc import Callable

from ivr.sending import Accepted, Outcome

# Texts kept for each number until the browser phone asks for them. The numbers belong to nobody.
KEPT = 20


class LocalCarrier:
    """Takes every text, calls back at once that it was delivered, and keeps it for `inbox`."""

    def __init__(self, settle: Callable[[str, str], bool]) -> None:
        self._settle = settle
        self._lock = threading.Lock()
        self._inboxes: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=KEPT))

    def send(self, to: str, body: str, reference: str) -> Outcome:
        """Put one text where `inbox` finds it."""
        with self._lock:
            self._inboxes[to].append(body)
        self._settle(reference, "delivered")
        return Accepted()

    def inbox(self, number: str) -> list[str]:
        """The texts that came for `number` since it was last asked."""
        with self._lock:
            return list(self._inboxes.pop(number, ()))
