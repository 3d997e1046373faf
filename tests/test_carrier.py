"""The carrier that the phone, the terminal and the tests share reads, signs and follows as Twilio does."""

import contextlib
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from ivr.telephony.carrier import Carrier
from ivr.telephony.fields import message_fields, new_sid, voice_fields
from ivr.telephony.follow import MOST_REDIRECTS, Call, CallError
from ivr.telephony.reach import Answer, wsgi_send
from ivr.telephony.verbs import Dial, Gather, Hangup, Message, Play, Redirect, Say, TwimlError, read

PUBLIC = "https://line.example"
TOKEN = "a-token-that-is-no-secret"
ACCOUNT = "AC" + "0" * 32

READABLE = [
    ("<Response/>", ()),
    ("<Response><Hangup/></Response>", (Hangup(),)),
    ("<Response><Play>/audio/a.mp3</Play></Response>", (Play("/audio/a.mp3"),)),
    (
        '<Response><Say voice="Polly.Amy" language="en-GB"> Hello &amp; welcome </Say></Response>',
        (Say("Hello & welcome", "Polly.Amy", "en-GB"),),
    ),
    ("<Response><Redirect>/a?b=1&amp;c=2</Redirect></Response>", (Redirect("/a?b=1&c=2"),)),
    (
        '<Response><Dial callerId="+441" timeout="25" action="/done">+448088006000</Dial></Response>',
        (Dial("+448088006000", "+441", 25, "/done"),),
    ),
    ("<Response><Dial>999</Dial></Response>", (Dial("999", None, 30, None),)),
    ("<Response><Gather/></Response>", (Gather(),)),
    (
        '<Response><Gather action="/m" input="dtmf speech" timeout="10" numDigits="1" finishOnKey="">'
        "<Play>/a.mp3</Play><Say>b</Say></Gather></Response>",
        (Gather((Play("/a.mp3"), Say("b")), "/m", 10, 1, "", ("dtmf", "speech")),),
    ),
    (
        "<Response><Message>Hi</Message><Message><Body>ĵ</Body></Message></Response>",
        (Message("Hi"), Message("ĵ")),
    ),
    ('<?xml version="1.0" encoding="UTF-8"?>\n<Response>\n  <Hangup />\n</Response>\n', (Hangup(),)),
]

REFUSED = [
    ("", "not XML"),
    ("<Response>", "not XML"),
    ("Sorry", "not XML"),
    ("<html/>", "root is <html>"),
    ("<!DOCTYPE x><Response/>", "DOCTYPE"),
    ("<Response>Hello</Response>", "'Hello' stands outside any verb"),
    ("<Response><Hangup/>Hello</Response>", "'Hello' stands outside any verb"),
    ("<Response><Pause/></Response>", "Response/Pause[1]: <Pause> is not a verb"),
    ("<Response><Hangup/><Sms>a</Sms></Response>", "Response/Sms[2]"),
    ("<Response><Play></Play></Response>", "<Play> is empty"),
    ("<Response><Say>a<break/></Say></Response>", "<break> may not stand inside <Say>"),
    ("<Response><Dial><Number>1</Number></Dial></Response>", "<Number> may not stand inside <Dial>"),
    ("<Response><Gather><Hangup/></Gather></Response>", "Response/Gather[1]/Hangup[1]: a Gather nests only"),
    ("<Response><Gather><Gather/></Gather></Response>", "a Gather nests only"),
    ('<Response><Gather numDigits="0"/></Response>', "numDigits='0'"),
    ('<Response><Gather timeout="soon"/></Response>', "timeout='soon'"),
    ('<Response><Gather input="mind"/></Response>', "neither dtmf nor speech"),
    ('<Response><Gather finishOnKey="x"/></Response>', "finishOnKey='x'"),
    ('<Response><Redirect method="GET">/a</Redirect></Response>', "POST only"),
    ("<Response><Hangup>now</Hangup></Response>", "<Hangup> holds nothing"),
]


@pytest.mark.parametrize(("twiml", "verbs"), READABLE)
def test_reads_what_a_carrier_reads(twiml: str, verbs: tuple[object, ...]) -> None:
    assert read(twiml) == verbs
    assert read(twiml.encode()) == verbs


@pytest.mark.parametrize(("twiml", "why"), REFUSED)
def test_refuses_what_a_carrier_might_forgive_and_says_where(twiml: str, why: str) -> None:
    with pytest.raises(TwimlError) as refused:
        read(twiml)
    assert why in str(refused.value)


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_no_document_however_broken_is_more_than_a_twiml_error(document: bytes | str) -> None:
    with contextlib.suppress(TwimlError):
        read(document)


class Line:
    """A line made of a table: path -> TwiML. It keeps what was asked of it and checks each signature."""

    def __init__(self, documents: Mapping[str, str | tuple[int, str, str]]) -> None:
        self.documents = documents
        self.asked: list[tuple[str, dict[str, str]]] = []

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if method == "GET":
            return Answer(200, (("Content-Type", "text/plain"),), f"words of {path}".encode())
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        signature = headers["X-Twilio-Signature"]
        assert RequestValidator(TOKEN).validate(PUBLIC + path, form, signature)
        assert "#" not in path
        self.asked.append((path, form))
        found = self.documents.get(path, (404, "text/plain", "not here"))
        status, kind, text = found if isinstance(found, tuple) else (200, "text/xml; charset=utf-8", found)
        return Answer(status, (("content-type", kind),), text.encode())

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


def carrier_of(line: Line) -> Carrier:
    return Carrier(line.send, ACCOUNT, TOKEN, PUBLIC)


def ring(documents: Mapping[str, str | tuple[int, str, str]]) -> tuple[Line, Call]:
    line = Line({path: _response(twiml) for path, twiml in documents.items()})
    return line, Call(carrier_of(line)).ring()


def _response(twiml: str | tuple[int, str, str]) -> str | tuple[int, str, str]:
    return f"<Response>{twiml}</Response>" if isinstance(twiml, str) else twiml


MENU = (
    '<Gather action="/menu" timeout="10" numDigits="1" finishOnKey=""><Play>/audio/menu.mp3</Play></Gather>'
)
TALK: dict[str, str | tuple[int, str, str]] = {
    "/voice": f"<Play>/audio/hello.mp3</Play>{MENU}<Redirect>/menu?key=silence</Redirect>",
    "/menu": "<Say>You pressed a key</Say><Redirect>later?a=1&amp;b=2</Redirect>",
    "/menu?key=silence": "<Say>Still there?</Say><Hangup/>",
    "/later?a=1&b=2": '<Dial callerId="+442079460000" action="/after">+448088006000</Dial>',
    "/after": "<Say>Back again</Say>" + MENU,
}


def test_a_call_hears_what_plays_and_stops_at_the_gather() -> None:
    line, call = ring(TALK)
    assert call.heard == ["/audio/hello.mp3", "/audio/menu.mp3"]
    assert call.captions() == ["words of /audio/hello.txt", "words of /audio/menu.txt"]
    assert call.gather is not None
    assert not call.ended
    assert line.asked[0][1]["CallStatus"] == "ringing"


def test_a_key_goes_to_the_action_and_a_redirect_is_resolved_against_its_document() -> None:
    line, call = ring(TALK)
    call.press("8")
    assert line.paths == ["/voice", "/menu", "/later?a=1&b=2"]
    _, fields = line.asked[1]
    assert (fields["Digits"], fields["CallStatus"], fields["msg"]) == ("8", "in-progress", "Gather End")
    assert call.heard == ["You pressed a key"]
    assert call.ringing == "+448088006000"


def test_silence_runs_the_verb_after_the_gather() -> None:
    line, call = ring(TALK)
    call.wait()
    assert line.paths[-1] == "/menu?key=silence"
    assert "Digits" not in line.asked[-1][1]
    assert call.heard == ["Still there?"]
    assert call.ended


@pytest.mark.parametrize("status", ["answered", "busy", "no-answer", "failed"])
def test_the_end_of_a_dial_goes_to_its_action(status: str) -> None:
    line, call = ring(TALK)
    call.press("0").dial_ends(status)  # type: ignore[arg-type]
    assert line.asked[-1][0] == "/after"
    assert line.asked[-1][1]["DialCallStatus"] == status
    assert ("DialCallDuration" in line.asked[-1][1]) is (status == "answered")
    assert call.ringing is None
    assert call.heard == ["Back again", "/audio/menu.mp3"]


def test_waiting_while_it_rings_means_that_nobody_answers() -> None:
    line, call = ring(TALK)
    call.press("0").wait()
    assert line.asked[-1][1]["DialCallStatus"] == "no-answer"


def test_a_dial_without_an_action_goes_on_with_the_next_verb() -> None:
    _, call = ring({"/voice": "<Dial>1</Dial><Say>next</Say>"})
    assert call.dial_ends("busy").heard == ["next"]


GATHERING = [
    # Attributes, keys pressed, Digits of the webhook (None: it was not called).
    ('numDigits="1" finishOnKey=""', "#", "#"),
    ('numDigits="1" finishOnKey=""', "*", "*"),
    ('numDigits="1"', "#", None),  # The carrier's default swallows a bare hash: no input.
    ('numDigits="3"', "51", None),
    ('numDigits="3"', "513", "513"),
    ("", "513", None),
    ("", "513#", "513"),
    ('finishOnKey="*"', "5#*", "5#"),
]


@pytest.mark.parametrize(("attributes", "keys", "digits"), GATHERING)
def test_a_gather_ends_at_its_digits_or_its_finishing_key(
    attributes: str, keys: str, digits: str | None
) -> None:
    line, call = ring(
        {"/voice": f'<Gather action="/got" {attributes}/><Gather action="/silence"/>', "/got": "<Hangup/>"}
    )
    call.press(keys)
    got = [fields["Digits"] for path, fields in line.asked if path == "/got"]
    assert got == ([] if digits is None else [digits])


def test_keys_so_far_are_sent_when_the_wait_runs_out() -> None:
    line, call = ring({"/voice": '<Gather action="/got"/>', "/got": "<Hangup/>"})
    call.press("51").wait()
    assert line.asked[-1][1]["Digits"] == "51"


def test_a_gather_without_action_asks_its_own_document_again() -> None:
    line, call = ring({"/voice": "<Redirect>/a?b=1</Redirect>", "/a?b=1": '<Gather numDigits="1"/>'})
    call.press("5")
    assert line.paths == ["/voice", "/a?b=1", "/a?b=1"]


def test_each_key_of_several_counts_for_the_gather_of_its_moment() -> None:
    one = '<Gather action="/{}" numDigits="1"/>'
    line, call = ring({"/voice": one.format("a"), "/a": one.format("b"), "/b": one.format("c")})
    call.press("51")
    assert [(path, fields["Digits"]) for path, fields in line.asked[1:]] == [("/a", "5"), ("/b", "1")]


def test_words_go_only_where_the_line_listens() -> None:
    line, call = ring(
        {
            "/voice": '<Gather numDigits="1" action="/next"/>',
            "/next": '<Gather input="dtmf speech" action="/heard"/>',
            "/heard": "<Hangup/>",
        }
    )
    call.speak("hello").press("1").speak("hello")
    assert line.asked[-1][1]["SpeechResult"] == "hello"
    assert [event.what for event in call.log].count("ignored") == 1


def test_an_ended_call_takes_no_keys() -> None:
    _, call = ring({"/voice": "<Hangup/>"})
    assert call.ended
    assert not call.failed
    with pytest.raises(CallError):
        call.press("1")
    with pytest.raises(CallError):
        call.dial_ends("busy")


BROKEN = [
    ((500, "text/plain", "oops"), "11200"),
    ((403, "text/plain", "no"), "11200"),
    ((200, "text/plain", "<Response/>"), "12300"),
    ((200, "text/xml", "<Response>"), "12100"),
    ((200, "text/xml", "<Response><Pause/></Response>"), "12100"),
    ((200, "text/xml", f"<Response><Say>{'a' * 65536}</Say></Response>"), "11750"),
]


@pytest.mark.parametrize(("broken", "code"), BROKEN)
def test_an_answer_that_cannot_be_used_leads_to_the_fallback(broken: tuple[int, str, str], code: str) -> None:
    line, call = ring({"/voice": broken, "/voice/fallback": "<Say>The helpline is</Say>"})
    path, fields = line.asked[-1]
    assert (path, fields["ErrorCode"], fields["ErrorUrl"]) == ("/voice/fallback", code, f"{PUBLIC}/voice")
    assert call.heard == ["The helpline is"]
    assert not call.failed


def test_without_a_fallback_the_carrier_says_its_own_error() -> None:
    _, call = ring({"/voice": (500, "text/plain", "oops")})
    assert call.ended
    assert call.failed
    assert "application error" in [event.what for event in call.log]


@pytest.mark.parametrize("error", [TimeoutError, ConnectionRefusedError])
def test_nobody_answering_is_a_fault_and_not_a_crash(error: Callable[[], OSError]) -> None:
    def silent(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        raise error()

    document = Carrier(silent, ACCOUNT, TOKEN, PUBLIC).ask("/voice", {})
    assert document.fault is not None
    assert document.fault.code == 11200


def test_a_circle_of_redirects_is_found() -> None:
    line = Line({"/voice": "<Response><Redirect>/voice</Redirect></Response>"})
    with pytest.raises(TwimlError, match="circle"):
        Call(carrier_of(line)).ring()
    assert len(line.asked) == MOST_REDIRECTS + 1


def test_a_webhook_has_the_fields_and_headers_that_twilio_sends() -> None:
    line = Line({})
    fields = voice_fields(new_sid("CA"), "+447700900123", "+442079460000") | {"Digits": "8"}
    carrier_of(line).post("/voice?x=1#rc=3", fields)
    path, form = line.asked[0]
    assert path == "/voice?x=1"
    assert (form["From"], form["Caller"], form["FromCountry"]) == ("+447700900123", "+447700900123", "GB")
    assert form["AccountSid"] == ACCOUNT
    assert form["ApiVersion"] == "2010-04-01"
    assert 24 <= len(form) <= 28


def test_the_carrier_calls_no_other_site() -> None:
    line = Line({})
    document = carrier_of(line).ask("https://elsewhere.example/voice", {})
    assert document.fault is not None
    assert line.asked == []


def test_a_message_is_cut_where_the_carrier_cuts_it() -> None:
    assert len(message_fields(new_sid("SM"), "+447700900123", "+441", "a" * 5000)["Body"]) == 1600


def test_the_wsgi_way_carries_bodies_headers_and_cookies() -> None:
    seen: dict[str, object] = {}

    def app(environ: dict[str, object], start: Callable[..., object]) -> list[bytes]:
        body = environ["wsgi.input"].read(int(str(environ["CONTENT_LENGTH"])))  # type: ignore[attr-defined]
        seen.update(environ, body=parse_qs(body.decode()))
        start("200 OK", [("Content-Type", "text/xml"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return [b"<Response/>"]

    document = Carrier(wsgi_send(app), ACCOUNT, TOKEN, PUBLIC).ask("/sms?x=%20y", {"Body": "ŵ"})
    assert document.fault is None
    assert document.cookies == ("a=1", "b=2")
    assert (seen["PATH_INFO"], seen["QUERY_STRING"], seen["HTTP_HOST"]) == ("/sms", "x=%20y", "line.example")
    assert seen["CONTENT_TYPE"] == "application/x-www-form-urlencoded; charset=UTF-8"
    assert seen["body"] == {"Body": ["ŵ"], "AccountSid": [ACCOUNT], "ApiVersion": ["2010-04-01"]}
