"""Finds every phrase of a word list in one pass over a message.

All phrases run side by side as one bit-parallel automaton (Shift-And with optional positions: Navarro and Raffinot,
Flexible Pattern Matching in Strings, 2002, section 4.4): a word of the message costs a few operations on one long
integer, whatever the message is. No phrase can make it slow, which a regular expression with gaps could.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ivr.matching.pattern import Sequence

Readings = tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Match:
    """Phrase number `phrase` covers the words from `start` up to but not including `end`."""

    phrase: int
    start: int
    end: int


class Finder:
    """The phrases `phrases`, each as the sequences it stands for, made ready.

    A word of `closed` is never one of the words of any kind that ... stands for.
    """

    def __init__(self, phrases: Iterable[tuple[Sequence, ...]], closed: frozenset[str] = frozenset()) -> None:
        self._closed = closed
        self._sequences: list[tuple[int, Sequence]] = [
            (number, sequence) for number, sequences in enumerate(phrases) for sequence in sequences
        ]
        self._by_word: dict[str, int] = defaultdict(int)
        self._by_stem: dict[str, int] = defaultdict(int)
        self._numbers: list[tuple[int, Callable[[frozenset[str]], bool]]] = []
        self._first = self._last = self._free = 0
        self._optional = self._before = self._ends = 0
        self._ended: dict[int, int] = {}
        at = 0
        for index, (_, sequence) in enumerate(self._sequences):
            self._first |= 1 << at
            for place, slot in enumerate(sequence, at):
                self._add(place, slot.words, slot.stems)
                if slot.free:
                    self._free |= 1 << place
                if slot.number:
                    self._numbers.append((1 << place, slot.fits))
                if slot.optional:
                    self._optional |= 1 << place
                    if not sequence[place - at - 1].optional:
                        self._before |= 1 << (place - 1)
                    if not sequence[place - at + 1].optional:
                        self._ends |= 1 << place
            at += len(sequence)
            self._last |= 1 << (at - 1)
            self._ended[at - 1] = index
        self._stems_by_length: dict[int, frozenset[str]] = {
            size: frozenset(stem for stem in self._by_stem if len(stem) == size)
            for size in {len(stem) for stem in self._by_stem}
        }

    @property
    def words(self) -> frozenset[str]:
        """Every whole word that a phrase asks for."""
        return frozenset(self._by_word)

    def _add(self, place: int, words: Iterable[str], stems: Iterable[str]) -> None:
        for word in words:
            self._by_word[word] |= 1 << place
        for stem in stems:
            self._by_stem[stem] |= 1 << place

    def knows(self, word: str) -> bool:
        """Whether a phrase asks for this very word or for how it begins."""
        return word in self._by_word or self._stem_mask(word) > 0

    def _stem_mask(self, word: str) -> int:
        mask = 0
        for size, stems in self._stems_by_length.items():
            if word[:size] in stems:
                mask |= self._by_stem[word[:size]]
        return mask

    def mask(self, readings: frozenset[str]) -> int:
        """The places of all phrases that a word fits which may be read as any of `readings`."""
        mask = 0 if self._closed & readings else self._free
        for word in readings:
            mask |= self._by_word.get(word, 0) | self._stem_mask(word)
        for place, fits in self._numbers:
            if fits(readings):
                mask |= place
        return mask

    def find(self, readings: Readings, masks: Iterable[int]) -> list[Match]:
        """Every match, in the order in which they end; of matches of one sequence that end together, the shortest.

        `masks` has the mask of each word; 0 ends a sentence.
        """
        found: list[Match] = []
        active = 0
        for end, mask in enumerate(masks):
            active = ((active << 1) | self._first) & mask
            reached = active | self._ends
            active |= self._optional & (~(reached - self._before) ^ reached)
            done = active & self._last
            while done:
                low = done & -done
                done ^= low
                number, sequence = self._sequences[self._ended[low.bit_length() - 1]]
                found.append(Match(number, _start(sequence, readings, end), end + 1))
        return found


def _start(sequence: Sequence, readings: Readings, end: int) -> int:
    """Where the shortest match of `sequence` begins whose last word is `readings[end]`.

    `at` holds, for each slot from the last to the first, the words at which the rest of the match can begin.
    """
    at = {end + 1}
    for slot in reversed(sequence):
        taken = {place - 1 for place in at if place > 0 and slot.fits(readings[place - 1])}
        at = taken | at if slot.optional else taken
    return max(at)
