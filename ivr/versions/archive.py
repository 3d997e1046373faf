"""A version as one file: the folders of texts and languages, packed so that the same content gives the same bytes."""

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from ivr.errors import IvrError
from ivr.speech.recordings import FOLDER as RECORDINGS

PROMPTS, LOCALES = "prompts", "locales"
# Letters of a version's name that people and URLs use: two of a million versions share them once in 500 times.
SHORT = 12

# What editors and tools leave behind. Hidden files are left out as well.
_LEFT_BEHIND = ("~", ".bak", ".mo", ".orig", ".pyc", ".rej", ".swp", ".tmp")
_LEFT_BEHIND_FOLDERS = ("__pycache__",)
# What people recorded is large and is used only while it says the very text of the version, so it stays outside.
_OUTSIDE = f"{PROMPTS}/{RECORDINGS}/"
# The first day that a zip file can name. A real one would make the same content another version.
_NO_DAY = (1980, 1, 1, 0, 0, 0)


class VersionError(IvrError):
    """A version cannot be had or cannot be served; the text says which and why."""


def pack(prompts: Path, locales: Path) -> bytes:
    """The folders as one zip file, which any program for zip files opens. Raises VersionError.

    It is not compressed: what a compressor makes of the same text differs from one machine to the next.
    """
    whole = io.BytesIO()
    try:
        with ZipFile(whole, "w", ZIP_STORED) as archive:
            for name, path in sorted([*_files(prompts, PROMPTS), *_files(locales, LOCALES)]):
                entry = ZipInfo(name, _NO_DAY)
                entry.create_system = 3  # Unix, wherever this runs
                entry.external_attr = 0o100644 << 16
                archive.writestr(entry, path.read_bytes())
    except OSError as fault:
        raise VersionError(f"{fault.filename or prompts} cannot be read: {fault.strerror}.") from fault
    return whole.getvalue()


def name_of(data: bytes) -> str:
    """The name of the version that `data` is: the SHA-256 of its bytes, as `sha256sum` prints it."""
    return hashlib.sha256(data).hexdigest()


@contextmanager
def unpacked(data: bytes) -> Iterator[Path]:
    """A folder with the `prompts` and `locales` of a version; it is gone afterwards. Raises VersionError."""
    with TemporaryDirectory(prefix="ivr-version-") as folder:
        try:
            with ZipFile(io.BytesIO(data)) as archive:
                for name in archive.namelist():
                    if name.split("/")[0] not in (PROMPTS, LOCALES) or ".." in name.split("/"):
                        raise VersionError(f"The version holds {name!r}, which is no text of a line.")
                archive.extractall(folder)
        except (BadZipFile, NotImplementedError, EOFError) as fault:
            raise VersionError(f"The version is no whole zip file: {fault}.") from fault
        except OSError as fault:
            raise VersionError(f"The version cannot be unpacked: {fault.strerror}.") from fault
        yield Path(folder)


def contents(data: bytes) -> dict[str, int]:
    """The name of every file of a version, with a checksum of it. Raises VersionError."""
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            return {entry.filename: entry.CRC for entry in archive.infolist()}
    except BadZipFile as fault:
        raise VersionError(f"The version is no whole zip file: {fault}.") from fault


def _files(folder: Path, root: str) -> Iterator[tuple[str, Path]]:
    top = folder.resolve()
    for parent, folders, names in os.walk(top, onerror=_refuse):
        folders[:] = [name for name in folders if name[0] != "." and name not in _LEFT_BEHIND_FOLDERS]
        for name in names:
            if name[0] != "." and not name.endswith(_LEFT_BEHIND):
                path = Path(parent, name)
                entry = f"{root}/{path.relative_to(top).as_posix()}"
                if not entry.startswith(_OUTSIDE):
                    yield entry, path


def _refuse(fault: OSError) -> None:
    raise fault
