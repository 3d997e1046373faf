"""The command for the operator's desk: its password."""

import click

from ivr.web.desk.password import SHORTEST, hash_password


@click.command("desk-password")
def desk_password() -> None:
    """Ask twice for a password and print its hash, for DESK_PASSWORD_HASH.

    \b
    Example: python -m ivr desk-password
    """
    password = _asked(f"Password, {SHORTEST} letters or more")
    if len(password) < SHORTEST:
        raise click.UsageError(f"That has {len(password)} letters; {SHORTEST} are needed.")
    if _asked("The same again") != password:
        raise click.UsageError("The two are not the same. Nothing was made of them.")
    click.echo(hash_password(password))
    click.echo("Set it in single quotes, as a $ means something else: DESK_PASSWORD_HASH='...'", err=True)


def _asked(words: str) -> str:
    return str(click.prompt(words, hide_input=True, default="", show_default=False, err=True))
