"""Spoken words at the main menu: off by default; dangers first; asked once more; and never instead of the keys."""

import re
from pathlib import Path

import pytest
from flask import Flask

from ivr.app import create_app
from ivr.telephony.fields import voice_fields
from tests.callers import MOBILE, NUMBER, Caller, settings_in

INVITED = "say in a few words what you need"
AGAIN = "I did not hear that well"
KEYS = "I did not understand that"


@pytest.fixture
def listening(tmp_path: Path) -> Flask:
    return create_app(settings_in(tmp_path, SPEECH_INPUT="on"))


def at_menu(app: Flask) -> Caller:
    """A caller who has heard the welcome and is at the main menu."""
    return Caller(app).rings().stays_silent()


def inputs(caller: Caller) -> tuple[str, ...]:
    gather = caller.call.gather
    assert gather is not None
    return gather.inputs


def test_words_are_not_listened_to_unless_the_operator_switches_it_on(tmp_path: Path) -> None:
    caller = at_menu(create_app(settings_in(tmp_path)))
    assert INVITED not in caller.heard
    assert inputs(caller) == ("dtmf",)
    before = caller.place
    assert caller.says("I cannot feel my legs").place == before


def test_the_menu_invites_and_the_recogniser_is_told_the_language_and_what_it_may_hear(
    listening: Flask,
) -> None:
    caller = at_menu(listening)
    assert INVITED in caller.heard
    assert inputs(caller) == ("dtmf", "speech")
    arriving = voice_fields(caller.call.call_sid, MOBILE, NUMBER)
    twiml = caller.call.carrier.ask(caller.place, arriving).twiml
    assert 'language="en-GB"' in twiml
    assert 'profanityFilter="false"' in twiml
    assert 0 < len(re.findall(r'hints="([^"]+)"', twiml)[0].split(",")) <= 500


DANGERS = [
    ("I can't feel my legs since this morning", "urgent.spine"),
    ("my calf is hot red and swollen", "urgent.clot"),
    ("I want to kill myself", "urgent.crisis"),
]


@pytest.mark.parametrize(("words", "topic"), DANGERS)
@pytest.mark.parametrize("confidence", [0.9, 0.1])
def test_a_danger_that_is_said_is_answered_however_badly_it_was_heard(
    listening: Flask, words: str, topic: str, confidence: float
) -> None:
    caller = at_menu(listening).says(words, confidence)
    assert f"/topic/{topic}/" in caller.place
    assert inputs(caller) == ("dtmf",)
    assert "/topic/menu/" in caller.presses("*").presses("*").place


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("tell me about denosumab", "/topic/5.1.3/"),
        ("Five.", "/topic/5/"),
        ("3", "/topic/3/"),
        ("zero", "/helpline/menu/"),
    ],
)
def test_a_topic_or_the_name_of_a_key_leads_there(listening: Flask, words: str, place: str) -> None:
    caller = at_menu(listening).says(words)
    caller = caller.stays_silent() if "/notice/" in caller.place else caller
    assert place in caller.place


def test_words_that_are_not_understood_are_asked_for_once_more_and_then_keys_alone_count(
    listening: Flask,
) -> None:
    caller = at_menu(listening).says("purple monkey")
    assert AGAIN in caller.heard
    assert inputs(caller) == ("dtmf", "speech")
    caller.says("purple monkey")
    assert KEYS in caller.heard
    assert "press 1" in caller.heard
    assert inputs(caller) == ("dtmf",)
    assert inputs(caller.stays_silent()) == ("dtmf",)
    caller.presses("5").stays_silent().presses("*")
    assert inputs(caller) == ("dtmf", "speech")


def test_a_topic_that_was_heard_badly_is_asked_for_again(listening: Flask) -> None:
    assert AGAIN in at_menu(listening).says("tell me about denosumab", confidence=0.3).heard
    assert "/notice/5.1.3/" in at_menu(listening).says("tell me about denosumab", confidence=0.5).place


def test_nothing_listens_to_words_while_a_topic_is_read(listening: Flask) -> None:
    caller = at_menu(listening).presses("1").stays_silent()
    assert inputs(caller) == ("dtmf",)
