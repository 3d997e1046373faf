"""What a message is made of, as the trained layers see it: pieces of words, words in a row, what the lexicons saw."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from zlib import crc32

from ivr.matching.lexicon import Sighting

PIECES = (2, 3, 4, 5)  # letters of a piece of a word: they survive a misspelling elsewhere in it
_REASONS = ("figure", "negated", "question", "past")


def pieces(normal: str) -> set[str]:
    """The pieces of words, words, pairs and threes of words of a message that is `normal` when normalised."""
    words = normal.split()
    found: set[str] = set()
    for word in dict.fromkeys(words):
        bounded = f" {word} "
        for size in PIECES:
            if len(bounded) <= size:
                found.add(f"c{bounded}")
                break
            found.update(f"c{bounded[at : at + size]}" for at in range(len(bounded) - size + 1))
    pairs = [f"{one} {other}" for one, other in pairwise(words)]
    threes = [f"{pair} {word}" for pair, word in zip(pairs, words[2:], strict=False)]
    found.update(f"w{row}" for row in (*words, *pairs, *threes))
    return found


def buckets(found: Iterable[str], bits: int) -> list[int]:
    """The numbers below 2**bits that the pieces `found` fall on, each once, in order."""
    mask = (1 << bits) - 1
    return sorted({crc32(piece.encode()) & mask for piece in found})


def urgent_signals(seen: Iterable[Sighting], kinds: Sequence[str]) -> list[int]:
    """For each kind whether a phrase counts, for each whether one was set aside, and the reasons for which any was."""
    counts = dict.fromkeys(kinds, 0)
    aside = dict.fromkeys(kinds, 0)
    reasons = dict.fromkeys(_REASONS, 0)
    for sighting in seen:
        for hit in sighting.urgents:
            if hit.means in counts:
                (aside if hit.set_aside else counts)[hit.means] = 1
            if hit.set_aside:
                reasons[hit.reason] = 1
    return [*counts.values(), *aside.values(), *reasons.values()]


def topic_signals(seen: Iterable[Sighting], kinds: Sequence[str], topics: Sequence[str]) -> list[int]:
    """For each topic whether a phrase of it was found and whether the message is its keyword; for each kind whether a
    phrase counts.
    """
    found = dict.fromkeys(topics, 0)
    whole = dict.fromkeys(topics, 0)
    counts = dict.fromkeys(kinds, 0)
    for sighting in seen:
        for hit in sighting.topics:
            if hit.means in found:
                found[hit.means] = 1
        if sighting.whole in whole:
            whole[sighting.whole] = 1
        for hit in sighting.urgents:
            if hit.means in counts and not hit.set_aside:
                counts[hit.means] = 1
    return [*found.values(), *whole.values(), *counts.values()]
