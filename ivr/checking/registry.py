"""Every code that a check can print, with its story."""

import inspect
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache

from ivr.checking.stories import other_entries, reading_entries
from ivr.content import checks as content
from ivr.content.checks import cared, translated, waiver
from ivr.content.checks.rule import Entry, Rule, Subject
from ivr.content.coverage import LACKING
from ivr.dialogue import budgets
from ivr.problems import Gravity
from ivr.speech import checks as sounds


@cache
def entries() -> Mapping[str, Entry]:
    """What there is to tell, by code; the graver first, as far as the rules have an order."""
    own = [*_told(content.RULES), *_told(cared.RULES), *_told(budgets.RULES)]
    known = {entry.code for entry in own}
    translations = [entry for entry in _told(translated.RULES) if entry.code not in known]
    every = [
        *own,
        *translations,
        *LACKING.values(),
        *reading_entries(),
        *other_entries(),
        *_sounds(),
        *waiver.entries(),
    ]
    return {entry.code: entry for entry in every}


def _told(rules: Mapping[str, Rule[Subject]]) -> list[Entry]:
    return [rule.entry for rule in rules.values()]


def _sounds() -> Iterator[Entry]:
    stories = {code: inspect.getdoc(rule) or "" for code, rule in sounds.CHECKS.items()}
    stories["sound-decodes"] = "A sound that cannot be decoded is a silence in the middle of a call."
    for code, story in stories.items():
        yield Entry(
            code, story, Gravity.WARNING, source="ivr/speech/checks.py has the measurements behind each.", today=True,
            fixed="Sounds are made anew, not waived.",
        )  # fmt: skip


def nearest(code: str) -> str:
    """The code that may have been meant, "" where none is like it."""
    return next(iter(get_close_matches(code, entries(), 1, 0.5)), "")


def explain(entry: Entry) -> str:
    """All there is to tell about a code, for people."""
    gravity = (
        "An error: it keeps a change off the line."
        if entry.gravity is Gravity.ERROR
        else "A warning: it keeps nothing off the line."
    )
    lines = [f"{entry.code}. {gravity}", "", entry.story, ""]
    if entry.limit:
        lines.append(f"The limit: {entry.limit}")
    if entry.source:
        lines.append(f"Where it comes from: {entry.source}")
    if entry.waivable:
        lines.append(
            f"To waive it: waive: {entry.code} until 2027-05-01 because …, in the header of the file; in a .toml file\n"
            f'waive = ["{entry.code} until 2027-05-01 because …"]. For one text: {entry.code} in sms until …'
        )
    else:
        why = entry.fixed or "Without it a caller hears half a line, or the wrong one. Mend it instead."
        lines.append(f"It cannot be waived. {why}")
    return "\n".join(lines)
