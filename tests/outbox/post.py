"""Where messages about the line arrive: a real mail server and a real webhook, well or not."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import loads
from typing import Any, Self

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from ivr.watch.ways import Hook, Mail

TO = ("owner@example.org", "deputy@example.org")
FROM = "line@example.org"
USER, PASSWORD = "line@example.org", "a pass/word: with @ odd % characters"
QUOTED = "line%40example.org:a%20pass%2Fword%3A%20with%20%40%20odd%20%25%20characters"


class Mailbox:
    """A mail server on this machine. `refuses` are addresses that it does not take."""

    def __init__(self, *, starttls: bool = False, smtps: bool = False, password: str = "") -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.refuses: set[str] = set()
        self.says = "250 OK, kept for owner@example.org"
        self.authority = trustme.CA()
        context = None
        if starttls or smtps:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self.authority.issue_cert("localhost").configure_cert(context)
        self._wire = "smtps" if smtps else "smtp"
        self._user = f"{QUOTED}@" if password else ""
        self.was_secure = False
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, ssl_context=context if smtps else None,
            tls_context=context if starttls else None, require_starttls=starttls,
            authenticator=self._let_in if password else None, auth_required=bool(password),
            auth_require_tls=starttls,
        )  # fmt: skip
        self._password = password

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    def way(self, host: str = "localhost", user: str | None = None, timeout: float = 5.0) -> Mail:
        url = f"{self._wire}://{self._user if user is None else user}{host}:{self.port}"
        return Mail(url, FROM, TO, timeout, self.trust)

    def trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return f"550 no such person as {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        mail = message_from_bytes(envelope.content or b"", policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.was_secure = session.ssl is not None or self._wire == "smtps"
        if self.says.startswith("250"):
            self.mails.append(mail)
            self.recipients.append(envelope.rcpt_tos)
        return self.says

    def _let_in(self, server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        right = (given.login, given.password) == (USER.encode(), self._password.encode())
        return AuthResult(success=right, handled=False)


class Receiver:
    """A webhook on this machine, which answers `status`, or never."""

    def __init__(self, status: int = 200) -> None:
        self.status, self.hangs = status, False
        self.got: list[dict[str, Any]] = []
        self.raw: list[bytes] = []
        self._closing = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if receiver.hangs:
                    receiver._closing.wait(30)
                    return
                receiver.raw.append(body)
                receiver.got.append(loads(body))
                self.send_response(receiver.status)
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/services/T0/secret-path"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def way(self, timeout: float = 5.0) -> Hook:
        return Hook(self.url, timeout)


@contextmanager
def silent_server() -> Iterator[int]:
    """The port of a server that takes every connection and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(8)
        yield server.getsockname()[1]
