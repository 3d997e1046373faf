"""The library: everything the line can say, frozen, in every language it speaks."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property

MENU = "menu"
URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class Part:
    """One passage, heard without a stop; `|` in its text is a breath of half a second.

    `added` marks a passage that the leaflet itself does not have. `language` is "" for the edition's own;
    after a part that `asks`, a key is awaited instead of going on.
    """

    text: str
    added: bool
    language: str = ""
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Topic:
    """A passage of the leaflet with its place in the menu.

    `id` is "5.1.3", "menu" for the root or "urgent.stroke"; `keys` are the digits that lead to it from
    the main menu; `key` is the last of them. `children` are ids in the order of their keys. `short` names
    it in the texted menu, where its title would be too long. `severity` ranks the urgent kinds, 1 first;
    `see` names the topic an urgent kind belongs to.
    """

    id: str
    keys: str
    title: str
    option: str
    parts: tuple[Part, ...]
    sms: str
    leaflet: str
    sms_added: str = ""
    short: str = ""
    parent: str = MENU
    children: tuple[str, ...] = ()
    severity: int = 0
    see: str = ""
    path: str = ""

    @property
    def key(self) -> str:
        """The one key that chooses this topic in its parent's list."""
        return self.keys[-1:]

    @property
    def section(self) -> str:
        """The number of the section this topic is in, "5" for "5.1.3"."""
        return self.id.split(".")[0]


@dataclass(frozen=True, slots=True)
class Hours:
    """When somebody answers: days 0 (Monday) to 6, and minutes since midnight, in the line's time zone."""

    days: frozenset[int]
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Helpline:
    """The people behind key 0."""

    name: str
    number: str
    spoken: str
    cost: str
    checked: str
    interpreter: str
    hours: tuple[Hours, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """When the source was last reviewed and was next to be ("2018-02", "2020"), and who checked this version."""

    last: str
    next: str
    checked_by: str


@dataclass(frozen=True, slots=True)
class Price:
    """An amount of money, such as 0.04 and "GBP"."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Line:
    """What `line.toml` says: who runs the line, whom it connects to, and the numbers of the country.

    `numbers` are those of the line's own (E.164) that speak one language at once, each with its code. `text_price`
    is what the line pays for one part of a text, None where nobody has said.
    """

    name: str
    language: str
    country: str
    timezone: str
    helpline: Helpline
    review: Review
    emergency: str
    advice: str
    relay_emergency: str
    relay_prefix: str
    numbers: Mapping[str, str] = field(default_factory=dict)
    text_price: Price | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What every caller must hear first from the day `begins` to the day `until`, both included.

    `sms` is "" where the words that are said are texted too. `language` is "" for the edition's own, else that of
    the line, in which it is heard as long as it is not translated: a notice in English beats silence.
    """

    id: str
    text: str
    sms: str
    begins: date
    until: date
    language: str = ""
    path: str = ""

    @property
    def texted(self) -> str:
        """What is texted before a summary."""
        return self.sms or " ".join(self.text.replace("|", " ").split())

    def holds(self, day: date) -> bool:
        """Whether it is heard on `day`."""
        return self.begins <= day <= self.until


@dataclass(frozen=True, slots=True)
class Urgency:
    """The safety texts every channel carries: said first, appended to every topic's text."""

    safety: str
    sms_line: str


@dataclass(frozen=True, eq=False)
class Edition:
    """The whole content in one language; `topics` is in reading order and holds the urgent kinds too.

    `hours` says when the helpline is staffed and `review` names the two review dates, in this language.
    `reviewed` is false for a translation that no person has checked.
    """

    language: str
    topics: Mapping[str, Topic]
    phrases: Mapping[str, str]
    urgency: Urgency
    line: Line
    hours: tuple[str, ...] = ()
    review: tuple[str, str] = ("", "")
    reviewed: bool = True
    notices: tuple[Notice, ...] = ()

    @cached_property
    def sections(self) -> tuple[Topic, ...]:
        """The topics of the main menu, in the order of their keys."""
        return tuple(self.topics[i] for i in self.topics[MENU].children)

    @cached_property
    def support(self) -> Topic | None:
        """The section on key 0, which is heard instead of the helpline on request; None where there is none."""
        return next((topic for topic in self.sections if topic.key == "0"), None)

    @cached_property
    def leaflet(self) -> tuple[Topic, ...]:
        """The leaflet's own topics in reading order, without the menu and the urgent kinds."""
        return tuple(t for t in self.topics.values() if t.id != MENU and t.section != URGENT)

    def noticed(self, ids: Container[str]) -> tuple[Notice, ...]:
        """The notices with these ids, in the order in which they are heard."""
        return tuple(notice for notice in self.notices if notice.id in ids)

    @cached_property
    def kinds(self) -> tuple[Topic, ...]:
        """The urgent kinds, the most serious first."""
        found = (t for t in self.topics.values() if t.parent == URGENT)
        return tuple(sorted(found, key=lambda kind: kind.severity))


@dataclass(frozen=True, eq=False)
class Library:
    """All that is served: the line's facts and an edition per language, the line's own language first.

    `waiting` are the languages that are not served, each with how many texts of its minimum are lacking; 0 where
    it lacks nothing but a review.
    """

    line: Line
    editions: Mapping[str, Edition]
    waiting: Mapping[str, int] = field(default_factory=dict)

    @property
    def own(self) -> Edition:
        """The edition in the language the leaflet was written in."""
        return self.editions[self.line.language]
