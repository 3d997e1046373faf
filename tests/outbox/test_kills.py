"""A worker dies, a database crashes, a clock is wrong: no text is lost, and none is sent twice."""

import time
from pathlib import Path

import pytest
from conftest import Postgres, StartLine, Workers  # type: ignore[attr-defined]
from stub_carrier import Act, StubCarrier, wait_until

# Seconds; the carrier calls back long before, and takes its time to answer, so that a worker is killed
# between the carrier's taking a text and its own writing that down.
LEASE = 4.0
SLOWLY = Act(slowly=0.3)
FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


def test_a_killed_worker_loses_nothing_and_sends_nothing_twice(
    database_url: str, start_line: StartLine, workers: Workers
) -> None:
    kills, texts = 11, 110
    line = start_line(database_url, LEASE)
    with StubCarrier(then=SLOWLY) as stub:
        assert set(line.owe(texts)) == {"sent"}
        workers.start(line, stub)
        workers.start(line, stub)
        for kill in range(1, kills + 1):
            wait_until(lambda kill=kill: len(stub.asked) >= kill * 8)
            workers.kill()
            workers.start(line, stub)
        wait_until(lambda: len(stub.taken) == texts and stub.is_quiet())
        wait_until(lambda: line.outbox.counts()["delivered"] == texts)
        assert stub.doubled == 0


def test_a_crashed_postgresql_loses_nothing_and_nothing_goes_twice(
    postgres: Postgres, start_line: StartLine, workers: Workers
) -> None:
    line = start_line(postgres.database("crashed"), 40.0)
    with StubCarrier(then=SLOWLY) as stub:
        assert set(line.owe(60)) == {"sent"}
        workers.start(line, stub)
        workers.start(line, stub)
        for crash in (1, 2):
            wait_until(lambda crash=crash: len(stub.asked) >= crash * 15)
            postgres.crash()
            began = time.monotonic()
            assert line.owe(3, first=1000 * crash) == ["failed"] * 3
            assert time.monotonic() - began < 1.5
            postgres.start()
        wait_until(lambda: len(stub.taken) == 60 and stub.is_quiet(), 60)
        assert stub.doubled == 0
        wait_until(lambda: line.owe(1, first=5000) == ["sent"])
        wait_until(lambda: line.outbox.counts()["delivered"] == 61)


def test_a_frozen_database_fails_a_text_in_about_a_second_and_the_next_at_once(
    postgres: Postgres, start_line: StartLine
) -> None:
    line = start_line(postgres.database("frozen"))
    assert line.owe(1) == ["sent"]
    with postgres.frozen():
        began = time.monotonic()
        answers = line.owe(5, first=1)
        waited = time.monotonic() - began
    assert answers == ["failed"] * 5
    assert waited < 3.0
    wait_until(lambda: line.owe(1, first=10) == ["sent"])


@pytest.mark.skipif(not FAKETIME, reason="libfaketime is not installed (Debian's package libfaketime)")
def test_a_worker_whose_clock_is_ten_minutes_fast_takes_nobodys_lease(
    postgres: Postgres, start_line: StartLine, workers: Workers, tmp_path: Path
) -> None:
    line = start_line(postgres.database("skewed"))
    ahead = Workers(tmp_path / "ahead.log", LD_PRELOAD=str(FAKETIME[0]), FAKETIME="+10m")
    try:
        with StubCarrier(then=Act(slowly=0.8), callback=0.6) as stub:
            assert set(line.owe(48)) == {"sent"}
            workers.start(line, stub)
            ahead.start(line, stub)
            wait_until(lambda: len(stub.taken) == 48 and stub.is_quiet())
            assert stub.doubled == 0
    finally:
        ahead.close()
