"""Mail and webhooks over real wires: what arrives, what is refused, and what an error may say."""

import json

import pytest
from conftest import free_port  # type: ignore[attr-defined]
from post import FROM, PASSWORD, QUOTED, TO, Mailbox, Receiver, silent_server

from ivr.watch.course import News, Trouble
from ivr.watch.signs import database_down
from ivr.watch.ways import Hook, Mail, TellingError, mask
from ivr.watch.words import Sender, tell_news, tell_test

SENDER = Sender("line.example", "Europe/London", "https://line.example/desk/line")
TEST = tell_test(SENDER)
DOWN = Trouble(database_down(), 1_795_000_000.0, 1_795_000_000.0)
NEWS = tell_news(SENDER, News(begun=(DOWN,)), [DOWN])
SECRETS = (PASSWORD, QUOTED, "secret-path", *TO)


def refused(way: Mail | Hook) -> str:
    with pytest.raises(TellingError) as caught:
        way.tell(NEWS)
    assert [secret for secret in SECRETS if secret in str(caught.value)] == []
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    return str(caught.value)


# The test's own server does not see that smtps is TLS from the start.
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
@pytest.mark.parametrize("wire", ["starttls", "smtps"])
def test_a_mail_goes_over_a_protected_wire_with_its_password(wire: str) -> None:
    with Mailbox(starttls=wire == "starttls", smtps=wire == "smtps", password=PASSWORD) as mailbox:
        answer = mailbox.way().tell(NEWS)
    assert mailbox.was_secure
    (mail,) = mailbox.mails
    assert mail["Subject"] == NEWS.subject
    assert mail["To"] == ", ".join(TO)
    assert mail["From"] == FROM
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Importance"] == "high"
    assert mail["Message-ID"].endswith("@example.org>")
    assert "The database does not answer" in mail.get_content()
    assert mailbox.recipients == [list(TO)]
    assert answer == "250 OK, kept for •••@example.org"


def test_a_wrong_password_is_said_and_not_shown() -> None:
    with Mailbox(starttls=True, password=PASSWORD) as mailbox:
        said = refused(mailbox.way(user="line%40example.org:wrong@"))
    assert said == "localhost does not accept the user and password in SMTP_URL (535)."
    assert mailbox.mails == []


def test_a_certificate_that_nobody_vouches_for_gets_nothing() -> None:
    with Mailbox(starttls=True) as mailbox, Mailbox(starttls=True) as stranger:
        mailbox.authority = stranger.authority
        assert "cannot be trusted" in refused(mailbox.way())
    assert mailbox.mails == []


def test_a_server_elsewhere_without_encryption_gets_nothing() -> None:
    with Mailbox() as mailbox:
        # Another spelling of this machine, which the rule for servers on it does not know.
        assert "offers no encryption" in refused(mailbox.way("127.1"))
        assert mailbox.mails == []
        assert mailbox.way().tell(TEST).startswith("250")
    assert [mail["Importance"] for mail in mailbox.mails] == [None]


def test_addresses_that_are_refused_are_counted_and_not_named() -> None:
    with Mailbox() as mailbox:
        mailbox.refuses = {TO[1]}
        answer = mailbox.way().tell(NEWS)
        assert answer.endswith(", but not for 1 of the 2 addresses")
        assert mailbox.recipients == [[TO[0]]]
        mailbox.refuses = set(TO)
        assert "takes no mail for the addresses in ALERT_MAIL_TO (550)" in refused(mailbox.way())


def test_a_server_that_is_full_is_quoted_by_its_number_alone() -> None:
    with Mailbox() as mailbox:
        mailbox.says = "452 no room for owner@example.org"
        assert refused(mailbox.way()) == "localhost answered 452."


def test_a_mail_server_that_hangs_or_is_not_there_is_given_up() -> None:
    with silent_server() as port:
        hangs = Mail(f"smtp://127.0.0.1:{port}", FROM, TO, timeout=0.2)
        assert "did not answer within" in refused(hangs)
    absent = Mail(f"smtp://127.0.0.1:{free_port()}", FROM, TO)
    assert "cannot be used: ConnectionRefusedError" in refused(absent)
    assert "cannot be used" in refused(Mail("smtp://mail.invalid", FROM, TO))


def test_a_webhook_gets_text_that_chats_show_and_the_same_as_data() -> None:
    with Receiver() as receiver:
        assert receiver.way().tell(NEWS) == "200"
    (got,) = receiver.got
    assert got["text"].startswith(f"{NEWS.subject}\n\nPEOPLE ARE FAILED NOW: The database does not answer")
    assert (got["line"], got["kind"]) == ("line.example", "news")
    assert [row["kind"] for row in got["begun"]] == ["database"]
    assert json.dumps(got)


@pytest.mark.parametrize("status", [302, 404, 410, 500])
def test_a_webhook_that_is_gone_or_leads_elsewhere_is_told(status: int) -> None:
    with Receiver(status) as receiver:
        assert f"answered {status}" in refused(receiver.way())


def test_a_webhook_that_hangs_or_is_not_there_is_given_up() -> None:
    with Receiver() as receiver:
        receiver.hangs = True
        assert "did not answer within" in refused(receiver.way(timeout=0.2))
    assert "cannot be reached: ConnectionError" in refused(
        Hook(f"http://127.0.0.1:{free_port()}/secret-path")
    )


def test_where_it_leads_is_shown_without_giving_it_away() -> None:
    assert mask("owner@example.org") == "o•••@example.org"
    assert Mail("smtp://localhost", FROM, TO).shown == "o•••@example.org, d•••@example.org"
    assert Hook("https://user:word@hooks.example.org/services/secret-path").shown == "hooks.example.org/…"
