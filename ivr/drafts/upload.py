"""Files from an operator's own computer: one of them, or the folder as a zip file."""

import io
from dataclasses import dataclass, field
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError

from ivr.drafts.files import LARGEST, DraftError, refuse, text_of
from ivr.errors import IvrError
from ivr.versions.archive import LOCALES, PROMPTS, Files, is_left_behind

MOST: Final = 3000
"""Entries of a zip file at most."""
WHOLE: Final = 32 * 1024 * 1024
"""Bytes of all its files together, unpacked: four times what is shipped, with room for more languages."""

_ZIP: Final = b"PK\x03\x04"
_ENCRYPTED: Final = 0x1
# The others are unpacked in pieces without a bound: a few hundred bytes become gigabytes before anybody counts them.
_COMPRESSED: Final = (ZIP_STORED, ZIP_DEFLATED)
_TOPS: Final = (PROMPTS, LOCALES)


@dataclass
class Upload:
    """What came: the files by path, and why others were not taken, by the name that they came under."""

    files: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def read_upload(name: str, data: bytes, path: str, known: Files) -> Upload:
    """Read what was uploaded as `name`. `path` says where a single file belongs; "" finds it by its name in `known`.

    Raises DraftError where nothing of it can be used.
    """
    if not data:
        raise DraftError("No file came, or an empty one. Choose it again.")
    return _read_zip(name, data) if data.startswith(_ZIP) else _read_one(name, data, path, known)


def _read_one(name: str, data: bytes, path: str, known: Files) -> Upload:
    stem = name.replace("\\", "/").rpartition("/")[2]
    path = path or _place(stem, known)
    upload = Upload()
    _take(upload, stem or path, path, data)
    return upload


def _place(name: str, known: Files) -> str:
    """The one file of the line that is called `name`."""
    found = [path for path in known if path.rpartition("/")[2] == name]
    if len(found) == 1:
        return found[0]
    if (
        reason := refuse(f"{PROMPTS}/{name}")
        if name.lower().endswith((".wav", ".mp3", ".ogg", ".m4a", ".flac"))
        else ""
    ):
        raise DraftError(f"{name} was not taken: {reason}")
    why = f"{len(found)} files are called so" if found else "no file of the line is called so"
    raise DraftError(f"{name} was not taken: {why}. Say in the field below the file where it belongs.")


def _read_zip(name: str, data: bytes) -> Upload:
    upload = Upload()
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _bound(name, entries)
            room = WHOLE
            for entry in entries:
                came = entry.filename.replace("\\", "/")
                if is_left_behind(came) or came.startswith("__MACOSX/"):
                    continue
                path = _inside(came)
                if reason := _refuse_entry(entry, path):
                    upload.refused[came] = reason
                    continue
                # An entry may say that it is smaller than it is.
                with archive.open(entry) as file:
                    content = file.read(LARGEST + 1)
                room -= len(content)
                if room < 0:
                    raise DraftError(_too_large(name))
                _take(upload, came, path, content)
    except (BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError, ZlibError) as fault:
        raise DraftError(f"{name} is no whole zip file: {fault}. Make it again, and upload that.") from fault
    if not upload.files and not upload.refused:
        raise DraftError(
            f"{name} has no file in it that belongs to a line. Put prompts/ and locales/ into it."
        )
    return upload


def _bound(name: str, entries: list[ZipInfo]) -> None:
    if len(entries) > MOST:
        raise DraftError(f"{name} was not taken: it has {len(entries)} files, and {MOST} is the most.")
    if sum(entry.file_size for entry in entries) > WHOLE:
        raise DraftError(_too_large(name))


def _too_large(name: str) -> str:
    return f"{name} was not taken: unpacked it has over {WHOLE // 1024 // 1024} MB. Put only prompts/ and locales/ into it."


def _refuse_entry(entry: ZipInfo, path: str) -> str:
    if entry.flag_bits & _ENCRYPTED:
        return "it is locked with a password. Make the zip file without one."
    if entry.compress_type not in _COMPRESSED:
        return "it is compressed in an unusual way. Make the zip file as your computer does by itself."
    return refuse(path, entry.file_size)


def _inside(came: str) -> str:
    """The path below prompts/ or locales/, where the zip file has a folder around them."""
    first, _, rest = came.partition("/")
    around = first.strip(".") and first not in _TOPS and rest.partition("/")[0] in _TOPS
    return rest if around else came


def _take(upload: Upload, came: str, path: str, data: bytes) -> None:
    if reason := refuse(path, len(data)):
        upload.refused[came] = reason
        return
    try:
        text_of(path, data)
    except IvrError as fault:
        upload.refused[came] = str(fault)
    else:
        upload.files[path] = data
