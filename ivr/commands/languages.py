"""Commands for translators: the catalogs, and a new language."""

import os
import shutil
import sys
from pathlib import Path

import click
import espeakng_loader

from ivr.config import read_settings
from ivr.content.catalogs import catalog_path, template, template_path, updated, written
from ivr.content.extract import DOMAINS, Message, messages
from ivr.content.model import Library
from ivr.content.newcomer import meet, next_steps, skeleton, voices_of
from ivr.content.translate import minimum
from ivr.errors import IvrError
from ivr.matching.reading import FILE
from ivr.shelf import load
from ivr.web.labels import PAGE, WRITTEN_IN, page_messages


class FolderError(IvrError):
    """The folder of a new language cannot be made."""


@click.command()
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 1 if a file would change.")
def catalogs(*, only_check: bool) -> None:
    """Bring the templates and every language's catalogs up to date with the texts.

    \b
    Example: python -m ivr catalogs
    A new text is added untranslated. A translation whose text has changed becomes fuzzy: it is kept for the
    translator to see, and callers hear that this part is in another language only.
    """
    settings = read_settings(os.environ)
    library, languages = load(settings.prompts, settings.locales)
    fresh: dict[Path, bytes] = {}
    for domain, source, texts in _domains(library):
        fresh[template_path(settings.locales, domain)] = written(template(texts, domain))
        for code in sorted(languages.keys() - {source}):
            folder = settings.locales / code
            fresh[catalog_path(folder, domain)] = updated(folder, code, domain, texts)
    changed = [path for path, data in fresh.items() if not path.is_file() or path.read_bytes() != data]
    for path in changed:
        click.echo(f"{path}: {'is not up to date' if only_check else 'written'}")
        if not only_check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(fresh[path])
    if changed and only_check:
        click.echo("Bring them up to date with: python -m ivr catalogs", err=True)
        sys.exit(1)
    if not changed:
        click.echo(f"{len(fresh)} catalogs are up to date.")


def _domains(library: Library) -> list[tuple[str, str, list[Message]]]:
    """Each catalog that a language has: its domain, the language its texts are written in, and the texts."""
    said = [(domain, library.line.language, list(messages(library))) for domain in DOMAINS]
    return [*said, (PAGE, WRITTEN_IN, list(page_messages()))]


@click.group()
def language() -> None:
    """Begin a new language."""


@language.command()
@click.argument("code")
def add(code: str) -> None:
    """Make the folder of the language CODE with everything to fill in, and say what to do next.

    \b
    Example: python -m ivr language add ro
    """
    settings = read_settings(os.environ)
    library, languages = load(settings.prompts, settings.locales)
    new = meet(code, _espeak_voices(), languages)
    folder = settings.locales / new.code
    if folder.exists():
        raise FolderError(
            f"{folder} is there already. What it lacks: python -m ivr check --language {new.code}"
        )
    own = settings.locales / library.line.language / FILE
    words = own.read_text(encoding="utf-8-sig") if own.is_file() else ""
    # Whoever reads the folder of languages meanwhile, such as the line itself, passes hidden names over.
    unfinished = folder.with_name(f".{new.code}.unfinished")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        catalog_path(unfinished, "").parent.mkdir(parents=True)
        for name, text in skeleton(new, library, words).items():
            (unfinished / name).write_text(text, encoding="utf-8")
        for domain, source, texts in _domains(library):
            if new.code != source:
                catalog_path(unfinished, domain).write_bytes(updated(unfinished, new.code, domain, texts))
        unfinished.rename(folder)
    except OSError as fault:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise FolderError(f"{folder} cannot be made: {fault.strerror}.") from fault
    needed = len(minimum(library.line, library.own))
    total = len({(text.domain, text.context, text.text) for text in messages(library)})
    click.echo(
        f"{folder} is there: {new.name}, which is {new.english}. Callers hear nothing of it yet. What to do:"
    )
    for number, step in enumerate(next_steps(new, total, needed, library.line.language), start=1):
        click.echo(f"{number}. {step}")


def _espeak_voices() -> dict[str, str]:
    files = sorted(Path(espeakng_loader.get_data_path(), "lang").rglob("*"))
    return voices_of((path.name, path.read_text(errors="replace")) for path in files if path.is_file())
