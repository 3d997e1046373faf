"""The voice webhooks: read the request, ask the line, answer."""

import logging

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from ivr.telephony.signature import LARGEST_BODY, Door, Refusal
from ivr.web.line import PhoneLine

log = logging.getLogger(__name__)

XML = "text/xml; charset=utf-8"


def make_voice(line: PhoneLine, door: Door, fallback: bytes) -> Blueprint:
    """The webhooks below /voice; `door` is their guard, and `fallback` is said when the line fails."""
    voice = Blueprint("voice", __name__)

    @voice.post("/voice")
    @voice.post("/voice/<path:place>")
    def webhook(place: str = "") -> Response:
        environ = request.environ
        path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
        fields = door.read(
            f"{path}?{query}" if query else path,
            environ["wsgi.input"].read(LARGEST_BODY + 1),
            environ.get("CONTENT_TYPE", ""),
            environ.get("HTTP_X_TWILIO_SIGNATURE", ""),
        )
        if isinstance(fields, Refusal):
            return Response(status=fields.value)
        document = line.respond(place, query, fields)
        # A list that is passed through as it is goes to the server in one piece; what Flask would wrap
        # around it is handed over chunk by chunk, at a tenth of the whole request's time.
        return Response([document], content_type=XML, direct_passthrough=True)

    @voice.errorhandler(Exception)
    def speak(fault: Exception) -> Response | HTTPException:
        if isinstance(fault, HTTPException):
            return fault
        log.error("a call's webhook failed and the fallback was said", exc_info=fault)
        return Response(fallback, content_type=XML)

    return voice
