"""Google's part in the tests: a server on this machine that speaks with espeak-ng, and fails in every known way."""

import base64
import gzip
import json
import socket
import threading
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import lameenc

from ivr.dialogue.place import Pace
from ivr.speech.audio import Pcm
from ivr.speech.espeak import EspeakEngine

PATH = "/_/TranslateWebserverUi/data/batchexecute"
# Google's own rate and bit rate.
RATE, KILOBITS = 24_000, 32


class Google(ThreadingHTTPServer):
    """`asked` are the requests, as (text, language, speed). `act` may answer one instead: (number from 1, text)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str, bool | None]] = []
        self.act: Callable[[int, str], Callable[[_Handler], None] | None] = lambda number, text: None
        self.released = threading.Event()
        self.address = f"http://127.0.0.1:{self.server_port}"

    @property
    def texts(self) -> list[str]:
        return [text for text, _, _ in self.asked]

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever hangs up early is part of the test."""


class _Handler(BaseHTTPRequestHandler):
    server: Google
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        ((row,),) = json.loads(form["f.req"][0])
        text, language, speed, _ = json.loads(row[1])
        self.server.asked.append((text, language, speed))
        act = self.server.act(len(self.server.asked), text)
        if self.path != PATH or row[0] != "jQ1olc":
            act = status(404)
        if act:
            act(self)
        else:
            send_as_google_does(self, answer(speak(text, language)))

    def log_message(self, format: str, *args: object) -> None:
        pass


def send(handler: _Handler, body: bytes, code: int = 200, length: int | None = None, **headers: str) -> None:
    handler.send_response(code)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    if length == 0:
        handler.send_header("Connection", "close")
    else:
        handler.send_header("Content-Length", str(length or len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def send_as_google_does(handler: _Handler, body: bytes) -> None:
    """Compressed, in chunks."""
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    packed = gzip.compress(body)
    for at in range(0, len(packed), 5000):
        piece = packed[at : at + 5000]
        handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
    handler.wfile.write(b"0\r\n\r\n")


def answer(mp3: bytes | None) -> bytes:
    """The lines of an answer: the row holds JSON in JSON, and null where there is no sound."""
    inner = json.dumps(json.dumps([base64.b64encode(mp3).decode()])) if mp3 is not None else "null"
    row = f'[["wrb.fr","jQ1olc",{inner},null,null,null,"generic"]\n,["di",52]\n]\n'
    return f')]}}\'\n\n{len(row)}\n{row}25\n[["e",4,null,null,{len(row)}]]\n'.encode()


@cache
def speak(text: str, language: str) -> bytes:
    """A real MP3 as Google makes them: 24,000 samples a second."""
    return encode(EspeakEngine().speak(text, language.lower(), Pace.NORMAL))


def encode(pcm: Pcm) -> bytes:
    """The sound as MP3 at Google's rate."""
    encoder = lameenc.Encoder()
    encoder.set_channels(1)
    encoder.set_in_sample_rate(pcm.rate)
    encoder.set_out_sample_rate(RATE)
    encoder.set_bit_rate(KILOBITS)
    encoder.silence()
    return bytes(encoder.encode(pcm.samples.tobytes()) + encoder.flush())


def status(code: int, **headers: str) -> Callable[[_Handler], None]:
    """An answer with this status."""
    return lambda handler: send(handler, b"<html>Sorry</html>", code, **headers)


def says(body: bytes) -> Callable[[_Handler], None]:
    """An answer 200 with this body."""
    return lambda handler: send(handler, body)


def hang(handler: _Handler) -> None:
    """No answer until the test is over."""
    handler.server.released.wait(60)


def cut_short(handler: _Handler) -> None:
    """Half of the answer that was promised."""
    body = answer(speak("Half of this is lost on the way.", "en"))
    send(handler, body[: len(body) // 2], length=len(body))
    handler.connection.shutdown(socket.SHUT_RDWR)


def cut_silently(handler: _Handler) -> None:
    """Half of an answer that did not say how long it is."""
    body = answer(speak("Half of this is lost on the way.", "en"))
    send(handler, body[: len(body) // 2], length=0)


def drip(handler: _Handler) -> None:
    """A byte at a time, for ever."""
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    while not handler.server.released.wait(0.02):
        handler.wfile.write(b" ")


BLIP = encode(Pcm(22_050, array("h", [9000, -9000] * 300)))
SILENCE = encode(Pcm(22_050, array("h", bytes(22_050 * 4))))


@contextmanager
def google() -> Iterator[Google]:
    """The server while the test runs."""
    server = Google()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
