"""Settings: one message that names everything that is wrong, and no start without the secrets of a real line."""

from pathlib import Path

import pytest

from ivr.config import IN_PRODUCTION, LOCAL_SECRET, SETTINGS, Settings, SettingsError, read_settings

REAL = {
    "PUBLIC_URL": "https://line.example",
    "SECRET_KEY": "s" * 32,
    "TWILIO_ACCOUNT_SID": "AC" + "0a" * 16,
    "TWILIO_AUTH_TOKEN": "t" * 32,
    "TWILIO_FROM": "+442079460000",
}


def faults_of(**environ: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read_settings(environ)
    return str(caught.value).splitlines()


def test_a_line_on_somebodys_own_desk_needs_nothing() -> None:
    settings = read_settings({})
    assert (settings.production, settings.public_url, settings.port) == (False, "http://localhost:5000", 5000)
    assert settings.auth_tokens == (LOCAL_SECRET,)


def test_an_empty_setting_is_an_unset_one() -> None:
    assert read_settings(dict.fromkeys(SETTINGS, " ")) == read_settings({})


def test_a_real_line_has_what_it_was_given() -> None:
    settings = read_settings(REAL | {"PORT": "8080", "TWILIO_AUTH_TOKEN": f"{'t' * 32}, {'u' * 32}"})
    assert settings.production
    assert settings.auth_tokens == ("t" * 32, "u" * 32)
    assert settings.public_url == "https://line.example"


@pytest.mark.parametrize("url", ["https://line.example", "HTTPS://line.example", "https://line.example/"])
def test_in_production_every_secret_is_demanded_at_once(url: str) -> None:
    faults = faults_of(PUBLIC_URL=url)
    assert [fault.split()[0] for fault in faults] == list(IN_PRODUCTION)
    assert all(
        "is not set, and PUBLIC_URL is https, so real people reach this line" in fault for fault in faults
    )
    assert [fault for fault in faults if SETTINGS[fault.split()[0]] not in fault] == []


@pytest.mark.parametrize("name", IN_PRODUCTION)
def test_in_production_no_secret_has_a_default(name: str) -> None:
    assert [fault.split()[0] for fault in faults_of(**{k: v for k, v in REAL.items() if k != name})] == [name]


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("SECRET_KEY", "s" * 32, "s" * 31),
        ("TWILIO_ACCOUNT_SID", "AC" + "F" * 32, "AC" + "F" * 31),
        ("TWILIO_ACCOUNT_SID", "AC" + "0" * 32, "SK" + "0" * 32),
        ("TWILIO_AUTH_TOKEN", "t,u", ","),
        ("TWILIO_FROM", "+447700900123", "07700900123"),
        ("PUBLIC_URL", "https://line.example:8443", "https://line.example/voice"),
        ("PUBLIC_URL", "https://[2001:db8::1]", "https://[2001:db8::1"),
        ("PUBLIC_URL", "https://line.example", "https://line.example?a=b"),
        ("PUBLIC_URL", "https://line.example", "https://line.example#top"),
        ("PUBLIC_URL", "https://line.example", "line.example"),
        ("PUBLIC_URL", "https://line.example", "ftp://line.example"),
        ("PUBLIC_URL", "https://line.example:65535", "https://line.example:65536"),
        ("TWILIO_API_BASE", "https://api.twilio.com", "api.twilio.com"),
        ("PORT", "65535", "65536"),
        ("PORT", "1", "0"),
        ("PORT", "5001", "5001x"),
        ("PORT", "5001", "٥٠٠١"),
        ("WEB_CONCURRENCY", "64", "65"),
        ("SPEECH_INPUT", "On", "maybe"),
        ("SPEECH_ENGINES", "gtts, espeak", "gtts, espeek"),
        ("SPEECH_ENGINES", "espeak,gtts", "espeak,gtts,espeak"),
        ("SPEECH_ENGINES", "espeak", "gtts"),
        ("SPEECH_ENGINES", "espeak", ","),
        ("GTTS_API_BASE", "https://translate.google.de", "translate.google.de"),
        (
            "ALERT_WEBHOOK",
            "https://hooks.example.org/services/T0/x",
            "http://hooks.example.org/services/T0/x",
        ),
        ("ALERT_WEBHOOK", "https://hooks.example.org/x", "hooks.example.org/x"),
        ("SMTP_URL", "smtp://a%40example.org:p%2Fw@mail.example.org:587", "mail.example.org:587"),
        ("SMTP_URL", "smtps://mail.example.org", "https://mail.example.org"),
        ("ALERT_MAIL_FROM", "line@example.org", "line"),
        ("ALERT_HOUR", "0", "24"),
        ("CHECKED_WITHIN_DAYS", "1", "0"),
    ],
)
def test_both_sides_of_what_a_setting_may_be(name: str, good: str, bad: str) -> None:
    read_settings(REAL | {name: good})
    faults = faults_of(**REAL | {name: bad})
    assert [fault for fault in faults if not fault.startswith(f"{name} ")] == []
    assert len(faults) == 1
    assert SETTINGS[name] in faults[0]


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("PUBLIC_URI", "PUBLIC_URL"),
        ("TWILIO_AUTH_TOKENS", "TWILIO_AUTH_TOKEN"),
        ("TWILIO_AUTH_TOKN", "TWILIO_AUTH_TOKEN"),
        ("SECRETKEY", "SECRET_KEY"),
        ("PHONE_PASWORD", "PHONE_PASSWORD"),
    ],
)
def test_a_slip_in_a_name_is_told(slip: str, meant: str) -> None:
    assert faults_of(**{slip: "x"}) == [f"{slip} is no setting. Is {meant} meant? Rename it, or unset it."]


@pytest.mark.parametrize(
    "name", ["PROMPT", "LOCALE", "PATH", "POST", "TWILIO_API_KEY", "TWILIO_API_SECRET", "SECRET_KEY_BASE"]
)
def test_settings_of_other_programs_are_left_alone(name: str) -> None:
    assert read_settings({name: "x"}) == read_settings({})


def test_faults_of_every_kind_are_told_together_and_no_secret_is_shown() -> None:
    faults = faults_of(
        PUBLIC_URL="https://line.example", SECRET_KEY="hush", PORT="x", SPEECH_INPUT="?", PUBLIC_URI="x"
    )
    assert {fault.split()[0] for fault in faults} == {
        "PUBLIC_URI", "SECRET_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM", "PORT", "SPEECH_INPUT",
    }  # fmt: skip
    assert "hush" not in "\n".join(faults)


def test_the_built_in_voice_speaks_unless_another_is_preferred() -> None:
    assert read_settings({}).speech_engines == ("espeak",)
    assert read_settings({"SPEECH_ENGINES": "gtts,espeak"}).speech_engines == ("gtts", "espeak")


MAIL = {"ALERT_MAIL_TO": "owner@example.org, deputy@example.org", "SMTP_URL": "smtp://mail.example.org"}


def test_mail_needs_a_server_and_addresses_that_are_some() -> None:
    assert read_settings(REAL | MAIL).alert_mail_to == ("owner@example.org", "deputy@example.org")
    faults = faults_of(**REAL | {"ALERT_MAIL_TO": "owner@example.org"})
    assert [fault.split()[0] for fault in faults] == ["SMTP_URL"]
    assert "ALERT_MAIL_TO is, so nothing could be mailed" in faults[0]
    assert faults_of(**REAL | MAIL | {"ALERT_MAIL_TO": "owner"})[0].startswith(
        "ALERT_MAIL_TO holds what is no mail"
    )


@pytest.mark.parametrize(
    ("settings", "sender"),
    [
        ({}, "owner@example.org"),
        ({"SMTP_URL": "smtp://line%40example.org:x@mail.example.org"}, "line@example.org"),
        ({"SMTP_URL": "smtp://apikey:x@mail.example.org"}, "owner@example.org"),
        ({"ALERT_MAIL_FROM": "alerts@example.org"}, "alerts@example.org"),
    ],
)
def test_whom_mail_comes_from(settings: dict[str, str], sender: str) -> None:
    assert read_settings(REAL | MAIL | settings).alert_mail_from == sender


def test_the_password_of_a_mail_server_is_in_no_fault() -> None:
    faults = faults_of(
        **REAL | MAIL | {"SMTP_URL": "ftp://user:hush@mail.example.org", "ALERT_WEBHOOK": "http://h/hush"}
    )
    assert {fault.split()[0] for fault in faults} == {"SMTP_URL", "ALERT_WEBHOOK"}
    assert "hush" not in "\n".join(faults)


def test_settings_cannot_be_changed_after_the_start() -> None:
    settings = read_settings({})
    with pytest.raises(AttributeError):
        settings.port = 1  # type: ignore[misc]
    assert isinstance(settings, Settings)
    assert settings.prompts == Path(__file__).resolve().parent.parent / "prompts"
