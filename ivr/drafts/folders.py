"""Writing texts into the folders: each file whole or not at all."""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ivr.drafts.files import DraftError
from ivr.versions.archive import PROMPTS


def write_into(prompts: Path, locales: Path, changes: Mapping[str, bytes | None]) -> None:
    """Write the `changes` by path; None takes a file away, and with it a folder that is then empty.

    After a crash at any instant each file is the old one or the new one. Raises DraftError; what was written by then
    stays, and the same again does the rest.
    """
    ordered = sorted(changes.items(), key=lambda change: (change[1] is None, change[0]))
    for path, data in ordered:
        target = place_of(prompts, locales, path)
        try:
            if data is None:
                _take_away(target, {prompts, locales})
            else:
                _write(target, data)
        except OSError as fault:
            raise DraftError(
                f"{target} cannot be written: {fault.strerror}. Free space there, or let this user write to it, and "
                "do the same again."
            ) from fault


def place_of(prompts: Path, locales: Path, path: str) -> Path:
    """Where the file that a version calls `path` stands in the folders."""
    top, _, rest = path.partition("/")
    return (prompts if top == PROMPTS else locales) / rest


def _write(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # The loader passes over hidden names, so a line that reads the folder meanwhile never sees half a file.
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
    try:
        with unfinished.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            unfinished.chmod(target.stat().st_mode & 0o777)
        unfinished.replace(target)
    except OSError:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise


def _take_away(target: Path, tops: set[Path]) -> None:
    target.unlink(missing_ok=True)
    for folder in target.parents:
        if folder in tops or not folder.is_dir() or any(folder.iterdir()):
            return
        folder.rmdir()
