"""The SMS webhook: read the request, ask what to answer, send it."""

import logging
from collections.abc import Callable

from flask import Blueprint, Response, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.exceptions import HTTPException

from ivr.dialogue.messages import Reply
from ivr.tally.counter import Counter
from ivr.tally.events import Channel, Event
from ivr.tally.texts import happened_by_text
from ivr.telephony.fields import REHEARSAL
from ivr.telephony.signature import LARGEST_BODY, Door, Refusal
from ivr.telephony.twiml import render_messages
from ivr.watch.seen import Note, Seen, ignore
from ivr.web.voice import XML, where

log = logging.getLogger(__name__)

COOKIE = "language"

Answer = Callable[[str, str, str], Reply]


def make_sms(
    answer: Answer,
    door: Door,
    fallback: Callable[[str], bytes],
    secret_key: str,
    counter: Counter,
    note: Note = ignore,
) -> Blueprint:
    """The webhook `/sms`; `door` is its guard.

    `answer(text, language, number)` replies to a text to `number`, of a conversation that is in `language`
    ("" when it has just begun). The language stands in a cookie signed with `secret_key`, which the carrier keeps for the
    conversation. It is no Flask session: those are opened on every request, key presses included. What was
    answered is counted by `counter`; `note` takes down texts and what fails.
    """
    sms = Blueprint("sms", __name__)
    signer = URLSafeSerializer(secret_key, salt="conversation")

    @sms.post("/sms")
    def webhook() -> Response:
        environ = request.environ
        signature = environ.get("HTTP_X_TWILIO_SIGNATURE", "")
        fields = door.read(
            request.full_path.rstrip("?"),
            environ["wsgi.input"].read(LARGEST_BODY + 1),
            environ.get("CONTENT_TYPE", ""),
            signature,
        )
        if isinstance(fields, Refusal):
            if signature and fields is Refusal.FORGED:
                note(Seen.REFUSED)
            return Response(status=fields.value)
        note(Seen.TEXT)
        if fields.get("OptOutType"):
            counter.count(Event.MESSAGE, detail="carrier", channel=Channel.TEXT)
            return Response(render_messages(()), content_type=XML)
        before = _language(signer, request.cookies.get(COOKIE, ""))
        reply = answer(fields.get("Body", ""), before, fields.get("To", ""))
        if REHEARSAL not in fields:
            for cell, amount in happened_by_text(reply):
                counter.add(cell, amount)
        response = Response(render_messages(reply.bodies), content_type=XML)
        if reply.language != before:
            response.set_cookie(COOKIE, signer.dumps(reply.language), httponly=True, samesite="Lax")
        return response

    @sms.errorhandler(Exception)
    def text(fault: Exception) -> Response | HTTPException:
        if isinstance(fault, HTTPException):
            return fault
        note(Seen.TEXT_FAILED)
        log.error("a text's webhook failed and the fallback was sent: %s", where(fault))
        counter.count(Event.FAILED, channel=Channel.TEXT)
        language = _language(signer, request.cookies.get(COOKIE, ""))
        return Response(fallback(language), content_type=XML)

    return sms


def _language(signer: URLSafeSerializer, cookie: str) -> str:
    try:
        return str(signer.loads(cookie)) if cookie else ""
    except BadSignature:
        return ""
