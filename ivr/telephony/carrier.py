"""A carrier of our own: it signs webhooks as Twilio does and follows the TwiML it gets back, verb by verb.

The browser phone, the terminal and the tests all call the line through this module, so that none of them
needs a way around the signature check. It never calls a real number.
"""

import http.client
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal
from urllib.parse import urlencode, urljoin, urlsplit
from xml.etree import ElementTree

from twilio.request_validator import RequestValidator
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from ivr.errors import IvrError

LARGEST_DOCUMENT: Final = 64 * 1024
"""Bytes of TwiML that Twilio reads at most."""
LONGEST_WAIT: Final = 15.0
"""Seconds that Twilio waits for a webhook before it goes to the fallback."""
MOST_REDIRECTS: Final = 40
"""Documents followed without the caller doing anything, after which the line is going round in a circle."""
XML_TYPES: Final = frozenset({"text/xml", "application/xml", "text/html"})
WITHHELD: Final = "+266696687"
"""What Twilio sends as the number of a caller who withholds it: ANONYMOUS on a keypad."""

DialStatus = Literal["completed", "answered", "busy", "no-answer", "failed", "canceled"]


class TwimlError(IvrError):
    """A document that a carrier would refuse; the text says what is wrong and at which verb."""


class CallError(IvrError):
    """Something a caller cannot do now, such as pressing a key after the call has ended."""


@dataclass(frozen=True)
class Say:
    text: str
    voice: str | None = None
    language: str | None = None


@dataclass(frozen=True)
class Play:
    url: str


@dataclass(frozen=True)
class Gather:
    """Play what is nested, then wait `timeout` seconds for keys; no `action` means the document's own URL."""

    nested: tuple[Say | Play, ...] = ()
    action: str | None = None
    timeout: float = 5
    num_digits: int | None = None
    finish_on_key: str = "#"
    inputs: tuple[str, ...] = ("dtmf",)
    on_empty: Literal["next verb", "action"] = "next verb"


@dataclass(frozen=True)
class Redirect:
    url: str


@dataclass(frozen=True)
class Dial:
    number: str
    caller_id: str | None = None
    timeout: float = 30
    action: str | None = None


@dataclass(frozen=True)
class Hangup:
    pass


@dataclass(frozen=True)
class Message:
    body: str


Verb = Say | Play | Gather | Redirect | Dial | Hangup | Message


# --- Reading TwiML


def read(twiml: bytes | str) -> tuple[Verb, ...]:
    """The verbs of a TwiML document, in order.

    Raises TwimlError for bad XML, a verb outside the portable subset, or one nested where it may not be:
    Twilio might forgive some of it, another carrier would not.
    """
    source = twiml if isinstance(twiml, bytes) else twiml.encode()
    if b"<!DOCTYPE" in source:
        raise TwimlError("the document declares a DOCTYPE: TwiML has none")
    try:
        root = ElementTree.fromstring(source)  # noqa: S314  (no DOCTYPE, so no entities; it is our own line's)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise TwimlError(f"the document is not XML: {error}") from error
    if root.tag != "Response":
        raise TwimlError(f"the document's root is <{root.tag}>, not <Response>")
    _no_loose_text(root, "Response")
    return tuple(_verb(element, f"Response/{element.tag}[{n}]") for n, element in enumerate(root, 1))


def _verb(element: ElementTree.Element, where: str) -> Verb:
    match element.tag:
        case "Say":
            return Say(_text(element, where), element.get("voice"), element.get("language"))
        case "Play":
            return Play(_text(element, where))
        case "Gather":
            return _gather(element, where)
        case "Redirect":
            _only_post(element, where)
            return Redirect(_text(element, where))
        case "Dial":
            _only_post(element, where)
            number, timeout = _text(element, where), _number(element, "timeout", 30, where)
            return Dial(number, element.get("callerId"), timeout, element.get("action"))
        case "Hangup":
            if len(element) or (element.text or "").strip():
                raise TwimlError(f"{where}: <Hangup> holds nothing")
            return Hangup()
        case "Message":
            body = element[0] if [child.tag for child in element] == ["Body"] else element
            return Message(_text(body, where))
        case other:
            raise TwimlError(f"{where}: <{other}> is not a verb of the portable subset")


def _gather(element: ElementTree.Element, where: str) -> Gather:
    _only_post(element, where)
    _no_loose_text(element, where)
    nested = []
    for n, child in enumerate(element, 1):
        verb = _verb(child, f"{where}/{child.tag}[{n}]")
        if not isinstance(verb, Say | Play):
            raise TwimlError(f"{where}/{child.tag}[{n}]: a Gather nests only Say and Play")
        nested.append(verb)
    digits = element.get("numDigits")
    if digits is not None and not (digits.isascii() and digits.isdigit() and int(digits) > 0):
        raise TwimlError(f"{where}: numDigits={digits!r} is not a number above 0")
    inputs = tuple((element.get("input") or "dtmf").split())
    if not inputs or not set(inputs) <= {"dtmf", "speech"}:
        raise TwimlError(f"{where}: input={element.get('input')!r} is neither dtmf nor speech")
    finish = element.get("finishOnKey", "#")
    if set(finish) - set("0123456789*#"):
        raise TwimlError(f"{where}: finishOnKey={finish!r} is not a key")
    return Gather(
        nested=tuple(nested),
        action=element.get("action"),
        timeout=_number(element, "timeout", 5, where),
        num_digits=int(digits) if digits else None,
        finish_on_key=finish,
        inputs=inputs,
        on_empty="action" if element.get("actionOnEmptyResult", "false").lower() == "true" else "next verb",
    )


def _text(element: ElementTree.Element, where: str) -> str:
    if len(element):
        raise TwimlError(f"{where}: <{element[0].tag}> may not stand inside <{element.tag}>")
    text = (element.text or "").strip()
    if not text:
        raise TwimlError(f"{where}: <{element.tag}> is empty")
    return text


def _no_loose_text(element: ElementTree.Element, where: str) -> None:
    for text in (element.text, *(child.tail for child in element)):
        if text and text.strip():
            raise TwimlError(f"{where}: the text {text.strip()[:40]!r} stands outside any verb")


def _number(element: ElementTree.Element, name: str, default: int, where: str) -> int:
    value = element.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit()):
        raise TwimlError(f"{where}: {name}={value!r} is not a whole number of seconds")
    return int(value)


def _only_post(element: ElementTree.Element, where: str) -> None:
    if element.get("method", "POST").upper() != "POST":
        raise TwimlError(f"{where}: method={element.get('method')!r}, but the line's webhooks take POST only")


# --- Calling webhooks


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The first header of that name, in any case of letters; empty where there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


Send = Callable[[str, str, Mapping[str, str], bytes], Answer]
"""(method, path with query, headers, body) -> Answer; raises OSError where nobody answers in time."""


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

    def __init__(self, send: Send, account_sid: str, auth_token: str, public_url: str) -> None:
        self._send = send
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
        form = {"AccountSid": self.account_sid, "ApiVersion": "2010-04-01", **fields}
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


def new_sid(kind: Literal["CA", "SM"]) -> str:
    """A call's or a message's id as Twilio makes them: two letters and 32 hexadecimal digits."""
    return kind + secrets.token_hex(16)


def voice_fields(call_sid: str, caller: str, called: str, status: str = "in-progress") -> dict[str, str]:
    """The fields of a voice webhook that stand in every one of a call's requests."""
    fields = {"CallSid": call_sid, "CallStatus": status, "Direction": "inbound"}
    for number, names in ((caller, ("From", "Caller")), (called, ("To", "Called"))):
        for name in names:
            fields |= {name: number, **_place(name, number)}
    return fields


def message_fields(message_sid: str, sender: str, to: str, body: str) -> dict[str, str]:
    """The fields of an SMS webhook; a carrier hands on at most 1,600 characters."""
    fields = {"MessageSid": message_sid, "SmsSid": message_sid, "SmsMessageSid": message_sid}
    fields |= {"From": sender, "To": to, **_place("From", sender), **_place("To", to)}
    return fields | {"Body": body[:1600], "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received"}


def _place(name: str, number: str) -> dict[str, str]:
    country = "GB" if number.startswith("+44") else "US" if number.startswith("+1") else ""
    return {f"{name}City": "", f"{name}State": "", f"{name}Zip": "", f"{name}Country": country}


# --- A call


@dataclass(frozen=True)
class Event:
    """One line of a call's log: a verb followed, a webhook called, a key pressed, an error."""

    what: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.what} {self.detail}".rstrip()


class Call:
    """One call, which takes no time: each sound is heard at once, each silence lasts as long as it must.

    `heard` is what was said since the caller last did something (rang, pressed, waited); our own sounds
    stand in it as paths (`/audio/….mp3`), spoken verbs as their text. `said` is the same for the whole call.
    """

    def __init__(
        self,
        carrier: Carrier,
        caller: str = "+447700900123",
        called: str = "+442079460000",
        *,
        path: str = "/voice",
        fallback: str | None = "/voice/fallback",
        call_sid: str | None = None,
    ) -> None:
        self.carrier, self.caller, self.called = carrier, caller, called
        self.call_sid = call_sid or new_sid("CA")
        self.heard: list[str] = []
        self.said: list[str] = []
        self.log: list[Event] = []
        self.ended = False
        self.failed = False
        """Whether it ended in the carrier's own "an application error has occurred"."""
        self._fallback = fallback
        self._waiting: list[Verb] = []
        self._at = carrier.url(path)
        self._digits = ""
        self._redirects = 0
        self._stopped_at: Gather | Dial | None = None

    @property
    def ringing(self) -> str | None:
        """The number that is being dialled for the caller, if one is."""
        return self._stopped_at.number if isinstance(self._stopped_at, Dial) else None

    @property
    def gather(self) -> Gather | None:
        """The Gather that waits for the caller, if one does."""
        return self._stopped_at if isinstance(self._stopped_at, Gather) else None

    @property
    def url(self) -> str:
        """The URL of the document that is being followed."""
        return self._at

    def ring(self) -> "Call":
        """Call the line."""
        self._act()
        self._ask(self._at, {"CallStatus": "ringing"})
        self._follow()
        return self

    def press(self, keys: str) -> "Call":
        """Press keys, one after the other; each stops the sound and counts for the Gather of its moment."""
        for key in keys:
            if key not in "0123456789*#":
                raise CallError(f"{key!r} is not a key of a telephone")
            self._alive(f"no key ({key}) can be pressed")
            self._press(key)
        return self

    def _press(self, key: str) -> None:
        self._act()
        self._log("key", key)
        gather = self.gather
        if gather is None or "dtmf" not in gather.inputs:
            self._log("ignored", "nothing waits for a key")
            return
        if key in gather.finish_on_key:
            self._gathered(gather, key)
            return
        self._digits += key
        if len(self._digits) == gather.num_digits:
            self._gathered(gather)

    def wait(self) -> "Call":
        """Say and press nothing until the wait runs out; a Dial rings until nobody has answered."""
        self._alive("there is nothing to wait for")
        if isinstance(self._stopped_at, Dial):
            return self.dial_ends("no-answer")
        self._act()
        if gather := self.gather:
            self._log("silence", f"{gather.timeout:g} s")
            self._gathered(gather)
        return self

    def speak(self, words: str, confidence: float = 0.9) -> "Call":
        """Say something where the line listens for words; elsewhere nobody hears it."""
        self._alive("nothing can be said")
        self._act()
        self._log("speech")
        gather = self.gather
        if gather is None or "speech" not in gather.inputs:
            self._log("ignored", "nothing listens for words")
            return self
        self._stopped_at = None
        spoken = {"SpeechResult": words, "Confidence": f"{confidence:.6f}", "Language": "en-GB"}
        self._ask(gather.action, spoken)
        self._follow()
        return self

    def dial_ends(self, status: DialStatus) -> "Call":
        """End the ringing: somebody answers and later hangs up, or the line is busy, or nobody comes."""
        dial = self._stopped_at
        if not isinstance(dial, Dial):
            raise CallError("no number is being dialled")
        self._act()
        self._log("dial ends", status)
        self._stopped_at = None
        if dial.action is not None:
            fields = {"DialCallStatus": status, "DialCallSid": new_sid("CA")}
            if status in ("completed", "answered"):
                fields["DialCallDuration"] = "60"
            self._ask(dial.action, fields)
        self._follow()
        return self

    def hang_up(self) -> "Call":
        """The caller ends the call."""
        self._end("the caller hung up")
        return self

    def captions(self) -> list[str]:
        """The words of what was heard, from the `.txt` beside each of the line's own sounds."""
        return [caption(self.carrier, each) for each in self.heard]

    def _alive(self, cannot: str) -> None:
        if self.ended:
            raise CallError(f"the call has ended: {cannot}")

    def _act(self) -> None:
        self.heard = []
        self._redirects = 0

    def _log(self, what: str, detail: str = "") -> None:
        self.log.append(Event(what, detail))

    def _end(self, why: str) -> None:
        self.ended, self._stopped_at, self._waiting = True, None, []
        self._log("ended", why)

    def _gathered(self, gather: Gather, finished_on: str = "") -> None:
        self._stopped_at, digits, self._digits = None, self._digits, ""
        if digits or gather.on_empty == "action":
            fields = {"Digits": digits, "FinishedOnKey": finished_on, "msg": "Gather End"}
            self._ask(gather.action, fields)
        self._follow()

    def _ask(self, target: str | None, fields: Mapping[str, str]) -> None:
        """Fetch the next document, from the fallback if the first cannot be used."""
        url = self.carrier.url(target or self._at, self._at)
        fields = voice_fields(self.call_sid, self.caller, self.called) | dict(fields)
        document = self._fetch(url, fields)
        if document.fault and self._fallback:
            failure = {"ErrorCode": str(document.fault.code), "ErrorUrl": url}
            document = self._fetch(self._fallback, fields | failure)
        if document.fault:
            self._log("application error", f"{document.fault.code} {document.fault.text}")
            self.failed = True
            self._end("the carrier says: an application error has occurred, goodbye")
            return
        self._at, self._waiting = document.url, list(document.verbs)

    def _fetch(self, target: str, fields: Mapping[str, str]) -> Document:
        document = self.carrier.ask(target, fields)
        digits = f" Digits={fields['Digits']}" if "Digits" in fields else ""
        path = self.carrier.path(document.url)
        self._log("POST", f"{path}{digits} {document.status} {document.milliseconds:g} ms")
        if document.fault:
            self._log("fault", f"{document.fault.code} {document.fault.text}")
        return document

    def _follow(self) -> None:
        while not self.ended and self._stopped_at is None:
            if not self._waiting:
                self._end("the document ended")
                return
            self._do(self._waiting.pop(0))

    def _do(self, verb: Verb) -> None:
        match verb:
            case Say() | Play():
                self._hear(verb)
            case Gather():
                self._log("Gather", f"timeout={verb.timeout:g} numDigits={verb.num_digits}")
                for sound in verb.nested:
                    self._hear(sound)
                self._stopped_at, self._digits = verb, ""
            case Dial():
                self._log("Dial", verb.number)
                self._stopped_at = verb
            case Hangup():
                self._log("Hangup")
                self._end("the line hung up")
            case Redirect():
                self._log("Redirect", verb.url)
                self._redirects += 1
                if self._redirects > MOST_REDIRECTS:
                    raise TwimlError(f"{self._at}: the line redirects in a circle")
                self._ask(verb.url, {})
            case Message():
                raise TwimlError(f"{self._at}: a call's document holds a <Message>")

    def _hear(self, sound: Say | Play) -> None:
        match sound:
            case Say():
                heard = sound.text
            case Play():
                heard = self.carrier.path(self.carrier.url(sound.url, self._at))
        self._log(type(sound).__name__, heard)
        self.heard.append(heard)
        self.said.append(heard)


def caption(carrier: Carrier, heard: str) -> str:
    """The words of something heard: those beside one of the line's own sounds, or the spoken text itself."""
    if not (heard.startswith("/") and heard.endswith(".mp3")):
        return heard
    answer = carrier.get(f"{heard.removesuffix('.mp3')}.txt")
    return answer.body.decode().strip() if answer.status == 200 else heard


# --- Ways to reach the line


def wsgi_send(app: Any) -> Send:
    """Reach a WSGI application in this very process."""

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        builder = EnvironBuilder(method=method, path=path, headers=Headers(headers.items()), data=body)
        environ = builder.get_environ()
        try:
            chunks, status, answered = run_wsgi_app(app, environ, buffered=True)
            return Answer(int(status.split()[0]), tuple(answered.items()), b"".join(chunks))
        finally:
            builder.close()

    return send


def http_send(base_url: str, timeout: float = LONGEST_WAIT) -> Send:
    """Reach the line over real HTTP at `base_url`, whatever its public address; `timeout` in seconds."""
    parts = urlsplit(base_url)
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        connection = connect(parts.netloc, timeout=timeout)
        try:
            connection.request(method, parts.path.rstrip("/") + path, body or None, dict(headers))
            answer = connection.getresponse()
            return Answer(answer.status, tuple(answer.getheaders()), answer.read())
        finally:
            connection.close()

    return send
