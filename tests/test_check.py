"""`check` and its neighbours on the command line: what is printed where, and the exit code."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest
from content.small import SPOKEN, write_small_line

from ivr.cli import main
from ivr.config import SETTINGS


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write_small_line(tmp_path)


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    exit_code: int
    stdout: str
    stderr: str


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], small: Path
) -> Callable[..., Ended]:
    """Run a command on the small line, or on what `environment` names."""

    def run(*arguments: str, **environment: str) -> Ended:
        places = {
            "PROMPTS": str(small / "prompts"),
            "LOCALES": str(small / "locales"),
            "AUDIO": str(small / "audio"),
        }
        for name, value in {**dict.fromkeys(SETTINGS, ""), **places, **environment}.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main(arguments, prog_name="ivr")
        printed = capsys.readouterr()
        return Ended(int(ended.value.code or 0), printed.out, printed.err)

    return run


def break_two(folder: Path) -> None:
    for name in ("1-apples.md", "3-plums.md"):
        path = folder / "prompts" / name
        path.write_text(path.read_text().replace("title:", "titel:"))


def test_a_sound_folder_is_exit_code_0(run: Callable[..., Ended]) -> None:
    result = run("check")
    assert (result.exit_code, result.stdout, result.stderr) == (
        0,
        "No problems: 4 topics and 2 urgent kinds.\n",
        "",
    )


def test_the_shipped_content_is_sound(run: Callable[..., Ended]) -> None:
    result = run("check", PROMPTS="", LOCALES="")
    # Languages that are not on the line are named below.
    first = result.stdout.splitlines()[0]
    assert (result.exit_code, first) == (0, "No problems: 33 topics and 9 urgent kinds.")


def test_every_problem_is_a_line_and_exit_code_1(run: Callable[..., Ended], small: Path) -> None:
    break_two(small)
    result = run("check")
    assert result.exit_code == 1
    assert [line.split(" There")[0] for line in result.stdout.splitlines()] == [
        "prompts/1-apples.md:1: error title-missing: The header has no title. Add a line title: and its text.",
        "prompts/1-apples.md:2: error field-unknown:",
        "prompts/3-plums.md:1: error title-missing: The header has no title. Add a line title: and its text.",
        "prompts/3-plums.md:2: error field-unknown:",
    ]
    assert result.stderr == "4 problem(s). The line keeps serving what it last had.\n"


def test_json_tells_a_machine_the_same(run: Callable[..., Ended], small: Path) -> None:
    assert json.loads(run("check", "--json").stdout) == {"problems": []}
    break_two(small)
    result = run("check", "--json")
    rows = json.loads(result.stdout)["problems"]
    assert result.exit_code == 1
    assert [(row["path"], row["line"], row["code"], row["gravity"]) for row in rows] == [
        ("prompts/1-apples.md", 1, "title-missing", "error"),
        ("prompts/1-apples.md", 2, "field-unknown", "error"),
        ("prompts/3-plums.md", 1, "title-missing", "error"),
        ("prompts/3-plums.md", 2, "field-unknown", "error"),
    ]
    assert all(row["text"] and row["mend"] for row in rows)


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "now"),
        ("check", "--explain", "sms-lang"),
        ("chek",),
        ("render", "--workers", "0"),
        ("export", "--language", "xx"),
    ],
)
def test_wrong_use_is_exit_code_2(run: Callable[..., Ended], arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: " in result.stderr


def test_check_waits_for_no_web_server_and_no_database() -> None:
    loaded = "import sys, ivr.cli; print(sorted({'flask', 'granian', 'requests', 'sqlalchemy'} & sys.modules.keys()))"
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, check=True, cwd=root)
    assert done.stdout == b"[]\n"


@pytest.mark.parametrize("command", ["publish", "rollback", "versions"])
def test_the_commands_that_are_loaded_late_are_named_and_have_help(
    run: Callable[..., Ended], command: str
) -> None:
    assert f"\n  {command} " in run("--help").stdout
    assert f"Usage: ivr {command} " in run(command, "--help").stdout


@pytest.mark.parametrize("command", ["check", "render", "export", "fallback", "serve", "call"])
def test_settings_that_do_not_fit_are_exit_code_1(run: Callable[..., Ended], command: str) -> None:
    result = run(command, PORT="many")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "PORT is 'many', which is no whole number from 1 to 65535. Set it to the port to listen on (5000).\n"
    )


@pytest.mark.parametrize("command", ["render", "export", "fallback", "serve", "call"])
def test_faulty_content_stops_every_command_with_the_same_lines(
    run: Callable[..., Ended], small: Path, command: str
) -> None:
    break_two(small)
    result = run(command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == run("check").stdout


def test_export_has_a_row_for_every_topic(run: Callable[..., Ended]) -> None:
    rows = json.loads(run("export", "--language", "en").stdout)
    assert [(row["id"], row["keys"], row["spoken"]) for row in rows[:4]] == [
        ("1", "1", ["This is about apples."]),
        ("2", "2", ["This is about fruit."]),
        ("2.1", "21", ["This is about pears."]),
        ("3", "3", ["This is about plums."]),
    ]
    assert all(row["seconds"] > 0 and SPOKEN in row["sms"] and row["sms_parts"] == 1 for row in rows)


@pytest.mark.parametrize(
    ("arguments", "verbs"), [(("fallback",), ["Say", "Hangup"]), (("fallback", "--sms"), ["Message"])]
)
def test_the_fallback_is_a_document_for_the_carrier(
    run: Callable[..., Ended], arguments: tuple[str, ...], verbs: list[str]
) -> None:
    result = run(*arguments)
    document = ElementTree.fromstring(result.stdout.encode())  # noqa: S314 - our own document
    assert (result.exit_code, document.tag, [verb.tag for verb in document]) == (0, "Response", verbs)


def test_settings_lists_every_setting(run: Callable[..., Ended]) -> None:
    result = run("settings")
    assert [line.split()[0] for line in result.stdout.splitlines()] == list(SETTINGS)
