"""The language model in a process of its own, asked through a Unix socket.

One copy of the model for all web workers; and a fault in foreign C code, or a hang, ends a process that holds no secret
and answers no carrier, not a web worker. The client says within a fifth of a second whether anybody is there.

A connection is one question: the text in UTF-8, then end of writing. The answer is HERE at once, then 384 floats of
four bytes, little end first, or NOWHERE where the text has no place.
"""

import contextlib
import logging
import os
import socket
import struct
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from ivr.matching.meaning import Embedder
from ivr.meaning.embedding import SIZE

log = logging.getLogger(__name__)

HERE = b"+"
NOWHERE = b"-"
LARGEST = 8192  # bytes of a question; a readable text has a few hundred
AT_ONCE = 16  # questions that may wait; more are refused at once, so that nobody waits in vain
KNOCK = 0.2  # seconds until a process that is well has said HERE
PATIENCE = 2.0  # seconds for the answer: a carrier waits 15, and many texts may have come together
PAUSE = 5.0  # seconds for which nobody is asked after a fault, so that a hanging process holds up one text, not all

_ANSWER = struct.Struct(f"<{SIZE}f")


def serve_embeddings(path: Path, embedder: Embedder, stop: threading.Event | None = None) -> None:
    """Answer at the socket `path`, readable by this user alone, until `stop` is set, or for ever."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    slots = threading.BoundedSemaphore(AT_ONCE)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        before = os.umask(0o177)
        try:
            door.bind(str(fresh))
        finally:
            os.umask(before)
        door.listen(AT_ONCE)
        fresh.replace(path)
        door.settimeout(0.5)
        while not (stop and stop.is_set()):
            with contextlib.suppress(TimeoutError):
                caller, _ = door.accept()
                if slots.acquire(blocking=False):
                    threading.Thread(target=_answer, args=(caller, embedder, slots), daemon=True).start()
                else:
                    caller.close()
    path.unlink(missing_ok=True)


def _answer(caller: socket.socket, embedder: Embedder, slots: threading.BoundedSemaphore) -> None:
    try:
        with caller, contextlib.suppress(OSError, UnicodeDecodeError):
            caller.settimeout(PATIENCE)
            caller.sendall(HERE)
            asked = b""
            while len(asked) <= LARGEST and (piece := caller.recv(LARGEST)):
                asked += piece
            vector = embedder.embed(asked.decode()) if len(asked) <= LARGEST else None
            caller.sendall(_ANSWER.pack(*vector) if vector else NOWHERE)
    finally:
        slots.release()


def knock(path: Path, patience: float = KNOCK) -> bool:
    """Whether a process is there at the socket `path` and says so within `patience` seconds."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(patience)
            line.connect(str(path))
            return line.recv(len(HERE)) == HERE
    except OSError:
        return False


class RemoteEmbedder:
    """Asks the process at the socket `path`; None where it is absent, hangs or dies (logged once).

    Safe to use from several threads.
    """

    def __init__(
        self, path: Path, knock: float = KNOCK, patience: float = PATIENCE, pause: float = PAUSE
    ) -> None:
        self._path, self._knock, self._patience, self._pause = path, knock, patience, pause
        self._silent_until = 0.0
        self._well = True

    def embed(self, text: str) -> Sequence[float] | None:
        """The place of `text`, or None when the process cannot be asked now; never raises."""
        if time.monotonic() < self._silent_until:
            return None
        try:
            answer = self._ask(text.encode())
        except OSError as fault:
            self._silent_until = time.monotonic() + self._pause
            if self._well:
                log.warning("the language model does not answer, texts are understood without it: %r", fault)
            self._well = False
            return None
        if not self._well:
            log.warning("the language model answers again")
        self._well = True
        return None if answer == NOWHERE else _ANSWER.unpack(answer)

    def _ask(self, text: bytes) -> bytes:
        """The answer, NOWHERE or all the floats. Raises OSError, TimeoutError among them."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(self._knock)
            line.connect(str(self._path))
            line.sendall(text[:LARGEST])
            line.shutdown(socket.SHUT_WR)
            if line.recv(len(HERE)) != HERE:
                raise ConnectionError("nobody is there")
            ends = time.monotonic() + self._patience
            answer = b""
            while len(answer) < _ANSWER.size:
                line.settimeout(max(ends - time.monotonic(), 0.001))
                piece = line.recv(_ANSWER.size)
                if not piece:
                    break
                answer += piece
        if answer != NOWHERE and len(answer) != _ANSWER.size:
            raise ConnectionError("the answer was cut off")
        return answer
