"""Which files a draft may hold: the texts of a version, and nothing that could leave its folders."""

import hashlib
import re
from collections.abc import Iterable
from typing import Final

from ivr.errors import IvrError
from ivr.speech.recordings import FOLDER as RECORDINGS
from ivr.versions.archive import LOCALES, PROMPTS

LARGEST: Final = 2 * 1024 * 1024
"""Bytes of one file; the largest that is shipped, what was learnt of texts, has 1.4 MB."""

_KINDS: Final = {
    PROMPTS: (".md", ".toml"),
    LOCALES: (".toml", ".po", ".pot", ".yaml", ".jsonl", ".json"),
}
# What a person edits in a text box. The others are written by programs, and are uploaded whole.
_EDITED: Final = (".md", ".toml", ".po", ".yaml")
_SOUNDS: Final = (".wav", ".mp3", ".ogg", ".m4a", ".flac")
# No separator of any system, no character that a shell or a URL gives a meaning of its own, nothing invisible.
_NAME: Final = re.compile(r"[^\W_][\w .,()&+'-]{0,98}")
_DEEPEST: Final = 6
# Bytes of one step: file systems take 255, and what writes a file puts some more letters behind its name for a moment.
_LONGEST: Final = 200


class DraftError(IvrError):
    """The draft cannot take this; the text names the file and says what to do."""


def refuse(path: str, size: int = 0) -> str:
    """Why a draft cannot hold a file of `size` bytes at `path`, with what to do; "" where it can."""
    steps = path.split("/")
    if f"{steps[0]}/{'/'.join(steps[1:2])}" == f"{PROMPTS}/{RECORDINGS}" or path.lower().endswith(_SOUNDS):
        return (
            "it is a recording, which is no part of the texts. Put it into prompts/recordings/ on the machine that "
            "answers calls, and accept it there: python -m ivr recordings."
        )
    if steps[0] not in _KINDS or len(steps) < 2:
        return "it is in neither prompts/ nor locales/. Put it into one of them, or leave it out."
    if len(steps) > _DEEPEST or not all(_NAME.fullmatch(step) and step[-1] not in " ." for step in steps):
        return "its name is none that a text can have. Use letters, digits and hyphens, such as 3-diet.md."
    if any(len(step.encode()) > _LONGEST for step in steps):
        return f"its name is too long to be kept: a letter may take four of {_LONGEST} places. Write a shorter one."
    if not path.endswith(_KINDS[steps[0]]):
        kinds = ", ".join(_KINDS[steps[0]])
        return f"it is no file that {steps[0]}/ can have. Those end in {kinds}; leave others out."
    if size > LARGEST:
        return f"it has {size / 1e6:.1f} MB, and {LARGEST / 1e6:.0f} is the most. Divide it, or leave it out."
    return ""


def clash(path: str, others: Iterable[str]) -> str:
    """Why no file can be at `path` beside `others`, with what to do; "" where it can.

    A file is no folder: nothing can be laid out in which the one stands below the other.
    """
    for other in others:
        if path.startswith(f"{other}/"):
            return f"{other} is a file and not a folder. Put it beside that file."
        if other.startswith(f"{path}/"):
            return f"there is a folder of that name, with {other} in it. Give the file another name."
    return ""


def is_edited(path: str) -> bool:
    """Whether people edit the file at `path` in a text box."""
    return path.endswith(_EDITED)


def text_of(path: str, data: bytes) -> str:
    """The text of a file, with line feeds alone. Raises DraftError where it is not UTF-8."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data[: fault.start].count(b"\n") + 1
        raise DraftError(f"{path}:{line}: this is not UTF-8 text. Save it again as UTF-8.") from fault
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise DraftError(f"{path}:{line}: there is a character that no text has (NUL). Take it out.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def tidied(text: str) -> str:
    """The text as a file has it: line feeds alone, and one at the end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return text if text.endswith("\n") or not text else f"{text}\n"


def sha_of(data: bytes | None) -> str:
    """The name of a file's content, "" for a file that is not there."""
    return "" if data is None else hashlib.sha256(data).hexdigest()
