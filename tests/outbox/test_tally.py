"""Counts add up: from many threads and processes, over a database that is away, and through a kill."""

import os
import signal
import subprocess
import sys
from collections import Counter as Sums
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from conftest import ROOT, Postgres, call_sid, number, sqlite_url, tables  # type: ignore[attr-defined]
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text as text_
from stub_carrier import wait_until

from ivr.outbox.limits import Limits
from ivr.outbox.news import News
from ivr.outbox.queue import Outbox
from ivr.sending import Accepted, DatabaseDownError
from ivr.tally.book import Book
from ivr.tally.counter import Counter
from ivr.tally.events import DETAILS, Cell, Channel, Count, Event

NEVER = 3600.0


@contextmanager
def worker(database_url: str, every: float, amount: int) -> Iterator["subprocess.Popen[str]"]:
    """A process that has counted `amount` calls, and twice as many parts."""
    program = str(Path(__file__).with_name("counting.py"))
    process = subprocess.Popen(
        [sys.executable, program, database_url, str(every), str(amount)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        assert process.stdout
        assert process.stdout.readline() == "counted\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def amounts(database_url: str) -> dict[Cell, int]:
    """What the book of the last two days holds, whichever of them it was counted on."""
    book = Book(database_url)
    today = book.today()
    found: dict[Cell, int] = {}
    for each in book.read(today - timedelta(days=1), today):
        found[each.cell] = found.get(each.cell, 0) + each.amount
    book.close()
    return found


CALLS = Cell(Event.CALL, channel=Channel.CALL)
PARTS = Cell(Event.PARTS, "en", "reply", Channel.TEXT)


def test_processes_that_are_terminated_write_what_they_counted_and_add_up(database_url: str) -> None:
    with worker(database_url, NEVER, 400) as one, worker(database_url, NEVER, 800) as other:
        for process in (one, other):
            process.send_signal(signal.SIGTERM)
        assert [one.wait(20), other.wait(20)] == [0, 0]
    assert amounts(database_url) == {CALLS: 1200, PARTS: 2400}


def test_a_process_that_is_killed_loses_only_what_was_not_yet_written(database_url: str) -> None:
    with worker(database_url, 0.05, 400) as killed:
        wait_until(lambda: amounts(database_url).get(CALLS) == 400, within=20)
        killed.kill()
        killed.wait(20)
    with worker(database_url, NEVER, 400) as killed_sooner:
        killed_sooner.kill()
        killed_sooner.wait(20)
    assert amounts(database_url) == {CALLS: 400, PARTS: 800}


def test_counts_wait_for_a_database_that_is_away(postgres: Postgres) -> None:
    url = postgres.database("counts-away")
    counter = Counter(url, NEVER)
    counter.count(Event.CALL, channel=Channel.CALL)
    assert counter.flush()
    postgres.crash()
    try:
        counter.count(Event.CALL, channel=Channel.CALL)
        assert not counter.flush()
        counter.count(Event.CALL, channel=Channel.CALL)
        with pytest.raises(DatabaseDownError):
            counter.book.today()
    finally:
        postgres.start()
    assert counter.flush()
    counter.close()
    assert amounts(url) == {CALLS: 3}


def test_counting_touches_no_database(tmp_path: Path) -> None:
    counter = Counter(sqlite_url(tmp_path), NEVER)
    counter.count(Event.CALL, channel=Channel.CALL)
    assert not list(tmp_path.rglob("*"))
    assert counter.flush()
    assert list(tmp_path.rglob("*.sqlite"))
    counter.close()


def test_a_flush_without_counts_opens_nothing(tmp_path: Path) -> None:
    counter = Counter(sqlite_url(tmp_path), NEVER)
    assert counter.flush()
    assert not list(tmp_path.rglob("*"))


def test_the_book_passes_over_what_another_version_counted(database_url: str) -> None:
    book = Book(database_url)
    book.add({CALLS: 1})
    with tables(database_url) as connection:
        connection.execute(text_("UPDATE counts SET event = 'dreams'"))
    book.add({CALLS: 2})
    book.close()
    assert amounts(database_url) == {CALLS: 2}


def test_the_database_adds_up_to_the_same_as_the_days(database_url: str) -> None:
    """By day what a table shows by day, and all else from each cut to the next; nothing before the first."""
    book = Book(database_url)
    language = Cell(Event.LANGUAGE, "en", "", Channel.CALL)
    for _ in range(5):
        book.add({CALLS: 3, language: 2, PARTS: 1})
        with tables(database_url) as connection:
            for row in connection.execute(text_("SELECT DISTINCT day FROM counts ORDER BY day")).all():
                then = date.fromisoformat(str(row.day))
                connection.execute(
                    text_("UPDATE counts SET day = :before WHERE day = :then"),
                    {"then": str(then), "before": str(then - timedelta(days=1))},
                )
    today = book.today()
    first, second, third = (today - timedelta(days=ago) for ago in (4, 3, 1))
    found = book.add_up([first, second, third], today, [Event.LANGUAGE])
    book.close()
    by_day = [Count(today - timedelta(days=ago), language, 2) for ago in (4, 3, 2, 1)]
    summed = [
        Count(day, cell, amount * days)
        for cell, amount in ((CALLS, 3), (PARTS, 1))
        for day, days in ((first, 1), (second, 2), (third, 1))
    ]
    assert sorted(found, key=str) == sorted(by_day + summed, key=str)


def test_years_at_the_desk_do_not_keep_the_metrics_away(tmp_path: Path) -> None:
    """Whoever looks at the desk waits longer, and its failures do not rest the book that everything else reads."""
    counter = Counter(sqlite_url(tmp_path), NEVER)

    def fail() -> None:
        raise OSError

    for _ in range(3):
        with pytest.raises(DatabaseDownError):
            counter.archive._database.promptly(fail)
    assert counter.book.today()
    with pytest.raises(DatabaseDownError):
        counter.archive.today()
    counter.close()


def test_what_becomes_of_texts_is_told(database_url: str) -> None:
    told: Sums[News] = Sums()
    outbox = Outbox(
        database_url, Limits(a_number_a_day=3), tell=lambda news, amount: told.update({news: amount})
    )
    assert [outbox.owe(call_sid(n), "5.1.3", number(1), "Denosumab") for n in (1, 1, 2, 3, 4)] == [
        "sent", "sent", "sent", "sent", "limit",
    ]  # fmt: skip
    assert outbox.owe(call_sid(5), "5.1.3", "+442079460000", "Denosumab") == "failed"
    assert told == {News.OWED: 3, News.LIMIT: 1, News.NOT_TAKEN: 1}
    first, second, _ = outbox.take(10)
    for text in (first, second):
        outbox.record(text, Accepted(), 0.0)
    for text in (first, first):
        outbox.settle(text.reference, "delivered")
    outbox.settle(second.reference, "undelivered")
    with tables(database_url) as connection:
        connection.execute(text_("UPDATE owed_texts SET owed_at = owed_at - 90000"))
    outbox.erase_expired()
    outbox.close()
    assert told == {
        News.OWED: 3, News.LIMIT: 1, News.NOT_TAKEN: 1, News.ACCEPTED: 2, News.DELIVERED: 1, News.FAILED: 1,
        News.EXPIRED: 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("event", "language", "detail", "channel"),
    [
        (Event.CALL, "", "", "07700900123"),
        (Event.CALL, "+447700900123", "", ""),
        (Event.CALL, "", "en", ""),
        (Event.ENTERED, "en", "07700900123", "call"),
        (Event.ENTERED, "en", "", "call"),
        (Event.ENTERED, "en", "77.00.90.01.23", "call"),
        (Event.URGENT, "en", "my legs have gone numb", "text"),
        (Event.URGENT, "en", "k07700900123", "text"),
        (Event.MESSAGE, "en", "Hello", "text"),
        (Event.REFUSED, "", "forged\n", ""),
    ],
)
def test_nothing_else_is_counted(
    event: Event, language: str, detail: str, channel: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    counter = Counter(sqlite_url(tmp_path), NEVER)
    counter.count(event, language, detail, channel)
    assert "not one of the things that are counted" in caplog.text
    assert not [word for word in (language, detail, channel) if len(word) > 2 and word in caplog.text]
    assert counter.flush()
    assert not list(tmp_path.rglob("*"))


TEXTS = st.one_of(
    st.text(), st.from_regex(r"\+?[0-9]{4,14}"), st.from_regex(r"[a-z .]*[0-9]{4,11}[a-z .]*"),
    st.sampled_from(["", "en", "call", "5.1.3", "urgent.spine", "menu", "answered", "reply"]),
)  # fmt: skip


@given(st.sampled_from(Event), TEXTS, TEXTS, TEXTS)
def test_no_cell_holds_a_number_or_words(event: Event, language: str, detail: str, channel: str) -> None:
    try:
        cell = Cell(event, language, detail, channel)
    except ValueError:
        return
    assert cell.channel in ("", "call", "text")
    assert cell.language == "" or 2 <= len(cell.language) <= 21
    assert event in DETAILS or cell.detail == ""
    for word in (cell.language, cell.detail):
        assert " " not in word
        assert len(word) <= 38
        digits = [run for run in "".join(c if c.isdigit() else " " for c in word).split() if len(run) > 3]
        assert not digits
