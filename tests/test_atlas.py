"""Every place with every key, silence and a wrong key: what must hold there whatever the leaflet says."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import product
from pathlib import Path

import pytest
import xmlschema

from ivr.content.model import MENU, URGENT, Library
from ivr.dialogue.atlas import Visit, explore, inputs_at
from ivr.dialogue.call import LAST_WAIT, PAUSE_WAIT, WAIT, answer, begin
from ivr.dialogue.circumstances import Caller, Circumstances, Staffing
from ivr.dialogue.moves import KEYS, PAUSES, SILENCE, flows
from ivr.dialogue.place import PACES, At, Pace, Place, read_place
from ivr.dialogue.script import script_of
from ivr.dialogue.turns import Ask, HangUp, Say, TextMe, Transfer, Turns
from ivr.languages import Language
from ivr.telephony.twiml import Url, render
from ivr.telephony.verbs import read
from ivr.text.timing import slow_seconds
from ivr.web.export import NORMAL_OVER_SLOW

ORDINARY = Circumstances(
    speech="en-GB"
)  # where words count too, there is more to hear and all else is the same
ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = sorted(path.parent.name for path in (ROOT / "locales").glob("*/language.toml"))
SCHEMAS = Path(__file__).resolve().parent.parent.parent / "shared" / "twiml"


@dataclass(frozen=True)
class Atlas:
    library: Library
    visits: tuple[Visit, ...]

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The places where a key can be pressed."""
        return tuple(dict.fromkeys(place for place, key, _ in self.visits if key == "#"))

    @cached_property
    def _turns(self) -> dict[tuple[Place, str], Turns]:
        return {(place, key): turns for place, key, turns in self.visits}

    def answer(self, place: Place, key: str) -> Turns:
        """What follows, which is reckoned anew only where the atlas did not come by."""
        return self._turns.get((place, key)) or answer(self.library, place, key, ORDINARY)

    def of(self, *keys: str) -> Iterator[Visit]:
        return (visit for visit in self.visits if visit[1] in keys)


def alone(library: Library, code: str) -> Library:
    """A line that speaks this language only, so that every call of it is in that language."""
    edition = library.editions[code]
    line = replace(edition.line, language=code)
    return Library(line, {code: replace(edition, line=line)})


@pytest.fixture(scope="module", params=LANGUAGES)
def atlas(library: Library, request: pytest.FixtureRequest) -> Atlas:
    own = alone(library, request.param)
    return Atlas(own, tuple(explore(own, ORDINARY)))


_seconds = cache(slow_seconds)


def said(turns: Turns) -> list[str]:
    return [say.text for turn in turns for say in ([turn] if isinstance(turn, Say) else _nested(turn))]


def _nested(turn: object) -> tuple[Say, ...]:
    return turn.says if isinstance(turn, Ask) else ()


def place_after(turns: Turns) -> Place | None:
    return next((turn.place for turn in turns if isinstance(turn, Ask)), None)


def phrase(atlas: Atlas, name: str) -> str:
    return script_of(atlas.library, atlas.library.line.language).phrase(name)


def test_the_atlas_reaches_every_topic_and_every_thing_a_caller_can_do(atlas: Atlas) -> None:
    assert {place.topic for place in atlas.places} >= set(atlas.library.own.topics) - {"urgent.emergency"}
    assert {place.at for place in atlas.places} == set(At) - {At.LANGUAGES}


def test_A1_zero_leads_to_a_person_from_everywhere(atlas: Atlas) -> None:
    for place, _, turns in atlas.of("0"):
        assert any(isinstance(turn, Transfer) for turn in turns), place


def test_A1_zero_is_never_anything_else_in_any_circumstances(atlas: Atlas) -> None:
    number = atlas.library.line.helpline.number
    for staffing, caller in product(Staffing, Caller):
        circumstances = Circumstances(staffing, caller)
        for place in atlas.places[::7]:
            turns = answer(atlas.library, place, "0", circumstances)
            dialled = [turn.number for turn in turns if isinstance(turn, Transfer)]
            after = place_after(turns)
            closed = after is not None and after.at is At.MISSED and after.key == "closed"
            assert dialled == [number] or (staffing is Staffing.CLOSED and closed), place


def test_A3_a_closed_helpline_is_said_before_anything_is_dialled_and_can_be_called_all_the_same(
    atlas: Atlas,
) -> None:
    closed = Circumstances(Staffing.CLOSED)
    turns = answer(atlas.library, begin(atlas.library), "0", closed)
    assert phrase(atlas, "helpline-closed") in said(turns)
    assert not any(isinstance(turn, Transfer) for turn in turns)
    place = place_after(turns)
    assert place is not None
    assert any(isinstance(turn, Transfer) for turn in answer(atlas.library, place, "0", closed))


def test_only_a_key_dials(atlas: Atlas) -> None:
    for place, key, turns in atlas.of(SILENCE, "", *"123456789*#"):
        if place.at is At.HELPLINE:
            continue  # 0 was pressed here; what follows its words is the transfer
        home = place.at is At.HELP and place.key == "0"
        assert home or not any(isinstance(turn, Transfer) for turn in turns), (place, key)


def test_A3_it_rings_for_at_most_30_seconds_and_every_outcome_is_answered_in_words(atlas: Atlas) -> None:
    transfers = [turn for _, _, turns in atlas.visits for turn in turns if isinstance(turn, Transfer)]
    assert transfers
    assert all(turn.ring <= 30 for turn in transfers)
    for place, key, turns in atlas.of("busy", "no-answer", "failed", "canceled"):
        number = atlas.library.line.helpline.spoken
        assert sum(text.count(number) for text in said(turns)) == 2, (place, key)
    for _, _, turns in atlas.of("answered", "completed"):
        assert said(turns)[0] == phrase(atlas, "helpline-returned")


def test_A9_star_goes_back_and_never_gets_lost(atlas: Atlas) -> None:
    for place, _, turns in atlas.of("*"):
        after = place_after(turns)
        assert after is not None, place
        if place.at not in (At.TOPIC, At.NOTICE, At.WELCOME, At.STILL_THERE, At.LANGUAGES):
            assert after.at in (At.TOPIC, At.NOTICE), place
            assert (after.topic, after.part) == (place.topic, place.part), place
        if place.at is At.TOPIC and place.topic == MENU:
            assert after.topic == URGENT
        for _ in range(4):
            if after.topic == MENU:
                break
            after = place_after(atlas.answer(after, "*"))
            assert after is not None
        assert after.topic == MENU, place


def test_star_leads_back_from_the_urgent_symptoms_to_the_very_part(atlas: Atlas) -> None:
    origins = [p for p in atlas.places if p.at is At.TOPIC and p.part > 0 and not p.topic.startswith(URGENT)]
    origins = [p for p in origins if not atlas.library.own.topics[p.topic].children and not p.silences]
    assert len(origins) > 50
    for place in origins:
        urgent = place_after(atlas.answer(place, "7"))
        assert urgent is not None
        back = place_after(atlas.answer(urgent, "*"))
        assert back is not None
        assert (back.topic, back.part) == (place.topic, place.part)


def test_A2_urgent_symptoms_are_one_key_away_or_two(atlas: Atlas) -> None:
    for place in atlas.places:
        topic = atlas.library.own.topics[place.topic]
        key = "*" if place.topic == MENU else "7"
        direct = place.at is At.TOPIC and (place.topic == MENU or not topic.children)
        offered = place.at in (At.HELPLINE, At.MISSED, At.TEXT)
        path = [key] if direct else ["7"] if offered else ["0", "7"]
        after: Place | None = place
        for one in path:
            assert after is not None
            after = place_after(atlas.answer(after, one))
        assert after is not None, place
        assert after.topic.split(".")[0] == URGENT, place


def test_A14_silence_has_its_own_words_and_keeps_the_place(atlas: Atlas) -> None:
    script = script_of(atlas.library, atlas.library.line.language)
    for place, _, turns in atlas.of(SILENCE):
        after = place_after(turns)
        if flows(script, place):
            assert after is not None
            assert (after.topic, after.at) != (place.topic, At.STILL_THERE), place
        elif place.at is At.STILL_THERE:
            assert isinstance(turns[-1], HangUp), place
        elif place.at is not At.HELPLINE or place.step == 0:
            assert after is not None, place
            assert after.topic == place.topic, place
            assert said(turns)[0] in (phrase(atlas, "silence"), phrase(atlas, "still-there")), place


def test_A12_the_third_silence_warns_then_waits_20_seconds_then_gives_the_number(atlas: Atlas) -> None:
    assert LAST_WAIT >= 20
    number = atlas.library.line.helpline.spoken
    for start in atlas.places:
        place: Place | None = start
        for _ in range(40):
            assert place is not None, start
            turns = atlas.answer(place, SILENCE)
            if any(isinstance(turn, HangUp) for turn in turns):
                break
            waited = next(turn.wait for turn in turns if isinstance(turn, Ask))
            place = place_after(turns)
        else:
            pytest.fail(f"silence never ends at {start}")
        assert place is not None
        assert place.at is At.STILL_THERE
        assert waited == LAST_WAIT
        assert said(turns)[-1].rstrip("| .۔").endswith(number)


def test_A14_A15_a_wrong_key_has_its_own_words_and_keeps_the_place(atlas: Atlas) -> None:
    wrong = phrase(atlas, "wrong")
    seen = 0
    for place, key, turns in atlas.of(*KEYS):
        if wrong not in said(turns):
            continue
        seen += 1
        after = place_after(turns)
        assert after is not None
        same = replace(place, wrongs=0, silences=0, step=0)
        if place.at in (At.WELCOME, At.NOTICE):
            same = same.origin
        assert replace(after, wrongs=0, silences=0, step=0) == same, (place, key)
        assert after.wrongs in (place.wrongs + 1, 3)
        if after.wrongs == 3:
            assert phrase(atlas, "person") in said(turns)
    assert seen > 1000


@pytest.mark.parametrize("key", ["x", "?", "\N{ARABIC-INDIC DIGIT FIVE}", "5a", "\0", "-1", " "])
def test_what_is_no_key_is_a_wrong_key(atlas: Atlas, key: str) -> None:
    for place in atlas.places[::50]:
        assert atlas.answer(place, key)


def test_A11_every_question_waits_10_seconds(atlas: Atlas) -> None:
    script = script_of(atlas.library, atlas.library.line.language)
    for _, _, turns in atlas.visits:
        for number, turn in enumerate(turns, start=1):
            if isinstance(turn, Ask) and number == len(turns) and not flows(script, turn.place):
                assert turn.wait >= WAIT >= 10


def test_A13_a_pause_holds_ten_minutes_and_goes_on_at_the_same_part(atlas: Atlas) -> None:
    assert PAUSE_WAIT * PAUSES >= 600
    paused = [place for place in atlas.places if place.at is At.PAUSE]
    assert {place.step for place in paused} == set(range(PAUSES))
    for place in paused:
        after = place_after(atlas.answer(place, "5"))
        assert after == place.origin


def test_A16_in_help_a_key_says_what_it_does_first_and_does_it_on_the_second_press(atlas: Atlas) -> None:
    script = script_of(atlas.library, atlas.library.line.language)
    helps = [p for p in atlas.places if p.at is At.HELP and not p.key and not p.step and not p.silences]
    assert len(helps) > 50
    for place, key in product(helps, "123456789#"):
        first = atlas.answer(place, key)
        assert said(first)[0] == script.key_help(key)
        armed = place_after(first)
        assert armed is not None
        second = atlas.answer(armed, key)
        direct = atlas.answer(place.origin, key)
        assert second == (direct if key != "8" else atlas.answer(place.origin, ""))


def test_A17_a_new_pace_is_kept_by_every_other_key(atlas: Atlas) -> None:
    for place in atlas.places[::11]:
        for pace, key in product(PACES, inputs_at(place)):
            if key in ("2", "3"):
                continue
            there = atlas.answer(replace(place, pace=pace), key)
            for turn in there:
                if isinstance(turn, Ask):
                    assert turn.place.pace is pace
                    assert {say.pace for say in turn.says} <= {pace}


def test_A17_slower_and_faster_go_one_step_and_say_when_there_is_none(atlas: Atlas) -> None:
    topic = atlas.library.own.leaflet[0].id
    start = Place(atlas.library.line.language, topic=topic)
    expected = {
        (Pace.SLOW, "2"): (Pace.SLOW, "slowest"), (Pace.NORMAL, "2"): (Pace.SLOW, ""),
        (Pace.FAST, "2"): (Pace.NORMAL, ""), (Pace.SLOW, "3"): (Pace.NORMAL, ""),
        (Pace.NORMAL, "3"): (Pace.FAST, ""), (Pace.FAST, "3"): (Pace.FAST, "fastest"),
    }  # fmt: skip
    for (pace, key), (after, word) in expected.items():
        turns = atlas.answer(replace(start, pace=pace), key)
        assert place_after(turns) == replace(start, pace=after)
        assert not word or said(turns)[0] == phrase(atlas, word)


def test_A19_every_topic_says_where_the_caller_is(atlas: Atlas) -> None:
    script = script_of(atlas.library, atlas.library.line.language)
    for topic in atlas.library.own.topics.values():
        if topic.id != MENU:
            turns = atlas.answer(Place(script.edition.language, topic=topic.id), "")
            assert said(turns)[0] == script.heading(topic)


def test_A20_nothing_runs_over_40_seconds_without_a_stop_at_the_slow_pace(atlas: Atlas) -> None:
    closed = Circumstances(Staffing.CLOSED, Caller.FOREIGN)
    for place, key, turns in atlas.visits:
        elsewhere = key == "0" or place.at in (At.HELPLINE, At.MISSED, At.TEXT)
        for turn in (*turns, *(answer(atlas.library, place, key, closed) if elsewhere else ())):
            assert sum(map(_seconds, said((turn,)))) <= 40, (place, key, said((turn,)))


def test_A25_everything_said_has_been_listed_so_that_its_sound_can_be_made(atlas: Atlas) -> None:
    listed = set(script_of(atlas.library, atlas.library.line.language).every_text())
    spoken = {text for _, _, turns in atlas.visits for text in said(turns)}
    for staffing, caller, texts in product(Staffing, Caller, (True, False)):
        for place in atlas.places[::11]:
            if place.at in (At.HELPLINE, At.MISSED, At.TEXT):
                for key in inputs_at(place):
                    spoken |= set(
                        said(answer(atlas.library, place, key, Circumstances(staffing, caller, texts)))
                    )
    assert spoken <= listed
    assert listed - spoken <= set(atlas.library.own.hours) | _only_with_other_facts(atlas)


def _only_with_other_facts(atlas: Atlas) -> set[str]:
    """Texts of what the atlas does not do: change the pace, choose a language, meet an edit, reach what has no key."""
    script = script_of(atlas.library, atlas.library.line.language)
    kinds = [kind for kind in atlas.library.own.kinds if not kind.option]
    texts = {script.offer(1), *(script.phrase(name) for name in ("slowest", "fastest", "gone"))}
    for kind in kinds:
        texts |= {script.heading(kind), *(part.text for part in kind.parts)}
        texts |= {text for stop in script.stops(kind) for text in stop}
        for part in range(len(kind.parts) + 1):
            texts |= set(script.where(kind, part))
    return texts


def test_A30_a_text_is_sent_on_the_second_9_and_only_to_a_mobile(atlas: Atlas) -> None:
    start = Place(atlas.library.line.language, topic=atlas.library.own.leaflet[0].id)
    for caller, texts in product(Caller, (True, False)):
        circumstances = Circumstances(caller=caller, texts=texts)
        asked = place_after(answer(atlas.library, start, "9", circumstances))
        assert asked is not None
        sent = answer(atlas.library, asked, "9", circumstances)
        assert isinstance(sent[0], TextMe) == (texts and caller is Caller.MOBILE)
    assert not [key for _, key, turns in atlas.visits for t in turns if isinstance(t, TextMe) and key != "9"]


def test_a_place_survives_its_url(atlas: Atlas) -> None:
    for place in atlas.places:
        path, _, query = place.path.partition("?")
        assert read_place(path, query) == place


@pytest.mark.parametrize(
    "path",
    [
        "",
        "en",
        "en/topic/5",
        "en/topic/5/x",
        "en/topic/5/-1",
        "en/nowhere/5/0",
        "en/topic/5/0/0",
        "en/topic/5/100",
    ],
)
def test_what_is_no_place_is_none(path: str) -> None:
    assert read_place(path, "") is None


def test_a_place_that_is_gone_leads_to_the_menu_and_says_so(atlas: Atlas) -> None:
    for place in (Place("en", topic="77"), Place("xx"), Place("en", topic="5.9.9", part=4)):
        turns = atlas.answer(place, "")
        assert said(turns)[0] == phrase(atlas, "gone")
        after = place_after(turns)
        assert after is not None
        assert after.topic == MENU


def _sound(say: Say) -> Url:
    return Url(f"/audio/{abs(hash(say)):032d}.mp3")


@pytest.fixture(scope="module")
def documents(atlas: Atlas) -> dict[str, bytes]:
    """One document for each kind of turns there is: by the names and number of their verbs."""
    found: dict[str, bytes] = {}
    for _, _, turns in atlas.visits:
        if isinstance(turns[0], TextMe):
            continue
        shape = " ".join(f"{type(t).__name__}{len(t.says) if isinstance(t, Ask) else ''}" for t in turns)
        place = place_after(turns)
        name = f"{shape} {place.at if place else ''}"
        if name not in found:
            found[name] = render(turns, _sound, "+442079460000")
    return found


def test_every_document_is_in_the_portable_subset_and_small(documents: dict[str, bytes]) -> None:
    assert len(documents) > 20
    for document in documents.values():
        assert read(document)
        assert len(document) < 64 * 1024


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the carrier's schemas are not beside this checkout")
def test_every_document_is_valid_against_the_carriers_schema(documents: dict[str, bytes]) -> None:
    schema = xmlschema.XMLSchema(SCHEMAS / "twiml_v20100401_twilioRealtimeCallSchema.xsd")
    for document in documents.values():
        schema.validate(document.decode())


def test_each_language_is_offered_in_itself_within_15_seconds_and_every_key_works_there(
    library: Library,
) -> None:
    start = begin(library)
    (ask,) = answer(library, start, "", ORDINARY)
    assert isinstance(ask, Ask)
    assert [say.language for say in ask.says] == list(library.editions)
    assert sum(slow_seconds(say.text) for say in ask.says) * NORMAL_OVER_SLOW <= 15
    for key, code in enumerate(library.editions, start=1):
        chosen = place_after(answer(library, start, str(key), ORDINARY))
        assert chosen is not None
        assert (chosen.language, chosen.at) == (code, At.WELCOME)
    assert any(isinstance(turn, Transfer) for turn in answer(library, start, "0", ORDINARY))
    urgent = place_after(answer(library, start, "*", ORDINARY))
    assert urgent is not None
    assert urgent.topic == URGENT
    for key in (SILENCE, "9"):
        again = place_after(answer(library, start, key, ORDINARY))
        assert again is not None
        assert again.at is At.LANGUAGES


def test_a_language_is_kept_for_the_call_and_changed_with_hash_at_the_main_menu(library: Library) -> None:
    for code in library.editions:
        menu = Place(code)
        topic = place_after(answer(library, menu, "3", ORDINARY))
        assert topic is not None
        assert topic.language == code
        changing = place_after(answer(library, menu, "#", ORDINARY))
        assert changing is not None
        assert changing.at is At.LANGUAGES


def test_nothing_said_in_a_language_without_a_carriers_voice_depends_on_one(
    atlas: Atlas, languages: dict[str, Language]
) -> None:
    """A sound is found for whatever has been listed, made or not; only what is not listed would need that voice."""
    assert "ur" in [code for code, language in languages.items() if not language.say]
    code = atlas.library.line.language
    listed = set(script_of(atlas.library, code).every_text())
    assert languages[code].say or all(set(said(turns)) <= listed for _, _, turns in atlas.visits)
