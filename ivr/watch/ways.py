"""The ways to tell somebody: the log, a mail, a webhook. Each says what it was answered, or why it failed."""

import json
import logging
import re
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from typing import Any, Final, Protocol
from urllib.parse import unquote, urlsplit

from ivr.errors import IvrError
from ivr.watch.signs import Grade
from ivr.watch.words import Message

log = logging.getLogger(__name__)

# Seconds for connecting and for each wait: a server that hangs must not keep the watch from watching.
TIMEOUT: Final = 10.0
SUBMISSION, SUBMISSION_TLS = 587, 465

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_ANSWER = 200
_ADDRESS = re.compile(r"[^\s<>@]+@")


class TellingError(IvrError):
    """A message did not get out; the text says why and names nobody."""


class Way(Protocol):
    """A way to tell. `name` is what the tables call it, `shown` says where it leads without giving it away."""

    name: str
    shown: str

    def tell(self, message: Message) -> str:
        """Send the message; what the other side answered. Raises TellingError."""


class Log:
    """The log of whoever tells: always there."""

    name, shown = "log", "the log"

    def tell(self, message: Message) -> str:
        """Write a line for each thing that begins or is over, and for the day's report."""
        for row in message.data.get("begun", ()):
            level = logging.WARNING if row["grade"] == Grade.MINOR.name.lower() else logging.ERROR
            log.log(level, "%s %s", row["what"], row["mend"])
        for row in message.data.get("over", ()):
            log.info("over: %s", row["what"])
        if message.kind == "heartbeat":
            log.info("the line is up; things to look after: %s", len(message.data["ill"]))
        return "written"


class Mail:
    """Mail through the SMTP server at `url`. Neither password nor text goes over an unprotected wire.

    `smtp://` means STARTTLS, `smtps://` TLS from the start. Only a server on this very machine may do without. `tls`
    makes what checks the server's certificate.
    """

    name = "mail"

    def __init__(
        self, url: str, sender: str, to: tuple[str, ...], timeout: float = TIMEOUT,
        tls: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:  # fmt: skip
        parts = urlsplit(url)
        self._secure = parts.scheme == "smtps"
        self._host = parts.hostname or ""
        self._port = parts.port or (SUBMISSION_TLS if self._secure else SUBMISSION)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender, self._to, self._timeout, self._tls = sender, to, timeout, tls
        self.shown = ", ".join(map(mask, to))

    def tell(self, message: Message) -> str:
        """Send the mail; the server's answer, and how many of the addresses it refused."""
        try:
            with self._connected() as server:
                refused = server.send_message(self._mail(message))
                answer = server.answered
        except smtplib.SMTPAuthenticationError as fault:
            raise TellingError(
                f"{self._host} does not accept the user and password in SMTP_URL ({fault.smtp_code})."
            ) from None
        except smtplib.SMTPRecipientsRefused as fault:
            codes = ", ".join(sorted({str(code) for code, _ in fault.recipients.values()}))
            raise TellingError(
                f"{self._host} takes no mail for the addresses in ALERT_MAIL_TO ({codes})."
            ) from None
        except smtplib.SMTPSenderRefused as fault:
            raise TellingError(
                f"{self._host} takes no mail from the address in ALERT_MAIL_FROM ({fault.smtp_code})."
            ) from None
        except smtplib.SMTPResponseException as fault:
            raise TellingError(f"{self._host} answered {fault.smtp_code}.") from None
        except ssl.SSLCertVerificationError:
            raise TellingError(
                f"The certificate of {self._host} cannot be trusted, so nothing was sent."
            ) from None
        except (TimeoutError, smtplib.SMTPServerDisconnected) as fault:
            hung = isinstance(fault, TimeoutError) or isinstance(fault.__context__, TimeoutError)
            how = f"did not answer within {self._timeout:.0f} seconds" if hung else "broke the connection off"
            raise TellingError(f"{self._host} {how}.") from None
        except (smtplib.SMTPException, OSError, ValueError) as fault:
            raise TellingError(
                f"{self._host}, port {self._port}, cannot be used: {type(fault).__name__}."
            ) from None
        return answer + (f", but not for {len(refused)} of the {len(self._to)} addresses" if refused else "")

    def _connected(self) -> "_Listening":
        if self._secure:
            server: _Listening = _SecureServer(
                self._host, self._port, timeout=self._timeout, context=self._tls()
            )
        else:
            server = _Server(self._host, self._port, timeout=self._timeout)
        try:
            self._let_in(server)
        except BaseException:
            server.close()
            raise
        return server

    def _let_in(self, server: "_Listening") -> None:
        server.ehlo_or_helo_if_needed()
        if not self._secure and (server.has_extn("starttls") or self._host not in _HERE):
            if not server.has_extn("starttls"):
                raise TellingError(
                    f"{self._host} offers no encryption (STARTTLS), so nothing was sent. Write smtps:// in SMTP_URL if it "
                    "has a port of its own for that."
                )
            server.starttls(context=self._tls())
            server.ehlo()
        if self._user:
            server.login(self._user, self._password)

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"], mail["From"], mail["To"] = message.subject, self._sender, ", ".join(self._to)
        mail["Date"] = formatdate(localtime=False)
        # The name of this machine, which stands in an id otherwise, concerns nobody.
        mail["Message-ID"] = make_msgid(domain=parseaddr(self._sender)[1].partition("@")[2] or "localhost")
        mail["Auto-Submitted"] = "auto-generated"
        if any(row["grade"] == Grade.GRAVE.name.lower() for row in message.data.get("begun", ())):
            mail["Importance"] = "high"
        mail.set_content(f"{message.text}\n")
        return mail


class Hook:
    """A webhook: the message as JSON, with "text" as Slack, Mattermost and their like show it."""

    name = "webhook"

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        self._url, self._timeout = url, timeout
        self._host = urlsplit(url).netloc.rpartition("@")[2]
        self.shown = f"{self._host}/…"

    def tell(self, message: Message) -> str:
        """POST it; the answer's status. The address is a secret, so no error quotes it."""
        import requests  # noqa: PLC0415 - 10 MB, for the one process that tells

        body = json.dumps(
            {"text": f"{message.subject}\n\n{message.text}", **message.data}, ensure_ascii=False
        )
        try:
            with requests.post(
                self._url, body.encode(), headers={"Content-Type": "application/json; charset=utf-8"},
                timeout=self._timeout, allow_redirects=False, stream=True,
            ) as answer:  # fmt: skip
                status = answer.status_code
        except requests.Timeout:
            raise TellingError(f"{self._host} did not answer within {self._timeout:.0f} seconds.") from None
        except (requests.RequestException, ValueError) as fault:
            raise TellingError(f"{self._host} cannot be reached: {type(fault).__name__}.") from None
        if not 200 <= status < 300:
            raise TellingError(f"{self._host} answered {status}. See whether ALERT_WEBHOOK is still right.")
        return f"{status}"


def mask(address: str) -> str:
    """An address that its owner knows again and nobody else learns."""
    name, _, host = parseaddr(address)[1].partition("@")
    return f"{name[:1]}•••@{host}"


class _Remembering:
    """Keeps what the server answered to the last mail, which smtplib throws away."""

    answered = ""

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Send the mail itself."""
        code, words = super().data(msg)  # type: ignore[misc]
        # Some servers quote the address.
        said = _ADDRESS.sub("•••@", words.decode("utf-8", "replace"))
        self.answered = f"{code} {' '.join(said.split())}"[:_ANSWER]
        return code, words


class _Server(_Remembering, smtplib.SMTP):
    pass


class _SecureServer(_Remembering, smtplib.SMTP_SSL):
    pass


_Listening = _Server | _SecureServer
