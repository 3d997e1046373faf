"""`new`: an empty leaflet, of commented files to fill in."""

import shlex
import shutil
from pathlib import Path

import click

from ivr.errors import IvrError

BLANK = Path(__file__).resolve().parent.parent / "blank"
GUIDE = "README.md"


class PlaceError(IvrError):
    """The folder of a new leaflet cannot be made."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def new(folder: Path) -> None:
    """Make FOLDER with an empty leaflet in it, and say what to do next.

    \b
    Example: python -m ivr new ../asthma-line
    What is still to be filled in is empty, and `check` names it, file by file.
    """
    if folder.exists():
        raise PlaceError(f"{folder} is there already, and is left as it is. Name a folder that is not.")
    # A line that reads the folder meanwhile finds all of it or nothing.
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(BLANK, unfinished)
        unfinished.rename(folder)
    except OSError as fault:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise PlaceError(f"{folder} cannot be made: {fault.strerror}.") from fault
    click.echo(f"{folder} is there, an empty leaflet. Tell this terminal to use it:")
    places = {name: shlex.quote(str(folder.resolve() / name.lower())) for name in ("PROMPTS", "LOCALES")}
    click.echo("   export " + " ".join(f"{name}={place}" for name, place in places.items()))
    click.echo(f"What to do then (it stands in {folder / GUIDE} too):")
    for line in (BLANK / GUIDE).read_text(encoding="utf-8").splitlines():
        if line[:1].isdigit():
            click.echo(line)
