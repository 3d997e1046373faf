"""The web application: every part is made here and handed what it needs."""

import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask

from ivr.config import Settings, read_settings
from ivr.content.model import Library
from ivr.dialogue.place import Pace
from ivr.dialogue.turns import TextMe
from ivr.drafts.jobs import Jobs
from ivr.drafts.trial import Trial
from ivr.drafts.workshop import Workshop
from ivr.owing import Owing
from ivr.served import AllSounds, Folder, Folders, Holdings
from ivr.shelf import Shelf
from ivr.speech.chain import Chain
from ivr.speech.engines import chain_in
from ivr.speech.sounds import Sounds
from ivr.telephony.carrier import Carrier
from ivr.telephony.fallback import Fallback
from ivr.telephony.local import LocalCarrier
from ivr.telephony.reach import wsgi_send
from ivr.telephony.references import References
from ivr.telephony.signature import Door
from ivr.text.gsm7 import measure
from ivr.texting import Texters, load_words
from ivr.trying import trial_phones
from ivr.versions.opening import open_shelves
from ivr.versions.shelves import Shelves
from ivr.web.audio import make_audio
from ivr.web.circumstances import Edge
from ivr.web.desk.entrance import Entrance, Tries
from ivr.web.desk.outline import Studio
from ivr.web.desk.pages import Materials, make_desk
from ivr.web.desk.session import Sessions
from ivr.web.desk.study import PublishedReader, Reader
from ivr.web.desk.working import add_work
from ivr.web.desk.workroom import Workroom
from ivr.web.fallback import make_fallback_pages
from ivr.web.guards import open_to_all, password
from ivr.web.health import make_health
from ivr.web.labels import pages_of, read_labels
from ivr.web.line import PhoneLine
from ivr.web.phone import make_phone
from ivr.web.sms import make_sms
from ivr.web.status import make_status
from ivr.web.voice import make_voice

log = logging.getLogger(__name__)

# Seconds between two looks at the folders, in development only: soon enough for the next key press.
WATCH_EVERY = 0.5
# Seconds between two looks at the folder of sounds, where a preferred engine may have replaced some.
LOOK_EVERY = 30.0
# Seconds between two looks at which version is live, in production; while the database is down they are longer.
FOLLOW_EVERY, FOLLOW_LATER = 1.5, 10.0


def create_app(settings: Settings) -> Flask:
    """Make the application. Raises ContentError where the content has faults."""
    app = Flask("ivr", static_folder=None)
    app.url_map.merge_slashes = False

    chain = chain_in(settings)
    holdings: Holdings
    if settings.production:
        holdings = shelves = open_shelves(settings, chain)
    else:
        holdings, shelf, sounds = _open_folder(settings, chain)

    def listen(code: str) -> str:
        language = holdings.live.languages.get(code)
        return language.listen if language and settings.speech_input else ""

    def fallback() -> Fallback:
        return holdings.live.fallback

    def call_in(language: str) -> bytes:
        return fallback().call_in(language)

    def text_in(language: str) -> bytes:
        return fallback().text_in(language)

    def find(text: str, language: str, pace: Pace) -> str | None:
        return holdings.live.sounds.find(text, language, pace)

    def owe(turn: TextMe, fields: Mapping[str, str]) -> str:
        return owing.owe((holdings.of(turn.place.version) or holdings.live).library, turn, fields)

    door = Door(settings.public_url, settings.account_sid, settings.auth_tokens)
    edge = Edge(lambda: datetime.now(UTC), texts=True, listen=listen)
    owing = Owing(settings.database_url)
    texters = Texters(holdings, settings.model_socket)
    line = PhoneLine(holdings, edge, settings.number, owe, texters.hear)
    all_sounds = AllSounds(holdings)
    local = LocalCarrier(owing.settle)

    # Each blueprint states its guard here.
    app.register_blueprint(make_fallback_pages(fallback))  # open: it must answer whoever asks
    app.register_blueprint(make_voice(line, door, call_in))  # the carrier's signature
    app.register_blueprint(make_sms(texters.answer, door, text_in, settings.secret_key))  # the same
    app.register_blueprint(make_status(door, References(settings.secret_key), owing.settle))  # the same
    app.register_blueprint(make_audio(all_sounds))  # open: carriers fetch sounds unsigned
    app.register_blueprint(make_health(holdings))  # open: it tells nothing about anyone
    if not settings.production or settings.phone_password:
        guard = password("browser phone", settings.phone_password) if settings.production else open_to_all
        carrier = Carrier(wsgi_send(app), settings.account_sid, settings.auth_tokens[0], settings.public_url)
        labels = read_labels(settings.locales, holdings.live.languages)
        phone = make_phone(
            carrier, guard=guard, pages=lambda: pages_of(holdings, labels), numbers={settings.number: settings.number},
            count=lambda body: (measure(body).encoding, measure(body).parts), inbox=local.inbox,
        )  # fmt: skip
        app.register_blueprint(phone)  # a password in production, open in development
    if not settings.production or settings.desk_password_hash:
        materials = Materials(
            library=lambda: holdings.live.library, languages=lambda: holdings.live.languages,
            faults=lambda: () if settings.production else shelf.faults,
            study=_reader(settings, holdings).read, folders=lambda: holdings.live.folders(),  # noqa: PLW0108 - what is live then
            studio=Studio(find, chain.store.seconds), prompts=lambda: holdings.live.prompts,
            number=settings.number if settings.production else "",
        )  # fmt: skip
        entrance, room = _entrance(settings), _workroom(settings, chain)
        desk = make_desk(entrance, materials)
        add_work(desk, room)
        app.register_blueprint(desk)  # a password; open in development where none is set
        for prefix, part in trial_phones(settings, entrance, holdings, Trial(room.workshop, chain)):
            app.register_blueprint(
                part, name=f"{prefix}-{part.name}"[1:].replace("/", "-"), url_prefix=prefix
            )  # the same

    if chain.has_preference:
        threading.Thread(target=_keep_looking, args=(all_sounds,), daemon=True, name="keep-looking").start()
    if settings.production:
        threading.Thread(target=_follow, args=(shelves, texters), daemon=True, name="follow").start()
    else:
        threading.Thread(target=_keep_up, args=(shelf, sounds), daemon=True, name="keep-up").start()
        sender = (threading.Event(), local)
        threading.Thread(target=owing.send_until, args=sender, daemon=True, name="sender").start()
    return app


def _open_folder(settings: Settings, chain: Chain) -> tuple[Folder, Shelf, Sounds]:
    """The folders as they are edited, for development."""
    sounds: Sounds | None = None

    def taken(library: Library) -> None:
        if sounds is not None:
            sounds.serve(library)

    shelf = Shelf(settings.prompts, settings.locales, taken, settings.unreviewed)
    sounds = Sounds(chain, shelf.languages)
    sounds.serve(shelf.library)
    return Folder(shelf, sounds, Folders(settings.prompts, settings.locales)), shelf, sounds


def _workroom(settings: Settings, chain: Chain) -> Workroom:
    workshop = Workshop(settings, load_words)
    return Workroom(workshop, Jobs(workshop, chain))


def _reader(settings: Settings, holdings: Holdings) -> PublishedReader | Reader:
    """Who studies the languages: the folders as they are edited, and in production what is live."""
    if not settings.production:
        return Reader(settings.locales, holdings.live.languages, load_words)

    @contextmanager
    def locales() -> Iterator[Path]:
        with holdings.live.folders() as folders:
            yield folders.locales

    return PublishedReader(locales, lambda: holdings.live.languages, load_words)


def _entrance(settings: Settings) -> Entrance:
    hosts = frozenset({"localhost", "127.0.0.1", "::1", urlsplit(settings.public_url).hostname or ""})
    sessions = Sessions(settings.secret_key, settings.desk_password_hash, time.time)
    return Entrance(
        settings.desk_password_hash, sessions, Tries(time.monotonic), hosts=hosts, secure=settings.production
    )


def from_environment() -> Flask:
    """The application as the environment sets it, for a WSGI server."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    return create_app(read_settings(os.environ))


def _follow(shelves: Shelves, texters: Texters) -> None:
    """Serve what is published while the line is up; calls go on with what they began with."""
    while True:
        try:
            answered = shelves.look(texters.prepare)
        except Exception:
            log.exception("what is published is not followed for a while")
            answered = False
        time.sleep(FOLLOW_EVERY if answered else FOLLOW_LATER)


def _keep_looking(sounds: AllSounds) -> None:
    """Serve the sounds of `render --upgrade` while the line is up."""
    while True:
        time.sleep(LOOK_EVERY)
        sounds.look()


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
