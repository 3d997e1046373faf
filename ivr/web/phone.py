"""The browser phone: a carrier with a keypad, so that anyone with a browser can call the line.

The page follows TwiML; this side builds, signs and sends the webhooks, so that the token never leaves the
server. It calls nobody: a Dial ends as the person at the page chooses.
"""

import re
from collections.abc import Callable, Container, Mapping, Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from ivr.telephony.carrier import Carrier, Document
from ivr.telephony.fields import WITHHELD, message_fields, new_sid, voice_fields
from ivr.telephony.verbs import Dial, Gather, Hangup, Message, Play, Redirect, Say, Verb
from ivr.web.labels import CALLERS, Labels

NUMBERS: Final = {
    "+447700900123": ("mobile", "07700 900123"),
    "+442079460123": ("landline", "020 7946 0123"),
    WITHHELD: ("withheld", ""),
    "+12025550123": ("abroad", "+1 202 555 0123"),
}
"""Who can call from the page: numbers that Ofcom and the North American plan keep for drama, so that nothing
sent to them reaches a person. No other number is accepted: the page must not have a stranger texted."""

LINE_NUMBER: Final = "+442079460000"
LARGEST_REQUEST: Final = 16 * 1024
CALL_SID: Final = re.compile(r"CA[0-9a-f]{32}")
VOICE_PATH: Final = re.compile(r"/voice(/[^/?#\s]+)*/?(\?[^#\s]*)?")
WEBHOOK_FIELDS: Final = frozenset(
    {
        "CallStatus",
        "Confidence",
        "DialCallDuration",
        "DialCallSid",
        "DialCallStatus",
        "Digits",
        "ErrorCode",
        "ErrorUrl",
        "FinishedOnKey",
        "Language",
        "SpeechResult",
        "msg",
    }
)
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

Guard = Callable[[], ResponseReturnValue | None]
"""Asked before each request: None lets it in, a response is given instead."""


class _Refused(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def make_phone(
    carrier: Carrier,
    *,
    guard: Guard,
    count: Callable[[str], tuple[str, int]],
    pages: Callable[[], Sequence[Labels]],
    numbers: Mapping[str, str] | None = None,
    inbox: Callable[[str], list[str]] | None = None,
    sounds: str = "",
    note: str = "",
) -> Blueprint:
    """The browser phone's pages under /phone.

    `count` gives a text message's encoding and parts; `pages` are the page's words in each language of the line,
    the line's own first; `numbers` are the line's own numbers, each with what it is called on the page; `inbox`
    gives the texts that the line has sent to a number on its own. `sounds` is the address below which the page finds
    the line's sounds, "" for the line's own; `note` says in English what this line is, where it is not the real one.
    """
    phone = Blueprint(
        "phone",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/phone/static",
    )
    phone.before_request(guard)
    called = dict(numbers or {LINE_NUMBER: "020 7946 0000"})

    @phone.after_request
    def protect(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response

    @phone.errorhandler(_Refused)
    def refuse(refused: _Refused) -> ResponseReturnValue:
        return jsonify(error=str(refused)), refused.status

    @phone.get("/phone")
    def page() -> ResponseReturnValue:
        offered = pages()
        wanted = request.args.get("language")
        labels = next((each for each in offered if each.language.code == wanted), offered[0])
        callers = {
            number: labels.filled(CALLERS[kind], number=shown) for number, (kind, shown) in NUMBERS.items()
        }
        html = render_template(
            "phone.html", labels=labels, _=labels.marked, plain=labels.plain, numbers=called, callers=callers,
            languages=[each.language for each in offered], withheld=WITHHELD, note=note,
        )  # fmt: skip
        return html, {"Cache-Control": "no-cache", "Content-Language": labels.language.code}

    @phone.post("/phone/webhook")
    def webhook() -> ResponseReturnValue:
        asked = _request_json()
        call_sid, status = _one(asked, "call"), _one(asked, "status", "in-progress")
        if not CALL_SID.fullmatch(call_sid):
            raise _Refused(400, "call is not the id of a call")
        fields = _webhook_fields(asked.get("fields", {}))
        standing = voice_fields(
            call_sid, _chosen(asked, "from", NUMBERS), _chosen(asked, "to", called), status
        )
        return jsonify(_told(carrier, carrier.ask(_voice_path(carrier, asked), standing | fields), sounds))

    @phone.post("/phone/message")
    def message() -> ResponseReturnValue:
        asked = _request_json()
        sender, to = _chosen(asked, "from", NUMBERS), _chosen(asked, "to", called)
        if sender == WITHHELD:
            raise _Refused(400, "a withheld number cannot send a text")
        cookies = _cookies(asked.get("cookies", {}))
        fields = message_fields(new_sid("SM"), sender, to, _one(asked, "text"))
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        document = carrier.ask("/sms", fields, headers if cookies else None)
        fault = document.fault
        if fault:
            failure = {"ErrorCode": str(fault.code), "ErrorUrl": document.url}
            document = carrier.ask("/sms/fallback", fields | failure)
        bodies = [verb.body for verb in document.verbs if isinstance(verb, Message)]
        kept = _kept_cookies(cookies, document.cookies)
        told = _told(carrier, document, sounds) | {
            "messages": [_sized(body) for body in bodies],
            "cookies": kept,
        }
        return jsonify(told | {"fault": {"code": fault.code, "text": fault.text} if fault else None})

    @phone.post("/phone/inbox")
    def received() -> ResponseReturnValue:
        number = _chosen(_request_json(), "from", NUMBERS)
        return jsonify(messages=[_sized(body) for body in (inbox(number) if inbox else ())])

    def _sized(body: str) -> dict[str, Any]:
        return dict(zip(("encoding", "parts"), count(body), strict=True), body=body)

    return phone


# --- What the page asks


def _request_json() -> dict[str, Any]:
    """The request's JSON object, once it is certain that our own page sent it.

    Without the checks any site that an operator visits could drive the line through their browser.
    """
    if request.mimetype != "application/json":
        raise _Refused(415, "JSON is wanted")
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if not (origin or site):
        raise _Refused(403, "only the phone's own page may ask")
    if site not in (None, "same-origin") or (origin and urlsplit(origin).netloc != request.host):
        raise _Refused(403, "only the phone's own page may ask")
    if (request.content_length or 0) > LARGEST_REQUEST:
        raise _Refused(413, "that is too long")
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict):
        raise _Refused(400, "the request is not a JSON object")
    return asked


def _one(asked: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = asked.get(name, default)
    if not isinstance(value, str):
        raise _Refused(400, f"{name} is missing")
    return value


def _chosen(asked: Mapping[str, Any], name: str, among: Container[str]) -> str:
    value = _one(asked, name)
    if value not in among:
        raise _Refused(400, f"{name} is none of the page's numbers")
    return value


def _strings(values: object) -> dict[str, str]:
    if not isinstance(values, dict) or len(values) > 20:
        raise _Refused(400, "that is not a table of texts")
    if any(not isinstance(value, str) for value in values.values()):
        raise _Refused(400, "a value is not a text")
    return values


def _cookies(values: object) -> dict[str, str]:
    cookies = _strings(values)
    if any(re.search(r"[^!-~]|;", name + value) for name, value in cookies.items()):
        raise _Refused(400, "a cookie is not one plain word")
    return cookies


def _webhook_fields(values: object) -> dict[str, str]:
    fields = _strings(values)
    if stray := set(fields) - WEBHOOK_FIELDS:
        raise _Refused(400, f"{min(stray)} is not a field that the page may set")
    return fields


def _voice_path(carrier: Carrier, asked: Mapping[str, Any]) -> str:
    path = carrier.path(_one(asked, "path"))
    if not VOICE_PATH.fullmatch(path) or ".." in path:
        raise _Refused(400, "path is not a voice webhook of this line")
    return path


def _kept_cookies(before: dict[str, str], set_cookies: tuple[str, ...]) -> dict[str, str]:
    """The conversation's cookies after an answer, kept as a carrier keeps them."""
    kept = dict(before)
    for line in set_cookies:
        try:
            for name, morsel in SimpleCookie(line).items():
                kept[name] = morsel.coded_value
                if morsel["max-age"] == "0" or not morsel.value:
                    del kept[name]
        except CookieError:
            continue
    return kept


# --- What the page is told


def _told(carrier: Carrier, document: Document, sounds: str) -> dict[str, Any]:
    fault = document.fault
    return {
        "status": document.status,
        "url": carrier.path(document.url),
        "twiml": document.twiml,
        "verbs": [_verb(carrier, verb, document.url, sounds) for verb in document.verbs],
        "fault": {"code": fault.code, "text": fault.text} if fault else None,
        "milliseconds": document.milliseconds,
        "language": document.language,
    }


def _verb(carrier: Carrier, verb: Verb, at: str, sounds: str) -> dict[str, Any]:
    """A verb as the page follows it: URLs resolved, the line's own as paths of the page's origin."""

    def path(target: str | None) -> str:
        return carrier.path(carrier.url(target or at, at))

    told: dict[str, Any]
    match verb:
        case Say():
            told = {"text": verb.text, "voice": verb.voice, "language": verb.language}
        case Play():
            told = {"url": f"{sounds}{path(verb.url)}"}
        case Gather():
            told = {
                "nested": [_verb(carrier, each, at, sounds) for each in verb.nested],
                "action": path(verb.action),
                "timeout": verb.timeout,
                "digits": verb.num_digits,
                "finish": verb.finish_on_key,
                "inputs": verb.inputs,
                "empty": verb.on_empty,
            }
        case Redirect():
            told = {"url": path(verb.url)}
        case Dial():
            action = None if verb.action is None else path(verb.action)
            told = {"number": verb.number, "timeout": verb.timeout, "action": action}
        case Message():
            told = {"body": verb.body}
        case Hangup():
            told = {}
    return {"verb": type(verb).__name__, **told}
