"""The command line: parse, call, print. Exit codes: 0 fine, 1 problems found, 2 wrong use."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import click

from ivr import server, terminal
from ivr.config import SETTINGS, Settings, read_settings
from ivr.content.model import Library
from ivr.errors import IvrError
from ivr.languages import Language
from ivr.problems import ContentError, Problem
from ivr.shelf import load
from ivr.speech.espeak import EspeakEngine
from ivr.speech.render import Renderer
from ivr.speech.sounds import stock
from ivr.speech.store import Store
from ivr.telephony.fallback import fallback_call, fallback_text
from ivr.web.export import export_rows


class Cli(click.Group):
    """Turns this project's own errors into one message on standard error and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except IvrError as fault:
            click.echo(str(fault), err=True)
            sys.exit(1)


@click.group(cls=Cli, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """A leaflet that answers the phone.

    \b
    python -m ivr serve      start the line, with a phone in the browser
    python -m ivr call       call it from this terminal
    python -m ivr check      see what is wrong with the texts
    python -m ivr render     make every sound now
    """


def _content(settings: Settings) -> tuple[Library, dict[str, Language]]:
    library, languages = load(settings.prompts, settings.locales)
    return library, dict(languages)


def _fail(code: int) -> NoReturn:
    sys.exit(code)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object with all problems.")
def check(*, as_json: bool) -> None:
    """Check every text; exit 1 when something must be mended.

    \b
    Example: python -m ivr check
    prompts/3-newly-diagnosed.md:4: error sms-long: ...
    """
    settings = read_settings(os.environ)
    problems: tuple[Problem, ...] = ()
    try:
        library, _ = _content(settings)
    except ContentError as fault:
        problems = fault.problems
    if as_json:
        rows = [
            {
                "path": p.path,
                "line": p.line,
                "code": p.code,
                "text": p.text,
                "mend": p.mend,
                "gravity": p.gravity,
            }
            for p in problems
        ]
        click.echo(json.dumps({"problems": rows}, ensure_ascii=False))
    elif problems:
        click.echo("\n".join(map(str, problems)))
        click.echo(f"{len(problems)} problem(s). The line keeps serving what it last had.", err=True)
    else:
        click.echo(
            f"No problems: {len(library.own.leaflet)} topics and {len(library.own.kinds)} urgent kinds."
        )
    if problems:
        _fail(1)


@main.command()
@click.option(
    "--workers", type=click.IntRange(1, 64), help="How many sounds are made at once; one a processor."
)
def render(workers: int | None) -> None:
    """Make every sound that is missing; what is there already is kept.

    \b
    Example: python -m ivr render
    """
    settings = read_settings(os.environ)
    library, languages = _content(settings)
    renderer = Renderer(EspeakEngine(), Store(settings.audio))
    wanted = stock(library, languages, renderer).by_key.values()
    bar: Any
    with click.progressbar(length=len(wanted), label="Sounds", show_pos=True) as bar:
        done = 0

        def progress(so_far: int, _all: int) -> None:
            nonlocal done
            bar.update(so_far - done)
            done = so_far

        report = renderer.render(wanted, workers, progress)
    click.echo(f"{report.made} made, {report.kept} kept, {len(report.failed)} failed, in {settings.audio}.")
    for utterance, reason in report.failed:
        click.echo(f"failed: {utterance.text[:60]!r}: {reason}", err=True)
    if report.failed:
        _fail(1)


@main.command()
@click.option("--language", default=None, help="The language to export; the line's own if not given.")
def export(language: str | None) -> None:
    """Print what is said and texted, topic by topic, as JSON.

    \b
    Example: python -m ivr export --language en
    """
    settings = read_settings(os.environ)
    library, languages = _content(settings)
    code = language or library.line.language
    if code not in library.editions:
        raise click.UsageError(f"There is no language {code!r}; there are: {', '.join(library.editions)}.")
    renderer = Renderer(EspeakEngine(), Store(settings.audio))
    rows = export_rows(library, code, stock(library, languages, renderer), renderer.store)
    click.echo(json.dumps(rows, ensure_ascii=False, indent=1))


@main.command()
@click.option("--sms", is_flag=True, help="The document for text messages instead of calls.")
def fallback(*, sms: bool) -> None:
    """Print the document that answers when the line cannot; keep it at the carrier.

    \b
    Example: python -m ivr fallback > fallback.xml
    """
    library, languages = _content(read_settings(os.environ))
    make: Callable[[Library, Language], bytes] = fallback_text if sms else fallback_call
    click.echo(make(library, languages[library.line.language]).decode())


@main.command()
@click.option(
    "--url", default="", help="A running line to call; without it the line is started for this call."
)
@click.option("--from", "caller", default="+447700900123", show_default=True, help="The number that calls.")
@click.option(
    "--keys", default="", help="Keys to press one after the other, w for silence, then end the call."
)
def call(url: str, caller: str, keys: str) -> None:
    """Call the line from this terminal: read what it says, type keys.

    \b
    Example: python -m ivr call
             python -m ivr call --keys 8w3
    """
    terminal.call(read_settings(os.environ), url, caller, keys)


@main.command()
def serve() -> None:
    """Start the line and print where its browser phone is.

    \b
    Example: python -m ivr serve
             PORT=8080 python -m ivr serve
    """
    server.serve(os.environ)


@main.command()
def settings() -> None:
    """List the settings that the environment can hold."""
    width = max(map(len, SETTINGS))
    for name, meaning in SETTINGS.items():
        click.echo(f"{name:{width}}  {meaning}")
