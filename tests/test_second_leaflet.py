"""The promise that another charity's `prompts/` and `locales/` make another line, with no change to the code."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import test_atlas
from callers import Caller, settings_in
from flask import Flask
from test_languages import INVARIANTS, run_in
from test_texts import Texter

from ivr.app import create_app
from ivr.config import read_settings
from ivr.content.model import Library
from ivr.dialogue.atlas import explore
from ivr.dialogue.call import answer, begin
from ivr.dialogue.turns import Transfer
from ivr.shelf import load
from ivr.telephony.carrier import Carrier
from ivr.telephony.reach import wsgi_send

ROOT = Path(__file__).resolve().parent.parent
SECOND = ROOT / "tests" / "second"
HELPLINE, SPOKEN = "+448081570462", "0808 157 0462"
PLACES = {"PROMPTS": str(SECOND / "prompts"), "LOCALES": str(SECOND / "locales")}
FIRST = re.compile(r"breast|\bbones?\b|cancer|canser|asgwrn|0808 800 6000|8088006000|x-?geva", re.IGNORECASE)


@pytest.fixture(scope="module")
def second() -> Library:
    return load(SECOND / "prompts", SECOND / "locales")[0]


@pytest.fixture(scope="module", params=["en", "cy"])
def atlas(second: Library, request: pytest.FixtureRequest) -> test_atlas.Atlas:
    own = test_atlas.alone(second, request.param)
    return test_atlas.Atlas(own, tuple(explore(own, test_atlas.ORDINARY)))


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return create_app(settings_in(tmp_path, SERVE_UNREVIEWED="cy", **PLACES))


@pytest.fixture(scope="module")
def texter(tmp_path_factory: pytest.TempPathFactory) -> Texter:
    folder = tmp_path_factory.mktemp("second")
    settings = read_settings(
        PLACES | {"DATABASE_URL": f"sqlite:///{folder}/line.sqlite", "AUDIO": str(folder)}
    )
    send = wsgi_send(create_app(settings))
    return Texter(Carrier(send, settings.account_sid, settings.auth_tokens[0], settings.public_url))


def test_its_texts_its_catalogs_and_its_translation_have_nothing_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    result = run_in(SECOND, capsys, "check")
    first, *facts = result.stdout.splitlines()
    assert (result.exit_code, first) == (0, "No problems: 6 topics and 4 urgent kinds.")
    assert all(fact.startswith("prompts/line.toml:") for fact in facts)
    assert run_in(SECOND, capsys, "catalogs", "--check").exit_code == 0
    result = run_in(SECOND, capsys, "check", "--language", "cy")
    assert (result.exit_code, result.stdout) == (
        0, "Cymraeg (cy) is on the line; nobody has reviewed it. 0 error(s), 0 warning(s).\n",
    )  # fmt: skip


@pytest.mark.parametrize("invariant", INVARIANTS, ids=[test.__name__ for test in INVARIANTS])
def test_what_holds_in_the_first_leaflet_holds_in_the_second(
    atlas: test_atlas.Atlas, invariant: Callable[[test_atlas.Atlas], None]
) -> None:
    invariant(atlas)


def test_its_two_languages_are_offered_and_zero_reaches_its_own_helpline(second: Library) -> None:
    assert list(second.editions) == ["en", "cy"]
    assert not second.editions["cy"].reviewed
    turns = answer(second, begin(second), "0", test_atlas.ORDINARY)
    assert [turn.number for turn in turns if isinstance(turn, Transfer)] == [HELPLINE]


def test_nothing_of_the_first_leaflet_is_ever_said_or_texted(
    atlas: test_atlas.Atlas, second: Library, library: Library
) -> None:
    heard = {text for _, _, turns in atlas.visits for text in test_atlas.said(turns)}
    written = {topic.sms for edition in second.editions.values() for topic in edition.topics.values()}
    written |= {text for edition in second.editions.values() for text in edition.phrases.values()}
    assert len(heard) > 100
    assert not [text for text in heard | written if FIRST.search(text)]
    leaflet = {part.text for topic in library.own.topics.values() for part in topic.parts}
    general = {part.text for part in second.own.topics["urgent"].parts}  # how to reach 999 without speech
    assert not heard & (leaflet - general)


def test_a_signed_call_goes_through_it_in_both_languages(app: Flask) -> None:
    caller = Caller(app).rings()
    assert "For English" in caller.heard
    assert "This is the gout information line" in caller.presses("1").heard
    assert "last reviewed in March 2026" in caller.presses("3").heard
    assert "Section 3 of 4: Treating gout" in caller.stays_silent().heard
    assert "Allopurinol is the tablet" in caller.presses("2").heard
    assert "Bramblewick Gout Trust" in caller.presses("0").heard
    welsh = Caller(app).rings().presses("2")
    assert "llinell wybodaeth am y gowt" in welsh.heard
    assert not FIRST.search(caller.heard_in_all + welsh.heard_in_all)


def test_the_same_words_are_understood_in_a_conversation_in_welsh(texter: Texter) -> None:
    assert "Beth ydyw" in texter.texts("cymraeg")[0]
    assert texter.texts("rwyn chwydu gwaed")[0].startswith("Ffoniwch 999 nawr: chwydu gwaed")


def test_a_sound_of_it_is_made_when_it_is_asked_for(app: Flask) -> None:
    key = re.search(r"/audio/\w+\.mp3", str(Caller(app).rings().presses("1").call.said[-1]))
    assert key is not None
    sound = app.test_client().get(key.group())
    assert (sound.status_code, sound.mimetype) == (200, "audio/mpeg")
    assert len(sound.data) > 2000


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("ive been vomiting blood since last night", "Call 999 now: vomiting blood"),
        ("knee is hot and i have a temperature", "Hot, swollen joint and a high temperature"),
        ("URGENT", "Call 999: collapse"),
        ("BRYS", "Ffoniwch 999: llewygu"),
        ("3.2", "Allopurinol or febuxostat"),
        ("3.2 CY", "Mae allopurinol neu febuxostat"),
        ("allopurinol", "Allopurinol or febuxostat"),
        ("can i drink beer", "Drink plenty of water"),
        ("513", "Vomiting blood: 999."),  # a number of the first leaflet: here there is none, so the menu
        ("denosumab", "Vomiting blood: 999."),
    ],
)
def test_a_text_gets_its_own_answer(texter: Texter, text: str, begins: str) -> None:
    texter._cookie = ""  # each of these begins a conversation
    bodies = texter.texts(text)
    assert bodies[0].startswith(begins)
    assert SPOKEN in bodies[0]
    assert not FIRST.search(" ".join(bodies))


# -- the code knows nothing of either

# Words that stand in the first leaflet's titles and in this code too, where they mean something else.
COMMON = {
    "broken": "of a connection",
    "side": "of a word list, of a page",
    "sign": "of a webhook, a character, a sign of danger",
}
# Where a word of the first leaflet may stand, and why.
EXCUSED = {
    ("content/newcomer.py", "drugs"): "a comment in the file of a new language, on what belongs there",
    ("content/newcomer.py", "xgeva"): "an example in that comment, commented out; nobody hears it",
    ("web/static/phone-words.js", "0808 800 6000"): "two comments show how a number is grouped",
    ("web/static/phone-words.js", "8088006000"): "the same",
    ("content/checks/spoken.py", "pain"): "a caller in pain: why a rule is there",
}


def test_the_code_names_nothing_of_the_first_leaflet(library: Library, second: Library) -> None:
    """A name, a drug or a number in the code would be said on every charity's line, right on only one of them."""
    told = " ".join(f"{topic.title} {topic.id.rpartition('.')[2]}" for topic in library.own.topics.values())
    told += f" {library.line.name} {library.line.helpline.name} xgeva zometa herceptin macmillan"
    any_line = _words(
        " ".join(second.own.phrases.values()),
        *(
            f"{t.title} {t.option} {t.sms} {' '.join(p.text for p in t.parts)}"
            for t in second.own.topics.values()
        ),
    )
    own = _words(told) - any_line - COMMON.keys()
    assert own > {
        "breast",
        "bone",
        "bones",
        "cancer",
        "denosumab",
        "spine",
        "calcium",
        "marrow",
        "xgeva",
    }
    names = [*sorted(own), "0808 800 6000", "8088006000"]
    found = {
        (str(path.relative_to(ROOT / "ivr")), name)
        for path in sorted((ROOT / "ivr").rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
        for text in [path.read_text(encoding="utf-8").casefold()]
        for name in names
        if re.search(rf"(?<![a-z]){re.escape(name)}(?![a-z])", text)
    }
    assert found - EXCUSED.keys() == set()


def _words(*texts: str) -> set[str]:
    """The words of four letters or more."""
    return set(re.findall(r"[a-z]{4,}", " ".join(texts).casefold()))
