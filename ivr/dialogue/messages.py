"""A text comes in, texts go out: urgent first, always the helpline, never silence, never two answers."""

import re
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ivr.content.model import MENU, URGENT, Edition, Library, Topic

# Twilio's default words. The carrier answers them itself (Twilio: "Twilio support for opt-out keywords").
OPT_OUT = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
OPT_IN = frozenset({"START", "UNSTOP", "YES"})
HELP = frozenset({"HELP", "INFO"})

# A person reads what comes first; the two gravest of several dangers are enough to act on.
MOST_URGENT_TEXTS = 2

_PATH = re.compile(r"\s*#?(\d(?:[\s.,/-]*\d){0,4})[\s.]*(?:([^\W\d_]{2,12})\s*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Meant:
    """What a message was found to mean: the best language, kinds by gravity, topics by likelihood, and why.

    `named` are the topics whose own words stand in the message.
    """

    language: str
    urgents: tuple[str, ...]
    topics: tuple[str, ...]
    why: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()


class Got(StrEnum):
    """What somebody got who texted the line; what was found to be about nothing the line knows gets the menu as well."""

    URGENT = "urgent"
    TOPIC = "topic"
    MENU = "menu"
    HELP = "help"
    CARRIER = "carrier"
    NOT_UNDERSTOOD = "not-understood"


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent, one message each, and what it answers. No bodies: the carrier has answered already."""

    bodies: tuple[str, ...]
    language: str
    urgents: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    got: Got = Got.MENU


Understand = Callable[[str, str], Meant]
LanguageCalled = Callable[[str], str]


def reply_to(
    library: Library, text: str, language: str, understand: Understand, language_called: LanguageCalled,
    notices: Container[str] = (),
) -> Reply:  # fmt: skip
    """Answer `text` from somebody whose conversation is in `language`.

    `understand(text, language)` finds what it means; `language_called(name)` is the code of a language
    by any of its names, "" for none. `notices` are the ids of those that hold today: they go before a summary, and
    before nothing that is urgent.
    """
    word = text.strip().strip(".!").upper()
    if word in OPT_OUT:
        return Reply((), language, got=Got.CARRIER)
    if word in HELP:
        return Reply((help_text(library, language),), language, got=Got.HELP)
    meant = understand(text, language)
    if meant.urgents:
        return _urgent(library, meant)
    if asked := _urgent_word(library, word, language, language_called):
        body = library.editions[asked].topics[URGENT].sms
        return Reply((body,), asked, why=("the word for danger",), got=Got.URGENT)
    if found := _by_number(library, text, language, language_called):
        topic, language = found
        return _about(library, language, (topic.id,), (f"number {text.strip()}",), notices)
    named = language_called(text)
    if named in library.editions:
        return Reply((menu_text(library, named),), named, why=("the name of a language",))
    if word in OPT_IN or not meant.topics or meant.topics[0] == MENU:
        got = Got.MENU if word in OPT_IN else Got.NOT_UNDERSTOOD
        return Reply((menu_text(library, meant.language),), meant.language, why=meant.why, got=got)
    return _about(library, meant.language, meant.topics, meant.why, notices)


def topic_of(meant: Meant) -> str:
    """The topic at which a call goes on whose words meant this: the gravest danger's own, else the best; "" for none."""
    if meant.urgents:
        return f"{URGENT}.{meant.urgents[0]}"
    return next((topic for topic in meant.topics[:1] if topic != MENU), "")


def topic_text(edition: Edition, topic: Topic) -> str:
    """The summary of `topic` with the short urgent line, as it is texted."""
    return topic.sms if topic.section == URGENT else f"{topic.sms} {edition.urgency.sms_line}"


def menu_text(library: Library, language: str) -> str:
    """The urgent line, the sections by number, and the helpline: what is sent when nothing else fits."""
    edition = library.editions[language]
    menu = ", ".join(f"{topic.id} {topic.short or topic.title}" for topic in edition.sections)
    body = edition.phrases["sms-menu"].format(menu=menu, number=library.line.helpline.spoken)
    return f"{edition.urgency.sms_line} {body}"


def help_text(library: Library, language: str) -> str:
    """The answer to HELP: the emergency number, how to reach it without speech, and the helpline."""
    return _fill(library, language, "sms-help")


def carrier_texts(library: Library, language: str) -> tuple[str, str, str]:
    """What the carrier itself is to answer: to HELP, to STOP and to START."""
    return (
        help_text(library, language),
        _fill(library, language, "sms-stop"),
        _fill(library, language, "sms-start"),
    )


def relay_text(library: Library, language: str) -> str:
    """How whoever cannot speak reaches the emergency number: it follows what is texted of a danger."""
    return _fill(library, language, "sms-relay")


def _urgent_word(library: Library, word: str, language: str, language_called: LanguageCalled) -> str:
    """The language in which `word` asks for the dangers, "" where it does not.

    A text that the line sends on its own begins no conversation, so a language must be known by its own word, or by
    its name after any language's word. The line's own word is used by everybody, in the conversation's language.
    """
    words = {code: edition.phrases["sms-urgent-word"].upper() for code, edition in library.editions.items()}
    first, _, name = word.partition(" ")
    if first not in words.values():
        return ""
    if name:
        named = language_called(name)
        return named if named in words else ""
    if first in (words[language], words[library.line.language]):
        return language
    return next(code for code, its in words.items() if its == first)


def _urgent(library: Library, meant: Meant) -> Reply:
    edition = library.editions[meant.language]
    kinds = [edition.topics[f"{URGENT}.{kind}"] for kind in meant.urgents]
    bodies = [kind.sms for kind in kinds[:MOST_URGENT_TEXTS]]
    led_to = {kind.see for kind in kinds}
    asked = [topic for topic in meant.topics if topic in meant.named and topic not in led_to][:1]
    bodies += [topic_text(edition, edition.topics[topic]) for topic in asked]
    bodies.append(relay_text(library, meant.language))
    return Reply(tuple(bodies), meant.language, meant.urgents, meant.topics, meant.why, Got.URGENT)


def _about(
    library: Library, language: str, topics: Sequence[str], why: tuple[str, ...], notices: Container[str]
) -> Reply:
    edition = library.editions[language]
    body = topic_text(edition, edition.topics[topics[0]])
    first = tuple(notice.texted for notice in edition.noticed(notices))
    return Reply((*first, body), language, topics=tuple(topics), why=why, got=Got.TOPIC)


def _by_number(
    library: Library, text: str, language: str, language_called: LanguageCalled
) -> tuple[Topic, str] | None:
    match = _PATH.fullmatch(text)
    if match is None:
        return None
    if match[2]:
        code = language_called(match[2])
        if code not in library.editions:
            return None
        language = code
    written = re.split(r"\D+", match[1])
    wanted = {".".join(written), ".".join("".join(written))}
    keys = "".join(written)
    topics = library.editions[language].leaflet
    by_id = next((topic for topic in topics if topic.id in wanted or topic.id == keys), None)
    topic = by_id or next((topic for topic in topics if topic.keys == keys), None)
    return (topic, language) if topic else None


def _fill(library: Library, language: str, name: str) -> str:
    line = library.line
    values = {
        "number": line.helpline.spoken, "emergency": line.emergency, "relay": line.relay_emergency,
        "prefix": line.relay_prefix,
    }  # fmt: skip
    return library.editions[language].phrases[name].format(**values)
