"""Rules for a translation that the original has no need of. What both need is judged by the original's rules."""

import re
import unicodedata
from collections.abc import Iterator

from ivr.content.checks.rule import Fault, Rule, by_code
from ivr.content.checks.texted import name_characters
from ivr.content.extract import PHRASE
from ivr.content.sheet import Row, Sheet
from ivr.problems import Gravity
from ivr.text.gsm7 import outside_gsm7

_VALUE = re.compile(r"\{\w*\}")
_LEFTWARD = ("R", "AL")
_SIDES = {"ltr": "from left to right", "rtl": "from right to left"}


def check_values(sheet: Sheet) -> Iterator[Fault]:
    """A caller would hear "press {key}" with the brace, or never hear which key: such a text is not served."""
    for row in sheet.rows:
        if row.entry.served and not row.has_values:
            needs = ", ".join(sorted(_VALUE.findall(row.message.text))) or "none"
            yield _fault(
                row, f"{row.message.context!r} must hold these values: {needs}.",
                "Write each, braces and all, where it is to be said.",
            )  # fmt: skip


def check_direction(sheet: Sheet) -> Iterator[Fault]:
    """Letters of the other direction are the sign of a text pasted into the wrong language.

    Deliberately narrow: names stay in Latin letters in the middle of an Urdu text, and a text that is left as it
    is in the original (a medicine's name) is meant so.
    """
    declared = sheet.language.direction
    sides = [_sides(row.served) for row in sheet.rows]
    leftward, rightward = sum(left for left, _ in sides), sum(right for _, right in sides)
    if (leftward > rightward) if declared == "ltr" else (rightward > leftward):
        used = _SIDES["rtl" if declared == "ltr" else "ltr"]
        yield Fault(
            sheet.folder / "language.toml", _line_of_direction(sheet),
            f"The direction is {declared}, but the texts are written {used}.",
            "Write the other direction, or translate into the letters of this language.",
        )  # fmt: skip
        return
    for row, (left, right) in zip(sheet.rows, sides, strict=True):
        if declared == "ltr" and left:
            yield _fault(row, f"{_named(row)} has letters that are read from right to left.", _OTHER)
        elif declared == "rtl" and right and not left and row.served != row.message.text:
            yield _fault(row, f"{_named(row)} has no letter that is read from right to left.", _OTHER)


_OTHER = "Is it the text of another language? Write it in this one's letters."


def check_beginning(sheet: Sheet) -> Iterator[Fault]:
    """Phones lay a text out by its first letter: one that begins with a Latin name has its full stops on the wrong
    side, and its lines are read in the wrong order.
    """
    for row in sheet.rows:
        letters = [unicodedata.bidirectional(c) for c in _VALUE.sub("", row.served) if c.isalpha()]
        if sheet.language.direction == "rtl" and row.message.channel == "texted" and letters[:1] == ["L"]:
            yield _fault(
                row, f"{_named(row)} begins with a Latin letter, so phones lay it out from left to right.",
                "Begin with a word in the letters of this language.",
            )  # fmt: skip


def check_characters(sheet: Sheet) -> Iterator[Fault]:
    """One letter outside the plain alphabet in the menu or in HELP more than doubles what that text costs.

    The summaries have the same rule among those of the original.
    """
    if sheet.language.sms_encoding != "GSM-7":
        return
    shorts = {topic.short for topic in sheet.library.own.topics.values()}
    for row in sheet.rows:
        menu = row.message.domain == PHRASE or row.message.text in shorts
        odd = outside_gsm7(row.served)
        if odd and menu and row.message.channel == "texted":
            yield _fault(
                row, f"A plain text message has no {name_characters(odd)}.",
                "Write a plain character for each, such as ' or -.",
            )  # fmt: skip


def check_breaths(sheet: Sheet) -> Iterator[Fault]:
    """Without the breath before a key, or between the items of a list, one runs into the next and is lost."""
    for row in sheet.rows:
        wanted, kept = row.message.text.count("|"), row.served.count("|")
        if row.served and kept < wanted:
            yield _fault(
                row, f"{_named(row)} has {kept} of the {wanted} breaths.",
                "Put a | wherever the original has one.",
            )  # fmt: skip


def _sides(text: str) -> tuple[int, int]:
    """How many letters of `text` are read from right to left, and how many from left to right."""
    kinds = [unicodedata.bidirectional(c) for c in _VALUE.sub("", text) if c.isalpha()]
    return sum(kind in _LEFTWARD for kind in kinds), kinds.count("L")


def _named(row: Row) -> str:
    text = row.message.text
    return f"The translation of {text[:30].strip() + '…' if len(text) > 30 else text!r}"


def _fault(row: Row, text: str, mend: str) -> Fault:
    return Fault(row.path, row.entry.line, text, mend)


def _line_of_direction(sheet: Sheet) -> int:
    """The line of language.toml that states the direction, 1 where none does."""
    lines = (sheet.folder / "language.toml").read_text(encoding="utf-8-sig").splitlines()
    return next((n for n, line in enumerate(lines, start=1) if line.strip().startswith("direction")), 1)


RULES = by_code(
    Rule(
        "values", check_values, "Every {value} of the original, and no other.",
        "The line fills them in; it cannot guess where.", Gravity.ERROR, Gravity.ERROR,
    ),
    Rule(
        "direction", check_direction, "Letters of the direction that language.toml declares.",
        "The Unicode bidirectional algorithm.",
    ),
    Rule(
        "beginning", check_beginning, "A first letter of the language's own direction.",
        "The Unicode bidirectional algorithm, rules P2 and P3.",
    ),
    Rule(
        "sms-characters", check_characters, "Only characters of the plain alphabet, GSM-7, where the language has one.",
        "A28; GOV.UK Notify counts the same characters.",
    ),
    Rule("breaths", check_breaths, "As many breaths, |, as the original has.", "A6: half a second before a key."),
)  # fmt: skip
