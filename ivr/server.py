"""Starting the line: a free port, plain words about where to look, and the web server."""

import errno
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from granian import Granian
from granian.constants import Interfaces

from ivr.config import IN_PRODUCTION, SETTINGS, Settings, read_settings
from ivr.content.coverage import waiting
from ivr.errors import IvrError
from ivr.meaning.keeper import Keeper
from ivr.shelf import load
from ivr.versions.archive import SHORT
from ivr.versions.opening import Content, read_version, supply_of
from ivr.versions.supply import newest_whole

# How far past the standard port a free one is looked for.
PORTS_TRIED = 20
# Threads start as they are needed, up to this many a worker. A client that sends its body a byte at a time
# holds one for as long as it likes: 128 leave room for a key press beside 50 such clients and more.
THREADS = 128
# Seconds in which a worker that is told to end does so. One that is only just starting does not hear it, and the line
# would wait for it for ever.
WORKERS_END = 10


class PortError(IvrError):
    """The port that was asked for cannot be had."""


def serve(environ: Mapping[str, str]) -> None:
    """Serve until interrupted. Raises SettingsError, ContentError or PortError before anything starts."""
    settings = read_settings(environ)
    (library, languages), texts = _content(settings)
    address = "0.0.0.0" if settings.production else "127.0.0.1"  # noqa: S104 - a real line is to be reached
    port = settings.port if environ.get("PORT", "").strip() else _free_port(address, settings.port)
    if fault := _try_port(address, port):
        raise PortError(_explain(port, fault))
    if port != settings.port:
        settings = read_settings({**environ, "PORT": str(port)})
    os.environ.update({"PORT": str(port), "PUBLIC_URL": settings.public_url})
    click.echo(_greeting(settings, texts))
    for reason in waiting(library, languages):
        click.echo(f"  {reason}")
    with TemporaryDirectory(prefix="ivr-") as folder:
        os.environ["MODEL_SOCKET"] = str(Path(folder) / "model.sock")
        keeper = Keeper(Path(os.environ["MODEL_SOCKET"]))
        keeper.start()
        try:
            _run(address, port, settings.workers)
        finally:
            keeper.stop()


def _run(address: str, port: int, workers: int) -> None:
    Granian(
        "ivr.app:from_environment",
        factory=True,
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        # Otherwise one that dies, for want of memory say, takes all others with it, and nobody answers.
        respawn_failed_workers=True,
        workers_kill_timeout=WORKERS_END,
        blocking_threads=THREADS,
        log_access=False,
        websockets=False,
    ).serve()


def _content(settings: Settings) -> tuple[Content, str]:
    """What will be served, and where it comes from. Raises ContentError where there is nothing fit to be served."""
    if settings.production:
        supply = supply_of(settings)
        known, content, _ = newest_whole(supply, lambda data, _version: read_version(settings, data))
        # The workers are forks of this process, and a connection to SQLite must not be open across a fork.
        supply.pointer.close()
        if known and content:
            return content, f"version {known.number} ({known.version[:SHORT]}), as it was published"
    content = load(settings.prompts, settings.locales, settings.unreviewed)
    if settings.production:
        return content, f"{settings.prompts} as it is now; nothing is published (python -m ivr publish)"
    return content, f"{settings.prompts}  (a saved change is live at the next key press)"


def _python() -> str:
    """The interpreter that has what the line needs, as it is typed here: another one knows nothing of it."""
    running, here = Path(sys.executable), Path.cwd()
    return str(running.relative_to(here)) if running.is_relative_to(here) else str(running)


def _greeting(settings: Settings, texts: str) -> str:
    lines = [
        "",
        "  The line is up.",
        f"  Call it in a browser:  {settings.public_url}/phone",
        *([] if settings.production else [f"  See all that it says:  {settings.public_url}/desk"]),
        f"  Call it from here:     {_python()} -m ivr call",
        f"  Its texts:             {texts}",
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


def _free_port(address: str, first: int) -> int:
    ports = range(first, first + PORTS_TRIED)
    return next((port for port in ports if _try_port(address, port) is None), first)


def _explain(port: int, fault: OSError) -> str:
    match fault.errno:
        case errno.EADDRINUSE:
            return f"Port {port} is in use. Stop what listens there, or set PORT to another number."
        case errno.EACCES:
            return f"Port {port} is not open to this user. Set PORT to a number from 1024 to 65535."
        case _:
            return f"Port {port} cannot be used: {fault.strerror}. Set PORT to another number."


def _try_port(address: str, port: int) -> OSError | None:
    """Why `port` cannot be listened on; None where it can."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as fault:
            return fault
    return None
