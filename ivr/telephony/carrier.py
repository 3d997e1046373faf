"""A carrier of our own, which signs webhooks as Twilio does and judges their answers as Twilio would.

The browser phone, the terminal and the tests all call the line through it, so that none of them needs a way
around the signature check. It never calls a real number.
"""

import http.client
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

from twilio.request_validator import RequestValidator

from ivr.telephony.fields import REHEARSAL
from ivr.telephony.reach import Answer, Send
from ivr.telephony.verbs import TwimlError, Verb, read

LARGEST_DOCUMENT: Final = 64 * 1024
"""Bytes of TwiML that Twilio reads at most."""
XML_TYPES: Final = frozenset({"text/xml", "application/xml", "text/html"})


@dataclass(frozen=True)
class Fault:
    """Why a carrier cannot use a webhook's answer, under Twilio's error code."""

    code: int
    text: str


@dataclass(frozen=True)
class Document:
    """One webhook and what came of it: verbs, or the fault that made them unusable."""

    url: str
    status: int
    twiml: str
    verbs: tuple[Verb, ...]
    fault: Fault | None
    milliseconds: float
    cookies: tuple[str, ...] = ()
    language: str = ""


class Carrier:
    """One account at a carrier, with `send` as its way to reach the line."""

    def __init__(
        self, send: Send, account_sid: str, auth_token: str, public_url: str, *, rehearses: bool = False
    ) -> None:
        """`rehearses` marks each webhook as one by which somebody tries the line out."""
        self._send = send
        self._marks = {REHEARSAL: "true"} if rehearses else {}
        self._signer = RequestValidator(auth_token)
        self.account_sid = account_sid
        self.public_url = public_url.rstrip("/")

    def url(self, target: str, document_url: str | None = None) -> str:
        """The absolute URL of a target, as TwiML means it: relative to the document that names it."""
        if document_url is None and target.startswith("/"):
            return self.public_url + target.partition("#")[0]
        return urljoin(document_url or f"{self.public_url}/", target).partition("#")[0]

    def path(self, url: str) -> str:
        """The path and query of one of the line's own URLs; any other URL as it is."""
        own = url.startswith(f"{self.public_url}/")
        return url[len(self.public_url) :] if own else url

    def post(self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
        """POST a signed webhook; AccountSid and ApiVersion are added. Raises OSError where nobody answers."""
        url = self.url(path)
        target = self.path(url)
        if target == url:
            raise TwimlError(f"{url} is not at {self.public_url}: this carrier calls no other site")
        form = {"AccountSid": self.account_sid, "ApiVersion": "2010-04-01", **self._marks, **fields}
        return self._send(
            "POST",
            target,
            {
                "Host": urlsplit(self.public_url).netloc,
                "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
                "User-Agent": "TwilioProxy/1.1",
                "Accept": "*/*",
                "I-Twilio-Idempotency-Token": secrets.token_hex(16),
                "X-Twilio-Signature": self.signature(url, form),
                **(headers or {}),
            },
            urlencode(form).encode(),
        )

    def signature(self, url: str, form: Mapping[str, str]) -> str:
        signature: str = self._signer.compute_signature(url, dict(form))
        return signature

    def get(self, path: str) -> Answer:
        """GET one of the line's own paths, as a carrier fetches sounds: without a signature."""
        return self._send("GET", path, {"Host": urlsplit(self.public_url).netloc, "Accept": "*/*"}, b"")

    def ask(
        self, target: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Document:
        """Call a webhook and read its TwiML; whatever is wrong with the answer is the document's fault."""
        url, start = self.url(target), time.perf_counter()
        try:
            answer = self.post(target, fields, headers)
        except (OSError, http.client.HTTPException) as error:
            fault = Fault(11200, f"no answer from the line: {type(error).__name__}")
            return Document(url, 0, "", (), fault, _since(start))
        except TwimlError as error:
            return Document(url, 0, "", (), Fault(11210, str(error)), _since(start))
        spent = _since(start)
        cookies = tuple(value for name, value in answer.headers if name.lower() == "set-cookie")
        document = Document(
            url,
            answer.status,
            answer.body.decode("utf-8", "replace"),
            (),
            None,
            spent,
            cookies,
            answer.header("Content-Language"),
        )
        try:
            _usable(answer)
            return replace(document, verbs=read(answer.body) if answer.body.strip() else ())
        except _Unusable as unusable:
            return replace(document, fault=unusable.fault)
        except TwimlError as error:
            return replace(document, fault=Fault(12100, str(error)))


class _Unusable(Exception):
    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.fault = Fault(code, text)


def _usable(answer: Answer) -> None:
    if answer.status == 204:
        return
    if answer.status != 200:
        raise _Unusable(11200, f"the line answered {answer.status}")
    if len(answer.body) > LARGEST_DOCUMENT:
        raise _Unusable(11750, f"{len(answer.body)} bytes: a carrier reads {LARGEST_DOCUMENT}")
    kind = answer.header("Content-Type").partition(";")[0].strip().lower()
    if kind not in XML_TYPES:
        raise _Unusable(12300, f"Content-Type {kind or 'missing'!r} is not XML")


def _since(start: float) -> float:
    return round((time.perf_counter() - start) * 1000, 2)
