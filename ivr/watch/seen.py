"""What goes well and what fails, counted in memory until a thread writes it down: no key press waits for a disk."""

import threading
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Protocol

from ivr.dialogue.moves import OUTCOMES

MOST: Final = 500
"""Different things that are counted between two looks; more can only come from somebody who makes them up."""


class Seen(StrEnum):
    """What is counted. None of it says who, and no detail is anything that a person wrote."""

    CALL = "call"
    TEXT = "text"
    CALL_FAILED = "call-failed"
    TEXT_FAILED = "text-failed"
    REFUSED = "refused"
    FALLBACK = "fallback"
    TRANSFER = "transfer"
    HANDED = "handed"
    UNDELIVERED = "undelivered"


Counts = Mapping[tuple[Seen, str], int]
"""How often each thing was seen, by what it was and its detail."""


class Note(Protocol):
    """Counts one thing that was seen; it never fails and never waits."""

    def __call__(self, seen: Seen, detail: str = "") -> None:
        """Count `seen`; `detail` is one of few words, such as a carrier's code."""


class Notes:
    """Counts until they are taken. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[Seen, str]] = Counter()

    def note(self, seen: Seen, detail: str = "") -> None:
        """Count `seen` once."""
        with self._lock:
            if len(self._counts) < MOST or (seen, detail) in self._counts:
                self._counts[seen, detail] += 1

    def take(self) -> Counts:
        """What was counted since the last time."""
        with self._lock:
            taken, self._counts = self._counts, Counter()
        return taken

    def give_back(self, counts: Counts) -> None:
        """Count again what could not be written down."""
        with self._lock:
            self._counts.update(counts)


def ignore(seen: Seen, detail: str = "") -> None:
    """Count nothing, where nobody watches."""


def how_it_ended(fields: Mapping[str, str]) -> str:
    """How a transfer ended by the webhook's `fields`: answered, busy, no-answer or failed.

    It is "" where no transfer ended, and where the caller hung up while it rang: nobody failed them.
    """
    status = fields.get("DialCallStatus", "")
    if not status or status == "canceled" or fields.get("CallStatus") == "completed":
        return ""
    return OUTCOMES.get(status, "failed") or "answered"
