"""What the line understands and answers when it is texted: the word lists, the learnt meaning, the replies."""

import logging
import threading
from collections.abc import Mapping
from pathlib import Path

from ivr.content.model import URGENT, Library
from ivr.dialogue.messages import Meant, Reply, reply_to
from ivr.matching.layers import LayersError, read_layers
from ivr.matching.lexicon import Lexicon
from ivr.matching.meaning import LearntMeaning, Meaning
from ivr.matching.reading import read_lexicons
from ivr.matching.understand import understand
from ivr.meaning.embedding import E5Embedder, NoModel
from ivr.meaning.process import RemoteEmbedder
from ivr.problems import ContentError, Findings
from ivr.shelf import Shelf
from ivr.text.normalise import normalise

log = logging.getLogger(__name__)

LAYERS = "meaning.json"


def kinds_of(library: Library) -> dict[str, str]:
    """Every urgent kind, the most serious first, with the topic it leads to."""
    return {kind.id.removeprefix(f"{URGENT}."): kind.see for kind in library.own.kinds}


def topics_of(library: Library) -> tuple[str, ...]:
    """Every topic that a text can be about."""
    return tuple(topic.id for topic in library.own.leaflet)


def load_words(library: Library, locales: Path) -> Mapping[str, Lexicon]:
    """The word list of every language. Raises ContentError with every problem there is."""
    findings = Findings(locales.resolve().parent)
    lexicons = read_lexicons(locales.resolve(), kinds_of(library), topics_of(library), findings)
    if findings.problems:
        raise ContentError(findings.problems)
    return lexicons


def load_meaning(locales: Path, model_socket: str = "") -> Meaning | None:
    """What has been learnt, with the language model where this machine has it.

    `model_socket` is where the model's process listens; "" loads the model into this process. Without the
    model the line works on the words and what was learnt without it; without both, on the words alone.
    Which of them is so is said once in the log.
    """
    try:
        layers = read_layers(locales / LAYERS)
    except LayersError as fault:
        log.error("texts are understood by word lists alone: %s", fault)
        return None
    if model_socket:
        return LearntMeaning(layers, RemoteEmbedder(Path(model_socket)))
    try:
        return LearntMeaning(layers, E5Embedder())
    except NoModel as fault:
        log.warning("texts are understood without the language model: %s", fault)
        return LearntMeaning(layers)


class Texter:
    """Answers texts about one library."""

    def __init__(self, library: Library, lexicons: Mapping[str, Lexicon], meaning: Meaning | None) -> None:
        self._library, self._meaning = library, meaning
        served = {code: lexicons[code] for code in library.editions if code in lexicons}
        self._lexicons = {**served, **lexicons}
        self._kinds = kinds_of(library)
        self._names = {name: code for code, lexicon in lexicons.items() for name in lexicon.names}

    def answer(self, text: str, language: str) -> Reply:
        """The reply to `text` in a conversation that is in `language`, "" when it has just begun."""
        spoken = language if language in self._library.editions else self._library.line.language
        return reply_to(self._library, text, spoken, self._understand, self._language_called)

    def hear(self, words: str, language: str) -> Meant:
        """What `words` mean that were said on a call in `language`."""
        return self._understand(words, language)

    def _understand(self, text: str, language: str) -> Meant:
        found = understand(text, self._lexicons, self._meaning, language, self._kinds)
        best = found.language if found.language in self._library.editions else self._library.line.language
        topics = tuple(topic for topic in found.topics if topic)
        named = {hit.means for lexicon in self._lexicons.values() for hit in lexicon.look(text).topics}
        return Meant(best, found.urgents, topics, tuple(map(str, found.why)), frozenset(named))

    def _language_called(self, name: str) -> str:
        called = normalise(name)
        return self._names.get(called, called if called in self._library.editions else "")


class Texters:
    """The texter of whatever library is being served. What it needs is loaded with the first text.

    So a worker that answers calls alone stays small; word lists that are being edited keep their last
    good state.
    """

    def __init__(self, shelf: Shelf, locales: Path, model_socket: str = "") -> None:
        self._shelf, self._locales, self._model_socket = shelf, locales, model_socket
        self._lock = threading.Lock()
        self._served: Library | None = None
        self._texter: Texter | None = None
        self._meaning: Meaning | None = None

    def answer(self, text: str, language: str) -> Reply:
        """The reply to `text`, as Texter.answer gives it. Raises ContentError when no word list was ever good."""
        return self._current().answer(text, language)

    def hear(self, words: str, language: str) -> Meant:
        """What spoken words mean, as Texter.hear finds it. Raises ContentError likewise."""
        return self._current().hear(words, language)

    def _current(self) -> Texter:
        library = self._shelf.library
        with self._lock:
            if self._texter is None or self._served is not library:
                if self._texter is None:
                    self._meaning = load_meaning(self._locales, self._model_socket)
                self._texter = self._renewed(library)
                self._served = library
            return self._texter

    def _renewed(self, library: Library) -> Texter:
        try:
            return Texter(library, load_words(library, self._locales), self._meaning)
        except ContentError as fault:
            if self._texter is None:
                raise
            log.error("the changed word lists have faults, the last good ones are still used:\n%s", fault)
            return self._texter
