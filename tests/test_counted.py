"""What is counted of calls and texts: a table of key presses, and whole calls that a person could count by hand."""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from ivr.app import create_app
from ivr.config import HOME, LOCAL_NUMBER, Settings, read_settings
from ivr.content.model import URGENT, Library
from ivr.dialogue.messages import Got, Reply
from ivr.dialogue.moves import KEYS, OUTCOMES, SILENCE
from ivr.dialogue.place import At, Place
from ivr.dialogue.turns import Heard
from ivr.outbox.queue import Outbox
from ivr.shelf import load
from ivr.tally.book import Book
from ivr.tally.calls import happened
from ivr.tally.counter import Counter
from ivr.tally.events import ASIDE, Cell, Channel, Event
from ivr.tally.texts import happened_by_text
from ivr.telephony.carrier import Carrier
from ivr.telephony.fields import WITHHELD, message_fields, new_sid
from ivr.telephony.follow import Call
from ivr.telephony.reach import http_send, wsgi_send
from ivr.telephony.signature import Door
from ivr.web.line import PhoneLine
from ivr.web.voice import make_voice
from tests.callers import ACCOUNT, MOBILE, PUBLIC, TOKEN, Caller, carrier_to, serving, settings_in

WITHIN = 20.0


@pytest.fixture(scope="module")
def library() -> Library:
    return load(HOME / "prompts", HOME / "locales", ("pl",))[0]


def en(event: Event, detail: str = "", channel: Channel = Channel.CALL) -> Cell:
    return Cell(event, "en", detail, channel)


MENU = Place("en")
NEW_MENU = Place("en", new=True)
DENOSUMAB = Place("en", topic="5.1.3")


def last_of(library: Library, topic: str) -> int:
    return len(library.own.topics[topic].parts) - 1


@pytest.mark.parametrize(
    ("before", "key", "after", "events"),
    [
        (None, "", Place("en", At.LANGUAGES, new=True), {"call"}),
        (None, "", Place("en", At.WELCOME, new=True), {"call", "language"}),
        (Place("en", At.LANGUAGES, new=True), "1", Place("en", At.WELCOME, new=True), {"language"}),
        (Place("en", At.LANGUAGES, new=True), "4", Place("en", At.LANGUAGES, new=True, wrongs=1), set()),
        (Place("en", At.LANGUAGES, new=True), "0", Place("en", At.HELPLINE, new=True), {"transfer:wanted"}),
        (Place("en", At.LANGUAGES, new=True), "*", Place("en", topic=URGENT, back="menu/0"), {"entered:urgent"}),
        (Place("en", At.LANGUAGES), "1", MENU, set()),
        (Place("en", At.WELCOME, new=True), SILENCE, NEW_MENU, set()),
        (MENU, "5", Place("en", topic="5"), {"entered:5"}),
        (NEW_MENU, "5", Place("en", At.NOTICE, topic="5"), {"entered:5"}),
        (Place("en", At.NOTICE, topic="5"), SILENCE, Place("en", topic="5"), set()),
        (DENOSUMAB, "9", Place("en", At.TEXT, topic="5.1.3"), set()),
        (DENOSUMAB, "*", Place("en", topic="5.1", part=1), set()),
        (Place("en", topic="5.1"), "*", Place("en", topic="5"), set()),
        (DENOSUMAB, "#", Place("en", topic="5.1.4"), {"entered:5.1.4"}),
        (DENOSUMAB, "7", Place("en", topic=URGENT, back="5.1.3/0"), {"entered:urgent"}),
        (Place("en", topic=URGENT, back="5.1.3/0"), "*", DENOSUMAB, set()),
        (MENU, Heard("urgent.clot"), Place("en", topic="urgent.clot"), {"entered:urgent.clot", "urgent:clot"}),
        (MENU, Heard(""), MENU, {"not-understood"}),
        (MENU, "0", Place("en", At.MISSED, key="closed"), {"transfer:closed"}),
        (Place("en", At.HELPLINE), "0", Place("en", At.HELPLINE, step=1), set()),
        (Place("en", At.HELPLINE), "busy", Place("en", At.MISSED, key="busy"), {"transfer:busy"}),
        (Place("en", At.HELPLINE), "completed", MENU, {"transfer:answered"}),
        (Place("en", At.HELPLINE), "canceled", Place("en", At.MISSED, key="failed"), {"transfer:canceled"}),
        (Place("en", At.STILL_THERE), SILENCE, None, {"goodbye"}),
        (Place("en", At.STILL_THERE), "*", MENU, set()),
    ],
)  # fmt: skip
def test_what_is_counted_of_a_key(
    library: Library, before: Place | None, key: str | Heard, after: Place | None, events: set[str]
) -> None:
    told = [
        cell
        for cell in happened(library, before, key, after)
        if cell.event not in (Event.ASKED, Event.ANSWERED)
    ]
    assert {f"{cell.event}:{cell.detail}".rstrip(":") for cell in told} == events
    assert len(told) == len(events)


def test_only_who_hears_the_last_part_to_its_end_has_heard_a_topic(library: Library) -> None:
    last = last_of(library, "5.1.3")
    end = Place("en", topic="5.1.3", part=last + 1)
    heard = en(Event.HEARD, "5.1.3")
    assert heard in happened(library, Place("en", topic="5.1.3", part=last), SILENCE, end)
    assert heard not in happened(library, Place("en", topic="5.1.3", part=last), "6", end)
    before_last = Place("en", topic="5.1.3", part=last - 1)
    assert heard not in happened(library, before_last, SILENCE, Place("en", topic="5.1.3", part=last))


def test_each_document_asks_and_each_key_answers_where_the_caller_was(library: Library) -> None:
    cells = happened(library, Place("en", At.HELP, topic="5.1.3"), "*", DENOSUMAB)
    assert cells == (en(Event.ANSWERED, "help"), en(Event.ASKED, "5.1.3"))


PLACES = st.builds(
    Place,
    language=st.sampled_from(["en", "pl", "xx", "07700900123", "../etc"]),
    at=st.sampled_from(At),
    topic=st.one_of(
        st.sampled_from(["menu", "5", "5.1.3", "urgent", "urgent.spine", "07700900123"]), st.text()
    ),
    part=st.integers(0, 9),
    step=st.integers(0, 3),
    key=st.one_of(st.sampled_from(["closed", "busy", ""]), st.text(max_size=32)),
    back=st.text(max_size=32),
    new=st.booleans(),
)


@given(
    before=st.none() | PLACES,
    key=st.one_of(st.sampled_from([*KEYS, SILENCE, *OUTCOMES]), st.text(), st.builds(Heard, st.text())),
    after=st.none() | PLACES,
)
def test_nothing_but_what_the_line_itself_knows_gets_into_a_cell(
    library: Library, before: Place | None, key: str | Heard, after: Place | None
) -> None:
    kinds = {kind.id.removeprefix(f"{URGENT}.") for kind in library.own.kinds}
    known = {"", "wanted", "closed", "answered", *OUTCOMES, *ASIDE, *library.own.topics, *kinds}
    for cell in happened(library, before, key, after):
        assert cell.language in ("", *library.editions)
        assert cell.detail in known
        assert cell.channel == Channel.CALL


def test_a_call_does_not_fail_where_a_leaflet_names_a_kind_as_no_cell_can_hold(library: Library) -> None:
    strange = "urgent." + "a" * 60
    own = replace(library.own, topics={**library.own.topics, strange: library.own.topics["urgent.clot"]})
    odd = replace(library, editions={"en": own})
    cells = happened(odd, MENU, Heard(strange), Place("en", topic=strange))
    assert cells == (en(Event.ANSWERED, "menu"),)


@pytest.mark.parametrize(
    ("reply", "counted"),
    [
        (Reply(("Menu",), "en"), {"message:menu": 1, "parts:reply": 1}),
        (Reply(("Menu",), "en", got=Got.NOT_UNDERSTOOD), {"message:menu": 1, "not-understood": 1, "parts:reply": 1}),
        (Reply(("a" * 161,), "en", topics=("5.1.3", "5"), got=Got.TOPIC),
         {"message:topic": 1, "entered:5.1.3": 1, "parts:reply": 2}),
        (Reply(("x", "y", "z"), "en", ("spine", "clot", "jaw"), got=Got.URGENT),
         {"message:urgent": 1, "urgent:spine": 1, "urgent:clot": 1, "parts:reply": 3}),
        (Reply((), "en", got=Got.CARRIER), {"message:carrier": 1}),
        (Reply(("Help",), "en", got=Got.HELP), {"message:help": 1, "parts:reply": 1}),
    ],
)  # fmt: skip
def test_what_is_counted_of_a_text(reply: Reply, counted: dict[str, int]) -> None:
    cells = list(happened_by_text(reply))
    assert {f"{cell.event}:{cell.detail}".rstrip(":"): amount for cell, amount in cells} == counted
    assert {(cell.language, cell.channel) for cell, _ in cells} == {("en", Channel.TEXT)}


# --- Whole calls


@dataclass
class Line:
    """A running line and its counter."""

    settings: Settings
    counter: Counter
    app: Flask

    def carrier(self, *, rehearses: bool = False) -> Carrier:
        token = self.settings.auth_tokens[0]
        return Carrier(
            wsgi_send(self.app),
            self.settings.account_sid,
            token,
            self.settings.public_url,
            rehearses=rehearses,
        )

    def call(self, *, rehearses: bool = False) -> Call:
        return Call(self.carrier(rehearses=rehearses), MOBILE, LOCAL_NUMBER).ring()

    def text(self, body: str, *, rehearses: bool = False) -> None:
        form = message_fields(new_sid("SM"), MOBILE, LOCAL_NUMBER, body)
        assert self.carrier(rehearses=rehearses).ask("/sms", form).fault is None

    def counted(self) -> dict[str, int]:
        """Everything counted so far, but for what was asked and answered."""
        assert self.counter.flush()
        return {
            name: amount for name, amount in counted_in(self.settings.database_url).items()
            if not name.startswith(("asked", "answered"))
        }  # fmt: skip

    def left(self) -> dict[str, int]:
        """Where callers hung up."""
        assert self.counter.flush()
        found: dict[str, int] = {}
        for name, amount in counted_in(self.settings.database_url).items():
            event, _, spot = name.partition(" ")
            if event in ("asked", "answered"):
                found[spot] = found.get(spot, 0) + (amount if event == "asked" else -amount)
        return {spot: amount for spot, amount in found.items() if amount}


def counted_in(database_url: str) -> dict[str, int]:
    book = Book(database_url)
    today = book.today()
    found: dict[str, int] = {}
    for count in book.read(today - timedelta(days=1), today):
        cell = count.cell
        name = " ".join(filter(None, (cell.event, cell.language, cell.detail, cell.channel)))
        found[name] = found.get(name, 0) + count.amount
    book.close()
    return found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    folder = tmp_path_factory.mktemp("line")
    database = f"sqlite:///{folder / 'line.sqlite'}"
    settings = read_settings(
        {"AUDIO": str(folder / "audio"), "DATABASE_URL": database, "SERVE_UNREVIEWED": "pl"}
    )
    counter = Counter(database, 3600)
    app = create_app(settings, counter)
    with app.extensions["upkeep"]:  # of it the sender
        yield Line(settings, counter, app)


@pytest.fixture
def line(running: Line) -> Line:
    """The running line, with nothing counted yet."""
    assert running.counter.flush()
    with contextlib.closing(
        sqlite3.connect(running.settings.database_url.removeprefix("sqlite:///"))
    ) as tables:
        if tables.execute("SELECT 1 FROM sqlite_master WHERE name = 'counts'").fetchone():
            tables.execute("DELETE FROM counts")
            tables.execute("DELETE FROM owed_texts")
            tables.commit()
    return running


def wait_until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + WITHIN
    while not holds():
        assert time.monotonic() < end, "it did not come to hold in time"
        time.sleep(0.05)


def test_a_call_is_counted_as_a_person_would(line: Line, library: Library) -> None:
    call = line.call()
    polish = list(library.editions).index("pl") + 1
    call.press(str(polish)).wait().press("9")
    end = f"/9/{last_of(library, '9') + 1}"
    while end not in str(call.gather and call.gather.action):
        call.wait()
    call.press("0").press("0").dial_ends("busy").press("*").press("*").press("0").press("0").dial_ends(
        "answered"
    )
    call.hang_up()
    assert line.counted() == {
        "call call": 1, "language pl call": 1, "entered pl 9 call": 1, "heard pl 9 call": 1,
        "transfer pl wanted call": 2, "transfer pl busy call": 1, "transfer pl answered call": 1,
    }  # fmt: skip


def test_callers_who_hang_up_are_counted_where_they_were(line: Line) -> None:
    line.call().hang_up()
    line.call().press("1").wait().hang_up()
    line.call().press("1").press("513").hang_up()
    line.call().press("1").press("0").hang_up()
    assert sorted(line.left()) == ["en 5.1.3 call", "en helpline call", "en languages call", "en menu call"]
    assert sum(line.left().values()) == line.counted()["call call"] == 4


def test_who_hangs_up_during_the_transfer_does_not_hang_up_at_a_topic(line: Line) -> None:
    call = line.call().press("1").press("0").press("0")
    fields = {"CallStatus": "completed", "DialCallStatus": "completed"}
    carrier = line.carrier()
    assert carrier.ask(call._stopped_at.action, _standing(call) | fields).fault is None  # type: ignore[union-attr]
    assert line.left() == {}
    assert line.counted()["transfer en answered call"] == 1


def _standing(call: Call) -> dict[str, str]:
    return {"CallSid": call.call_sid, "From": call.caller, "To": call.called}


def test_a_caller_who_asks_for_a_text_and_what_became_of_it(line: Line) -> None:
    line.call().press("1").press("8").wait().press("4").press("9").press("9").hang_up()
    wait_until(lambda: line.counted().get("text delivered text"))
    counted = line.counted()
    assert counted["text owed text"] == 1
    wait_until(lambda: line.counted().get("parts own text"))
    assert 1 <= line.counted()["parts own text"] <= 3


def test_texts_are_counted_and_no_word_of_them(line: Line) -> None:
    line.text("my legs have gone numb and I cannot walk")
    line.text("513")
    line.text("blue tractor")
    line.text("HELP")
    line.text("STOP")
    counted = line.counted()
    assert counted["message en urgent text"] == 1
    assert counted["urgent en spine text"] == 1
    assert counted["message en topic text"] == 1
    assert counted["entered en 5.1.3 text"] == 1
    assert counted["message en menu text"] == counted["not-understood en text"] == 1
    assert counted["message en help text"] == counted["message en carrier text"] == 1
    assert counted["parts en reply text"] >= 6

    def written(trace: bytes) -> bool:
        files = Path(line.settings.database_url.removeprefix("sqlite:///")).parent.glob("line.sqlite*")
        return any(trace in path.read_bytes() for path in files)

    assert not written(b"tractor")
    assert not written(b"legs have")
    # A number that another test was owed a text at is wiped from SQLite's log soon after it was sent.
    wait_until(lambda: not written(b"7700900123"))


def test_what_failed_and_who_was_turned_away(line: Line) -> None:
    client = line.app.test_client()
    assert client.post("/voice", data={"CallSid": "CA1"}).status_code == 403
    assert client.post("/sms", data=b"{}", content_type="application/json").status_code == 415
    assert line.counted() == {"refused forged call": 1, "refused not-a-form text": 1}


def test_a_webhook_that_fails_is_counted(tmp_path: Path) -> None:
    class Broken(PhoneLine):
        def respond(self, path: str, query: str, fields: Mapping[str, str]) -> bytes:
            raise RuntimeError

    counter = Counter(f"sqlite:///{tmp_path / 'line.sqlite'}", 3600)
    app = Flask("line")
    door = Door(PUBLIC, ACCOUNT, (TOKEN,))
    app.register_blueprint(make_voice(object.__new__(Broken), door, lambda language: b"<Response/>", counter))
    Call(carrier_to(app), MOBILE, LOCAL_NUMBER).ring()
    counter.close()
    assert counted_in(f"sqlite:///{tmp_path / 'line.sqlite'}") == {"failed call": 1}


def test_whoever_tries_the_line_out_is_not_counted(line: Line) -> None:
    call = line.call(rehearses=True)
    call.press("1").press("8").wait().press("4").press("9").press("9").press("0").press("0").dial_ends("busy")
    line.text("my legs have gone numb", rehearses=True)
    assert line.counted() == {}


def test_what_a_trial_asks_for_by_text_is_kept_for_its_page_and_owed_to_nobody(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, PHONE_PASSWORD="open sesame")
    app = create_app(settings, Counter(settings.database_url, 3600))
    carrier = Carrier(
        wsgi_send(app), settings.account_sid, settings.auth_tokens[0], settings.public_url, rehearses=True
    )
    call = Call(carrier, MOBILE, settings.number).ring()
    call.press("4").press("9").press("9")
    assert not call.failed
    inbox = app.test_client().post(
        "/phone/inbox",
        json={"from": MOBILE},
        auth=("", "open sesame"),
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert "0808 800 6000" in inbox.get_data(as_text=True)
    outbox = Outbox(settings.database_url)
    assert sum(outbox.counts().values()) == 0
    outbox.close()


def test_the_browser_phone_of_a_line_that_real_people_reach_rehearses(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, PHONE_PASSWORD="open sesame")
    counter = Counter(settings.database_url, 3600)
    client = create_app(settings, counter).test_client()
    asked = {"from": MOBILE, "to": settings.number, "text": "my legs have gone numb", "cookies": {}}
    page = {"auth": ("", "open sesame"), "headers": {"Sec-Fetch-Site": "same-origin"}}
    assert "999" in client.post("/phone/message", json=asked, **page).get_data(as_text=True)
    ring = {"call": new_sid("CA"), "path": "/voice", "from": WITHHELD, "to": settings.number, "fields": {}}
    assert "verbs" in client.post("/phone/webhook", json=ring, **page).get_data(as_text=True)
    assert counter.flush()
    assert counted_in(settings.database_url) == {}


def test_a_line_that_is_terminated_loses_no_count(tmp_path: Path) -> None:
    with serving(tmp_path) as port:
        Caller(http_send(f"http://127.0.0.1:{port}")).rings().presses("5")
    counted = counted_in(f"sqlite:///{tmp_path / 'line.sqlite'}")
    assert counted["call call"] == counted["language en call"] == counted["entered en 5 call"] == 1
