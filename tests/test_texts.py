"""Texts through the running app: signed webhooks in, TwiML out, the conversation's language in a cookie."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from ivr.app import create_app
from ivr.config import LOCAL_NUMBER, read_settings
from ivr.content.model import Library
from ivr.telephony.carrier import Carrier, Document
from ivr.telephony.fields import message_fields, new_sid
from ivr.telephony.follow import Call
from ivr.telephony.reach import wsgi_send
from ivr.telephony.verbs import Message

MOBILE = "+447700900123"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("line")
    database = f"sqlite:///{folder / 'line.sqlite'}"
    app = create_app(
        read_settings({"AUDIO": str(folder / "audio"), "DATABASE_URL": database, "SERVE_UNREVIEWED": "none"})
    )
    with app.extensions["upkeep"]:  # of it the sender
        yield app


@pytest.fixture(scope="module")
def carrier(app: Flask) -> Carrier:
    settings = read_settings({})
    return Carrier(wsgi_send(app), settings.account_sid, settings.auth_tokens[0], settings.public_url)


class Texter:
    """Somebody who texts, and the carrier that keeps the conversation's cookies for them."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._cookie = ""

    def texts(self, body: str, **fields: str) -> list[str]:
        document = self._send(body, fields)
        assert document.status == 200
        assert document.fault is None
        return [verb.body for verb in document.verbs if isinstance(verb, Message)]

    def _send(self, body: str, fields: dict[str, str]) -> Document:
        form = message_fields(new_sid("SM"), MOBILE, LOCAL_NUMBER, body) | fields
        document = self._carrier.ask("/sms", form, {"Cookie": self._cookie} if self._cookie else None)
        for cookie in document.cookies:
            self._cookie = cookie.partition(";")[0]
        return document


@pytest.fixture
def texter(carrier: Carrier) -> Texter:
    return Texter(carrier)


def test_a_text_about_a_danger_gets_its_guidance_first_and_how_to_reach_999_without_speech(
    texter: Texter, library: Library
) -> None:
    first, *_, last = texter.texts("my legs have gone numb and i cant feel my feet")
    assert first == library.own.topics["urgent.spine"].sms
    assert "18000" in last


def test_several_needs_are_answered_the_urgent_one_first(texter: Texter, library: Library) -> None:
    bodies = texter.texts("how does denosumab work, also I can't feel my feet")
    assert bodies[0] == library.own.topics["urgent.spine"].sms
    assert bodies[1].startswith(library.own.topics["5.1.3"].sms)


@pytest.mark.parametrize(
    "body", ["", " ", "?!", "\N{ZERO WIDTH SPACE}", "\x00", "a" * 1600, "\N{SNOWMAN}" * 700]
)
def test_whatever_is_texted_is_answered(texter: Texter, library: Library, body: str) -> None:
    bodies = texter.texts(body)
    assert any(library.line.helpline.spoken in each for each in bodies)


def test_A29_what_the_carrier_has_answered_gets_no_second_answer(texter: Texter) -> None:
    assert texter.texts("STOP", OptOutType="STOP") == []
    assert texter.texts("HELP", OptOutType="HELP") == []
    assert texter.texts("STOP") == []
    assert len(texter.texts("HELP")) == 1


def test_a_repeated_webhook_is_answered_alike(texter: Texter) -> None:
    assert texter.texts("513") == texter.texts("513")


def test_a_forged_cookie_is_no_harm(carrier: Carrier) -> None:
    texter = Texter(carrier)
    texter._cookie = "language=ImN5Ig.forged"
    assert texter.texts("8")


def test_an_unsigned_text_is_refused(app: Flask) -> None:
    assert app.test_client().post("/sms", data={"Body": "hello"}).status_code == 403
    assert app.test_client().post("/sms", json={"Body": "hello"}).status_code == 415
    assert app.test_client().post("/sms/status", data={"MessageStatus": "sent"}).status_code == 403


def test_A30_text_me_this_says_what_it_will_say_and_is_sent_once(carrier: Carrier, library: Library) -> None:
    call = Call(carrier, caller=MOBILE).ring()
    call.press("8").wait().press("3").press("9")
    assert "breast cancer" in " ".join(call.captions())
    call.press("9")
    assert "is being sent" in " ".join(call.captions())
    call.press("99")
    assert "is being sent" in " ".join(call.captions())


@pytest.mark.parametrize(
    ("caller", "words"),
    [("+442079460123", "landline"), ("+266696687", "hidden"), ("+12025550123", "UK mobile")],
)
def test_A30_who_cannot_be_texted_hears_what_happens_instead(
    carrier: Carrier, caller: str, words: str
) -> None:
    call = Call(carrier, caller=caller).ring()
    call.press("8").wait().press("3").press("9")
    assert words in " ".join(call.captions())
    call.press("9")
    assert "That key does nothing here." in call.captions()[0]


def test_the_owed_text_reaches_the_browser_phones_inbox(app: Flask, library: Library, tmp_path: Path) -> None:
    client = app.test_client()
    origin = {"Origin": "http://localhost"}
    found: list[str] = []
    for _ in range(100):
        answer = client.post("/phone/inbox", json={"from": MOBILE}, headers=origin)
        found += [message["body"] for message in answer.get_json()["messages"]]
        if found:
            break
        __import__("time").sleep(0.1)
    assert found == [f"{library.own.topics['8.3'].sms} {library.own.urgency.sms_line}"]
