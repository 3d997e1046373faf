"""Recordings take the place of an engine's voice while the text is the one they were made for, and not a word longer."""

import io
import json
import random
import wave
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from content.small import write_small_line

from ivr.app import create_app
from ivr.cli import main
from ivr.content.model import Library
from ivr.dialogue.place import Pace
from ivr.dialogue.script import script_of
from ivr.shelf import Shelf, load
from ivr.speech import audio, checks
from ivr.speech.audio import Pcm
from ivr.speech.chain import Chain
from ivr.speech.engine import SpeechError
from ivr.speech.engines import chain_of
from ivr.speech.espeak import EspeakEngine
from ivr.speech.level import level
from ivr.speech.recordable import texts_by_name
from ivr.speech.recordings import fingerprint
from ivr.speech.sounds import Sounds, stock
from ivr.speech.takes import State, Takes
from tests.callers import Caller, settings_in

WORDS = "This is about apples."
RATE = 22_050


def spoken(words: str = WORDS, voice: str = "en+f3") -> Pcm:
    """Somebody else than the line's own voice."""
    return audio.trim(EspeakEngine().speak(words, voice, Pace.NORMAL))


def in_a_room(pcm: Pcm, gain: float = 0.15, before: float = 0.8, after: float = 1.1, noise: int = 6) -> Pcm:
    """The speech as people record it: too quiet, a breath too early, a chair at the end, and not without noise."""
    hiss = random.Random(1)  # noqa: S311
    quiet = (
        [0] * round(before * RATE) + [round(gain * one) for one in pcm.samples] + [0] * round(after * RATE)
    )
    return Pcm(RATE, array("h", [one + hiss.randint(-noise, noise) + 40 for one in quiet]))


def wav(pcm: Pcm, channels: int = 1, rate: int = RATE) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(
            array("h", [sample for sample in pcm.samples for _ in range(channels * rate // RATE)]).tobytes()
        )
    return file.getvalue()


@pytest.fixture
def line(tmp_path: Path) -> Path:
    return write_small_line(tmp_path)


def put(line: Path, name: str = "1-1.wav", content: bytes | None = None, language: str = "en") -> Path:
    path = line / "prompts/recordings" / language / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wav(in_a_room(spoken())) if content is None else content)
    return path


def chain(line: Path) -> Chain:
    return chain_of(["espeak"], line / "audio", recordings=line / "prompts/recordings")


def takes_of(line: Path) -> Takes:
    library, languages = load(line / "prompts", line / "locales")
    return Takes(line / "prompts/recordings", library, languages, chain(line).store)


def edit(line: Path, old: str = "This is about apples.", new: str = "This is about green apples.") -> None:
    path = line / "prompts/1-apples.md"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def who_says(line: Path, words: str = WORDS, pace: Pace = Pace.NORMAL) -> str:
    """The engine of the sound that a caller would hear."""
    library, languages = load(line / "prompts", line / "locales")
    sounds = Sounds(chain(line), languages)
    sounds.serve(library)
    text = next(
        text for text in script_of(library, "en").every_text() if fingerprint(text) == fingerprint(words)
    )
    key = sounds.find(text, "en", pace)
    utterance = sounds.utterance(key or "")
    assert utterance
    return utterance.engine.split()[0]


def run(line: Path, *arguments: str) -> Result:
    places = {"PROMPTS": line / "prompts", "LOCALES": line / "locales", "AUDIO": line / "audio"}
    return CliRunner().invoke(main, arguments, env={name: str(path) for name, path in places.items()})


# ---- What is heard


@pytest.mark.parametrize(
    ("name", "encode"),
    [
        ("1-1.wav", wav),
        ("1-1.WAV", lambda pcm: wav(pcm, channels=2, rate=44_100)),
        ("1-1.mp3", audio.encode_mp3),
    ],
    ids=["wav", "stereo", "mp3"],
)
def test_a_recording_is_heard_at_every_pace_and_passes_the_checks_of_all_sounds(
    line: Path, name: str, encode: Callable[[Pcm], bytes]
) -> None:
    words, seconds = takes_of(line).accept(put(line, name, encode(in_a_room(spoken()))))
    assert words == WORDS
    assert seconds == pytest.approx(spoken().seconds, abs=0.35)
    library, languages = load(line / "prompts", line / "locales")
    library_chain = chain(line)
    found = stock(library, languages, library_chain)
    lengths = []
    for pace in Pace:
        best = found.choices["en", WORDS, pace][0]
        mp3 = library_chain.store.read(best.key)
        assert mp3
        assert checks.check(mp3, best) == []
        lengths.append(audio.decode(mp3).seconds)
        assert library_chain.store.caption_path(best.key).read_text() == WORDS
        assert who_says(line, pace=pace) == "recording"
    assert sorted(lengths, reverse=True) == lengths


def test_its_level_and_its_silence_are_those_of_the_other_sounds() -> None:
    plain, quiet, loud = spoken(), in_a_room(spoken(), 0.08, noise=2), in_a_room(spoken(), 0.9)
    for recorded in (plain, quiet, loud):
        heard = level(recorded)
        assert heard.seconds == pytest.approx(plain.seconds, abs=0.35)
        assert 18_000 <= heard.peak <= audio.PEAK
        mean = (sum(sample * sample for sample in heard.samples) / len(heard.samples)) ** 0.5
        assert 2_000 <= mean <= 4_500
        assert abs(sum(heard.samples)) / len(heard.samples) < 60


def test_a_click_is_not_speech() -> None:
    recorded = in_a_room(spoken(), before=2.0)
    recorded.samples[4000:4040] = array("h", [9000, -9000] * 20)
    assert level(recorded).seconds == pytest.approx(spoken().seconds, abs=0.35)


@pytest.mark.parametrize(
    ("recorded", "says"),
    [
        (Pcm(RATE, array("h", bytes(2 * RATE))), "silent, or far too quiet"),
        (Pcm(RATE, array("h")), "silent, or far too quiet"),
        (in_a_room(spoken(), 0.003, noise=1), "silent, or far too quiet"),
        (
            Pcm(RATE, array("h", [max(-32_768, min(32_767, 9 * one)) for one in spoken().samples])),
            "overdriven",
        ),
    ],
    ids=["silence", "nothing", "whisper", "overdriven"],
)
def test_what_no_caller_should_hear_is_refused(recorded: Pcm, says: str) -> None:
    with pytest.raises(SpeechError, match=says):
        level(recorded)


def test_pauses_around_the_text_are_the_lines_own(line: Path) -> None:
    edit(line, new="| This is about apples. ||")
    takes_of(line).accept(put(line))
    library, languages = load(line / "prompts", line / "locales")
    (text,) = {said[1] for said in stock(library, languages, chain(line)).choices if WORDS in said[1]}
    best = chain(line).choice(languages["en"], Pace.NORMAL, text)[0]
    start, end = audio.sounding(pcm := audio.decode(chain(line).store.read(best.key) or b""))
    assert start / RATE == pytest.approx(0.5, abs=0.25)
    assert (len(pcm.samples) - end) / RATE == pytest.approx(1.0, abs=0.25)


# ---- Only while the text is the one that was recorded


def test_nobody_hears_a_recording_that_nobody_has_accepted(line: Path) -> None:
    put(line)
    assert who_says(line) == "espeak-ng"
    (take,) = takes_of(line).all()
    assert (take.state, take.text) == (State.NEW, WORDS)


def test_a_recording_of_a_text_that_has_changed_is_heard_no_more(line: Path) -> None:
    takes_of(line).accept(put(line))
    assert [take.state for take in takes_of(line).all()] == [State.USED]
    edit(line)
    assert who_says(line, "This is about green apples.") == "espeak-ng"
    (take,) = takes_of(line).all()
    assert take.state is State.STALE
    assert "it is now: “This is about green apples.”" in take.wrong
    edit(line, "This is about green apples.", WORDS)
    assert who_says(line) == "recording"


def test_a_breath_more_is_still_the_text_that_was_recorded(line: Path) -> None:
    takes_of(line).accept(put(line))
    edit(line, new="This is about | apples.")
    assert who_says(line) == "recording"


def test_a_text_that_moves_keeps_its_recording(line: Path) -> None:
    takes_of(line).accept(put(line))
    (line / "prompts/3-plums.md").rename(line / "prompts/1-plums.md")
    (line / "prompts/1-apples.md").rename(line / "prompts/3-apples.md")
    assert who_says(line) == "recording"
    assert [take.state for take in takes_of(line).all()] == [State.USED]


def test_another_file_under_the_name_is_not_heard_until_it_is_accepted(line: Path) -> None:
    path = put(line)
    takes_of(line).accept(path)
    path.write_bytes(wav(in_a_room(spoken("You may stop all of your tablets."))))
    (take,) = takes_of(line).all()
    assert take.state is State.REPLACED
    for sound in (line / "audio").glob("*"):
        sound.unlink()
    _, languages = load(line / "prompts", line / "locales")
    other = chain(line)
    report = other.render([other.choice(languages["en"], pace, WORDS) for pace in Pace])
    assert "is another recording than was accepted" in report.reasons["recording"]
    assert (report.failed, len(report.stand_ins)) == ([], 3)
    assert who_says(line) == "espeak-ng"


def test_a_file_that_is_taken_away_is_no_recording(line: Path) -> None:
    path = put(line)
    takes_of(line).accept(path)
    path.unlink()
    assert who_says(line) == "espeak-ng"
    assert [take.state for take in takes_of(line).all()] == [State.UNREADABLE]
    takes_of(line).accept(put(line, "3-1.wav", wav(in_a_room(spoken("This is about plums.")))))
    assert [take.path.name for take in takes_of(line).all()] == ["3-1.wav"]


def test_render_makes_a_recording_even_where_an_engine_has_spoken_its_text(line: Path) -> None:
    library, languages = load(line / "prompts", line / "locales")
    wanted = [
        choice
        for (_, text, _), choice in stock(library, languages, chain(line)).choices.items()
        if text == WORDS
    ]
    assert chain(line).render(wanted).made == 3
    takes_of(line).accept(put(line))
    for path in (line / "audio").glob("*.mp3"):
        if chain(line).store.record(path.stem)["engine"].startswith("recording"):
            path.unlink()
    assert who_says(line) == "espeak-ng"
    other = chain(line)
    report = other.render([other.choice(languages["en"], pace, WORDS) for pace in Pace])
    assert (report.made, report.kept, report.stand_ins) == (3, 0, [])
    assert who_says(line) == "recording"


def test_the_line_being_served_takes_an_accepted_recording_in(line: Path) -> None:
    served = chain(line)
    sounds: list[Sounds] = []
    shelf = Shelf(
        line / "prompts", line / "locales", lambda library: [each.serve(library) for each in sounds] and None
    )
    sounds.append(Sounds(served, shelf.languages))
    sounds[0].serve(shelf.library)
    before = sounds[0].find(WORDS, "en", Pace.NORMAL)
    takes_of(line).accept(put(line))
    assert shelf.refresh()
    after = sounds[0].find(WORDS, "en", Pace.NORMAL)
    assert after != before
    assert served.store.record(after or "")["engine"].startswith("recording ")


def test_a_caller_hears_the_recording(line: Path) -> None:
    takes_of(line).accept(put(line))
    app = create_app(settings_in(line, PROMPTS=str(line / "prompts"), LOCALES=str(line / "locales")))
    caller = Caller(app).rings().presses("11")
    assert WORDS in caller.heard
    keys = {path.stem for path in (line / "audio").glob("*.json") if "recording" in path.read_text()}
    assert any(key in str(caller.call.said) for key in keys)


# ---- Accepting


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("1-1.wav", b"no sound", "1-1.wav is no sound that can be read. Save it as WAV or MP3."),
        ("1-1.wav", b"", "1-1.wav is no sound that can be read. Save it as WAV or MP3."),
        ("1-1.m4a", b"x", "1-1.m4a is no WAV and no MP3. Save it as one of these."),
        ("9-1.wav", None, "No text of the line has the name 9-1."),
        ("1-1.wav", wav(spoken("Yes. " * 30)), "does not pass the checks at the pace slow"),
    ],
    ids=["text", "empty", "kind", "name", "long"],
)
def test_a_recording_that_will_not_do_is_not_accepted(
    line: Path, name: str, content: bytes | None, says: str
) -> None:
    path = put(line, name, content)
    with pytest.raises(SpeechError) as caught:
        takes_of(line).accept(path)
    assert says in str(caught.value)
    assert not path.with_name("recordings.toml").exists()
    assert not list(line.glob("audio/*"))


@pytest.mark.parametrize("place", ["1-1.wav", "prompts/recordings/1-1.wav", "prompts/recordings/xx/1-1.wav"])
def test_a_file_elsewhere_is_not_accepted(line: Path, place: str) -> None:
    (line / place).parent.mkdir(parents=True, exist_ok=True)
    (line / place).write_bytes(wav(spoken()))
    with pytest.raises(SpeechError, match="Put it there first"):
        takes_of(line).accept(line / place)


# ---- What an operator sees


def test_the_commands_from_the_first_take_to_a_changed_text(line: Path) -> None:
    assert run(line, "recordings").output == "0 recording(s), 0 in use.\n"
    listed = run(line, "recordings", "texts", "en").stdout.splitlines()
    assert f"1-1\t{WORDS}" in listed
    path = put(line)
    new = run(line, "recordings")
    assert new.exit_code == 1
    assert new.output == (
        f"{path}: new. Nobody has said yet that this is the recording of its text, so it is not heard. Listen to it,"
        f" and if it says “{WORDS}”: python -m ivr recordings accept {path}\n"
        "1 recording(s), 0 in use.\n"
    )
    accepted = run(line, "recordings", "accept", str(path))
    assert accepted.exit_code == 0
    assert accepted.output.endswith(f"s. It says: “{WORDS}”\n")
    used = run(line, "recordings", "--json")
    assert used.exit_code == 0
    assert [(row["state"], row["text"]) for row in json.loads(used.stdout)] == [("in use", WORDS)]
    assert '"1-1.wav" = "' in path.with_name("recordings.toml").read_text()
    edit(line)
    checked = run(line, "check")
    assert checked.exit_code == 0
    assert checked.output.startswith(
        "prompts/recordings/en/1-1.wav:1: warning recording-stale: The text has changed since it was recorded; it is"
        " now: “This is about green apples.” Record it anew"
    )
    assert "No problems" in checked.output
    (row,) = json.loads(run(line, "check", "--json").stdout)["problems"]
    assert (row["code"], row["gravity"]) == ("recording-stale", "warning")
    assert run(line, "recordings", "accept", str(put(line, "x.wav"))).exit_code == 1
    assert run(line, "recordings", "texts", "xx").exit_code == 2


def test_what_is_wrong_among_the_recordings_never_keeps_the_texts_off_the_line(line: Path) -> None:
    put(line, "1-1.mp3", b"no sound")
    put(line, "notes.txt", b"Record again on Monday.")
    put(line, "1-1.wav", language="xx")
    put(line, "recordings.toml", b"1-1.wav = \n")
    problems = [(one.path.rpartition("/")[2], one.code, one.gravity) for one in takes_of(line).problems()]
    assert problems == [
        ("recordings.toml", "recordings-toml", "warning"),
        ("1-1.mp3", "recording-unreadable", "warning"),
        ("notes.txt", "recording-unreadable", "warning"),
        ("1-1.wav", "recording-off_line", "warning"),
    ]
    assert who_says(line) == "espeak-ng"


# ---- Names


def test_every_text_of_every_language_has_a_name_of_its_own(library: Library) -> None:
    for code in library.editions:
        script = script_of(library, code)
        named = texts_by_name(script)
        assert {fingerprint(text) for text in named.values()} == {
            fingerprint(text) for text in script.every_text()
        }
        assert all(name == Path(name).name and not name.startswith(".") for name in named)


def test_names_are_those_that_an_operator_knows(library: Library) -> None:
    named = texts_by_name(script_of(library, "en"))
    assert named["5.1.3-1"] == library.editions["en"].topics["5.1.3"].parts[0].text
    assert {
        "goodbye",
        "silence",
        "welcome",
        "urgent-safety",
        "urgent.spine-1",
        "5.1.3-title",
        "5.1.3-option",
    } <= set(named)
