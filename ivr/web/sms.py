"""The SMS webhook: read the request, ask what to answer, send it."""

import logging
from collections.abc import Callable

from flask import Blueprint, Response, request, session
from werkzeug.exceptions import HTTPException

from ivr.dialogue.messages import Reply
from ivr.telephony.signature import LARGEST_BODY, Door, Refusal
from ivr.telephony.twiml import render_messages
from ivr.web.voice import XML

log = logging.getLogger(__name__)

Answer = Callable[[str, str], Reply]


def make_sms(answer: Answer, door: Door, fallback: bytes) -> Blueprint:
    """The webhook `/sms`; `door` is its guard.

    `answer(text, language)` replies to a text of a conversation that is in `language` ("" when it has just
    begun). The language stands in a signed cookie, which the carrier keeps for the conversation.
    """
    sms = Blueprint("sms", __name__)

    @sms.post("/sms")
    def webhook() -> Response:
        environ = request.environ
        fields = door.read(
            request.full_path.rstrip("?"),
            environ["wsgi.input"].read(LARGEST_BODY + 1),
            environ.get("CONTENT_TYPE", ""),
            environ.get("HTTP_X_TWILIO_SIGNATURE", ""),
        )
        if isinstance(fields, Refusal):
            return Response(status=fields.value)
        if fields.get("OptOutType"):
            return Response(render_messages(()), content_type=XML)
        spoken_so_far = session.get("language", "")
        reply = answer(fields.get("Body", ""), spoken_so_far)
        if reply.language != spoken_so_far:
            session["language"] = reply.language
        return Response(render_messages(reply.bodies), content_type=XML)

    @sms.errorhandler(Exception)
    def text(fault: Exception) -> Response | HTTPException:
        if isinstance(fault, HTTPException):
            return fault
        log.error("a text's webhook failed and the fallback was sent", exc_info=fault)
        return Response(fallback, content_type=XML)

    return sms
