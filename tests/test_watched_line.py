"""The whole line as it fails: what its webhooks count, what its owner reads, and that nobody is named in any of it."""

import json
import logging
import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ivr.app import create_app
from ivr.cli import main
from ivr.config import read_settings
from ivr.content.line import DAYS
from ivr.telephony.carrier import Carrier
from ivr.telephony.follow import Call
from ivr.telephony.reach import wsgi_send
from ivr.watch.facts import DAY, WEB, WORKER
from ivr.watch.ledger import Ledger
from ivr.watch.opening import telling_of
from ivr.watch.seen import Notes, Seen
from ivr.watch.watcher import Watcher
from ivr.web.fallback import make_fallback_pages
from tests.callers import (
    ACCOUNT,
    MOBILE,
    NUMBER,
    PUBLIC,
    TOKEN,
    Caller,
    edited_prompts,
    environ_in,
    line_with,
    settings_in,
)  # fmt: skip
from tests.outbox.post import Mailbox, Receiver
from tests.test_desk import HASH, Operator
from tests.test_privacy import HERE, TRACES, TYPED, assert_private, records, traces_in, written

__all__ = ["records"]

CALL_SID, MESSAGE_SID = "CA" + "0" * 32, "SM" + "0" * 32
ALL_DAY = 'hours = [{ days = "mon-sun", from = "00:00", to = "24:00" }]'


class Line:
    """A line, in production unless its `url` says else, whose watcher looks when the test says."""

    def __init__(self, folder: Path, url: str = PUBLIC, **changes: str) -> None:
        self.environ = environ_in(folder) | {"PUBLIC_URL": url} | changes
        self.settings = read_settings(self.environ)
        self.app = create_app(self.settings)
        self.watcher: Watcher = self.app.extensions["watcher"]
        self.carrier = Carrier(wsgi_send(self.app), ACCOUNT, TOKEN, url)
        self.ledger = Ledger(self.settings.database_url)

    def looks(self) -> list[str]:
        self.watcher.tick()
        return [sign.kind for sign in self.watcher.signs]

    def seen(self) -> Counter[tuple[Seen, str]]:
        self.watcher.tick()
        facts = self.ledger.facts()
        return Counter(
            {(one.seen, one.detail): facts.details(one.seen, DAY)[one.detail] for one in facts.sightings}
        )


def fields(**more: str) -> dict[str, str]:
    return {"CallSid": CALL_SID, "AccountSid": ACCOUNT, "From": MOBILE, "To": NUMBER, **more}


# --- What is counted


def test_calls_texts_and_how_transfers_end_are_counted(tmp_path: Path) -> None:
    line = Line(tmp_path)
    call = Call(line.carrier, MOBILE, NUMBER)
    call.ring()
    for key in "18":
        call.press(key)
    for status in ("completed", "no-answer", "failed", "canceled"):
        line.carrier.post("/voice/en/helpline/menu/0", fields(DialCallStatus=status))
    line.carrier.post(
        "/sms", {"MessageSid": MESSAGE_SID, "AccountSid": ACCOUNT, "From": MOBILE, "To": NUMBER, "Body": "5"}
    )
    assert line.seen() == {
        (Seen.CALL, ""): 1, (Seen.TEXT, ""): 1, (Seen.TRANSFER, "answered"): 1, (Seen.TRANSFER, "no-answer"): 1,
        (Seen.TRANSFER, "failed"): 1,
    }  # fmt: skip


def test_a_transfer_that_nobody_answers_counts_apart_while_the_helpline_is_closed(tmp_path: Path) -> None:
    another_day = DAYS[(datetime.now(UTC).weekday() + 3) % 7]
    hours = f'hours = [{{ days = "{another_day}", from = "09:00", to = "16:00" }}]'
    prompts = edited_prompts(tmp_path, {"line.toml": lambda text: text.replace("hours = []", hours)})
    line = Line(tmp_path, PROMPTS=str(prompts))
    line.carrier.post("/voice/en/helpline/menu/0", fields(DialCallStatus="no-answer"))
    assert line.seen() == {(Seen.TRANSFER, "no-answer closed"): 1}


def stranger(app: Flask, path: str, **headers: str) -> TestResponse:
    return app.test_client().post(path, data=fields(), headers=headers)


def test_webhooks_with_a_wrong_signature_are_an_alarm_and_strangers_without_one_are_not(
    tmp_path: Path,
) -> None:
    line = Line(tmp_path)
    for path in ("/voice", "/voice/en/topic/menu/0", "/sms"):
        assert stranger(line.app, path).status_code == 403
    assert "refused" not in line.looks()
    for path in ("/voice", "/sms"):
        assert stranger(line.app, path, **{"X-Twilio-Signature": "bm90IHRoZSB0b2tlbg=="}).status_code == 403
    assert line.looks()[0] == "refused"
    assert [sign.kind for sign in line.watcher.grave] == ["refused"]


def test_a_call_whose_webhook_fails_is_counted_and_the_caller_hears_the_fallback(tmp_path: Path) -> None:
    def stopped_clock() -> datetime:
        raise OSError("no clock")

    notes = Notes()
    caller = Caller(line_with(settings_in(tmp_path), now=stopped_clock, note=notes.note)).rings()
    assert "has a fault" in caller.presses("0").heard
    assert notes.take() == {(Seen.CALL, ""): 1, (Seen.CALL_FAILED, ""): 1}


def test_a_text_whose_webhook_fails_is_counted(tmp_path: Path) -> None:
    line = Line(tmp_path)
    (tmp_path / "locales").mkdir()
    line.app.view_functions["sms.webhook"] = _fails
    body = {"MessageSid": MESSAGE_SID, "AccountSid": ACCOUNT, "From": MOBILE, "To": NUMBER, "Body": TYPED}
    assert line.carrier.post("/sms", body).status == 200
    assert line.seen() == {(Seen.TEXT_FAILED, ""): 1}


def _fails() -> None:
    raise OSError("no disk")


Asks = Callable[[FlaskClient, str], TestResponse]
FALLBACKS: dict[str, tuple[Asks, str]] = {
    "posted": (
        lambda client, path: client.post(path, data=fields(ErrorCode="11200", ErrorUrl=HERE)),
        "11200",
    ),
    "asked": (lambda client, path: client.get(f"{path}?ErrorCode=11220&From={MOBILE}"), "11220"),
    "made up": (lambda client, path: client.post(path, data={"ErrorCode": TYPED}), "other"),
    "in a browser": (lambda client, path: client.get(path), ""),
    "garbage": (lambda client, path: client.post(path, data=b"\xff&ErrorCode", content_type="text/xml"), ""),
    "too large": (
        lambda client, path: client.post(path, data=b"x=" + b"y" * 10**6 + b"&ErrorCode=11200"),
        "",
    ),
}


@pytest.mark.parametrize("path", ["/voice/fallback", "/sms/fallback"])
@pytest.mark.parametrize("how", FALLBACKS)
def test_the_fallback_is_counted_where_the_carrier_says_why_and_is_always_the_same(
    tmp_path: Path, path: str, how: str
) -> None:
    asks, code = FALLBACKS[how]
    notes = Notes()
    client = line_with(settings_in(tmp_path), note=notes.note).test_client()
    plain = client.get(path)
    answer = asks(client, path)
    assert (answer.status_code, answer.data) == (200, plain.data)
    assert notes.take() == ({(Seen.FALLBACK, code): 1} if code else {})


def test_the_fallback_answers_where_counting_itself_fails(tmp_path: Path) -> None:
    def broken(seen: Seen, detail: str = "") -> None:
        raise OSError

    app = Flask("fallback")
    app.register_blueprint(make_fallback_pages(lambda: _Documents, broken))  # type: ignore[arg-type,return-value]
    assert app.test_client().post("/voice/fallback", data={"ErrorCode": "11200"}).data == b"call"


class _Documents:
    call, text = b"call", b"text"


def test_no_key_press_writes_to_the_database(tmp_path: Path) -> None:
    """What is seen waits in memory until the watch looks: a disk that hangs hangs no caller."""
    line = Line(tmp_path)
    line.watcher.tick()
    before = line.ledger.facts().sightings
    call = Call(line.carrier, MOBILE, NUMBER)
    call.ring()
    for key in "158":
        call.press(key)
    assert line.ledger.facts().sightings == before


# --- Nobody is named


def test_no_message_log_or_table_names_who_called_what_they_wrote_or_where_they_were(
    tmp_path: Path, records: list[logging.LogRecord]
) -> None:
    with Mailbox() as mailbox, Receiver() as receiver:
        # Only in development does one process do all; where its sounds should be is a file, so that it makes none.
        (tmp_path / "none").write_text("")
        line = Line(
            tmp_path, HERE, AUDIO=str(tmp_path / "none"), ALERT_MAIL_TO="owner@example.org", ALERT_HOUR="0",
            SMTP_URL=f"smtp://localhost:{mailbox.port}", ALERT_WEBHOOK=receiver.url,
        )  # fmt: skip
        line.carrier.post("/voice", fields(CallerName=TYPED))
        for _ in range(3):
            line.carrier.post("/voice/en/helpline/8.3/0", fields(DialCallStatus="failed"))
            stranger(line.app, f"/voice/en/topic/8.3/0?{TYPED}", **{"X-Twilio-Signature": TYPED})
            failed = fields(ErrorCode="11200", ErrorUrl=f"{HERE}/voice/en/topic/8.3/0?x={TYPED}")
            line.app.test_client().post("/voice/fallback", data=failed, headers={"User-Agent": MOBILE})
        line.app.view_functions["sms.webhook"] = _fails
        line.carrier.post(
            "/sms", {"MessageSid": MESSAGE_SID, "AccountSid": ACCOUNT, "From": MOBILE, "Body": TYPED}
        )
        for _ in range(4):
            line.watcher.tick()
        assert "@example.org: 250" in CliRunner().invoke(main, ["alert-test"], env=line.environ).output
    kinds = {row["kind"] for got in receiver.got for row in got.get("begun", ())}
    assert {"transfers-fail", "fallback", "texts-failed"} <= kinds
    assert {got["kind"] for got in receiver.got} == {"news", "heartbeat", "test"}
    # A mail's id is made of numbers with dots between, which may be those of a topic by chance.
    told = [
        f"{name}: {value}" for mail in mailbox.mails for name, value in mail.items() if name != "Message-ID"
    ]
    told += [mail.get_content() for mail in mailbox.mails]
    told += [json.dumps(got, ensure_ascii=False) for got in receiver.got]
    place = (*TRACES, "/voice", "8.3", "topic/", "User-Agent: +44")
    assert [trace for trace in place for each in told if trace in each] == []
    database = sqlite3.connect(tmp_path / "line.sqlite")
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE name LIKE 'watch%'")]
    rows = [str(row) for table in tables for row in database.execute(f"SELECT * FROM {table}")]  # noqa: S608
    database.close()
    assert len(tables) == 6
    assert rows
    assert [trace for trace in place for row in rows if trace in row] == []
    # The test's own mail server writes addresses into its log, and urllib3 paths, which the line's level leaves out.
    log = written([each for each in records if each.name.startswith(("ivr", "sqlalchemy"))])
    assert "ivr.watch.ways" in log
    assert [secret for secret in ("owner@example.org", "secret-path") if secret in log + "".join(rows)] == []
    assert_private(records, tmp_path)


def test_the_search_finds_what_it_looks_for() -> None:
    assert traces_in(f"a call from {MOBILE}") == [MOBILE, MOBILE[1:], "7700900123"]


# --- The commands


def test_health_prints_what_is_ill_and_exits_with_one(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.app.test_client().post("/voice/fallback", data={"ErrorCode": "11200"})
    line.watcher.tick()
    ran = CliRunner().invoke(main, ["health"], env=line.environ)
    assert ran.exit_code == 1
    assert ran.output.startswith("People are failed now: The carrier gave up on the line: 11200 (")
    found = json.loads(CliRunner().invoke(main, ["health", "--json"], env=line.environ).output)["ill"]
    assert [row["kind"] for row in found] == ["fallback", "helpline", "review", "sounds-missing", "untold"]
    assert found[0]["grade"] == "grave"
    assert all(row["what"] and row["meanwhile"] and row["mend"] for row in found)


def test_health_of_a_line_that_is_well_exits_with_nought(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/line.sqlite"
    ledger = Ledger(url)
    for role in (WEB, WORKER):
        ledger.report(role, role, "", "Europe/London", ())
    ledger.close()
    ran = CliRunner().invoke(main, ["health"], env={"DATABASE_URL": url})
    assert (ran.exit_code, ran.output) == (0, "Nothing is ill.\n")


def test_health_says_that_the_database_is_down_and_that_nothing_runs(tmp_path: Path) -> None:
    ran = CliRunner().invoke(
        main, ["health", "--json"], env={"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
    )
    assert ran.exit_code == 1
    assert [row["kind"] for row in json.loads(ran.output)["ill"]] == ["database"]
    ran = CliRunner().invoke(
        main, ["health", "--json"], env={"DATABASE_URL": f"sqlite:///{tmp_path}/new.sqlite"}
    )
    assert [row["kind"] for row in json.loads(ran.output)["ill"]] == ["web", "worker"]


def test_alert_test_says_what_each_server_answered(tmp_path: Path) -> None:
    with Mailbox() as mailbox, Receiver(500) as receiver:
        environ = {
            "DATABASE_URL": f"sqlite:///{tmp_path}/line.sqlite", "ALERT_MAIL_TO": "owner@example.org",
            "SMTP_URL": f"smtp://localhost:{mailbox.port}", "ALERT_WEBHOOK": receiver.url,
        }  # fmt: skip
        ran = CliRunner().invoke(main, ["alert-test"], env=environ)
        assert ran.exit_code == 1
        assert "o•••@example.org: 250 OK, kept for •••@example.org" in ran.output
        assert "answered 500" in ran.output
        assert len(mailbox.mails) == len(receiver.got) == 1
        receiver.status = 200
        assert CliRunner().invoke(main, ["alert-test"], env=environ).exit_code == 0
    ran = CliRunner().invoke(
        main,
        ["alert-test"],
        env={"DATABASE_URL": environ["DATABASE_URL"], "ALERT_MAIL_TO": "", "ALERT_WEBHOOK": ""},
    )
    assert ran.exit_code == 1
    assert "Set ALERT_MAIL_TO and SMTP_URL, or ALERT_WEBHOOK" in ran.output


# --- The desk


def test_the_desks_page_asks_for_the_password_and_its_button_for_the_pages_own_token(tmp_path: Path) -> None:
    with Mailbox() as mailbox:
        server = f"smtp://localhost:{mailbox.port}"
        line = Line(tmp_path, DESK_PASSWORD_HASH=HASH, ALERT_MAIL_TO="owner@example.org", SMTP_URL=server)
        operator = Operator(line.app)
        assert operator.get("/desk/line").headers["Location"] == "/desk/login?next=/desk/line"
        assert operator.post("/desk/line/test", token="made up").status_code == 400
        operator.logs_in()
        page = operator.get("/desk/line")
        assert page.status_code == 200
        assert "Health of the line" in page.text
        assert "owner@example.org" not in page.text
        assert "o•••@example.org" in page.text
        assert operator.post("/desk/line/test", token="made up").status_code == 400
        assert mailbox.mails == []
        sent = operator.post("/desk/line/test", token=operator.token("/desk/line"))
        assert sent.headers["Location"] == "/desk/line?sent=yes#told"
        assert [mail["Subject"] for mail in mailbox.mails] == ["[line.example] A test: messages arrive"]


def test_the_desk_says_where_nobody_is_told_and_where_the_database_is_down(tmp_path: Path) -> None:
    operator = Operator(Line(tmp_path, DESK_PASSWORD_HASH=HASH).app)
    operator.logs_in()
    page = operator.get("/desk/line").text
    assert "What is ill stands here and in the log only." in page
    assert "Send a test message" not in page
    down = Line(tmp_path, DATABASE_URL="postgresql://nobody@127.0.0.1:9/none", DESK_PASSWORD_HASH=HASH)
    operator = Operator(down.app)
    operator.logs_in()
    page = operator.get("/desk/line")
    assert page.status_code == 200
    assert "The database does not answer" in page.text
    assert down.looks() == ["database"]
    assert "People who call or text are failed now." in operator.get("/desk").text


def test_a_real_line_tells_where_its_desk_is_only_if_it_has_one(tmp_path: Path) -> None:
    assert telling_of(settings_in(tmp_path)).desk == ""
    assert telling_of(settings_in(tmp_path, DESK_PASSWORD_HASH=HASH)).desk == "https://line.example/desk/line"
