"""The embedded engine: espeak-ng, one process a sound, no installation beside pip.

The rates are espeak-ng's own "words a minute", set so that the sound has the pace of A17. Measured with
voice `en` as words written per minute of trimmed sound, inner pauses included, over 51 parts of this line's
prompts: slow 106, normal 145, fast 182 (33 paragraphs of the leaflet: 107, 144, 180). A part of short words
reads up to a fifth faster, one of long words up to a fifth slower. The range of pitch is espeak-ng's own:
30 or 70 instead of 50 made no difference to a recogniser.
"""

import shutil
import subprocess
import sys
import tempfile
import weakref
from array import array
from importlib.metadata import version
from pathlib import Path

import espeakng_loader

from ivr.dialogue.place import Pace
from ivr.languages import Language
from ivr.speech import espeak_process
from ivr.speech.audio import Pcm
from ivr.speech.engine import EngineError, SpeechError
from ivr.text.spoken import clean

RATES = {Pace.SLOW: 100, Pace.NORMAL: 136, Pace.FAST: 170}
PITCH_RANGE = 50
_TIMEOUT_SECONDS = 20.0
# espeak-ng keeps its data path in 160 bytes and cuts a longer one without a word.
_LONGEST_DATA_PATH = 159


class EspeakEngine:
    """espeak-ng from the package `espeakng_loader`."""

    name = "espeak-ng"
    only_ahead = False

    def __init__(
        self,
        library: str | None = None,
        data: str | None = None,
        program: str = espeak_process.__file__,
        timeout_seconds: float = _TIMEOUT_SECONDS,
    ) -> None:
        """The paths are those of the installed package unless given; `program` speaks one text, then ends."""
        self._library = library or espeakng_loader.get_library_path()
        self._program = program
        self._timeout_seconds = timeout_seconds
        self._data = self._shorten(data or espeakng_loader.get_data_path())
        rates = "/".join(str(RATES[pace]) for pace in Pace)
        self.version = f"{version('espeakng-loader')} rates {rates} range {PITCH_RANGE}"

    def voice(self, language: Language) -> str:
        """The voice that the language's folder names."""
        return language.espeak

    def speak(self, text: str, voice: str, pace: Pace) -> Pcm:
        """The sound of the text. Raises `SpeechError`, or `EngineError` if the engine is to blame.

        `voice` is one of espeak-ng's, with how fast it speaks beside the standard if that differs: "pl 126%".
        """
        name, _, percent = voice.partition(" ")
        rate = round(RATES[pace] * _percent(percent) / 100)
        settings = [name, str(rate), str(PITCH_RANGE)]
        command = [sys.executable, "-I", "-S", self._program, self._library, self._data, *settings]
        try:
            done = subprocess.run(
                command,
                input=clean(text).encode(),
                capture_output=True,
                timeout=self._timeout_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise EngineError(f"espeak-ng was stopped after {self._timeout_seconds:g} s.") from error
        except OSError as error:
            raise EngineError(f"espeak-ng cannot be started: {error}.") from error
        except ValueError as error:
            raise SpeechError(f"The text or voice holds what cannot be spoken: {error}.") from error
        if done.returncode:
            raise _explain(done.returncode, done.stderr.decode(errors="replace").strip())
        if len(done.stdout) % 2:
            raise EngineError("espeak-ng broke off in the middle of a sound.")
        if not any(done.stdout):
            raise SpeechError(f"The voice {voice!r} finds nothing to say in this text.")
        return Pcm(espeak_process.RATE, array("h", done.stdout))

    def _shorten(self, data: str) -> str:
        """The path, or a short link to it, which lives as long as the engine."""
        if len(data.encode()) <= _LONGEST_DATA_PATH:
            return data
        folder = tempfile.mkdtemp(prefix="ivr")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        link = Path(folder, "espeak")
        link.symlink_to(data, target_is_directory=True)
        return str(link)


def _percent(written: str) -> int:
    if not written:
        return 100
    if not (written.endswith("%") and written[:-1].isascii() and written[:-1].isdecimal()):
        raise SpeechError(f"{written!r} after the voice is no percentage. Write such as pl+f2 126%.")
    return int(written[:-1])


def _explain(code: int, sentence: str) -> SpeechError:
    last = sentence.splitlines()[-1] if sentence else ""
    if code == espeak_process.VOICE_UNKNOWN:
        return SpeechError(f"espeak-ng: {last}. Give one of its voices in language.toml.")
    if code == espeak_process.TEXT_REFUSED:
        return SpeechError(f"espeak-ng: {last}.")
    if code == espeak_process.LIBRARY_FAILED:
        return EngineError(f"espeak-ng: {last}. Mend it: pip install --force-reinstall espeakng-loader")
    how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
    return EngineError(f"espeak-ng {how} while speaking. {last}".rstrip())
