"""The web application: every part is made here and handed what it needs."""

import gc
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Blueprint, Flask

from ivr.config import Settings, read_settings
from ivr.content.model import Library
from ivr.dialogue.circumstances import Staffing
from ivr.dialogue.turns import TextMe
from ivr.furnish import furnish_desk
from ivr.owing import Owing
from ivr.served import AllSounds, Folder, Folders, Holdings
from ivr.shelf import Shelf
from ivr.speech.chain import Chain
from ivr.speech.engines import chain_in
from ivr.speech.sounds import Sounds
from ivr.tally.counter import Counter
from ivr.telephony.carrier import Carrier
from ivr.telephony.fallback import Fallback
from ivr.telephony.fields import REHEARSAL
from ivr.telephony.local import LocalCarrier
from ivr.telephony.reach import wsgi_send
from ivr.telephony.references import References
from ivr.text.gsm7 import measure
from ivr.texting import Texters
from ivr.trying import keep_text
from ivr.upkeep import Upkeep, follow, keep_looking, keep_up
from ivr.versions.opening import open_shelves
from ivr.watch.facts import WEB, WORKER
from ivr.watch.look import Inside
from ivr.watch.opening import watcher_of
from ivr.watch.overheard import Overheard
from ivr.watch.seen import Note, Notes, Seen
from ivr.watch.signs import CLOSED
from ivr.watch.watcher import Pulse, Roles
from ivr.web.audio import make_audio
from ivr.web.circumstances import Edge, staffing_of
from ivr.web.counted import CountedDoor
from ivr.web.fallback import make_fallback_pages
from ivr.web.guards import bearer, open_to_all, password
from ivr.web.health import make_health
from ivr.web.labels import pages_of, read_labels
from ivr.web.line import PhoneLine, SendText
from ivr.web.metrics import make_metrics
from ivr.web.phone import make_phone
from ivr.web.sms import make_sms
from ivr.web.status import make_status
from ivr.web.voice import make_voice


def create_app(settings: Settings, counter: Counter | None = None) -> Flask:
    """Make the application, which counts in a counter of its own or in `counter`. Raises ContentError.

    Its `extensions["upkeep"]` is the work beside it, which whoever serves begins.
    """
    app = Flask("ivr", static_folder=None)
    app.url_map.merge_slashes = False

    chain = chain_in(settings)
    holdings: Holdings
    if settings.production:
        holdings = shelves = open_shelves(settings, chain)
    else:
        holdings, shelf, sounds = _open_folder(settings, chain)

    def fallback() -> Fallback:
        return holdings.live.fallback

    counter = counter or Counter(settings.database_url)
    door = CountedDoor(settings.public_url, settings.account_sid, settings.auth_tokens, counter)
    edge = Edge(
        lambda: datetime.now(UTC), texts=True, listen=lambda code: _recogniser(settings, holdings, code)
    )
    owing = Owing(settings.database_url, counter)
    local = LocalCarrier(_nothing_owed if settings.production else owing.settle)
    notes, note, pulse, pulses = _watching(settings, holdings)
    texters = Texters(holdings, settings.model_socket)
    line = PhoneLine(
        holdings, edge, settings.number, _promises(holdings, owing, local), texters.hear, counter
    )
    all_sounds = AllSounds(holdings)
    watcher = watcher_of(settings, notes, Inside(settings, holdings), pulses)

    # Each blueprint states its guard here.
    app.register_blueprint(make_fallback_pages(fallback, note))  # open: it must answer whoever asks
    voice = make_voice(line, door, lambda language: fallback().call_in(language), counter, note)
    app.register_blueprint(voice)  # the carrier's signature
    sms = make_sms(
        texters.answer, door, lambda language: fallback().text_in(language), settings.secret_key, counter, note
    )  # fmt: skip
    app.register_blueprint(sms)  # the same
    app.register_blueprint(make_status(door, References(settings.secret_key), owing.settle, note))  # the same
    app.register_blueprint(make_audio(all_sounds))  # open: carriers fetch sounds unsigned
    app.register_blueprint(make_health(holdings))  # open: it tells nothing about anyone
    if settings.metrics_token:
        app.register_blueprint(_metrics(settings, counter, owing, holdings))  # a token
    if not settings.production or settings.phone_password:
        phone = _phone(app, settings, holdings, local)
        app.register_blueprint(phone)  # a password in production, open in development
    if not settings.production or settings.desk_password_hash:
        faults = (lambda: ()) if settings.production else (lambda: shelf.faults)
        desk, phones = furnish_desk(settings, holdings, chain, counter, watcher, faults)
        app.register_blueprint(desk)  # a password; open in development where none is set
        for prefix, part in phones:
            name = f"{prefix}-{part.name}"[1:].replace("/", "-")
            app.register_blueprint(part, name=name, url_prefix=prefix)  # the same

    upkeep = app.extensions["upkeep"] = Upkeep()
    if chain.has_preference:
        upkeep.add("keep-looking", keep_looking, all_sounds)
    if settings.production:
        upkeep.add("follow", follow, shelves, texters)
    else:
        upkeep.add("keep-up", keep_up, shelf, sounds)
        upkeep.add("sender", owing.send_until, Overheard(local, note), pulse.beat)
    app.extensions["watcher"] = watcher
    upkeep.add("watch", watcher.run_forever)
    upkeep.add("tally", counter.keep, lasting=True)
    return app


def _promises(holdings: Holdings, owing: Owing, local: LocalCarrier) -> SendText:
    """Writes down what callers ask for by text; whoever tries the line out finds it on their own page."""

    def owe(turn: TextMe, fields: Mapping[str, str]) -> str:
        served = holdings.of(turn.place.version) or holdings.live
        if REHEARSAL in fields:
            return keep_text(local, served, turn, fields)
        return owing.owe(served.library, turn, fields)

    return owe


def _nothing_owed(_reference: str, _status: str) -> bool:
    """What a trial's text settles on a line that real people reach: it stands in no table."""
    return False


def _recogniser(settings: Settings, holdings: Holdings, code: str) -> str:
    """The carrier's name for its recogniser of a language, "" where spoken words are not listened to."""
    language = holdings.live.languages.get(code)
    return language.listen if language and settings.speech_input else ""


def _phone(app: Flask, settings: Settings, holdings: Holdings, local: LocalCarrier) -> Blueprint:
    """The browser phone, which calls `app` as a carrier does."""
    guard = password("browser phone", settings.phone_password) if settings.production else open_to_all
    carrier = Carrier(
        wsgi_send(app), settings.account_sid, settings.auth_tokens[0], settings.public_url,
        rehearses=settings.production,
    )  # fmt: skip
    labels = read_labels(settings.locales, holdings.live.languages)
    return make_phone(
        carrier, guard=guard, pages=lambda: pages_of(holdings, labels), numbers={settings.number: settings.number},
        count=lambda body: (measure(body).encoding, measure(body).parts), inbox=local.inbox,
    )  # fmt: skip


def _watching(settings: Settings, holdings: Holdings) -> tuple[Notes, Note, Pulse, Roles]:
    """Where things that fail are counted, by what, and the roles that this process has in the line."""
    notes, pulse = Notes(), Pulse()

    def note(seen: Seen, detail: str = "") -> None:
        # That nobody answers while the helpline is closed is as it should be.
        line = holdings.live.library.line
        closed = seen is Seen.TRANSFER and staffing_of(line, datetime.now(UTC)) is Staffing.CLOSED
        notes.note(seen, f"{detail}{CLOSED}" if closed else detail)

    return notes, note, pulse, {WEB: None} if settings.production else {WEB: None, WORKER: pulse}


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


def _metrics(settings: Settings, counter: Counter, owing: Owing, holdings: Holdings) -> Blueprint:
    return make_metrics(
        bearer(settings.metrics_token), lambda: counter.book, owing.counts,
        lambda: holdings.live.version,
    )  # fmt: skip


def from_environment() -> Flask:
    """The application as the environment sets it, for a WSGI server."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    app = create_app(read_settings(os.environ))
    # What was made by now lasts as long as the process. The collector would look through all of it again whenever a new
    # version is loaded, and keep every key press waiting meanwhile: 100 ms were measured.
    gc.collect()
    gc.freeze()
    app.extensions["upkeep"].begin()
    return app
