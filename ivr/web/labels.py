"""The browser phone's own words, in the languages of the line: gettext's domain "page"."""

import logging
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from babel.messages.extract import extract
from markupsafe import Markup

from ivr.content.catalogs import read_translations
from ivr.content.extract import Message
from ivr.content.translate import values_of
from ivr.languages import Language
from ivr.problems import Findings
from ivr.served import Holdings

log = logging.getLogger(__name__)

PAGE: Final = "page"
TEMPLATE: Final = Path(__file__).parent / "templates" / "phone.html"
WRITTEN_IN: Final = "en"
"""The language that the labels are written in here, whatever language the leaflet is in."""

CALLERS: Final = {
    "mobile": "A mobile: {number}",
    "landline": "A landline: {number}",
    "withheld": "A withheld number",
    "abroad": "From abroad: {number}",
}

WORDS: Final = {
    "ready": ("Ready to call", "The phone's screen, before a call."),
    "calling": ("Calling", "The phone's screen, until the line answers."),
    "connected": ("Connected", "The phone's screen, during a call."),
    "call": ("Call", "The button that begins a call."),
    "end": ("End call", "The button that ends a call."),
    "speaking": ("Speaking", "The phone's screen: the line is speaking."),
    "listening": ("Waiting for a key: {seconds} s", "The phone's screen: how many seconds are left."),
    "ringing": (
        "Ringing {number} – this phone never really calls",
        "The phone's screen, where the line puts the call through to the helpline.",
    ),
    "choose": (
        "This is where {number} rings. Choose how the call ends.",
        "Among the words that are said, with the buttons Answered, Busy, No answer and Failed.",
    ),
    "ended": ("Call ended. {why}", "The phone's screen. {why} is one of the next sentences."),
    "you-ended": ("You ended it.", "After 'Call ended.'"),
    "line-ended": ("The line ended it.", "After 'Call ended.'"),
    "broken": ("The line made an error.", "After 'Call ended.'"),
    "unreachable": ("The line cannot be reached.", "After 'Call ended.'"),
    "carriers-voice": (
        "carrier’s own voice",
        "In brackets after words that the telephone company speaks, as no sound is there.",
    ),
    "no-caption": ("(a sound without words beside it)", "Among the words that are said."),
    "no-sound": ("{sound} could not be played", "Behind the scenes. {sound} is an address."),
    "pressed": ("You pressed {key}", "Among the words that are said. {key} is 0 to 9, star or hash."),
    "star": ("star", "The key *, as the line calls it when it speaks."),
    "hash": ("hash", "The key #, as the line calls it when it speaks."),
    "silent": ("You stayed silent", "Among the words that are said, after the button Stay silent."),
    "answered": ("The helpline answered, and later hung up", "Among the words that are said."),
    "busy": ("The number was busy", "Among the words that are said."),
    "no-answer": ("Nobody answered", "Among the words that are said."),
    "failed": ("The call could not be put through", "Among the words that are said."),
    "log-key": ("key", "Behind the scenes, before a key that was pressed. One word."),
    "log-error": ("error", "Behind the scenes, before what went wrong. One word."),
    "log-ended": ("ended", "Behind the scenes, before why the call ended. One word."),
    "ignored-key": ("{key}: nothing waits for a key now", "Behind the scenes. {key} is 0 to 9, * or #."),
    "gather": (
        "Keys: at most {digits}, within {seconds} s",
        "Behind the scenes: how many keys the line waits for.",
    ),
    "gather-any": (
        "Keys: any number, within {seconds} s",
        "Behind the scenes: the line waits for any number of keys.",
    ),
    "circle": ("The line redirects in a circle.", "Behind the scenes."),
    "fault": ("Error {code}: {text}", "Under the message, and behind the scenes. {text} is in English."),
    "sent": ("You", "Who wrote a text message; for screen readers."),
    "received": ("The line", "Who wrote a text message; for screen readers."),
    "size": (
        "Parts: {parts} · {encoding} · Characters: {characters}",
        "Under a text message. {encoding} is GSM-7 or UCS-2.",
    ),
    "no-reply": ("The line sent no reply.", "Under the message that a person wrote."),
    "not-sent": ("The message was not sent. {why}", "Under the message that a person wrote."),
    "withheld-text": (
        "A withheld number cannot send a text. Choose another caller.",
        "Under the message. 'Caller' is the choice named 'Who calls'.",
    ),
}
"""What the page's scripts show, by the name that they know it by, with where it is for the translator."""


def page_messages() -> Iterator[Message]:
    """Every label of the page: the template's, then those of the tables above."""
    keywords = {"_": None, "plain": None}
    with TEMPLATE.open("rb") as file:
        for _, label, comments, _ in extract(
            "jinja2.ext:babel_extract",
            file,
            keywords,
            ("Where:",),
            {"silent": "false"},
            strip_comment_tags=True,
        ):
            yield _message(str(label), " ".join(comments))
    for label in CALLERS.values():
        yield _message(label, "A choice under 'Who calls'.")
    for label, where in WORDS.values():
        yield _message(label, where)


def _message(label: str, where: str) -> Message:
    values = sorted(values_of(label) or ())
    kept = f" Translators: keep {', '.join(f'{{{value}}}' for value in values)}." if values else ""
    return Message(PAGE, "", label, f"{where}{kept}")


def read_labels(locales: Path, codes: Iterable[str]) -> dict[str, Mapping[str, str]]:
    """The labels that each language's catalog translates; what is missing, stale or lacks a value is not there.

    A catalog that cannot be read is logged and no more: the page is then in English, and the line goes on.
    """
    findings = Findings(locales.resolve().parent)
    found: dict[str, Mapping[str, str]] = {}
    for code in codes:
        translations = read_translations(locales.resolve() / code, findings, (PAGE,))
        found[code] = {
            label: text for (_, _, label), text in translations.items() if values_of(text) == values_of(label)
        }
    for problem in findings.problems:
        log.error("the browser phone is in English for want of a catalog: %s", problem)
    return found


@dataclass(frozen=True, slots=True)
class Labels:
    """The page in one language: the name of the line's `service` in it, and the labels that are translated."""

    language: Language
    service: str
    found: Mapping[str, str] = field(default_factory=dict)

    def plain(self, label: str) -> str:
        """The label as plain text, for an attribute; in English where it is not translated."""
        return self.found.get(label, label)

    def marked(self, label: str) -> Markup:
        """The label as text of the page; where it is not translated it is marked as English.

        Unmarked, a screen reader would read it out as if it were Polish.
        """
        if label in self.found or self.language.code.split("-")[0] == WRITTEN_IN:
            return Markup.escape(self.plain(label))
        return Markup('<span lang="{}" dir="ltr">{}</span>').format(WRITTEN_IN, label)

    def filled(self, label: str, **values: str) -> str:
        """The plain label with its {values}, each kept in its own order where the page runs right to left.

        There "07700 900123" would otherwise be shown as "900123 07700".
        """
        shown = {name: self._isolated(value) for name, value in values.items()}
        return string.Formatter().vformat(self.plain(label), (), shown)

    def words(self) -> dict[str, str]:
        """What the page's scripts show, by name."""
        return {name: self.plain(label) for name, (label, _) in WORDS.items()}

    def _isolated(self, value: str) -> str:
        # FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE.
        return f"\N{FIRST STRONG ISOLATE}{value}\N{POP DIRECTIONAL ISOLATE}" if self.right_to_left else value

    @property
    def right_to_left(self) -> bool:
        return self.language.direction == "rtl"


def pages_of(holdings: Holdings, found: Mapping[str, Mapping[str, str]]) -> list[Labels]:
    """The browser phone's page in each language of what is live now; `found` is what `read_labels` gave."""
    live = holdings.live
    return [
        Labels(live.languages[code], edition.line.name, found.get(code, {}))
        for code, edition in live.library.editions.items()
    ]
