"""Editing as charity staff do it: a sentence, its seconds and parts, a fault, publishing, hearing it, undoing it."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery"
HASH = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
WITHIN = 60_000
APPLES = "prompts/1-apples.md"
EDIT = f"/desk/edit/file?path={APPLES}"
SHOTS = os.environ.get("SHOTS")


@dataclass(frozen=True)
class Line:
    """A line in production with a desk; its own carrier reaches it, and so does a browser on this machine."""

    url: str
    folder: Path


@pytest.fixture(scope="module")
def small_line(
    tmp_path_factory: pytest.TempPathFactory, start: Callable[..., AbstractContextManager[str]]
) -> Iterator[Line]:
    sys.path[:0] = [str(ROOT / "tests")]
    from callers import environ_in
    from content.small import write_small_line

    folder = tmp_path_factory.mktemp("edit")
    write_small_line(folder)
    environ = environ_in(folder) | {
        "DESK_PASSWORD_HASH": HASH, "WEB_CONCURRENCY": "2",
        "PROMPTS": str(folder / "prompts"), "LOCALES": str(folder / "locales"),
    }  # fmt: skip
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TWILIO_")}
    subprocess.run(
        [sys.executable, "-m", "ivr", "publish", "--yes", "--who", "Ada", "--message", "The first texts"],
        cwd=ROOT, env=clean | environ, capture_output=True, check=True,
    )  # fmt: skip
    with start(folder, **environ) as url:
        yield Line(url.replace("127.0.0.1", "localhost"), folder)


@pytest.fixture(params=["light"])
def desk(request: pytest.FixtureRequest, chromium: Browser, small_line: Line) -> Iterator[Page]:
    """The desk after its login, which must not have written an error by the end of the test."""
    page = chromium.new_page(
        viewport={"width": 1280, "height": 900}, color_scheme=request.param, base_url=small_line.url
    )
    page.set_default_timeout(WITHIN)
    expect.set_options(timeout=WITHIN)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    # The answer to the second of two who change one file is 409, and Chromium calls that an error.
    page.on(
        "console",
        lambda line: errors.append(line.text) if line.type == "error" and "409" not in line.text else None,
    )
    page.goto("/desk")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Map of the call")
    yield page
    page.close()
    assert errors == []


def write(desk: Page, old: str, new: str) -> None:
    """Change words in the text box as somebody does who types."""
    box = desk.get_by_label("Text", exact=True)
    box.fill(box.input_value().replace(old, new))


def hears(desk: Page, which: str) -> str:
    """What the desk's own phone says of the topic on key 1, on the draft or on the live line."""
    desk.goto(f"/desk/{which}/phone")
    desk.get_by_label("Fast: do not wait for the sound").check()
    desk.get_by_role("button", name="Call", exact=True).click()
    captions = desk.locator("#captions")
    expect(captions).to_contain_text("call 999")
    for _ in range(2):
        expect(desk.locator("#doing")).to_contain_text("Waiting for a key")
        desk.locator("[data-key='1']").click()
    expect(captions).to_contain_text("apples")
    said = captions.inner_text()
    desk.get_by_role("button", name="End call").click()
    return said


def publish(desk: Page, message: str) -> None:
    desk.get_by_label("What this changes").fill(message)
    desk.get_by_label("Your name").fill("Ada")
    desk.get_by_role("button", name="Publish", exact=True).click()
    expect(desk.locator("#work")).to_contain_text("is on the line")


def test_a_sentence_from_the_keyboard_to_the_telephone_and_back(desk: Page) -> None:
    desk.goto("/desk/edit")
    desk.get_by_label("Find a file").fill("apples")
    expect(desk.locator(".file:visible")).to_have_count(1)
    desk.get_by_role("link", name="1 apples").click()
    expect(desk.locator("#verdict")).to_have_text("No fault here · about 2 s · 1 SMS part")
    # What it becomes changes while one types, and nothing is saved.
    write(
        desk,
        "This is about apples.",
        "These apples keep until the spring, when they are stored in a cool and dry place.",
    )
    expect(desk.locator("#verdict")).to_contain_text("about 7 s")
    write(desk, "sms: About apples.", "sms: " + "Some apples keep. " * 12)
    expect(desk.locator("#verdict")).to_contain_text("2 SMS parts")
    shoot(desk, "edit-file")
    # A fault: its line is named and marked, and a click leads there.
    write(desk, "title: apples", "titel: apples")
    expect(desk.locator("#verdict")).to_contain_text("2 things to mend")
    expect(desk.locator(".mirror > .faulty").last).to_have_text("titel: apples")
    desk.locator("#becomes").get_by_role("link", name="Line 2").click()
    expect(desk.locator("#where")).to_have_text("You are in line 2.")
    shoot(desk, "edit-faulty")
    desk.get_by_label("Your name").fill("Ada")
    desk.get_by_role("button", name="Save to draft").click()
    expect(desk.locator(".did")).to_contain_text("Saved to the draft")
    assert_accessible(desk, "a file with faults")
    desk.goto("/desk/publish")
    expect(desk.locator(".broken")).to_contain_text(f"{APPLES}:2")
    expect(desk.get_by_role("button", name="Publish", exact=True)).to_have_count(0)
    assert_accessible(desk, "publish, broken")
    shoot(desk, "publish-broken")
    assert "This is about apples." in hears(desk, "live")
    # Mended, tried, published, heard.
    desk.goto("/desk/publish")
    desk.get_by_role("link", name=f"{APPLES}:2").first.click()
    expect(desk.locator("#where")).to_have_text("You are in line 2.")
    write(desk, "titel: apples", "title: apples")
    expect(desk.locator("#verdict")).to_contain_text("No fault here")
    desk.get_by_role("button", name="Save to draft").click()
    expect(desk.locator(".did")).to_contain_text("Saved to the draft")
    assert "keep until the spring" in hears(desk, "draft")
    desk.goto("/desk/publish")
    expect(desk.locator(".change-list")).to_contain_text("about 2 → 7 s, SMS parts 1 → 2")
    assert_accessible(desk, "publish")
    shoot(desk, "publish")
    publish(desk, "Apples keep")
    shoot(desk, "published")
    assert_accessible(desk, "published")
    assert comes_true(lambda: "keep until the spring" in hears(desk, "live"))
    # And back.
    desk.goto("/desk/versions")
    assert_accessible(desk, "versions")
    shoot(desk, "versions")
    desk.get_by_role("link", name="Put 1 back").click()
    assert_accessible(desk, "back")
    shoot(desk, "back")
    desk.get_by_role("button", name="Put version 1 back").click()
    expect(desk.locator("#work")).to_contain_text("is on the line")
    assert comes_true(lambda: "This is about apples." in hears(desk, "live"))


def test_a_text_that_was_not_saved_is_still_there(desk: Page) -> None:
    desk.goto(EDIT)
    write(desk, "This is about", "I had not saved")
    expect(desk.locator("#verdict")).to_contain_text("No fault here")
    desk.goto("/desk/edit")
    desk.goto(EDIT)
    desk.get_by_role("button", name="Put it into the box").click()
    expect(desk.get_by_label("Text", exact=True)).to_have_value(re.compile("I had not saved"))
    desk.goto(EDIT)
    desk.get_by_role("button", name="Throw it away").click()
    desk.reload()
    expect(desk.locator("#rescue")).to_be_hidden()


def test_two_people_and_one_file(desk: Page, chromium: Browser, small_line: Line) -> None:
    desk.goto("/desk/edit/file?path=prompts/3-plums.md")
    other = chromium.new_page(base_url=small_line.url)
    other.set_default_timeout(WITHIN)
    other.goto("/desk/edit/file?path=prompts/3-plums.md")
    other.get_by_label("Password").fill(PASSWORD)
    other.keyboard.press("Enter")
    write(other, "This is about plums.", "Plums are blue.")
    other.get_by_label("Your name").fill("Ben")
    other.get_by_role("button", name="Save to draft").click()
    expect(other.locator(".did")).to_contain_text("Saved to the draft")
    other.close()
    write(desk, "This is about plums.", "Plums are yellow.")
    desk.get_by_role("button", name="Save to draft").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Somebody else has changed this file")
    expect(desk.locator(".diff")).to_contain_text("Plums are blue.")
    assert_accessible(desk, "conflict")
    shoot(desk, "conflict")
    desk.get_by_role("textbox", name="Yours").fill(
        desk.get_by_role("textbox", name="Yours").input_value().replace("yellow", "blue or yellow")
    )
    desk.get_by_role("button", name="Save this in the place of theirs").click()
    expect(desk.get_by_label("Text", exact=True)).to_have_value(re.compile("Plums are blue or yellow."))


def test_a_notice_from_the_form(desk: Page) -> None:
    desk.goto("/desk/notices")
    desk.get_by_label("What callers hear").fill("The helpline is closed today. Call 111.")
    desk.get_by_label("Last day").fill("2031-01-02")
    desk.get_by_label("Your name").fill("Ada")
    desk.get_by_role("button", name="Publish it now").click()
    expect(desk.locator("#work")).to_contain_text("is on the line")
    desk.goto("/desk/notices")
    expect(desk.locator(".change-list")).to_contain_text("Heard until 2 January 2031")
    assert_accessible(desk, "notices")
    shoot(desk, "notices")
    desk.get_by_role("button", name="Take it off the line now").click()
    expect(desk.locator("#work")).to_contain_text("is on the line")


@pytest.mark.parametrize("desk", ["light", "dark"], indirect=True)
@pytest.mark.parametrize("width", [1280, 320])
def test_no_accessibility_violations(desk: Page, width: int) -> None:
    desk.set_viewport_size({"width": width, "height": 900})
    scheme = (desk.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") and "dark") or "light"
    pages = {
        "list": "/desk/edit", "file": EDIT, "new": "/desk/edit/new?in=prompts&title=Limes", "files": "/desk/files",
        "phrases": "/desk/edit/file?path=prompts/phrases.toml", "notices": "/desk/notices", "publish": "/desk/publish",
        "versions": "/desk/versions", "back": "/desk/versions/back?number=1", "try": "/desk/try", "map": "/desk",
        "draft-phone": "/desk/draft/phone",
    }  # fmt: skip
    for name, path in pages.items():
        desk.goto(path)
        assert_accessible(desk, f"{name} at {width}")
        shoot(desk, f"{name}-{width}-{scheme}")
    desk.goto(EDIT)
    for control in desk.locator("main :is(button, input:not([type=hidden]), .door):visible").all():
        box = control.bounding_box()
        assert box
        assert box["height"] >= 44, control.inner_text()


def comes_true(condition) -> bool:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + WITHIN / 1000
    while time.monotonic() < deadline:
        if condition():
            return True
    return False


def shoot(desk: Page, name: str) -> None:
    """Keep a picture, where SHOTS names a folder for them."""
    if SHOTS:
        desk.screenshot(path=Path(SHOTS, f"{name}.png"), full_page=True)


def assert_accessible(desk: Page, moment: str) -> None:
    found = Axe().run(desk)
    assert found.violations_count == 0, f"{moment}: {found.generate_report()}"
    wide, shown = desk.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= shown, f"{moment}: {wide} px wide in a window of {shown}"
