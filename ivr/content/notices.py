"""`prompts/notices/`: what must be heard first for a while, a file each."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from ivr.content.model import Line, Notice
from ivr.content.prompt import Prompt, read_prompt
from ivr.content.tree import LEFTOVERS
from ivr.problems import Findings

FOLDER = "notices"

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_FIELDS = frozenset({"from", "until", "sms"})


@dataclass(frozen=True, slots=True)
class Notices:
    """The notices of a folder in the order in which they are heard, and the file of each by its id."""

    notices: tuple[Notice, ...]
    prompts: Mapping[str, Prompt]


def read_notices(folder: Path, findings: Findings) -> Notices:
    """Read every notice in `folder`, which need not be there; faults go to `findings`."""
    found = [pair for path in _files(folder) if (pair := _read(path, findings))]
    return Notices(tuple(notice for notice, _ in found), {notice.id: prompt for notice, prompt in found})


def compose(text: str, begins: date | None, until: date, sms: str) -> str:
    """The file of a notice that says `text`, from `begins` (None is at once) to `until`, and texts `sms` where given."""
    days = {"from": begins, "until": until}
    header = {name: str(day) for name, day in days.items() if day} | ({"sms": sms} if sms else {})
    fields = yaml.safe_dump(header, allow_unicode=True, sort_keys=False, width=10_000)
    return f"---\n{fields}---\n{text}\n"


def names_for(until: date) -> Iterator[str]:
    """Names for the file of a notice that ends on `until`; the first that is free is taken."""
    return (f"until-{until}.md" if number == 1 else f"until-{until}-{number}.md" for number in count(1))


def day_at(line: Line, now: datetime) -> date:
    """The day that it is at the line at `now` (aware)."""
    return now.astimezone(ZoneInfo(line.timezone)).date()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir(), key=lambda path: path.stem) if folder.is_dir() else ():
        if not path.name.startswith(LEFTOVERS) and not path.name.endswith(LEFTOVERS):
            yield path


def _read(path: Path, findings: Findings) -> tuple[Notice, Prompt] | None:
    if path.suffix != ".md" or not _NAME.fullmatch(path.stem):
        findings.add(
            path, 1, "name", f"{path.name!r} is not the name of a notice.",
            "Name it with small letters and .md, such as christmas.md, or take it out of this folder.",
        )  # fmt: skip
        return None
    prompt = read_prompt(path, _FIELDS, findings)
    if prompt is None:
        return None
    until, begins = _day(prompt, "until", findings), _day(prompt, "from", findings)
    if "until" not in prompt.fields:
        findings.add(
            path, 1, "notice-until", "The notice has no last day.",
            "Add a line until: with the last day on which it is heard, such as 2026-12-24.",
        )  # fmt: skip
    if until and begins and begins > until:
        findings.add(
            path, prompt.line("from"), "notice-date", f"The notice begins on {begins} and has ended by then.",
            "Write a day after from: that is not later than the one after until:.",
        )  # fmt: skip
    if len(prompt.parts) != 1:
        findings.add(
            path, prompt.part_lines[1] if prompt.parts else 1, "notice-text",
            f"The notice has {len(prompt.parts)} paragraphs to say, not one.",
            "Write one paragraph below the header.",
        )  # fmt: skip
    if until is None or len(prompt.parts) != 1:
        return None
    text, sms = prompt.parts[0].text, prompt.fields.get("sms", "")
    return Notice(path.stem, text, sms, begins or date.min, until, path=str(path)), prompt


def _day(prompt: Prompt, field: str, findings: Findings) -> date | None:
    written = prompt.fields.get(field)
    if written is None:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        findings.add(
            prompt.path,
            prompt.line(field),
            "notice-date",
            f"{written!r} is not a date.",
            "Write it as 2026-12-24.",
        )
        return None
