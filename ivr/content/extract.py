"""Everything that is to be translated, with where it is heard and how long it may be."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ivr.content.model import MENU, URGENT, Edition, Library, Notice, Topic
from ivr.content.phrases import PHRASES, TEXTED

LEAFLET = "leaflet"
PHRASE = "phrases"
DOMAINS = (PHRASE, LEAFLET)

LINE = "line.toml"

_PART = "At most 34 seconds at the slow pace, some 55 words. | is a breath: keep them between the items of a list."
_OPTION = "Said inside the phrase 'option'. At most 8 words."
_SUMMARY = "Texted. At most two parts together with the urgent line; keep the helpline's number."
_URGENT = "Texted to someone in danger. One part (two where the script needs UCS-2). What to do comes first."


@dataclass(frozen=True, slots=True)
class Message:
    """One text to be translated: its catalog (`domain`), its context, a comment for the translator, and its use."""

    domain: str
    context: str
    text: str
    comment: str
    channel: Literal["said", "texted"] = "said"


def messages(library: Library) -> Iterator[Message]:
    """Every text of the line's own language, in the order in which it is heard."""
    edition = library.own
    for name, text in edition.phrases.items():
        channel: Literal["said", "texted"] = "texted" if name.startswith(TEXTED) else "said"
        yield Message(PHRASE, name, text, _phrase_comment(name), channel)
    yield Message(LEAFLET, LINE, library.line.name, "The name of the line. Said inside the phrase 'welcome'.")
    helpline = library.line.helpline
    yield Message(LEAFLET, LINE, helpline.name, "Who answers key 0. Keep the organisation's own name.")
    if helpline.cost:
        yield Message(LEAFLET, LINE, helpline.cost, "Said inside the phrase 'helpline-cost'.")
    if helpline.interpreter:
        yield Message(LEAFLET, LINE, helpline.interpreter, "Said before the transfer.")
    yield from _urgency(edition)
    for notice in edition.notices:
        yield from _notice(notice)
    for topic in edition.topics.values():
        if topic.id != MENU:
            yield from _topic(topic)


def _urgency(edition: Edition) -> Iterator[Message]:
    yield Message(
        LEAFLET, URGENT, edition.urgency.safety, "Said to every caller at once. At most 12 seconds."
    )
    yield Message(
        LEAFLET, URGENT, edition.urgency.sms_line, "Ends every texted summary. As short as possible.", "texted"
    )  # fmt: skip


def _notice(notice: Notice) -> Iterator[Message]:
    comment = f"Heard first by everybody, until {notice.until}. At most 12 seconds, and one text message."
    yield Message(LEAFLET, notice_context(notice), notice.text, comment)
    if notice.sms:
        comment = f"Texted before every summary, until {notice.until}. One text message."
        yield Message(LEAFLET, notice_context(notice), notice.sms, comment, "texted")


def notice_context(notice: Notice) -> str:
    """The context of a notice's texts in the catalogs."""
    return f"notices.{notice.id}"


def _topic(topic: Topic) -> Iterator[Message]:
    yield Message(LEAFLET, topic.id, topic.title, "Title. Said inside 'heading-…' and 'end-next'.")
    if topic.option:
        yield Message(LEAFLET, topic.id, topic.option, _OPTION)
    if topic.short:
        short = "Its name in the texted menu. As short as possible."
        yield Message(LEAFLET, topic.id, topic.short, short, "texted")
    for number, part in enumerate(topic.parts, start=1):
        comment = f"Part {number} of {len(topic.parts)}. {_PART}"
        yield Message(LEAFLET, topic.id, part.text, comment)
    yield Message(LEAFLET, topic.id, topic.sms, _URGENT if topic.severity else _SUMMARY, "texted")


def _phrase_comment(name: str) -> str:
    values = ", ".join(f"{{{value}}}" for value in sorted(PHRASES[name]))
    kept = f" Translators: keep {values}." if values else ""
    if name.startswith(TEXTED):
        return f"Texted.{kept}"
    return f"Said.{kept} | is a breath of half a second. Say what a key is for first, then the key."
