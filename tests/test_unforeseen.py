"""What no rule foresees: it keeps no line from starting, no worker from following, and nobody out of the desk."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

import pytest
from test_desk import words
from test_edit import APPLES, WITHIN, Operator, audio, edits, fields, says  # noqa: F401 - fixtures
from test_edit import Line as DeskLine
from test_edit import line as desk_line  # noqa: F401 - a fixture
from test_languages import PSEUDO, Run, locales, put, run, small  # noqa: F401 - fixtures
from test_publish import Line, line, said_by  # noqa: F401 - fixtures

from ivr.checking.rehearsal import rehearse
from ivr.config import Settings
from ivr.content import translate
from ivr.drafts.draft import Change
from ivr.drafts.files import DraftError
from ivr.drafts.judge import Judge
from ivr.drafts.table import DraftTable
from ivr.drafts.workshop import Edit, Workshop
from ivr.outbox.database import Database
from ivr.problems import ContentError
from ivr.served import Served
from ivr.shelf import load
from ivr.speech.engines import chain_of
from ivr.texting import load_words
from ivr.versions.archive import SHORT, files_of, pack, pack_files, read_folders
from ivr.versions.opening import serve_version, supply_of
from ivr.versions.publishing import checked
from ivr.versions.shelves import Shelves
from tests.callers import settings_in

# -- a version that cannot be made to serve


def opened(line: Line) -> Shelves:  # noqa: F811
    """Shelves for which a version that says "Bad." fails in a way that nobody foresaw."""
    settings = line.settings
    chain = chain_of(settings.speech_engines, settings.audio)

    def read(data: bytes, version: str) -> Served:
        if b"Bad." in files_of(data)["prompts/1-apples.md"]:
            raise ValueError("the words of somebody")
        return serve_version(settings, chain, data, version[:SHORT])

    def folder() -> Served:
        raise AssertionError("a published version is good")

    return Shelves(supply_of(settings), read, folder)


def test_a_worker_passes_over_what_fails_and_follows_what_comes_after(
    line: Line,  # noqa: F811
    caplog: pytest.LogCaptureFixture,
) -> None:
    line.publish("Good.")
    shelves = opened(line)
    number = line.publish("Bad.")
    assert shelves.look()
    assert said_by(shelves.live) == "Good."
    [problem] = shelves.problems
    assert problem.startswith(f"version {number} (")
    assert "(ValueError)" in problem
    assert "somebody" not in problem
    assert any(record.exc_info for record in caplog.records)
    line.publish("Better.")
    assert shelves.look()
    assert (said_by(shelves.live), shelves.problems) == ("Better.", ())


def test_a_start_passes_over_what_fails(line: Line) -> None:  # noqa: F811
    line.publish("Good.")
    line.publish("Bad.")
    shelves = opened(line)
    assert said_by(shelves.live) == "Good."
    assert "(ValueError)" in shelves.problems[0]


def versions_page(desk: DeskLine, wanted: str) -> str:
    """The page of versions, once this worker has looked at what was published."""
    operator, deadline = desk.operator(), monotonic() + WITHIN
    while wanted not in (page := words(operator.get("/desk/versions").text)):
        assert monotonic() < deadline, page
        sleep(0.05)
    return page


def test_the_desk_says_of_a_refused_version_that_callers_do_not_hear_it(desk_line: DeskLine) -> None:  # noqa: F811
    assert "On the line now" in words(desk_line.operator().get("/desk/versions").text)
    supply = supply_of(desk_line.settings)
    files = supply.files(supply.pointer.recent()[0].version)
    data = pack_files(files | {APPLES: files[APPLES].replace(b"title:", b"titel:")})
    supply.pointer.publish(data, "Ada", "Broken", 1)
    page = versions_page(desk_line, "Published, not served")
    assert "Version 2 is published, but callers do not hear it." in page
    assert "There is no field 'titel'." in page
    assert "Callers hear this Put 1 back" in page
    assert "On the line now" not in page


# -- what is made once before it is published


def served_in(folder: Path) -> Settings:
    places = {name: str(folder / name.lower()) for name in ("PROMPTS", "LOCALES")}
    return settings_in(folder, **places, SERVE_UNREVIEWED=PSEUDO)


@pytest.mark.parametrize(
    ("phrase", "source"), [("fallback", "{name} {safety} {number}"), ("sms-menu", "{menu} {number}")]
)
def test_what_no_rule_has_found_is_found_by_making_it(
    locales: Path,  # noqa: F811
    run: Run,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    phrase: str,
    source: str,
) -> None:
    """Were there no rule for values: the language, the phrase and its line are named all the same."""
    folder = locales.parent
    put(locales, phrase, f"Yes. {source}", f"Sì. {source.replace('}', ': }', 1)}")
    monkeypatch.setattr(translate, "keeps_values", lambda _phrase, _text: True)
    settings, data = served_in(folder), pack(folder / "prompts", folder / "locales")
    with pytest.raises(ContentError) as refused:
        checked(settings, data, load_words)
    [problem] = refused.value.problems
    assert (problem.code, problem.path) == ("rehearsal", f"locales/{PSEUDO}/LC_MESSAGES/phrases.po")
    assert f"({PSEUDO}): the phrase {phrase!r} cannot be filled in" in problem.text
    assert (folder / problem.path).read_text().splitlines()[problem.line - 1] == f'msgctxt "{phrase}"'
    assert Judge(settings, load_words).judge(files_of(data)).problems == (problem,)
    told = run("check", SERVE_UNREVIEWED=PSEUDO)
    assert (told.exit_code, str(problem) in told.stdout + told.stderr) == (1, True)


def test_what_is_made_of_the_texts_is_named_where_it_cannot_be(small: Path) -> None:  # noqa: F811
    prompts, folder = small / "prompts", small / "locales"
    library, languages = load(prompts, folder)
    assert rehearse(library, languages, prompts, folder) == ()
    topics = {name: topic for name, topic in library.own.topics.items() if name != "2.1"}
    broken = replace(library, editions={"en": replace(library.own, topics=topics)})
    assert [problem.text for problem in rehearse(broken, languages, prompts, folder)] == [
        "English (en): the list of everything that is said cannot be made."
    ]


# -- a draft that locks nobody out


@pytest.fixture
def workshop(small: Path) -> Workshop:  # noqa: F811
    return Workshop(served_in(small), load_words)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("prompts/line.toml/a.md", "prompts/line.toml is a file and not a folder."),
        ("prompts/1-apples.md/index.md", "prompts/1-apples.md is a file and not a folder."),
        ("prompts/" + "語" * 66 + ".md", "its name is too long to be kept"),
    ],
)
def test_a_draft_refuses_a_file_that_no_folder_can_hold(workshop: Workshop, path: str, told: str) -> None:
    with pytest.raises(DraftError, match=told):
        workshop.save(Edit(path, b"x\n", "", "", "Ada"))
    assert workshop.count() == 0


def test_a_file_does_not_take_the_name_of_a_folder(workshop: Workshop) -> None:
    inside, outside = "prompts/9-new.md/index.md", "prompts/9-new.md"
    assert workshop.save(Edit(inside, b"x\n", "", "", "Ada"))
    with pytest.raises(DraftError, match=f"there is a folder of that name, with {re.escape(inside)} in it"):
        workshop.save(Edit(outside, b"x\n", "", "", "Ada"))
    assert workshop.save(Edit(inside, None, workshop.draft().changes[inside].sha, "", "Ada"))
    assert workshop.save(Edit(outside, b"x\n", "", "", "Ada"))


UNREADABLE = {
    "brackets in a header": (APPLES, b"---\ntitle: " + b"[" * 5000 + b"\n---\nHello.\n", "header"),
    "a letter that is none": (APPLES, b'---\ntitle: "\\UFFFFFFFF"\n---\nHello.\n', "header"),
    "a field that holds itself": (APPLES, b"---\n? &a [*a]\n: x\n---\nHello.\n", "field-unknown"),
    "brackets in a table": ("prompts/line.toml", b"x = " + b"[" * 3000 + b"\n", "line-toml"),
    "a long number": ("prompts/line.toml", b"x = " + b"9" * 5000 + b"\n", "line-toml"),
    "letters of no kind": (
        "locales/it/LC_MESSAGES/phrases.po",
        b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=hex\\n"\n\nmsgid "a"\nmsgstr "b"\n',
        "catalog",
    ),
}


@pytest.mark.parametrize(("path", "data", "code"), UNREADABLE.values(), ids=UNREADABLE)
def test_whatever_is_in_a_file_is_a_problem_at_that_file(
    locales: Path,  # noqa: F811
    path: str,
    data: bytes,
    code: str,
) -> None:
    settings = served_in(locales.parent)
    files = read_folders(settings.prompts, settings.locales)
    judgement = Judge(settings, load_words).judge(files | {path: data})
    assert (code, path) in [(problem.code, problem.path) for problem in judgement.problems]


def test_what_cannot_be_judged_is_one_problem_at_the_changed_file_and_not_remembered(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing: list[Callable[[], None]] = []
    judge = Judge(workshop.settings, lambda _library, _locales: [fail() for fail in failing])

    def fail() -> None:
        raise MemoryError

    files = workshop.base().files
    assert judge.judge(files).problems == ()
    path = "prompts/3-plums.md"
    changed = files | {path: files[path].replace(b"about plums", b"about ripe plums")}
    # Word lists are read where the topics have changed.
    changed |= {"prompts/4-figs.md": files[path].replace(b"plums", b"figs")}
    failing.append(fail)
    [problem] = judge.judge(changed).problems
    assert (problem.path, problem.code) == (path, "judge")
    assert problem.text.startswith("The texts cannot be judged: ")
    assert "(MemoryError)" in problem.text
    failing.clear()
    assert "judge" not in [problem.code for problem in judge.judge(changed).problems]


@pytest.mark.parametrize("path", [f"{APPLES}/a.md", "prompts/" + "語" * 95 + ".md"])
def test_a_draft_that_cannot_be_laid_out_is_shown_and_taken_back(desk_line: DeskLine, path: str) -> None:  # noqa: F811
    """As a database may hold it from before such names were refused."""
    table = DraftTable(Database(desk_line.settings.database_url, 2.0))
    assert table.put(Change(path, b"x\n", "", "Ada", 0.0), "", "")
    operator: Operator = desk_line.operator()
    for page in ("/desk/edit", "/desk/publish", "/desk/notices", "/desk/files", "/desk/versions"):
        assert operator.get(page).status_code == 200, page
    assert "The texts cannot be judged" in words(operator.get("/desk/publish").text)
    form = fields(operator.get(f"/desk/edit/file?path={path}").text)
    assert operator.post("/desk/edit/file", **form | {"do": "back"}).status_code == 303
    assert "Nothing is changed" in operator.get("/desk/edit").text
    assert edits(operator, APPLES, says("Apples keep.")).status_code == 303


def test_an_upload_names_what_no_folder_can_hold(desk_line: DeskLine) -> None:  # noqa: F811
    operator = desk_line.operator()
    path = f"{APPLES}/a.md"
    form = {"token": operator.token("/desk/files"), "who": "Ada", "path": path}
    answer = operator.client.post(
        "/desk/files", data=form | {"file": (io.BytesIO(b"x"), "a.md")}, base_url=operator._base
    )
    assert answer.status_code == 400
    assert f"{APPLES} is a file and not a folder." in words(answer.text)
    assert "Nothing is changed" in operator.get("/desk/edit").text
