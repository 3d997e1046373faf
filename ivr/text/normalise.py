"""One normaliser for both sides: what people write and the phrases that are looked for go through it alike.

`tidy` keeps the sentence as a reader would see it, for a model that has read ordinary text; `normalise` goes on
to bare words and clause marks, for the word lists. Both are fixed points: doing them twice changes nothing.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import reduce

STOP = "."
COMMA = ","

_APOSTROPHES = re.compile(r"['’‘ʼ`´]")  # apostrophe, U+2019, U+2018, U+02BC, grave accent, U+00B4
_CURLY = re.compile(r"[’‘ʼ`´]")
_VOWEL_SIGNS = re.compile(r"[\u0640\u064B-\u0652\u0670]")  # tatweel and the vowel signs few people type
_LONG = re.compile(r"([^\W\d_])\1{2,}")
_DECIMAL = re.compile(r"(?<=\d)[.,](?=\d)")
_STOPS = re.compile(r"[.!?;:…\n؟۔؛।]+")  # with the Arabic question mark, full stop, semicolon, and the danda
_COMMAS = re.compile(r"[,،()\[\]{}–—]|(?<=\s)-+(?=\s)")  # with the Arabic comma, en dash, em dash
# Holds the place of a decimal point while full stops become clause marks: a private character, which `clean` drops.
_POINT = "\ue000"
_STOP_RUN = re.compile(r"[\s,]*\.(?!\d)[\s,.]*")
_COMMA_RUN = re.compile(r"\s*,[\s,]*")
# Letters that carry no separable accent, and the Arabic letters that Urdu and Arabic keyboards type differently.
_SAME = str.maketrans("łøđıيكه", "lodiیکہ")
_FIRST_ACCENT = (
    200  # canonical combining classes from here on are accents; lower ones are letters of a script
)


def fold(text: str) -> str:
    """One form for each letter: compatibility forms unified, capitals lowered."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def clean(text: str) -> str:
    """Drop what nobody sees (control, format and private characters, lone surrogates); keep line ends and spaces."""
    kept = (
        "\n" if character in "\n\r\v\f\x85\u2028\u2029" else " " if character.isspace() else character
        for character in text
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    return "".join(kept)


def straighten(text: str) -> str:
    """Write every apostrophe as the typewriter's."""
    return _CURLY.sub("'", text)


def shorten(text: str) -> str:
    """Write sooooo as so: three or more of one letter in a row are one."""
    return _LONG.sub(r"\1", text)


def join_apostrophes(text: str) -> str:
    """Write can't as cant, as many people do."""
    return _APOSTROPHES.sub("", text)


def strip_accents(text: str) -> str:
    """Write ŵ as w and ż as z, as people do who text in a hurry; vowel signs that are letters stay."""
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(character for character in apart if unicodedata.combining(character) < _FIRST_ACCENT)
    return unicodedata.normalize("NFC", _VOWEL_SIGNS.sub("", bare)).translate(_SAME)


def mark_clauses(text: str) -> str:
    """Turn what ends a sentence into a full stop and lesser breaks into commas; decimal points stay in their number."""
    text = _DECIMAL.sub(_POINT, text)
    return _COMMAS.sub(" , ", _STOPS.sub(" . ", text)).replace(_POINT, ".")


def drop_signs(text: str) -> str:
    """Drop every other sign: letters, digits, the marks of a script and clause marks stay."""
    kept = (
        character if character in " .," or unicodedata.category(character)[0] in "LNM" else " "
        for character in text
    )
    return "".join(kept)


def space(text: str) -> str:
    """One space between words, never two marks in a row, none at either end."""
    text = _COMMA_RUN.sub(" , ", _STOP_RUN.sub(" . ", text))
    return " ".join(text.split()).strip(" .,")


def squeeze(text: str) -> str:
    """One space wherever there are several spaces or line ends."""
    return " ".join(text.split())


_TIDY: tuple[Callable[[str], str], ...] = (clean, straighten, fold, shorten)
_BARE: tuple[Callable[[str], str], ...] = (
    join_apostrophes, strip_accents, mark_clauses, drop_signs, space, shorten,
)  # fmt: skip


def _run(text: str, verbs: tuple[Callable[[str], str], ...]) -> str:
    return reduce(lambda so_far, verb: verb(so_far), verbs, text)


def tidy(text: str) -> str:
    """The message as a reader would see it: lowered, visible, on one line, no letter drawn out."""
    return squeeze(_run(text, _TIDY))


def normalise(text: str) -> str:
    """Bare words with one space between them; " . " and " , " stand where a sentence or a clause ends."""
    if text.isascii() and text.isalpha() and text.islower():
        return shorten(text)  # nothing else would change: two words of three in a word list are such
    return _run(_run(text, _TIDY), _BARE)
