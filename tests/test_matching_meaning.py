"""Understanding as a whole: targets on messages nobody tuned on, and life without the language model."""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ivr.content.model import MENU
from ivr.matching.layers import LayersError, read_layers
from ivr.matching.lexicon import Sighting
from ivr.matching.meaning import READ, LearntMeaning, Scores, readable
from ivr.matching.understand import understand
from ivr.meaning.keeper import NO_MODEL, Keeper
from ivr.meaning.process import RemoteEmbedder, serve_embeddings
from ivr.shelf import load
from ivr.texting import Texter
from tests.measure import measure, read_rows
from tests.understanding import (
    LAYERS,
    MESSAGES,
    ROOT,
    embedded,
    kinds_of_line,
    lexicons_of_line,
    meaning_alone,
)

HELD_BACK = MESSAGES / "en-held-back.jsonl"
KINDS = {"fire": "1", "flood": ""}  # nothing in the code knows the kinds of a leaflet

# What was reached on messages that nobody tuned on: any danger, its right kind first, false alarms, topic first, in three.
# Wanted for English are .97 for the right kind, .10, .88 and .95; for the others .92 and .15. The first English file and
# "cy", "pl" and "ur" are of hard cases on purpose; those of the other names are as people mostly text, by other hands.
# A margin of two messages in a hundred is for other processors and later training.
REACHED = {
    "en-held-back": (0.987, 0.893, 0.137, 0.893, 0.989),
    "en-second-held-back": (0.981, 0.969, 0.050, 0.947, 0.997),
    "cy-held-back": (1.000, 0.960, 0.065, 0.940, 1.000),
    "pl-held-back": (1.000, 1.000, 0.067, 0.930, 0.970),
    "ur-held-back": (1.000, 0.980, 0.067, 0.930, 1.000),
    "cy": (0.970, 0.850, 0.121, 0.840, 0.960),
    "pl": (0.990, 0.910, 0.081, 0.900, 0.990),
    "ur": (1.000, 0.830, 0.182, 0.740, 0.925),
}
MARGIN = 0.02

needs_model = pytest.mark.skipif(embedded() is None, reason="no language model on this machine")


class Says:
    """Meaning that always says the same."""

    def __init__(self, urgents: dict[str, float], topics: dict[str, float]) -> None:
        self._scores = Scores({"": 1 - sum(urgents.values()), **urgents}, topics, 0.5, with_embedding=True)

    def scores(self, text: str, seen: Sequence[Sighting]) -> Scores:
        return self._scores


@needs_model
@pytest.mark.parametrize("name", REACHED)
def test_what_is_reached_on_messages_nobody_tuned_on_is_kept(name: str) -> None:
    its = measure(read_rows(MESSAGES / f"{name}.jsonl"), lexicons_of_line(), embedded(), kinds_of_line())
    danger, kind, alarms, first, three = REACHED[name]
    assert its.detected / its.urgent >= danger - MARGIN
    assert its.recall >= kind - MARGIN
    assert its.false_alarms <= alarms + MARGIN
    assert its.topic_first >= first - MARGIN
    assert its.topic_three >= three - MARGIN


def test_the_line_works_without_the_model_measurably_worse() -> None:
    its = measure(read_rows(HELD_BACK), lexicons_of_line(), meaning_alone(), kinds_of_line())
    assert its.recall >= 0.856  # .876 was reached
    assert its.false_alarms <= 0.148


DECIDED = [
    ({"fire": 0.5}, {"1": 0.9, "": 0.1}, ("fire",), ("1", MENU)),
    ({"fire": 0.49}, {"1": 0.9, "": 0.1}, (), ("1", MENU)),
    ({"fire": 0.3, "flood": 0.3}, {"1": 0.9, "": 0.1}, ("fire", "flood"), ("1", MENU)),
    ({"fire": 0.3, "flood": 0.4}, {"1": 0.9, "": 0.1}, ("flood", "fire"), ("1", MENU)),
    ({"fire": 0.87, "flood": 0.13}, {"1": 1.0}, ("fire",), ("1",)),
    ({"flood": 0.9}, {"2": 0.6, "1": 0.4}, ("flood",), ("2", "1")),
    ({"fire": 0.9}, {"2": 0.6, "1": 0.4}, ("fire",), ("2", "1")),
    ({"fire": 0.9}, {"2": 0.4, "1": 0.3, "": 0.3}, ("fire",), ("1", "2", MENU)),
    ({}, {"": 0.6, "2": 0.4}, (), (MENU, "2")),
]


@pytest.mark.parametrize(("urgents", "topics", "kinds", "about"), DECIDED)
def test_what_the_scores_decide(
    urgents: dict[str, float], topics: dict[str, float], kinds: tuple[str, ...], about: tuple[str, ...]
) -> None:
    found = understand("anything", {}, Says(urgents, topics), "en", KINDS)
    assert (found.urgents, found.topics) == (kinds, about)


def test_meaning_takes_no_danger_away() -> None:
    calm = Says({"spine": 0.001}, {"": 1.0})
    found = understand("I can't feel my legs", lexicons_of_line(), calm, "en", kinds_of_line())
    assert found.urgents == ("spine",)
    assert any("cant feel my legs" in str(reason) for reason in found.why)


def test_of_several_dangers_the_gravest_is_first_and_the_doubted_last() -> None:
    text = "I can't feel my legs and my jaw aches and I can't get my breath"
    alone = understand(text, lexicons_of_line(), None, "en", kinds_of_line())
    assert alone.urgents == tuple(kind for kind in kinds_of_line() if kind in {"clot", "spine", "jaw"})
    sure = Says({"jaw": 0.95, "spine": 0.04}, {"": 1.0})
    assert understand(text, lexicons_of_line(), sure, "en", kinds_of_line()).urgents[0] == "jaw"


def test_a_lone_keyword_is_no_danger() -> None:
    found = understand(
        "blood clots", lexicons_of_line(), Says({"clot": 0.9}, {"9": 1.0}), "en", kinds_of_line()
    )
    assert (found.urgents, found.topics[0]) == ((), "9")


def test_danger_is_seen_in_whatever_language_the_conversation_is_in() -> None:
    assert understand("cant feel my legs", lexicons_of_line(), None, "pl", kinds_of_line()).urgents == (
        "spine",
    )


@pytest.mark.parametrize("text", ["", " ", "\x00", "😊", "?" * 5000, "a" * 5000, "ﷺ" * 3000, "\ud800"])
def test_nothing_that_is_typed_breaks_it(text: str) -> None:
    found = understand(text, lexicons_of_line(), embedded() or meaning_alone(), "en", kinds_of_line())
    assert found.topics


def test_of_a_long_message_the_model_reads_the_end() -> None:
    assert readable("a" * READ) == "a" * READ or len(readable("a" * READ)) <= READ
    long = "nothing at all " * 50 + "my legs are numb"
    assert readable(long).endswith("my legs are numb")
    assert len(readable(long)) <= READ


@pytest.mark.parametrize("text", ["", "{}", '{"format": 99}', "[]", '{"format": 1, "rarity": {}}'])
def test_a_damaged_file_says_what_mends_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "meaning.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LayersError, match="python -m ivr learn"):
        read_layers(path)


class Counting:
    """An embedder whose place for a text is its length."""

    def embed(self, text: str) -> Sequence[float] | None:
        return [float(len(text))] * 384 if text else None


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Path]:
    path, stop = tmp_path / "meaning.sock", threading.Event()
    thread = threading.Thread(target=serve_embeddings, args=(path, Counting(), stop))
    thread.start()
    while not path.exists():
        pass
    yield path
    stop.set()
    thread.join()


def test_the_process_answers_and_is_nobody_elses(door: Path) -> None:
    remote = RemoteEmbedder(door)
    assert remote.embed("four") == (4.0,) * 384
    assert remote.embed("") is None
    assert remote.embed("still there") is not None
    assert door.stat().st_mode & 0o077 == 0


def test_many_ask_at_once(door: Path) -> None:
    remote = RemoteEmbedder(door)
    answers: list[Sequence[float] | None] = []
    threads = [threading.Thread(target=lambda: answers.append(remote.embed("text"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [(4.0,) * 384] * 8


def test_where_no_process_is_the_rest_goes_on_and_it_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    remote = RemoteEmbedder(tmp_path / "none.sock", pause=0)
    meaning = LearntMeaning(read_layers(LAYERS), remote)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            found = understand("me legs hav gone", lexicons_of_line(), meaning, "en", kinds_of_line())
    assert found.urgents
    assert len(caplog.records) == 1
    assert "legs" not in caplog.text


def test_a_process_that_hangs_or_dies_holds_nobody_up(tmp_path: Path) -> None:
    path = tmp_path / "deaf.sock"
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(path))
        deaf.listen(1)
        remote = RemoteEmbedder(path, knock=0.05, pause=60)
        assert remote.embed("text") is None
        assert remote.embed("not even asked") is None
    assert RemoteEmbedder(path).embed("nobody listens any more") is None


def answers(remote: RemoteEmbedder, within: float = 20.0) -> Sequence[float] | None:
    """What `remote` says of a text, once anybody is there."""
    deadline = time.monotonic() + within
    while (vector := remote.embed("numb legs")) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return vector


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


@needs_model
def test_the_models_process_is_killed_and_comes_back_and_ends_with_its_keeper(tmp_path: Path) -> None:
    path = tmp_path / "model.sock"
    keeper, remote = Keeper(path), RemoteEmbedder(path, pause=0)
    keeper.start()
    vector = answers(remote)
    assert vector
    assert sum(value * value for value in vector) == pytest.approx(1, abs=1e-3)
    first = keeper.pid
    os.kill(first, signal.SIGKILL)
    assert answers(remote) == vector
    second = keeper.pid
    assert second != first
    keeper.stop()
    assert not is_running(second)


@needs_model
def test_the_models_process_ends_even_when_the_line_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "model.sock"
    code = (
        "import sys; from pathlib import Path; from ivr.meaning.keeper import Keeper\n"
        f"keeper = Keeper(Path({str(path)!r})); keeper.start()\n"
        "while not keeper.pid: pass\n"
        "print(keeper.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as line:
        assert line.stdout
        model = int(line.stdout.readline())
        assert answers(RemoteEmbedder(path, pause=0))
        line.kill()
    deadline = time.monotonic() + 10
    while is_running(model) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(model)


def test_a_machine_without_the_model_is_not_asked_for_it_again_and_again(tmp_path: Path) -> None:
    started = tmp_path / "started"
    code = f"import pathlib, sys; pathlib.Path({str(started)!r}).open('a').write('x'); sys.exit({NO_MODEL})"
    keeper = Keeper(tmp_path / "model.sock", (sys.executable, "-c", code))
    keeper.start()
    while not started.exists():
        pass
    keeper.stop()
    assert started.read_text() == "x"


def test_a_process_that_loses_a_signal_while_it_starts_still_ends_with_its_keeper(tmp_path: Path) -> None:
    code = """
import signal, sys, time
asked = []
signal.signal(signal.SIGTERM, lambda *_: asked.append(1) if not asked else sys.exit())
open(sys.argv[1], "w").close()
while True: time.sleep(0.01)
"""
    ready = tmp_path / "ready"
    keeper = Keeper(ready, (sys.executable, "-c", code))
    keeper.start()
    while not ready.exists():
        pass
    keeper.stop()
    assert not is_running(keeper.pid)


def test_a_keeper_that_is_stopped_at_once_leaves_no_process(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "model.sock", (sys.executable, "-c", "import time; time.sleep(600)"))
    keeper.start()
    keeper.stop()
    assert not keeper.pid or not is_running(keeper.pid)


@needs_model
@pytest.mark.parametrize(
    "name", ["en-second-held-back", "cy-held-back", "pl-held-back", "ur-held-back", "cy", "pl", "ur"]
)
def test_a_danger_is_answered_in_the_language_it_was_texted_in(name: str) -> None:
    library = load(ROOT / "prompts", ROOT / "locales")[0]
    texter = Texter(library, lexicons_of_line(), embedded())
    urgent = [row for row in read_rows(MESSAGES / f"{name}.jsonl") if row["urgent"] != "none"]
    right = [row["lang"] == texter.answer(row["text"], "").language for row in urgent]
    assert sum(right) / len(right) >= 0.97
