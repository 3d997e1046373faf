"""TwiML as a carrier reads it: the verbs of the portable subset, and a reader stricter than any carrier's."""

from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree

from ivr.errors import IvrError


class TwimlError(IvrError):
    """A document that a carrier would refuse; the text says what is wrong and at which verb."""


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
