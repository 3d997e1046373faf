"""Commands about what people have recorded."""

import json
import os
import sys
from pathlib import Path

import click

from ivr.config import read_settings
from ivr.shelf import load
from ivr.speech.engine import SpeechError
from ivr.speech.recordings import FOLDER
from ivr.speech.store import Store
from ivr.speech.takes import State, Takes
from ivr.text.spoken import caption


def _takes() -> Takes:
    settings = read_settings(os.environ)
    library, languages = load(settings.prompts, settings.locales, settings.unreviewed)
    return Takes(settings.prompts / FOLDER, library, languages, Store(settings.audio))


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="A JSON list with an object for each file.")
@click.pass_context
def recordings(context: click.Context, *, as_json: bool) -> None:
    """List the recordings: which are in use, which are stale; exit 1 if one of them is not in use.

    \b
    Example: python -m ivr recordings
             python -m ivr recordings texts en       what to read out, and how to name each file
             python -m ivr recordings accept prompts/recordings/en/5.1.3-2.wav
    """
    if context.invoked_subcommand:
        return
    takes = _takes().all()
    if as_json:
        rows = [
            {"path": str(take.path), "language": take.language, "state": take.state.value, "text": caption(take.text),
             "wrong": take.wrong, "mend": take.mend}
            for take in takes
        ]  # fmt: skip
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        for take in takes:
            click.echo(" ".join(f"{take.path}: {take.state.value}. {take.wrong} {take.mend}".split()))
        used = sum(take.state is State.USED for take in takes)
        click.echo(f"{len(takes)} recording(s), {used} in use.", err=True)
    if any(take.state is not State.USED for take in takes):
        sys.exit(1)


@recordings.command()
@click.argument("language")
def texts(language: str) -> None:
    """Print what can be recorded in LANGUAGE: the name of each file, and the words to read out.

    \b
    Example: python -m ivr recordings texts en
    """
    found = _takes().texts(language)
    if not found:
        raise click.UsageError(
            f"The language {language!r} is not on the line. python -m ivr coverage says why."
        )
    for name, text in found.items():
        click.echo(f"{name}\t{caption(text)}")


@recordings.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
def accept(files: tuple[Path, ...]) -> None:
    """Use each of FILES for the text that it is named after, from now until that text changes.

    \b
    Example: python -m ivr recordings accept prompts/recordings/en/5.1.3-2.wav
    Listen to them first: a program checks how they sound, not what they say.
    """
    place, refused = _takes(), 0
    for path in files:
        try:
            words, seconds = place.accept(path)
        except SpeechError as fault:
            click.echo(f"{path}: not accepted. {fault}", err=True)
            refused += 1
        else:
            click.echo(f"{path}: accepted, {seconds:.1f} s. It says: “{words}”")
    if refused:
        sys.exit(1)
