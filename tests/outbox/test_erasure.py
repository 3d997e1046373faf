"""Nobody's number and no text stays behind, in the database, its log or ours."""

import sqlite3
import threading
from pathlib import Path

import pytest
from conftest import PLENTY, StartLine, Workers, call_sid, sqlite_url, tables  # type: ignore[attr-defined]
from sqlalchemy import text
from stub_carrier import ACCEPT, BUSY, StubCarrier, refuse, wait_until

from ivr.outbox.queue import Outbox
from ivr.outbox.sender import Sender

# Long enough that SQLite spreads a few over pages of their own, which it then gives back.
NUMBER, BODY = "+447700900123", "Osteonecrosis of the jaw, word for word. " * 30
TRACES = (b"7700900123", b"Osteonecrosis", b"word for word")


def traces(folder: Path) -> list[bytes]:
    found = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    return [trace for trace in TRACES if trace in found]


@pytest.mark.parametrize("act", [ACCEPT, refuse(21610)])
def test_a_settled_text_leaves_nothing_in_the_file(act, tmp_path: Path, start_line: StartLine) -> None:
    line = start_line(sqlite_url(tmp_path))
    for n in range(20):
        assert line.outbox.owe(call_sid(n), "5.1.5", NUMBER, BODY) == "sent"
    assert traces(tmp_path) == list(TRACES)
    with StubCarrier(then=act) as stub:
        sender = Sender(line.outbox, line.carrier(stub))
        wait_until(lambda: sender.run_once() == 0 and line.outbox.counts()["owed"] == 0)
        wait_until(stub.is_quiet)
    wait_until(line.outbox.erase_expired)
    assert traces(tmp_path) == []


def test_a_callback_alone_erases(tmp_path: Path) -> None:
    outbox = Outbox(sqlite_url(tmp_path), PLENTY)
    outbox.owe(call_sid(1), "5.1.5", NUMBER, BODY)
    (owed,) = outbox.take(1)
    assert NUMBER not in repr(owed)
    assert BODY not in repr(owed)
    assert outbox.settle(owed.reference, "sent")
    assert outbox.erase_expired()
    assert traces(tmp_path) == []
    outbox.close()


def test_a_text_is_given_up_and_erased_after_a_day(database_url: str) -> None:
    outbox = Outbox(database_url, PLENTY)
    for n in range(4):
        outbox.owe(call_sid(n), "5", NUMBER, BODY)
    ages = {0: 86_390, 1: 86_410, 2: 86_410, 3: 172_810}
    outbox.settle(outbox.take(1)[0].reference, "delivered")
    with tables(database_url) as database:
        rows = database.execute(text("SELECT call_sid FROM owed_texts WHERE state = 'delivered'")).scalars()
        settled = list(rows)
        for n, age in ages.items():
            the_row = {"age": age, "sid": call_sid(n)}
            database.execute(
                text("UPDATE owed_texts SET owed_at = owed_at - :age WHERE call_sid = :sid"), the_row
            )
    assert settled == [call_sid(0)]
    assert outbox.take(10) == []
    outbox.erase_expired()
    with tables(database_url) as database:
        left = database.execute(text("SELECT call_sid, state, number, body FROM owed_texts ORDER BY 1")).all()
    assert [tuple(row) for row in left] == [
        (call_sid(0), "delivered", None, None),
        (call_sid(1), "expired", None, None),
        (call_sid(2), "expired", None, None),
    ]
    outbox.close()


def test_a_worker_erases_unasked_and_logs_nobody(
    tmp_path: Path, start_line: StartLine, workers: Workers
) -> None:
    line = start_line(sqlite_url(tmp_path))
    line.outbox.owe(call_sid(1), "5.1.5", NUMBER, BODY)
    with StubCarrier([BUSY, refuse(0, 500)]) as stub:
        workers.start(line, stub)
        wait_until(lambda: stub.total == 1 and stub.is_quiet())
        wait_until(lambda: traces(tmp_path) == [])
    assert workers.log.stat().st_size > 0


def test_stopping_sees_what_is_on_its_way_to_its_end(tmp_path: Path, start_line: StartLine) -> None:
    line, stop = start_line(sqlite_url(tmp_path)), threading.Event()
    line.outbox.owe(call_sid(1), "5", NUMBER, BODY)
    with StubCarrier(then=ACCEPT.__class__(slowly=0.3), callback=None) as stub:
        worker = threading.Thread(target=Sender(line.outbox, line.carrier(stub)).run_forever, args=(stop,))
        worker.start()
        wait_until(lambda: stub.asked)
        stop.set()
        worker.join()
    assert line.outbox.counts()["accepted"] == 1


def test_a_log_that_somebody_reads_is_wiped_as_soon_as_they_are_done(tmp_path: Path) -> None:
    outbox = Outbox(sqlite_url(tmp_path), PLENTY)
    outbox.owe(call_sid(1), "5.1.5", NUMBER, BODY)
    reader = sqlite3.connect(tmp_path / "data" / "line.sqlite", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM owed_texts").fetchone()
    outbox.settle(outbox.take(1)[0].reference, "delivered")
    assert not outbox.erase_expired()
    assert traces(tmp_path) != []
    reader.close()
    assert outbox.erase_expired()
    assert traces(tmp_path) == []
    outbox.close()
