"""The status webhook: who may tell us news, and what each word does."""

import pytest
from conftest import SECRET, Line, StartLine, call_sid, number  # type: ignore[attr-defined]
from stub_carrier import post, status_fields

from ivr.outbox.queue import OwedText
from ivr.telephony.references import References


@pytest.fixture
def line(database_url: str, start_line: StartLine) -> Line:
    return start_line(database_url)


def owed(line: Line) -> OwedText:
    assert line.outbox.owe(call_sid(1), "5.1.3", number(1), "Denosumab") == "sent"
    return line.outbox.take(1)[0]


def address(line: Line, signed: str) -> str:
    return f"{line.public_url}/sms/status?text={signed}"


WORDS = [
    (["queued"], "accepted"),
    (["sent"], "accepted"),
    (["a word of tomorrow"], "accepted"),
    (["sent", "delivered"], "delivered"),
    (["delivered", "sent"], "delivered"),
    (["delivered", "failed"], "delivered"),
    (["failed", "delivered"], "delivered"),
    (["undelivered"], "failed"),
    (["failed", "sent"], "failed"),
    (["delivered", "delivered"], "delivered"),
]


@pytest.mark.parametrize(("words", "state"), WORDS)
def test_news_comes_in_any_order_and_never_leads_back(words: list[str], state: str, line: Line) -> None:
    signed = line.references.sign(owed(line).reference)
    for word in words:
        assert post(address(line, signed), status_fields(word)) == 204
    assert line.outbox.counts()[state] == 1


def test_only_the_carrier_with_a_reference_of_ours_is_heard(line: Line) -> None:
    text = owed(line)
    good, fields = line.references.sign(text.reference), status_fields("delivered")
    forged = References(SECRET + "x").sign(text.reference)
    no_word = {name: value for name, value in fields.items() if name != "MessageStatus"}
    assert post(address(line, good), fields, token="another-token") == 403
    assert post(address(line, forged), fields) == 403
    assert post(address(line, text.reference), fields) == 403
    assert post(f"{line.public_url}/sms/status", fields) == 403
    assert post(address(line, good), no_word) == 403
    assert post(address(line, good), {**fields, "AccountSid": "AC" + "1" * 32}) == 403
    assert post(address(line, good), fields, **{"Content-Type": "text/plain"}) == 415
    assert line.outbox.counts()["sending"] == 1
    assert post(address(line, good), {**no_word, "SmsStatus": "delivered"}) == 204
    assert line.outbox.counts()["delivered"] == 1


def test_news_of_a_forgotten_text_is_fine(line: Line) -> None:
    assert post(address(line, line.references.sign("long-gone")), status_fields("delivered")) == 204


def test_while_the_database_is_down_the_carrier_is_to_ask_again(tmp_path, start_line: StartLine) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    line = start_line(f"sqlite:///{tmp_path}/data/line.sqlite")
    assert post(address(line, line.references.sign("reference")), status_fields("delivered")) == 503
