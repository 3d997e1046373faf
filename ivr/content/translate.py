"""The whole content in another language, as far as it is translated; never two languages in one breath."""

import string
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ivr.content.catalogs import Key
from ivr.content.extract import LEAFLET, LINE, PHRASE, notice_context
from ivr.content.model import MENU, URGENT, Edition, Helpline, Line, Notice, Part, Topic, Urgency
from ivr.content.phrases import PHRASES

# (context, text in the line's own language)
Source = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Translation:
    """An edition in another language, and what it lacks: texts of the line's own language by their context.

    `edition` is None where anything is `lacking` of the minimum without which a language is not on the line.
    """

    edition: Edition | None
    missing: tuple[Source, ...]
    lacking: tuple[Source, ...] = ()


class _Reader:
    """Looks translations up and remembers what is missing."""

    def __init__(self, found: Mapping[Key, str]) -> None:
        self._found = found
        self.missing: list[Source] = []

    def text(self, domain: str, context: str, source: str) -> str:
        """The translation, or "" where there is none or its {values} are not those of the source."""
        if not source:
            return ""
        text = self._found.get((domain, context, source), "")
        if text and (domain != PHRASE or keeps_values(context, text)):
            return text
        self.missing.append((context, source))
        return ""


def keeps_values(phrase: str, text: str) -> bool:
    """Whether `text` has the {values} that the phrase needs, no others, and no brace that does not close."""
    return values_of(text) == PHRASES[phrase]


def values_of(text: str) -> frozenset[str] | None:
    """The names in the {braces} of `text`; None where one does not close, or holds more than a name.

    What comes after a name, as in {safety: } or {number:d}, is an order to Python: with the values of a call it
    fails, and the line would fail with it.
    """
    try:
        fields = [
            (name, form, kind) for _, name, form, kind in string.Formatter().parse(text) if name is not None
        ]
    except ValueError:
        return None
    if any(form or kind or not name.isidentifier() for name, form, kind in fields):
        return None
    return frozenset(name for name, _, _ in fields)


def minimum(line: Line, own: Edition) -> frozenset[Source]:
    """What a language must have to go on the line.

    Every phrase, the safety texts, the general urgent text, and the names of the line and of every choice: without
    them a caller would hear two languages in one breath, or no words in danger.
    """
    general = own.topics[URGENT]
    urgent = (own.urgency.safety, own.urgency.sms_line, general.sms, *(part.text for part in general.parts))
    options = ((topic.id, topic.option) for topic in own.topics.values() if topic.option)
    return frozenset(
        [*own.phrases.items(), (LINE, line.name), *((URGENT, text) for text in urgent), *options]
    )


def translate(line: Line, own: Edition, language: str, found: Mapping[Key, str]) -> Translation:
    """Make the edition of `own` in `language` from the translations that were `found`."""
    read = _Reader(found)
    phrases = {name: read.text(PHRASE, name, text) for name, text in own.phrases.items()}
    urgency = Urgency(
        read.text(LEAFLET, URGENT, own.urgency.safety), read.text(LEAFLET, URGENT, own.urgency.sms_line)
    )
    translated = _line(read, line)
    general = _topic(read, own.topics[URGENT], phrases, line)
    topics = {
        topic.id: _kind(read, topic, general) if topic.severity else _topic(read, topic, phrases, line)
        for topic in own.topics.values()
    }
    notices = tuple(_notice(read, notice, line) for notice in own.notices)
    missing = tuple(dict.fromkeys(read.missing))
    needed = minimum(line, own)
    if lacking := tuple(source for source in missing if source in needed):
        return Translation(None, missing, lacking)
    edition = Edition(language, topics, phrases, urgency, translated, notices=notices)
    return Translation(edition, missing)


def _line(read: _Reader, line: Line) -> Line:
    def text(source: str) -> str:
        return read.text(LEAFLET, LINE, source)

    helpline: Helpline = replace(
        line.helpline, name=text(line.helpline.name) or line.helpline.name,
        cost=text(line.helpline.cost), interpreter=text(line.helpline.interpreter),
    )  # fmt: skip
    return replace(line, name=text(line.name), helpline=helpline)


def _notice(read: _Reader, notice: Notice, line: Line) -> Notice:
    """The notice in the other language; where either text of it is missing, both stay in the line's own."""
    context = notice_context(notice)
    text, sms = read.text(LEAFLET, context, notice.text), read.text(LEAFLET, context, notice.sms)
    if not text or (notice.sms and not sms):
        return replace(notice, language=line.language)
    return replace(notice, text=text, sms=sms)


def _names(read: _Reader, topic: Topic) -> Topic:
    title, option, short = (
        read.text(LEAFLET, topic.id, text) for text in (topic.title, topic.option, topic.short)
    )
    return replace(topic, title=title or option, option=option, short=short or title)


def _parts(read: _Reader, topic: Topic) -> tuple[Part, ...]:
    """The translated parts; none where any is missing, since half a topic can mislead."""
    parts = tuple(replace(part, text=read.text(LEAFLET, topic.id, part.text)) for part in topic.parts)
    return parts if all(part.text for part in parts) else ()


def _topic(read: _Reader, topic: Topic, phrases: Mapping[str, str], line: Line) -> Topic:
    """The topic in the other language. Where it is not translated it says so, and key 6 goes on to the original.

    A list says so and goes to its choices: there key 6 chooses.
    """
    if topic.id == MENU:
        return topic
    parts = _parts(read, topic)
    if not parts and topic.children:
        parts = (Part(phrases["only-english-list"], added=True),)
    elif not parts:
        said = Part(phrases["only-english"], added=True, asks=True)
        parts = (said, *(replace(part, language=line.language) for part in topic.parts))
    sms = read.text(LEAFLET, topic.id, topic.sms)
    if not sms and topic.id != URGENT:
        values = {"id": topic.id, "code": line.language.upper(), "number": line.helpline.spoken}
        sms = phrases["sms-only-english"].format(**values)
    return replace(_names(read, topic), parts=parts, sms=sms)


def _kind(read: _Reader, kind: Topic, general: Topic) -> Topic:
    """An urgent kind, with the language's general urgent text where its own is not translated."""
    sms = read.text(LEAFLET, kind.id, kind.sms)
    parts = _parts(read, kind)
    return replace(_names(read, kind), parts=parts or general.parts, sms=sms or general.sms)
