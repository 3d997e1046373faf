"""The desk's own phones: what is live and the draft, on lines that nobody but the desk's own carrier reaches.

Each is an application of its own that listens at no address. What is asked for by text is kept for the page, so
that a trial texts nobody, owes nobody anything and counts nowhere.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from flask import Blueprint, Flask, redirect
from flask.typing import ResponseReturnValue

from ivr.config import Settings
from ivr.dialogue.messages import topic_text
from ivr.dialogue.turns import TextMe
from ivr.errors import IvrError
from ivr.served import AllSounds, Holdings, Served
from ivr.tally.counter import Counter
from ivr.telephony.carrier import Carrier
from ivr.telephony.fallback import Fallback
from ivr.telephony.local import LocalCarrier
from ivr.telephony.reach import wsgi_send
from ivr.telephony.signature import Door
from ivr.text.gsm7 import measure
from ivr.texting import Texters
from ivr.web.audio import make_audio
from ivr.web.circumstances import Edge
from ivr.web.desk.entrance import Entrance
from ivr.web.fallback import make_fallback_pages
from ivr.web.labels import Labels, pages_of, read_labels
from ivr.web.line import PhoneLine
from ivr.web.phone import make_phone
from ivr.web.sms import make_sms
from ivr.web.voice import make_voice

DRAFT_NOTE: Final = "This is the draft: callers do not hear it before it is published."
LIVE_NOTE: Final = "This is what callers hear now. What you press and text here counts nowhere."


def trial_phones(
    settings: Settings, entrance: Entrance, live: Holdings, draft: Holdings
) -> list[tuple[str, Blueprint]]:
    """The pages of both phones, each with the address below which it is to be registered; `entrance` guards them."""
    return [
        *_phone(settings, entrance, "/desk/live", live, live, LIVE_NOTE),
        *_phone(settings, entrance, "/desk/draft", draft, live, DRAFT_NOTE),
    ]


def _phone(
    settings: Settings, entrance: Entrance, prefix: str, holdings: Holdings, live: Holdings, note: str
) -> list[tuple[str, Blueprint]]:
    inbox = LocalCarrier(lambda _reference, _status: True)
    carrier = Carrier(
        wsgi_send(_line(settings, holdings, live, inbox)), settings.account_sid, settings.auth_tokens[0],
        settings.public_url, rehearses=True,
    )  # fmt: skip
    labels = read_labels(settings.locales, live.live.languages)

    def pages() -> list[Labels]:
        return pages_of(holdings, labels)

    phone = make_phone(
        carrier, guard=entrance.admit, pages=pages, numbers={settings.number: settings.number},
        count=lambda body: (measure(body).encoding, measure(body).parts), inbox=inbox.inbox, sounds=prefix, note=note,
    )  # fmt: skip
    phone.register_error_handler(IvrError, _mend_first)
    audio = make_audio(AllSounds(holdings))
    audio.before_request(entrance.admit)
    return [(prefix, phone), (prefix, audio)]


def _line(settings: Settings, holdings: Holdings, live: Holdings, inbox: LocalCarrier) -> Flask:
    """A line of its own that serves `holdings`; where it fails it says what the live one would."""

    def listen(code: str) -> str:
        language = holdings.live.languages.get(code)
        return language.listen if language and settings.speech_input else ""

    def keep(turn: TextMe, fields: Mapping[str, str]) -> str:
        return keep_text(inbox, holdings.of(turn.place.version) or holdings.live, turn, fields)

    def fallback() -> Fallback:
        return live.live.fallback

    door = Door(settings.public_url, settings.account_sid, settings.auth_tokens)
    texters = Texters(holdings, settings.model_socket)
    edge = Edge(lambda: datetime.now(UTC), texts=True, listen=listen)
    counter = Counter(settings.database_url)  # never started, so that nothing is written
    line = PhoneLine(holdings, edge, settings.number, keep, texters.hear, counter)
    app = Flask("trial", static_folder=None)
    app.url_map.merge_slashes = False
    app.register_blueprint(make_fallback_pages(fallback))
    app.register_blueprint(make_voice(line, door, lambda language: fallback().call_in(language), counter))
    app.register_blueprint(
        make_sms(
            texters.answer, door, lambda language: fallback().text_in(language), settings.secret_key, counter
        )
    )
    return app


def keep_text(inbox: LocalCarrier, served: Served, turn: TextMe, fields: Mapping[str, str]) -> str:
    """Put the text that a trial asked for where its own page finds it; what to tell the caller. Nobody is texted."""
    edition = served.library.editions[turn.place.language]
    inbox.send(fields.get("From", ""), topic_text(edition, edition.topics[turn.topic]), "")
    return "sent"


def _mend_first(_fault: IvrError) -> ResponseReturnValue:
    """A draft with faults cannot be called: the page to publish says what to mend."""
    return redirect("/desk/publish", 303)
