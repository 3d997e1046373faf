"""What the line is compared with: a Flask route that reads the body and returns constant bytes."""

import sys

from flask import Flask, Response, request
from granian import Granian
from granian.constants import Interfaces

from ivr.server import THREADS
from ivr.web.voice import XML

# As long as the line's answer to a key press is on average, to the nearest hundred bytes.
ANSWER = (
    b'<?xml version="1.0" encoding="UTF-8"?><Response><Gather action="/voice" input="dtmf" numDigits="1">'
    + b"<Play>/audio/00000000000000000000000000000000.mp3</Play>" * 5
    + b"</Gather><Redirect>/voice</Redirect></Response>"
)


def make_bare() -> Flask:
    """The bare application; it takes the same URLs as the line and checks nothing."""
    app = Flask("bare")

    @app.post("/voice")
    @app.post("/voice/<path:place>")
    def webhook(place: str = "") -> Response:
        request.get_data()
        return Response(ANSWER, content_type=XML)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


if __name__ == "__main__":
    Granian(
        "bench.bare:make_bare",
        factory=True,
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        workers=int(sys.argv[2]),
        blocking_threads=THREADS,
        log_access=False,
        websockets=False,
    ).serve()
