"""`pull`: what is live comes back into the folders, and nothing that was written there is lost unasked."""

from pathlib import Path

import pytest
from test_publish import Line, line, say  # noqa: F401 - a fixture

from ivr.versions.archive import read_folders

APPLES = "prompts/1-apples.md"


def folders(line: Line) -> dict[str, bytes]:  # noqa: F811
    return read_folders(line.folder / "prompts", line.folder / "locales")


def test_where_nothing_is_published_it_says_so(line: Line) -> None:  # noqa: F811
    before = folders(line)
    assert "Nothing is published" in line.run("pull", "--yes")
    assert folders(line) == before


def test_it_shows_asks_and_writes_what_is_live(line: Line) -> None:  # noqa: F811
    line.publish("One.")
    line.publish("Two.")
    live = folders(line)
    say(line.folder, "One.")  # as on a machine that has not pulled since
    (line.folder / "prompts/3-plums.md").unlink()
    asked = line.run("pull", answer="n\n", code=1)
    assert f"changed     {line.folder / APPLES}" in asked
    assert f"new         {line.folder / 'prompts/3-plums.md'}" in asked
    assert "One." in (line.folder / APPLES).read_text()
    assert "2 file(s) written." in line.run("pull", answer="y\n")
    assert folders(line) == live
    assert "hold the same" in line.run("pull")


def test_what_was_edited_here_is_left_and_named_until_it_is_forced(line: Line) -> None:  # noqa: F811
    line.publish("One.")
    say(line.folder, "My own words.")
    new = line.folder / "prompts/4-limes.md"
    new.write_text("mine")
    shown = line.run("pull", "--yes", code=1)
    assert shown.count("LEFT AS IT IS") == 2
    assert "pull --force" in shown
    assert "My own words." in (line.folder / APPLES).read_text()
    assert new.read_text() == "mine"
    assert "lost" in line.run("pull", "--yes", "--force")
    assert "One." in (line.folder / APPLES).read_text()
    assert not new.exists()


def test_a_topic_that_was_taken_away_goes_with_its_empty_folder_and_recordings_stay(line: Line) -> None:  # noqa: F811
    folder = line.folder / "prompts/4-more"
    folder.mkdir()
    for name in ("index.md", "1-limes.md"):
        (folder / name).write_text((line.folder / "prompts/3-plums.md").read_text())
    line.publish("One.")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    for path in before:
        path.unlink()
    folder.rmdir()
    line.publish("Two.")
    folder.mkdir()
    for path, data in before.items():
        path.write_bytes(data)
    recording = line.folder / "prompts/recordings/en/1-1.wav"
    recording.parent.mkdir(parents=True)
    recording.write_bytes(b"a voice")
    line.run("pull", "--yes")
    assert not folder.exists()
    assert recording.read_bytes() == b"a voice"


def test_a_file_is_written_whole_or_not_at_all(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    line.publish("One.")
    line.publish("Two.")
    say(line.folder, "One.")
    before = folders(line)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert "No space left" in line.run("pull", "--yes", code=1)
    assert folders(line) == before
    assert not list(Path(line.folder).rglob("*.part"))
