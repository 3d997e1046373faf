"""Calls as people make them, through the running application: what is pressed, and what is heard."""

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from ivr.app import create_app
from ivr.config import Settings
from ivr.content.model import Library
from ivr.dialogue.circumstances import Caller as Kind
from ivr.dialogue.place import Pace
from ivr.languages import Language
from ivr.speech.audio import Pcm
from ivr.speech.engine import EngineError
from ivr.telephony.verbs import Hangup, Message, Play, Say, read
from ivr.text.spoken import caption
from ivr.web.circumstances import caller_of
from tests.callers import HELPLINE, NUMBER, Caller, edited_prompts, line_with, place_in, settings_in

LONG_ENOUGH = 40
# The keys of every topic of the leaflet, as they are relied on from outside.
TOPICS = (
    *"1234", "5", "51", "511", "512", "513", "514", "515", "516", "517", "52", "53", "54", "55", "551", "552",
    "56", "561", "57", "58", "6", "7", "8", "81", "82", "83", "84", "85", "9",
)  # fmt: skip


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_in(tmp_path_factory.mktemp("line"))


@pytest.fixture(scope="module")
def app(settings: Settings) -> Flask:
    return create_app(settings)


@pytest.fixture
def caller(app: Flask) -> Caller:
    return Caller(app)


def listen_to_the_end(caller: Caller) -> str:
    """Everything said from now on until the line waits for an answer, to somebody who presses nothing."""
    heard = [caller.heard]
    for _ in range(LONG_ENOUGH):
        if caller.call.gather is None or caller.call.gather.timeout >= 10:
            return " ".join(heard)
        heard.append(caller.stays_silent().heard)
    pytest.fail(f"the line does not come to an end: {heard[-1]}")


def parts_of(library: Library, keys: str) -> list[str]:
    topic = next(topic for topic in library.own.leaflet if topic.keys == keys)
    return [caption(part.text) for part in topic.parts]


def assert_in_order(wanted: list[str], heard: str) -> None:
    at = 0
    for each in wanted:
        found = heard.find(each, at)
        assert found >= 0, f"not heard, or not in its turn: {each}"
        at = found + len(each)


# --- Hearing the leaflet


def test_the_line_says_who_it_is_and_what_cannot_wait(caller: Caller) -> None:
    heard = caller.rings().heard
    assert heard.startswith("This is the secondary breast cancer in the bone information line.")
    assert_in_order(["press star", "press 0", "call 999 now"], heard)


@pytest.mark.parametrize("keys", TOPICS)
def test_every_topic_is_reached_by_its_keys_and_heard_to_its_end_in_silence(
    caller: Caller, library: Library, keys: str
) -> None:
    caller.rings().presses(keys)
    heard = listen_to_the_end(caller)
    assert_in_order(parts_of(library, keys), heard)
    topic = next(topic for topic in library.own.leaflet if topic.keys == keys)
    options = [f"press {library.own.topics[child].key}" for child in topic.children]
    assert_in_order(options or ["That is the end of this topic."], heard)


def test_the_topics_above_are_the_whole_leaflet(library: Library) -> None:
    assert sorted([*TOPICS, "0"]) == sorted(topic.keys for topic in library.own.leaflet)


@pytest.mark.parametrize("section", "1234679")
def test_a_section_is_heard_to_its_end_by_key(caller: Caller, library: Library, section: str) -> None:
    """Key 6 goes on by one part; the notices that stand before the first part are passed in silence."""
    caller.rings().presses(section).stays_silent()
    heard = [caller.heard]
    while "That is the end of this topic." not in heard[-1]:
        heard.append(caller.presses("6").heard)
        assert len(heard) < LONG_ENOUGH
    assert_in_order(parts_of(library, section), " ".join(heard))


def test_the_tenth_section_is_behind_the_person_on_key_0(caller: Caller, library: Library) -> None:
    caller.rings().presses("01")
    assert_in_order([*parts_of(library, "0"), "That is the end of this topic."], listen_to_the_end(caller))


def test_hash_goes_on_from_topic_to_topic_through_the_whole_leaflet(caller: Caller, library: Library) -> None:
    caller.rings().presses("1").stays_silent()
    for topic in library.own.leaflet:
        assert caption(topic.parts[0].text) in caller.heard
        if topic.children:
            listen_to_the_end(caller)
            caller.presses("1")
        else:
            caller.presses("#")
    assert "press 1" in caller.heard
    assert "/menu/" in caller.place


def test_8_then_3_is_pressure_on_the_spinal_cord(caller: Caller) -> None:
    heard = caller.rings().presses("8").presses("3").heard
    assert heard.startswith("Section 8: Spinal cord compression.")
    assert "Seek medical advice without delay" in heard


@pytest.mark.parametrize("keys", ["513", "83", "58", "9"])
def test_several_keys_in_one_request_are_walked_one_by_one(app: Flask, keys: str) -> None:
    """Past the notices, which are said before the first topic however many keys led to it."""
    first = "4#*"
    one_by_one = Caller(app).rings().presses(first).presses(keys)
    at_once = Caller(app).rings().presses(first).sends_at_once(keys)
    assert place_in(at_once.verbs) == one_by_one.place


def test_513_as_the_very_first_thing_leads_to_denosumab_by_way_of_the_notices(
    caller: Caller, library: Library
) -> None:
    document = caller.rings().sends_at_once("513")
    assert place_in(document.verbs) == "/voice/en/notice/5.1.3/0"
    caller.presses("513").stays_silent()
    assert parts_of(library, "513")[1] in caller.heard


def test_of_several_keys_those_after_a_wrong_one_are_left_out(caller: Caller) -> None:
    document = caller.rings().presses("8").stays_silent().sends_at_once("793")
    assert place_in(document.verbs).startswith("/voice/en/topic/8/")


def test_the_notices_are_said_once_a_call(caller: Caller) -> None:
    caller.rings().presses("1").stays_silent().presses("*2**3")
    listen_to_the_end(caller)
    assert caller.heard_in_all.count("was last reviewed in") == 1


# --- A person, from everywhere

# Where the caller is: the keys that lead there (w: silence), and the place that star brings back to.
EVERYWHERE = {
    "welcome": ("", "menu/0"),
    "main menu": ("w", "menu/0"),
    "main menu, second stop": ("ww", "menu/1"),
    "notices": ("8", "8/0"),
    "list": ("8w", "8/0"),
    "choices of a list": ("5w#", "5/5"),
    "first part": ("83", "8.3/0"),
    "later part": ("836", "8.3/1"),
    "help": ("8368", "8.3/1"),
    "help on a key": ("83686", "8.3/1"),
    "pause": ("8365", "8.3/1"),
    "still there?": ("8365wwwww", "8.3/1"),
    "text me this": ("8369", "8.3/1"),
    "urgent symptoms": ("*", "urgent/0"),
    "urgent symptoms while listening": ("8367", "urgent/0"),
    "after a wrong key": ("8w7", "8/0"),
}
OUTCOMES = {
    "busy": "The helpline is busy at the moment.",
    "no-answer": "Nobody answered.",
    "failed": "The call to the helpline did not connect.",
    "canceled": "The call to the helpline did not connect.",
}


def go(caller: Caller, keys: str) -> Caller:
    for key in keys:
        if key == "w":
            caller.stays_silent()
        else:
            caller.presses(key)
    return caller


def at(place: str) -> str:
    """The topic and part of a place's path."""
    return "/".join(place.partition("?")[0].split("/")[-2:])


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("where", EVERYWHERE)
def test_0_rings_the_helpline_and_when_nobody_comes_says_what_else_to_do(
    caller: Caller, library: Library, where: str, outcome: str
) -> None:
    keys, back = EVERYWHERE[where]
    go(caller.rings(), keys)
    assert_in_order(
        ["Breast Cancer Care's Helpline", "free", "Connecting you now."], caller.presses("0").heard
    )
    assert caller.call.ringing is None
    assert caller.stays_silent().call.ringing == HELPLINE
    heard = caller.is_answered(outcome).heard  # type: ignore[arg-type]
    assert heard.startswith(OUTCOMES[outcome])
    assert heard.count(library.line.helpline.spoken) == 2
    assert_in_order(["24-hour number", "NHS 111", "999"], caller.stays_silent().heard)
    assert_in_order(["18001", library.line.helpline.spoken], caller.stays_silent().heard)
    assert at(caller.presses("*").place) == back


@pytest.mark.parametrize("outcome", ["answered", "completed"])
@pytest.mark.parametrize("where", EVERYWHERE)
def test_after_a_talk_with_the_helpline_the_caller_is_back_where_they_were(
    caller: Caller, where: str, outcome: str
) -> None:
    keys, back = EVERYWHERE[where]
    go(caller.rings(), keys).presses("0").stays_silent().is_answered(outcome)  # type: ignore[arg-type]
    assert caller.heard.startswith("You are back on the information line.")
    assert at(caller.place) == back


@pytest.mark.parametrize("where", EVERYWHERE)
def test_star_while_it_is_connecting_goes_back_and_nobody_is_rung(caller: Caller, where: str) -> None:
    keys, back = EVERYWHERE[where]
    go(caller.rings(), keys).presses("0*")
    assert at(caller.place) == back
    assert "Dial" not in [event.what for event in caller.call.log]


def test_0_again_after_nobody_answered_rings_once_more(caller: Caller) -> None:
    caller.rings().presses("0").stays_silent().is_answered("busy")
    assert caller.presses("0").call.ringing == HELPLINE


def test_7_at_the_helpline_is_for_urgent_symptoms_and_star_leads_back_to_the_topic(caller: Caller) -> None:
    assert "Call 999 now" in caller.rings().presses("836").presses("07").heard
    assert at(caller.presses("*").place) == "8.3/1"


# --- Moving about


def test_a_pause_of_ten_minutes_holds_the_place(caller: Caller) -> None:
    here = caller.rings().presses("836").heard
    assert caller.presses("5").heard.startswith("Paused, for up to ten minutes.")
    waited = 0.0
    while caller.heard.startswith(("Paused", "Still paused")):
        assert caller.call.gather is not None
        waited += caller.call.gather.timeout
        caller.stays_silent()
    assert waited >= 600
    assert caller.heard.startswith("Are you still there?")
    assert caller.presses("5").heard == here


@pytest.mark.parametrize("key", "5*")
def test_a_pause_ends_by_key_where_it_began(caller: Caller, key: str) -> None:
    here = caller.rings().presses("836").heard
    assert caller.presses("5").stays_silent().presses(key).heard == here


def test_slower_and_faster_are_other_sounds_of_the_same_words(caller: Caller) -> None:
    caller.rings().presses("83")
    words, normal = caller.heard, caller.call.heard
    slow = caller.presses("2").call.heard
    assert caller.heard == words
    assert caller.presses("3").call.heard == normal
    fast = caller.presses("3").call.heard
    assert caller.heard == words
    assert not set(slow) & set(normal) | set(fast) & set(normal) | set(slow) & set(fast)


@pytest.mark.parametrize(("keys", "said"), [("22", "This is the slowest."), ("33", "This is the fastest.")])
def test_there_is_an_end_to_slower_and_faster(caller: Caller, keys: str, said: str) -> None:
    caller.rings().presses("83").presses(keys[0])
    assert not caller.heard.startswith(said)
    assert caller.presses(keys[1]).heard.startswith(said)


def test_the_chosen_pace_stays_for_the_rest_of_the_call(caller: Caller) -> None:
    assert "pace=slow" in caller.rings().presses("832#").place
    assert "pace=slow" in caller.presses("0*").place


def test_a_wrong_key_is_named_as_such_and_the_place_is_kept(caller: Caller) -> None:
    caller.rings().presses("8").stays_silent()
    for times in range(1, 4):
        assert caller.presses("7").heard.startswith("That key does nothing here.")
        assert at(caller.place) == "8/0"
        assert ("To talk to a person" in caller.heard.split("here.")[1]) is (times == 3)
    assert at(caller.presses("3").place) == "8.3/0"


@pytest.mark.parametrize("keys", ["", "8w", "83", "8368", "8369", "*", "833"])
def test_silence_ends_every_call_with_the_helplines_number_said_last(
    caller: Caller, library: Library, keys: str
) -> None:
    go(caller.rings(), keys)
    heard, last_wait = [caller.heard], 0.0
    while not caller.call.ended:
        last_wait = caller.call.gather.timeout if caller.call.gather else 0.0
        heard.append(caller.stays_silent().heard)
        assert len(heard) < LONG_ENOUGH
    assert last_wait == 20
    assert heard[-2].startswith("Are you still there?")
    assert heard[-1].endswith(f"{library.line.helpline.spoken}.")
    assert any(each.startswith("I did not hear a key.") for each in heard)
    assert "Dial" not in [event.what for event in caller.call.log]
    assert not caller.call.failed


@pytest.mark.parametrize("key", "123456789#")
def test_any_key_at_are_you_still_there_stays_where_the_caller_was(caller: Caller, key: str) -> None:
    caller.rings().presses("8365").stays_silent(5)
    assert at(caller.presses(key).place) == "8.3/1"


@pytest.mark.parametrize(
    ("keys", "way", "back"),
    [
        ("", "*", "menu/0"),
        ("ww", "*", "menu/1"),
        ("83", "7", "8.3/0"),
        ("8366", "7", "8.3/2"),
        ("51366", "7", "5.1.3/2"),
        ("83667", "1*", "8.3/2"),
    ],
)
def test_star_from_the_urgent_symptoms_returns_to_the_very_part(
    caller: Caller, keys: str, way: str, back: str
) -> None:
    go(caller.rings(), keys).presses(way)
    assert "urgent" in caller.place
    assert at(caller.presses("*").place) == back


# --- The line changes while somebody is on it


@pytest.fixture
def without_fatigue(tmp_path: Path) -> Flask:
    """The line after an edit that took topic 8.5 away."""
    prompts = edited_prompts(tmp_path, {})
    (prompts / "8-symptoms" / "5-fatigue.md").unlink()
    return create_app(settings_in(tmp_path, PROMPTS=str(prompts)))


@pytest.mark.parametrize("key", ["w", "1", "3", "6", "8"])
def test_a_call_goes_on_when_its_topic_is_taken_away(app: Flask, without_fatigue: Flask, key: str) -> None:
    caller = go(Caller(app).rings().presses("856").moves_to(without_fatigue), key)
    assert not caller.call.ended
    assert "This information line has a fault" not in caller.heard
    assert caller.presses("0").stays_silent().call.ringing == HELPLINE


@pytest.mark.parametrize("key", ["w", "1", "3", "6", "8"])
def test_who_was_in_a_topic_that_is_gone_is_told_so_whatever_they_pressed(
    app: Flask, without_fatigue: Flask, key: str
) -> None:
    caller = go(Caller(app).rings().presses("856").moves_to(without_fatigue), key)
    assert caller.heard.startswith("That part of the line has changed. Here is the main menu.")
    assert "press 1" in caller.heard


def test_a_call_goes_on_when_its_topic_has_become_shorter(app: Flask, tmp_path: Path) -> None:
    prompts = edited_prompts(
        tmp_path, {"8-symptoms/5-fatigue.md": lambda text: _header(text) + "Tiredness is common.\n"}
    )
    edited = create_app(settings_in(tmp_path, PROMPTS=str(prompts)))
    caller = Caller(app).rings().presses("8566").moves_to(edited).presses("1")
    assert at(caller.place) in ("8.5/0", "8.5/1")
    assert "Tiredness is common." in caller.presses("1").heard


def _header(text: str) -> str:
    return text[: text.index("---", 3) + 4]


def test_two_workers_can_take_turns_in_one_call(app: Flask, settings: Settings) -> None:
    keys = "8w3662*700"
    workers = (app, create_app(settings))
    alone, shared = Caller(app).rings(), Caller(app).rings()
    for number, key in enumerate(keys):
        go(alone, key)
        go(shared.moves_to(workers[number % 2]), key)
        assert shared.call.heard == alone.call.heard
    assert shared.call.ringing == alone.call.ringing == HELPLINE


# --- When the line fails


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_fallback_gives_what_cannot_wait_and_the_helpline_and_needs_nothing(
    tmp_path: Path, library: Library, method: str
) -> None:
    broken = tmp_path / "a file in place of the folder"
    broken.write_text("")
    app = create_app(settings_in(tmp_path, AUDIO=str(broken), DATABASE_URL="sqlite:////nowhere/line.sqlite"))
    answer = app.test_client().open("/voice/fallback", method=method, data=b"\xff=not signed")
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    say, hangup = read(answer.data)
    assert isinstance(say, Say)
    assert (say.voice, say.language, hangup) == ("Polly.Amy", "en-GB", Hangup())
    wanted = ["trouble breathing", "9 9 9", "24-hour number", "1 1 1", "0 8 0 8", "8 0 0", "6 0 0 0"]
    assert_in_order(wanted, _as_digits(say.text))
    answer = app.test_client().open("/sms/fallback", method=method)
    (message,) = read(answer.data)
    assert isinstance(message, Message)
    assert "999" in message.body
    assert library.line.helpline.spoken in message.body


def test_the_fallback_speaks_every_language_of_the_line_for_which_the_carrier_has_a_voice(
    tmp_path: Path,
) -> None:
    app = create_app(settings_in(tmp_path, SERVE_UNREVIEWED="cy,pl,ur"))
    *says, _ = read(app.test_client().get("/voice/fallback").data)
    assert [say.voice for say in says if isinstance(say, Say)] == ["Polly.Amy", "Polly.Gwyneth", "Polly.Ewa"]
    texts = read(app.test_client().get("/sms/fallback").data)
    assert len(texts) == 4
    assert all("0808 800 6000" in text.body for text in texts if isinstance(text, Message))


def in_welsh_on(number: str, folder: Path) -> Flask:
    """A line in English and Welsh whose `number` is its Welsh one."""
    prompts = edited_prompts(
        folder, {"line.toml": lambda text: text.replace("[numbers]", f'[numbers]\n"{number}" = "cy"')}
    )
    return create_app(settings_in(folder, PROMPTS=str(prompts), SERVE_UNREVIEWED="cy"))


def test_a_number_that_fixes_the_language_asks_for_none(tmp_path: Path) -> None:
    caller = Caller(in_welsh_on(NUMBER, tmp_path)).rings()
    assert "/cy/welcome/" in caller.place
    assert "/languages/" in caller.stays_silent().presses("#").place


def test_another_number_of_the_line_asks_for_the_language(tmp_path: Path) -> None:
    caller = Caller(in_welsh_on("+442079460001", tmp_path)).rings()
    assert "/languages/" in caller.place
    assert "For English" in caller.heard
    assert "Gymraeg" in caller.heard
    assert "/cy/welcome/" in caller.presses("2").place


def test_a_call_that_fails_is_told_so_in_its_own_language(settings: Settings, tmp_path: Path) -> None:
    def stopped_clock() -> datetime:
        raise OSError("no clock")

    unreviewed = settings_in(tmp_path, SERVE_UNREVIEWED="pl")
    caller = Caller(line_with(unreviewed, now=stopped_clock)).rings().presses("2").presses("0")
    assert "Ta linia" in caller.heard
    assert "This information line" not in caller.heard


def _as_digits(text: str) -> str:
    names = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    for digit, name in enumerate(names):
        text = re.sub(rf"\b{name}\b", str(digit), text)
    return text


def test_a_fault_in_the_line_itself_is_answered_with_the_fallback(settings: Settings) -> None:
    def stopped_clock() -> datetime:
        raise OSError("no clock")

    caller = Caller(line_with(settings, now=stopped_clock)).rings().presses("0")
    assert caller.heard.startswith("This information line has a fault.")
    assert_in_order(["9 9 9", "1 1 1", "0 8 0 8", "8 0 0", "6 0 0 0"], _as_digits(caller.heard))
    assert not caller.call.failed


class DeadEngine:
    """An engine that dies of every text."""

    name, version, only_ahead = "dead", "1", False

    def voice(self, language: Language) -> str:
        return language.espeak

    def speak(self, text: str, voice: str, pace: Pace) -> Pcm:
        raise EngineError("The engine is gone.")


def test_when_the_engine_has_died_the_carriers_own_voice_says_the_same(settings: Settings) -> None:
    line = line_with(settings, engine=DeadEngine())
    first = Caller(line).rings()
    words, sounds = first.call.captions(), first.call.heard
    for sound in sounds:
        assert line.test_client().get(sound).status_code == 503
    document = Caller(line).call.carrier.ask(
        "/voice", {"CallSid": first.call.call_sid, "From": "+447700900123"}
    )
    (gather, _) = document.verbs
    says = [verb for verb in gather.nested if isinstance(verb, Say)]  # type: ignore[union-attr]
    assert {(say.voice, say.language) for say in says} == {("Polly.Amy", "en-GB")}
    assert [_as_digits(say.text) for say in says] == [text.replace("999", "9 9 9") for text in words]
    assert all(isinstance(verb, Play) for verb in _nested(Caller(line).rings().presses("8")))


def _nested(caller: Caller) -> tuple[object, ...]:
    return caller.call.gather.nested if caller.call.gather else ()


# --- The moment, and who calls

HOURS = 'hours = [{ days = "mon-fri", from = "09:00", to = "17:00" }]'
MOMENTS = [
    # The time in London, and whether the helpline is staffed then.
    ("2026-11-23 08:59", "closed"),
    ("2026-11-23 09:00", "open"),
    ("2026-11-23 16:59", "open"),
    ("2026-11-23 17:00", "closed"),
    ("2026-11-22 12:00", "closed"),  # a Sunday
    ("2026-07-01 08:59", "closed"),  # in summer the clock is an hour ahead
    ("2026-07-01 09:00", "open"),
    ("2026-04-02 12:00", "open"),
    ("2026-04-03 12:00", "closed"),  # Good Friday
    ("2026-04-06 12:00", "closed"),  # Easter Monday
    ("2026-12-24 12:00", "open"),
    ("2026-12-25 12:00", "closed"),  # Christmas Day
    ("2026-12-28 12:00", "closed"),  # Boxing Day, which is a Saturday, kept on the Monday
    ("2026-12-29 12:00", "open"),
]


@pytest.fixture(scope="module")
def open_on_weekdays(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("hours")
    prompts = edited_prompts(folder, {"line.toml": lambda text: text.replace("hours = []", HOURS)})
    return settings_in(folder, PROMPTS=str(prompts))


@pytest.mark.parametrize(("london", "staffed"), MOMENTS)
def test_0_says_whether_somebody_is_there_now(open_on_weekdays: Settings, london: str, staffed: str) -> None:
    moment = datetime.fromisoformat(london).replace(tzinfo=ZoneInfo("Europe/London"))
    caller = Caller(line_with(open_on_weekdays, now=lambda: moment)).rings().presses("830")
    if staffed == "open":
        assert "They are open now." in caller.heard
        assert caller.stays_silent().call.ringing == HELPLINE
        return
    caller.stays_silent(2)  # the number comes after a stop, then what cannot wait
    assert caller.call.ringing is None
    wanted = ["They are closed now.", "0808 800 6000", "0808 800 6000", "24-hour number", "NHS 111", "999"]
    assert_in_order(wanted, caller.heard_in_all)
    assert "Dial" not in [event.what for event in caller.call.log]


def test_who_is_told_that_they_are_closed_is_told_the_hours(open_on_weekdays: Settings) -> None:
    sunday = datetime(2026, 11, 22, 12, tzinfo=ZoneInfo("Europe/London"))
    caller = Caller(line_with(open_on_weekdays, now=lambda: sunday)).rings().presses("0")
    assert "They are open from Monday to Friday, between" in caller.heard


def test_without_hours_nobody_is_said_to_be_there(caller: Caller) -> None:
    heard = caller.rings().presses("0").heard
    assert "We do not know their hours." in heard
    assert "open now" not in heard


KINDS = [
    # Ofcom keeps these for drama, except Jersey's: a block of ten thousand that was never given out.
    pytest.param(
        "+447700900123",
        Kind.MOBILE,
    ),
    ("+442079460123", Kind.LANDLINE),
    ("+449098790123", Kind.LANDLINE),  # premium rate
    ("+448081570123", Kind.LANDLINE),  # freephone
    ("+447797000000", Kind.MOBILE),  # Jersey
    ("+12025550123", Kind.FOREIGN),
    ("+266696687", Kind.WITHHELD),  # ANONYMOUS
    ("+7378742833", Kind.WITHHELD),  # RESTRICTED
    ("Anonymous", Kind.WITHHELD),
    ("sip:someone@example.org", Kind.WITHHELD),
    ("client:browser", Kind.WITHHELD),
    ("07700900123", Kind.WITHHELD),
    ("+44", Kind.WITHHELD),
    ("", Kind.WITHHELD),
    ("+" + "4" * 500, Kind.WITHHELD),
    ("\x00\ufffd", Kind.WITHHELD),
]


@pytest.mark.parametrize(("number", "kind"), KINDS)
def test_a_number_is_known_for_what_it_is(number: str, kind: Kind) -> None:
    assert caller_of(number, "GB") is kind


@pytest.mark.parametrize("number", ["", "anonymous", "+266696687", "+12025550123", "sip:a@b", "+44 7700"])
def test_nobody_is_turned_away_for_the_shape_of_their_number(app: Flask, number: str) -> None:
    caller = Caller(app, number).rings().presses("83")
    assert "Seek medical advice without delay" in caller.heard
    assert caller.presses("0").stays_silent().call.ringing == HELPLINE


@pytest.mark.parametrize(("number", "abroad"), [("+12025550123", True), ("+442079460123", False)])
def test_from_abroad_the_free_number_is_not_called_free(app: Flask, number: str, *, abroad: bool) -> None:
    heard = Caller(app, number).rings().presses("0").heard
    assert ("may not connect from outside the UK" in heard) is abroad
    assert ("is free" in heard) is not abroad
