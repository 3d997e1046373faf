"""The web application: every part is made here and handed what it needs."""

import logging
import os
import threading
import time
from datetime import UTC, datetime

from flask import Flask

from ivr.config import Settings, read_settings
from ivr.content.model import Library
from ivr.owing import Owing
from ivr.shelf import Shelf
from ivr.speech.espeak import EspeakEngine
from ivr.speech.render import Renderer
from ivr.speech.sounds import Sounds
from ivr.speech.store import Store
from ivr.telephony.carrier import Carrier
from ivr.telephony.fallback import fallback_call, fallback_text
from ivr.telephony.local import LocalCarrier
from ivr.telephony.reach import wsgi_send
from ivr.telephony.references import References
from ivr.telephony.signature import Door
from ivr.text.gsm7 import measure
from ivr.texting import Texters
from ivr.web.audio import make_audio
from ivr.web.circumstances import Edge
from ivr.web.fallback import make_fallback
from ivr.web.guards import open_to_all, password
from ivr.web.health import make_health
from ivr.web.line import PhoneLine
from ivr.web.phone import make_phone
from ivr.web.sms import make_sms
from ivr.web.status import make_status
from ivr.web.voice import make_voice

log = logging.getLogger(__name__)

# Seconds between two looks at the folders, in development only: soon enough for the next key press.
WATCH_EVERY = 0.5


def create_app(settings: Settings) -> Flask:
    """Make the application. Raises ContentError where the content has faults."""
    app = Flask("ivr", static_folder=None)
    app.url_map.merge_slashes = False

    renderer = Renderer(EspeakEngine(), Store(settings.audio))
    sounds: Sounds | None = None

    def taken(library: Library) -> None:
        if sounds is not None:
            sounds.serve(library)

    shelf = Shelf(settings.prompts, settings.locales, taken)
    sounds = Sounds(renderer, shelf.languages)
    sounds.serve(shelf.library)

    def listen(code: str) -> str:
        language = shelf.languages.get(code)
        return language.listen if language and settings.speech_input else ""

    library = shelf.library
    own = shelf.languages[library.line.language]
    call, text = fallback_call(library, own), fallback_text(library, own)
    door = Door(settings.public_url, settings.account_sid, settings.auth_tokens)
    edge = Edge(lambda: datetime.now(UTC), texts=True, listen=listen)
    owing = Owing(settings.database_url)
    texters = Texters(shelf, settings.locales, settings.model_socket)
    line = PhoneLine(
        shelf, sounds, edge, settings.number, lambda turn, fields: owing.owe(shelf.library, turn, fields),
        texters.hear,
    )  # fmt: skip
    local = LocalCarrier(owing.settle)

    # Each blueprint states its guard here.
    app.register_blueprint(make_fallback(call, text))  # open: it must answer whoever asks
    app.register_blueprint(make_voice(line, door, call))  # the carrier's signature
    app.register_blueprint(make_sms(texters.answer, door, text, settings.secret_key))  # the same
    app.register_blueprint(make_status(door, References(settings.secret_key), owing.settle))  # the same
    app.register_blueprint(make_audio(sounds))  # open: carriers fetch sounds unsigned
    app.register_blueprint(make_health(shelf))  # open: it tells nothing about anyone
    if not settings.production or settings.phone_password:
        guard = password("browser phone", settings.phone_password) if settings.production else open_to_all
        carrier = Carrier(wsgi_send(app), settings.account_sid, settings.auth_tokens[0], settings.public_url)
        phone = make_phone(
            carrier, guard=guard, service=library.line.name, numbers={settings.number: settings.number},
            count=lambda body: (measure(body).encoding, measure(body).parts), inbox=local.inbox,
        )  # fmt: skip
        app.register_blueprint(phone)  # a password in production, open in development

    if not settings.production:
        threading.Thread(target=_keep_up, args=(shelf, sounds), daemon=True, name="keep-up").start()
        sender = (threading.Event(), local)
        threading.Thread(target=owing.send_until, args=sender, daemon=True, name="sender").start()
    return app


def from_environment() -> Flask:
    """The application as the environment sets it, for a WSGI server."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    return create_app(read_settings(os.environ))


def _keep_up(shelf: Shelf, sounds: Sounds) -> None:
    """Take in edited files, and make the sounds that are missing ahead of their being asked for."""
    while True:
        shelf.refresh()
        missing = next(sounds.missing(), None)
        if missing is None:
            time.sleep(WATCH_EVERY)
            continue
        try:
            sounds.read(missing.key)
        except Exception:
            log.exception("sounds are not made ahead for a minute")
            time.sleep(60)
