"""The phrases of a word list: how they are written, and what they ask of a message.

    cant feel (my|her|his)? (leg|legs|feet)    words; one of several; a ? makes what stands before it optional
    <numb> ... <limb>                          named lists of the file; ... is up to five words of any kind
    dizz* [38-42]                              words that begin so; a number from 38 to 42

A phrase never reaches over the end of a sentence.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import product

from ivr.text.normalise import normalise

GAP = 5  # words that ... may stand for: enough for "on the left side of", short enough to stay one thought
MOST = 600  # sequences one phrase may stand for, so that a lookup stays under a millisecond

_TOKEN = re.compile(
    r"\s+|(?P<gap>\.\.\.)|(?P<name><[\w-]+>)|(?P<open>\()|\[(?P<low>\d+)-(?P<high>\d+)\]|(?P<word>[^\s()<>|?*\[\]]+\*?)"
)


class PatternError(ValueError):
    """A phrase that cannot be read; its text says why."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One word of a phrase: any of `words`, a word beginning with one of `stems`, a number within `number`.

    With none of them it is any word.
    """

    words: frozenset[str] = frozenset()
    stems: tuple[str, ...] = ()
    number: tuple[int, int] | None = None
    optional: bool = False

    @property
    def free(self) -> bool:
        """Whether every word fits."""
        return not (self.words or self.stems or self.number)

    def fits(self, words: frozenset[str]) -> bool:
        """Whether one of the readings of a word (itself, and what it may be a misspelling of) fits."""
        return self.free or not self.words.isdisjoint(words) or any(self._alike(word) for word in words)

    def _alike(self, word: str) -> bool:
        return word.startswith(self.stems) if self.stems else self._within(word)

    def _within(self, word: str) -> bool:
        number = as_number(word)
        return self.number is not None and number is not None and self.number[0] <= number <= self.number[1]


Sequence = tuple[Slot, ...]


def as_number(word: str) -> float | None:
    """The number a word is, such as 38.5 or 39c; None where it is none."""
    found = re.fullmatch(r"(\d{1,3}(?:\.\d)?)\D?", word)
    return float(found[1]) if found else None


def parse(text: str, lists: Mapping[str, tuple[Sequence, ...]]) -> tuple[Sequence, ...]:
    """Every sequence of slots that the phrase `text` stands for; `lists` are the named lists of its file.

    Raises PatternError.
    """
    pieces: list[tuple[Sequence, ...]] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise PatternError(f"{text[at:]!r} cannot be read")
        at = found.end()
        if found[0].isspace():
            continue
        if found["open"]:
            choices, at = _choices(text, at)
            piece = merge(sequence for choice in choices for sequence in parse(choice, lists))
        else:
            piece = _piece(found, lists)
        if text[at : at + 1] == "?":
            at += 1
            piece = _optional(piece)
        pieces.append(piece)
    sequences = tuple(dict.fromkeys(_trim(sum(parts, ())) for parts in _combine(pieces)))
    if () in sequences:
        raise PatternError("nothing of it must be there")
    return sequences


def _choices(text: str, start: int) -> tuple[list[str], int]:
    """The choices of the group that was opened before `start`, and the place after its end."""
    depth = 1
    choices = [""]
    for at in range(start, len(text)):
        depth += (text[at] == "(") - (text[at] == ")")
        if depth == 0:
            return choices, at + 1
        if text[at] == "|" and depth == 1:
            choices.append("")
        else:
            choices[-1] += text[at]
    raise PatternError("a bracket is not closed")


def _combine(pieces: list[tuple[Sequence, ...]]) -> Iterator[tuple[Sequence, ...]]:
    total = 1
    for piece in pieces:
        total *= len(piece)
    if total > MOST:
        raise PatternError(f"it stands for {total} phrases, more than {MOST}")
    return product(*pieces)


def _piece(found: re.Match[str], lists: Mapping[str, tuple[Sequence, ...]]) -> tuple[Sequence, ...]:
    if found["gap"]:
        return ((Slot(optional=True),) * GAP,)
    if found["name"]:
        name = found["name"][1:-1]
        if name not in lists:
            raise PatternError(f"there is no list <{name}>")
        return lists[name]
    if found["low"]:
        return ((Slot(number=(int(found["low"]), int(found["high"]))),),)
    return (_words(found["word"]),)


@cache  # lists share their words: those of four languages are 29,000, and 7,000 different ones
def _words(written: str) -> Sequence:
    stem = written.endswith("*")
    words = normalise(written.removesuffix("*")).split()
    if not words or {".", ","} & set(words):
        raise PatternError(f"{written!r} has no letters or has a stop in it")
    slots = [Slot(words=frozenset({word})) for word in words]
    if stem:
        slots[-1] = Slot(stems=(words[-1],))
    return tuple(slots)


def merge(sequences: Iterator[Sequence]) -> tuple[Sequence, ...]:
    """Choices of one word become one slot, so that a list of fifty words costs as much as one word."""
    words: set[str] = set()
    stems: dict[str, None] = {}
    longer: list[Sequence] = []
    for sequence in sequences:
        if len(sequence) == 1 and not sequence[0].optional and sequence[0].number is None:
            words |= sequence[0].words
            stems |= dict.fromkeys(sequence[0].stems)
        else:
            longer.append(sequence)
    short = [(Slot(words=frozenset(words), stems=tuple(stems)),)] if words or stems else []
    return (*short, *dict.fromkeys(longer))


def _optional(piece: tuple[Sequence, ...]) -> tuple[Sequence, ...]:
    if len(piece) == 1 and len(piece[0]) == 1:
        return ((replace(piece[0][0], optional=True),),)
    return (*piece, ())


def _trim(sequence: Sequence) -> Sequence:
    """Without what is optional at either end: it decides nothing there."""
    needed = [index for index, slot in enumerate(sequence) if not slot.optional]
    return sequence[needed[0] : needed[-1] + 1] if needed else ()
