"""What the line understands and answers when it is texted: the word lists, the learnt meaning, the replies."""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from ivr.content.model import URGENT, Library
from ivr.dialogue.messages import Meant, Reply, reply_to
from ivr.errors import IvrError
from ivr.matching.layers import LayersError, read_layers
from ivr.matching.lexicon import Lexicon
from ivr.matching.meaning import LearntMeaning, Meaning
from ivr.matching.reading import read_lexicons
from ivr.matching.understand import understand
from ivr.meaning.embedding import E5Embedder, NoModel
from ivr.meaning.process import RemoteEmbedder
from ivr.problems import ContentError, Findings
from ivr.served import Holdings, Served
from ivr.text.normalise import normalise
from ivr.web.circumstances import notices_at

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


def _now() -> datetime:
    return datetime.now(UTC)


class Texter:
    """Answers texts about one library; `now` tells which of its notices hold."""

    def __init__(
        self, library: Library, lexicons: Mapping[str, Lexicon], meaning: Meaning | None,
        now: Callable[[], datetime] = _now,
    ) -> None:  # fmt: skip
        self._library, self._meaning, self._now = library, meaning, now
        served = {code: lexicons[code] for code in library.editions if code in lexicons}
        self._lexicons = {**served, **lexicons}
        self._kinds = kinds_of(library)
        self._names = {name: code for code, lexicon in lexicons.items() for name in lexicon.names}

    def answer(self, text: str, language: str, texted: str = "") -> Reply:
        """The reply to `text`, sent to the number `texted`, in a conversation in `language`, "" when it just began."""
        line = self._library.line
        codes = (language, line.numbers.get(texted, ""), line.language)
        spoken = next(code for code in codes if code in self._library.editions)
        notices = notices_at(self._library.own.notices, line, self._now())
        begun = language or line.numbers.get(texted, "")
        hint = spoken if begun in self._library.editions else ""
        return reply_to(
            self._library, text, spoken, lambda body, _: self._understand(body, hint), self._language_called,
            notices,
        )  # fmt: skip

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
    """The texter of whatever is live. What it needs is loaded with the first text.

    So a worker that answers calls alone stays small; word lists that are being edited keep their last
    good state.
    """

    def __init__(self, holdings: Holdings, model_socket: str = "") -> None:
        self._holdings, self._model_socket = holdings, model_socket
        self._lock, self._making = threading.Lock(), threading.Lock()
        self._library: Library | None = None
        self._texter: Texter | None = None
        self._ready: tuple[Library, Texter] | None = None
        self._lexicons: tuple[object, Mapping[str, Lexicon]] = None, {}
        self._meaning: tuple[object, Meaning | None] = None, None

    def answer(self, text: str, language: str, texted: str = "") -> Reply:
        """The reply to `text`, as Texter.answer gives it. Raises IvrError when no word list was ever good."""
        return self._current().answer(text, language, texted)

    def hear(self, words: str, language: str) -> Meant:
        """What spoken words mean, as Texter.hear finds it. Raises IvrError likewise."""
        return self._current().hear(words, language)

    def prepare(self, served: Served) -> None:
        """Have ready what `served` needs before it goes live: word lists take seconds, and a texter would wait.

        Nothing where nobody has texted yet.
        """
        if self._texter is not None:
            ready = self._renewed(served)
            with self._lock:
                self._ready = served.library, ready

    def _current(self) -> Texter:
        served = self._holdings.live
        with self._lock:
            if self._texter is None or self._library is not served.library:
                if self._ready and self._ready[0] is served.library:
                    self._texter = self._ready[1]
                else:
                    self._texter = self._renewed(served)
                self._library, self._ready = served.library, None
            return self._texter

    def _renewed(self, served: Served) -> Texter:
        try:
            with self._making, served.folders() as folders:
                return self._made(served.library, folders.locales)
        except IvrError as fault:
            if self._texter is None:
                raise
            log.error("the changed word lists have faults, the last good ones are still used:\n%s", fault)
            return self._texter
        except Exception:
            if self._texter is None:
                raise
            log.exception("the changed word lists cannot be read, the last good ones are still used")
            return self._texter

    def _made(self, library: Library, locales: Path) -> Texter:
        """The texter of `library`; what it needs is read anew only where it has changed."""
        words = _bytes_of(locales, "*/*.yaml"), tuple(kinds_of(library).items()), topics_of(library)
        if self._lexicons[0] != words:
            self._lexicons = words, load_words(library, locales)
        learnt = _bytes_of(locales, LAYERS)
        if self._meaning[0] != learnt:
            self._meaning = learnt, load_meaning(locales, self._model_socket)
        return Texter(library, self._lexicons[1], self._meaning[1])


def _bytes_of(folder: Path, pattern: str) -> str:
    """A fingerprint of the files in `folder` that `pattern` finds."""
    found = sha256()
    for path in sorted(folder.glob(pattern)):
        found.update(f"{path.relative_to(folder)}:{path.stat().st_size}\n".encode() + path.read_bytes())
    return found.hexdigest()
