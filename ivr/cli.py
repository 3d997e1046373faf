"""The command line: parse, call, print. Exit codes: 0 fine, 1 problems found, 2 wrong use."""

import json
import os
import signal
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click

from ivr.config import SETTINGS, Settings, read_settings
from ivr.content.model import Library
from ivr.dialogue.messages import carrier_texts
from ivr.errors import IvrError
from ivr.languages import Language
from ivr.meaning.embedding import E5Embedder, NoModel
from ivr.meaning.keeper import NO_MODEL
from ivr.meaning.process import serve_embeddings
from ivr.shelf import load
from ivr.speech.chain import ChainReport
from ivr.speech.engines import chain_in
from ivr.speech.sounds import stock
from ivr.telephony.fallback import make_fallback
from ivr.telephony.setup import carrier_setup
from ivr.text.gsm7 import measure
from ivr.texting import Texter, kinds_of, load_meaning, load_words, topics_of
from ivr.web.export import export_rows, reply_row

# Where in ivr/commands a command is. Some load the database or the web server, half a second that `check` and its like
# need not wait for, so a module is imported when one of its commands is run or listed.
COMMANDS = {
    "alert-test": "health", "catalogs": "languages", "check": "check", "coverage": "coverage", "desk-password": "desk",
    "health": "health", "language": "languages", "new": "new", "notice": "notices", "outbox": "outbox",
    "publish": "publishing", "pull": "pulling", "recordings": "recordings", "rollback": "publishing", "stats": "stats",
    "versions": "publishing",
}  # fmt: skip


class Cli(click.Group):
    """Turns this project's own errors into one message on standard error and exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *COMMANDS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module = import_module(f"ivr.commands.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

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
    library, found = load(settings.prompts, settings.locales, settings.unreviewed)
    return library, dict(found)


def _fail(code: int) -> NoReturn:
    sys.exit(code)


@main.command()
@click.option(
    "--workers", type=click.IntRange(1, 64), help="How many sounds are made at once; one a processor."
)
@click.option(
    "--upgrade", is_flag=True, help="Also try again what another engine than the preferred one speaks now."
)
def render(workers: int | None, *, upgrade: bool) -> None:
    """Make every sound that is missing; what is there already is kept.

    \b
    Example: python -m ivr render
             SPEECH_ENGINES=gtts,espeak python -m ivr render --upgrade
    A text that the preferred engine cannot say now is spoken by the next one. Stopped half way, it goes on where
    it stopped. With --upgrade it exits with 1 as long as another engine still stands in somewhere.
    """
    settings = read_settings(os.environ)
    library, spoken = _content(settings)
    chain = chain_in(settings)
    wanted = {choice[0].key: choice for choice in stock(library, spoken, chain).choices.values()}
    bar: Any
    with click.progressbar(length=len(wanted), label="Sounds", show_pos=True) as bar:
        done = 0

        def progress(so_far: int, _all: int) -> None:
            nonlocal done
            bar.update(max(so_far - done, 0))
            done = max(so_far, done)

        report = chain.render(wanted.values(), upgrade=upgrade, workers=workers, progress=progress)
    for name, codes in chain.voiceless([spoken[code] for code in library.editions]).items():
        click.echo(f"{name} has no voice for {', '.join(codes)}; the next engine speaks there.", err=True)
    _tell_stand_ins(report)
    click.echo(f"{report.made} made, {report.kept} kept, {len(report.failed)} failed, in {settings.audio}.")
    for utterance, reason in report.failed:
        click.echo(f"failed: {utterance.text[:60]!r}: {reason}", err=True)
    if report.failed or (upgrade and report.stand_ins):
        _fail(1)


def _tell_stand_ins(report: ChainReport) -> None:
    if report.stand_ins:
        languages = ", ".join(sorted({choice[0].language for choice in report.stand_ins}))
        click.echo(f"{len(report.stand_ins)} sounds are not by the preferred engine ({languages}).", err=True)
        for name, reason in report.reasons.items():
            click.echo(f"{name}: {reason}", err=True)
        click.echo("Try them again: python -m ivr render --upgrade", err=True)


@main.command()
@click.option("--language", default=None, help="The language to export; the line's own if not given.")
def export(language: str | None) -> None:
    """Print what is said and texted, topic by topic, as JSON.

    \b
    Example: python -m ivr export --language en
    """
    settings = read_settings(os.environ)
    library, spoken = _content(settings)
    code = language or library.line.language
    if code not in library.editions:
        raise click.UsageError(f"There is no language {code!r}; there are: {', '.join(library.editions)}.")
    chain = chain_in(settings)
    rows = export_rows(library, code, stock(library, spoken, chain), chain.store)
    click.echo(json.dumps(rows, ensure_ascii=False, indent=1))


@main.command()
@click.option("--sms", is_flag=True, help="The document for text messages instead of calls.")
def fallback(*, sms: bool) -> None:
    """Print the document that answers when the line cannot; keep it at the carrier.

    \b
    Example: python -m ivr fallback > fallback.xml
    """
    library, spoken = _content(read_settings(os.environ))
    documents = make_fallback(library, spoken)
    click.echo((documents.text if sms else documents.call).decode())


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
    from ivr import terminal  # noqa: PLC0415 - it loads the web server

    terminal.call(read_settings(os.environ), url, caller, keys)


@main.command()
@click.argument("message", required=False)
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object: what was understood and what is sent."
)
@click.option(
    "--stdin", "from_stdin", is_flag=True, help="Read a message a line, print a JSON object a line."
)
@click.option("--explain", is_flag=True, help="Say which words or which score decided.")
@click.option("--language", default="", help="The language of the conversation so far.")
def text(message: str | None, language: str, *, as_json: bool, from_stdin: bool, explain: bool) -> None:
    """Text the line from here and see its reply. Nothing is sent.

    \b
    Example: python -m ivr text "my legs have gone numb" --explain
             python -m ivr text --json "513"
    """
    if (message is None) != from_stdin:
        raise click.UsageError("Write one message in quotes, or give --stdin.")
    texter = _texter(read_settings(os.environ))
    for line in [message or ""] if not from_stdin else (line.rstrip("\n") for line in sys.stdin):
        reply = texter.answer(line, language)
        if as_json or from_stdin:
            click.echo(json.dumps(reply_row(line, reply), ensure_ascii=False))
            continue
        for body in reply.bodies or ("(nothing: the carrier answers this word itself)",):
            size = measure(body)
            click.echo(f"{body}\n    [{size.parts} part(s), {size.encoding}, {size.units} units]")
        if explain:
            click.echo("\n".join(f"why: {reason}" for reason in reply.why))


def _texter(settings: Settings) -> Texter:
    library, _ = _content(settings)
    return Texter(library, load_words(library, settings.locales), load_meaning(settings.locales))


@main.command()
def carrier() -> None:
    """Print what to set at the carrier: addresses, retries, the texts for HELP and STOP, destinations.

    \b
    Example: PUBLIC_URL=https://line.example.org python -m ivr carrier
    """
    settings = read_settings(os.environ)
    library, _ = _content(settings)
    click.echo(carrier_setup(settings, *carrier_texts(library, library.line.language)))


@main.command()
@click.option(
    "--check", "only_check", is_flag=True, help="Compare with the file instead; exit 1 if it differs."
)
def learn(*, only_check: bool) -> None:
    """Learn from every language's examples what texts mean, and write locales/meaning.json.

    \b
    Example: python -m ivr learn
    Needs the requirements for development (make test installs them).
    """
    try:
        from ivr import learn as learning  # noqa: PLC0415 - it needs what only developers install
    except ImportError as fault:
        raise click.UsageError(f"{fault}. Install requirements-dev.txt first, as make test does.") from fault
    settings = read_settings(os.environ)
    library, _ = _content(settings)
    same = learning.learn(
        settings.locales, load_words(library, settings.locales), tuple(kinds_of(library)), topics_of(library),
        E5Embedder(), check=only_check,
    )  # fmt: skip
    if not same:
        _fail(1)


@main.command(hidden=True)
@click.argument("socket", type=click.Path(path_type=Path))
def model(socket: Path) -> None:
    """Run the language model for the web workers at SOCKET, until standard input ends. `serve` starts it."""
    stop = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())

    def watch() -> None:
        while os.read(0, 64):
            pass
        stop.set()

    threading.Thread(target=watch, daemon=True).start()
    try:
        embedder = E5Embedder()
    except NoModel as fault:
        click.echo(f"Texts are understood without the language model: {fault}", err=True)
        _fail(NO_MODEL)
    serve_embeddings(socket, embedder, stop)


@main.command()
def serve() -> None:
    """Start the line and print where its browser phone is.

    \b
    Example: python -m ivr serve
             PORT=8080 python -m ivr serve
    """
    from ivr import server  # noqa: PLC0415 - it loads the web server

    server.serve(os.environ)


@main.command()
def settings() -> None:
    """List the settings that the environment can hold."""
    width = max(map(len, SETTINGS))
    for name, meaning in SETTINGS.items():
        click.echo(f"{name:{width}}  {meaning}")
