"""What it costs to answer a key press whose document is not kept ready."""

import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from bench.walk import Press
from ivr.dialogue.messages import Meant
from ivr.served import Folder, Folders
from ivr.shelf import Shelf
from ivr.speech.chain import Chain
from ivr.speech.espeak import EspeakEngine
from ivr.speech.sounds import Sounds
from ivr.speech.store import Store
from ivr.tally.counter import Counter
from ivr.web.circumstances import Edge
from ivr.web.line import PhoneLine


def cold_milliseconds(prompts: Path, locales: Path, calls: Iterable[tuple[str, Press]]) -> list[float]:
    """Processor time in milliseconds of each of `calls` (caller, press), each different from all others, sorted.

    The line has answered before, so what is worked out once in its life counts in none of them, but what
    it kept ready is gone. Only the line is timed, without the web framework and the signature.
    """
    with tempfile.TemporaryDirectory() as audio:
        shelf = Shelf(prompts, locales, lambda _library: None)
        sounds = Sounds(Chain([EspeakEngine()], Store(Path(audio))), shelf.languages)
        sounds.serve(shelf.library)
        edge = Edge(lambda: datetime.now(UTC), texts=False)
        asked = [_webhook(caller, press) for caller, press in calls]
        for _ in range(2):
            line = PhoneLine(
                Folder(shelf, sounds, Folders(prompts, locales)), edge, shelf.library.line.helpline.number, _no_text,
                _no_words, Counter("sqlite://"),
            )  # fmt: skip
            taken = [_time(line, *one) for one in asked]
    return sorted(taken)


def _webhook(caller: str, press: Press) -> tuple[str, str, dict[str, str]]:
    path, _, query = press.path.removeprefix("/voice").removeprefix("/").partition("?")
    return path, query, {"From": caller, press.field: press.value}


def _time(line: PhoneLine, path: str, query: str, fields: dict[str, str]) -> float:
    begun = time.thread_time_ns()
    line.respond(path, query, fields)
    return (time.thread_time_ns() - begun) / 1e6


def _no_words(_words: str, language: str) -> Meant:
    return Meant(language, (), ())


def _no_text(_topic: str, _fields: object) -> str:
    return "failed"
