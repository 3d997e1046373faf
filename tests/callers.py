"""A caller for the tests, who rings the line through the running app, presses keys and hears words."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import pytest
from flask import Flask

from ivr.config import Settings, read_settings
from ivr.served import Folder, Folders
from ivr.shelf import Shelf
from ivr.speech.chain import Chain
from ivr.speech.engine import Engine
from ivr.speech.espeak import EspeakEngine
from ivr.speech.sounds import Sounds
from ivr.speech.store import Store
from ivr.tally.counter import Counter
from ivr.telephony.carrier import Carrier, Document
from ivr.telephony.fields import voice_fields
from ivr.telephony.follow import Call, DialStatus, caption
from ivr.telephony.reach import Send, http_send, wsgi_send
from ivr.telephony.signature import Door
from ivr.telephony.verbs import Gather, Verb
from ivr.texting import Texters
from ivr.watch.seen import Note, ignore
from ivr.web.audio import make_audio
from ivr.web.circumstances import Edge
from ivr.web.fallback import make_fallback_pages
from ivr.web.line import PhoneLine
from ivr.web.voice import make_voice

ROOT = Path(__file__).resolve().parent.parent
PUBLIC = "https://line.example"
ACCOUNT = "AC" + "0" * 32
TOKEN = "a-token-that-is-no-secret"
NUMBER = "+442079460000"
MOBILE = "+447700900123"
HELPLINE = "+448088006000"
START_WITHIN = 30.0


def environ_in(folder: Path) -> dict[str, str]:
    """The environment of a line in production that keeps its sounds and texts in `folder`.

    In production nothing is made ahead in the background, so that a test meets only what it asks for.
    """
    return {
        "PUBLIC_URL": PUBLIC, "SECRET_KEY": "k" * 32, "TWILIO_ACCOUNT_SID": ACCOUNT,
        "SERVE_UNREVIEWED": "none", "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_FROM": NUMBER, "AUDIO": str(folder / "audio"),
        "DATABASE_URL": f"sqlite:///{folder / 'line.sqlite'}", "VERSIONS": str(folder / "versions"),
    }  # fmt: skip


def settings_in(folder: Path, **changes: str) -> Settings:
    """The settings of `environ_in`, with some variables changed."""
    return read_settings(environ_in(folder) | changes)


def edited_prompts(folder: Path, edits: Mapping[str, Callable[[str], str]]) -> Path:
    """A copy of the shipped prompts in `folder`, with each file named in `edits` rewritten."""
    prompts = shutil.copytree(ROOT / "prompts", folder / "prompts")
    for name, edit in edits.items():
        path = prompts / name
        before = path.read_text()
        after = edit(before)
        assert after != before, f"the edit of {name} changes nothing"
        path.write_text(after)
    return prompts


def line_with(
    settings: Settings,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    engine: Engine | None = None,
    note: Note = ignore,
) -> Flask:
    """The voice line of real parts, with a clock or an engine of the test's own."""
    chain = Chain([engine or EspeakEngine()], Store(settings.audio))
    shelf = Shelf(settings.prompts, settings.locales, lambda library: None, settings.unreviewed)
    sounds = Sounds(chain, shelf.languages)
    sounds.serve(shelf.library)
    folder = Folder(shelf, sounds, Folders(settings.prompts, settings.locales))
    fallback = folder.live.fallback
    texters = Texters(folder)
    edge = Edge(now, texts=False)
    counter = Counter(settings.database_url)
    line = PhoneLine(folder, edge, settings.number, lambda topic, fields: "failed", texters.hear, counter)
    app = Flask("line", static_folder=None)
    app.register_blueprint(make_fallback_pages(lambda: fallback, note))
    app.register_blueprint(make_voice(line, Door(PUBLIC, ACCOUNT, (TOKEN,)), fallback.call_in, counter, note))
    app.register_blueprint(make_audio(sounds))
    return app


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """Serve a line in production in a process of its own; gives the port. `folder` keeps its files and its log."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    # Whoever runs the tests may have a real account in their environment: it stays out of this.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TWILIO_")}
    environ |= environ_in(folder) | {"PORT": str(port), "WEB_CONCURRENCY": "1"}
    log = folder / "log"
    with log.open("wb") as output:
        line = subprocess.Popen(
            [sys.executable, "-m", "ivr", "serve"], cwd=ROOT, env=environ, stdout=output, stderr=output
        )
        try:
            _wait_until_up(port, line, log)
            yield port
        finally:
            line.terminate()
            line.wait(10)


def _wait_until_up(port: int, line: "subprocess.Popen[bytes]", log: Path) -> None:
    send, deadline = http_send(f"http://127.0.0.1:{port}", timeout=2), time.monotonic() + START_WITHIN
    while time.monotonic() < deadline and line.poll() is None:
        try:
            if send("GET", "/healthz", {}, b"").status == 200:
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"the line did not start:\n{log.read_text()[-2000:]}")


def carrier_to(line: Flask | Send) -> Carrier:
    """The carrier that calls `line`, with the account and token of `environ_in`."""
    return Carrier(wsgi_send(line) if isinstance(line, Flask) else line, ACCOUNT, TOKEN, PUBLIC)


class Caller:
    """Somebody on the telephone: `Caller(app).rings().presses("83")`, and then `heard` is what was said last."""

    def __init__(self, line: Flask | Send, number: str = MOBILE) -> None:
        self.call = Call(carrier_to(line), number, NUMBER)

    def rings(self) -> Self:
        self.call.ring()
        return self

    def presses(self, keys: str) -> Self:
        self.call.press(keys)
        return self

    def says(self, words: str, confidence: float = 0.9) -> Self:
        self.call.speak(words, confidence)
        return self

    def stays_silent(self, times: int = 1) -> Self:
        for _ in range(times):
            self.call.wait()
        return self

    def is_answered(self, status: DialStatus) -> Self:
        """The number being rung answers, is busy, or does not answer."""
        self.call.dial_ends(status)
        return self

    def moves_to(self, app: Flask) -> Self:
        """Another worker answers from now on, as after a restart or on another machine."""
        self.call.carrier = carrier_to(app)
        return self

    def sends_at_once(self, digits: str) -> Document:
        """The document that answers several keys in one request, from a carrier that collected them."""
        fields = voice_fields(self.call.call_sid, self.call.caller, self.call.called)
        assert self.call.gather is not None
        return self.call.carrier.ask(self.call.gather.action or self.call.url, fields | {"Digits": digits})

    @property
    def heard(self) -> str:
        """The words said since the caller last did something."""
        return " ".join(self.call.captions())

    @property
    def heard_in_all(self) -> str:
        """The words said in the whole call."""
        return " ".join(caption(self.call.carrier, each) for each in self.call.said)

    @property
    def place(self) -> str:
        """Where the next key goes: the path of the Gather that waits; empty where none does."""
        gather = self.call.gather
        return (gather.action or "") if gather else ""


def place_in(verbs: tuple[Verb, ...]) -> str:
    """Where the next key of a document goes."""
    return next(verb.action or "" for verb in verbs if isinstance(verb, Gather))
