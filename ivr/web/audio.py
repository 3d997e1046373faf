"""The sounds over HTTP: named by what they say, so they never change, and made when first asked for."""

import io
import logging

from flask import Blueprint, Response, abort, request, send_file

from ivr.errors import IvrError
from ivr.served import AllSounds
from ivr.speech.sounds import Sounds
from ivr.text.spoken import caption

log = logging.getLogger(__name__)

A_YEAR = 365 * 24 * 3600
# The spelling of a text can be mended without a change of its sound, so words are not kept for long.
A_MINUTE = 60


def make_audio(sounds: Sounds | AllSounds) -> Blueprint:
    """`/audio/<key>.mp3` and its words, `/audio/<key>.txt`; open, as a carrier fetches them unsigned."""
    audio = Blueprint("audio", __name__)

    @audio.get("/audio/<key>.mp3")
    def sound(key: str) -> Response:
        try:
            content = sounds.read(key)
        except IvrError as fault:
            log.error("a sound cannot be had: %s", fault)
            return Response(status=503, headers={"Retry-After": "5", "Cache-Control": "no-store"})
        if content is None:
            abort(404)
        response = send_file(io.BytesIO(content), "audio/mpeg", conditional=False, etag=False)
        response.set_etag(key)
        return _immutable(response)

    @audio.get("/audio/<key>.txt")
    def words(key: str) -> Response:
        utterance = sounds.utterance(key)
        if utterance is None:
            abort(404)
        response = Response(caption(utterance.text), mimetype="text/plain")
        response.content_language.add(utterance.language)
        response.add_etag()
        response.cache_control.public = True
        response.cache_control.max_age = A_MINUTE
        response.make_conditional(request)
        return response

    return audio


def _immutable(response: Response) -> Response:
    response.cache_control.public = True
    response.cache_control.max_age = A_YEAR
    response.cache_control.immutable = True
    length = response.content_length
    response.make_conditional(request, accept_ranges=True, complete_length=length)
    return response
