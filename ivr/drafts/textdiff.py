"""What differs between two texts, line by line, and word by word where a line was changed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal

# Lines that are shown before and after a change.
AROUND = 2
# Words of a changed line, spaces among them, above which it is shown whole: comparing many that repeat takes minutes.
MOST_WORDS = 4000

_WORDS = re.compile(r"\s+|[^\s\w]|\w+")
Kind = Literal["same", "gone", "new", "gap"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a line; `marked` are those that are not in the other one."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One line as it is shown: `number` is its own in the text that it stands in. A gap stands for lines left out."""

    kind: Kind
    number: int
    pieces: tuple[Piece, ...]


def compare_texts(before: str, after: str) -> list[Row]:
    """The rows that tell the difference; none where there is none."""
    old, new = before.splitlines(), after.splitlines()
    matcher = SequenceMatcher(None, old, new)
    rows: list[Row] = []
    for group in matcher.get_grouped_opcodes(AROUND):
        if rows:
            rows.append(Row("gap", 0, ()))
        for what, a, b, c, d in group:
            if what == "equal":
                rows += [
                    Row("same", c + at, (Piece(line, marked=False),)) for at, line in enumerate(new[c:d], 1)
                ]
            else:
                rows += _changed(old[a:b], new[c:d], a, c)
    return rows


def _changed(old: Sequence[str], new: Sequence[str], first_old: int, first_new: int) -> Iterator[Row]:
    """Each old line, and below it the new one that took its place."""
    for at, (gone, come) in enumerate(zip_longest(old, new), 1):
        left, right = _marked(gone, come) if gone is not None and come is not None else _whole(gone, come)
        if gone is not None:
            yield Row("gone", first_old + at, left)
        if come is not None:
            yield Row("new", first_new + at, right)


def _whole(gone: str | None, come: str | None) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    return (Piece(gone or "", marked=True),), (Piece(come or "", marked=True),)


def _marked(gone: str, come: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    old, new = _WORDS.findall(gone), _WORDS.findall(come)
    if max(len(old), len(new)) > MOST_WORDS:
        return _whole(gone, come)
    left: list[Piece] = []
    right: list[Piece] = []
    for what, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        for side, words in ((left, old[a:b]), (right, new[c:d])):
            if words:
                side.append(Piece("".join(words), marked=what != "equal"))
    return tuple(left), tuple(right)
