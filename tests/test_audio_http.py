"""The sounds over HTTP, as a carrier and a browser fetch them."""

import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from ivr.app import create_app
from ivr.content.model import Library
from ivr.dialogue.place import Pace
from ivr.languages import Language
from ivr.speech.audio import Pcm, decode
from ivr.speech.chain import Chain
from ivr.speech.espeak import EspeakEngine
from ivr.speech.sounds import RETRY_AFTER, Sounds
from ivr.speech.store import Store
from ivr.telephony.verbs import Play, Say
from tests.callers import Caller, line_with, settings_in

UNKNOWN = "0" * 32


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(settings_in(tmp_path_factory.mktemp("line")))


@pytest.fixture(scope="module")
def sound(app: Flask) -> str:
    """The path of a sound that has been made: the first that a caller hears."""
    path = Caller(app).rings().call.heard[0]
    assert app.test_client().get(path).status_code == 200
    return path


def get(app: Flask, path: str, **headers: str) -> TestResponse:
    return app.test_client().get(path, headers={name.replace("_", "-"): headers[name] for name in headers})


# --- What is fetched


def test_every_sound_a_caller_meets_first_is_made_when_asked_for_and_plays(app: Flask) -> None:
    for path in Caller(app).rings().call.heard:
        answer = get(app, path)
        assert (answer.status_code, answer.mimetype) == (200, "audio/mpeg")
        heard = decode(answer.data)
        assert 1 < len(heard.samples) / heard.rate < 40
        assert max(heard.samples) > 10_000
        assert answer.content_length == len(answer.data)


def test_a_sound_is_kept_for_a_year_as_it_never_changes(app: Flask, sound: str) -> None:
    control = get(app, sound).cache_control
    assert (control.public, control.immutable, control.max_age) == (True, True, 365 * 24 * 3600)


@pytest.mark.parametrize("ending", [".mp3", ".txt"])
def test_what_has_not_changed_is_not_sent_again(app: Flask, sound: str, ending: str) -> None:
    path = sound.replace(".mp3", ending)
    tag = get(app, path).headers["ETag"]
    again = get(app, path, If_None_Match=tag)
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert get(app, path, If_None_Match='"another"').status_code == 200


def test_two_sounds_have_two_etags(app: Flask) -> None:
    one, other = Caller(app).rings().call.heard[:2]
    assert get(app, one).headers["ETag"] != get(app, other).headers["ETag"]


def test_head_tells_what_get_would_send(app: Flask, sound: str) -> None:
    whole, head = get(app, sound), app.test_client().head(sound)
    assert (head.status_code, head.data) == (200, b"")
    for name in ("Content-Length", "Content-Type", "ETag", "Cache-Control", "Accept-Ranges"):
        assert head.headers[name] == whole.headers[name]


# A Range, and the first and last byte that answer it; None where there are none, "all" for the whole sound.
RANGES = [
    ("bytes=0-0", (0, 0)),
    ("bytes=0-99", (0, 99)),
    ("bytes=100-", (100, -1)),
    ("bytes=-1", (-1, -1)),
    ("bytes=-100", (-100, -1)),
    ("bytes=0-99999999", (0, -1)),
    ("bytes=99999999-", None),
    ("bytes=99999999-99999999", None),
    ("bytes=5-2", "all"),
    ("bytes=a-b", "all"),
    ("bytes=", "all"),
    ("pages=1-2", "all"),
    ("bytes=0-1,5-6", "all"),
]


@pytest.mark.parametrize(("wanted", "answered"), RANGES)
def test_a_piece_of_a_sound_can_be_had(
    app: Flask, sound: str, wanted: str, answered: tuple[int, int] | str | None
) -> None:
    whole = get(app, sound).data
    answer = get(app, sound, Range=wanted)
    if answered is None:
        assert answer.status_code == 416
        assert answer.headers["Content-Range"] == f"bytes */{len(whole)}"
    elif isinstance(answered, str):
        assert answer.status_code in (200, 416)
        assert answer.status_code == 416 or answer.data == whole
    else:
        first, last = (at % len(whole) for at in answered)
        assert answer.status_code == 206
        assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(whole)}"
        assert answer.data == whole[first : last + 1]
        assert answer.content_length == last + 1 - first


def test_a_piece_is_only_had_of_the_sound_that_is_meant(app: Flask, sound: str) -> None:
    tag = get(app, sound).headers["ETag"]
    assert get(app, sound, Range="bytes=0-9", If_Range=tag).status_code == 206
    assert get(app, sound, Range="bytes=0-9", If_Range='"another"').status_code == 200


# --- Captions


def test_beside_a_sound_stand_its_words_in_their_language(app: Flask, sound: str) -> None:
    answer = get(app, sound.replace(".mp3", ".txt"))
    assert answer.text == "This is the secondary breast cancer in the bone information line."
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["Content-Language"] == "en"


def test_words_are_asked_for_again_soon_as_their_spelling_may_be_mended(app: Flask, sound: str) -> None:
    control = get(app, sound.replace(".mp3", ".txt")).cache_control
    assert control.max_age is not None
    assert control.max_age <= 60
    assert not control.immutable


def test_words_are_there_before_their_sound_is_made(tmp_path: Path) -> None:
    assert "call 999 now" in Caller(create_app(settings_in(tmp_path))).rings().heard
    assert not (tmp_path / "audio").exists()


# --- What is not there

HOSTILE = [
    "/audio/../../../etc/passwd.mp3", "/audio/..%2f..%2fetc%2fpasswd.mp3", "/audio/%2e%2e/x.mp3",
    "/audio/.mp3", "/audio/.txt", f"/audio/{UNKNOWN}", f"/audio/{UNKNOWN}.wav", f"/audio/{UNKNOWN[:-1]}.mp3",
    f"/audio/{UNKNOWN}0.mp3", f"/audio/{'A' * 32}.mp3", f"/audio/{UNKNOWN}%00.mp3", f"/audio/{UNKNOWN}%0a.mp3",
    "/audio/%ff%fe.mp3", f"/audio/{'x' * 5000}.mp3", "/audio/CON.mp3", "/audio/~root.mp3", "/audio/", "/audio",
]  # fmt: skip


@pytest.mark.parametrize("path", [f"/audio/{UNKNOWN}.mp3", f"/audio/{UNKNOWN}.txt", *HOSTILE])
def test_a_key_of_no_text_is_not_found(app: Flask, path: str) -> None:
    answer = get(app, path)
    assert answer.status_code == 404
    assert len(answer.data) < 1000


@given(st.text(max_size=60))
def test_no_key_however_odd_is_more_than_not_found(app: Flask, key: str) -> None:
    for ending in (".mp3", ".txt"):
        assert app.test_client().get(f"/audio/{key}{ending}").status_code in (404, 308)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_sounds_are_only_fetched(app: Flask, sound: str, method: str) -> None:
    assert app.test_client().open(sound, method=method).status_code == 405


# --- Several at once, and faults


def test_many_who_ask_first_for_one_sound_all_get_it_whole(tmp_path: Path) -> None:
    app = create_app(settings_in(tmp_path))
    path = Caller(app).rings().call.heard[0]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: get(app, path), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({len(decode(answer.data).samples) for answer in answers}) == 1
    assert len({get(app, path).data for _ in range(4)}) == 1
    names = sorted(file.suffix for file in (tmp_path / "audio").iterdir())
    assert names == [".json", ".mp3", ".txt"]


class CountingEngine:
    """espeak-ng, and how many texts it was given at the same time."""

    def __init__(self) -> None:
        self._real = EspeakEngine()
        self.name, self.version = self._real.name, self._real.version
        self._lock = threading.Lock()
        self._now = self.most = self.spoken = 0

    only_ahead = False

    def voice(self, language: Language) -> str:
        return self._real.voice(language)

    def speak(self, text: str, voice: str, pace: Pace) -> Pcm:
        with self._lock:
            self._now += 1
            self.spoken += 1
            self.most = max(self.most, self._now)
        try:
            return self._real.speak(text, voice, pace)
        finally:
            with self._lock:
                self._now -= 1


def test_however_many_sounds_are_asked_for_at_once_no_more_engines_run_than_processors(
    tmp_path: Path,
) -> None:
    engine = CountingEngine()
    app = line_with(settings_in(tmp_path), engine=engine)
    caller = Caller(app).rings().stays_silent(2).presses("8")
    wanted = [path for path in dict.fromkeys(caller.call.said) for _ in range(2)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda path: get(app, path).status_code, wanted))
    assert answers == [200] * len(wanted)
    assert engine.spoken >= len(set(wanted)) > 8
    assert engine.most <= (os.cpu_count() or 1)


@pytest.mark.parametrize("broken", ["folder", "file"])
def test_a_store_that_is_broken_leaves_the_words_to_the_carriers_voice(tmp_path: Path, broken: str) -> None:
    """A file stands where the folder should be, or a folder where the sound should be."""
    app = create_app(settings_in(tmp_path))
    caller = Caller(app).rings()
    first, *others = caller.call.heard
    if broken == "folder":
        (tmp_path / "audio").write_text("")
    else:
        (tmp_path / first.removeprefix("/")).mkdir(parents=True)
    answer = get(app, first)
    assert answer.status_code == 503
    assert answer.cache_control.no_store
    assert answer.headers["Retry-After"]
    assert answer.data == b""
    again = Caller(app).rings().call
    assert again.heard[0] == "This is the secondary breast cancer in the bone information line."
    assert again.heard[1:] == others
    kinds = [type(verb) for verb in (again.gather.nested if again.gather else ())]
    assert kinds == [Say, *[Play] * len(others)]


def test_a_store_that_is_mended_is_used_again(
    tmp_path: Path, library: Library, languages: dict[str, Language]
) -> None:
    clock = [0.0]
    sounds = Sounds(Chain([EspeakEngine()], Store(tmp_path / "audio")), languages, now=lambda: clock[0])
    sounds.serve(library)
    utterance = next(sounds.missing())

    def found() -> bool:
        return sounds.find(utterance.text, utterance.language, utterance.pace) is not None

    before = sounds.generation
    (tmp_path / "audio").write_text("")
    with pytest.raises(Exception, match="cannot be") as fault:
        sounds.read(utterance.key)
    assert re.search(r"Free space|let this user write", str(fault.value))
    failed = sounds.generation
    assert (found(), failed > before) == (False, True)
    (tmp_path / "audio").unlink()
    clock[0] = RETRY_AFTER - 1
    assert (sounds.generation, found()) == (failed, False)
    clock[0] = RETRY_AFTER
    assert (sounds.generation > failed, found()) == (True, True)
    assert sounds.read(utterance.key)
