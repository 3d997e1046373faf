"""`prompts/headings.toml`: every heading of the leaflet that the line was made from."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ivr.problems import Findings
from ivr.toml import WAIVE, read_toml

FILE = "headings.toml"
ADDED = "added"

_NAMED = re.compile(r"(?:(\d+),\s*)?(.+)")
_APOSTROPHE = re.compile("[’‘`]")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading as it is written in the file, and its line."""

    text: str
    line: int

    @property
    def known_by(self) -> str:
        """What it is recognised by."""
        return next(iter(named(self.text)), "")


@dataclass(frozen=True, slots=True)
class Headings:
    """The headings in the order of the leaflet, and the warnings that the file waives, each with its line."""

    path: Path
    headings: tuple[Heading, ...]
    waivers: tuple[tuple[int, str], ...] = ()


def read_headings(path: Path, findings: Findings) -> Headings | None:
    """Read the headings; None where there is no such file, or none in it. Faults go to `findings`."""
    table = read_toml(path, findings) if path.is_file() else None
    if table is None:
        return None
    table.only("headings", WAIVE)
    found = tuple(Heading(text, line) for line, text in table.items("headings"))
    return Headings(path, found, table.items(WAIVE)) if found else None


def named(field: str) -> Iterator[str]:
    """The headings that a `leaflet:` field names, "2, Rest; Diet" for two of section 2, as they are compared."""
    section = ""
    for name in field.split(";"):
        if found := _NAMED.fullmatch(" ".join(name.split())):
            section = found[1] or section
            if section:
                yield f"{section}, " + _APOSTROPHE.sub("'", found[2]).casefold()


def missing(headings: Headings, fields: Iterable[str]) -> Iterator[Heading]:
    """The headings that none of the `fields` names."""
    told = {name for field in fields for name in named(field)}
    return (heading for heading in headings.headings if heading.known_by not in told)
