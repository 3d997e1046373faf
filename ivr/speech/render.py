"""Makes the sounds that are missing."""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from itertools import islice

from ivr.dialogue.place import Pace
from ivr.languages import Language
from ivr.speech import audio
from ivr.speech.audio import Pcm
from ivr.speech.checks import check
from ivr.speech.engine import Engine, EngineError, SpeechError, Utterance, identity
from ivr.speech.store import Store
from ivr.text import spoken

# So many texts in a row that fail through the engine's own fault mean that it is gone.
_ENGINE_IS_GONE = 3


@dataclass
class RenderReport:
    """How many sounds were made now, how many were there, and which failed for what reason."""

    made: int = 0
    kept: int = 0
    failed: list[tuple[Utterance, str]] = field(default_factory=list)


class Maker(ABC):
    """Turns utterances into sounds in a store; `identity` says who speaks them."""

    def __init__(self, name: str, identity: str, store: Store) -> None:
        self.name, self.identity, self.store = name, identity, store

    @property
    @abstractmethod
    def only_ahead(self) -> bool:
        """Whether it makes sounds ahead of calls only, as `Engine` says."""

    @abstractmethod
    def says(self, language: Language, pace: Pace, text: str) -> Utterance | None:
        """How it would say a text as written; None where it cannot say it."""

    @abstractmethod
    def sound(self, utterance: Utterance) -> Pcm:
        """The sound of an utterance with its pauses, at the level of all sounds. Raises `SpeechError`."""

    def make(self, utterance: Utterance) -> None:
        """Makes one sound, unless it is there; a second try if the first is faulty.

        Raises `SpeechError` if it cannot be made, `StoreError` if it cannot be kept.
        """
        if utterance.engine != self.identity:
            raise SpeechError(f"This sound is to be spoken by {utterance.engine}, not by {self.identity}.")
        if self.store.has(utterance.key):
            return
        try:
            mp3 = self._speak_well(utterance)
        except SpeechError:
            mp3 = self._speak_well(utterance)
        self.keep(utterance, mp3)

    def keep(self, utterance: Utterance, mp3: bytes) -> None:
        """Puts a finished sound into the store. Raises `StoreError` if it cannot be kept."""
        record = {"engine": utterance.engine, "voice": utterance.voice, "pace": utterance.pace.value}
        self.store.add(utterance.key, mp3, spoken.caption(utterance.text), record)

    def render(
        self,
        utterances: Iterable[Utterance],
        workers: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> RenderReport:
        """Makes what is missing, `workers` at a time (one a processor), and calls `progress(done, all)`.

        A text that fails is reported and the others are made. Raises `EngineError` when the engine is gone
        and `StoreError` when the disk fails; what is made by then is kept.
        """
        wanted = {utterance.key: utterance for utterance in utterances}
        missing = [utterance for key, utterance in wanted.items() if not self.store.has(key)]
        report = RenderReport(kept=len(wanted) - len(missing))
        if not missing:
            return report
        self.store.sweep()
        workers = workers or os.cpu_count() or 1
        waiting = iter(missing)
        faults_in_a_row: set[str] = set()
        with ThreadPoolExecutor(workers) as pool:
            # Few are handed out at a time, so that little is begun after the engine or the disk has failed.
            running = {
                pool.submit(self.make, utterance): utterance for utterance in islice(waiting, 2 * workers)
            }
            while running:
                task = next(as_completed(running))
                utterance, error = running.pop(task), _speech_error(task)
                if error:
                    report.failed.append((utterance, str(error)))
                else:
                    report.made += 1
                if not isinstance(error, EngineError):
                    faults_in_a_row.clear()
                else:
                    faults_in_a_row.add(utterance.spoken)
                if len(faults_in_a_row) == _ENGINE_IS_GONE:
                    pool.shutdown()
                    kept = sum(self.store.has(utterance.key) for utterance in missing)
                    raise EngineError(f"{error} Stopped: {kept} sounds were made and are kept.")
                if progress:
                    progress(report.kept + report.made + len(report.failed), len(wanted))
                running |= {pool.submit(self.make, utterance): utterance for utterance in islice(waiting, 1)}
        return report

    def _speak_well(self, utterance: Utterance) -> bytes:
        """The sound as MP3, checked. Raises `SpeechError`."""
        mp3 = audio.encode_mp3(self.sound(utterance))
        faults = check(mp3, utterance)
        if faults:
            raise SpeechError(" ".join(f"{fault.text} ({fault.id})" for fault in faults))
        return mp3


class Renderer(Maker):
    """Turns utterances into sounds with an engine."""

    def __init__(self, engine: Engine, store: Store) -> None:
        super().__init__(engine.name, identity(engine), store)
        self.engine = engine

    @property
    def only_ahead(self) -> bool:
        """As the engine says."""
        return self.engine.only_ahead

    def utterance(
        self, language: str, voice: str, pace: Pace, text: str, lexicon: Mapping[str, str]
    ) -> Utterance:
        """What this renderer's engine would say for a text as written."""
        return Utterance(language, voice, pace, text, spoken.pronounce(text, lexicon), self.identity)

    def says(self, language: Language, pace: Pace, text: str) -> Utterance | None:
        """How the engine would say a text; None where it does not speak the language."""
        voice = self.engine.voice(language)
        return self.utterance(language.code, voice, pace, text, language.lexicon) if voice else None

    def sound(self, utterance: Utterance) -> Pcm:
        """What the engine says, piece by piece between the bars."""
        pieces, seconds_after = spoken.pieces(utterance.spoken)
        if not pieces:
            raise SpeechError("There is nothing to say in this text.")
        heard = [(pause, self._speak_piece(piece, utterance)) for pause, piece in pieces]
        return audio.normalise(audio.join(heard, seconds_after))

    def _speak_piece(self, piece: str, utterance: Utterance) -> Pcm:
        pcm = audio.trim(self.engine.speak(piece, utterance.voice, utterance.pace))
        if not pcm.samples:
            raise SpeechError(f"The engine said nothing for {piece!r}.")
        return pcm


def _speech_error(task: Future[None]) -> SpeechError | None:
    """The error that concerns one sound; any other stops the work."""
    try:
        task.result()
    except SpeechError as error:
        return error
    return None
