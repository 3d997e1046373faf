"""A notice: heard first by every caller, texted before every summary, for as long as it holds."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import test_atlas
from callers import ROOT, Caller, line_with, settings_in
from content.small import SPOKEN, write_small_line
from test_languages import Ended, run_in

from ivr.content.model import Library
from ivr.dialogue.atlas import explore
from ivr.dialogue.call import answer, begin
from ivr.dialogue.circumstances import Circumstances
from ivr.dialogue.moves import SILENCE
from ivr.dialogue.place import At, Place
from ivr.dialogue.script import script_of
from ivr.dialogue.turns import Transfer
from ivr.shelf import load
from ivr.text.timing import slow_seconds
from ivr.texting import Texter, load_words

CLOSED = "The helpline is closed until Monday. In an emergency call 999."
RECALL = "The tablets called Plum have been recalled. Take them back to your pharmacist."
BEFORE, DURING, AFTER = (datetime(2026, 12, day, 12, tzinfo=UTC) for day in (19, 22, 25))
Run = Callable[..., Ended]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The small line with two notices: one until the 24th of December, one from the 20th until then."""
    folder = write_small_line(tmp_path)
    write(folder, "closed", CLOSED, sms="Closed until Monday.")
    write(folder, "recall", RECALL, begins="2026-12-20")
    return folder


def write(folder: Path, name: str, text: str, sms: str = "", begins: str = "") -> None:
    path = folder / "prompts" / "notices" / f"{name}.md"
    path.parent.mkdir(exist_ok=True)
    more = (f"sms: {sms}\n" if sms else "") + (f"from: {begins}\n" if begins else "")
    path.write_text(f"---\nuntil: 2026-12-24\n{more}---\n{text}\n", encoding="utf-8")


def read(folder: Path) -> Library:
    return load(folder / "prompts", folder / "locales")[0]


@pytest.fixture
def caller(small: Path) -> Callable[[datetime], Caller]:
    """A caller of the small line at a moment."""
    places = {name: str(small / name.lower()) for name in ("PROMPTS", "LOCALES")}
    return lambda now: Caller(line_with(settings_in(small, **places), now=lambda: now)).rings()


def test_the_notices_of_the_day_come_right_after_the_safety_text_one_by_one(
    caller: Callable[[datetime], Caller],
) -> None:
    call = caller(DURING)
    assert "If someone collapses" in call.heard
    assert CLOSED in call.stays_silent().heard
    assert RECALL in call.stays_silent().heard
    assert "apples" in call.stays_silent().heard
    call.presses("1").stays_silent(3)
    assert call.heard_in_all.count(CLOSED) == call.heard_in_all.count(RECALL) == 1


def test_before_its_first_day_and_after_its_last_it_is_not_heard(
    caller: Callable[[datetime], Caller],
) -> None:
    early = caller(BEFORE).stays_silent(2)
    assert CLOSED in early.heard_in_all
    assert RECALL not in early.heard_in_all
    late = caller(AFTER).stays_silent()
    assert "apples" in late.heard
    assert CLOSED not in late.heard_in_all


@pytest.mark.parametrize(
    ("moment", "heard"),
    [
        ("2026-12-24T23:59:00+00:00", True),
        ("2026-12-25T00:01:00+00:00", False),
        ("2026-12-24T22:30:00-03:00", False),  # the line is in London, where it is the 25th
    ],
)
def test_the_day_is_that_of_the_line(
    caller: Callable[[datetime], Caller], moment: str, *, heard: bool
) -> None:
    assert (CLOSED in caller(datetime.fromisoformat(moment)).stays_silent().heard) is heard


def test_a_key_over_the_welcome_counts_after_the_notices(caller: Callable[[datetime], Caller]) -> None:
    call = caller(DURING)
    assert call.presses("1").heard == CLOSED
    assert call.stays_silent().heard == RECALL
    assert "This is about apples" in call.stays_silent(2).heard


def test_several_keys_in_one_request_are_kept_together(small: Path) -> None:
    library = read(small)
    today = Circumstances(notices=("closed",))
    place = Place("en", At.WELCOME, new=True)
    (ask,) = answer(library, place, "21", today)
    assert test_atlas.said((ask,)) == [CLOSED]
    after = test_atlas.place_after(answer(library, test_atlas.place_after((ask,)) or place, SILENCE, today))
    assert after is not None
    assert (after.topic, after.at) == ("2.1", At.NOTICE)


def test_a_key_over_a_notice_and_star_and_zero_over_the_welcome_act_at_once(
    caller: Callable[[datetime], Caller],
) -> None:
    call = caller(DURING).stays_silent().presses("1")
    assert RECALL not in call.heard_in_all
    assert "This is about apples" in call.stays_silent().heard
    assert "Call 999 if someone collapses" in caller(DURING).presses("*").heard
    assert CLOSED not in caller(DURING).presses("0").heard_in_all


def test_a_notice_that_ends_at_midnight_in_the_middle_of_a_call_leaves_it_where_it_was(small: Path) -> None:
    library = read(small)
    place = Place("en", At.WELCOME, step=2, key="3", new=True)
    after = test_atlas.place_after(answer(library, place, SILENCE, Circumstances()))
    assert after is not None
    assert after.topic == "3"
    assert test_atlas.said(answer(library, place, "", Circumstances()))


@pytest.fixture(scope="module")
def noticed(tmp_path_factory: pytest.TempPathFactory) -> test_atlas.Atlas:
    """Every place of the small line while two notices hold."""
    folder = write_small_line(tmp_path_factory.mktemp("noticed"))
    write(folder, "closed", CLOSED)
    write(folder, "recall", RECALL)
    library = read(folder)
    today = Circumstances(notices=("closed", "recall"))
    return test_atlas.Atlas(library, tuple(explore(library, today)))


def test_the_atlas_holds_while_there_are_notices(noticed: test_atlas.Atlas) -> None:
    heard = {text for _, _, turns in noticed.visits for text in test_atlas.said(turns)}
    assert {CLOSED, RECALL} <= heard <= set(script_of(noticed.library, "en").every_text())
    assert {place.step for place in noticed.places if place.at is At.WELCOME} == {0, 1, 2}
    test_atlas.test_A1_zero_leads_to_a_person_from_everywhere(noticed)
    test_atlas.test_A9_star_goes_back_and_never_gets_lost(noticed)
    test_atlas.test_a_place_survives_its_url(noticed)
    for place, key, turns in noticed.visits:
        if place.at is At.WELCOME:
            assert sum(map(slow_seconds, test_atlas.said(turns))) <= 40, (place, key)
            dials = any(isinstance(turn, Transfer) for turn in turns)
            assert dials == (key == "0"), (place, key)


def test_without_notices_nothing_is_different(small: Path) -> None:
    library = read(small)
    plain = Library(library.line, {"en": replace(library.own, notices=())})
    for key in ("", "1", "#", "x", SILENCE, "21"):
        place = replace(begin(plain), at=At.WELCOME)
        assert answer(library, place, key, Circumstances()) == answer(plain, place, key, Circumstances())


# -- texts


def texter(folder: Path, now: datetime) -> Texter:
    library = read(folder)
    return Texter(library, load_words(library, folder / "locales"), None, lambda: now)


def test_a_summary_is_texted_after_the_notices_of_the_day(small: Path) -> None:
    bodies = texter(small, DURING).answer("1", "").bodies
    assert bodies[:2] == ("Closed until Monday.", RECALL)
    assert [SPOKEN in body for body in bodies] == [False, False, True]
    assert len(texter(small, AFTER).answer("1", "").bodies) == 1


def test_nothing_stands_before_what_is_urgent(small: Path) -> None:
    (small / "locales/en/understanding.yaml").write_text("urgent:\n  fire:\n    phrases: [on fire]\n")
    assert texter(small, DURING).answer("the house is on fire", "").bodies[0].startswith("Call now.")


# -- in another language


def test_it_is_translated_like_every_text_and_until_then_heard_as_it_was_written(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_in(small, capsys, "language", "add", "it").exit_code == 0
    catalog = small / "locales/it/LC_MESSAGES/leaflet.po"
    text = catalog.read_text(encoding="utf-8")
    assert 'msgctxt "notices.recall"' in text
    library = load(ROOT / "prompts", ROOT / "locales")[0]
    mine = read(small).own.notices
    foreign = replace(library.editions["cy"], notices=tuple(replace(n, language="en") for n in mine))
    both = Library(library.line, {"en": replace(library.own, notices=mine), "cy": foreign})
    place = Place("cy", At.WELCOME, new=True)
    (ask,) = answer(both, place, SILENCE, Circumstances(notices=("closed",)))
    assert [(say.text, say.language) for say in ask.says] == [(CLOSED, "en")]
    assert CLOSED not in set(script_of(both, "cy").every_text())


# -- the command


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    write_small_line(tmp_path)
    return lambda *arguments: run_in(tmp_path, capsys, *arguments)


def test_one_command_puts_a_notice_on_the_line(run: Run, tmp_path: Path) -> None:
    result = run("notice", CLOSED, "--until", "2099-12-24", "--from", "2099-12-23", "--sms", "It's: closed")
    assert (result.exit_code, result.stderr) == (0, "")
    (notice,) = read(tmp_path).own.notices
    assert (notice.text, notice.texted, str(notice.begins), str(notice.until)) == (
        CLOSED, "It's: closed", "2099-12-23", "2099-12-24",
    )  # fmt: skip
    assert run("notice", RECALL, "--until", "2099-12-24").exit_code == 0
    assert [n.id for n in read(tmp_path).own.notices] == ["until-2099-12-24", "until-2099-12-24-2"]
    assert run("check").stdout == "No problems: 4 topics and 2 urgent kinds.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((CLOSED, "--until", "2026-11-01"), 1, "2026-11-01 is over."),
        ((CLOSED, "--until", "Christmas"), 2, "does not match the format"),
        ((CLOSED,), 2, "--until"),
        (("word " * 40, "--until", "2099-12-24"), 1, "12 is the most."),
        (("Call **now**.", "--until", "2099-12-24"), 1, "Use plain words only"),
        (("", "--until", "2099-12-24"), 1, "Write one paragraph"),
        ((CLOSED, "--until", "2099-12-24", "--sms", "x" * 161), 1, "1 is the most."),
        ((CLOSED, "--until", "2099-12-24", "--from", "2099-12-25"), 1, "has ended by then"),
    ],
)
def test_what_is_no_notice_changes_nothing(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], code: int, told: str
) -> None:
    result = run("notice", *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert told in result.stderr
    assert not list((tmp_path / "prompts").glob("notices/*"))


def test_check_warns_of_a_notice_that_has_ended_and_is_fine_all_the_same(run: Run, tmp_path: Path) -> None:
    write(tmp_path, "closed", CLOSED)
    path = tmp_path / "prompts/notices/closed.md"
    path.write_text(path.read_text().replace("2026-12-24", "2026-11-01"))
    result = run("check")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (
        0, "prompts/notices/closed.md:1: warning notice-over: This notice ended on 2026-11-01; nobody hears it now. "
        "Delete the file, or write a later date after until:.",
    )  # fmt: skip
    assert '"gravity": "warning"' in run("check", "--json").stdout
