"""The phone's server side signs for its own page, for nobody else, and for nothing but this line."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from twilio.request_validator import RequestValidator

from ivr.languages import Language
from ivr.telephony.carrier import Carrier
from ivr.telephony.reach import wsgi_send
from ivr.web.labels import Labels
from ivr.web.phone import make_phone

PUBLIC = "https://line.example"
TOKEN = "a-token-that-is-no-secret"
CALL = {"call": "CA" + "0" * 32, "from": "+447700900123", "to": "+442079460000"}
OWN = {"Origin": "http://localhost"}
ENGLISH = Labels(Language("en", "English", "ltr", "", "", "", ""), "A line")


def line(
    guard: Callable[[], ResponseReturnValue | None] = lambda: None,
) -> tuple[Flask, list[dict[str, str]]]:
    app, asked = Flask(__name__), list[dict[str, str]]()

    def remember() -> None:
        form = dict(parse_qsl(request.get_data(as_text=True), keep_blank_values=True))
        url = PUBLIC + request.full_path.rstrip("?")
        assert RequestValidator(TOKEN).validate(url, form, request.headers["X-Twilio-Signature"])
        asked.append(form | {"path": request.path, "cookie": request.headers.get("Cookie", "")})

    @app.post("/voice", defaults={"rest": ""})
    @app.post("/voice/<path:rest>")
    def voice(rest: str) -> Response:
        remember()
        gather = f'<Gather action="next"><Play>{PUBLIC}/audio/a.mp3</Play></Gather>'
        return Response(f"<Response>{gather}<Dial>1</Dial></Response>", mimetype="text/xml")

    @app.post("/sms")
    def sms() -> Response:
        remember()
        answer = Response("<Response><Message>Hello</Message></Response>", mimetype="text/xml")
        answer.set_cookie("language", "cy", httponly=True)
        answer.delete_cookie("old")
        return answer

    @app.post("/desk")
    def desk() -> str:
        raise AssertionError("the phone reached the operator's desk")

    carrier = Carrier(wsgi_send(app), "AC" + "0" * 32, TOKEN, PUBLIC)
    app.register_blueprint(
        make_phone(carrier, guard=guard, count=lambda body: ("GSM-7", 1), pages=lambda: [ENGLISH])
    )
    return app, asked


@pytest.fixture
def served() -> tuple[FlaskClient, list[dict[str, str]]]:
    app, asked = line()
    return app.test_client(), asked


Served = tuple[FlaskClient, list[dict[str, str]]]


def test_a_webhook_is_signed_and_its_urls_come_back_as_paths(served: Served) -> None:
    client, asked = served
    answer = client.post("/phone/webhook", json={**CALL, "path": "/voice/en?a=1"}, headers=OWN)
    told = answer.get_json()
    gather, dial = told["verbs"]
    assert told["fault"] is None
    assert gather["action"] == "/voice/next"
    assert gather["nested"] == [{"verb": "Play", "url": "/audio/a.mp3"}]
    assert dial == {"verb": "Dial", "number": "1", "timeout": 30, "action": None}
    assert asked[0]["From"] == "+447700900123"
    assert TOKEN not in answer.get_data(as_text=True)


REFUSED: list[tuple[dict[str, Any], int]] = [
    ({"path": "/desk"}, 400),
    ({"path": "/voice/../desk"}, 400),
    ({"path": "/voicemail"}, 400),
    ({"path": "https://elsewhere.example/voice"}, 400),
    ({"path": "//elsewhere.example/voice"}, 400),
    ({"path": "/voice#x"}, 400),
    ({"path": None}, 400),
    ({"call": "CA1"}, 400),
    ({"from": "+447911123456"}, 400),
    ({"to": "+448088006000"}, 400),
    ({"fields": {"AccountSid": "AC1"}}, 400),
    ({"fields": {"From": "+447911123456"}}, 400),
    ({"fields": {"Digits": 8}}, 400),
    ({"fields": ["Digits"]}, 400),
    ({"fields": {"Digits": "8" * 20_000}}, 413),
]


@pytest.mark.parametrize(("change", "status"), REFUSED)
def test_what_the_page_may_not_ask(served: Served, change: dict[str, Any], status: int) -> None:
    client, asked = served
    answer = client.post("/phone/webhook", json={**CALL, "path": "/voice", **change}, headers=OWN)
    assert answer.status_code == status
    assert answer.get_json()["error"]
    assert asked == []


FROM_ELSEWHERE = [
    ({}, 403),
    ({"Origin": "https://elsewhere.example"}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"}, 403),
    ({"Sec-Fetch-Site": "same-site"}, 403),
    ({"Sec-Fetch-Site": "none"}, 403),
    ({"Sec-Fetch-Site": "same-origin"}, 200),
    ({"Origin": "http://localhost"}, 200),
]


@pytest.mark.parametrize("path", ["/phone/webhook", "/phone/message"])
@pytest.mark.parametrize(("headers", "status"), FROM_ELSEWHERE)
def test_other_sites_cannot_use_the_phone(
    served: Served, headers: dict[str, str], status: int, path: str
) -> None:
    client, _ = served
    asked = {**CALL, "path": "/voice", "text": "8"}
    assert client.post(path, json=asked, headers=headers).status_code == status


def test_a_form_of_another_site_is_refused_by_its_type(served: Served) -> None:
    client, _ = served
    answer = client.post("/phone/webhook", data='{"path": "/voice"}', content_type="text/plain", headers=OWN)
    assert answer.status_code == 415


@pytest.mark.parametrize("body", ["", "[]", "{", '"a"', "\xff"])
def test_a_body_that_is_no_object_is_refused(served: Served, body: str) -> None:
    client, _ = served
    for path in ("/phone/webhook", "/phone/message"):
        answer = client.post(path, data=body, content_type="application/json", headers=OWN)
        assert answer.status_code == 400


def test_a_text_comes_back_with_its_size_and_keeps_the_conversations_cookies(served: Served) -> None:
    client, asked = served
    text = {**CALL, "text": "8", "cookies": {"old": "1"}}
    told = client.post("/phone/message", json=text, headers=OWN).get_json()
    assert told["messages"] == [{"encoding": "GSM-7", "parts": 1, "body": "Hello"}]
    assert told["cookies"] == {"language": "cy"}
    client.post("/phone/message", json={**text, "cookies": told["cookies"]}, headers=OWN)
    assert [form["cookie"] for form in asked] == ["old=1", "language=cy"]


def test_a_text_that_fails_is_answered_by_the_fallback_and_the_fault_is_told() -> None:
    app = Flask(__name__)

    @app.post("/sms/fallback")
    def fallback() -> Response:
        assert request.form["ErrorCode"] == "11200"
        return Response("<Response><Message>Call 999</Message></Response>", mimetype="text/xml")

    carrier = Carrier(wsgi_send(app), "AC" + "0" * 32, TOKEN, PUBLIC)
    app.register_blueprint(
        make_phone(carrier, guard=lambda: None, count=lambda _: ("GSM-7", 1), pages=lambda: [ENGLISH])
    )
    told = app.test_client().post("/phone/message", json={**CALL, "text": "8"}, headers=OWN).get_json()
    assert told["messages"][0]["body"] == "Call 999"
    assert told["fault"] == {"code": 11200, "text": "the line answered 404"}


@pytest.mark.parametrize("value", ["a\r\nX: y", "a; b=c", "ŵ"])
def test_a_cookie_cannot_smuggle_a_header(served: Served, value: str) -> None:
    client, asked = served
    text = {**CALL, "text": "8", "cookies": {"a": value}}
    assert client.post("/phone/message", json=text, headers=OWN).status_code == 400
    assert asked == []


def test_the_page_runs_nothing_but_its_own_files(served: Served) -> None:
    client, _ = served
    answer = client.get("/phone")
    html = answer.get_data(as_text=True)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert "style=" not in html
    assert "<style" not in html
    assert "onclick" not in html
    assert TOKEN not in html


@pytest.mark.parametrize("path", ["/phone", "/phone/static/phone.js"])
def test_the_guard_stands_before_all_of_it(path: str) -> None:
    app, _ = line(lambda: ("no", 401))
    client = app.test_client()
    assert client.get(path).status_code == 401
    assert client.post("/phone/webhook", json=CALL, headers=OWN).status_code == 401
