"""Which sound says a text, and the sound itself, made when it is first asked for."""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ivr.content.model import Library
from ivr.dialogue.place import Pace
from ivr.dialogue.script import script_of
from ivr.errors import IvrError
from ivr.languages import Language
from ivr.speech.engine import SpeechError, Utterance
from ivr.speech.render import Renderer
from ivr.text.spoken import for_carrier, pronounce

RETRY_AFTER: Final = 300.0
"""Seconds for which a sound that could not be had is left to the carrier's voice: a disk that was full for a
moment must not silence a text until the next restart, nor may every caller meet the same fault."""


@dataclass(frozen=True, slots=True)
class Stock:
    """Every sound one library needs: by key, and by what is to be said in which language and pace."""

    by_key: Mapping[str, Utterance]
    keys: Mapping[tuple[str, str, Pace], str]


def stock(library: Library, languages: Mapping[str, Language], renderer: Renderer) -> Stock:
    """List every sound that `library` needs in `languages`, at all paces."""
    by_key: dict[str, Utterance] = {}
    keys: dict[tuple[str, str, Pace], str] = {}
    for code, text in _every_text(library):
        language = languages[code]
        for pace in Pace:
            utterance = renderer.utterance(code, language.espeak, pace, text, language.lexicon)
            by_key[utterance.key] = utterance
            keys[code, text, pace] = utterance.key
    return Stock(by_key, keys)


def _every_text(library: Library) -> Iterable[tuple[str, str]]:
    texts: dict[tuple[str, str], None] = {}
    for code in library.editions:
        texts |= dict.fromkeys((code, text) for text in script_of(library, code).every_text())
    return texts


class Sounds:
    """The sounds of the library being served; `now` counts seconds."""

    def __init__(
        self,
        renderer: Renderer,
        languages: Mapping[str, Language],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._renderer = renderer
        self._languages = languages
        self._now = now
        self._stock = Stock({}, {})
        self._failed: frozenset[str] = frozenset()
        self._retry_at = 0.0
        self._lock = threading.Lock()
        # However many ask at once, no more engines run than there are processors: the others wait their turn.
        self._engines = threading.BoundedSemaphore(os.cpu_count() or 1)
        self._generation = 0

    @property
    def generation(self) -> int:
        """A number that grows when the answer of `find` changes for some text: what was built upon the old
        answer is to be built anew."""
        if self._failed and self._now() >= self._retry_at:
            with self._lock:
                self._leave_to_carrier(frozenset())
        return self._generation

    def serve(self, library: Library) -> None:
        """Serve the sounds of `library` from now on; those of the last one are found a while longer."""
        fresh = stock(library, self._languages, self._renderer)
        with self._lock:
            kept = {**self._stock.by_key, **fresh.by_key} if self._stock.by_key else fresh.by_key
            self._stock = Stock(kept, fresh.keys)
            self._leave_to_carrier(frozenset())

    def find(self, text: str, language: str, pace: Pace) -> str | None:
        """The key of the sound that says `text`; None when there is none or it could not be made."""
        key = self._stock.keys.get((language, text, pace))
        return None if key is None or key in self._failed else key

    def say_instead(self, text: str, language: str) -> str:
        """What the carrier's own voice should read when there is no sound: numbers spelled, no bars."""
        return for_carrier(pronounce(text, self._languages[language].lexicon))

    def utterance(self, key: str) -> Utterance | None:
        """What the sound `key` says, and in which language; None for a key of no text."""
        return self._stock.by_key.get(key)

    def read(self, key: str) -> bytes | None:
        """The sound `key` as MP3, made now if it must be; None for a key of no text.

        Raises SpeechError or StoreError when it cannot be had; for `RETRY_AFTER` seconds, or until the next
        library, its text is then left to the carrier's voice.
        """
        utterance = self._stock.by_key.get(key)
        try:
            sound = self._renderer.store.read(key)
            if sound is not None or utterance is None:
                return sound
            with self._engines:
                self._renderer.make(utterance)
            sound = self._renderer.store.read(key)
            if sound is None:
                raise SpeechError("The sound was made and is gone again.")
            return sound
        except IvrError:
            if utterance is not None:
                with self._lock:
                    self._leave_to_carrier(self._failed | {key})
            raise

    def missing(self) -> Iterator[Utterance]:
        """The sounds that are still to be made, those at normal pace first."""
        utterances = tuple(self._stock.by_key.values())
        for utterance in sorted(utterances, key=lambda one: one.pace is not Pace.NORMAL):
            if not self._renderer.store.has(utterance.key):
                yield utterance

    def _leave_to_carrier(self, keys: frozenset[str]) -> None:
        """Note which sounds cannot be had now; the lock is held."""
        self._failed = keys
        self._retry_at = self._now() + RETRY_AFTER
        self._generation += 1
