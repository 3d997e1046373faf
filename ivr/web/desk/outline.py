"""The whole call as a tree: what is said and texted at each place, with its seconds, sounds and cost."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from babel.numbers import format_currency

from ivr.content.model import MENU, URGENT, Edition, Library, Line, Topic
from ivr.dialogue.circumstances import Caller
from ivr.dialogue.messages import help_text, menu_text, topic_text
from ivr.dialogue.place import Pace
from ivr.dialogue.script import Script, script_of
from ivr.languages import Language
from ivr.text.gsm7 import JOINED, SINGLE, measure
from ivr.text.spoken import caption
from ivr.text.timing import slow_seconds

# How long a text takes beside the slow pace, which `slow_seconds` estimates, before there is a sound (A17).
OVER_SLOW: Mapping[Pace, float] = {Pace.SLOW: 1.0, Pace.NORMAL: 0.75, Pace.FAST: 0.6}

# The key that leads to a person from everywhere, and the one that is pressed then to hear of other support instead.
PERSON, INSTEAD = "0", "1"


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage as it is heard.

    `sound` is the key of its sound, "" where no engine has one; `measured` says that `seconds` are those of a sound
    that is there. `added` marks what the leaflet does not have; `stands_in` a passage that says that the topic is
    in another language only, or is in that one.
    """

    text: str
    language: Language
    sound: str
    seconds: float
    measured: bool
    added: bool = False
    stands_in: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """One text message as it is sent, `units` of the `room` that its parts have, and its price, "" where unknown."""

    body: str
    encoding: str
    units: int
    room: int
    parts: int
    price: str
    added: str = ""


@dataclass(frozen=True, slots=True)
class Branch:
    """One place in the call. `option` is the words by which it is offered, `choices` what follows its passages."""

    id: str
    keys: str
    title: str
    option: str
    passages: tuple[Passage, ...]
    choices: tuple[Passage, ...] = ()
    texts: tuple[Text, ...] = ()
    branches: tuple["Branch", ...] = ()
    leaflet: str = ""
    path: str = ""

    @property
    def seconds(self) -> float:
        """How long its own passages last."""
        return sum(passage.seconds for passage in self.passages)

    @property
    def measured(self) -> bool:
        """Whether every passage has a sound that was measured."""
        return all(passage.measured for passage in self.passages)

    @property
    def size(self) -> int:
        """How many places there are below it."""
        return sum(1 + branch.size for branch in self.branches)

    @property
    def number(self) -> str:
        """What a person texts to be sent it, "" where it has no number."""
        digits = self.id.replace(".", "")
        return digits if digits.isdecimal() else ""


@dataclass(frozen=True, slots=True)
class Studio:
    """What the tree needs to know of sounds: `find` the key for (text, language, pace), `seconds` of a key."""

    find: Callable[[str, str, Pace], str | None]
    seconds: Callable[[str], float | None]


def outline(
    library: Library, languages: Mapping[str, Language], code: str, pace: Pace, studio: Studio, root: Path
) -> tuple[Branch, ...]:
    """The call in the language `code` at one pace, in the order in which it is heard; paths are shown from `root`."""
    return _Drawing(library, languages, code, pace, studio, root).branches()


class _Drawing:
    def __init__(
        self, library: Library, languages: Mapping[str, Language], code: str, pace: Pace, studio: Studio, root: Path
    ) -> None:  # fmt: skip
        self._library, self._languages, self._code = library, languages, code
        self._pace, self._studio, self._root = pace, studio, root.resolve()
        self._edition: Edition = library.editions[code]
        self._script: Script = script_of(library, code)

    def branches(self) -> tuple[Branch, ...]:
        support = self._edition.support
        sections = (self._topic(topic) for topic in self._edition.sections if topic is not support)
        return (self._welcome(), *sections, self._person(support), self._urgent(), self._texts())

    def _welcome(self) -> Branch:
        script = self._script
        return Branch(
            "welcome", "", "When the call is answered", "",
            (*self._offers(), *self._say(script.welcome()), *self._say(script.notices())),
            choices=self._choices(self._edition.topics[MENU]), path=self._file("phrases.toml"),
        )  # fmt: skip

    def _offers(self) -> Iterator[Passage]:
        """Each language offered in itself, where there are several."""
        codes = tuple(self._library.editions)
        if len(codes) > 1:
            for key, code in enumerate(codes, start=1):
                yield self._passage(script_of(self._library, code).offer(key), code)

    def _person(self, support: Topic | None) -> Branch:
        """Key 0, from everywhere; the section on that key is heard there on 1 instead."""
        script = self._script
        words = (*script.who_answers(Caller.MOBILE), *self._edition.hours, script.helpline("cannot-wait"))
        inside = (replace(self._topic(support), keys=f"{PERSON}{INSTEAD}"),) if support else ()
        return Branch(
            "person", PERSON, self._edition.line.helpline.name, "", tuple(self._say(words)), branches=inside,
            path=self._file("line.toml"),
        )  # fmt: skip

    def _texts(self) -> Branch:
        library, code = self._library, self._code
        bodies = (menu_text(library, code), help_text(library, code))
        return Branch(
            "texts", "", "Texts that answer any message", "", (), texts=tuple(map(self._text, bodies)),
            path=self._file("phrases.toml"),
        )  # fmt: skip

    def _urgent(self) -> Branch:
        topics = self._edition.topics
        return self._branch(topics[URGENT], (self._branch(kind, ()) for kind in self._edition.kinds))

    def _topic(self, topic: Topic) -> Branch:
        children = (self._edition.topics[child] for child in topic.children)
        return self._branch(topic, map(self._topic, children))

    def _branch(self, topic: Topic, branches: Iterable[Branch]) -> Branch:
        passages = tuple(
            self._passage(
                part.text, part.language or self._code, added=part.added, stands_in=part.asks or bool(part.language)
            )
            for part in topic.parts
        )  # fmt: skip
        source = self._library.own.topics[topic.id]
        return Branch(
            topic.id, topic.keys, topic.title or source.title, topic.option, passages,
            choices=self._choices(topic) if topic.children else (),
            texts=(self._text(topic_text(self._edition, topic), topic.sms_added),) if topic.sms else (),
            branches=tuple(branches), leaflet=source.leaflet, path=self._shown(source.path),
        )  # fmt: skip

    def _choices(self, topic: Topic) -> tuple[Passage, ...]:
        return tuple(self._say(text for stop in self._script.stops(topic) for text in stop))

    def _say(self, texts: Iterable[str]) -> Iterator[Passage]:
        return (self._passage(text, self._code) for text in texts)

    def _passage(self, text: str, code: str, *, added: bool = False, stands_in: bool = False) -> Passage:
        key = self._studio.find(text, code, self._pace)
        heard = self._studio.seconds(key) if key else None
        seconds = heard or slow_seconds(text) * OVER_SLOW[self._pace]
        return Passage(
            caption(text), self._languages[code], key or "", seconds, heard is not None, added, stands_in
        )

    def _text(self, body: str, added: str = "") -> Text:
        size = measure(body)
        room = SINGLE[size.encoding] if size.parts == 1 else size.parts * JOINED[size.encoding]
        price = price_of(self._library.line, size.parts)
        return Text(body, size.encoding, size.units, room, size.parts, price, added)

    def _file(self, name: str) -> str:
        """A file beside the topics of the leaflet."""
        return str(Path(self._root.name, name))

    def _shown(self, path: str) -> str:
        found = Path(path)
        shown = found.relative_to(self._root.parent) if found.is_relative_to(self._root.parent) else found
        return str(shown)


def price_of(line: Line, parts: int) -> str:
    """What so many parts of a text cost, as people of the country write it; "" where nobody has said."""
    if line.text_price is None:
        return ""
    locale = f"{line.language}_{line.country}"
    return format_currency(
        parts * line.text_price.amount, line.text_price.currency, locale=locale, decimal_quantization=False
    )
