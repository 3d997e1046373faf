"""The command `check`: what is wrong with the texts, and what a code stands for."""

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from ivr.checking.registry import entries, explain, nearest
from ivr.checking.rehearsal import rehearse
from ivr.checking.review import Verdict, files_of, review_language, review_line, today_at
from ivr.commands import coverage
from ivr.config import Settings, read_settings
from ivr.content.checks import cared
from ivr.content.checks.waiver import Waived
from ivr.content.coverage import waiting
from ivr.content.model import Library
from ivr.languages import Language
from ivr.problems import ContentError, Gravity, Problem
from ivr.shelf import load
from ivr.speech import checks as sounds
from ivr.speech.engine import Utterance
from ivr.speech.engines import chain_in
from ivr.speech.sounds import stock
from ivr.texting import load_words


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object with all problems.")
@click.option(
    "--all", "everything", is_flag=True, help="Also every translation, and what is waived, with the reason."
)
@click.option("--language", default="", help="What one translation lacks and what is wrong with it.")
@click.option(
    "--explain", "code", default="", metavar="CODE", help="What a code stands for, and what it prevents."
)
@click.option("--list", "listed", is_flag=True, help="Every code there is.")
@click.option("--sounds", "only_sounds", is_flag=True, help="Check every sound that is made already.")
def check(
    language: str, code: str, *, as_json: bool, everything: bool, listed: bool, only_sounds: bool
) -> None:
    """Check every text; exit 1 when something must be mended.

    \b
    Example: python -m ivr check
    prompts/3-diet.md:4: error sms-long: ...
             python -m ivr check --explain sms-long
             python -m ivr check --language pl
    """
    if listed:
        _list()
    elif code:
        _explain(code)
    elif language:
        coverage.check_language(read_settings(os.environ), language, as_json=as_json)
    elif only_sounds:
        _check_sounds(read_settings(os.environ), as_json=as_json)
    else:
        _check(read_settings(os.environ), as_json=as_json, everything=everything)


def _list() -> None:
    width = max(map(len, entries()))
    for entry in entries().values():
        click.echo(f"{entry.code:{width}}  {entry.gravity:7}  {entry.limit or entry.source}")


def _explain(code: str) -> None:
    if code not in entries():
        meant = nearest(code)
        hint = f"Is {meant} meant? " if meant else ""
        raise click.UsageError(f"There is no code {code!r}. {hint}python -m ivr check --list names them all.")
    click.echo(explain(entries()[code]))


def _check(settings: Settings, *, as_json: bool, everything: bool) -> None:
    try:
        library, found = load(settings.prompts, settings.locales, settings.unreviewed)
        load_words(library, settings.locales)
        if faults := rehearse(library, found, settings.prompts, settings.locales):
            raise ContentError(faults)
    except ContentError as fault:
        _print_json(fault.problems, (), everything=everything) if as_json else _print_faults(fault.problems)
        sys.exit(1)
    languages = dict(found)
    files = files_of(settings)
    own = review_line(library, languages, files, today_at(library))
    translations = {
        code: review_language(
            coverage.sheet_of(settings, library, languages[code]), files.root, today_at(library)
        )
        for code in library.editions
        if code != library.line.language
    }
    verdicts = [own, *translations.values()] if everything else [own]
    problems = [problem for verdict in verdicts for problem in verdict.problems]
    waived = [one for verdict in (own, *translations.values()) for one in verdict.waived]
    if as_json:
        _print_json(problems, waived, everything=everything)
        return
    facts = [problem for problem in problems if _is_fact(problem)]
    for problem in problems:
        if problem not in facts:
            click.echo(str(problem))
    click.echo(f"No problems: {len(library.own.leaflet)} topics and {len(library.own.kinds)} urgent kinds.")
    _tell_languages(library, languages, {} if everything else translations)
    for problem in facts:
        click.echo(str(problem))
    _tell_waived(waived, everything=everything)


def _is_fact(problem: Problem) -> bool:
    """Whether it is no fault of a text, but something out in the world that somebody has to find out."""
    return problem.code in cared.RULES and Path(problem.path).name == "line.toml"


def _print_faults(problems: Iterable[Problem]) -> None:
    found = list(map(str, problems))
    click.echo("\n".join(found))
    click.echo(f"{len(found)} problem(s). The line keeps serving what it last had.", err=True)


def _print_json(problems: Iterable[Problem], waived: Iterable[Waived], *, everything: bool) -> None:
    rows: dict[str, Any] = {"problems": [_row(problem) for problem in problems]}
    if everything:
        rows["waived"] = [
            {**_row(one.problem), "until": str(one.until), "reason": one.reason} for one in waived
        ]
    click.echo(json.dumps(rows, ensure_ascii=False))


def _row(problem: Problem) -> dict[str, Any]:
    return {
        "path": problem.path, "line": problem.line, "code": problem.code, "text": problem.text, "mend": problem.mend,
        "gravity": problem.gravity,
    }  # fmt: skip


def _tell_languages(
    library: Library, languages: dict[str, Language], translations: dict[str, Verdict]
) -> None:
    for reason in waiting(library, languages):
        click.echo(reason)
    for code, verdict in translations.items():
        if verdict.problems:
            errors = sum(problem.gravity is Gravity.ERROR for problem in verdict.problems)
            click.echo(
                f"{languages[code].name} ({code}): {errors} error(s), {len(verdict.problems) - errors} warning(s). "
                f"To see them: python -m ivr check --language {code}"
            )


def _tell_waived(waived: list[Waived], *, everything: bool) -> None:
    if everything:
        for one in waived:
            click.echo(f"waived until {one.until}, because {one.reason}: {one.problem}")
    elif waived:
        click.echo(f"{len(waived)} waived. To see them: python -m ivr check --all")


def _check_sounds(settings: Settings, *, as_json: bool) -> None:
    """Check the sounds that are made already; what has not been made is nobody's fault."""
    library, languages = load(settings.prompts, settings.locales, settings.unreviewed)
    chain = chain_in(settings)
    there = chain.store.keys()
    made = [one for key, one in stock(library, languages, chain).by_key.items() if key in there]
    problems: list[Problem] = []
    with click.progressbar(made, label="Sounds", show_pos=True, file=sys.stderr) as bar:
        for utterance in bar:
            mp3 = chain.store.read(utterance.key)
            faults = sounds.check(mp3, utterance) if mp3 is not None else []
            problems += (_sound_problem(settings, utterance, fault) for fault in faults)
    if as_json:
        _print_json(problems, (), everything=False)
    else:
        for problem in problems:
            click.echo(str(problem))
        click.echo(f"{len(made)} sounds checked, {len(problems)} fault(s).")
    if problems:
        sys.exit(1)


def _sound_problem(settings: Settings, utterance: Utterance, fault: sounds.Fault) -> Problem:
    path = settings.audio / f"{utterance.key}.mp3"
    text = f"{fault.text} It says {utterance.text[:40]!r}."
    return Problem(
        str(path), 1, fault.id, text, "Delete the file, and run: python -m ivr render", Gravity.WARNING
    )
