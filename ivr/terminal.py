"""A call from the terminal: captions as text, keys typed."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from ivr.app import create_app
from ivr.config import Settings
from ivr.telephony.carrier import Carrier
from ivr.telephony.follow import Call
from ivr.telephony.reach import Send, http_send, wsgi_send

HELP = "Type a key (0-9, * or #) and Enter; Enter alone is silence; q ends the call."
OUTCOMES = ("answered", "busy", "no-answer", "failed")


def call(settings: Settings, url: str, caller: str, keys: str) -> None:
    """Call the line at `url`, or one started for this call, from `caller`.

    With `keys` they are pressed and the call is ended, w being silence; else they are typed.
    """
    with _line(settings, url) as send:
        carrier = Carrier(
            send, settings.account_sid, settings.auth_tokens[0], settings.public_url,
            rehearses=settings.production,
        )  # fmt: skip
        _converse(Call(carrier, caller, settings.number), keys)
    click.echo("Call ended.")


@contextmanager
def _line(settings: Settings, url: str) -> Iterator[Send]:
    if url:
        yield http_send(url)
        return
    app = create_app(settings)
    with app.extensions["upkeep"]:
        yield wsgi_send(app)


def _converse(ringing: Call, keys: str) -> None:
    ringing.ring()
    _print(ringing)
    if not keys:
        click.echo(HELP)
    for key in keys or _typed(ringing):
        if ringing.ended:
            break
        if ringing.ringing:
            _end_ringing(ringing, key)
        elif key in "w":
            ringing.wait()
        else:
            ringing.press(key)
        _print(ringing)
    if not ringing.ended:
        ringing.hang_up()


def _typed(ringing: Call) -> Iterator[str]:
    while not ringing.ended:
        typed = str(click.prompt("", default="", show_default=False, prompt_suffix="> ")).strip()
        if typed == "q":
            return
        if strange := [key for key in typed if key not in "0123456789*#w" and not ringing.ringing]:
            click.echo(f"{strange[0]} is no key of a telephone. {HELP}")
        elif ringing.ringing:
            yield typed
        else:
            yield from typed or "w"


def _end_ringing(ringing: Call, typed: str) -> None:
    chosen = next((outcome for outcome in OUTCOMES if typed and outcome.startswith(typed)), None)
    match chosen:
        case "answered":
            ringing.dial_ends("answered")
        case "busy":
            ringing.dial_ends("busy")
        case "failed":
            ringing.dial_ends("failed")
        case _:
            ringing.dial_ends("no-answer")


def _print(ringing: Call) -> None:
    for words in ringing.captions():
        click.echo(f"  {words}")
    if ringing.ringing:
        click.echo(f"Ringing {ringing.ringing}. (This terminal never really calls.)")
        click.echo(f"How does it end? Type {', '.join(OUTCOMES)} or only the first letter.")
