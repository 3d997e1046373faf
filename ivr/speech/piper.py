"""The engine for the best voice that needs no internet: Piper, with voices that the operator supplies.

An optional extra (requirements-piper.txt). It runs in processes of its own (see `piper_process.py`), one for each
text that is spoken at the same time, and ahead of calls only: a voice takes a second or two to load and a second of
sound up to .3 s of a processor.

Piper's voices differ in how fast they speak. The paces are set for en_US-joe-medium, so that it comes near the words
a minute of the embedded engine; an operator whose voice is slower or faster changes `length_scale` in its .json.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
import threading
import weakref
from array import array
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import IO, cast

from ivr.dialogue.place import Pace
from ivr.languages import Language
from ivr.speech.audio import Pcm
from ivr.speech.engine import EngineError, SpeechError
from ivr.text.spoken import clean

PACES = {Pace.SLOW: 2.05, Pace.NORMAL: 1.46, Pace.FAST: 1.09}
"""How many times as long as at the voice's own pace."""

# Raise it when this module, its process or a new Piper changes what a sound is like. Piper's own version stays out:
# a web worker finds the sounds that another machine has rendered without having Piper itself.
_VERSION = 1
_PROGRAM = Path(__file__).with_name("piper_process.py")
_NOT_INSTALLED = 3  # The program's exit code; importing it would load Piper.
_TIMEOUT_SECONDS = 60.0
# A voice is known by its settings and by samples of its 60 MB: another training changes every weight.
_SAMPLES, _SAMPLE_BYTES = 16, 65_536


class PiperEngine:
    """Piper, with the voices in a folder: `<language>….onnx`, such as cy_GB-gwryw-medium.onnx, and its .json."""

    name = "piper"
    only_ahead = True

    def __init__(
        self, voices: Path | None, program: Path = _PROGRAM, timeout_seconds: float = _TIMEOUT_SECONDS
    ) -> None:
        """Without a folder of `voices` it speaks no language; `program` stands in for Piper's own in tests."""
        self._folder, self._program, self._timeout_seconds = voices, program, timeout_seconds
        self.version = f"{_VERSION} paces {'/'.join(str(PACES[pace]) for pace in Pace)}"
        self._idle: list[_Process] = []
        weakref.finalize(self, _end, self._idle)

    def voice(self, language: Language) -> str:
        """The name of the voice and what it is known by; empty where the folder has none for the language.

        Of several the first by name speaks, one for exactly this country (pt-BR: pt_BR-….onnx) before all others.
        """
        ranked = ((_likeness(name, language.code), name) for name in self._voices)
        best = min(((rank, name) for rank, name in ranked if rank is not None), default=None)
        return f"{best[1]} {self._voices[best[1]]}" if best else ""

    def speak(self, text: str, voice: str, pace: Pace) -> Pcm:
        """The sound of the text. Raises `SpeechError`, or `EngineError` if Piper is absent, died or hung."""
        name = voice.rpartition(" ")[0]
        model = Path(self._folder or "", f"{name}.onnx")
        if name not in self._voices:
            raise SpeechError(f"piper has no voice {voice!r} in {self._folder}. Put it there: PIPER_VOICES.")
        if not _settings_of(model).is_file():
            raise SpeechError(f"The voice {model} has no {model.name}.json beside it. Download both files.")
        # Double brackets would be read as Piper's own signs for sounds.
        request = {"model": str(model), "text": clean(text).replace("[[", "[ ["), "pace": PACES[pace]}
        try:
            process = self._idle.pop()
        except IndexError:
            process = _Process(self._program)
        try:
            answer, sound = process.ask(json.dumps(request).encode(), self._timeout_seconds)
        except BaseException:
            process.end()
            raise
        self._idle.append(process)
        if fault := answer.get("fault"):
            raise SpeechError(f"piper cannot speak this text with {name}: {fault}.")
        if not any(sound):
            raise SpeechError(f"The voice {name} finds nothing to say in this text.")
        return Pcm(int(answer["rate"]), array("h", sound))

    @cached_property
    def _voices(self) -> dict[str, str]:
        """What each voice is known by; a change of the folder is seen by the next process."""
        folder = self._folder
        if folder is None or not folder.is_dir():
            return {}
        return {model.stem: _known_by(model) for model in sorted(folder.glob("*.onnx"))}


class _Process:
    """One running `piper_process.py`."""

    def __init__(self, program: Path) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(program)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
            )
        except OSError as error:
            self._errors.close()
            raise EngineError(f"piper cannot be started: {error}.") from error
        self._requests = cast(IO[bytes], self._process.stdin)
        self._answers = cast(IO[bytes], self._process.stdout)

    def ask(self, request: bytes, timeout_seconds: float) -> tuple[dict[str, str], bytes]:
        """The answer and its sound. Raises `EngineError` if there is none in time."""
        timer = threading.Timer(timeout_seconds, self._process.kill)
        timer.start()
        try:
            self._requests.write(request + b"\n")
            self._requests.flush()
            answer = json.loads(self._answers.readline())
            size = int(answer.get("bytes", 0))
            sound = self._answers.read(size)
            if len(sound) == size and size % 2 == 0:
                return answer, sound
        except (OSError, ValueError):
            pass  # It died before or during its answer, or what it says is none: explained below.
        finally:
            timer.cancel()
        raise self._explain(timeout_seconds)

    def end(self) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        with suppress(OSError):  # A request that it never read is lost with it.
            self._requests.close()
        self._answers.close()
        self._process.wait()
        self._errors.close()

    def _explain(self, timeout_seconds: float) -> EngineError:
        try:
            code = self._process.wait(1)
        except subprocess.TimeoutExpired:
            return EngineError("piper gave an answer that cannot be read.")
        self._errors.seek(0)
        last = self._errors.read().decode(errors="replace").strip().rpartition("\n")[2]
        if code == _NOT_INSTALLED:
            return EngineError(
                f"Piper is not installed ({last}). Install it: pip install --require-hashes -r requirements-piper.txt"
            )
        if code == -9:
            return EngineError(
                f"piper was stopped: it took over {timeout_seconds:g} s for a text, or the machine's memory."
            )
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        return EngineError(f"piper {how} while speaking. {last}".rstrip())


def _end(processes: list[_Process]) -> None:
    for process in processes:
        process.end()


def _settings_of(model: Path) -> Path:
    return model.with_name(f"{model.name}.json")


def _likeness(voice: str, code: str) -> int | None:
    """How well a voice fits a language by its name, 0 best; None where it is another language's."""
    spoken = voice.partition("-")[0].replace("_", "-").casefold()
    wanted = code.casefold()
    if spoken == wanted:
        return 0
    return 1 if spoken.partition("-")[0] == wanted else None


def _known_by(model: Path) -> str:
    """Eight characters that change with the voice."""
    digest = hashlib.sha256()
    size = model.stat().st_size
    with model.open("rb") as file:
        for at in range(_SAMPLES):
            file.seek(size * at // _SAMPLES)
            digest.update(file.read(_SAMPLE_BYTES))
    digest.update(str(size).encode())
    settings = _settings_of(model)
    digest.update(settings.read_bytes() if settings.is_file() else b"")
    return digest.hexdigest()[:8]
