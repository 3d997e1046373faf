"""How the line is, on the command line, and a message to see whether anybody is told."""

import json
import os
import sys

import click

from ivr.config import read_settings
from ivr.errors import IvrError
from ivr.watch.opening import health_of
from ivr.watch.words import GRADES


class UntoldError(IvrError):
    """There is nobody to tell."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object with everything that is ill.")
def health(*, as_json: bool) -> None:
    """Print what is ill, the worst first; exit 1 when something is.

    \b
    Example: python -m ivr health
    People are failed now: Nothing that sends the promised texts is running. ...
    """
    report = health_of(read_settings(os.environ)).report()
    signs = [trouble.sign for trouble in report.ill]
    if as_json:
        rows = [
            {
                "kind": sign.kind, "grade": sign.grade.name.lower(), "what": sign.text, "meanwhile": sign.meets,
                "mend": sign.mend, "times": sign.many,
            }
            for sign in signs
        ]  # fmt: skip
        click.echo(json.dumps({"ill": rows}, ensure_ascii=False))
    elif signs:
        for sign in signs:
            click.echo(f"{GRADES[sign.grade]}: {sign.text}\n  {sign.meets}\n  -> {sign.mend}")
    else:
        click.echo("Nothing is ill.")
    if signs:
        sys.exit(1)


@click.command("alert-test")
def alert_test() -> None:
    """Send a test message to everybody who is told when the line is ill; exit 1 when it does not get out.

    \b
    Example: python -m ivr alert-test
    o•••@example.org: 250 OK
    """
    tried = health_of(read_settings(os.environ)).test()
    if not tried:
        raise UntoldError(
            "Nobody is told. Set ALERT_MAIL_TO and SMTP_URL, or ALERT_WEBHOOK (python -m ivr settings)."
        )
    for one in tried:
        click.echo(f"{one.shown}: {one.answer}", err=not one.arrived)
    if not all(one.arrived for one in tried):
        sys.exit(1)
