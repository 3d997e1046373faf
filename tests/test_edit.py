"""Editing at the desk, publishing and undoing: whole flows as an operator goes through them."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest
from content.small import write_small_line
from flask import Flask
from test_desk import HASH, Operator, words

from ivr.app import create_app
from ivr.config import Settings
from ivr.versions import shelves as shelves_module
from ivr.versions.archive import pack
from ivr.versions.opening import supply_of
from tests.callers import Caller, settings_in

APPLES = "prompts/1-apples.md"
WITHIN = 60.0


@dataclass
class Line:
    """A line with a desk, its folders and who sits in front of it."""

    folder: Path
    settings: Settings
    app: Flask

    def operator(self) -> Operator:
        operator = Operator(self.app, self.settings.public_url)
        if self.settings.desk_password_hash:
            operator.logs_in()
        return operator

    def live(self) -> str:
        """What the topic on key 1 says in the version that is live."""
        supply = supply_of(self.settings)
        files = supply.files(supply.pointer.recent()[0].version)
        return files[APPLES].decode().rpartition("---\n")[2].strip()


def line_in(folder: Path, **more: str) -> Line:
    write_small_line(folder)
    places = {"PROMPTS": str(folder / "prompts"), "LOCALES": str(folder / "locales")}
    settings = settings_in(folder, **places, **more)
    return Line(folder, settings, create_app(settings))


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    """A line in production with one version published."""
    monkeypatch.setattr(shelves_module, "SETTLED", 0.0)
    write_small_line(tmp_path)
    settings = settings_in(tmp_path)
    data = pack(tmp_path / "prompts", tmp_path / "locales")
    supply_of(settings).pointer.publish(data, "Ada", "The first", 0)
    return line_in(tmp_path, DESK_PASSWORD_HASH=HASH)


@pytest.fixture
def here(tmp_path: Path) -> Line:
    """A line on its operator's own machine."""
    return line_in(tmp_path, PUBLIC_URL="http://localhost:5000")


def fields(html: str) -> dict[str, str]:
    """What the page's form would send, as it was shown."""
    found = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', html)}
    if text := re.search(r'<textarea id="text"[^>]*>\n(.*?)</textarea>', html, re.S):
        found["text"] = unescape(text[1])
    return {name: found[name] for name in found if name not in ("do", "title", "find")}


def edits(operator: Operator, path: str, change: Callable[[str], str], who: str = "Ada", do: str = "save"):  # type: ignore[no-untyped-def]
    """Open a file, change its text, and press a button."""
    form = fields(operator.get(f"/desk/edit/file?path={path}").text)
    return operator.post("/desk/edit/file", **form | {"text": change(form["text"]), "who": who, "do": do})


def publishes(operator: Operator, message: str = "Better words") -> str:
    """Publish the draft, wait, and return what the page says at the end."""
    form = fields(operator.get("/desk/publish").text)
    return ends(operator, operator.post("/desk/publish", **form | {"message": message, "who": "Ada"}))


def ends(operator: Operator, answer) -> str:  # type: ignore[no-untyped-def]
    assert answer.status_code == 303, words(answer.text)
    where = answer.headers["Location"].replace("/publish/work", "/publish/far")
    deadline = time.monotonic() + WITHIN
    while "data-ended" not in (page := operator.get(where).text):
        assert time.monotonic() < deadline, page
        time.sleep(0.02)
    return words(page)


def says(sentence: str) -> Callable[[str], str]:
    return lambda text: text.replace("This is about apples.", sentence)


def test_a_sentence_is_edited_published_heard_and_taken_back(line: Line) -> None:
    operator = line.operator()
    assert edits(operator, APPLES, says("Apples keep until spring.")).status_code == 303
    assert line.live() == "This is about apples."
    page = words(operator.get("/desk/publish").text)
    assert "1 apples changes: what is said" in page
    assert "Apples keep until spring" in page
    assert "is on the line" in publishes(operator)
    assert line.live() == "Apples keep until spring."
    assert "Nothing to publish" in operator.get("/desk/publish").text
    listed = words(operator.get("/desk/versions").text)
    assert "Better words" in listed
    form = fields(operator.get("/desk/versions/back?number=1").text)
    assert "is on the line" in ends(operator, operator.post("/desk/versions/back", **form | {"who": "Ada"}))
    assert line.live() == "This is about apples."


def test_on_ones_own_machine_it_goes_into_the_folders(here: Line) -> None:
    operator = here.operator()
    assert edits(operator, APPLES, says("Apples keep until spring.")).status_code == 303
    assert "This is about apples." in (here.folder / APPLES).read_text()
    form = fields(operator.get("/desk/publish").text)
    assert operator.post("/desk/publish", **form).status_code == 303
    assert "Apples keep until spring." in (here.folder / APPLES).read_text()
    assert "Nothing is changed" in operator.get("/desk/edit").text


def test_a_broken_edit_is_kept_named_with_its_line_and_never_published(line: Line) -> None:
    operator = line.operator()
    answer = edits(operator, APPLES, lambda text: text.replace("title:", "titel:"))
    assert answer.status_code == 303
    page = operator.get(answer.headers["Location"]).text
    assert 'data-line="2"' in page
    assert "titel" in fields(page)["text"]
    published = operator.get("/desk/publish").text
    assert "Mend this first" in published
    assert "prompts/1-apples.md:2" in words(published)
    assert 'name="message"' not in published
    form = fields(published) | {"shown": "1-anything", "who": "Ada"}
    assert operator.post("/desk/publish", **form).status_code == 409
    assert len(supply_of(line.settings).pointer.recent()) == 1
    assert "apples" in Caller(line.app).rings().stays_silent().heard
