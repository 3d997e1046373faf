"""Commands that tell how far the languages are: `coverage`, and `check --language`."""

import json
import os
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click

from ivr.checking.review import review_language, today_at
from ivr.config import Settings, read_settings
from ivr.content.coverage import Coverage, cover
from ivr.content.model import Library
from ivr.content.sheet import Sheet, read_sheet
from ivr.dialogue.place import Pace
from ivr.languages import Language
from ivr.problems import ContentError, Findings, Gravity, Problem
from ivr.shelf import load
from ivr.speech.chain import Chain
from ivr.speech.engine import Utterance
from ivr.speech.engines import chain_in
from ivr.speech.sounds import stock
from ivr.texting import load_words

HEADINGS = ("language", "said", "texted", "urgent", "reviewed", "voiced", "understood")
LEGEND = """\
said, texted  texts that are heard or sent and are translated, in per cent
urgent        the same of the texts about dangers
reviewed      100 where somebody who speaks the language has checked it
voiced        the engines that speak it, and how much of its sound they have made; the rest is made when asked for
understood    phrases by which its texts are understood, and examples that were learnt from"""


def check_language(settings: Settings, code: str, *, as_json: bool) -> None:
    """Print everything that is wrong with one language, the worst first, and how it stands.

    Exits with 1 where its minimum is not there or a text is too long.
    """
    standing = ""
    try:
        problems, standing = _judged(settings, code)
    except ContentError as fault:
        problems = fault.problems
    if as_json:
        click.echo(json.dumps({"problems": [asdict(one) for one in problems]}, ensure_ascii=False))
    else:
        for problem in problems:
            click.echo(str(problem))
        click.echo(standing or f"{len(problems)} problem(s). Mend them first.", err=not standing)
    if any(problem.gravity is Gravity.ERROR for problem in problems):
        sys.exit(1)


def _judged(settings: Settings, code: str) -> tuple[tuple[Problem, ...], str]:
    library, languages = load(settings.prompts, settings.locales, settings.unreviewed)
    if code not in languages:
        raise click.UsageError(f"There is no language {code!r}; there are: {', '.join(languages)}.")
    name = f"{languages[code].name} ({code})"
    if code == library.line.language:
        return (), f"{name} is what the texts are written in. What is wrong with them: python -m ivr check"
    sheet = sheet_of(settings, library, languages[code])
    verdict = review_language(sheet, settings.locales.resolve().parent, today_at(library))
    problems = verdict.problems
    errors = sum(problem.gravity is Gravity.ERROR for problem in problems)
    counts = f"{errors} error(s), {len(problems) - errors} warning(s)."
    if verdict.waived:
        counts += f" {len(verdict.waived)} waived: python -m ivr check --all"
    return problems, f"{name} {_standing(cover(sheet))}. {counts}"


def sheet_of(settings: Settings, library: Library, language: Language) -> Sheet:
    """A language beside the texts of the line. Raises ContentError where its files cannot be read."""
    locales = settings.locales.resolve()
    findings = Findings(locales.parent)
    sheet = read_sheet(library, language, locales / language.code, findings)
    if findings.problems:
        raise ContentError(findings.problems)
    return sheet


def _standing(found: Coverage) -> str:
    if found.on_line:
        return f"is on the line; {found.why}" if found.why else "is on the line"
    return f"is not on the line: {found.why}"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON list with an object for each language.")
def coverage(*, as_json: bool) -> None:
    """Show how far each language is, and whether it is on the line.

    \b
    Example: python -m ivr coverage
    """
    settings = read_settings(os.environ)
    library, languages = load(settings.prompts, settings.locales, settings.unreviewed)
    load_words(library, settings.locales)
    codes = [library.line.language, *sorted(languages.keys() - {library.line.language})]
    found = [cover(sheet_of(settings, library, languages[code])) for code in codes]
    chain = chain_in(settings)
    voices = _voices(library, languages, chain)
    if as_json:
        click.echo(
            json.dumps([_object(one, voices[one.code]) for one in found], ensure_ascii=False, indent=1)
        )
        return
    rows = [HEADINGS, *(_row(one, voices[one.code]) for one in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        click.echo("  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
    click.echo(f"\n{LEGEND}\n")
    for one in found:
        click.echo(f"{one.name} ({one.code}) {_standing(one)}.")


def _row(found: Coverage, voices: Mapping[str, int]) -> tuple[str, ...]:
    shares = (f"{share}%" for share in (found.said, found.texted, found.urgent, found.reviewed))
    voiced = ", ".join(f"{name} {share}%" for name, share in voices.items()) or "nobody"
    return found.code, *shares, voiced, f"{found.phrases} phrases, {found.examples} examples"


def _object(found: Coverage, voices: Mapping[str, int]) -> dict[str, Any]:
    row = asdict(found)
    understood = {"phrases": row.pop("phrases"), "examples": row.pop("examples")}
    return {**row, "voiced": dict(voices), "understood": understood}


def _voices(
    library: Library, languages: Mapping[str, Language], chain: Chain
) -> Mapping[str, Mapping[str, int]]:
    """By language the engine that is to speak it, then those that stand in, each with its share of the sounds there are."""
    there = chain.store.keys()
    wanted: Counter[str] = Counter()
    made: dict[str, Counter[str]] = {
        code: Counter({_engine(one): 0 for one in chain.choice(language, Pace.NORMAL, "-")[:1]})
        for code, language in languages.items()
    }
    for (code, _, _), choice in stock(library, languages, chain).choices.items():
        wanted[code] += 1
        made[code].update(_engine(one) for one in [one for one in choice if one.key in there][:1])
    return {
        code: {name: 100 * count // (wanted[code] or 1) for name, count in engines.items()}
        for code, engines in made.items()
    }


def _engine(utterance: Utterance) -> str:
    """The name of the engine; its version stands behind it."""
    return utterance.engine.partition(" ")[0]
