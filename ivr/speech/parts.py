"""A long text in the short parts that a service takes, cut where a reader would breathe."""

import re

# Seconds of pause that the mark at the end of a part asks for; parts are cut at the strongest mark there is.
_SENTENCE, _CLAUSE, _NONE = 0.35, 0.2, 0.06
# The full stops, question marks and commas of the scripts that the line may speak: ARABIC FULL STOP,
# DEVANAGARI DANDA and DOUBLE DANDA, ARABIC QUESTION MARK, ARABIC COMMA and SEMICOLON. gTTS itself cuts Urdu
# and Hindi in the middle of a phrase, as it knows neither the first nor the danda.
_MARKS = (
    (re.compile("[.!?…\u06d4\u0964\u0965\u061f][\"'”’»)]*(?=\\s)"), _SENTENCE),
    (re.compile("[,;:–—\u060c\u061b](?=\\s)"), _CLAUSE),
    (re.compile(r"\S(?=\s)"), _NONE),
)


def cut(text: str, longest: int) -> list[tuple[str, float]]:
    """The text in parts of at most `longest` characters, each with the seconds of pause after it; 0 at the end."""
    parts = []
    rest = " ".join(text.split())
    while len(rest) > longest:
        end, pause = _end(rest, longest)
        parts.append((rest[:end].strip(), pause))
        rest = rest[end:].strip()
    return [*parts, (rest, 0.0)] if rest else parts


def _end(text: str, longest: int) -> tuple[int, float]:
    """Where the first part of `text` ends, and the pause there."""
    for mark, pause in _MARKS:
        # The look-ahead may see one character past the part: the space that follows a last full stop.
        ends = [found.end() for found in mark.finditer(text, 0, longest + 1) if found.end() <= longest]
        if ends:
            return ends[-1], pause
    return longest, _NONE
