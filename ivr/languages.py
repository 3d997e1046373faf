"""The languages of the line: one folder below `locales/` each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from babel import Locale, UnknownLocaleError

from ivr.problems import Findings
from ivr.text.gsm7 import ENCODINGS, Encoding
from ivr.toml import Table, read_toml


@dataclass(frozen=True, slots=True)
class Language:
    """One language: how it names itself, which way it is written, who speaks it and who checked it.

    `code` is the name of its folder (BCP 47). `say` and `say_language` are the carrier's own voice, ""
    where it has none. `listen` is the tag by which the carrier's recogniser knows it, "" where it cannot listen.
    `digits` are its words for 0 to 9. `sms_encoding` is the one its letters need. `lexicon` maps what is written to what
    is said.
    """

    code: str
    name: str
    direction: str
    espeak: str
    say: str
    say_language: str
    reviewed_by: str
    listen: str = ""
    digits: tuple[str, ...] = ()
    sms_encoding: Encoding = "GSM-7"
    lexicon: Mapping[str, str] = field(default_factory=dict)


def read_languages(folder: Path, findings: Findings) -> dict[str, Language]:
    """Read every language below `folder`, by code; faults go to `findings`."""
    if not folder.is_dir():
        findings.add(folder, 1, "locales-absent", "There is no folder of languages.", "Put it back.")
        return {}
    folders = (path for path in sorted(folder.iterdir()) if path.is_dir() and path.name[0] not in "._")
    found = (_read(path, findings) for path in folders)
    return {language.code: language for language in found if language}


def _read(folder: Path, findings: Findings) -> Language | None:
    table = read_toml(folder / "language.toml", findings)
    if table is None:
        return None
    table.only("name", "direction", "digits", "reviewed_by", "reviewed_on", "sms_encoding", "voices")
    if not _is_code(folder.name):
        table.problem(
            "name", "code", f"There is no language with the code {folder.name!r}.",
            "Name its folder as the languages of the web are named, such as cy or pt-BR.",
        )  # fmt: skip
    voices = table.table("voices")
    voices.only("espeak", "say", "say_language", "listen")
    direction = table.text("direction") or "ltr"
    if direction not in ("ltr", "rtl"):
        table.problem("direction", "direction", f"{direction!r} is no direction.", 'Write "ltr" or "rtl".')
    return Language(
        code=folder.name, name=table.text("name", required=True), direction=direction,
        espeak=voices.text("espeak", required=True), say=voices.text("say"),
        say_language=voices.text("say_language"), listen=voices.text("listen"), digits=_read_digits(table),
        reviewed_by=table.text("reviewed_by"),
        sms_encoding=_read_encoding(table), lexicon=_read_lexicon(folder / "pronunciation.toml", findings),
    )  # fmt: skip


def _is_code(name: str) -> bool:
    try:
        Locale.parse(name, sep="-")
    except (UnknownLocaleError, ValueError):
        return False
    return True


def _read_digits(table: Table) -> tuple[str, ...]:
    words = tuple(table.text("digits").split())
    if len(words) not in (0, 10):
        table.problem(
            "digits", "digits", f"There are {len(words)} words, not the ten for 0 to 9.",
            'Write them in order, with a space between two: "zero one two three four five six seven eight nine".',
        )  # fmt: skip
    return words


def _read_encoding(table: Table) -> Encoding:
    written = table.text("sms_encoding")
    for encoding in ENCODINGS:
        if written == encoding:
            return encoding
    if written:
        table.problem(
            "sms_encoding", "encoding", f"{written!r} is no encoding of text messages.",
            f"Write one of {', '.join(ENCODINGS)}, or leave the line out.",
        )  # fmt: skip
    return "GSM-7"


def _read_lexicon(path: Path, findings: Findings) -> dict[str, str]:
    """What is said for what is written; an empty spoken form is a problem, since the word would fall silent."""
    table = read_toml(path, findings) if path.exists() else None
    if table is None:
        return {}
    table.only("names", "digits")
    return {**table.table("names").texts(required=True), **table.table("digits").texts(required=True)}
