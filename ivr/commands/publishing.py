"""Commands that change what the live line serves: `publish`, `versions`, `rollback`."""

import getpass
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click

from ivr.config import Settings, read_settings
from ivr.content.model import Library
from ivr.languages import Language
from ivr.speech.engines import chain_in
from ivr.texting import load_words
from ivr.versions.archive import name_of, pack
from ivr.versions.opening import Content, read_version, supply_of
from ivr.versions.pointer import Published
from ivr.versions.publishing import (
    checked,
    describe,
    difference_to,
    go_live,
    make_sounds,
    missing_sounds,
    number_of,
    when,
)
from ivr.versions.supply import Supply

# Seconds that the database may take here; nobody is on the telephone.
PATIENCE = 15.0
# Who publishes when a release does.
RELEASE = "release"


@click.command()
@click.option("--message", default="", help="What this changes, for the list of versions.")
@click.option("--who", default="", help="Who publishes; your name on this machine if not given.")
@click.option("--yes", is_flag=True, help="Do not ask before the line changes.")
@click.option(
    "--release", is_flag=True,
    help="For a deployment: never ask, and publish nothing where the folders are as they were at the last one.",
)  # fmt: skip
def publish(message: str, who: str, *, yes: bool, release: bool) -> None:
    """Put the texts as they are in the folders on the live line.

    \b
    Example: python -m ivr publish --message "New opening hours"
    Checks them, shows what will be different, makes the sounds that are missing, and then changes the line: new
    calls hear the new texts after some seconds, calls in progress end with the texts they began with.
    """
    settings = read_settings(os.environ)
    supply = supply_of(settings, PATIENCE)
    data = pack(settings.prompts, settings.locales)
    version = name_of(data)
    library, languages = checked(settings, data, load_words)
    recent = supply.pointer.recent()
    live = recent[0] if recent else None
    if live:
        click.echo(f"Live is version {number_of(live)}, published {when(live)} by {live.who}.")
    if release and (held := _held_back(recent, version)):
        click.echo(held)
        _render(settings, *_of(settings, supply, live) if live else (library, languages))
        return
    if live and live.version == version:
        _render(settings, library, languages)
        click.echo("The folders hold the same. Nothing is changed.")
        return
    _show(settings, supply, live, library, languages, data)
    if not (yes or release):
        click.confirm("Publish this?", abort=True)
    _render(settings, library, languages)
    _change(supply, data, who or (RELEASE if release else _me()), message, live)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON list with an object for each.")
def versions(*, as_json: bool) -> None:
    """List what was published, the live version first.

    \b
    Example: python -m ivr versions
    """
    recent = supply_of(read_settings(os.environ), PATIENCE).pointer.recent(most=50)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in recent], ensure_ascii=False))
        return
    if not recent:
        click.echo("Nothing is published. Publish the folders with: python -m ivr publish")
    for count, one in enumerate(recent):
        said = f"  {one.message}" if one.message else ""
        click.echo(
            f"{one.number:4}  {one.short}  {when(one)}  {one.who}{said}{'  (live)' if not count else ''}"
        )


@click.command()
@click.argument("number", type=click.IntRange(min=1))
@click.option("--message", default="", help="Why, for the list of versions.")
@click.option("--who", default="", help="Who does it; your name on this machine if not given.")
@click.option("--yes", is_flag=True, help="Do not ask before the line changes.")
def rollback(number: int, message: str, who: str, *, yes: bool) -> None:
    """Put version NUMBER on the live line again. The folders stay as they are.

    \b
    Example: python -m ivr rollback 6
    """
    settings = read_settings(os.environ)
    supply = supply_of(settings, PATIENCE)
    recent = supply.pointer.recent(most=10_000)
    wanted = next((one for one in recent if one.number == number), None)
    if wanted is None:
        raise click.UsageError(f"There is no version {number}. The list: python -m ivr versions")
    live = recent[0]
    if wanted.version == live.version:
        click.echo(f"Version {number_of(wanted)} is live already. Nothing is changed.")
        return
    data = supply.bring(wanted.version)
    library, languages = checked(settings, data, load_words)
    _show(settings, supply, live, library, languages, data)
    if not yes:
        click.confirm(f"Go back to version {number_of(wanted)}?", abort=True)
    _render(settings, library, languages)
    _change(supply, data, who or _me(), message or f"back to version {number}", live)


def _of(settings: Settings, supply: Supply, one: Published) -> Content:
    return read_version(settings, supply.bring(one.version))


def _held_back(recent: tuple[Published, ...], version: str) -> str:
    """Why a release publishes nothing: the folders are those of the last one, so whoever published since knew them.

    A restart of the hosting must not undo an operator's rollback, nor what was published from elsewhere.
    """
    last = next((one for one in recent if one.who == RELEASE), None)
    if last is None or last.version != version or recent[0].version == version:
        return ""
    return (
        f"The folders are as they were at the last release, version {number_of(last)}, and since then {recent[0].who}"
        f" put version {number_of(recent[0])} on the line. It stays. To publish the folders: python -m ivr publish"
    )


def _show(
    settings: Settings, supply: Supply, live: Published | None, library: Library, languages: Mapping[str, Language],
    data: bytes,
) -> None:  # fmt: skip
    found, fault = difference_to(settings, supply, live, library, data)
    if fault:
        click.echo(fault, err=True)
    for line in describe(found, languages):
        click.echo(line)


def _render(settings: Settings, library: Library, languages: Mapping[str, Language]) -> None:
    """Make the sounds that are missing. Raises VersionError where some text would be without one."""
    chain = chain_in(settings)
    missing = missing_sounds(chain, library, languages)
    if not missing:
        return
    bar: Any
    with click.progressbar(length=len(missing), label="Sounds", show_pos=True) as bar:
        done = 0

        def progress(so_far: int, _all: int) -> None:
            nonlocal done
            bar.update(max(so_far - done, 0))
            done = max(so_far, done)

        made = make_sounds(chain, missing, progress)
    click.echo(f"{made} sounds made.")


def _change(supply: Supply, data: bytes, who: str, message: str, live: Published | None) -> None:
    published = go_live(supply, data, who, message, live)
    undo = f" Undo it with: python -m ivr rollback {live.number}" if live else ""
    click.echo(f"Version {number_of(published)} is live.{undo}")


def _me() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "nobody"
