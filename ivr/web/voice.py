"""The voice webhooks: read the request, ask the line, answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from traceback import format_tb
from typing import TYPE_CHECKING, cast

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from ivr.tally.counter import Counter
from ivr.tally.events import Channel, Event
from ivr.telephony.signature import LARGEST_BODY, Door, Refusal
from ivr.watch.seen import Note, Seen, how_it_ended, ignore
from ivr.web.line import PhoneLine

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

XML = "text/xml; charset=utf-8"


class Document(Response):
    """TwiML on its way out, in one piece and with nothing left to work out about it.

    What Response does besides when it is sent, making URLs absolute and closing what it wraps the body
    in, takes a tenth of a bare route's time.
    """

    def __init__(self, twiml: bytes) -> None:
        super().__init__([twiml], "200 OK", content_type=XML)
        self._length = str(len(twiml))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(self.status, [*self.headers, ("Content-Length", self._length)])
        return cast(list[bytes], self.response)


def where(fault: BaseException) -> str:
    """What kind of fault, and the lines of code that led there, without its message: that may quote a caller."""
    return type(fault).__name__ + "\n" + "".join(format_tb(fault.__traceback__))


def _language_of(path: str) -> str:
    """The language in which a call is whose webhook is `path`; "" when it has just begun."""
    return path.removeprefix("/voice").strip("/").partition("/")[0]


def make_voice(
    line: PhoneLine, door: Door, fallback: Callable[[str], bytes], counter: Counter, note: Note = ignore
) -> Blueprint:
    """The webhooks below /voice; `door` is their guard, and `fallback(language)` is said when the line fails.

    `note` takes down calls, how transfers end, and what fails; `counter` counts the latter by day.
    """
    voice = Blueprint("voice", __name__)

    @voice.post("/voice")
    @voice.post("/voice/")
    @voice.post("/voice/<path:place>")
    def webhook(place: str = "") -> Response:
        environ = request.environ
        path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
        signature = environ.get("HTTP_X_TWILIO_SIGNATURE", "")
        fields = door.read(
            f"{path}?{query}" if query else path,
            environ["wsgi.input"].read(LARGEST_BODY + 1),
            environ.get("CONTENT_TYPE", ""),
            signature,
        )
        if isinstance(fields, Refusal):
            if signature and fields is Refusal.FORGED:
                note(Seen.REFUSED)
            return Response(status=fields.value)
        if not place:
            note(Seen.CALL)
        elif ended := how_it_ended(fields):
            note(Seen.TRANSFER, ended)
        return Document(line.respond(place, query, fields))

    @voice.errorhandler(Exception)
    def speak(fault: Exception) -> Response | HTTPException:
        if isinstance(fault, HTTPException):
            return fault
        note(Seen.CALL_FAILED)
        log.error("a call's webhook failed and the fallback was said: %s", where(fault))
        counter.count(Event.FAILED, channel=Channel.CALL)
        return Response(fallback(_language_of(request.path)), content_type=XML)

    return voice
