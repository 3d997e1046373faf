"""The folder of versions on this machine: each file whole or not there at all, and the last one that was served."""

import json
import os
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ivr.versions.archive import SHORT, VersionError, name_of

_NAME = re.compile(r"[0-9a-f]{64}")
_UNFINISHED = ".part"
_HOUR = 3600.0
_LIVE = "live.json"
# Versions that stay on this machine, each about 4 MB.
KEPT = 12


@dataclass(frozen=True, slots=True)
class Known:
    """The version that was last known to be live, and its number."""

    number: int
    version: str


class VersionStore:
    """Versions as files `<name>.zip`, and `live.json`, which names the one that this machine served last."""

    def __init__(self, folder: Path) -> None:
        """The folder is made when the first version is added."""
        self.folder = folder

    def path(self, version: str) -> Path:
        """Where the version is or will be. Raises ValueError for what is no version's name."""
        if not _NAME.fullmatch(version):
            raise ValueError(f"not the name of a version: {version!r}")
        return self.folder / f"{version}.zip"

    def add(self, data: bytes) -> str:
        """Keep a version; its name. A file that is there and damaged is replaced. Raises VersionError."""
        version = name_of(data)
        there = False
        with suppress(VersionError):
            there = self.read(version) is not None
        if there:
            with suppress(OSError):
                os.utime(self.path(version))
        else:
            self._write(self.path(version), data)
        self._forget_oldest()
        return version

    def read(self, version: str) -> bytes | None:
        """The version, None where it is not there. Raises VersionError where the file is not what its name says."""
        path = self.path(version)
        try:
            data = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as fault:
            raise VersionError(f"{path} cannot be read: {fault.strerror}.") from fault
        if name_of(data) != version:
            raise VersionError(
                f"Version {version[:SHORT]} is damaged: the bytes of {path} are not those that were published."
            )
        return data

    def remember(self, known: Known) -> None:
        """Write down which version is live, for a start without the database. Raises VersionError."""
        self._write(
            self.folder / _LIVE,
            f'{{"number": {known.number}, "version": "{known.version}"}}\n'.encode(),
        )

    def known(self) -> Known | None:
        """The version that was last remembered; None where there is none or its file cannot be read."""
        try:
            found = json.loads((self.folder / _LIVE).read_bytes())
            known = Known(int(found["number"]), str(found["version"]))
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return known if _NAME.fullmatch(known.version) else None

    def _write(self, path: Path, data: bytes) -> None:
        """Write a file whole or not at all: after a crash at any instant there is the old one or the new one."""
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}{_UNFINISHED}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._sweep()
            with unfinished.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
            _settle(self.folder)
        except OSError as fault:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise VersionError(
                f"{path} cannot be written: {fault.strerror}. Free space there, or let this user write to it."
            ) from fault

    def _forget_oldest(self) -> None:
        """Remove what was not used for longest; the database has it, should anybody go back so far."""
        known = self.known()
        with suppress(OSError):
            files = sorted(self.folder.glob("*.zip"), key=lambda path: path.stat().st_mtime, reverse=True)
            for path in files[KEPT:]:
                if known is None or path.stem != known.version:
                    path.unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Remove what a process that was killed left half written over an hour ago."""
        for path in self.folder.glob(f".*{_UNFINISHED}"):
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _HOUR:
                    path.unlink()


def _settle(folder: Path) -> None:
    """Have the disk keep the folder's list of names too: without it a power cut could take a renamed file away."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
