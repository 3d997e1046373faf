"""Which sound says a text, and the sound itself, made when it is first asked for."""

import logging
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
from ivr.speech.chain import Chain, Choice
from ivr.speech.engine import SpeechError, StoreError, Utterance
from ivr.text.spoken import for_carrier, pronounce

log = logging.getLogger(__name__)

RETRY_AFTER: Final = 300.0
"""Seconds for which a sound that could not be had is left to the carrier's voice: a disk that was full for a
moment must not silence a text until the next restart, nor may every caller meet the same fault."""

Said = tuple[str, str, Pace]
"""What is to be said: the language, the text and the pace."""


@dataclass(frozen=True, slots=True)
class Stock:
    """Every sound one library may use: by key, and all choices for what is to be said, the best first."""

    by_key: Mapping[str, Utterance]
    choices: Mapping[Said, Choice]


def stock(library: Library, languages: Mapping[str, Language], chain: Chain) -> Stock:
    """List every sound that `library` may use in `languages`, at all paces."""
    chain.refresh()
    choices = {
        (code, text, pace): chain.choice(languages[code], pace, text)
        for code, text in _every_text(library)
        for pace in Pace
    }
    return Stock({one.key: one for choice in choices.values() for one in choice}, choices)


def _every_text(library: Library) -> Iterable[tuple[str, str]]:
    texts: dict[tuple[str, str], None] = {}
    for code in library.editions:
        texts |= dict.fromkeys((code, text) for text in script_of(library, code).every_text())
    return texts


@dataclass(frozen=True, slots=True)
class Lack:
    """What callers do not hear as it was meant: whether a sound could not be had just now, how many texts have none
    yet, and in whose place another engine speaks."""

    failing: bool
    missing: int
    stood_in_for: tuple[str, ...]


class Sounds:
    """The sounds of the library being served; `now` counts seconds.

    A text is said by the best sound that there was when the folder was last looked at, which `look` does and no
    webhook; where there is none, by the best engine on this machine, when the sound is first fetched.
    """

    def __init__(
        self,
        chain: Chain,
        languages: Mapping[str, Language],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._chain = chain
        self._languages = languages
        self._now = now
        self._stock = Stock({}, {})
        self._keys: Mapping[Said, tuple[str, ...]] = {}
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
                self._leave_to_others(frozenset())
        return self._generation

    def serve(self, library: Library) -> None:
        """Serve the sounds of `library` from now on; those of the last one are found a while longer."""
        fresh = stock(library, self._languages, self._chain)
        keys = self._best(fresh)
        with self._lock:
            kept = {**self._stock.by_key, **fresh.by_key} if self._stock.by_key else fresh.by_key
            self._stock, self._keys = Stock(kept, fresh.choices), keys
            self._leave_to_others(frozenset())

    def look(self) -> None:
        """Take in what a preferred engine has made meanwhile."""
        known = self._stock
        keys = self._best(known)
        with self._lock:
            if keys != self._keys and known is self._stock:
                self._keys = keys
                self._generation += 1

    def find(self, text: str, language: str, pace: Pace) -> str | None:
        """The key of the sound that says `text`; None when there is none or it could not be made."""
        failed = self._failed
        for key in self._keys.get((language, text, pace), ()):
            if key not in failed:
                return key
        return None

    def say_instead(self, text: str, language: str) -> str:
        """What the carrier's own voice should read when there is no sound: numbers spelled, no bars."""
        return for_carrier(pronounce(text, self._languages[language].lexicon))

    def utterance(self, key: str) -> Utterance | None:
        """What the sound `key` says, and in which language; None for a key of no text."""
        return self._stock.by_key.get(key)

    def read(self, key: str) -> bytes | None:
        """The sound `key` as MP3, made now if it must be; None for a key of no text.

        Raises SpeechError or StoreError when it cannot be had; for `RETRY_AFTER` seconds, or until the next
        library, its text is then left to the next engine's sound or to the carrier's voice.
        """
        utterance = self._stock.by_key.get(key)
        store = self._chain.store
        try:
            sound = store.read(key)
            if sound is not None or utterance is None:
                return sound
            with self._engines:
                self._chain.make(utterance)
            sound = store.read(key)
            if sound is None:
                raise SpeechError("The sound was made and is gone again.")
            return sound
        except IvrError:
            if utterance is not None:
                with self._lock:
                    self._leave_to_others(self._failed | {key})
            raise

    def lack(self) -> Lack:
        """What is lacking now, found in one look at the folder. Raises StoreError."""
        there = self._chain.store.keys()
        missing, stood_in_for = 0, set()
        for choice in self._stock.choices.values():
            if not any(one.key in there for one in choice):
                missing += 1
            elif choice[0].key not in there:
                stood_in_for.add(self._chain.name(choice[0]))
        return Lack(bool(self._failed), missing, tuple(sorted(stood_in_for)))

    def missing(self) -> Iterator[Utterance]:
        """The sounds that are still to be made on this machine, those at normal pace first."""
        has, by_key = self._chain.store.has, self._stock.by_key
        for said in sorted(self._keys, key=lambda said: said[2] is not Pace.NORMAL):
            keys = self._keys[said]
            if keys and not any(map(has, keys)):
                yield by_key[keys[0]]

    def _best(self, found: Stock) -> dict[Said, tuple[str, ...]]:
        """The keys that may serve, the best first: the sounds that are there, then those made when asked for."""
        if not self._chain.has_preference:
            return {said: tuple(one.key for one in choice) for said, choice in found.choices.items()}
        try:
            there = self._chain.store.keys()
        except StoreError as fault:
            log.error("only the built-in voice is served: %s", fault)
            there = frozenset()
        keys = {}
        for said, choice in found.choices.items():
            here = [one.key for one in choice if self._chain.speaks_here(one)]
            keys[said] = tuple(dict.fromkeys([*(one.key for one in choice if one.key in there), *here]))
        return keys

    def _leave_to_others(self, keys: frozenset[str]) -> None:
        """Note which sounds cannot be had now; the lock is held."""
        self._failed = keys
        self._retry_at = self._now() + RETRY_AFTER
        self._generation += 1
