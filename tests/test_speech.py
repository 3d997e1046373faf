"""Real sounds from the embedded engine, measured; failing engines and failing disks."""

import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from array import array
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import espeakng_loader
import pytest

from ivr.dialogue.place import Pace
from ivr.speech import audio, checks, espeak
from ivr.speech.audio import Pcm
from ivr.speech.engine import Engine, EngineError, SpeechError, StoreError, Utterance, identity
from ivr.speech.espeak import EspeakEngine
from ivr.speech.render import Renderer
from ivr.speech.store import Store
from ivr.text import spoken

ROOT = Path(__file__).parent.parent
LEXICON = spoken.read_lexicon((ROOT / "locales/en/pronunciation.toml").read_text(encoding="utf-8"))
KEY = "0" * 32
PARAGRAPHS = [
    "Bone is living tissue. Old bone is broken down, and new bone is built up. This goes on all your life.",
    (
        "Denosumab is a targeted treatment. It was made for secondary breast cancer in the bone. You have "
        "it as an injection under the skin. You usually have it once every four weeks."
    ),
    (
        "Pain may come and go. It can be anything from mild to severe. It may be a dull ache, or a stabbing "
        "or burning pain. You may find that certain movements affect it."
    ),
    (
        "Your jaw can be affected by these drugs. This is rare, but it is serious. See your dentist before "
        "you start. Tell your dentist which drug you will have."
    ),
    (
        "Secondary breast cancer may weaken the bones that it affects. This can increase the risk of a "
        "broken bone, called a fracture. Disease causes the break, and not an accident."
    ),
    (
        "Radiotherapy uses high energy x-rays to destroy cancer cells. It is often given to ease pain. The "
        "benefit may take two weeks to come. Pain can get worse for one or two days first."
    ),
    (
        "When breast cancer spreads to the bone, it can be treated but cannot be cured. Treatment aims to "
        "control and slow down the spread of the cancer, relieve symptoms and give you the best quality of "
        "life."
    ),
    (
        "The bone is the most common site of secondary breast cancer. The bones most often affected are the "
        "spine, the ribs, the skull, the pelvis, and the upper bones of the arms and legs."
    ),
    (
        "People with breast cancer have a higher risk of blood clots. Blood clots can be harmful, but they "
        "can be treated. So it is important to report symptoms as soon as possible."
    ),
    (
        "It is very important that your nurse or doctor assesses your pain regularly. They do this to make "
        "sure that it stays under control."
    ),
]


@pytest.fixture(scope="session")
def engine() -> EspeakEngine:
    return EspeakEngine()


@pytest.fixture
def renderer(engine: EspeakEngine, tmp_path: Path) -> Renderer:
    return Renderer(engine, Store(tmp_path / "sounds"))


def say(renderer: Renderer, text: str, pace: Pace = Pace.NORMAL, voice: str = "en") -> Utterance:
    return renderer.utterance("en", voice, pace, text, LEXICON)


def hear(renderer: Renderer, text: str, pace: Pace = Pace.NORMAL) -> Pcm:
    utterance = say(renderer, text, pace)
    renderer.make(utterance)
    mp3 = renderer.store.read(utterance.key)
    assert mp3
    return audio.decode(mp3)


def silences(pcm: Pcm, shortest: float) -> list[float]:
    """The seconds of each silence inside a sound."""
    start, end = audio.sounding(pcm)
    limit = pcm.peak * 0.01
    loud = [at for at in range(start, end) if abs(pcm.samples[at]) > limit]
    gaps = ((after - before) / pcm.rate for before, after in pairwise(loud))
    return [gap for gap in gaps if gap >= shortest]


# ---- What is heard


@pytest.mark.parametrize(
    ("pace", "slowest", "fastest"), [(Pace.SLOW, 100, 115), (Pace.NORMAL, 135, 155), (Pace.FAST, 170, 200)]
)
def test_A17_the_pace_is_measured_in_the_sound(
    renderer: Renderer, pace: Pace, slowest: int, fastest: int
) -> None:
    utterances = [say(renderer, text, pace) for text in PARAGRAPHS]
    assert renderer.render(utterances).failed == []
    seconds = sum(renderer.store.seconds(utterance.key) or 0 for utterance in utterances)
    words = sum(len(text.split()) for text in PARAGRAPHS)
    assert slowest <= words / seconds * 60 <= fastest


def test_A6_a_bar_is_half_a_second_of_silence_and_two_are_a_second(renderer: Renderer) -> None:
    pcm = hear(renderer, "For the bones | press four || for blood clots | press nine")
    assert silences(pcm, 0.3) == pytest.approx([0.5, 1.0, 0.5], abs=0.05)


def test_A22_the_helpline_is_said_in_three_groups(renderer: Renderer) -> None:
    assert silences(hear(renderer, "0808 800 6000"), 0.3) == pytest.approx([0.5, 0.5], abs=0.05)


def test_pauses_at_the_ends_are_kept(renderer: Renderer) -> None:
    pcm = hear(renderer, "| Hello. ||")
    start, end = audio.sounding(pcm)
    assert start / pcm.rate == pytest.approx(0.5, abs=0.15)
    assert (len(pcm.samples) - end) / pcm.rate == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("text", ["9", "Yes.", "Press #.", PARAGRAPHS[2]])
@pytest.mark.parametrize("pace", list(Pace))
def test_levels_are_even_and_nothing_is_clipped(renderer: Renderer, text: str, pace: Pace) -> None:
    assert audio.PEAK * 0.85 <= hear(renderer, text, pace).peak <= audio.PEAK * 1.15


def test_the_length_is_known_from_the_size(renderer: Renderer) -> None:
    pcm = hear(renderer, PARAGRAPHS[0])
    assert renderer.store.seconds(say(renderer, PARAGRAPHS[0]).key) == pytest.approx(pcm.seconds, abs=0.1)


def test_an_mp3_is_48_kilobits_mono(renderer: Renderer) -> None:
    utterance = say(renderer, PARAGRAPHS[0])
    renderer.make(utterance)
    mp3 = renderer.store.read(utterance.key) or b""
    assert mp3[:2] == b"\xff\xf3"
    assert len(mp3) == pytest.approx(6000 * audio.decode(mp3).seconds, rel=0.03)


# ---- The same text gives the same bytes


def test_sounds_are_the_same_bytes_twice_and_in_another_process(engine: EspeakEngine, tmp_path: Path) -> None:
    utterances = []
    for place in ("one", "two"):
        renderer = Renderer(engine, Store(tmp_path / place))
        utterances = [say(renderer, text) for text in PARAGRAPHS[:3]]
        renderer.render(utterances)
    program = (
        "import sys, pathlib; sys.path.insert(0, '.'); sys.path.insert(0, 'tests')\n"
        "from test_speech import *\n"
        f"renderer = Renderer(EspeakEngine(), Store(pathlib.Path({str(tmp_path / 'three')!r})))\n"
        "renderer.render([say(renderer, text) for text in reversed(PARAGRAPHS[:3])])\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)
    for utterance in utterances:
        heard = {Store(tmp_path / place).read(utterance.key) for place in ("one", "two", "three")}
        assert len(heard) == 1
        assert heard != {None}


def test_the_key_holds_everything_that_changes_the_sound() -> None:
    first = Utterance("en", "en", Pace.NORMAL, "Xgeva", "X-jeeva", "espeak-ng 1")
    changes = [{"voice": "en+f2"}, {"pace": Pace.SLOW}, {"spoken": "Xgeva"}, {"engine": "espeak-ng 2"}]
    keys = {replace(first, **change).key for change in changes}  # type: ignore[arg-type]
    assert len(keys | {first.key}) == 5
    assert replace(first, language="cy", text="X").key == first.key
    assert re.fullmatch("[0-9a-f]{32}", first.key)


def test_eight_threads_speak_at_once_and_alike(engine: EspeakEngine) -> None:
    alone = engine.speak(PARAGRAPHS[0], "en", Pace.NORMAL)
    with ThreadPoolExecutor(8) as pool:
        heard = list(pool.map(lambda _: engine.speak(PARAGRAPHS[0], "en", Pace.NORMAL), range(24)))
    assert all(pcm == alone for pcm in heard)


# ---- The checks


def tone(key: str, seconds: float, level: int, rate: int = audio.RATE) -> list[int]:
    row = next(at for at, keys in enumerate(checks._KEYS) if key in keys)
    pair = checks._LOW[row], checks._HIGH[checks._KEYS[row].index(key)]
    turns = [2 * math.pi * hertz / rate for hertz in pair]
    length = round(seconds * rate)
    return [round(level / 2 * sum(math.sin(turn * at) for turn in turns)) for at in range(length)]


@pytest.mark.parametrize("key", "0123456789*#ABCD")
def test_a_tone_of_each_key_is_found_in_speech(engine: EspeakEngine, key: str) -> None:
    speech = audio.normalise(engine.speak("Press one.", "en", Pace.NORMAL))
    mixed = speech.samples[:]
    for at, sample in enumerate(tone(key, 0.08, 18_000), start=len(mixed) // 3):
        mixed[at] = max(-32_768, min(32_767, mixed[at] // 3 + sample))
    mp3 = audio.encode_mp3(Pcm(speech.rate, mixed))
    assert checks.find_key(audio.decode(mp3, 4000)) == key


def test_no_tone_is_found_in_speech(engine: EspeakEngine) -> None:
    for pace in Pace:
        for text in PARAGRAPHS:
            pcm = audio.normalise(engine.speak(text, "en", pace))
            assert checks.find_key(audio.decode(audio.encode_mp3(pcm), 4000)) is None


@pytest.mark.parametrize("length", [0, 1, 101, 102, 152])
def test_a_sound_shorter_than_a_tone_holds_none(length: int) -> None:
    assert checks.find_key(Pcm(4000, array("h", tone("5", 1, 18_000, 4000)[:length]))) is None


def loudly(pcm: Pcm, gain: float) -> Pcm:
    limited = (max(-32_768, min(32_767, round(sample * gain))) for sample in pcm.samples)
    return Pcm(pcm.rate, array("h", limited))


FAULTS: dict[str, Callable[[Pcm], Pcm]] = {
    "sound-length": lambda pcm: Pcm(pcm.rate, pcm.samples[: len(pcm.samples) // 6]),
    "sound-peak": lambda pcm: loudly(pcm, 0.4),
    "sound-loudness": lambda pcm: Pcm(pcm.rate, loudly(pcm, 0.1).samples + array("h", [20_000, -20_000] * 3)),
    "sound-clipping": lambda pcm: loudly(pcm, 4),
    "sound-edges": lambda pcm: Pcm(pcm.rate, pcm.samples + array("h", bytes(2 * pcm.rate))),
    "sound-tones": lambda pcm: Pcm(pcm.rate, pcm.samples + array("h", tone("5", 0.2, 18_000))),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_check_finds_its_fault(renderer: Renderer, fault: str) -> None:
    utterance = say(renderer, PARAGRAPHS[0])
    good = audio.normalise(audio.trim(renderer.engine.speak(utterance.spoken, "en", Pace.NORMAL)))
    assert checks.check(audio.encode_mp3(good), utterance) == []
    found = checks.check(audio.encode_mp3(FAULTS[fault](good)), utterance)
    assert fault in {each.id for each in found}


def test_every_check_has_a_story_and_a_case() -> None:
    assert set(FAULTS) == set(checks.CHECKS)
    assert all(rule.__doc__ for rule in checks.CHECKS.values())


@pytest.mark.parametrize("mp3", [b"", b"\0" * 5000, b"<html>502 Bad Gateway</html>" * 50])
def test_what_is_no_sound_is_said_so(renderer: Renderer, mp3: bytes) -> None:
    assert [fault.id for fault in checks.check(mp3, say(renderer, "Hello."))] == ["sound-decodes"]


# ---- Odd texts, and engines that fail


@pytest.mark.parametrize("text", ["", " \n ", "||", ". | …"])
def test_a_text_without_words_is_refused(renderer: Renderer, text: str) -> None:
    with pytest.raises(SpeechError, match="nothing to say"):
        renderer.make(say(renderer, text))


@pytest.mark.parametrize("text", ["A \ud800 b", "\u0378 \u0378"])
def test_what_cannot_be_spoken_is_refused(renderer: Renderer, text: str) -> None:
    with pytest.raises(SpeechError):
        renderer.make(say(renderer, text))


@pytest.mark.parametrize(
    "odd", ["\0", "\x01", "\x1b", "\u200b", "\u2028", " \u202f", " <speak> ", " [[a]] ", " 🙂 "]
)
def test_odd_characters_do_not_cut_the_text(engine: EspeakEngine, odd: str) -> None:
    plain = engine.speak("Call us today. Ask for a nurse.", "en", Pace.NORMAL)
    heard = engine.speak(f"Call us today.{odd} Ask for a nurse.", "en", Pace.NORMAL)
    assert heard.seconds >= plain.seconds * 0.95


def test_a_voice_that_is_not_there_is_named(engine: EspeakEngine) -> None:
    with pytest.raises(SpeechError, match=r"no voice 'en-gb'.*language\.toml") as caught:
        engine.speak("Hello.", "en-gb", Pace.NORMAL)
    assert not isinstance(caught.value, EngineError)


def test_a_long_data_path_is_shortened(engine: EspeakEngine, tmp_path: Path) -> None:
    far = tmp_path / ("d" * 100) / ("e" * 100)
    far.mkdir(parents=True)
    (far / "espeak-ng-data").symlink_to(espeakng_loader.get_data_path(), target_is_directory=True)
    heard = EspeakEngine(data=str(far / "espeak-ng-data")).speak("Hello.", "en", Pace.NORMAL)
    assert heard == engine.speak("Hello.", "en", Pace.NORMAL)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import time; time.sleep(60)", "stopped after 1 s"),
        ("import os; os.kill(os.getpid(), 11)", "killed by signal 11"),
        ("raise MemoryError('too little')", "ended with code 1.*too little"),
        ("pass", "nothing to say"),
        ("print('x', end='')", "broke off"),
    ],
)
def test_an_engine_that_hangs_or_dies_is_said_so(tmp_path: Path, program: str, message: str) -> None:
    path = tmp_path / "program.py"
    path.write_text(program)
    began = time.monotonic()
    with pytest.raises(SpeechError, match=message):
        EspeakEngine(program=str(path), timeout_seconds=1).speak("Hello.", "en", Pace.NORMAL)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("absent", [{"library": "/nowhere/lib.so"}, {"data": "/nowhere/data"}])
def test_an_absent_engine_is_said_so(absent: dict[str, str]) -> None:
    with pytest.raises(EngineError, match=r"nowhere.*pip install"):
        EspeakEngine(**absent).speak("Hello.", "en", Pace.NORMAL)  # type: ignore[arg-type]


class FailingEngine:
    """Speaks as espeak-ng does, except that some answers are spoiled."""

    name, version = "failing", "1"

    def __init__(self, engine: Engine, spoil: Callable[[int], Exception | Pcm | None]) -> None:
        self.engine, self.spoil, self.asked = engine, spoil, 0

    def speak(self, text: str, voice: str, pace: Pace) -> Pcm:
        self.asked += 1
        spoiled = self.spoil(self.asked)
        if isinstance(spoiled, Exception):
            raise spoiled
        return spoiled or self.engine.speak(text, voice, pace)


def test_a_faulty_sound_is_tried_once_more(engine: EspeakEngine, tmp_path: Path) -> None:
    short = Pcm(22_050, array("h", [9000, -9000] * 400))
    once = FailingEngine(engine, lambda asked: short if asked == 1 else None)
    renderer = Renderer(once, Store(tmp_path))
    renderer.make(say(renderer, PARAGRAPHS[0]))
    assert once.asked == 2
    always = FailingEngine(engine, lambda _: short)
    renderer = Renderer(always, Store(tmp_path / "other"))
    with pytest.raises(SpeechError, match="sound-length"):
        renderer.make(say(renderer, PARAGRAPHS[0]))
    assert always.asked == 2


def test_an_engine_that_dies_on_the_way_stops_the_work_once(engine: EspeakEngine, tmp_path: Path) -> None:
    dying = FailingEngine(engine, lambda asked: EngineError("It died.") if asked > 4 else None)
    renderer = Renderer(dying, Store(tmp_path))
    with pytest.raises(EngineError, match=r"^It died\. Stopped: 4 sounds were made and are kept\.$"):
        renderer.render([say(renderer, f"Number {at}.") for at in range(200)], workers=2)
    assert dying.asked < 40
    assert len(list(tmp_path.glob("*.mp3"))) == 4


def test_one_bad_text_does_not_stop_the_others(renderer: Renderer) -> None:
    done: list[tuple[int, int]] = []
    texts = ["One.", "||", "Two.", "Three."]
    utterances = [say(renderer, text) for text in texts]
    report = renderer.render(utterances, progress=lambda *step: done.append(step))
    assert (report.made, report.kept, [utterance.text for utterance, _ in report.failed]) == (3, 0, ["||"])
    assert done == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_sound_meant_for_another_engine_is_refused(renderer: Renderer) -> None:
    with pytest.raises(SpeechError, match="is to be spoken by piper 1"):
        renderer.make(replace(say(renderer, "Hello."), engine="piper 1"))


# ---- The store


def test_what_is_there_is_not_spoken_again(renderer: Renderer, tmp_path: Path) -> None:
    utterance = say(renderer, "Hello.")
    renderer.make(utterance)
    silent = Renderer(EspeakEngine(program=str(tmp_path / "gone")), renderer.store)
    report = silent.render([utterance, say(silent, "Goodbye.")])
    assert (report.made, report.kept, [each.text for each, _ in report.failed]) == (0, 1, ["Goodbye."])


def test_a_sound_has_its_words_beside_it(renderer: Renderer) -> None:
    utterance = say(renderer, "For Xgeva | press 3.")
    renderer.make(utterance)
    assert renderer.store.caption_path(utterance.key).read_text(encoding="utf-8") == "For Xgeva press 3."


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "0" * 31, "A" * 32, "0" * 32 + "\n"])
def test_no_key_leads_out_of_the_folder(tmp_path: Path, key: str) -> None:
    store = Store(tmp_path)
    assert (store.has(key), store.read(key), store.seconds(key)) == (False, None, None)
    with pytest.raises(ValueError, match="not the key"):
        store.path(key)


WRITER = """
import sys, pathlib; sys.path.insert(0, '.')
from ivr.speech.store import Store
store = Store(pathlib.Path(sys.argv[1]))
print('ready', flush=True)
for at in range(10**9):
    store.add(f'{at % 40:032x}', bytes([at % 40]) * 200_000, 'words', {})
"""


def test_a_writer_that_is_killed_leaves_no_partial_sound(tmp_path: Path) -> None:
    seen = 0
    for turn in range(8):
        command = [sys.executable, "-c", WRITER, str(tmp_path)]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
        assert writer.stdout
        writer.stdout.readline()
        time.sleep(0.02 + 0.017 * turn)
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        for path in tmp_path.glob("*.mp3"):
            seen += 1
            assert path.read_bytes() == bytes([int(path.stem, 16)]) * 200_000
            assert path.with_suffix(".txt").read_text() == "words"
    assert seen
    for path in tmp_path.glob(".*.part"):
        os.utime(path, (0, 0))
    Store(tmp_path).sweep()
    assert list(tmp_path.glob(".*")) == []
    assert list(tmp_path.glob("*.mp3"))


def test_two_processes_may_make_the_same_sound_at_once(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; sys.path.insert(0, '.')\n"
        "from ivr.speech.store import Store\n"
        f"for _ in range(100): Store(pathlib.Path(sys.argv[1])).add({KEY!r}, b'x' * 50_000, 'words', {{}})\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    both = [subprocess.Popen(command, cwd=ROOT) for _ in range(2)]
    while any(each.poll() is None for each in both):
        assert Store(tmp_path).read(KEY) in (None, b"x" * 50_000)
    assert [each.returncode for each in both] == [0, 0]
    assert {path.name for path in tmp_path.iterdir()} == {f"{KEY}.mp3", f"{KEY}.txt", f"{KEY}.json"}


FULL_DISK = """
import sys, pathlib, resource, signal; sys.path.insert(0, '.'); sys.path.insert(0, 'tests')
from test_speech import *
renderer = Renderer(EspeakEngine(), Store(pathlib.Path(sys.argv[1])))
renderer.make(say(renderer, 'Yes.'))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    renderer.render([say(renderer, text) for text in PARAGRAPHS])
except StoreError as error:
    print(error)
"""


def test_a_full_disk_stops_the_work_with_one_message(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    assert re.fullmatch(rf"The folder of sounds {tmp_path} cannot be written: .*kept\.\n", done.stdout)
    assert len(list(tmp_path.glob("*.mp3"))) == 1
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize("blocked", ["file", "read-only"])
def test_a_folder_that_cannot_be_written_is_said_so(
    engine: EspeakEngine, tmp_path: Path, blocked: str
) -> None:
    folder = tmp_path / "sounds"
    if blocked == "file":
        folder.write_text("not a folder")
    elif os.geteuid() == 0:
        folder = Path("/proc/sounds") if sys.platform == "linux" else Path("/System/sounds")
    else:
        folder.mkdir(mode=0o500)
    renderer = Renderer(engine, Store(folder))
    with pytest.raises(StoreError, match=r"cannot be written: .+ Free space"):
        renderer.render([say(renderer, "Hello.")])


def test_a_sound_that_is_there_is_never_made_again(engine: EspeakEngine, tmp_path: Path) -> None:
    failing = FailingEngine(engine, lambda _: SpeechError("No."))
    renderer = Renderer(failing, Store(tmp_path))
    utterance = say(renderer, "Hello.")
    renderer.store.add(utterance.key, b"a good sound", "Hello.", {})
    renderer.make(utterance)
    assert (failing.asked, renderer.store.read(utterance.key)) == (0, b"a good sound")
    assert identity(failing) == "failing 1"


@pytest.mark.skipif(not shutil.which("espeak-ng"), reason="needs the espeak-ng program to compare with")
def test_the_library_agrees_with_the_program(engine: EspeakEngine) -> None:
    command = ["espeak-ng", "-v", "en", "-s", str(espeak.RATES[Pace.NORMAL]), "--stdout", PARAGRAPHS[0]]
    wav = subprocess.run(command, check=True, capture_output=True).stdout
    seconds = (len(wav) - 44) / 2 / audio.RATE
    assert engine.speak(PARAGRAPHS[0], "en", Pace.NORMAL).seconds == pytest.approx(seconds, rel=0.1)
