"""What an engine must do, and what it is asked to say."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from ivr.dialogue.place import Pace
from ivr.errors import IvrError
from ivr.languages import Language
from ivr.speech.audio import FORMAT, Pcm


class SpeechError(IvrError):
    """This text could not be made into a sound."""


class EngineError(SpeechError):
    """The engine itself is absent, died or hung, so that other texts are likely to fail too."""


class StoreError(IvrError):
    """The folder of sounds cannot be read or written."""


class Engine(Protocol):
    """Turns one piece of text into sound."""

    @property
    def name(self) -> str:
        """Which engine this is."""

    @property
    def version(self) -> str:
        """Everything about the engine that changes the sound: its own version, its rates, its settings."""

    @property
    def only_ahead(self) -> bool:
        """Whether it is asked ahead of calls only: it needs the network, or more time than a caller should wait."""

    def voice(self, language: Language) -> str:
        """Its voice for a language; empty where it has none."""

    def speak(self, text: str, voice: str, pace: Pace) -> Pcm:
        """The sound of a text that has been pronounced and has no bars.

        Raises `SpeechError` with a message that an operator understands, `EngineError` if the text is not at
        fault.
        """


@dataclass(frozen=True)
class Utterance:
    """One sound to be made. Both texts keep their bars; `engine` is the `identity` of the one that speaks."""

    language: str
    voice: str
    pace: Pace
    text: str
    spoken: str
    engine: str

    @property
    def key(self) -> str:
        """The name of the sound, 32 hexadecimal characters over everything that changes it.

        The language is in it only through the voice, and the written text only through the spoken one.
        """
        parts = (FORMAT, self.engine, self.voice, self.pace.value, self.spoken)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def identity(engine: Engine) -> str:
    """The engine's name and version as they enter a key."""
    return f"{engine.name} {engine.version}"
