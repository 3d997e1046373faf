"""What a webhook may owe, what it is answered, and what it never has to wait for."""

import logging
import resource
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import PLENTY, ROOT, call_sid, free_port, number, sqlite_url, tables  # type: ignore[attr-defined]
from sqlalchemy import text
from stub_carrier import wait_until

from ivr.outbox.database import DatabaseUrlError
from ivr.outbox.limits import DAY, Limits
from ivr.outbox.queue import Outbox
from ivr.sending import DatabaseDownError

BODY = "Denosumab is a targeted treatment."

NUMBERS = [
    ("+447700900123", True),
    ("+447106900123", True),
    ("+447524900123", True),  # Isle of Man
    ("+447624900123", True),  # Isle of Man, among the pagers
    ("+447781900123", True),  # Guernsey
    ("+447797900123", True),  # Jersey
    ("+447600900123", False),  # pager
    ("+447000900123", False),  # personal number
    ("+442079460123", False),  # landline
    ("+449090900123", False),  # premium
    ("+44770090012", False),
    ("+4477009001234", False),
    ("+353861234567", False),
    ("07700900123", False),
    ("+44770090012\N{ARABIC-INDIC DIGIT THREE}", False),
    ("+447700900123\n", False),
    ("", False),
]


@pytest.fixture
def outbox(database_url: str):
    made = Outbox(database_url, PLENTY)
    yield made
    made.close()


@pytest.mark.parametrize(("to", "may"), NUMBERS)
def test_only_home_mobiles_are_texted(to: str, may: bool, tmp_path: Path) -> None:  # noqa: FBT001
    outbox = Outbox(sqlite_url(tmp_path))
    assert outbox.owe(call_sid(1), "5", to, BODY) == ("sent" if may else "failed")
    outbox.close()


def test_a_webhook_that_comes_ten_times_at_once_owes_one_text(outbox: Outbox) -> None:
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda _: outbox.owe(call_sid(1), "5.1.3", number(1), BODY), range(10)))
    assert answers == ["sent"] * 10
    assert outbox.counts()["owed"] == 1
    assert outbox.owe(call_sid(1), "5.1.4", number(1), BODY) == "sent"
    assert outbox.owe(call_sid(2), "5.1.3", number(1), BODY) == "sent"
    assert outbox.counts()["owed"] == 3


@pytest.mark.usefixtures("_away_from_the_hour")
@pytest.mark.parametrize(
    ("limits", "numbers", "sent"),
    [
        (Limits(), [number(1)] * 5, 3),
        (replace(PLENTY, a_range_an_hour=4), [number(n) for n in range(6)], 4),
        (replace(PLENTY, a_range_an_hour=4), ["+447700900001"] * 3 + ["+447700901001"] * 3, 6),
        (replace(PLENTY, an_hour=4), ["+447700900001"] * 3 + ["+447700901001"] * 3, 4),
        (replace(PLENTY, a_day=2), [number(n) for n in range(3)], 2),
        (replace(PLENTY, a_day=0), [number(1)], 0),
    ],
)
def test_limits(limits: Limits, numbers: list[str], sent: int, database_url: str) -> None:
    outbox = Outbox(database_url, limits)
    answers = [outbox.owe(call_sid(n), "5", to, BODY) for n, to in enumerate(numbers)]
    assert answers == ["sent"] * sent + ["limit"] * (len(numbers) - sent)
    assert outbox.counts()["owed"] == sent
    assert outbox.owe(call_sid(0), "5", numbers[0], BODY) == answers[0]
    outbox.close()


@pytest.mark.usefixtures("_away_from_the_hour")
def test_a_limit_holds_when_all_come_at_once(database_url: str) -> None:
    outbox = Outbox(database_url, replace(PLENTY, a_day=7))
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda n: outbox.owe(call_sid(n), "5", number(n), BODY), range(20)))
    assert Counter(answers) == {"sent": 7, "limit": 13}
    outbox.close()


@pytest.mark.usefixtures("_away_from_the_hour")
def test_a_new_day_counts_anew_with_a_new_secret_and_the_old_one_is_destroyed(database_url: str) -> None:
    outbox = Outbox(database_url, Limits(a_number_a_day=1))
    assert [outbox.owe(call_sid(n), "5", number(1), BODY) for n in (1, 2)] == ["sent", "limit"]
    with tables(database_url) as database:
        old = bytes(database.execute(text("SELECT secret FROM peppers")).scalar_one())
        who = database.execute(text("SELECT who FROM tallies WHERE scope = 'number'")).scalar_one()
        assert number(1)[1:] not in str(database.execute(text("SELECT * FROM tallies")).all())
        database.execute(text("UPDATE peppers SET day = day - 1"))
        the_day_ends = "UPDATE tallies SET ends = ends - :day, period = period - 1"
        database.execute(text(the_day_ends), {"day": DAY})
    assert outbox.owe(call_sid(3), "5", number(1), BODY) == "sent"
    with tables(database_url) as database:
        (new,) = database.execute(text("SELECT secret FROM peppers")).scalars()
        assert bytes(new) != old
        assert who not in database.execute(text("SELECT who FROM tallies")).scalars().all()
    outbox.close()


@pytest.mark.parametrize("url", ["", "mysql://host/db", "sqlite://", "not a url", "postgresql"])
def test_an_address_that_is_no_database_is_refused_at_once(url: str) -> None:
    with pytest.raises(DatabaseUrlError, match="DATABASE_URL"):
        Outbox(url)


def test_a_database_that_is_not_there_fails_fast() -> None:
    outbox = Outbox(f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    began = time.monotonic()
    assert [outbox.owe(call_sid(n), "5", number(n), BODY) for n in range(10)] == ["failed"] * 10
    assert time.monotonic() - began < 1.0
    with pytest.raises(DatabaseDownError):
        outbox.settle("reference", "delivered")


def test_a_database_that_swallows_packets_fails_within_its_patience() -> None:
    outbox = Outbox("postgresql://nobody@192.0.2.1:5432/none")
    began = time.monotonic()
    assert [outbox.owe(call_sid(n), "5", number(n), BODY) for n in range(10)] == ["failed"] * 10
    assert time.monotonic() - began < 3.0


def test_a_locked_database_fails_a_text_and_takes_the_next_when_it_is_free(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    outbox = Outbox(sqlite_url(tmp_path), PLENTY)
    assert outbox.owe(call_sid(1), "5", number(1), BODY) == "sent"
    other = sqlite3.connect(tmp_path / "data" / "line.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    assert [outbox.owe(call_sid(n), "5", number(n), BODY) for n in range(2, 8)] == ["failed"] * 6
    assert time.monotonic() - began < 3.0
    other.execute("COMMIT")
    other.close()
    wait_until(lambda: outbox.owe(call_sid(9), "5", number(9), BODY) == "sent")
    assert "failed" in caplog.text
    assert "77009" not in caplog.text
    assert BODY not in caplog.text
    outbox.close()


def test_a_file_that_cannot_be_made_fails_a_text(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    assert Outbox(sqlite_url(tmp_path)).owe(call_sid(1), "5", number(1), BODY) == "failed"


FILL = """
import sys
from ivr.outbox.limits import Limits
from ivr.outbox.queue import Outbox
outbox = Outbox(sys.argv[1], Limits(10**6, 10**6, 10**6, 10**6))
answers = [outbox.owe(f"CA{n}", "5", "+447700900123", "x" * 1000) for n in range(400)]
first = answers.index("failed")
print(first, set(answers[first:]))
"""


def test_a_full_disk_fails_texts_and_keeps_those_that_are_owed(tmp_path: Path) -> None:
    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    run = subprocess.run(
        [sys.executable, "-c", FILL, sqlite_url(tmp_path)],
        preexec_fn=small_files, capture_output=True, text=True, cwd=ROOT, check=True,
    )  # fmt: skip
    owed = int(run.stdout.split()[0])
    assert owed > 10
    assert "{'failed'}" in run.stdout
    assert "77009" not in run.stderr
    outbox = Outbox(sqlite_url(tmp_path), PLENTY)
    assert outbox.counts()["owed"] == owed
    assert len(outbox.take(1000)) == owed
    assert outbox.owe(call_sid(1), "5", number(1), BODY) == "sent"
    outbox.close()
