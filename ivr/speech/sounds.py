"""Which sound says a text, and the sound itself, made when it is first asked for."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ivr.content.model import Library
from ivr.dialogue.place import Pace
from ivr.dialogue.script import script_of
from ivr.errors import IvrError
from ivr.languages import Language
from ivr.speech.engine import SpeechError, Utterance
from ivr.speech.render import Renderer
from ivr.text.spoken import caption, pronounce


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
    """The sounds of the library being served.

    `generation` grows whenever the answer of `find` changes for some text, so that what was built upon
    the old answer can be built anew.
    """

    def __init__(self, renderer: Renderer, languages: Mapping[str, Language]) -> None:
        self._renderer = renderer
        self._languages = languages
        self._stock = Stock({}, {})
        self._failed: frozenset[str] = frozenset()
        self._lock = threading.Lock()
        self.generation = 0

    def serve(self, library: Library) -> None:
        """Serve the sounds of `library` from now on; those of the last one are found a while longer."""
        fresh = stock(library, self._languages, self._renderer)
        with self._lock:
            kept = {**self._stock.by_key, **fresh.by_key} if self._stock.by_key else fresh.by_key
            self._stock = Stock(kept, fresh.keys)
            self._failed = frozenset()
            self.generation += 1

    def find(self, text: str, language: str, pace: Pace) -> str | None:
        """The key of the sound that says `text`; None when there is none or it could not be made."""
        key = self._stock.keys.get((language, text, pace))
        return None if key is None or key in self._failed else key

    def say_instead(self, text: str, language: str) -> str:
        """What the carrier's own voice should read when there is no sound: numbers spelled, no bars."""
        return caption(pronounce(text, self._languages[language].lexicon))

    def words(self, key: str) -> str | None:
        """What the sound `key` says, as a person reads it; None for a key of no text."""
        utterance = self._stock.by_key.get(key)
        return None if utterance is None else caption(utterance.text)

    def read(self, key: str) -> bytes | None:
        """The sound `key` as MP3, made now if it must be; None for a key of no text.

        Raises SpeechError or StoreError when it cannot be had; until the next library its text is then
        left to the carrier's voice.
        """
        sound = self._renderer.store.read(key)
        utterance = self._stock.by_key.get(key)
        if sound is not None or utterance is None:
            return sound
        try:
            self._renderer.make(utterance)
            sound = self._renderer.store.read(key)
            if sound is None:
                raise SpeechError("The sound was made and is gone again.")
            return sound
        except IvrError:
            with self._lock:
                self._failed |= {key}
                self.generation += 1
            raise

    def missing(self) -> Iterator[Utterance]:
        """The sounds that are still to be made, those at normal pace first."""
        utterances = tuple(self._stock.by_key.values())
        for utterance in sorted(utterances, key=lambda one: one.pace is not Pace.NORMAL):
            if not self._renderer.store.has(utterance.key):
                yield utterance
