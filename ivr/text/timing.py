"""How long a text takes to hear, estimated from its words before there is a sound."""

import re
from functools import lru_cache

# Measured over 25 parts in each of four languages at the slow pace: English 105 words a minute and 7.5 letters a
# second, Welsh 107 and 7.9, Polish 90 and 7.9. Urdu writes few of its vowels: 112 and 6.1.
SLOW_WORDS_PER_MINUTE = 105
SLOW_LETTERS_PER_SECOND = 7.9
# The slowest that counts as the normal pace (A17).
NORMAL_WORDS_PER_MINUTE = 130
# A number of three digits or more that is no amount is said digit by digit.
SPELLED = 3

_YEAR = re.compile(r"(19|20)\d\d\b")


@lru_cache(maxsize=8192)
def slow_seconds(text: str) -> float:
    """Estimate how long `text` takes at the slow pace, breaths included, in seconds.

    By its words or by its letters, whichever takes longer: languages with long words have fewer of them.
    """
    written = text.replace("|", " ").split()
    by_words = sum(map(_words, written)) * 60 / SLOW_WORDS_PER_MINUTE
    by_letters = sum(map(_letters, written)) / SLOW_LETTERS_PER_SECOND
    return max(by_words, by_letters) + text.count("|") * 0.5


def normal_seconds(text: str) -> float:
    """Estimate how long `text` takes at the normal pace, at which every call begins, breaths included, in seconds."""
    breaths = text.count("|") * 0.5
    return (slow_seconds(text) - breaths) * SLOW_WORDS_PER_MINUTE / NORMAL_WORDS_PER_MINUTE + breaths


def _letters(written: str) -> float:
    """The letters of a word; what is counted in words here, such as a digit, has the letters of an average word."""
    letters = sum(character.isalpha() for character in written)
    return letters or _words(written) * 60 / SLOW_WORDS_PER_MINUTE * SLOW_LETTERS_PER_SECOND


def _words(written: str) -> int:
    digits = sum(character.isdigit() for character in written)
    return digits if digits >= SPELLED and not _YEAR.match(written) else 1
