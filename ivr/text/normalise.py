"""One normaliser for both sides: what people write and the phrases that are looked for go through it alike."""

import re
import unicodedata

_APOSTROPHES = re.compile(r"['’‘ʼ`´＇]")  # apostrophe, U+2019, U+2018, U+02BC, grave, U+00B4, U+FF07
_UNSEEN = re.compile(r"[\u0640\u064B-\u0652\u0670]")  # tatweel and vowel signs, which few people type
_LONG = re.compile(r"([^\W\d_])\1{2,}")
_DECIMAL = re.compile(r"(?<=\d)[.,](?=\d)")
_STOP = re.compile(r"[.!?;:…\n\r؟۔؛।]+")  # with the Arabic question mark, full stop, semicolon, and the danda
_COMMA = re.compile(r"[,،()\[\]{}\u2013\u2014]|(?<=\s)-+(?=\s)")  # with the Arabic comma, en dash, em dash
_KEPT = "·"  # holds the place of a decimal point while full stops become clause marks
_MARKS = re.compile(r"[\s,]*\.[\s,.]*")
_COMMAS = re.compile(r"\s*,[\s,]*")


def fold(text: str) -> str:
    """One form for each letter: compatibility forms unified, capitals lowered."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def clean(text: str) -> str:
    """Drop what nobody sees: control, format and private characters, lone surrogates, vowel signs of Arabic script."""
    shown = (
        "\n" if character in "\n\r\u2028\u2029" else " " if character.isspace() else character
        for character in text
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    return _UNSEEN.sub("", "".join(shown))


def join_apostrophes(text: str) -> str:
    """Write can't as cant, however the apostrophe was typed."""
    return _APOSTROPHES.sub("", text)


def shorten(text: str) -> str:
    """Write sooooo as so: three or more of one letter in a row are one."""
    return _LONG.sub(r"\1", text)


def mark_clauses(text: str) -> str:
    """Turn sentence ends into " . " and lesser breaks into " , "; decimal points stay in their number."""
    text = _DECIMAL.sub(_KEPT, text)
    return _COMMA.sub(" , ", _STOP.sub(" . ", text)).replace(_KEPT, ".")


def drop_signs(text: str) -> str:
    """Drop every other sign: keep letters, digits, combining marks, clause marks and decimal points."""
    kept = (
        character if character in " .," or unicodedata.category(character)[0] in "LNM" else " "
        for character in text
    )
    return "".join(kept)


def space(text: str) -> str:
    """One space between words; no mark at either end, and never two marks in a row."""
    text = _COMMAS.sub(" , ", _MARKS.sub(" . ", text.replace(".", " . ") if False else text))
    return " ".join(text.split()).strip(" .,")
