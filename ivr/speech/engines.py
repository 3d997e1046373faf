"""The engines that a setting can name."""

from collections.abc import Callable, Iterable
from pathlib import Path

from ivr.config import Settings
from ivr.speech.chain import Chain
from ivr.speech.engine import Engine
from ivr.speech.espeak import EspeakEngine
from ivr.speech.gtts import GttsEngine
from ivr.speech.piper import PiperEngine
from ivr.speech.recordings import FOLDER, Recordings
from ivr.speech.store import Store


def chain_of(
    names: Iterable[str],
    audio: Path,
    google: str = "",
    voices: Path | None = None,
    recordings: Path | None = None,
) -> Chain:
    """The engines by name, the preferred one first, over the sounds in `audio`, and people's own recordings.

    `google` is as in `GttsEngine`, `voices` as in `PiperEngine`; `recordings` is a folder of `Recordings`.
    """
    makers: dict[str, Callable[[], Engine]] = {
        "espeak": EspeakEngine, "gtts": lambda: GttsEngine(google), "piper": lambda: PiperEngine(voices),
    }  # fmt: skip
    store = Store(audio)
    recorded = Recordings(recordings) if recordings else None
    return Chain([makers[name]() for name in names], store, recorded)


def chain_in(settings: Settings) -> Chain:
    """The engines, the sounds and the recordings that `settings` name."""
    return chain_of(
        settings.speech_engines, settings.audio, settings.gtts_api_base, settings.piper_voices,
        settings.prompts / FOLDER,
    )  # fmt: skip
