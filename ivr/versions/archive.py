"""A version as one file: the folders of texts and languages, packed so that the same content gives the same bytes."""

import hashlib
import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from ivr.errors import IvrError
from ivr.speech.recordings import FOLDER as RECORDINGS

PROMPTS, LOCALES = "prompts", "locales"
# The files of a version by name, such as prompts/line.toml.
Files = Mapping[str, bytes]
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
    """The folders as one version. Raises VersionError."""
    return pack_files(read_folders(prompts, locales))


def read_folders(prompts: Path, locales: Path) -> dict[str, bytes]:
    """Every file that belongs to a version, by its name in it, such as prompts/line.toml. Raises VersionError."""
    try:
        found = [*_files(prompts, PROMPTS), *_files(locales, LOCALES)]
        return {name: path.read_bytes() for name, path in found}
    except OSError as fault:
        raise VersionError(f"{fault.filename or prompts} cannot be read: {fault.strerror}.") from fault


def pack_files(files: Files, method: int = ZIP_STORED) -> bytes:
    """The files as one zip file, which any program for zip files opens.

    A version is not compressed: what a compressor makes of the same text differs from one machine to the next.
    """
    whole = io.BytesIO()
    with ZipFile(whole, "w", method) as archive:
        for name, data in sorted(files.items()):
            entry = ZipInfo(name, _NO_DAY)
            entry.compress_type = method
            entry.create_system = 3  # Unix, wherever this runs
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, data)
    return whole.getvalue()


def files_of(data: bytes) -> dict[str, bytes]:
    """Every file of a version, by its name in it. Raises VersionError."""
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except (BadZipFile, NotImplementedError, EOFError) as fault:
        raise VersionError(f"The version is no whole zip file: {fault}.") from fault


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


def is_left_behind(path: str) -> bool:
    """Whether a file is what editors and tools leave beside the texts."""
    *folders, name = path.split("/")
    hidden = any(step.startswith(".") and step.strip(".") for step in (*folders, name))
    return hidden or name.endswith(_LEFT_BEHIND) or any(step in _LEFT_BEHIND_FOLDERS for step in folders)


def _files(folder: Path, root: str) -> Iterator[tuple[str, Path]]:
    top = folder.resolve()
    for parent, folders, names in os.walk(top, onerror=_refuse):
        folders[:] = [name for name in folders if name[0] != "." and name not in _LEFT_BEHIND_FOLDERS]
        for name in names:
            if not is_left_behind(name):
                path = Path(parent, name)
                entry = f"{root}/{path.relative_to(top).as_posix()}"
                if not entry.startswith(_OUTSIDE):
                    yield entry, path


def _refuse(fault: OSError) -> None:
    raise fault
