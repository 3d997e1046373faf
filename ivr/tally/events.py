"""What is counted: a closed list of events, and the cells in which they are added up."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final


class Event(StrEnum):
    """Everything that is counted. `DETAILS` says what each may say about itself beside its name."""

    CALL = "call"
    LANGUAGE = "language"
    ENTERED = "entered"
    HEARD = "heard"
    ASKED = "asked"
    ANSWERED = "answered"
    LEFT = "left"
    GOODBYE = "goodbye"
    TRANSFER = "transfer"
    URGENT = "urgent"
    MESSAGE = "message"
    NOT_UNDERSTOOD = "not-understood"
    TEXT = "text"
    PARTS = "parts"
    FAILED = "failed"
    REFUSED = "refused"


class Channel(StrEnum):
    """How somebody reached the line."""

    CALL = "call"
    TEXT = "text"


ANY_TOPIC: Final = re.compile(
    r"menu|[0-9]{1,2}(\.[0-9]{1,2}){0,3}|urgent(\.(?!\S*[0-9]{4})[a-z][a-z0-9-]{0,30})?"
)
ANY_KIND: Final = re.compile(r"(?!\S*[0-9]{4})[a-z][a-z0-9-]{0,30}")
"""The shapes of what a leaflet names itself. No telephone number and no sentence has them."""

ASIDE: Final = (
    "languages", "welcome", "notice", "help", "pause", "helpline", "missed", "text", "still-there",
)  # fmt: skip
"""What a caller can be doing aside from a topic."""

_SPOT: Final = re.compile("|".join((*ASIDE, ANY_TOPIC.pattern)))
# ENTERED counts who came to a topic, HEARD who heard its last part to the end. ASKED counts documents after which the
# line waits, by the place where it waits, and ANSWERED what came back from there: the difference hung up, and is
# LEFT in a report. A TRANSFER is wanted when somebody asks for a person while the helpline may be open, and ends in
# one of the others; those of whom nothing more came are given-up in a report. A TEXT is owed, or was refused by the
# limits or not taken, and the carrier accepts, delivers or fails it. PARTS are what texts are charged by.
DETAILS: Final = {
    Event.ENTERED: ANY_TOPIC,
    Event.HEARD: ANY_TOPIC,
    Event.ASKED: _SPOT,
    Event.ANSWERED: _SPOT,
    Event.LEFT: _SPOT,
    Event.TRANSFER: re.compile("wanted|closed|answered|busy|no-answer|failed|canceled|given-up"),
    Event.URGENT: ANY_KIND,
    Event.MESSAGE: re.compile("urgent|topic|menu|help|carrier"),
    Event.TEXT: re.compile("owed|limit|not-taken|accepted|delivered|failed|expired"),
    Event.PARTS: re.compile("reply|own"),
    Event.REFUSED: re.compile("forged|too-large|not-a-form"),
}
"""What `detail` may be where an event has one."""

_LANGUAGE: Final = re.compile(r"([a-z]{2,3}([_-][A-Za-z]{2,8}){0,2})?")
_NOTHING: Final = re.compile("")


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One number in the book of a day. Raises ValueError for anything that is not of the closed list."""

    event: Event
    language: str = ""
    detail: str = ""
    channel: str = ""

    def __post_init__(self) -> None:
        known = (
            isinstance(self.event, Event)
            and self.channel in ("", *Channel)
            and _LANGUAGE.fullmatch(self.language)
            and DETAILS.get(self.event, _NOTHING).fullmatch(self.detail)
        )
        if not known:
            # What it holds instead is not said: it may be somebody's number or words.
            raise ValueError("this is not one of the things that are counted")


@dataclass(frozen=True, slots=True)
class Count:
    """How much was counted in one cell on one day."""

    day: date
    cell: Cell
    amount: int
