"""The languages of the line: one folder below `locales/` each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ivr.problems import Findings
from ivr.toml import read_toml


@dataclass(frozen=True, slots=True)
class Language:
    """One language: how it names itself, which way it is written, who speaks it and who checked it.

    `code` is the name of its folder (BCP 47). `say` and `say_language` are the carrier's own voice, ""
    where it has none. `lexicon` maps what is written to what is said.
    """

    code: str
    name: str
    direction: str
    espeak: str
    say: str
    say_language: str
    reviewed_by: str
    lexicon: Mapping[str, str] = field(default_factory=dict)


def read_languages(folder: Path, findings: Findings) -> dict[str, Language]:
    """Read every language below `folder`, by code; faults go to `findings`."""
    if not folder.is_dir():
        findings.add(folder, 1, "locales-absent", "There is no folder of languages.", "Put it back.")
        return {}
    found = (_read(path, findings) for path in sorted(folder.iterdir()) if (path / "language.toml").is_file())
    return {language.code: language for language in found if language}


def _read(folder: Path, findings: Findings) -> Language | None:
    table = read_toml(folder / "language.toml", findings)
    if table is None:
        return None
    table.only("name", "direction", "reviewed_by", "reviewed_on", "voices")
    voices = table.table("voices")
    voices.only("espeak", "say", "say_language")
    lexicon: dict[str, str] = {}
    if (folder / "pronunciation.toml").is_file() and (
        spoken := read_toml(folder / "pronunciation.toml", findings)
    ):
        lexicon = {**spoken.table("names").texts(), **spoken.table("digits").texts()}
    direction = table.text("direction") or "ltr"
    if direction not in ("ltr", "rtl"):
        table.problem("direction", "direction", f"{direction!r} is no direction.", 'Write "ltr" or "rtl".')
    return Language(
        code=folder.name, name=table.text("name", required=True), direction=direction,
        espeak=voices.text("espeak", required=True), say=voices.text("say"),
        say_language=voices.text("say_language"), reviewed_by=table.text("reviewed_by"),
        lexicon=lexicon,
    )  # fmt: skip
