"""A new language: a folder with everything to fill in, nothing of it translated yet."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from babel import Locale, UnknownLocaleError
from babel.dates import get_day_names, get_month_names
from babel.units import format_unit

from ivr.content.model import Library
from ivr.errors import IvrError
from ivr.text.gsm7 import Encoding, outside_gsm7
from ivr.text.normalise import normalise

# How fast espeak-ng speaks beside its standard: what Welsh, Polish and Urdu needed to keep the pace of English.
RATE = "126%"
# Reads a language that espeak-ng does not know, until there is a better voice.
STAND_IN = "en"

_VOICE_LANGUAGE = re.compile(r"^language[ \t]+(\S+)(?:[ \t]+(\d+))?", re.M)
_USUAL_PRIORITY = 5
_SPANS = ("second", "minute", "hour", "day", "week", "month", "year")


class NoLanguageError(IvrError):
    """What was asked for is the code of no language; the text says what to write instead."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What CLDR and the speech engine know of a language; `espeak` is "" where the engine cannot speak it.

    `called` is its name in each language of the line, and `english` the one in English.
    """

    code: str
    name: str
    english: str
    direction: str
    sms_encoding: Encoding
    espeak: str
    called: tuple[str, ...]


def meet(written: str, voices: Mapping[str, str], languages: Iterable[str]) -> Newcomer:
    """Find out about the language with the code `written`, for a line that speaks `languages`.

    `voices` are those of espeak-ng, by code. Raises NoLanguageError for what is no language.
    """
    locale = _locale(written)
    code = _canonical(written)
    name = locale.display_name or ""
    in_others = (locale.get_language_name(Locale.parse(other, sep="-")) for other in (*languages, "en", code))
    return Newcomer(
        code=code,
        name=name[:1].upper() + name[1:],
        english=locale.english_name or code,
        direction=locale.text_direction,
        sms_encoding="UCS-2" if outside_gsm7(_letters(locale)) else "GSM-7",
        espeak=_voice(code, voices),
        called=tuple(
            dict.fromkeys(normalise(one) for one in in_others if one and one.replace(" ", "").isalpha())
        ),
    )


def _locale(written: str) -> Locale:
    try:
        locale = Locale.parse(written, sep="-")
    except (UnknownLocaleError, ValueError):
        locale = None
    if locale is None or not locale.display_name:
        raise NoLanguageError(
            f"There is no language with the code {written!r}. Languages are named as on the web: ro is Romanian, "
            "pa Punjabi, pt-BR the Portuguese of Brazil."
        )
    if locale.language != written.partition("-")[0].lower():
        raise NoLanguageError(f"The code {written!r} is written {locale.language} on the web. Use that.")
    return locale


def _canonical(written: str) -> str:
    """The code as folders are named: sr-Latn, pt-BR."""
    first, *more = written.split("-")
    return "-".join([first.lower(), *(one.title() if len(one) == 4 else one.upper() for one in more)])


def _letters(locale: Locale) -> str:
    """Letters of the language: those of its name, its months, days and spans of time, as Babel has no list of letters."""
    names = [*get_month_names(locale=locale).values(), *get_day_names(locale=locale).values()]
    spans = [format_unit(n, f"duration-{unit}", locale=locale) for unit in _SPANS for n in (1, 2, 5)]
    return "".join(filter(str.isalpha, "".join([locale.language_name or "", *names, *spans])))


def _voice(code: str, voices: Mapping[str, str]) -> str:
    parts = code.lower().split("-")
    codes = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((voices[one] for one in codes if one in voices), "")


def voices_of(files: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The best voice for each code, from the names and texts of espeak-ng's language files."""
    found: dict[str, tuple[int, str]] = {}
    for name, text in files:
        for code, priority in _VOICE_LANGUAGE.findall(text):
            rank = int(priority or _USUAL_PRIORITY), name
            found[code.lower()] = min(found.get(code.lower(), rank), rank)
    return {code: name for code, (_, name) in found.items()}


def skeleton(new: Newcomer, library: Library, words: str) -> dict[str, str]:
    """The files of the new folder beside its catalogs, by name; `words` is the own language's understanding.yaml."""
    return {
        "language.toml": _language(new),
        "pronunciation.toml": _pronunciation(new),
        "understanding.yaml": _understanding(new, library, words),
        "wording.toml": _wording(new),
    }


def _language(new: Newcomer) -> str:
    voice = f"{new.espeak}+f2 {RATE}" if new.espeak else f"{STAND_IN}+f2"
    speaks = "the voice of the built-in speech engine, and how fast it speaks beside its standard"
    if not new.espeak:
        speaks = f"a stand-in: the built-in speech engine has no voice for {new.english}"
    rows = [
        ("name", new.name, "the language's own name for itself"),
        ("direction", new.direction, "ltr, or rtl where it is written from right to left"),
        ("reviewed_by", "", "who checked what the line says in this language; empty: nobody has yet"),
        ("reviewed_on", "", "when, such as 2026-11-22"),
        ("sms_encoding", new.sms_encoding, "what its letters need: GSM-7, or UCS-2 with half the room"),
        ("digits", "", "its words for 0 to 9, as a caller says them, with a space between two"),
        ("", "", ""),
        ("espeak", voice, speaks),
        ("say", "", "the carrier's own voice, for the moments when a sound cannot be had; empty: none"),
        ("say_language", "", "the language as that voice knows it, such as pl-PL"),
        ("listen", "", "the language as the carrier's recogniser knows it; empty: it does not listen"),
    ]
    written = [
        f"{f'{field} = {chr(34)}{value}{chr(34)}':25} # {what}" for field, value, what in rows if field
    ]
    at = next(number for number, row in enumerate(rows) if not row[0])
    lines = [
        "# The language of this folder, and who speaks it.",
        *written[:at],
        "",
        "[voices]",
        *written[at:],
    ]
    return "\n".join(lines) + "\n"


def _pronunciation(new: Newcomer) -> str:
    voice = new.espeak or STAND_IN
    return f"""\
# How the computer voice says in {new.english} what it would otherwise read wrong. Edit freely: one line a word.
#
#   "as it is written" = "as it sounds"
#
# Write the sound with the letters of {new.english}. Capitals on the left do not matter, and only whole words are
# replaced: a word with an ending is a word of its own. Captions and texts keep what is written.
# To hear a change: make run, open /phone. To see it: espeak-ng -x -q -v {voice} "as it sounds"

[digits]
# Telephone numbers, digit by digit; then the plus of a number from abroad, and the two keys that are no digits.
# Fill in each that the voice reads wrong, and take its # away.
# 0 = ""
# 1 = ""
# 2 = ""
# 3 = ""
# 4 = ""
# 5 = ""
# 6 = ""
# 7 = ""
# 8 = ""
# 9 = ""
# "+" = ""
# "#" = ""
# "*" = ""

[names]
# Drugs, names of organisations, letters.
# "Xgeva" = ""
"""


def _wording(new: Newcomer) -> str:
    return f"""\
# The words that check goes by in {new.english}. Edit freely, then run: python -m ivr check --language {new.code}
# What check says of a text, and why: python -m ivr check --explain option-order

# The words for pressing a key, such as ["press"]. What a key is for is said first, then a breath |, then the key.
press = []
# Keys have the names that pronunciation.toml gives them, and these where the language bends them.
keys = []
# The most words in a sentence that is heard: 20, or more where the language writes in two words what English has in one.
# sentence = "20"

# Words that are not said or texted, and what to say instead: "word" = "what to say"
[avoid]
"""


def _understanding(new: Newcomer, library: Library, words: str) -> str:
    """The head of the own language's file, and its fields with nothing in them."""
    head = (
        words.split("\n\n", 1)[0] if words.startswith("#") else "# The words people use. One phrase a line."
    )
    own = Locale.parse(library.line.language, sep="-").english_name or library.line.language
    first, *more = head.splitlines()
    urgent = [
        line
        for kind in library.own.kinds
        for line in (
            f"  {kind.id.partition('.')[2]}:  # {kind.title}",
            "    phrases: []",
            "    two together: []",
        )
    ]
    topics = [
        line
        for topic in library.own.leaflet
        for line in (f'  "{topic.id}":  # {topic.title}', "    keywords: []", "    phrases: []")
    ]
    return "\n".join([
        first.replace(own, new.english), *more, "",
        f"names: [{', '.join(new.called)}]", "",
        "spellings:            # what we write: how people write it", "",
        "lists:", "",
        "urgent:", *urgent, "",
        "negations: []", "not negations: []", "turns: []", "joins: []", "",
        "figures of speech: []", "", "questions: []", "", "past: []", "", "now: []", "",
        "polite words: []", "", 'number words: {}     # "1": [one, "1"]', "",
        "topics:", *topics, "",
        "# Common words that look like a slip of a word above, and are none.", "ordinary words: []", "",
    ])  # fmt: skip


def next_steps(new: Newcomer, texts: int, needed: int, own: str) -> tuple[str, ...]:
    """What is to be done now, in order; `texts` are to be translated, and `needed` of them first, from `own`."""
    folder, voice = f"locales/{new.code}", ""
    if not new.espeak:
        voice = f" The built-in engine cannot speak {new.english}: have SPEECH_ENGINES name one that can, or record it."
    return (
        f"Look through {folder}/language.toml: the name, the voices, and digits.{voice}",
        f"Translate {folder}/LC_MESSAGES/phrases.po and leaflet.po with Poedit or Weblate: {texts} texts, {needed} of "
        f"which must be there before the language is on the line. Which: python -m ivr check --language {new.code}",
        f"Translate {folder}/LC_MESSAGES/page.po, the buttons of the browser phone, when the others are done.",
        f"Write into {folder}/understanding.yaml how people text about dangers and topics, with {own} beside it.",
        f"Listen (make run, open /phone), and mend in {folder}/pronunciation.toml what the voice reads wrong.",
        "Have somebody else check it who speaks the language, and write them into reviewed_by and reviewed_on of "
        "language.toml: in production only reviewed languages are on the line, and those in SERVE_UNREVIEWED.",
        "See how far it is: python -m ivr coverage",
    )
