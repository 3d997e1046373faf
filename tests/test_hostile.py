"""Whatever is sent to the line, by whom and how slowly: it never falls over, and a caller always hears words."""

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ivr.app import create_app
from ivr.dialogue.place import At
from ivr.telephony.carrier import LARGEST_DOCUMENT, Answer, Carrier
from ivr.telephony.reach import http_send
from ivr.telephony.verbs import Gather, Hangup, Redirect, read
from tests.callers import ACCOUNT, MOBILE, PUBLIC, Caller, carrier_to, serving, settings_in

CALL = {"CallSid": "CA" + "0" * 32, "From": MOBILE, "To": "+442079460000"}
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(settings_in(tmp_path_factory.mktemp("line"), PHONE_PASSWORD="a password of the test"))


@pytest.fixture(scope="module")
def carrier(app: Flask) -> Carrier:
    return carrier_to(app)


def assert_spoken(answer: Answer) -> None:
    """The answer is a document that a carrier follows, and it says, asks or dials something before its end."""
    assert answer.status == 200
    assert answer.header("Content-Type") == "text/xml; charset=utf-8"
    assert len(answer.body) < LARGEST_DOCUMENT
    verbs = read(answer.body)
    assert verbs
    assert not isinstance(verbs[0], Hangup | Redirect)
    assert all(verb.nested for verb in verbs if isinstance(verb, Gather))


# --- What the carrier signs

ODD_TEXT = st.text(max_size=40)
STEPS = st.one_of(
    st.sampled_from(["en", "xx", "menu", "urgent", "8.3", "urgent.spine", "5.1.3", "99", "0", "-1", "1e3"]),
    st.sampled_from([at.value for at in At]),
    st.from_regex(r"[A-Za-z0-9._~-]{1,30}", fullmatch=True).filter(lambda step: set(step) != {"."}),
)
PATHS = st.lists(STEPS, max_size=6).map(lambda steps: "/".join(["/voice", *steps]))
ASKED = st.sampled_from(["pace", "step", "key", "silences", "wrongs", "back", "new", "press"])
ASKED_VALUES = st.one_of(
    st.sampled_from(
        ["slow", "fast", "silence", "busy", "closed", "send", "sent", "True", "8.3/1", "urgent/0", "3"]
    ),
    st.from_regex(r"[0-9]{1,3}", fullmatch=True),
    ODD_TEXT,
)
PLACES = st.builds(
    lambda at, topic, part: f"/voice/en/{at}/{topic}/{part}",
    st.sampled_from([at.value for at in At]),
    st.sampled_from(["menu", "urgent", "urgent.spine", "8", "8.3", "5.1.3", "10", "gone"]),
    st.integers(0, 120),
)
QUERIES = st.lists(st.tuples(ASKED | ODD_TEXT, ASKED_VALUES), max_size=8).map(urlencode)
DIGITS = st.text("0123456789*#", max_size=32)
FIELDS = st.dictionaries(
    st.sampled_from(["DialCallStatus", "SpeechResult", "Confidence", "From", "To", "CallStatus", "ErrorUrl"])
    | ODD_TEXT.filter(lambda name: name not in ("AccountSid", "CallSid", "MessageSid", "Digits")),
    st.sampled_from(["busy", "completed", "answered", "canceled", "", "0.5", "+1", "anonymous"]) | ODD_TEXT,
    max_size=12,
)
MANY = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@MANY
@given(path=PATHS | PLACES, query=QUERIES, digits=DIGITS, fields=FIELDS)
@example("/voice", "", "", {})
@example("/voice/en/topic/8.3/0", "key=" + "x" * 4000, "", {})
@example("/voice/en/help/8.3/0", "key=%ff%00", "9", {})
@example("/voice/en/text/8.3/0", "key=send", "", {"From": "\x00"})
@example("/voice/en/topic/8.3/99", "press=silence&press=silence", "*", {"DialCallStatus": "busy"})
def test_whatever_the_carrier_signs_is_answered_with_words(
    carrier: Carrier, path: str, query: str, digits: str, fields: dict[str, str]
) -> None:
    assert_spoken(carrier.post(f"{path}?{query}" if query else path, CALL | fields | {"Digits": digits}))


@MANY
@given(digits=st.text(min_size=1, max_size=40))
def test_only_keys_of_a_telephone_are_digits(carrier: Carrier, digits: str) -> None:
    keys = set(digits) <= set("0123456789*#") and len(digits) <= 32
    answer = carrier.post("/voice/en/topic/menu/0", CALL | {"Digits": digits})
    assert answer.status == (200 if keys else 403)


# Odd places that somebody may have kept, with what was pressed there. They lead on, not to the fallback.
KEPT = [
    ("/voice/xx/topic/8.3/0", ""),
    ("/voice/en/topic/gone/0", ""),
    ("/voice/en/topic/8.3/99", ""),
    ("/voice/en/topic/8.3/0?key=0&step=9&silences=3&wrongs=3", "1"),
    ("/voice/en/missed/8.3/0?key=nonsense", ""),
    ("/voice/en/help/8/0", "6"),
    ("/voice/en/topic/urgent/0?back=gone%2F1", "*"),
    ("/voice/en/topic/urgent/0?back=%2F", "*"),
    ("/voice/en/topic/urgent/0?back=8.3%2F%C2%B2", "*"),
    pytest.param(
        "/voice/en/topic/urgent/0?back=8.3%2F99",
        "*",
    ),
    pytest.param(
        "/voice/en/topic/8.3/0?" + "a=1&" * 17,
        "",
    ),
]


@pytest.mark.parametrize(("path", "digits"), KEPT)
def test_an_odd_place_leads_on_and_not_to_the_fallback(carrier: Carrier, path: str, digits: str) -> None:
    answer = carrier.post(path, CALL | {"Digits": digits})
    assert_spoken(answer)
    assert any(isinstance(verb, Gather) for verb in read(answer.body))


# What a signed webhook is refused for: its size and shape.
REFUSED = [
    ({f"f{n}": "" for n in range(195)}, 200),
    ({f"f{n}": "" for n in range(196)}, 403),
    ({"Body": "x" * 65_000}, 200),
    ({"Body": "x" * 66_000}, 413),
    ({"CallSid": "CA1"}, 403),
    ({"CallSid": "CA" + "0" * 31 + "g"}, 403),
    ({"AccountSid": "AC" + "1" * 32}, 403),
]


@pytest.mark.parametrize(("fields", "status"), REFUSED)
def test_a_signed_webhook_has_a_size_and_a_shape(
    carrier: Carrier, fields: dict[str, str], status: int
) -> None:
    """Four fields are in it beside those of the table: CallSid, From, To, and what the carrier adds."""
    answer = carrier.post("/voice", CALL | fields)
    assert answer.status == status
    assert len(answer.body) < LARGEST_DOCUMENT


# --- What anybody sends

METHODS = st.sampled_from(
    ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "x"]
)
ANY_PATH = st.one_of(
    PATHS,
    PLACES,
    st.sampled_from(["/", "/voice", "/voice/", "/voice/fallback", "/healthz", "/metrics", "/phone", "/sms"]),
    st.sampled_from(
        ["/phone/webhook", "/phone/message", "/phone/static/../../app.py", "/audio/x.mp3", "/desk"]
    ),
    st.text(max_size=60).map(lambda text: "/" + quote(text)),
    st.binary(max_size=60).map(lambda raw: "/voice/" + quote(raw)),
)
KINDS = st.sampled_from(
    [FORM, f"{FORM}; charset=utf-16", "application/json", "multipart/form-data", "text/xml", ""]
)
HEADER_TEXT = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60
)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["X-Twilio-Signature", "Authorization", "Cookie", "Range", "If-None-Match", "If-Modified-Since", "Origin",
         "Accept-Language", "X-Forwarded-For", "Sec-Fetch-Site", "Content-Encoding", "Expect"]
    ),
    HEADER_TEXT,
    max_size=4,
)  # fmt: skip
OPEN = (200, 206, 304)
SHUT = (308, 400, 401, 403, 404, 405, 413, 415, 416, 431)


@MANY
@given(method=METHODS, path=ANY_PATH, body=st.binary(max_size=500), kind=KINDS, headers=HEADERS)
def test_a_stranger_gets_a_short_no(
    app: Flask, method: str, path: str, body: bytes, kind: str, headers: dict[str, str]
) -> None:
    answer = app.test_client().open(path, method=method, data=body, content_type=kind, headers=headers)
    assert answer.status_code in OPEN + SHUT
    assert len(answer.data) < LARGEST_DOCUMENT
    if method == "POST" and path.startswith("/voice") and path != "/voice/fallback":
        assert answer.status_code in (308, 403, 404, 413, 415)


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
@pytest.mark.parametrize("path", ["/voice", "/voice/en/topic/8.3/0"])
def test_a_body_that_is_no_form_is_refused_even_with_a_signature_over_the_address(
    app: Flask, path: str, kind: str
) -> None:
    signature = carrier_to(app).signature(PUBLIC + path, {})
    headers = {"X-Twilio-Signature": signature}
    answer = app.test_client().post(path, data=b"Digits=0", content_type=kind, headers=headers)
    assert (answer.status_code, answer.data) == (415, b"")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_a_voice_webhook_is_only_posted(app: Flask, method: str) -> None:
    assert app.test_client().open("/voice/en/topic/8.3/0", method=method).status_code == 405


def test_a_webhook_without_a_signature_is_refused(app: Flask) -> None:
    answer = app.test_client().post("/voice", data=CALL | {"AccountSid": ACCOUNT})
    assert (answer.status_code, answer.data) == (403, b"")


# --- Slow clients, against a process of its own

SLOW_CLIENTS = 50
PROBES = 20
ANSWERED_WITHIN = 5.0
HEAD = f"POST /voice HTTP/1.1\r\nHost: line.example\r\nContent-Type: {FORM}\r\nContent-Length: 60000\r\n\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a line that runs in a process of its own."""
    with serving(tmp_path_factory.mktemp("served")) as port:
        yield port


class Drip:
    """Clients that send a byte at a time: half of them never end their headers, half never end their body."""

    def __init__(self, port: int, clients: int) -> None:
        self._selector = selectors.DefaultSelector()
        self._enough = threading.Event()
        self.going = threading.Event()
        """Set once every client has sent a good many bytes and has still more to send."""
        self.refused = 0
        for number in range(clients):
            client = socket.create_connection(("127.0.0.1", port), timeout=ANSWERED_WITHIN)
            if number % 2:
                client.sendall(HEAD.encode())
            client.settimeout(0)
            self._selector.register(client, selectors.EVENT_READ | selectors.EVENT_WRITE)
        self._thread = threading.Thread(target=self._drip, daemon=True)
        self._thread.start()

    def _drip(self) -> None:
        rounds = 0
        text = HEAD.replace("\r\n\r\n", "\r\nX-Slow: ").encode()
        while not self._enough.is_set():
            for key, _ in self._selector.select(timeout=0.1):
                client = key.fileobj
                assert isinstance(client, socket.socket)
                try:
                    client.send(text[rounds : rounds + 1] or b"x")
                except OSError:
                    self.refused += 1
                    self._selector.unregister(client)
                    client.close()
            rounds += 1
            if rounds == 10:
                self.going.set()
            self._enough.wait(0.01)

    @property
    def clients(self) -> int:
        return len(self._selector.get_map())

    def close(self) -> None:
        self._enough.set()
        self._thread.join(ANSWERED_WITHIN)
        for key in list(self._selector.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        self._selector.close()


def test_fifty_slow_clients_hold_up_neither_the_watch_nor_a_caller(port: int) -> None:
    send = http_send(f"http://127.0.0.1:{port}", timeout=ANSWERED_WITHIN)
    carrier = carrier_to(send)
    with closing(Drip(port, SLOW_CLIENTS)) as slow:
        assert slow.going.wait(ANSWERED_WITHIN)
        assert slow.clients + slow.refused == SLOW_CLIENTS
        for _ in range(PROBES):
            assert send("GET", "/healthz", {}, b"").status == 200
            assert_spoken(carrier.post("/voice/en/topic/8/0", CALL | {"Digits": "3"}))
        assert slow.clients > 0


RAW = [
    b"\r\n\r\n", b"\x00" * 1000, b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/9.9\r\n\r\n",
    b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n", b"POST /voice HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /voice HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /voice HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 2000 + b"\r\n",
    b"GET /voice/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
]  # fmt: skip


@pytest.mark.parametrize("raw", RAW)
def test_what_is_not_even_http_brings_no_500_and_the_line_stays_up(port: int, raw: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=ANSWERED_WITHIN) as client:
        try:
            client.sendall(raw)
            client.shutdown(socket.SHUT_WR)
            answered = client.recv(4096)
        except OSError:  # the server has hung up already
            answered = b""
    assert not answered.startswith((b"HTTP/1.1 5", b"HTTP/1.0 5"))
    assert (
        http_send(f"http://127.0.0.1:{port}", timeout=ANSWERED_WITHIN)("GET", "/healthz", {}, b"").status
        == 200
    )


def test_a_body_without_end_is_refused_and_not_kept(port: int) -> None:
    """Ten megabytes, of which the line needs to read 64 kB to know."""
    headers = {"Content-Type": FORM, "Host": "line.example", "X-Twilio-Signature": "x"}
    send = http_send(f"http://127.0.0.1:{port}", timeout=ANSWERED_WITHIN)
    try:
        status = send("POST", "/voice", headers, b"x" * 10_000_000).status
    except ConnectionError:
        status = 413
    assert status == 413


def test_a_real_call_over_http_is_heard(port: int) -> None:
    caller = Caller(http_send(f"http://127.0.0.1:{port}"))
    assert "Seek medical advice without delay" in caller.rings().presses("83").heard
