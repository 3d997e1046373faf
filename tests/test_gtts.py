"""Google's voices through gTTS, against a server on this machine; the order of engines; and what replaces what."""

import json
import math
import subprocess
import sys
from array import array
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest
from gtts import gTTS
from gtts.lang import tts_langs

from ivr.app import create_app
from ivr.config import ENGINES, read_settings
from ivr.content.model import Library
from ivr.dialogue.place import Pace
from ivr.languages import Language
from ivr.speech import audio
from ivr.speech.audio import Pcm
from ivr.speech.chain import Chain, Choice
from ivr.speech.engine import EngineError, SpeechError
from ivr.speech.engines import chain_of
from ivr.speech.espeak import EspeakEngine
from ivr.speech.gtts import LONGEST_TEXT, VOICES, GttsEngine
from ivr.speech.parts import cut
from ivr.speech.patience import LONGEST_PAUSE, LONGEST_WAIT, PAUSE, TRIES, Patience
from ivr.speech.sounds import Sounds
from ivr.speech.store import Store
from ivr.speech.stretch import stretch
from tests import google as fake
from tests.callers import Caller, settings_in
from tests.google import Google

ROOT = Path(__file__).resolve().parent.parent
ENGLISH = Language("en", "English", "ltr", "en", "Polly.Amy", "en-GB", "")
NO_VOICE = replace(ENGLISH, code="ga", espeak="ga")
TEXT = "Denosumab is an injection."
LONG = (
    "Denosumab is a targeted treatment. It was made for secondary breast cancer in the bone. You have it as an "
    "injection under the skin, usually once every four weeks, and you may have it at the hospital or at home."
)


class Clock:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now, self.waits = 1000.0, []  # type: tuple[float, list[float]]

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def google() -> Iterator[Google]:
    with fake.google() as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(google: Google, clock: Clock) -> GttsEngine:
    return GttsEngine(google.address, Patience(clock.wait, lambda: clock.now), (1.0, 0.5))


def first(*acts: Callable[..., None]) -> Callable[[int, str], Callable[..., None] | None]:
    """The first requests are answered so, and all others well."""
    return lambda number, text: acts[number - 1] if number <= len(acts) else None


def always(act: Callable[..., None]) -> Callable[[int, str], Callable[..., None]]:
    return lambda number, text: act


def say(engine: GttsEngine, text: str = TEXT, pace: Pace = Pace.NORMAL) -> Pcm:
    return engine.speak(text, "en co.uk", pace)


# ---- What is sent, and what is heard


def test_a_text_is_heard_in_our_own_format(engine: GttsEngine, google: Google) -> None:
    heard = say(engine)
    original = audio.trim(EspeakEngine().speak(TEXT, "en", Pace.NORMAL))
    assert heard.rate == audio.RATE
    assert heard.seconds == pytest.approx(original.seconds, abs=0.1)
    assert google.asked == [(TEXT, "en", None)]


def test_a_long_text_is_sent_in_short_parts_cut_where_a_reader_breathes(
    engine: GttsEngine, google: Google
) -> None:
    say(engine, LONG)
    assert google.texts == [
        "Denosumab is a targeted treatment. It was made for secondary breast cancer in the bone.",
        "You have it as an injection under the skin, usually once every four weeks,",
        "and you may have it at the hospital or at home.",
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("Short.", [("Short.", 0.0)]),
        ("x" * 10, [("x" * 10, 0.0)]),
        ("x" * 11, [("x" * 10, 0.06), ("x", 0.0)]),
        ("Yes. No, no.", [("Yes.", 0.35), ("No, no.", 0.0)]),
        ("123456789. No", [("123456789.", 0.35), ("No", 0.0)]),
        ("One, two three", [("One,", 0.2), ("two three", 0.0)]),
        ("3.5 mg or 4,000", [("3.5 mg or", 0.06), ("4,000", 0.0)]),
        ("ہاں۔ جی نہیں، نہیں", [("ہاں۔", 0.35), ("جی نہیں،", 0.2), ("نہیں", 0.0)]),
        ("हाँ। जी नहीं है", [("हाँ।", 0.35), ("जी नहीं है", 0.0)]),
    ],
)
def test_where_a_text_is_cut(text: str, parts: list[tuple[str, float]]) -> None:
    assert cut(text, 10) == parts


@pytest.mark.parametrize(("pace", "factor"), [(Pace.SLOW, 1.37), (Pace.NORMAL, 1.0), (Pace.FAST, 0.8)])
def test_the_pace_is_stretched_from_one_request(
    engine: GttsEngine, google: Google, pace: Pace, factor: float
) -> None:
    assert say(engine, LONG, pace).seconds == pytest.approx(say(engine, LONG).seconds * factor, rel=0.02)
    assert len(google.asked) == 3


@pytest.mark.parametrize("factor", [1.37, 0.8])
def test_stretched_speech_keeps_its_pitch_and_its_level(factor: float) -> None:
    tone = [round(9000 * math.sin(math.tau * 150 * at / 22_050)) for at in range(44_100)]
    heard = stretch(Pcm(22_050, array("h", tone)), factor)
    rising = sum(before < 0 <= after for before, after in pairwise(heard.samples))
    assert heard.seconds == pytest.approx(2 * factor, rel=0.02)
    assert rising / heard.seconds == pytest.approx(150, rel=0.01)
    blocks = [heard.samples[at : at + 294] for at in range(0, len(heard.samples) - 294, 147)]
    assert min(max(block) for block in blocks) > 8000


@pytest.mark.parametrize("length", [0, 1, 440, 1322, 1323, 1764])
def test_the_shortest_sounds_are_stretched_or_left(length: int) -> None:
    for factor in (1.37, 0.8, 3.0):
        assert stretch(Pcm(22_050, array("h", [100] * length)), factor).seconds >= 0


@pytest.mark.parametrize(
    ("code", "sent"),
    [("pt-PT", "pt-PT"), ("pt-BR", "pt"), ("he", "iw")]
    + [
        (code, code)
        for code in ["cy", "pl", "ur", "en", "ro", "pa", "pt", "es", "ar", "bn", "gu", "it", "hi", "fr"]
    ],
)
def test_every_language_that_was_asked_for_has_a_voice(
    engine: GttsEngine, google: Google, code: str, sent: str
) -> None:
    google.act = always(fake.says(fake.answer(fake.speak(TEXT, "en"))))
    engine.speak(TEXT, engine.voice(replace(ENGLISH, code=code)), Pace.NORMAL)
    assert google.asked == [(TEXT, sent, None)]


def test_the_table_of_voices_is_that_of_the_installed_gtts() -> None:
    ours = {voice.partition(" ")[0] for voice in VOICES.values()}
    assert ours == set(tts_langs()) - {"zh"}  # Chinese of no country
    assert VOICES["pt-PT"] == "pt-PT pt"
    assert LONGEST_TEXT == gTTS.GOOGLE_TTS_MAX_CHARS


def test_a_language_without_a_voice_is_said_so(engine: GttsEngine, google: Google) -> None:
    assert engine.voice(NO_VOICE) == ""
    with pytest.raises(SpeechError, match=r"gtts has no voice 'ga'\. Let another engine"):
        engine.speak("Dia duit.", "ga", Pace.NORMAL)
    assert google.asked == []


# ---- When Google does not answer well


@pytest.mark.parametrize(
    "fault",
    [
        fake.status(429), fake.status(503), fake.status(500), fake.cut_short, fake.cut_silently, fake.hang, fake.drip,
        fake.says(b""), fake.says(b"<html>Before you continue</html>"), fake.says(fake.answer(b"no MP3" * 900)),
        fake.says(fake.answer(fake.BLIP)), fake.says(fake.answer(fake.SILENCE)),
        fake.status(302, Location="https://www.google.com/sorry/index?continue=x"),
    ],
    ids=[
        "429", "503", "500", "cut", "cut silently", "hangs", "drips", "empty", "page", "no MP3", "blip", "silence",
        "sorry",
    ],
)  # fmt: skip
def test_what_failed_is_asked_again_and_then_heard(
    engine: GttsEngine, google: Google, clock: Clock, fault: Callable[..., None]
) -> None:
    google.act = first(fault, fault)
    assert say(engine).seconds > 1
    assert google.texts == [TEXT] * 3
    assert clock.waits == [2.0, 4.0]


@pytest.mark.parametrize(
    ("fault", "says", "asked"),
    [
        (fake.status(429), "asks for fewer requests: 429", TRIES),
        (fake.status(503), "answers: 503", TRIES),
        (fake.hang, "cannot be reached: .*timed out", TRIES),
        (fake.cut_short, "cannot be reached: IncompleteRead", TRIES),
        (fake.drip, "took too long", TRIES),
        (fake.says(fake.answer(fake.BLIP)), "cut short", TRIES),
        (fake.says(b"x" * 3_000_000), "too large", 1),
        (fake.status(403), "answers: 403", 1),
        (fake.status(302, Location="https://elsewhere.example/"), "answers: 302", 1),
    ],
    ids=["429", "503", "hangs", "cut", "drips", "blip", "large", "403", "redirect"],
)
def test_what_goes_on_failing_is_the_engines_fault_and_is_told(
    engine: GttsEngine, google: Google, fault: Callable[..., None], says: str, asked: int
) -> None:
    google.act = always(fault)
    with pytest.raises(EngineError, match=says):
        say(engine)
    assert len(google.asked) == asked


@pytest.mark.parametrize("body", [fake.answer(None), fake.answer(b"")], ids=["null", "0 bytes"])
def test_an_answer_without_a_sound_is_the_texts_fault(
    engine: GttsEngine, google: Google, body: bytes
) -> None:
    google.act = always(fake.says(body))
    for pace in Pace:
        with pytest.raises(SpeechError, match="no sound for this text") as caught:
            say(engine, pace=pace)
        assert not isinstance(caught.value, EngineError)
    assert len(google.asked) == 1


def test_nobody_there_is_said_so(clock: Clock) -> None:
    with fake.google() as server:
        address = server.address
    with pytest.raises(EngineError, match="cannot be reached: ConnectionRefused"):
        say(GttsEngine(address, Patience(clock.wait, lambda: clock.now)))


def test_only_the_part_that_failed_is_asked_again(engine: GttsEngine, google: Google) -> None:
    google.act = lambda number, text: fake.status(503) if number == 2 else None
    say(engine, LONG)
    one, two, three = dict.fromkeys(google.texts)
    assert google.texts == [one, two, two, three]


def test_a_text_that_failed_is_not_asked_again_at_its_other_paces(
    engine: GttsEngine, google: Google, clock: Clock
) -> None:
    google.act = always(fake.status(503))
    for pace in Pace:
        with pytest.raises(EngineError, match="503"):
            say(engine, pace=pace)
    assert len(google.asked) == TRIES
    google.act = first()
    clock.now += 61
    assert say(engine).seconds > 1


# ---- Not too often


def test_requests_are_spaced_out(engine: GttsEngine, clock: Clock) -> None:
    say(engine, LONG)
    assert clock.waits == [PAUSE, PAUSE]


@pytest.mark.parametrize("code", [429, 503])
def test_retry_after_is_honoured_and_requests_come_further_apart(
    engine: GttsEngine, google: Google, clock: Clock, code: int
) -> None:
    google.act = first(fake.status(code, Retry_After="40"))
    say(engine, LONG)
    assert clock.waits == [40.0, 2 * PAUSE, 2 * PAUSE]


def test_retry_after_may_be_a_date(engine: GttsEngine, google: Google, clock: Clock) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    google.act = first(fake.status(429, Retry_After=date), fake.status(429, Retry_After="soon"))
    say(engine)
    assert clock.waits == [pytest.approx(75, abs=16), 4.0]


def test_who_wants_to_be_left_alone_for_long_is_left_alone(
    engine: GttsEngine, google: Google, clock: Clock
) -> None:
    google.act = first(fake.status(429, Retry_After=str(int(LONGEST_WAIT) + 1)))
    for text in (TEXT, LONG, "Yes."):
        with pytest.raises(EngineError, match=r"asks for fewer requests|left alone for another 121 s"):
            say(engine, text)
    assert (google.texts, clock.waits) == ([TEXT], [])
    clock.now += LONGEST_WAIT + 1
    assert say(engine, LONG).seconds > 1


def test_the_pause_between_requests_has_an_end(engine: GttsEngine, google: Google, clock: Clock) -> None:
    refuse = fake.status(429, Retry_After="1")
    google.act = lambda number, text: refuse if number % 2 else None
    say(
        engine,
        " ".join(
            f"Sentence {at} is long enough for a part of its own, or very nearly so." for at in range(8)
        ),
    )
    assert max(clock.waits) == LONGEST_PAUSE


# ---- The order of engines


def chain_in(folder: Path, google: Google, clock: Clock) -> Chain:
    engine = GttsEngine(google.address, Patience(clock.wait, lambda: clock.now), (1.0, 0.5))
    return Chain([engine, EspeakEngine()], Store(folder))


def choices(chain: Chain, *texts: str, language: Language = ENGLISH) -> list[Choice]:
    return [chain.choice(language, pace, text) for text in texts for pace in Pace]


@pytest.fixture
def chain(tmp_path: Path, google: Google, clock: Clock) -> Chain:
    return chain_in(tmp_path / "audio", google, clock)


def made_by(chain: Chain) -> list[str]:
    return sorted(chain.store.record(key)["engine"].split()[0] for key in sorted(chain.store.keys()))


def test_the_preferred_engine_speaks_and_its_name_stands_beside_the_sound(
    chain: Chain, tmp_path: Path
) -> None:
    report = chain.render(choices(chain, TEXT, "For the bones | press 4."))
    assert (report.made, report.failed, report.stand_ins) == (6, [], [])
    assert made_by(chain) == ["gtts"] * 6
    key = chain.choice(ENGLISH, Pace.SLOW, TEXT)[0].key
    record = json.loads((tmp_path / "audio" / f"{key}.json").read_text())
    assert record == {"engine": "gtts 1 stretch 1.37/1.0/0.8", "voice": "en co.uk", "pace": "slow"}
    assert chain.store.record("0" * 32) == {}


def test_where_the_preferred_engine_fails_the_next_one_stands_in(chain: Chain, google: Google) -> None:
    google.act = lambda number, text: fake.says(fake.answer(None)) if "bones" in text else None
    report = chain.render(choices(chain, TEXT, "These are the bones."))
    assert (report.made, report.failed, len(report.stand_ins)) == (6, [], 3)
    assert report.reasons == {"gtts": "Google has no sound for this text."}
    assert made_by(chain) == ["espeak-ng"] * 3 + ["gtts"] * 3


def test_an_engine_that_is_gone_is_asked_for_three_texts_and_no_more(chain: Chain, google: Google) -> None:
    google.act = always(fake.status(503))
    wanted = choices(chain, *(f"This is text number {at}." for at in range(20)))
    report = chain.render(wanted, workers=1)
    assert (report.made, report.failed, len(report.stand_ins)) == (60, [], 60)
    assert len(set(google.texts)) == 3
    assert len(google.asked) == 3 * TRIES
    assert made_by(chain) == ["espeak-ng"] * 60


def test_a_language_that_the_preferred_engine_does_not_speak_has_no_stand_in(
    chain: Chain, google: Google
) -> None:
    report = chain.render(choices(chain, "Dia duit.", language=NO_VOICE), upgrade=True)
    assert (report.made, report.failed, report.stand_ins) == (3, [], [])
    assert google.asked == []


def test_nothing_but_upgrade_replaces_a_stand_in(chain: Chain, google: Google) -> None:
    wanted = choices(chain, TEXT)
    google.act = always(fake.status(403))
    assert len(chain.render(wanted).stand_ins) == 3
    google.act, before = first(), len(google.asked)
    report = chain.render(wanted)
    assert (report.made, report.kept, len(report.stand_ins), len(google.asked)) == (0, 3, 3, before)


def test_upgrade_adds_the_better_sound_and_a_call_in_progress_still_finds_the_other(
    tmp_path: Path, google: Google, clock: Clock
) -> None:
    google.act = always(fake.status(403))
    wanted = choices(chain_in(tmp_path, google, clock), TEXT)
    chain_in(tmp_path, google, clock).render(wanted)
    stand_ins = {key: Store(tmp_path).read(key) for key in sorted(Store(tmp_path).keys())}
    google.act = first()
    report = chain_in(tmp_path, google, clock).render(wanted, upgrade=True)
    assert (report.made, report.kept, report.stand_ins) == (3, 0, [])
    assert {choice[0].key for choice in wanted} < Store(tmp_path).keys()
    assert {key: Store(tmp_path).read(key) for key in stand_ins} == stand_ins


def test_an_upgrade_that_fails_leaves_what_is_there(tmp_path: Path, google: Google, clock: Clock) -> None:
    google.act = always(fake.says(fake.answer(fake.BLIP)))
    chain = chain_in(tmp_path, google, clock)
    wanted = choices(chain, TEXT)
    chain.render(wanted)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    clock.now += 100
    report = chain.render(wanted, upgrade=True)
    assert (report.made, report.kept, len(report.stand_ins)) == (0, 3, 3)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert all(before.values())


def test_what_was_made_before_an_interruption_is_kept_and_not_asked_for_again(
    tmp_path: Path, google: Google, clock: Clock
) -> None:
    def interrupted(seconds: float) -> None:
        clock.wait(seconds)
        if len(clock.waits) == 3:
            raise KeyboardInterrupt

    engine = GttsEngine(google.address, Patience(interrupted, lambda: clock.now))
    chain = Chain([engine, EspeakEngine()], Store(tmp_path))
    wanted = choices(chain, *(f"This is text number {at}." for at in range(6)))
    with pytest.raises(KeyboardInterrupt):
        chain.render(wanted)
    kept = {path: path.read_bytes() for path in tmp_path.glob("*.mp3")}
    assert all(kept.values())
    google.asked.clear()
    report = chain_in(tmp_path, google, clock).render(wanted)
    assert (report.made, report.kept, report.stand_ins) == (18 - len(kept), len(kept), [])
    assert 3 <= len(google.asked) <= 4
    assert {path: path.read_bytes() for path in kept} == kept


# ---- Which sound a line serves


def serving(chain: Chain, library: Library, languages: dict[str, Language]) -> tuple[Sounds, str]:
    sounds = Sounds(chain, languages)
    sounds.serve(library)
    return sounds, next(one.text for one in sounds.missing() if one.language == "en")


def test_the_best_sound_that_is_there_is_served(
    chain: Chain, google: Google, library: Library, languages: dict[str, Language]
) -> None:
    sounds, text = serving(chain, library, languages)
    better, here = chain.choice(languages["en"], Pace.NORMAL, text)
    assert sounds.find(text, "en", Pace.NORMAL) == here.key
    assert sounds.read(here.key)
    assert google.asked == []
    chain.render([(better, here)], upgrade=True)
    before = sounds.generation
    sounds.look()
    assert sounds.find(text, "en", Pace.NORMAL) == better.key
    assert sounds.generation > before
    after, asked = sounds.generation, len(google.asked)
    sounds.look()
    assert sounds.generation == after
    assert sounds.read(better.key) == chain.store.read(better.key)
    assert sounds.utterance(here.key) == here
    assert len(google.asked) == asked


def test_a_better_sound_that_is_gone_again_is_never_fetched_during_a_call(
    chain: Chain, google: Google, library: Library, languages: dict[str, Language]
) -> None:
    sounds, text = serving(chain, library, languages)
    better, here = chain.choice(languages["en"], Pace.NORMAL, text)
    chain.render([(better, here)])
    sounds.look()
    chain.store.path(better.key).unlink()
    asked = len(google.asked)
    with pytest.raises(SpeechError, match="ahead of calls only"):
        sounds.read(better.key)
    assert sounds.find(text, "en", Pace.NORMAL) == here.key
    assert len(google.asked) == asked


def test_a_call_never_reaches_the_network(tmp_path: Path, google: Google) -> None:
    settings = settings_in(tmp_path, SPEECH_ENGINES="gtts,espeak", GTTS_API_BASE=google.address)
    app = create_app(settings)
    caller = Caller(app).rings().presses("8")
    assert all(
        app.test_client().get(path).status_code == 200 for path in caller.call.said if "/audio/" in str(path)
    )
    assert google.asked == []
    assert {
        Store(settings.audio).record(key)["engine"].split()[0] for key in sorted(Store(settings.audio).keys())
    } == {"espeak-ng"}


def test_a_web_worker_does_not_load_what_only_render_needs() -> None:
    program = "import ivr.app, sys; print([name for name in ('gtts', 'requests') if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_every_engine_that_a_setting_may_name_is_there(tmp_path: Path) -> None:
    assert chain_of(ENGINES, tmp_path).has_preference
    assert not chain_of(read_settings({}).speech_engines, tmp_path).has_preference
