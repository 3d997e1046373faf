"""The carrier's word on what became of a text that we sent."""

import logging
from collections.abc import Callable

from flask import Blueprint, Response, request

from ivr.sending import DatabaseDownError
from ivr.telephony.references import References
from ivr.telephony.signature import LARGEST_BODY, Door, Refusal
from ivr.watch.codes import known
from ivr.watch.seen import Note, Seen, ignore

log = logging.getLogger(__name__)

Settle = Callable[[str, str], bool]


def make_status(door: Door, references: References, settle: Settle, note: Note = ignore) -> Blueprint:
    """The webhook /sms/status; `door` and the reference's own signature are its guards.

    `settle(reference, status)` takes the news in. While it raises DatabaseDownError the answer is 503, and the
    carrier asks again. News about a text that is long forgotten is fine. `note`
    counts what could not be delivered, by the carrier's code.
    """
    status = Blueprint("status", __name__)

    @status.post("/sms/status")
    def webhook() -> Response:
        environ = request.environ
        path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
        fields = door.read(
            f"{path}?{query}" if query else path,
            request.stream.read(LARGEST_BODY + 1),
            environ.get("CONTENT_TYPE", ""),
            environ.get("HTTP_X_TWILIO_SIGNATURE", ""),
        )
        if isinstance(fields, Refusal):
            return Response(status=fields.value)
        reference = references.read(request.args.get("text", ""))
        word = fields.get("MessageStatus") or fields.get("SmsStatus", "")
        if reference is None or not word:
            return Response(status=Refusal.FORGED.value)
        try:
            news = settle(reference, word)
        except DatabaseDownError:
            return Response(status=503)
        if news and word in ("failed", "undelivered"):
            note(Seen.UNDELIVERED, known(fields.get("ErrorCode", "")))
        return Response(status=204)

    return status
