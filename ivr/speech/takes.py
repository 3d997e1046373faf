"""How each file among the recordings stands, and accepting one: its text is then the one that is said now."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from ivr.content.model import Library
from ivr.dialogue.place import Pace
from ivr.dialogue.script import script_of
from ivr.languages import Language
from ivr.problems import Findings, Gravity, Problem
from ivr.speech import audio
from ivr.speech.checks import check
from ivr.speech.engine import SpeechError
from ivr.speech.recordable import texts_by_name
from ivr.speech.recordings import (
    ACCEPTED,
    KINDS,
    Accepted,
    Recorded,
    Recordings,
    fingerprint,
    language_folders,
    read_accepted,
    read_sound,
    sounding,
    write_accepted,
)
from ivr.speech.store import Store
from ivr.text.spoken import caption


class State(StrEnum):
    """How a recording stands; the value is the word for people."""

    USED = "in use"
    NEW = "new"
    STALE = "stale"
    REPLACED = "replaced"
    NAMELESS = "no such text"
    UNREADABLE = "unreadable"
    OFF_LINE = "not on the line"


@dataclass(frozen=True, slots=True)
class Take:
    """One file: how it stands, its text as it is now ("" where it has none), and what is wrong and mends it."""

    path: Path
    language: str
    state: State
    text: str = ""
    wrong: str = ""
    mend: str = ""


class Takes:
    """The folder of recordings beside the texts that they are for."""

    def __init__(
        self, folder: Path, library: Library, languages: Mapping[str, Language], store: Store
    ) -> None:
        self._folder, self._library, self._languages, self._store = folder, library, languages, store

    def texts(self, language: str) -> dict[str, str]:
        """What can be recorded in a language, by the name of the file; nothing where it is not on the line."""
        return texts_by_name(script_of(self._library, language)) if language in self._library.editions else {}

    def all(self) -> list[Take]:
        """Every file there is, by language and name."""
        return [take for folder in language_folders(self._folder) for take in self._takes(folder)]

    def problems(self) -> list[Problem]:
        """What is wrong, as warnings: an engine speaks meanwhile, so nothing of it keeps a text off the line."""
        root = self._folder.parent.parent
        findings = Findings(root)
        for folder in language_folders(self._folder):
            read_accepted(folder, findings)
        for take in self.all():
            if take.state is not State.USED:
                findings.add(take.path, 1, f"recording-{take.state.name.lower()}", take.wrong, take.mend)
        return [replace(one, gravity=Gravity.WARNING) for one in findings.problems]

    def accept(self, path: Path) -> tuple[str, float]:
        """Take a file as the recording of the text that its name stands for; its words, and how long it lasts.

        The sound is made at every pace and checked like every other, and kept. Raises `SpeechError`, or
        `StoreError` where it cannot be kept.
        """
        path = path.resolve()
        folder = path.parent
        language = self._languages.get(folder.name)
        if folder.parent != self._folder.resolve() or language is None:
            raise SpeechError(f"{path} is not below {self._folder}/<language>. Put it there first.")
        take = self._take(path, language.code, self.texts(language.code), None)
        if not take.text:
            raise SpeechError(f"{take.wrong} {take.mend}")
        content, known_by = read_sound(path)
        recording = Accepted(path, fingerprint(take.text), known_by)
        recorded = Recorded(Recordings(self._folder), self._store)
        speech = sounding(content, path.name)
        made = []
        for pace in Pace:
            utterance = recorded.utterance(recording, language, pace, take.text)
            mp3 = audio.encode_mp3(recorded.shape(speech, utterance))
            if faults := check(mp3, utterance):
                reasons = " ".join(f"{fault.text} ({fault.id})" for fault in faults)
                raise SpeechError(
                    f"{path.name} does not pass the checks at the pace {pace.value}. {reasons} Its text is:"
                    f" “{caption(take.text)}”"
                )
            made.append((utterance, mp3))
        for utterance, mp3 in made:
            recorded.keep(utterance, mp3)
        accepted = read_accepted(folder, Findings(folder)) | {path.name: recording}
        write_accepted(folder, {name: one for name, one in accepted.items() if one.path.is_file()})
        return caption(take.text), speech.seconds

    def _takes(self, folder: Path) -> list[Take]:
        accepted = read_accepted(folder, Findings(folder))
        texts = self.texts(folder.name)
        names = {
            path.name for path in folder.iterdir() if path.name[0] not in ".~#" and path.name != ACCEPTED
        }
        return [
            self._take(folder / name, folder.name, texts, accepted.get(name))
            for name in sorted(names | accepted.keys())
        ]

    def _take(self, path: Path, language: str, texts: Mapping[str, str], accepted: Accepted | None) -> Take:
        text = texts.get(path.stem, "")

        def stands(state: State, wrong: str = "", mend: str = "", said: str = text) -> Take:
            return Take(path, language, state, said, wrong, mend)

        if path.suffix.lower() not in KINDS:
            return stands(
                State.UNREADABLE, f"{path.name} is no WAV and no MP3.", "Save it as one of these.", ""
            )
        if not texts:
            return stands(
                State.OFF_LINE,
                f"The language {language} is not on the line.",
                "python -m ivr coverage says why.",
            )
        try:
            content, known_by = read_sound(path)
            if accepted is None or accepted.sound != known_by:
                sounding(content, path.name)
        except SpeechError as fault:
            return stands(State.UNREADABLE, str(fault), "Until then an engine's voice is heard.")
        now = {fingerprint(each): each for each in texts.values()}
        if accepted and accepted.text in now:
            if accepted.sound == known_by:
                return stands(State.USED, said=now[accepted.text])
            return stands(
                State.REPLACED, "The file is another one than was accepted.",
                f"If it says its text: python -m ivr recordings accept {path}",
            )  # fmt: skip
        if not text:
            return stands(
                State.NAMELESS, f"No text of the line has the name {path.stem}.",
                f"Take it away, or rename it: python -m ivr recordings texts {language} lists the names.",
            )  # fmt: skip
        if accepted:
            return stands(
                State.STALE, f"The text has changed since it was recorded; it is now: “{caption(text)}”",
                f"Record it anew, or if it says this: python -m ivr recordings accept {path}",
            )  # fmt: skip
        return stands(
            State.NEW, "Nobody has said yet that this is the recording of its text, so it is not heard.",
            f"Listen to it, and if it says “{caption(text)}”: python -m ivr recordings accept {path}",
        )  # fmt: skip
