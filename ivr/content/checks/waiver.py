"""Waivers: a warning that somebody has looked at and lets stand, until a day, for a reason.

    waive: sentence-long in sms until 2027-05-01 because the names cannot be told apart otherwise

A prompt file has it in its header, on one line or as a list; line.toml, phrases.toml and a language's wording.toml
have a list, waive = ["…"]. After `in` comes a field, a phrase, or part 2; without it the whole file is meant. In
wording.toml it is the context of a translation, such as 5.1.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ivr.content.checks.rule import Entry
from ivr.problems import Findings, Gravity, Problem

_WAIVER = re.compile(
    r"(?P<code>[a-z][\w-]*)(?: in (?P<place>part \d+|\S+))? until (?P<until>\S+) because (?P<reason>\S.*)"
)
_HOW = "Write it as sentence-long until 2027-05-01 because …, with the reason."

# Where something stands in a file: by the words after `in`, the lines.
Places = Mapping[str, frozenset[int]]


@dataclass(frozen=True, slots=True)
class Written:
    """What a file waives: each waiver as written, with its line. `covers` is the file or the folder that it speaks of."""

    path: Path
    waivers: tuple[tuple[int, str], ...]
    places: Places
    covers: Path


@dataclass(frozen=True, slots=True)
class Waived:
    """A warning that is let stand, until when, and why."""

    problem: Problem
    until: date
    reason: str


def waive(
    problems: Iterable[Problem], written: Iterable[Written], entries: Mapping[str, Entry], today: date,
    findings: Findings,
) -> tuple[tuple[Problem, ...], tuple[Waived, ...]]:  # fmt: skip
    """What is left of the `problems`, and what is waived. A waiver that is faulty, past or idle goes to `findings`."""
    left, waived = list(problems), list[Waived]()
    for file in written:
        for line, text in file.waivers:
            taken = _taken(file, line, text, left, entries, today, findings)
            waived += taken
            gone = {one.problem for one in taken}
            left = [problem for problem in left if problem not in gone]
    return tuple(left), tuple(waived)


def _taken(
    file: Written, line: int, text: str, left: list[Problem], entries: Mapping[str, Entry], today: date,
    findings: Findings,
) -> list[Waived]:  # fmt: skip
    def tell(code: str, text: str, mend: str) -> list[Waived]:
        findings.add(file.path, line, code, text, mend, Gravity.WARNING)
        return []

    found = _WAIVER.fullmatch(text)
    if found is None:
        return tell("waiver", f"The waiver {text!r} has no reason or no last day.", _HOW)
    code, place = found["code"], found["place"] or ""
    if code not in entries:
        return tell(
            "waiver", f"There is no check {code!r} to waive.", "python -m ivr check --list names them."
        )
    if not entries[code].waivable:
        return tell("waiver", f"{code} cannot be waived.", f"python -m ivr check --explain {code} says why.")
    if place and place not in file.places:
        return tell(
            "waiver", f"There is nothing called {place!r} here.", "Name a field, a phrase, or a part: part 2."
        )
    until = _day(found["until"])
    if until is None:
        return tell("waiver", f"{found['until']!r} is no day.", _HOW)
    if until < today:
        return tell(
            "waiver-past", f"The waiver of {code} ended on {until}.",
            "Mend what it waived; or look again, and write a later day and why.",
        )  # fmt: skip
    lines = file.places[place] if place else None
    shown = findings.shown(file.covers)
    taken = [
        problem
        for problem in left
        if problem.code == code and _within(problem.path, shown) and (lines is None or problem.line in lines)
    ]
    if not taken:
        return tell(
            "waiver-idle", f"The waiver of {code} waives nothing.", "Take it out: what it waived is mended."
        )
    return [Waived(problem, until, found["reason"]) for problem in taken]


def _within(path: str, shown: str) -> bool:
    return Path(path).is_relative_to(shown)


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def places_of(pairs: Iterable[tuple[str, int]]) -> Places:
    """The lines by the name of what stands there."""
    found: dict[str, set[int]] = {}
    for name, line in pairs:
        found.setdefault(name, set()).add(line)
    return {name: frozenset(lines) for name, lines in found.items()}


STORIES: Mapping[str, str] = {
    "waiver": "A waiver that nobody can read waives nothing, and what it was to keep quiet is told all the same. One "
    "without a reason would be believed for ever: nobody would know whether it still holds.",
    "waiver-past": "What was to be mended by a day was not. A waiver never ends without a word, and never takes a line "
    "down: what it waived is told again.",
    "waiver-idle": "A waiver that is left behind waives the next fault of its kind, which nobody has looked at.",
}


def entries() -> Iterator[Entry]:
    """What there is to tell about waivers themselves, which cannot be waived."""
    return (
        Entry(
            code, story, Gravity.WARNING, "A reason, and a day that has not passed.", "Our own rule.",
            fixed="It speaks of a waiver itself.",
        )
        for code, story in STORIES.items()
    )  # fmt: skip
