"""`render` in a process of its own: incremental, and one message when the disk or the engine fails."""

import ctypes.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from content.small import write_small_line

from tests import google as fake

ROOT = Path(__file__).resolve().parent.parent
# More than the prompts and captions of the small line, less than any sound: 512-byte blocks.
NO_ROOM = "ulimit -f 2; "
Render = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small line with all of its sounds."""
    folder = write_small_line(tmp_path_factory.mktemp("small"))
    done = render(folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert made(done) == (len(list((folder / "audio").glob("*.mp3"))), 0, 0)
    return folder


def render(
    folder: Path, before: str = "", arguments: str = "", **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run `render` on the line in `folder`; `before` is a shell's preparation."""
    places = {"PROMPTS": folder / "prompts", "LOCALES": folder / "locales", "AUDIO": folder / "audio"}
    paths = {name: str(path) for name, path in places.items()}
    return subprocess.run(
        ["sh", "-c", f'{before}exec "$0" -m ivr render {arguments}', sys.executable],
        cwd=ROOT, env=os.environ | paths | environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def made(done: "subprocess.CompletedProcess[str]") -> tuple[int, ...]:
    """How many sounds were made, kept and failed, as the last line says."""
    found = re.fullmatch(r"(\d+) made, (\d+) kept, (\d+) failed, in .+\.", done.stdout.splitlines()[-1])
    assert found, done.stdout
    return tuple(map(int, found.groups()))


def test_what_is_there_is_not_made_again(rendered: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (rendered / "audio").iterdir()}
    done = render(rendered)
    assert made(done) == (0, sum(path.suffix == ".mp3" for path in before), 0)
    assert {path: path.stat().st_mtime_ns for path in (rendered / "audio").iterdir()} == before


def test_one_edited_sentence_is_made_at_its_three_paces(rendered: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(rendered, tmp_path / "copy")
    plums = copy / "prompts/3-plums.md"
    plums.write_text(plums.read_text().replace("This is about plums.", "Plums are blue."))
    done = render(copy)
    assert done.returncode == 0
    made_now, kept, failed = made(done)
    assert (made_now, failed, kept + 6) == (3, 0, len(list((copy / "audio").glob("*.mp3"))))


def test_a_file_in_place_of_the_folder_is_one_message(rendered: Path, tmp_path: Path) -> None:
    audio = tmp_path / "audio"
    audio.write_text("not a folder")
    done = render(rendered, AUDIO=str(audio))
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"The folder of sounds {audio} cannot be written: File exists. Free space there or let this user write"
        " to it, then render again: what is made is kept."
    ]
    assert audio.read_text() == "not a folder"


def test_a_full_disk_is_one_message_and_leaves_nothing_half_written(rendered: Path, tmp_path: Path) -> None:
    audio = tmp_path / "audio"
    done = render(rendered, NO_ROOM, AUDIO=str(audio))
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"The folder of sounds {audio} cannot be written: File too large. Free space there or let this user"
        " write to it, then render again: what is made is kept."
    ]
    assert [path.name for path in audio.iterdir() if path.suffix not in (".txt", ".json")] == []


def test_after_a_full_disk_only_what_is_missing_is_made(rendered: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(rendered, tmp_path / "copy")
    sounds = sorted((copy / "audio").glob("*.mp3"))
    sounds[0].unlink()
    assert render(copy, NO_ROOM).returncode == 1
    assert made(render(copy)) == (1, len(sounds) - 1, 0)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_one_message(rendered: Path, tmp_path: Path) -> None:
    audio = tmp_path / "audio"
    audio.mkdir(mode=0o500)
    done = render(rendered, AUDIO=str(audio))
    assert done.returncode == 1
    assert [f"The folder of sounds {audio} cannot be written: Permission denied." in done.stderr] == [True]


@pytest.mark.parametrize(
    ("library", "says"),
    [
        ("/nowhere/libespeak-ng.so", "espeak-ng: the library cannot be loaded: "),
        (ctypes.util.find_library("c"), "espeak-ng ended with code 1 while speaking."),
    ],
    ids=["absent", "dies"],
)
def test_an_engine_that_is_gone_is_one_message(
    rendered: Path, tmp_path: Path, library: str, says: str
) -> None:
    engine = f"get_library_path = lambda: {library!r}\nget_data_path = lambda: '/nowhere'\n"
    (tmp_path / "espeakng_loader.py").write_text(engine)
    done = render(rendered, AUDIO=str(tmp_path / "audio"), PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert says in done.stderr
    assert "Stopped: 0 sounds were made and are kept." in done.stderr


def test_a_voice_that_is_not_there_is_told_for_each_text(rendered: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(rendered, tmp_path / "copy")
    language = copy / "locales/en/language.toml"
    language.write_text(language.read_text().replace('espeak = "en"', 'espeak = "nobody"'))
    done = render(copy)
    assert done.returncode == 1
    made_now, kept, failed = made(done)
    assert (made_now, kept) == (0, 0)
    lines = done.stderr.splitlines()
    assert len(lines) == failed > 3
    assert all(
        "there is no voice 'nobody'. Give one of its voices in language.toml." in line for line in lines
    )


def test_stand_ins_are_told_and_upgrade_goes_on_where_it_was_stopped(rendered: Path, tmp_path: Path) -> None:
    """All sounds are espeak-ng's; Google answers two texts, then refuses; the next time it answers two more."""
    copy = shutil.copytree(rendered, tmp_path / "copy")
    every = len(list((copy / "audio").glob("*.mp3")))
    with fake.google() as google:
        preferred = {"SPEECH_ENGINES": "gtts,espeak", "GTTS_API_BASE": google.address}
        done = render(copy, **preferred)
        assert (done.returncode, made(done), google.asked) == (0, (0, every, 0), [])
        assert done.stderr.splitlines() == [
            f"{every} sounds are not by the preferred engine (en).",
            "Try them again: python -m ivr render --upgrade",
        ]
        for turn in (1, 2):
            google.asked.clear()
            google.act = lambda number, text: fake.status(403) if number > 2 else None
            done = render(copy, arguments="--upgrade --workers 1", **preferred)
            assert done.returncode == 1
            assert made(done) == (6, every - 6, 0)
            assert done.stderr.splitlines()[:2] == [
                f"{every - 6 * turn} sounds are not by the preferred engine (en).",
                "gtts: Google's speech answers: 403 Forbidden. Stopped: 6 sounds were made and are kept.",
            ]
    records = [json.loads(path.read_text()) for path in (copy / "audio").glob("*.json")]
    assert sum(record["engine"].startswith("gtts ") for record in records) == 12
    assert len(records) == every + 12


def test_with_upgrade_and_all_by_the_preferred_engine_nothing_is_left_to_do(rendered: Path) -> None:
    done = render(rendered, arguments="--upgrade")
    assert (done.returncode, done.stderr) == (0, "")
