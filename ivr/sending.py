"""What can come of handing a text to a carrier: agreed between the outbox and whoever speaks to a carrier."""

from dataclasses import dataclass
from typing import Protocol

from ivr.errors import IvrError


class DatabaseDownError(IvrError):
    """The database of owed texts does not answer; nothing is known to be written."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The carrier has the text and answers for it from here on."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The carrier will never take this text; `code` is its own number for the reason."""

    code: int


@dataclass(frozen=True, slots=True)
class Later:
    """The carrier has certainly not taken the text and may later; `after` is its wish, in seconds.

    `code` is its own number for the reason or else the HTTP status, 0 where it said nothing.
    """

    after: float | None = None
    code: int = 0


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether the carrier has the text: the answer was lost on its way."""


Outcome = Accepted | Refused | Later | Unknown


class TextCarrier(Protocol):
    """Takes texts to people's phones. It is called by several threads at once."""

    def send(self, to: str, body: str, reference: str) -> Outcome:
        """Hand over one text to `to` (E.164); the carrier will name `reference` when it calls back."""
