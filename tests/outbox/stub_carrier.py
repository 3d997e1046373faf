"""A carrier that takes texts over real HTTP, fails in every way that carriers fail, and calls back."""

import base64
import contextlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal, Self
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit
from urllib.request import Request, urlopen

from twilio.request_validator import RequestValidator

ACCOUNT = "AC" + "0" * 32
TOKEN = "a-token-that-is-no-secret"


@dataclass(frozen=True)
class Act:
    """What the carrier does with one request: whether it takes the text, and what it answers."""

    takes: bool = True
    status: int = 201
    code: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    answers: Literal["well", "never", "drops", "nonsense"] = "well"
    slowly: float = 0.0


ACCEPT = Act()
BUSY = Act(takes=False, status=429, code=20429)
BROKEN = Act(takes=False, status=500)
HANG = Act(takes=False, answers="never")
TAKE_AND_HANG = Act(answers="never")
TAKE_AND_DROP = Act(answers="drops")


def refuse(code: int, status: int = 400) -> Act:
    return Act(takes=False, status=status, code=code)


def wait_until(holds: Callable[[], object], within: float = 20.0) -> None:
    """Wait until `holds`, looking often; a fault after `within` seconds."""
    end = time.monotonic() + within
    while not holds():
        assert time.monotonic() < end, "it did not come to hold in time"
        time.sleep(0.02)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # The standard 5 makes busy senders wait a second to be let in.


@dataclass
class StubCarrier:
    """Does `acts` one after another, then `then` for ever, and calls back `callback` seconds after taking a text.

    `callback` None is never. It asks again for as long as a callback is answered with 5xx or not at all.
    """

    acts: list[Act] = field(default_factory=list)
    then: Act = ACCEPT
    callback: float | None = 0.02
    words: tuple[str, ...] = ("sent", "delivered")

    def __post_init__(self) -> None:
        self.asked: list[tuple[float, dict[str, str]]] = []
        self.taken: Counter[str] = Counter()
        self.called_back: list[int] = []
        self._pending = 0
        self._lock, self._closing = threading.Lock(), threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.base = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def total(self) -> int:
        return self.taken.total()

    @property
    def doubled(self) -> int:
        return sum(count - 1 for count in self.taken.values())

    def is_quiet(self) -> bool:
        """Whether every callback has been made."""
        with self._lock:
            return self._pending == 0

    def _handler(stub) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                assert self.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
                credentials = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
                assert self.headers["Authorization"] == f"Basic {credentials}"
                act = stub._next(form)
                stub._closing.wait(act.slowly)
                if act.answers == "never":
                    stub._closing.wait(30)
                if act.answers in ("never", "drops"):
                    self.close_connection = True
                    return
                good = {"sid": "SM" + "0" * 32, "status": "queued"}
                bad = {"code": act.code or act.status, "message": f"about {form['To']}", "status": act.status}
                answer = "<html>Sign in</html>" if act.answers == "nonsense" else json.dumps(
                    good if act.status < 300 else bad
                )  # fmt: skip
                self.send_response(act.status)
                for name, value in (*act.headers, ("Content-Length", str(len(answer)))):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.encode())

            def log_message(self, *_: object) -> None:
                pass

            def handle(self) -> None:
                with contextlib.suppress(ConnectionError):  # The worker was killed while it waited.
                    super().handle()

        return Handler

    def _next(self, form: dict[str, str]) -> Act:
        with self._lock:
            self.asked.append((time.monotonic(), form))
            act = self.acts.pop(0) if self.acts else self.then
            if act.takes:
                self.taken[parse_qs(urlsplit(form["StatusCallback"]).query)["text"][0]] += 1
                if self.callback is not None:
                    self._pending += 1
                    threading.Thread(target=self._call_back, args=(form,), daemon=True).start()
        return act

    def _call_back(self, form: dict[str, str]) -> None:
        address = form["StatusCallback"].partition("#")[0]
        self._closing.wait(self.callback)
        for word in self.words:
            fields = status_fields(word, form["To"], form["From"])
            end = time.monotonic() + 40
            while time.monotonic() < end:
                answered = post(address, fields)
                if 0 < answered < 500:
                    break
                self._closing.wait(0.1)
            self.called_back.append(answered)
        with self._lock:
            self._pending -= 1


def status_fields(word: str, to: str = "+447700900123", line: str = "+442079460000") -> dict[str, str]:
    return {
        "AccountSid": ACCOUNT, "MessageSid": "SM" + "0" * 32, "MessageStatus": word, "To": to, "From": line,
        "ApiVersion": "2010-04-01",
    }  # fmt: skip


def post(address: str, fields: dict[str, str], token: str = TOKEN, **headers: str) -> int:
    """POST a signed webhook; the status, or 0 where nobody answers."""
    signature = RequestValidator(token).compute_signature(address, fields)
    request = Request(
        address, urlencode(fields).encode(), {"X-Twilio-Signature": signature, **headers}, method="POST"
    )
    try:
        with urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except HTTPError as fault:
        with fault:
            return int(fault.code)
    except (URLError, OSError):
        return 0
