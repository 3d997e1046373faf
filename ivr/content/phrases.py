"""`phrases.toml`: everything the line says that is not leaflet."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ivr.content.checks.rule import Passage
from ivr.problems import Findings
from ivr.text.spoken import pieces
from ivr.toml import WAIVE, Table, read_toml

# How the names of the phrases begin that are texted.
TEXTED = ("sms-", "fallback-sms")

# Every phrase and the values that stand in its {braces}.
PHRASES: Mapping[str, frozenset[str]] = {
    name: frozenset(values.split())
    for name, values in {
        "welcome": "name", "welcome-keys": "", "language": "key", "urgent-option": "", "language-option": "",
        "option": "option key", "list-tail": "", "speech-invite": "", "speech-again": "", "speech-keys": "",
        "heading-section": "number total title",
        "heading-topic": "number title", "heading-urgent": "title",
        "end": "", "end-next": "title", "end-last": "", "end-see": "", "end-urgent": "",
        "end-again": "", "end-keys": "",
        "silence": "", "wrong": "", "person": "", "retry-end": "", "retry-last": "", "gone": "",
        "still-there": "", "goodbye": "name number",
        "slowest": "", "fastest": "", "first-part": "", "at-end": "",
        "where-part": "part parts", "where-end": "", "help-how": "", "help-again": "",
        "help-1": "", "help-2": "", "help-3": "", "help-4": "", "help-5": "", "help-6": "", "help-7": "",
        "help-8": "", "help-9": "", "help-star": "", "help-hash": "", "help-0": "",
        "pause": "", "pause-still": "",
        "notice-review": "last next", "notice-reviewed": "last", "notice-unchecked": "", "notice-keys": "",
        "helpline-who": "name", "helpline-cost": "cost", "helpline-open": "", "helpline-closed": "",
        "helpline-unknown": "", "helpline-abroad": "", "helpline-support": "", "helpline-choices": "",
        "helpline-connecting": "", "helpline-returned": "",
        "hours-days": "first last opens closes", "hours-day": "day opens closes",
        "missed-busy": "", "missed-no-answer": "", "missed-failed": "", "missed-again": "", "missed-text": "",
        "number": "name number", "cannot-wait": "advice emergency", "relay": "prefix number emergency",
        "text-ask": "", "text-sent": "", "text-limit": "", "text-failed": "name number",
        "text-withheld": "", "text-landline": "", "text-foreign": "", "text-off": "name number",
        "only-english": "", "only-english-list": "", "sms-only-english": "id code number",
        "notice-translation": "", "sms-urgent-word": "", "sms-menu": "menu number",
        "sms-help": "number emergency relay prefix",
        "sms-relay": "emergency relay", "sms-stop": "number emergency", "sms-start": "number",
        "fallback": "safety name number", "fallback-sms": "number emergency",
    }.items()
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases by name, where each stands, and the warnings that the file waives, each with its line."""

    texts: Mapping[str, str]
    passages: tuple[Passage, ...] = ()
    waivers: tuple[tuple[int, str], ...] = ()


def read_phrases(path: Path, findings: Findings) -> Phrases:
    """Read `phrases.toml`; a phrase that is missing, unknown or has the wrong {values} is a problem."""
    table = read_toml(path, findings)
    if table is None:
        return Phrases({})
    phrases = table.texts(required=True)
    for name in sorted(PHRASES.keys() - phrases.keys()):
        table.problem(name, "missing", f"The phrase {name!r} is missing.", f'Add a line {name} = "…".')
    for name, text in phrases.items():
        if name not in PHRASES:
            table.problem(name, "unknown", f"The line has no use for a phrase {name!r}.", "Take it out.")
        elif text:
            _check_values(table, name, text)
    passages = tuple(
        Passage(name, "texted" if name.startswith(TEXTED) else "said", text, path, table.line(name))
        for name, text in phrases.items()
    )
    return Phrases(phrases, passages, table.items(WAIVE))


def _check_values(table: Table, name: str, text: str) -> None:
    if not pieces(text)[0]:
        table.problem(name, "missing", f"The phrase {name!r} says nothing.", "Write words.")
    allowed = PHRASES[name]
    shown = ", ".join(f"{{{value}}}" for value in sorted(allowed)) or "none"
    try:
        fields = [(field, more) for _, field, *more in string.Formatter().parse(text) if field is not None]
    except ValueError:
        table.problem(name, "braces", f"A brace in {name!r} does not close.", "Every { needs its }.")
        return
    if {field for field, _ in fields} != allowed or any(form or kind for _, (form, kind) in fields):
        table.problem(
            name, "values", f"The phrase {name!r} must hold these values: {shown}.",
            "Write each once, braces and all, where it is to be said.",
        )  # fmt: skip
