"""The folder of finished sounds. A sound is there whole or not at all, and is never changed."""

import json
import os
import re
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

from ivr.speech.audio import mp3_seconds
from ivr.speech.engine import StoreError

_KEY = re.compile(r"[0-9a-f]{32}")
_UNFINISHED = ".part"
_HOUR = 3600.0


class Store:
    """Sounds by key: `<key>.mp3`, what it says in `<key>.txt`, and who says it in `<key>.json`.

    Every method may raise `StoreError`.
    """

    def __init__(self, folder: Path) -> None:
        """The folder is made when the first sound is added."""
        self.folder = folder

    def path(self, key: str) -> Path:
        """Where the sound is or will be. Raises `ValueError` for what is no key: no URL leaves the folder."""
        if not _KEY.fullmatch(key):
            raise ValueError(f"not the key of a sound: {key!r}")
        return self.folder / f"{key}.mp3"

    def caption_path(self, key: str) -> Path:
        """Where the words of the sound are or will be. Raises `ValueError` as `path` does."""
        return self.path(key).with_suffix(".txt")

    def has(self, key: str) -> bool:
        """Whether the sound is there."""
        return self._size(key) is not None

    def keys(self) -> frozenset[str]:
        """Every sound that is there, found in one look at the folder: 7,000 in 30 ms."""
        try:
            with os.scandir(self.folder) as entries:
                return frozenset(
                    entry.name[:-4]
                    for entry in entries
                    if entry.name.endswith(".mp3")
                    and _KEY.fullmatch(entry.name[:-4])
                    and entry.stat().st_size
                )
        except (FileNotFoundError, NotADirectoryError):
            return frozenset()
        except OSError as error:
            raise _explain(self.folder, "read", error) from error

    def record(self, key: str) -> Mapping[str, str]:
        """Which engine made the sound, with which voice and pace; empty if the sound or its record is not there."""
        try:
            found = json.loads(self.path(key).with_suffix(".json").read_bytes())
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return {}
        except OSError as error:
            raise _explain(self.folder, "read", error) from error
        return found if isinstance(found, dict) else {}

    def seconds(self, key: str) -> float | None:
        """How long the sound lasts, from its size; None if it is not there."""
        size = self._size(key)
        return None if size is None else mp3_seconds(size)

    def read(self, key: str) -> bytes | None:
        """The MP3, or None if it is not there."""
        if not _KEY.fullmatch(key):
            return None
        try:
            return self.path(key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _explain(self.folder, "read", error) from error

    def add(self, key: str, mp3: bytes, caption: str, record: Mapping[str, str]) -> None:
        """Keeps a sound, its words and who made it; the sound last, so that one that is seen has all three."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._write(self.caption_path(key), caption.encode())
            self._write(self.path(key).with_suffix(".json"), json.dumps(record, ensure_ascii=False).encode())
            self._write(self.path(key), mp3)
        except OSError as error:
            raise _explain(self.folder, "written", error) from error

    def sweep(self) -> None:
        """Removes what a process that was killed left half written over an hour ago."""
        try:
            for path in self.folder.glob(f".*{_UNFINISHED}"):
                if time.time() - path.stat().st_mtime > _HOUR:
                    path.unlink(missing_ok=True)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _explain(self.folder, "tidied", error) from error

    def _size(self, key: str) -> int | None:
        if not _KEY.fullmatch(key):
            return None
        try:
            return Path(self.folder, f"{key}.mp3").stat().st_size or None
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _explain(self.folder, "read", error) from error

    def _write(self, path: Path, content: bytes) -> None:
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}{_UNFINISHED}")
        try:
            with unfinished.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise


def _explain(folder: Path, what: str, error: OSError) -> StoreError:
    return StoreError(
        f"The folder of sounds {folder} cannot be {what}: {error.strerror or error}."
        " Free space there or let this user write to it, then render again: what is made is kept."
    )
