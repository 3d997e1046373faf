"""How long a text takes to hear, estimated from its words before there is a sound."""

import re

SLOW_WORDS_PER_MINUTE = 105
# A number of three digits or more that is no amount is said digit by digit.
SPELLED = 3

_YEAR = re.compile(r"(19|20)\d\d\b")


def slow_seconds(text: str) -> float:
    """Estimate how long `text` takes at the slow pace, breaths included, in seconds."""
    words = sum(map(_words, text.replace("|", " ").split()))
    return words * 60 / SLOW_WORDS_PER_MINUTE + text.count("|") * 0.5


def _words(written: str) -> int:
    digits = sum(character.isdigit() for character in written)
    return digits if digits >= SPELLED and not _YEAR.match(written) else 1
