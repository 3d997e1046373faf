"""Publishing: a version is a file named by its content, one pointer says which is live, and calls keep theirs."""

import io
import json
import os
import shutil
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from callers import environ_in
from click.testing import CliRunner
from content.small import write_small_line

from ivr.cli import main
from ivr.config import SETTINGS, Settings, read_settings
from ivr.dialogue.call import answer
from ivr.dialogue.circumstances import Circumstances
from ivr.dialogue.place import At, Place, read_place
from ivr.dialogue.turns import Ask
from ivr.served import Served
from ivr.shelf import load
from ivr.speech.engines import chain_of
from ivr.versions import shelves as shelves_module
from ivr.versions.archive import VersionError, name_of, pack, unpacked
from ivr.versions.difference import Difference
from ivr.versions.opening import open_shelves, supply_of
from ivr.versions.pointer import OvertakenError
from ivr.versions.publishing import describe
from ivr.versions.shelves import Shelves
from ivr.versions.store import Known, VersionStore


def say(folder: Path, words: str) -> None:
    """Have the topic on key 1 say `words`."""
    path = folder / "prompts/1-apples.md"
    head, _, _ = path.read_text(encoding="utf-8").rpartition("---\n")
    path.write_text(f"{head}---\n{words}\n", encoding="utf-8")


def said_by(served: Served) -> str:
    return served.library.own.topics["1"].parts[0].text


@dataclass
class Line:
    """A line in production, its folders and its versions, without a web server."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return read_settings(self.environ)

    def publish(self, words: str, message: str = "") -> int:
        """Publish what says `words`, without the sounds; its number."""
        say(self.folder, words)
        return self.publish_bytes(pack(self.folder / "prompts", self.folder / "locales"), message)

    def publish_bytes(self, data: bytes, message: str = "") -> int:
        pointer = supply_of(self.settings).pointer
        recent = pointer.recent()
        return pointer.publish(data, "a test", message, recent[0].number if recent else 0).number

    def open(self) -> Shelves:
        settings = self.settings
        return open_shelves(settings, chain_of(settings.speech_engines, settings.audio))

    def run(self, *arguments: str, code: int = 0, answer: str | None = None) -> str:
        result = CliRunner().invoke(main, arguments, input=answer, env=self.environ)
        assert result.exit_code == code, result.output
        return result.output


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    # A version is live here as soon as it is seen: nobody waits for other workers.
    monkeypatch.setattr(shelves_module, "SETTLED", 0.0)
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    write_small_line(tmp_path)
    folders = {"PROMPTS": str(tmp_path / "prompts"), "LOCALES": str(tmp_path / "locales")}
    return Line(tmp_path, environ_in(tmp_path) | folders)


# --- The file


def test_the_same_content_is_the_same_file_wherever_and_whenever_it_is_packed(tmp_path: Path) -> None:
    here = write_small_line(tmp_path / "here")
    there = shutil.copytree(here, tmp_path / "there")
    for number, path in enumerate(sorted(there.rglob("*.md"), reverse=True)):
        os.utime(path, (number * 1e6, number * 1e6))
        path.chmod(0o600)
    data = pack(here / "prompts", here / "locales")
    assert data == pack(there / "prompts", there / "locales")
    say(there, "Another sentence.")
    assert name_of(data) != name_of(pack(there / "prompts", there / "locales"))


@pytest.mark.parametrize(
    "name", [".1-apples.md.swp", "1-apples.md~", "__pycache__/x.pyc", "recordings/en/1.wav", ".git/config"]
)
def test_what_editors_leave_behind_and_recordings_are_not_in_it(tmp_path: Path, name: str) -> None:
    folder = write_small_line(tmp_path)
    data = pack(folder / "prompts", folder / "locales")
    path = folder / "prompts" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("left behind")
    assert pack(folder / "prompts", folder / "locales") == data


def test_what_is_packed_comes_out_as_it_went_in(tmp_path: Path) -> None:
    folder = write_small_line(tmp_path)
    with unpacked(pack(folder / "prompts", folder / "locales")) as found:
        for path in (path for path in folder.rglob("*") if path.is_file()):
            assert (found / path.relative_to(folder)).read_bytes() == path.read_bytes()
    assert not found.exists()


@pytest.mark.parametrize(
    "name", ["../outside.md", "prompts/../../outside.md", "/etc/outside", "other/file.md"]
)
def test_a_file_that_would_leave_its_folder_is_refused(name: str) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr(name, "out")
    with pytest.raises(VersionError, match="no text of a line"), unpacked(whole.getvalue()):
        pass


def test_a_damaged_file_is_told_and_replaced(tmp_path: Path) -> None:
    store = VersionStore(tmp_path / "versions")
    version = store.add(b"whole")
    store.path(version).write_bytes(b"half")
    with pytest.raises(VersionError, match="is damaged"):
        store.read(version)
    assert store.add(b"whole") == version
    assert store.read(version) == b"whole"


def test_only_so_many_files_are_kept_and_the_live_one_always(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.versions.store.KEPT", 3)
    store = VersionStore(tmp_path)
    names = [store.add(b"0")]
    os.utime(store.path(names[0]), (0, 0))
    store.remember(Known(1, names[0]))
    for number in range(1, 8):
        names.append(store.add(b"%d" % number))
        os.utime(store.path(names[-1]), (number, number))
    assert [store.read(name) is not None for name in names] == [True, *[False] * 4, *[True] * 3]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"number": 1}', '{"number": "x", "version": 2}', '{"number": 1, "version": "../x"}'],
)
def test_a_broken_note_of_what_was_live_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "live.json").write_text(text)
    assert VersionStore(tmp_path).known() is None


# --- What is served


def test_production_serves_what_is_published_and_not_the_folder(line: Line) -> None:
    line.publish("The published words.")
    say(line.folder, "Words that are being written.")
    shelves = line.open()
    shelves.look()
    assert said_by(shelves.live) == "The published words."


def test_even_a_broken_folder_changes_nothing(line: Line) -> None:
    line.publish("The published words.")
    shutil.rmtree(line.folder / "prompts")
    assert said_by(line.open().live) == "The published words."


def test_where_nothing_is_published_the_folder_is_served_as_it_was_at_the_start(line: Line) -> None:
    say(line.folder, "At the start.")
    shelves = line.open()
    say(line.folder, "Later.")
    shelves.look()
    assert (said_by(shelves.live), shelves.live.version) == ("At the start.", "")
    line.publish("Published.")
    begun = shelves.live
    shelves.look()
    assert said_by(shelves.live) == "Published."
    assert shelves.of("") is begun


def test_a_published_version_goes_live_and_calls_in_progress_keep_theirs(line: Line) -> None:
    line.publish("One.")
    shelves = line.open()
    first = shelves.live
    line.publish("Two.")
    prepared: list[str] = []
    assert shelves.look(lambda served: prepared.append(said_by(served)))
    assert (said_by(shelves.live), prepared) == ("Two.", ["Two."])
    assert shelves.of(first.version) is first
    assert list(shelves.all) == [shelves.live, first]


def test_only_the_last_few_versions_stay_loaded(line: Line) -> None:
    line.publish("Number 0.")
    shelves = line.open()
    first = shelves.live.version
    for number in range(1, 6):
        line.publish(f"Number {number}.")
        shelves.look()
    assert [said_by(served) for served in shelves.all] == ["Number 5.", "Number 4.", "Number 3.", "Number 2."]
    assert shelves.of(first) is None


def test_a_worker_that_starts_anew_loads_what_calls_may_still_be_hearing(line: Line) -> None:
    for words in ("One.", "Two.", "Three."):
        line.publish(words)
    shelves = line.open()
    assert [said_by(served) for served in shelves.all] == ["Three."]
    shelves.look()
    assert sorted(said_by(served) for served in shelves.all) == ["One.", "Three.", "Two."]


def test_a_new_version_waits_until_every_worker_knows_it(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line.publish("One.")
    shelves = line.open()
    monkeypatch.setattr(shelves_module, "SETTLED", 3600.0)
    line.publish("Two.")
    shelves.look()
    assert said_by(shelves.live) == "One."
    assert sorted(said_by(served) for served in shelves.all) == ["One.", "Two."]
    monkeypatch.setattr(shelves_module, "SETTLED", 0.0)
    shelves.look()
    assert said_by(shelves.live) == "Two."


def test_a_worker_that_began_with_the_newest_never_goes_back_to_an_older_one(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.publish("One.")
    line.publish("Two.")
    shelves = line.open()
    recent = supply_of(line.settings).pointer.recent()
    monkeypatch.setattr(shelves_module, "_settled", lambda _recent: iter(recent[1:]))
    shelves.look()
    assert said_by(shelves.live) == "Two."


def damage_everywhere(line: Line, version: str) -> None:
    """Damage a version on this machine and in the database."""
    supply = supply_of(line.settings)
    if supply.store.read(version) is not None:
        supply.store.path(version).write_bytes(b"half")
    with supply.pointer._database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE version_files SET data = x'00' WHERE version = '{version}'")  # noqa: S608


def test_a_damaged_version_is_refused_with_its_message_and_the_last_good_one_served(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    line.publish("Good.")
    shelves = line.open()
    number = line.publish("Bad.")
    damage_everywhere(line, supply_of(line.settings).pointer.recent()[0].version)
    shelves.look()
    shelves.look()
    assert said_by(shelves.live) == "Good."
    [problem] = shelves.problems
    assert problem.startswith(f"version {number} (")
    assert "is damaged in the database" in problem
    assert caplog.text.count("The last good one is still served.") == 1
    restarted = line.open()
    assert said_by(restarted.live) == "Good."
    assert restarted.problems == (problem,)
    line.publish("Mended.")
    shelves.look()
    assert (said_by(shelves.live), shelves.problems) == ("Mended.", ())


def test_a_version_whose_texts_have_faults_is_refused_with_every_one_of_them(line: Line) -> None:
    line.publish("Good.")
    shelves = line.open()
    path = line.folder / "prompts/3-plums.md"
    path.write_text(path.read_text().replace("title:", "titel:"))
    line.publish("Bad.")
    shelves.look()
    assert said_by(shelves.live) == "Good."
    assert "prompts/3-plums.md:2: error field-unknown: There is no field 'titel'." in shelves.problems[0]


def test_a_file_that_was_damaged_here_is_taken_from_the_database(line: Line) -> None:
    line.publish("Whole.")
    line.open()
    store = VersionStore(line.settings.versions)
    known = store.known()
    assert known
    store.path(known.version).write_bytes(b"half")
    assert said_by(line.open().live) == "Whole."
    assert store.read(known.version)


def test_another_machine_gets_a_version_from_the_database(line: Line, tmp_path: Path) -> None:
    line.publish("From afar.")
    line.environ |= {"VERSIONS": str(tmp_path / "another")}
    shutil.rmtree(line.folder / "prompts")
    assert said_by(line.open().live) == "From afar."


# --- Without the database


def test_while_the_database_is_down_the_last_one_is_served_on(line: Line, tmp_path: Path) -> None:
    line.publish("Known.")
    shelves = line.open()
    database, away = tmp_path / "line.sqlite", tmp_path / "away"
    for path in tmp_path.glob("line.sqlite*"):
        path.rename(away.with_name(path.name.replace("line.sqlite", "away")))
    database.mkdir()
    line.environ |= {"DATABASE_URL": f"sqlite:///{database}"}
    down = line.open()
    assert not down.look()
    assert said_by(down.live) == said_by(shelves.live) == "Known."
    database.rmdir()
    for path in tmp_path.glob("away*"):
        path.rename(path.with_name(path.name.replace("away", "line.sqlite")))
    line.publish("Back.")
    shutil_free = line.open()
    assert said_by(shutil_free.live) == "Back."


def test_a_start_without_the_database_says_so(
    line: Line, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    line.publish("Known.")
    line.open()
    line.environ |= {"DATABASE_URL": "sqlite:////proc/none/line.sqlite"}
    shelves = line.open()
    assert said_by(shelves.live) == "Known."
    assert "the database does not answer: version 1 is served, the last that was live here" in caplog.text
    caplog.clear()
    assert [shelves.look(), shelves.look()] == [False, False]
    assert caplog.text.count("does not say which version is live") == 1


# --- The call


def test_the_version_stands_in_the_url_and_is_nothing_but_a_version() -> None:
    place = Place("en", version="0123456789ab")
    path, _, query = place.path.partition("?")
    assert read_place(path, query) == place
    assert "version" not in Place("en").path
    for forged in ("0123456789AB", "../../etc/pas", "0123456789abc", "", "0123456789a\n"):
        found = read_place(path, f"version={forged}")
        assert found is not None
        assert found.version == ""


def heard(turns: object) -> list[str]:
    assert isinstance(turns, tuple)
    return [say.text for turn in turns if isinstance(turn, Ask) for say in turn.says]


def place_after(turns: object) -> Place:
    assert isinstance(turns, tuple)
    return next(turn.place for turn in turns if isinstance(turn, Ask))


@pytest.mark.parametrize(
    ("place", "key", "topic"),
    [
        (Place("en"), "1", "menu"),  # the key was meant for a list that may be another one now
        (Place("en", topic="2", part=1), "1", "menu"),
        (Place("en", topic="2.1"), "6", "2.1"),  # while listening every key means what it always means
        (Place("en", topic="2.1"), "#", "3"),
        (Place("en", At.WELCOME), "1", "menu"),
    ],
)  # fmt: skip
def test_a_call_whose_version_is_gone_goes_on_in_the_live_one(
    tmp_path: Path, place: Place, key: str, topic: str
) -> None:
    library, _ = load(write_small_line(tmp_path) / "prompts", tmp_path / "locales")
    turns = answer(library, place, key, Circumstances(moved=True))
    assert place_after(turns).topic == topic
    to_person = answer(library, place, "0", Circumstances(moved=True))
    assert place_after(to_person).at in (At.HELPLINE, At.MISSED)


def test_what_ends_a_transfer_never_dials_again_in_another_version(tmp_path: Path) -> None:
    library, _ = load(write_small_line(tmp_path) / "prompts", tmp_path / "locales")
    place = Place("en", At.HELPLINE)
    for outcome in ("busy", "no-answer", "completed"):
        moved = answer(library, place, outcome, Circumstances(moved=True))
        assert moved == answer(library, place, outcome, Circumstances())


# --- The commands


def test_whoever_takes_a_language_off_the_line_is_told_how_to_learn_why() -> None:
    told = list(describe(Difference({"cy": False}, (), {}, ()), {}))
    assert told == ["cy: the language goes off the line; python -m ivr check --language cy says why"]


def test_publish_shows_what_changes_and_asks(line: Line) -> None:
    first = line.run("publish", answer="y\n")
    assert "the whole language is new" in first
    assert "Version 1 (" in first
    say(line.folder, "This is about apples, pears, plums and a good deal of other fruit besides.")
    (line.folder / "prompts/4-limes.md").write_text(
        (line.folder / "prompts/3-plums.md").read_text().replace("plums", "limes")
    )
    urgent = line.folder / "prompts/urgent/index.md"
    urgent.write_text(urgent.read_text().replace("If someone collapses, call 999.", "Call 999."))
    (line.folder / "locales/en/pronunciation.toml").write_text('[names]\n"Xgeva" = "Ex jeeva"\n')
    shown = line.run("publish", "--message", "More fruit", code=1, answer="n\n")
    assert "English (en):\n" in shown
    assert "  changed  1 apples (said): about 2 → 6 s, SMS parts 1\n" in shown
    assert "  added    4 limes: about 2 s, SMS parts 1\n" in shown
    assert "  changed  what the line says around them: the safety text\n" in shown
    assert "changed  locales/en/pronunciation.toml\n" in shown
    assert [row["number"] for row in json.loads(line.run("versions", "--json"))] == [1]
    assert "Version 2 (" in line.run("publish", "--message", "More fruit", "--who", "Ada", answer="y\n")
    assert "Nothing is changed." in line.run("publish")
    listed = line.run("versions").splitlines()
    assert listed[0].startswith("   2  ")
    assert listed[0].endswith("  Ada  More fruit  (live)")


def test_publish_refuses_faulty_texts_and_word_lists(line: Line) -> None:
    line.run("publish", "--yes")
    good = (line.folder / "prompts/3-plums.md").read_text()
    (line.folder / "prompts/3-plums.md").write_text(good.replace("title:", "titel:"))
    assert "prompts/3-plums.md:2: error field-unknown" in line.run("publish", "--yes", code=1)
    (line.folder / "prompts/3-plums.md").write_text(good)
    (line.folder / "locales/en/understanding.yaml").write_text("topics: [")
    assert "locales/en/understanding.yaml:" in line.run("publish", "--yes", code=1)
    assert len(json.loads(line.run("versions", "--json"))) == 1


def test_publish_makes_every_sound_before_the_line_changes(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.run("publish", "--yes")
    chain = chain_of(("espeak",), line.settings.audio)
    sounds = line.open().live.sounds
    assert list(sounds.missing()) == []
    (line.folder / "audio-file").write_text("no folder")
    line.environ |= {"AUDIO": str(line.folder / "audio-file")}
    say(line.folder, "A sentence that has no sound yet.")
    assert "cannot be written" in line.run("publish", "--yes", code=1)
    assert len(json.loads(line.run("versions", "--json"))) == 1
    assert chain.store.keys()


def test_rollback_puts_an_old_version_on_the_line_again(line: Line) -> None:
    line.publish("One.")
    line.publish("Two.")
    shelves = line.open()
    assert "(said)" in line.run("rollback", "1", "--yes")
    shelves.look()
    assert said_by(shelves.live) == "One."
    assert "is live already" in line.run("rollback", "1")
    assert "There is no version 9" in line.run("rollback", "9", code=2)
    newest = json.loads(line.run("versions", "--json"))[0]
    assert (newest["number"], newest["message"]) == (3, "back to version 1")


def test_a_release_publishes_new_folders_and_undoes_no_rollback(line: Line) -> None:
    say(line.folder, "One.")
    line.run("publish", "--release")
    say(line.folder, "Two.")
    line.run("publish", "--release")
    line.run("rollback", "1", "--yes", "--who", "Ada")
    assert "It stays." in line.run("publish", "--release")
    assert said_by(line.open().live) == "One."
    say(line.folder, "Three.")
    assert "Version 4 (" in line.run("publish", "--release")
    assert said_by(line.open().live) == "Three."


def test_who_publishes_second_is_told_and_changes_nothing(line: Line) -> None:
    line.publish("One.")
    pointer = supply_of(line.settings).pointer
    with pytest.raises(OvertakenError):
        pointer.publish(b"made before version 1 was", "a test", "", after=0)
    assert [one.number for one in pointer.recent()] == [1]


def test_old_bytes_are_forgotten_and_their_rows_stay(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ivr.versions.pointer.KEPT", 2)
    names = [name_of(b"%d" % number) for number in range(4)]
    for number in range(4):
        line.publish_bytes(b"%d" % number)
    pointer = supply_of(line.settings).pointer
    assert [pointer.read(name) for name in names] == [None, None, b"2", b"3"]
    assert "is not kept any more" in line.run("rollback", "1", code=1)
    assert len(pointer.recent()) == 4


def test_the_procfile_publishes_on_release() -> None:
    procfile = (Path(__file__).resolve().parent.parent / "Procfile").read_text()
    assert "release: python -m ivr publish --release\n" in procfile
