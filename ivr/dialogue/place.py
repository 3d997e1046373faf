"""Where a caller is: the whole state of a call, small enough to stand in a URL."""

import re
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Self
from urllib.parse import parse_qsl, quote, urlencode

from ivr.content.model import MENU


class Pace(StrEnum):
    """How fast the line speaks."""

    SLOW = "slow"
    NORMAL = "normal"
    FAST = "fast"


PACES = tuple(Pace)


class At(StrEnum):
    """What the caller is doing; all but the first three keep the topic and part to go back to."""

    LANGUAGES = "languages"
    WELCOME = "welcome"
    TOPIC = "topic"
    NOTICE = "notice"
    HELP = "help"
    PAUSE = "pause"
    HELPLINE = "helpline"
    MISSED = "missed"
    TEXT = "text"
    STILL_THERE = "still-there"


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a call.

    `part` counts from 0; one past a topic's last part come its choices or its end. `step` counts the
    stops of an `at` that has several; `key` is the key being explained in HELP and the outcome in
    MISSED and TEXT. `silences` and `wrongs` count what went unanswered here, up to 3. `back` is where
    star leads from the urgent symptoms ("5.1.3/2"). `new` is true until the notices have been said.
    `version` names the version of the texts that this call began with, "" where a folder is served as it is.
    """

    language: str
    at: At = At.TOPIC
    topic: str = MENU
    part: int = 0
    pace: Pace = Pace.NORMAL
    step: int = 0
    key: str = ""
    silences: int = 0
    wrongs: int = 0
    back: str = ""
    new: bool = False
    version: str = ""

    def to(self, topic: str, part: int = 0) -> Self:
        """The place at the start of `part` of `topic`, in the same language and pace."""
        return replace(self, at=At.TOPIC, topic=topic, part=part, step=0, key="", silences=0, wrongs=0)

    def doing(self, at: At, step: int = 0, key: str = "") -> Self:
        """The place where the caller does `at` and can come back to this topic and part."""
        return replace(self, at=at, step=step, key=key, silences=0, wrongs=0)

    @property
    def origin(self) -> Self:
        """The topic and part this place goes back to."""
        return self.to(self.topic, self.part)

    @property
    def path(self) -> str:
        """This place as the end of a URL, such as `en/topic/5.1.3/2?pace=slow`."""
        end = f"{self.language}/{self.at}/{quote(self.topic)}/{self.part}"
        query = [
            (name, str(getattr(self, name))) for name, default in _QUERY if getattr(self, name) != default
        ]
        return f"{end}?{urlencode(query)}" if query else end


_QUERY = tuple(
    (f.name, f.default) for f in fields(Place) if f.name not in ("language", "at", "topic", "part")
)
_ATS = {at.value: at for at in At}
_PACES = {pace.value: pace for pace in Pace}
_COUNTS = {"step": 9, "silences": 3, "wrongs": 3}
_VERSION = re.compile(r"[0-9a-f]{12}")


def read_place(path: str, query: str) -> Place | None:
    """The place that `Place.path` wrote as `path` and `query`; None for anything else.

    Whether the language, topic and part exist is for the library to say. Fields that are not a
    place's are passed over.
    """
    steps = path.split("/")
    if len(steps) != 4 or steps[1] not in _ATS or not _is_count(steps[3], 99):
        return None
    place = Place(steps[0], _ATS[steps[1]], steps[2], int(steps[3]))
    for name, value in parse_qsl(query):
        if name == "pace" and value in _PACES:
            place = replace(place, pace=_PACES[value])
        elif name in _COUNTS and _is_count(value, _COUNTS[name]):
            place = replace(place, **{name: int(value)})  # type: ignore[arg-type]
        elif name in ("key", "back") and len(value) <= 32:
            place = replace(place, **{name: value})  # type: ignore[arg-type]
        elif name == "version" and _VERSION.fullmatch(value):
            place = replace(place, version=value)
        elif name == "new":
            place = replace(place, new=value == "True")
    return place


def _is_count(text: str, most: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 2 and int(text) <= most
