"""A rehearsal of what serving does: everything that is made of the texts at a start is made once, before they are live."""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ivr.content.catalogs import catalog_path
from ivr.content.extract import PHRASE
from ivr.content.model import Library
from ivr.content.phrases import PHRASES
from ivr.dialogue.messages import carrier_texts, menu_text, relay_text
from ivr.dialogue.script import script_of
from ivr.languages import Language
from ivr.problems import Findings, Problem
from ivr.telephony.fallback import make_fallback

log = logging.getLogger(__name__)

MEND = "Take back what was changed last in this language; the line's log tells the rest."


def rehearse(
    library: Library, languages: Mapping[str, Language], prompts: Path, locales: Path
) -> tuple[Problem, ...]:
    """What could not be made of `library`, by language and phrase.

    A text that passes every rule and yet cannot be filled in would keep a line from starting, and nobody would
    hear anything: no rule can foresee all of them, so all is made here where somebody reads what is wrong.
    """
    findings = Findings(prompts.resolve().parent)
    for code in library.editions:
        name = languages[code].name
        path = (
            prompts / "phrases.toml"
            if code == library.line.language
            else catalog_path(locales / code, PHRASE)
        ).resolve()
        broken = [phrase for phrase in PHRASES if not _is_done(_filling(library, code, phrase))]
        for phrase in broken:
            findings.add(
                path, _line(path, phrase), "rehearsal", f"{name} ({code}): the phrase {phrase!r} cannot be filled in.",
                "Write each value as it is in the original: a name in braces, and nothing else in them.",
            )  # fmt: skip
        if broken:
            continue
        for what, make in _makings(library, languages, code):
            if not _is_done(make):
                findings.add(path, 1, "rehearsal", f"{name} ({code}): {what} cannot be made.", MEND)
    return tuple(findings.problems)


def _filling(library: Library, code: str, phrase: str) -> Callable[[], object]:
    text = library.editions[code].phrases[phrase]
    return lambda: text.format(**dict.fromkeys(PHRASES[phrase], "1"))


def _makings(
    library: Library, languages: Mapping[str, Language], code: str
) -> Iterator[tuple[str, Callable[[], object]]]:
    """What serving makes in the language `code`, each by its name."""
    own = library.line.language
    alone = replace(library, editions={one: library.editions[one] for one in dict.fromkeys((own, code))})
    yield "what is said and texted when the line has failed", lambda: make_fallback(alone, languages)
    yield "the menu as a text", lambda: menu_text(library, code)
    yield "the answer to HELP, STOP or START", lambda: carrier_texts(library, code)
    yield "the text on calling without speech", lambda: relay_text(library, code)
    yield "the list of everything that is said", lambda: list(script_of(library, code).every_text())


def _is_done(make: Callable[[], object]) -> bool:
    try:
        make()
    except Exception:
        log.exception("something cannot be made of the texts")
        return False
    return True


def _line(path: Path, phrase: str) -> int:
    """The line on which the phrase stands; 1 where it is not found."""
    name = re.escape(phrase)
    try:
        source = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 1
    found = re.search(rf'^[ \t]*(?:msgctxt "{name}"|["\']?{name}["\']?[ \t]*=)', source, re.M)
    return source.count("\n", 0, found.start()) + 1 if found else 1
