"""What people have recorded: `<recordings>/<language>/<name>.wav` or .mp3, in place of an engine's voice.

A recording is used only while the text is the one it was made for. Which one that was stands in a file beside the
recordings, written when somebody accepts one (`python -m ivr recordings accept`): the texts of the line change, and a
voice that says last year's dose is worse than a robot that says this year's.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ivr.dialogue.place import Pace
from ivr.languages import Language
from ivr.problems import Findings
from ivr.speech import audio
from ivr.speech.audio import Pcm
from ivr.speech.engine import SpeechError, StoreError, Utterance
from ivr.speech.level import level, with_peak
from ivr.speech.render import Maker
from ivr.speech.store import Store
from ivr.speech.stretch import STRETCH, stretch
from ivr.text import spoken
from ivr.toml import read_toml

FOLDER = "recordings"
"""Where recordings are, below the folder of prompts."""
ACCEPTED = "recordings.toml"
KINDS = (".wav", ".mp3")
NAME = "recording"
_VERSION = 1  # Raise it when this module or `level` changes what a sound is like.
_HEADER = "# Which text each recording was made for. Written by: python -m ivr recordings accept\n"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A recording as somebody accepted it: fingerprints of the text that it says and of the file itself."""

    path: Path
    text: str
    sound: str


def fingerprint(text: str) -> str:
    """What a text is known by; breaths do not count, as a reader makes their own."""
    return _short(spoken.caption(text).encode("utf-8", "surrogatepass"))


def read_sound(path: Path) -> tuple[bytes, str]:
    """A file's content, and what it is known by. Raises `SpeechError`."""
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise SpeechError(f"{path.name} cannot be read: {fault.strerror}.") from fault
    return content, _short(content)


def read_accepted(folder: Path, findings: Findings) -> dict[str, Accepted]:
    """The accepted recordings of one language's folder by file name, also of files that are gone."""
    path = folder / ACCEPTED
    table = read_toml(path, findings) if path.exists() else None
    found = {}
    for name in table.texts() if table else ():
        text, _, sound = table.text(name).partition(" ") if table else ("", "", "")
        found[name] = Accepted(folder / name, text, sound)
    return found


def write_accepted(folder: Path, accepted: Mapping[str, Accepted]) -> None:
    """Write the file whole or not at all. Raises `StoreError`."""
    lines = [
        f"{json.dumps(name)} = {json.dumps(f'{one.text} {one.sound}')}\n"
        for name, one in sorted(accepted.items())
    ]
    path = folder / ACCEPTED
    unfinished = path.with_name(f".{ACCEPTED}.part")
    try:
        unfinished.write_text(_HEADER + "".join(lines), encoding="utf-8")
        unfinished.replace(path)
    except OSError as fault:
        raise StoreError(f"{path} cannot be written: {fault.strerror}. Let this user write to it.") from fault


def sounding(content: bytes, name: str) -> Pcm:
    """The speech of a file at the line's loudness. Raises `SpeechError`."""
    try:
        return level(audio.decode(content))
    except ValueError as fault:
        raise SpeechError(f"{name} is no sound that can be read. Save it as WAV or MP3.") from fault


class Recordings:
    """The accepted recordings below a folder, as they were when last looked at."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._by_text: dict[tuple[str, str], Accepted] = {}
        self.refresh()

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return bool(self._by_text)

    def refresh(self) -> None:
        """Look again. What is wrong there `check` says; here it only leaves the text to an engine."""
        self._by_text = {
            (folder.name, one.text): one
            for folder in language_folders(self._folder)
            for one in read_accepted(folder, Findings(self._folder)).values()
            if one.path.suffix.lower() in KINDS and one.path.is_file()
        }

    def find(self, language: str, text: str) -> Accepted | None:
        """The recording of a text."""
        return self._by_text.get((language, fingerprint(text))) if self._by_text else None


def language_folders(folder: Path) -> list[Path]:
    """The folders of recordings, one a language; none where they cannot be listed."""
    try:
        return sorted(Path(entry) for entry in os.scandir(folder) if entry.is_dir() and entry.name[0] != ".")
    except OSError:
        return []


class Recorded(Maker):
    """Makes sounds of recordings: level, cut to the speech, and stretched to the caller's pace."""

    only_ahead = False

    def __init__(self, recordings: Recordings, store: Store) -> None:
        paces = "/".join(str(STRETCH[pace]) for pace in Pace)
        super().__init__(NAME, f"{NAME} {_VERSION} stretch {paces}", store)
        self._recordings = recordings

    def says(self, language: Language, pace: Pace, text: str) -> Utterance | None:
        """What was recorded for the text; None where nothing was."""
        found = self._recordings.find(language.code, text)
        return self.utterance(found, language, pace, text) if found else None

    def utterance(self, recording: Accepted, language: Language, pace: Pace, text: str) -> Utterance:
        """A recording in place of a voice."""
        words = spoken.pronounce(text, language.lexicon)
        return Utterance(language.code, recording.sound, pace, text, words, self.identity)

    def sound(self, utterance: Utterance) -> Pcm:
        """The recording with the pauses that the text has before and after it; those within are the reader's own."""
        found = self._recordings.find(utterance.language, utterance.text)
        if found is None:
            raise SpeechError("The recording of this text is not there any more.")
        content, known_by = read_sound(found.path)
        if known_by != utterance.voice:
            raise SpeechError(
                f"{found.path} is another recording than was accepted. If it is right: python -m ivr recordings"
                f" accept {found.path}"
            )
        return self.shape(sounding(content, found.path.name), utterance)

    def shape(self, speech: Pcm, utterance: Utterance) -> Pcm:
        """Speech at the utterance's pace, with its outer pauses."""
        pieces, after = spoken.pieces(utterance.spoken)
        before = pieces[0][0] if pieces else 0.0
        said = with_peak(audio.trim(stretch(speech, STRETCH[utterance.pace])))
        return audio.join([(max(0.0, before), said)], after)


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
