"""The fallback documents over HTTP: static, unguarded, needing neither database, sounds nor settings."""

from collections.abc import Callable
from contextlib import suppress
from urllib.parse import parse_qs

from flask import Blueprint, Response, request

from ivr.telephony.fallback import Fallback
from ivr.telephony.signature import LARGEST_BODY
from ivr.watch.codes import known
from ivr.watch.seen import Note, Seen, ignore
from ivr.web.voice import XML


def make_fallback_pages(now: Callable[[], Fallback], note: Note = ignore) -> Blueprint:
    """`/voice/fallback` and `/sms/fallback`, by any method a carrier may use.

    `note` counts those that the carrier asks for, which says why. Nobody's signature is asked for, and whatever comes
    of counting, the answer is the same.
    """
    fallback = Blueprint("fallback", __name__)

    @fallback.route("/voice/fallback", methods=["GET", "POST"])
    def voice() -> Response:
        _count(note)
        return Response(now().call, content_type=XML)

    @fallback.route("/sms/fallback", methods=["GET", "POST"])
    def sms() -> Response:
        _count(note)
        return Response(now().text, content_type=XML)

    return fallback


def _count(note: Note) -> None:
    """Count what the carrier says went wrong; a page that somebody opens in a browser says nothing of the kind."""
    with suppress(Exception):
        form = request.environ["wsgi.input"].read(LARGEST_BODY) if request.method == "POST" else b""
        given = parse_qs(form.decode("ascii")).get("ErrorCode") or request.args.getlist("ErrorCode")
        if given:
            note(Seen.FALLBACK, known(given[0]))
