"""From a text as written to what a speech engine reads: telephone numbers, keys and names.

A bar in a text is a breath of half a second, two bars are a second. Bars stay in the spoken text: the sound
is joined from the pieces between them. The words come from the language's `pronunciation.toml`.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import lru_cache, partial

BREATH = "|"
BREATH_SECONDS = 0.5

# Five digits or more without a comma are a number to call or text, not an amount; so is what starts with 0.
# The next group of a number may follow a space, a no-break space, a hyphen or a no-break hyphen.
_GAP = "[ \u00a0\u2011-]"
_ALONE = r"(?<![\w.,+])", r"(?![.,]?\d)"
_TELEPHONE = re.compile(
    _ALONE[0]
    + rf"(?:\+\d{{1,3}}(?:{_GAP}?\d{{2,}})+"  # +44 808 157 0000
    + rf"|0\d(?:{_GAP}\d\d){{4}}"  # 01 23 45 67 89, as France writes them
    + rf"|(?:(?!000\b)0\d{{2,}}|\d{{5,}})(?:{_GAP}\d{{3,}})*"  # 0808 157 0000, 0808, 18001 0808 157 0000
    + rf"|116{_GAP}\d{{3}}"  # 116 123: the European numbers for help lines
    + r"|999|111|112)"  # the emergency and health numbers; every other short number is an amount
    + _ALONE[1]
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028\u2029\ufeff\ufffe\uffff]+")
_KEY = re.compile(r"(?<![\w#*])[#*](?![\w#*])")
_BREATHS = re.compile(r"\s*\|[\s|]*")
_LAST_BREATH = re.compile(r"[\s|]+$")
_STOPPED = re.compile(r"([.,:;?!]), ")
_SPACES = re.compile(r"\s+")


def pronounce(text: str, lexicon: Mapping[str, str]) -> str:
    """The text with numbers, keys and names as the engine should read them, bars kept.

    `lexicon` maps digits, keys and names to words, as `read_lexicon` returns it. A digit without a word stays
    a digit on its own, which every engine reads in its own language.
    """
    spoken = clean(text)
    spoken = write_digits(spoken)
    spoken = say_names(spoken, lexicon)
    spoken = say_telephone_numbers(spoken, lexicon)
    spoken = say_keys(spoken, lexicon)
    return collapse(spoken)


def for_carrier(text: str) -> str:
    """The pronounced text as a carrier's voice should read it: a breath is the pause that a comma makes."""
    return collapse(clean(_STOPPED.sub(r"\1 ", _BREATHS.sub(", ", _LAST_BREATH.sub("", text)))))


def caption(text: str) -> str:
    """The text as a person reads it: no bars, single spaces."""
    return collapse(clean(text).replace(BREATH, " "))


def read_lexicon(toml: str) -> dict[str, str]:
    """The words of a `pronunciation.toml`, its tables [digits] and [names] in one mapping.

    Raises `ValueError` for a faulty file and for a spoken form that is no text.
    """
    tables = tomllib.loads(toml)
    words: dict[str, str] = {}
    for table in ("names", "digits"):
        for written, spoken in tables.get(table, {}).items():
            if not isinstance(spoken, str) or not spoken.strip():
                raise ValueError(f"[{table}] {written}: write the spoken form between quotes")
            words[written] = spoken
    return words


def clean(text: str) -> str:
    """Control and invisible characters become spaces: espeak-ng stops at a NUL and obeys some others."""
    return _CONTROL.sub(" ", text)


def write_digits(text: str) -> str:
    """Digits of every script as 0 to 9, which every voice can read."""
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)


def say_names(text: str, lexicon: Mapping[str, str]) -> str:
    """Each name of the lexicon in its spoken form: whole words, capitals or not, the longest name first."""
    spoken = {name.casefold(): form for name, form in lexicon.items() if len(name) > 1}
    if not spoken:
        return text
    return _names(tuple(sorted(spoken, key=lambda name: (-len(name), name)))).sub(
        lambda found: spoken.get(found.group().casefold(), found.group()), text
    )


def say_telephone_numbers(text: str, lexicon: Mapping[str, str]) -> str:
    """Each telephone number digit by digit, with a breath between its groups."""
    return _TELEPHONE.sub(partial(_spell, lexicon=lexicon), text)


def say_keys(text: str, lexicon: Mapping[str, str]) -> str:
    """The keys hash and star, standing alone, as words."""
    return _KEY.sub(lambda found: lexicon.get(found.group(), found.group()), text)


def collapse(text: str) -> str:
    """Single spaces, none at the ends."""
    return _SPACES.sub(" ", text).strip()


@lru_cache(maxsize=32)
def _names(longest_first: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)", re.IGNORECASE)


def _spell(found: re.Match[str], lexicon: Mapping[str, str]) -> str:
    groups = re.split(_GAP, found.group())
    if len(groups) == 1:
        groups = _divide(groups[0])
    return f" {BREATH} ".join(" ".join(lexicon.get(sign, sign) for sign in group) for group in groups)


def _divide(digits: str) -> list[str]:
    """A number written without gaps in groups a person can keep in mind: 4-3-4 for a British one (A22)."""
    if len(digits) <= 6:
        return [digits]
    if len(digits) == 11 and digits.startswith("0"):
        return [digits[:4], digits[4:7], digits[7:]]
    head = len(digits) - 4
    return [digits[at : min(at + 3, head)] for at in range(0, head, 3)] + [digits[head:]]


def pieces(spoken: str) -> tuple[list[tuple[float, str]], float]:
    """What is said between bars, each with the seconds of pause before it, and the seconds after the last.

    A piece without anything to say, such as a lone full stop after a number, joins its pauses.
    """
    said: list[tuple[float, str]] = []
    pause = -BREATH_SECONDS
    for piece in spoken.split(BREATH):
        pause += BREATH_SECONDS
        if any(unicodedata.category(sign)[0] in "LNS" or sign in "#*%&@" for sign in piece):
            said.append((pause, piece.strip()))
            pause = 0.0
    return said, pause
