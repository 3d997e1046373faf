"""The fallback documents over HTTP: static, unguarded, needing neither database, sounds nor settings."""

from collections.abc import Callable

from flask import Blueprint, Response

from ivr.telephony.fallback import Fallback
from ivr.web.voice import XML


def make_fallback_pages(now: Callable[[], Fallback]) -> Blueprint:
    """`/voice/fallback` and `/sms/fallback`, by any method a carrier may use."""
    fallback = Blueprint("fallback", __name__)

    @fallback.route("/voice/fallback", methods=["GET", "POST"])
    def voice() -> Response:
        return Response(now().call, content_type=XML)

    @fallback.route("/sms/fallback", methods=["GET", "POST"])
    def sms() -> Response:
        return Response(now().text, content_type=XML)

    return fallback
