"""The whole content in another language, as far as it is translated; never two languages in one breath."""

import string
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ivr.content.catalogs import Key
from ivr.content.extract import LEAFLET, LINE, PHRASE
from ivr.content.model import MENU, URGENT, Edition, Helpline, Line, Part, Topic, Urgency
from ivr.content.phrases import PHRASES


@dataclass(frozen=True, slots=True)
class Translation:
    """An edition in another language, and what it lacks: texts of the line's own language by their context.

    `edition` is None where the least is lacking without which a language cannot go on the line: every
    phrase, the safety texts, the names of the choices, and the general urgent text.
    """

    edition: Edition | None
    missing: tuple[tuple[str, str], ...]


class _Reader:
    """Looks translations up and remembers what is missing."""

    def __init__(self, found: Mapping[Key, str]) -> None:
        self._found = found
        self.missing: list[tuple[str, str]] = []

    def text(self, domain: str, context: str, source: str) -> str:
        """The translation, or "" where there is none or its {values} are not those of the source."""
        if not source:
            return ""
        text = self._found.get((domain, context, source), "")
        if text and (domain != PHRASE or values_of(text) == PHRASES[context]):
            return text
        self.missing.append((context, source))
        return ""


def values_of(text: str) -> frozenset[str] | None:
    """The names in the {braces} of `text`; None where a brace does not close."""
    try:
        return frozenset(field for _, field, _, _ in string.Formatter().parse(text) if field is not None)
    except ValueError:
        return None


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
    needed = [*phrases.values(), urgency.safety, urgency.sms_line, general.sms, translated.name]
    needed += [topic.option for topic in topics.values() if own.topics[topic.id].option]
    if not all(needed) or general.parts[0].text == phrases["only-english-list"]:
        return Translation(None, tuple(dict.fromkeys(read.missing)))
    edition = Edition(language, topics, phrases, urgency, translated)
    return Translation(edition, tuple(dict.fromkeys(read.missing)))


def _line(read: _Reader, line: Line) -> Line:
    def text(source: str) -> str:
        return read.text(LEAFLET, LINE, source)

    helpline: Helpline = replace(
        line.helpline, name=text(line.helpline.name) or line.helpline.name,
        cost=text(line.helpline.cost), interpreter=text(line.helpline.interpreter),
    )  # fmt: skip
    return replace(line, name=text(line.name), helpline=helpline)


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
