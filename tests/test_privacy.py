"""Who called a cancer line is nobody's business: not the log's, nor any file's, nor an error page's."""

import logging
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from ivr.app import create_app
from ivr.telephony.carrier import Carrier
from ivr.telephony.follow import Call
from ivr.telephony.reach import http_send, wsgi_send
from tests.callers import (
    ACCOUNT,
    MOBILE,
    NUMBER,
    PUBLIC,
    TOKEN,
    Caller,
    carrier_to,
    line_with,
    serving,
    settings_in,
)

# The caller's number as it may be written, and words that only this caller could have typed.
TYPED = "zebra-marmalade"
TRACES = (MOBILE, MOBILE[1:], "07700900123", "7700900123", "07700 900123", "%2B447700900123", TYPED)
HERE = "http://localhost:5000"  # a line in development, which sends its texts itself
ERASED_WITHIN = 30.0  # seconds; 3 were measured
LEAST = "the test itself looks"


@pytest.fixture
def records() -> Iterator[list[logging.LogRecord]]:
    """Everything that any logger says at any level, also those that keep it from the root."""
    found: list[logging.LogRecord] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record)

    keep = Keep(logging.DEBUG)
    named = [logging.getLogger(name) for name in list(logging.root.manager.loggerDict)]
    loggers = [logging.root, *named]
    before = [(logger, logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
        logger.propagate = True
    logging.root.addHandler(keep)
    yield found
    logging.root.removeHandler(keep)
    for logger, level, propagate in before:
        logger.setLevel(level)
        logger.propagate = propagate


def written(records: list[logging.LogRecord]) -> str:
    """All that a log could hold of the records: the messages, the traces of errors, every fact beside them."""
    as_text = logging.Formatter("%(message)s")
    return "\n".join(f"{as_text.format(record)} {record.__dict__!r}" for record in records)


def files_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        yield str(path.relative_to(folder)), path.read_bytes() if path.is_file() else b""


def traces_in(content: str | bytes) -> list[str]:
    text = content if isinstance(content, str) else content.decode("latin-1")
    return [trace for trace in TRACES if trace in text]


def assert_private(records: list[logging.LogRecord], folder: Path) -> None:
    logging.getLogger("ivr").debug(LEAST)
    log = written(records)
    assert LEAST in log
    assert traces_in(log) == []
    for name, content in files_below(folder):
        assert traces_in(name) == [], name
        assert traces_in(content) == [], name


def test_a_whole_call_leaves_no_trace_of_who_called(tmp_path: Path, records: list[logging.LogRecord]) -> None:
    app = create_app(settings_in(tmp_path))
    caller = Caller(app).rings().presses("83").stays_silent().presses("92*8365*70")
    caller.stays_silent().is_answered("busy").presses("9*")
    assert app.test_client().get(Caller(app).rings().call.heard[0]).status_code == 200
    caller.call.hang_up()
    assert len(list(files_below(tmp_path))) >= 2
    assert_private(records, tmp_path)


def test_a_text_that_was_sent_leaves_no_trace_of_whom_it_went_to(
    tmp_path: Path, records: list[logging.LogRecord]
) -> None:
    app = create_app(settings_in(tmp_path, PUBLIC_URL=HERE))
    call = Call(Carrier(wsgi_send(app), ACCOUNT, TOKEN, HERE), MOBILE, NUMBER)
    call.ring()
    for key in "199":
        call.press(key)
    assert any(traces_in(content) for _, content in files_below(tmp_path)), "the text is not owed"
    with app.extensions["upkeep"]:  # of it the sender
        deadline = time.monotonic() + ERASED_WITHIN
        while any(traces_in(content) for _, content in files_below(tmp_path)) and time.monotonic() < deadline:
            time.sleep(0.2)
    assert_private(records, tmp_path)


# Bodies as they come over the wire, and what kind of text they are said to be.
FORM = "application/x-www-form-urlencoded"
PART = f"--x\r\nContent-Disposition: form-data; name=From\r\n\r\n{MOBILE} {TYPED}\r\n--x--"
ODD = [
    (f"From={MOBILE}&Body={TYPED}", FORM),
    (f"From=%2B447700900123&Digits={TYPED}", FORM),
    (f"From=%2B447700900123&From={TYPED}", FORM),
    (f"{TYPED}=%2B447700900123", FORM),
    (f"From=%2B447700900123&Body={TYPED}%ff%fe", FORM),
    (f"From=%2B447700900123&{TYPED}" + "&" * 500, FORM),
    ("&".join(f"{TYPED}{n}=07700900123" for n in range(300)), FORM),
    (f"From=%2B447700900123&Body={TYPED * 6000}", FORM),
    (f'{{"From": "{MOBILE}", "Body": "{TYPED}"}}', "application/json"),
    (PART, "multipart/form-data; boundary=x"),
    (f"<From>{MOBILE}</From>{TYPED}", "text/xml"),
    ("", f"{FORM}; charset={TYPED}"),
]  # fmt: skip
PLACES = [
    "/voice",
    "/voice/en/topic/8.3/0",
    f"/voice/{TYPED}/07700900123",
    "/sms",
    "/phone/webhook",
    "/nowhere",
]


@pytest.mark.parametrize("path", PLACES)
def test_hostile_requests_leave_no_trace_in_log_file_or_error_page(
    tmp_path: Path, records: list[logging.LogRecord], path: str
) -> None:
    app = create_app(settings_in(tmp_path, PHONE_PASSWORD="a password of the test"))
    client = app.test_client()
    for body, kind in ODD:
        for method in ("POST", "PUT", "GET"):
            signature = carrier_to(app).signature(PUBLIC + path, {"From": MOBILE, "Body": TYPED})
            answer = client.open(
                f"{path}?From=%2B447700900123&{TYPED}", method=method, data=body.encode(), content_type=kind,
                headers={"X-Twilio-Signature": signature, "Referer": TYPED, "User-Agent": MOBILE},
            )  # fmt: skip
            assert traces_in(answer.data) == []
            assert traces_in(str(answer.headers)) == []
            assert answer.status_code < 500
    assert_private(records, tmp_path)


SIGNED = [
    {"Body": TYPED},
    {"SpeechResult": TYPED, "Confidence": "0.9"},
    {"Digits": "8", "CallerName": TYPED},
    {"DialCallStatus": TYPED},
    {TYPED: MOBILE},
    {"ErrorUrl": f"{PUBLIC}/voice?x={TYPED}", "ErrorCode": TYPED},
]


@pytest.mark.parametrize("fields", SIGNED)
def test_what_the_carrier_signed_is_not_written_down_either(
    tmp_path: Path, records: list[logging.LogRecord], fields: dict[str, str]
) -> None:
    carrier = carrier_to(create_app(settings_in(tmp_path)))
    standing = {"CallSid": "CA" + "0" * 32, "From": MOBILE, "Caller": MOBILE, "AccountSid": ACCOUNT}
    for path in ("/voice", "/voice/en/topic/menu/0", "/voice/en/helpline/menu/0", "/voice/fallback"):
        answer = carrier.post(path, standing | fields)
        assert answer.status == 200
        assert traces_in(answer.body) == []
    assert_private(records, tmp_path)


def test_a_fault_in_the_middle_of_a_call_is_logged_without_who_called(
    tmp_path: Path, records: list[logging.LogRecord]
) -> None:
    def stopped_clock() -> datetime:
        raise OSError("no clock")

    caller = Caller(line_with(settings_in(tmp_path), now=stopped_clock)).rings()
    assert "has a fault" in caller.presses("0").heard
    assert "no clock" in written(records)
    assert_private(records, tmp_path)


def test_the_search_itself_finds_what_it_looks_for(tmp_path: Path, records: list[logging.LogRecord]) -> None:
    logging.getLogger("twilio.http_client").debug("to %s", MOBILE)
    with pytest.raises(AssertionError):
        assert_private(records, tmp_path)
    records.clear()
    (tmp_path / "kept").write_text(TYPED)
    with pytest.raises(AssertionError):
        assert_private(records, tmp_path)


def test_the_log_of_a_line_that_is_served_names_nobody(tmp_path: Path) -> None:
    with serving(tmp_path) as port:
        send = http_send(f"http://127.0.0.1:{port}")
        caller = Caller(send).rings().presses("8390")
        assert send("GET", caller.call.heard[0], {}, b"").status == 200
        for path in PLACES:
            for body, kind in ODD:
                headers = {"Content-Type": kind, "User-Agent": TYPED, "Referer": MOBILE}
                assert send("POST", f"{path}?{TYPED}", headers, body.encode()).status < 500
    left = list(files_below(tmp_path))
    assert any(name == "log" and b"The line is up" in content for name, content in left)
    assert [name for name, content in left if traces_in(name) or traces_in(content)] == []
