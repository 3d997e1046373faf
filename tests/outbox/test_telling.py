"""Who is told that the line is ill, how often, and by which of many processes; with the parts failing that can."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import (  # type: ignore[attr-defined]
    ROOT,
    Postgres,
    StartLine,
    free_port,
    sqlite_url,
    tables,
)
from post import TO, Mailbox, Receiver
from sqlalchemy import literal, text
from stub_carrier import StubCarrier, post, refuse, status_fields, wait_until

from ivr.outbox.sender import Sender
from ivr.watch.course import SETTLED
from ivr.watch.facts import DAY, FRESH, SPAN, WEB, WORKER, Finding, Found
from ivr.watch.health import Health
from ivr.watch.ledger import KEPT, Ledger
from ivr.watch.outage import GRACE
from ivr.watch.overheard import Overheard
from ivr.watch.seen import Notes, Seen
from ivr.watch.watcher import LEASE, LOOK_EVERY, STALLED, TICK, Pulse, Roles, Telling, Watcher
from ivr.watch.ways import Log, TellingError, Way
from ivr.watch.words import Message

BEGIN = 1_795_000_000.0 // SPAN * SPAN  # 11:05 in London, on a Wednesday in November
ROLES: Roles = {WEB: None, WORKER: None}


class Clock:
    """The database's clock and the processes' own, set by the test."""

    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> float:
        return self.now

    def sql(self) -> object:
        return literal(self.now)


class Post:
    """A way of telling that keeps what it is given, or fails as `fault` says."""

    name, shown = "mail", "o•••@example.org"

    def __init__(self) -> None:
        self.got: list[Message] = []
        self.fault = ""

    def tell(self, message: Message) -> str:
        if self.fault:
            raise TellingError(self.fault)
        self.got.append(message)
        return "250 OK"

    @property
    def subjects(self) -> list[str]:
        return [message.subject.partition("] ")[2] for message in self.got]


class Eyes:
    """A lookout that finds what the test says."""

    version, zone = "ab12cd34", "Europe/London"

    def __init__(self) -> None:
        self.found: tuple[Finding, ...] = ()

    def look(self) -> tuple[Finding, ...]:
        return self.found


class Process:
    """One process of the line: it counts, looks, and maybe tells."""

    def __init__(self, url: str, clock: Clock, ways: list[Way], roles: Roles = ROLES, hour: int = 23) -> None:
        self.clock, self.eyes, self.notes = clock, Eyes(), Notes()
        self.ledger = Ledger(url, clock=clock.sql)
        self.telling = Telling(ways, "line.example", "https://line.example/desk/line", hour)
        self.watcher = Watcher(self.ledger, self.notes, self.eyes, self.telling, roles, clock)

    def passes(self, seconds: float = TICK) -> None:
        """Time passes, and at its end the process looks."""
        self.clock.now += seconds
        self.watcher.tick()

    def kinds(self) -> list[str]:
        return [sign.kind for sign in self.watcher.signs]


Start = Callable[..., Process]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def mail() -> Post:
    return Post()


@pytest.fixture
def start(database_url: str, clock: Clock, mail: Post) -> Iterator[Start]:
    """Starts processes on one database; `ways` is the mail that the test looks into."""
    with contextlib.ExitStack() as stack:

        def begin(roles: Roles = ROLES, ways: list[Way] | None = None, hour: int = 23) -> Process:
            process = Process(database_url, clock, [mail] if ways is None else ways, roles, hour)
            stack.callback(process.ledger.close)
            return process

        yield begin


def test_a_storm_is_one_message_with_a_count_and_one_more_when_it_is_over(start: Start, mail: Post) -> None:
    line = start()
    line.passes()
    assert mail.got == []
    for _ in range(5):
        for _ in range(40):
            line.notes.note(Seen.CALL_FAILED)
        line.passes()
    assert mail.subjects == ["People are failed now: The line failed in the middle of calls."]
    assert "40 or a few more times in the last 24 hours" in mail.got[0].text
    (trouble,) = line.ledger.troubles()
    assert (trouble.since, trouble.last, trouble.sign.many) == (BEGIN + 30, BEGIN + 90, 200)
    line.passes(SETTLED - 1)
    assert len(mail.got) == 1, "it has not settled"
    line.passes(1)
    assert mail.subjects[1:] == ["Over: The line failed in the middle of calls."]
    line.passes(SETTLED)
    assert len(mail.got) == 2
    assert line.ledger.troubles()[0].ended == BEGIN + 90


def test_what_comes_and_goes_does_not_flutter(start: Start, mail: Post) -> None:
    line = start()
    for n in range(12):
        line.eyes.found = ((Found.MODEL, ""),) if n % 2 else ()
        line.passes(LOOK_EVERY)
    assert mail.subjects == ["Something does not work: The language model does not answer."]
    assert len(line.ledger.troubles()) == 1


def test_what_begins_together_is_told_together_the_worst_first(start: Start, mail: Post) -> None:
    line = start()
    line.eyes.found = ((Found.HELPLINE, ""), (Found.DISK_FULL, "the database"))
    line.passes()
    (message,) = mail.got
    assert message.subject.endswith("The disk is full where this is kept: the database. (and 1 more)")
    assert [row["kind"] for row in message.data["begun"]] == ["disk", "helpline"]


def test_what_grows_worse_is_told_again(start: Start, mail: Post) -> None:
    line = start()
    for found in (Found.DISK_LOW, Found.DISK_FULL, Found.DISK_LOW, Found.DISK_FULL):
        line.eyes.found = ((found, "the sounds"),)
        line.passes(LOOK_EVERY)
    assert [subject.partition(":")[0] for subject in mail.subjects] == [
        "Something does not work",
        "People are failed now",
    ]


def test_every_day_at_its_hour_the_line_says_how_it_is(
    database_url: str, start: Start, mail: Post, clock: Clock
) -> None:
    line = start(hour=11)
    line.eyes.found = ((Found.HELPLINE, ""),)
    for _ in range(24 * 3):
        for _ in range(2):
            line.notes.note(Seen.CALL)
        line.notes.note(Seen.TEXT)
        line.passes(3600)
    heartbeats = [message for message in mail.got if message.kind == "heartbeat"]
    assert len(mail.got) == 1 + 4
    assert [message.subject for message in heartbeats] == ["[line.example] The line is up"] * 4
    # A day's hours, and the one that begins now.
    assert [message.data["calls"] for message in heartbeats[1:]] == [45, 50, 50]
    assert heartbeats[1].data["texts"] == 20
    assert heartbeats[1].data["version"] == "ab12cd34"
    assert [row["kind"] for row in heartbeats[1].data["ill"]] == ["helpline"]
    with tables(database_url) as database:
        kept = database.execute(text("SELECT min(at), count(*) FROM watch_sightings")).one()
    assert kept[0] >= clock.now - DAY - 2 * SPAN
    assert kept[1] == 2 * 25


def test_two_that_tell_at_once_tell_once(start: Start, mail: Post) -> None:
    crew = [start() for _ in range(4)]
    for process in crew:
        process.eyes.found = ((Found.MODEL, ""),)
    barrier = threading.Barrier(len(crew))

    def work(process: Process) -> None:
        barrier.wait()
        for _ in range(3):
            process.watcher.tick()

    with ThreadPoolExecutor(len(crew)) as threads:
        list(threads.map(work, crew))
    assert len(mail.got) == 1
    leaders = [process for process in crew if process.ledger.take_lease(process.watcher._who, LEASE)]
    assert len(leaders) == 1
    leaders[0].ledger.leave(leaders[0].watcher._who)
    other = next(process for process in crew if process not in leaders)
    other.eyes.found = ((Found.VERSION, ""),)
    other.passes(LOOK_EVERY)
    assert len(mail.got) == 2, "whoever leaves hands over at once"


def test_whoever_tells_and_is_killed_is_followed_by_another(start: Start, mail: Post) -> None:
    first, second = start(), start()
    first.passes()
    second.eyes.found = ((Found.MODEL, ""),)
    second.passes(LEASE - 1)
    assert mail.got == []
    second.passes(1)
    assert len(mail.got) == 1


def test_a_way_that_fails_is_shown_told_elsewhere_tried_ever_later_and_loses_nothing(start: Start) -> None:
    good, bad = Post(), Post()
    good.name, bad.name, bad.fault = "webhook", "mail", "mail.example.org did not answer within 10 seconds."
    line = start(ways=[bad, good])
    line.eyes.found = ((Found.MODEL, ""),)
    line.passes()
    line.passes()
    assert [row["kind"] for row in good.got[1].data["begun"]] == ["telling"]
    assert "by mail: mail.example.org did not answer" in good.got[1].text
    line.passes(3600)
    assert line.ledger.standing("mail").fails == 2
    bad.fault = ""
    for _ in range(30):
        line.passes(60)
    assert [row["kind"] for row in bad.got[0].data["begun"]] == ["model", "telling"]
    assert line.ledger.standing("mail").fails == 0
    assert len(bad.got) == 1
    for _ in range(30):
        line.passes(60)
    assert good.subjects[-1] == bad.subjects[-1]
    assert good.subjects[-1].startswith("Over: Messages about the line do not get out")


def test_a_way_that_is_taken_out_of_the_settings_is_forgotten(start: Start, mail: Post) -> None:
    mail.fault = "It is gone."
    line = start()
    line.eyes.found = ((Found.MODEL, ""),)
    line.passes()
    line.passes()
    assert "telling" in line.kinds()
    later = start(ways=[Log()])
    later.passes(LEASE)
    later.passes()
    assert "telling" not in later.kinds()


def test_web_workers_tell_where_no_worker_is_alive_and_only_there(start: Start, mail: Post) -> None:
    pulse = Pulse(lambda: 0.0)
    web, worker = start({WEB: None}), start({WORKER: pulse})
    for _ in range(20):
        web.watcher.tick()
        worker.passes()
    assert mail.got == []
    assert web.kinds() == []
    for _ in range(round((FRESH + LEASE) / TICK) + 1):  # it is killed
        web.passes()
    assert mail.subjects == ["People are failed now: Nothing that sends the promised texts is running."]
    assert [sign.kind for sign in web.watcher.grave] == ["worker"]


def test_a_sender_that_is_stuck_counts_as_gone_though_its_process_lives(start: Start, clock: Clock) -> None:
    pulse = Pulse(clock)
    worker = start({WORKER: pulse})
    worker.passes(STALLED - 1)
    assert [beat.role for beat in worker.ledger.facts().at_work(WORKER)] == [WORKER]
    for _ in range(round((FRESH + STALLED) / TICK)):
        worker.passes()
    assert "worker" in worker.kinds()
    for _ in range(round(LOOK_EVERY / TICK)):
        pulse.beat()
        worker.passes()
    assert "worker" not in worker.kinds()


def test_counts_that_could_not_be_written_are_written_later(start: Start, database_url: str) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("PostgreSQL does not lock a whole file")
    line = start()
    line.passes()
    line.notes.note(Seen.CALL_FAILED)
    with tables(database_url) as database:
        database.execute(text("DELETE FROM watch_lease"))
        line.watcher.tick()
        assert line.kinds() == ["database"]
    wait_until(lambda: _well_again(line))
    assert line.ledger.facts().count(Seen.CALL_FAILED, DAY) == 1


def _well_again(line: Process) -> bool:
    line.watcher.tick()
    return line.kinds() != ["database"]


def test_what_is_long_over_is_forgotten_with_who_was_told(start: Start, mail: Post) -> None:
    line = start()
    line.eyes.found = ((Found.MODEL, ""),)
    line.passes()
    line.eyes.found = ()
    line.passes(LOOK_EVERY)
    line.passes(SETTLED)
    line.passes()
    assert len(mail.got) == 2
    line.passes(KEPT)
    line.eyes.found = ((Found.VERSION, ""),)
    line.passes(LOOK_EVERY)
    assert [trouble.sign.kind for trouble in line.ledger.troubles()] == ["version"]
    assert [kind for kind, _ in line.ledger.told("mail")] == ["version"]


# --- The desk and the command


def test_the_desk_sees_what_is_ill_what_is_quiet_and_what_is_over(start: Start, mail: Post) -> None:
    line = start()
    health = Health(line.ledger, line.telling)
    line.eyes.found = ((Found.MODEL, ""), (Found.VERSION, ""))
    line.passes()
    assert {trouble.sign.kind for trouble in health.report().ill} == {"model", "version"}
    line.eyes.found = ((Found.MODEL, ""),)
    line.passes(LOOK_EVERY)
    report = health.report()
    assert [trouble.sign.kind for trouble in report.ill] == ["model"]
    assert report.ill[0].since == BEGIN + TICK
    assert [trouble.sign.kind for trouble in report.quiet] == ["version"]
    for _ in range(round(SETTLED / LOOK_EVERY)):
        line.passes(LOOK_EVERY)
    report = health.report()
    assert (report.quiet, [trouble.sign.kind for trouble in report.over]) == ((), ["version"])
    assert [(way.shown, way.standing.answer) for way in report.ways] == [("o•••@example.org", "250 OK")]


def test_a_test_message_is_remembered_whatever_came_of_it(start: Start, mail: Post) -> None:
    line = start()
    health = Health(line.ledger, line.telling)
    mail.fault = "mail.example.org answered 452."
    (tried,) = health.test()
    assert (tried.arrived, tried.answer) == (False, "mail.example.org answered 452.")
    assert [sign.sign.kind for sign in health.report().ill if sign.sign.kind == "telling"] == ["telling"]
    mail.fault = ""
    (tried,) = health.test()
    assert (tried.arrived, tried.answer) == (True, "250 OK")
    assert health.report().ways[0].standing.fails == 0
    assert mail.subjects == ["A test: messages arrive"]


# --- The database goes


def test_a_database_that_is_gone_is_told_by_one_and_that_it_is_back_too(
    postgres: Postgres, clock: Clock
) -> None:
    url, post_box = postgres.database(f"outage{free_port()}"), Post()
    first, second = (Process(url, clock, [post_box]) for _ in range(2))
    web = Process(url, clock, [post_box], {WEB: None})
    crew = (first, second, web)
    for process in crew:
        process.passes()
    postgres.crash()
    try:
        for _ in range(round(GRACE / TICK) + 4):
            clock.now += TICK
            for process in crew:
                process.watcher.tick()
                assert process.kinds() == ["database"]
        assert post_box.subjects == [
            "People are failed now: The database does not answer, or cannot be written to."
        ]
        report = Health(first.ledger, first.telling).report()
        assert (report.facts, [trouble.sign.kind for trouble in report.ill]) == (None, ["database"])
    finally:
        postgres.start()
    wait_until(lambda: all(_well_again(process) for process in crew))
    for process in crew:
        process.passes()
    assert post_box.subjects[1:] == ["Over: The database does not answer, or cannot be written to."]
    for process in crew:
        process.ledger.close()


# --- Real faults, from the carrier to the mailbox


def test_what_the_carrier_says_reaches_the_owner_with_what_to_do(
    database_url: str, start_line: StartLine, start: Start, clock: Clock
) -> None:
    line = start_line(database_url)
    with StubCarrier(then=refuse(20003, 401)) as stub, Mailbox() as mailbox:
        process = start(ways=[mailbox.way()])
        sender = Sender(
            line.outbox, Overheard(line.carrier(stub), process.notes.note), first_pause=0.01, first_rest=0.01
        )
        line.owe(3)
        while len(stub.asked) < 6:
            sender.run_once()
        process.passes()
        assert process.kinds() == ["texts-not-taken"]
        (mail,) = mailbox.mails
        body = " ".join(mail.get_content().split())
        assert "20003 (the account and its token do not fit together)" in body
        assert "TWILIO_" in body
        assert mail["To"] == ", ".join(TO)


def test_texts_that_stay_owed_are_late_and_the_oldest_says_how_late(
    database_url: str, start_line: StartLine, start: Start, clock: Clock
) -> None:
    line = start_line(database_url)
    line.owe(2)
    with tables(database_url) as database:
        database.execute(text("UPDATE owed_texts SET owed_at = :then"), {"then": BEGIN})
    process = start()
    process.passes(600)
    assert process.kinds() == []
    process.passes(1)
    (sign,) = process.watcher.signs
    assert "The oldest waits for 10 minutes; fewer than 5 wait to be sent." in sign.meets


def test_a_text_that_a_network_takes_for_spam_is_counted_by_its_code_once(
    tmp_path: Path, start_line: StartLine
) -> None:
    from flask import Flask
    from werkzeug.serving import make_server

    from ivr.telephony.signature import Door
    from ivr.web.status import make_status

    notes, line = Notes(), start_line(sqlite_url(tmp_path))
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    app = Flask("status")
    door = Door(public, status_fields("x")["AccountSid"], ("a-token-that-is-no-secret",))
    app.register_blueprint(make_status(door, line.references, line.outbox.settle, notes.note))
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        line.owe(1)
        (taken,) = line.outbox.take(1)
        address = f"{public}/sms/status?text={line.references.sign(taken.reference)}"
        for _ in range(3):
            assert post(address, status_fields("undelivered") | {"ErrorCode": "30007"}) == 204
    finally:
        server.shutdown()
        server.server_close()
    assert notes.take() == {(Seen.UNDELIVERED, "30007"): 1}


WORKER_SETTINGS = {
    "PUBLIC_URL": "https://line.example", "SECRET_KEY": "k" * 32, "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "a-token-that-is-no-secret", "TWILIO_FROM": "+442079460000",
    "ALERT_WEBHOOK": "https://127.0.0.1:9/nobody",
}  # fmt: skip


def test_a_worker_that_is_killed_is_missed_and_a_web_worker_tells(database_url: str, tmp_path: Path) -> None:
    with Receiver() as receiver, Mailbox() as mailbox:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TWILIO_")}
        worker = subprocess.Popen(
            [sys.executable, "-m", "ivr", "outbox"], cwd=ROOT, stderr=subprocess.DEVNULL,
            env=clean | WORKER_SETTINGS | {"DATABASE_URL": database_url, "TWILIO_API_BASE": "http://127.0.0.1:9"},
        )  # fmt: skip
        ledger = Ledger(database_url)
        try:
            wait_until(lambda: ledger.facts().at_work(WORKER), within=60)
            alive = ledger.facts().at_work(WORKER)[0]
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        clock = Clock()
        clock.now = alive.at
        web = Process(database_url, clock, [mailbox.way(), receiver.way()], {WEB: None})
        web.passes(0)
        web.passes(FRESH)
        assert "worker" not in web.kinds()
        web.passes(1)
        assert web.kinds()[0] == "worker"
        web.passes(FRESH + LEASE)
        assert [got["begun"][0]["kind"] for got in receiver.got] == ["worker"]
        assert [mail["Subject"] for mail in mailbox.mails] == [
            "[line.example] People are failed now: Nothing that sends the promised texts is running."
        ]
        web.ledger.close()
        ledger.close()
