"""Starting the line: a free port, plain words about where to look, and the web server."""

import os
import socket
from collections.abc import Mapping

import click
from granian import Granian
from granian.constants import Interfaces

from ivr.config import IN_PRODUCTION, SETTINGS, Settings, read_settings
from ivr.errors import IvrError
from ivr.shelf import load

# How far past the standard port a free one is looked for.
PORTS_TRIED = 20
# Requests that one worker answers at a time; a sound being made must not hold up a key press.
THREADS = 4


class PortTakenError(IvrError):
    """The port that was asked for is in use."""


def serve(environ: Mapping[str, str]) -> None:
    """Serve until interrupted. Raises SettingsError, ContentError or PortTakenError before anything starts."""
    settings = read_settings(environ)
    load(settings.prompts, settings.locales)
    port = settings.port if environ.get("PORT") else _free_port(settings.port)
    if not _is_free(port):
        raise PortTakenError(
            f"Port {port} is in use. Stop what listens there, or set PORT to another number."
        )
    if port != settings.port:
        settings = read_settings({**environ, "PORT": str(port)})
    os.environ.update({"PORT": str(port), "PUBLIC_URL": settings.public_url})
    click.echo(_greeting(settings))
    Granian(
        "ivr.app:from_environment",
        factory=True,
        address="0.0.0.0" if settings.production else "127.0.0.1",  # noqa: S104 - a real line is to be reached
        port=port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=THREADS,
        log_access=False,
        websockets=False,
    ).serve()


def _greeting(settings: Settings) -> str:
    lines = [
        "",
        "  The line is up.",
        f"  Call it in a browser:  {settings.public_url}/phone",
        "  Call it from here:     python -m ivr call",
        f"  Its texts:             {settings.prompts}  (a saved change is live at the next key press)",
        "  Stop it:               Control and C",
        "",
    ]
    if not settings.production:
        lines.append(
            "  To put it on a real number, set these and point the number at it (README.md says how):"
        )
        lines += [f"    {name:20} {SETTINGS[name]}" for name in ("PUBLIC_URL", *IN_PRODUCTION)]
        lines.append("")
    return "\n".join(lines)


def _free_port(first: int) -> int:
    return next((port for port in range(first, first + PORTS_TRIED) if _is_free(port)), first)


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
