"""Whatever the carrier does, a text is handed over once, or again until it is."""

import logging
import socket
import threading
from typing import Any

import pytest
from conftest import Line, StartLine, free_port, tables  # type: ignore[attr-defined]
from sqlalchemy import select, update
from stub_carrier import (
    ACCEPT,
    BROKEN,
    BUSY,
    HANG,
    TAKE_AND_DROP,
    TAKE_AND_HANG,
    Act,
    StubCarrier,
    refuse,
    wait_until,
)

from ivr.outbox.schema import Now, texts
from ivr.outbox.sender import Sender
from ivr.sending import Accepted, Later, Outcome, Refused, Unknown
from ivr.telephony.references import References
from ivr.telephony.rest import RestCarrier

NUMBER, BODY = "+447700900123", "Denosumab is a targeted treatment."

ANSWERS = [
    (ACCEPT, Accepted()),
    (Act(status=200), Accepted()),
    (refuse(21610), Refused(21610)),
    (refuse(21211), Refused(21211)),
    (refuse(21614), Refused(21614)),
    (refuse(0), Refused(400)),
    (refuse(21606), Later(code=21606)),
    (refuse(21611), Later(code=21611)),
    (refuse(20003, 401), Later(code=20003)),
    (refuse(20404, 404), Later(code=20404)),
    (refuse(0, 408), Later(code=408)),
    (refuse(0, 302), Later(code=302)),
    (BUSY, Later(code=429)),
    (Act(takes=False, status=429, headers=(("Retry-After", "7"),)), Later(7.0, 429)),
    (
        Act(takes=False, status=503, headers=(("Retry-After", "Thu, 01 Jan 1970 00:00:00 GMT"),)),
        Later(0.0, 503),
    ),
    (Act(takes=False, status=503, headers=(("Retry-After", "soon"),)), Later(code=503)),
    (BROKEN, Later(code=500)),
    (Act(takes=False, status=504), Unknown()),
    (HANG, Unknown()),
    (TAKE_AND_HANG, Unknown()),
    (TAKE_AND_DROP, Unknown()),
    (Act(status=200, answers="nonsense"), Unknown()),
]


def rest(base: str) -> RestCarrier:
    secret = "a-secret-that-is-no-secret-at-all"
    return RestCarrier(
        base, "AC" + "0" * 32, "a-token-that-is-no-secret", "+442079460000", "https://line.example",
        References(secret), timeout=0.3,
    )  # fmt: skip


@pytest.mark.parametrize(("act", "outcome"), ANSWERS)
def test_what_an_answer_means(act: Act, outcome: Outcome, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with StubCarrier([act], callback=None) as stub:
        assert rest(stub.base).send(NUMBER, BODY, "reference") == outcome
        assert len(stub.asked) == 1
    assert NUMBER[1:] not in caplog.text
    assert BODY not in caplog.text


def test_a_carrier_that_is_not_there_certainly_has_no_text() -> None:
    assert rest(f"http://127.0.0.1:{free_port()}").send(NUMBER, BODY, "reference") == Later()
    assert rest("http://nowhere.invalid").send(NUMBER, BODY, "reference") == Later()


def test_a_carrier_that_takes_the_connection_and_says_nothing_leaves_it_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        assert rest(f"http://127.0.0.1:{deaf.getsockname()[1]}").send(NUMBER, BODY, "r") == Unknown()


def test_a_text_says_what_the_carrier_is_to_do_with_it() -> None:
    with StubCarrier(callback=None) as stub:
        rest(stub.base).send(NUMBER, BODY, "reference")
    (_, form), = stub.asked  # fmt: skip
    callback = form.pop("StatusCallback")
    assert form == {
        "To": NUMBER, "From": "+442079460000", "Body": BODY, "ValidityPeriod": "36000",
        "ContentRetention": "discard", "AddressRetention": "discard",
    }  # fmt: skip
    assert callback.startswith("https://line.example/sms/status?text=reference.")
    assert callback.endswith("#rc=5&rp=all")
    assert NUMBER[3:] not in callback


# Each fault, then all is well. The carrier calls back wherever it took a text, but for the last.
FAULTS: dict[str, dict[str, Any]] = {
    "429": {"acts": [BUSY] * 8},
    "429 with Retry-After": {"acts": [Act(takes=False, status=429, headers=(("Retry-After", "1"),))] * 3},
    "500": {"acts": [BROKEN] * 8},
    "hangs": {"acts": [HANG] * 4},
    "takes and hangs": {"acts": [TAKE_AND_HANG] * 4},
    "takes and drops": {"acts": [TAKE_AND_DROP] * 8},
    "flaps": {"acts": [BUSY, ACCEPT, BROKEN, TAKE_AND_DROP, HANG, ACCEPT] * 2},
    "calls back before it answers": {"then": Act(slowly=0.3), "callback": 0.0},
    "calls back late": {"callback": 1.0},
    "never calls back": {"callback": None},
}


def send_all(line: Line, stub: StubCarrier, count: int, **options: Any) -> None:
    """Owe `count` texts and have a sender send them, until the carrier has each."""
    assert set(line.owe(count)) == {"sent"}
    stop = threading.Event()
    sender = Sender(line.outbox, line.carrier(stub, timeout=0.5), first_pause=0.1, first_rest=0.2, **options)
    thread = threading.Thread(target=sender.run_forever, args=(stop,))
    thread.start()
    try:
        wait_until(lambda: len(stub.taken) == count and stub.is_quiet(), 30)
        wait_until(lambda: line.outbox.counts()["owed"] + line.outbox.counts()["sending"] == 0)
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_of_the_carrier_loses_or_doubles_a_text(
    fault: str, database_url: str, start_line: StartLine
) -> None:
    line = start_line(database_url, 2.0)
    with StubCarrier(**{**FAULTS[fault], "acts": list(FAULTS[fault].get("acts", []))}) as stub:
        send_all(line, stub, 16)
        assert stub.doubled == 0
    counts = line.outbox.counts()
    assert counts["accepted" if stub.callback is None else "delivered"] == 16


def test_a_text_that_nobody_has_news_of_is_held_twice_as_long_each_time(
    database_url: str, start_line: StartLine
) -> None:
    line = start_line(database_url, 1000.0)
    assert line.owe(1) == ["sent"]
    held = []
    for _ in range(4):
        assert len(line.outbox.take(1)) == 1
        assert line.outbox.take(1) == []
        with tables(database_url) as database:
            held.append(database.execute(select(texts.c.due - Now())).scalar_one())
            database.execute(update(texts).values(due=Now()))
    assert [round(seconds, -2) for seconds in held] == [1000, 2000, 4000, 8000]


def test_the_breaker_spares_a_carrier_that_takes_nothing(database_url: str, start_line: StartLine) -> None:
    line = start_line(database_url)
    assert set(line.owe(60)) == {"sent"}
    with StubCarrier(then=BUSY) as stub:
        sender = Sender(line.outbox, line.carrier(stub), lanes=4, first_rest=30.0)
        while sender.run_once():
            pass
        assert len(stub.asked) == 8
        assert sender.run_once() == 0
    assert line.outbox.counts()["owed"] == 60


def test_a_carriers_wish_to_wait_holds_for_all_texts(database_url: str, start_line: StartLine) -> None:
    line = start_line(database_url)
    assert set(line.owe(3)) == {"sent"}
    wish = Act(takes=False, status=429, headers=(("Retry-After", "600"),))
    with StubCarrier([wish]) as stub:
        sender = Sender(line.outbox, line.carrier(stub), lanes=1)
        assert sender.run_once() == 1
        assert sender.run_once() == 0
        assert len(stub.asked) == 1


def test_a_text_refused_for_ever_is_not_tried_again(database_url: str, start_line: StartLine) -> None:
    line = start_line(database_url)
    assert line.owe(1) == ["sent"]
    with StubCarrier([refuse(21610)]) as stub:
        sender = Sender(line.outbox, line.carrier(stub))
        assert sender.run_once() == 1
        assert sender.run_once() == 0
        assert stub.total == 0
    assert line.outbox.counts()["failed"] == 1
