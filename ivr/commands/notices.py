"""The command `notice`: a text that every caller hears first, for a while."""

import os
import sys
from datetime import date, datetime
from pathlib import Path

import click

from ivr.checking.review import today_at
from ivr.config import Settings, read_settings
from ivr.content.notices import FOLDER, compose, names_for
from ivr.errors import IvrError
from ivr.problems import ContentError, Problem
from ivr.shelf import load

_DAY = click.DateTime(["%Y-%m-%d"])


class NoticeError(IvrError):
    """The notice cannot be put on the line as it was given."""


@click.command()
@click.argument("text")
@click.option(
    "--until", type=_DAY, required=True, help="The last day on which it is heard, such as 2026-12-24."
)
@click.option("--from", "begins", type=_DAY, help="The first day; without it, it is heard at once.")
@click.option("--sms", default="", help="The words that are texted, if not those that are said.")
def notice(text: str, until: datetime, begins: datetime | None, sms: str) -> None:
    """Let every caller hear TEXT first, and send it before every summary.

    \b
    Example: python -m ivr notice "The helpline is closed until the 27th of December." --until 2026-12-26
    It is a file in prompts/notices: edit it there, or delete it. After its last day it is not heard any more.
    """
    settings = read_settings(os.environ)
    library, languages = load(settings.prompts, settings.locales, settings.unreviewed)
    if until.date() < today_at(library):
        raise NoticeError(f"{until.date()} is over. Give a later day after --until.")
    path = _written(settings.prompts / FOLDER, text, begins.date() if begins else None, until.date(), sms)
    try:
        faults = _faults(settings, path)
    except OSError as fault:
        path.unlink()
        raise NoticeError(f"{path} cannot be read: {fault.strerror}.") from fault
    if faults:
        path.unlink()
        click.echo("\n".join(f"{problem.text} {problem.mend}" for problem in faults), err=True)
        click.echo("Nothing was changed.", err=True)
        sys.exit(1)
    click.echo(f"{path} is there.")
    if len(languages) > 1:
        click.echo("To have it in the other languages: python -m ivr catalogs, and translate it.")
        click.echo("Until then their callers hear it as it was written.")
    if settings.production:
        click.echo("To put it on the line: python -m ivr publish")


def _written(folder: Path, text: str, begins: date | None, until: date, sms: str) -> Path:
    try:
        folder.mkdir(exist_ok=True)
        path = next(path for path in (folder / name for name in names_for(until)) if not path.exists())
        path.write_text(compose(text, begins, until, sms), encoding="utf-8")
    except OSError as fault:
        raise NoticeError(f"{folder} cannot be written to: {fault.strerror}.") from fault
    return path


def _faults(settings: Settings, path: Path) -> list[Problem]:
    """What `check` finds wrong with the file at `path`."""
    try:
        load(settings.prompts, settings.locales, settings.unreviewed)
    except ContentError as fault:
        shown = path.resolve().relative_to(settings.prompts.resolve().parent)
        return [problem for problem in fault.problems if problem.path == str(shown)]
    return []
