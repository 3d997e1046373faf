"""The command `pull`: what is live, into the folders."""

import os
import sys
from collections.abc import Iterator

import click

from ivr.config import read_settings
from ivr.drafts.folders import place_of, write_into
from ivr.drafts.pulling import plan_pull
from ivr.versions.archive import Files, VersionError, files_of, read_folders
from ivr.versions.opening import supply_of
from ivr.versions.pointer import KEPT, Published
from ivr.versions.publishing import number_of, when
from ivr.versions.supply import Supply, distinct

# Seconds that the database may take here; nobody is on the telephone.
PATIENCE = 15.0


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask before files are written.")
@click.option("--force", is_flag=True, help="Also replace files that were edited here and never published.")
def pull(*, yes: bool, force: bool) -> None:
    """Write the live version into the folders, so that what was edited at the desk is here too.

    \b
    Example: python -m ivr pull
    Shows which files would change and asks. A file that was edited here and never published is left as it is,
    unless --force is given. Recordings stay as they are.
    """
    settings = read_settings(os.environ)
    supply = supply_of(settings, PATIENCE)
    recent = supply.pointer.recent(KEPT)
    if not recent:
        click.echo("Nothing is published, so there is nothing to pull. The folders stay as they are.")
        return
    live = recent[0]
    click.echo(f"Live is version {number_of(live)}, published {when(live)} by {live.who}.")
    here = read_folders(settings.prompts, settings.locales)
    found = plan_pull(here, supply.files(live.version), _before(supply, recent))
    if not found.changes:
        click.echo("The folders hold the same. Nothing is changed.")
        return
    changes = found.changes if force else found.safe
    for path, data in found.changes.items():
        place = place_of(settings.prompts, settings.locales, path)
        what = "new" if path not in here else "taken away" if data is None else "changed"
        if path in found.own:
            what = (
                f"{what}, and what was edited here is lost" if force else "LEFT AS IT IS: it was edited here"
            )
        click.echo(f"{what:10}  {place}")
    if changes:
        if not yes:
            click.confirm(f"Write {len(changes)} file(s)?", abort=True)
        write_into(settings.prompts, settings.locales, changes)
        click.echo(f"{len(changes)} file(s) written.")
    if left := len(found.changes) - len(changes):
        click.echo(
            f"{left} file(s) hold changes that were never published, and were left as they are. Publish them, or let "
            "the live version replace them: python -m ivr pull --force",
            err=True,
        )
        sys.exit(1)


def _before(supply: Supply, recent: tuple[Published, ...]) -> Iterator[Files]:
    """The versions before the live one that are still kept, the newest first."""
    for one in list(distinct(recent))[1:]:
        try:
            data = supply.pointer.read(one.version)
        except VersionError:
            continue
        if data is not None:
            yield files_of(data)
