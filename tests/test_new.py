"""`new`: an empty leaflet, what `check` says of it, and a line from it once it is filled in."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from callers import Caller, settings_in
from content.small import NUMBER, SPOKEN
from test_languages import Ended, run_in

from ivr.app import create_app
from ivr.commands.new import BLANK
from ivr.shelf import load
from ivr.texting import load_words

Run = Callable[..., Ended]
# What somebody writes after each empty field.
ANSWERS = {
    'name = ""': 'name = "the tea line"', 'number = ""': f'number = "{NUMBER}"', 'spoken = ""': f'spoken = "{SPOKEN}"',
    'text-ask = ""': 'text-ask = "This text will mention tea."', "title:": "title: Tea", "option:": "option: tea",
    "short:": "short: Tea", "sms:": f"sms: Drink tea. Helpline {SPOKEN}", "leaflet:": "leaflet: 1, Tea",
    "topic:": "topic: '2.1'",
}  # fmt: skip


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the leaflet in the folder `line`."""
    return lambda *arguments: run_in(tmp_path / "line", capsys, *arguments)


@pytest.fixture
def folder(tmp_path: Path, run: Run) -> Path:
    assert run("new", str(tmp_path / "line")).exit_code == 0
    return tmp_path / "line"


def fill_in(folder: Path) -> None:
    """Answer what is empty, and write a text below each header that has none."""
    for path in [*folder.glob("prompts/**/*.md"), *folder.glob("prompts/*.toml")]:
        lines = [ANSWERS.get(line, line) for line in path.read_text(encoding="utf-8").splitlines()]
        if lines[-1] == "---":
            lines.append("Tea is made of leaves.")
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")


def test_it_says_what_to_do_next_and_that_stands_in_the_folder_too(tmp_path: Path, run: Run) -> None:
    result = run("new", str(tmp_path / "a line"))
    assert (result.exit_code, result.stderr) == (0, "")
    places = tmp_path / "a line"
    assert f"export PROMPTS='{places / 'prompts'}' LOCALES='{places / 'locales'}'" in result.stdout
    steps = re.findall(r"^\d\. .*$", result.stdout, re.M)
    assert len(steps) > 5
    assert all(step in (places / "README.md").read_text(encoding="utf-8") for step in steps)
    assert not list(tmp_path.glob(".*"))


def test_a_folder_that_is_there_is_left_as_it_is(tmp_path: Path, run: Run) -> None:
    (tmp_path / "mine").mkdir()
    result = run("new", str(tmp_path / "mine"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "is there already" in result.stderr
    assert not list((tmp_path / "mine").iterdir())


def test_a_folder_that_cannot_be_made_leaves_nothing_behind(tmp_path: Path, run: Run) -> None:
    (tmp_path / "file").write_text("")
    result = run("new", str(tmp_path / "file" / "line"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "cannot be made" in result.stderr


def test_help_has_an_example(run: Run) -> None:
    assert "Example: python -m ivr new " in run("new", "--help").stdout


def test_check_names_every_place_that_is_to_be_filled_in_and_nothing_else(folder: Path, run: Run) -> None:
    result = run("check")
    assert result.exit_code == 1
    found = re.findall(r"^(\S+):(\d+): error ([\w-]+):", result.stdout, re.M)
    assert {code.rpartition("-")[2] for _, _, code in found} == {"missing"}
    assert len(found) == len(result.stdout.splitlines())
    for path, line, _ in found:
        text = (folder / path).read_text(encoding="utf-8").splitlines()[int(line) - 1]
        assert text == "---" or re.search(r'(:|= "")$', text), (path, line, text)
    empty = {
        (str(path.relative_to(folder)), str(number))
        for path in folder.glob("prompts/**/*.md")
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.fullmatch(r"(title|option|sms|leaflet):", text)
    }
    assert empty
    assert empty <= {(path, line) for path, line, _ in found}


def test_filled_in_it_has_no_problem_and_a_call_and_a_text_work(folder: Path, run: Run) -> None:
    fill_in(folder)
    result = run("check")
    first, *facts = result.stdout.splitlines()
    assert (result.exit_code, first) == (0, "No problems: 3 topics and 1 urgent kinds.")
    assert all(": warning " in fact and fact.startswith("prompts/line.toml:") for fact in facts)
    places = {name: str(folder / name.lower()) for name in ("PROMPTS", "LOCALES")}
    caller = Caller(create_app(settings_in(folder, **places))).rings()
    assert "This is the tea line." in caller.heard
    assert "Tea is made of leaves" in caller.presses("21").stays_silent(2).heard_in_all
    assert "This connects you to the tea line" in caller.presses("0").heard
    text = run("text", "--json", "mum collapsed and wont wake up").stdout
    assert '"urgent": "emergency"' in text


def test_what_the_blank_says_is_no_leaflets_own() -> None:
    """The phrases of a new leaflet must not carry the first one's subject to another charity's callers."""
    for path in BLANK.rglob("*.*"):
        assert not re.search(
            r"breast|cancer|\bbones?\b|0808|treatment team", path.read_text(encoding="utf-8"), re.I
        )


def test_the_blank_has_every_phrase_with_the_words_of_the_shipped_line_or_a_reason(tmp_path: Path) -> None:
    """A phrase that is made clearer on the shipped line must not stay unclear on every new one."""
    root = Path(__file__).resolve().parent.parent
    shutil.copytree(BLANK, tmp_path / "line")
    fill_in(tmp_path / "line")
    blank, _ = load(tmp_path / "line" / "prompts", tmp_path / "line" / "locales")
    shipped, _ = load(root / "prompts", root / "locales")
    differ = {name for name, text in shipped.own.phrases.items() if blank.own.phrases[name] != text}
    # They name the illness, the treatment team that its patients have, or the ten sections.
    assert differ == {"text-ask", "cannot-wait", "fallback", "fallback-sms", "sms-start"}
    assert load_words(blank, tmp_path / "line" / "locales")["en"]
