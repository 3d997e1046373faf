"""The operator's desk as charity staff use it: log in, open a topic, hear it, find what is broken."""

import os
import re
import shutil
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
WITHIN = 30_000
PAGES = {"map": "/desk", "languages": "/desk/languages", "health": "/desk/health", "try": "/desk/try"}
TOPIC = "5-treatment/1-bone-drugs/3-denosumab.md"
SHOTS = os.environ.get("SHOTS")


@dataclass(frozen=True)
class Line:
    """A line with a desk, and the folder of prompts that its operator edits."""

    url: str
    prompts: Path


@pytest.fixture(scope="module")
def desk_line(
    tmp_path_factory: pytest.TempPathFactory, start: Callable[..., AbstractContextManager[str]]
) -> Iterator[Line]:
    folder = tmp_path_factory.mktemp("desk")
    prompts = shutil.copytree(ROOT / "prompts", folder / "prompts")
    with start(folder, PROMPTS=str(prompts), DESK_PASSWORD_HASH=HASH) as url:
        yield Line(url, prompts)


@pytest.fixture(params=["light"])
def desk(request: pytest.FixtureRequest, chromium: Browser, desk_line: Line) -> Iterator[Page]:
    """The desk after its login, which must not have written an error by the end of the test."""
    page = chromium.new_page(viewport={"width": 1280, "height": 900}, color_scheme=request.param)
    page.set_default_timeout(WITHIN)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(f"{desk_line.url}/desk")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Map of the call")
    page.wait_for_load_state()
    yield page
    page.close()
    assert errors == []


def opened(desk: Page, *topics: str) -> None:
    for topic in topics:
        desk.locator(f'[id="topic-{topic}"] > summary').click()


def test_logging_in_and_out(desk: Page, desk_line: Line) -> None:
    desk.get_by_role("button", name="Log out").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Log in")
    desk.goto(f"{desk_line.url}/desk/try")
    expect(desk.get_by_label("Password")).to_be_focused()
    desk.get_by_label("Password").fill(PASSWORD)
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Try it")


def test_a_part_is_opened_and_heard_with_the_keyboard_alone(desk: Page) -> None:
    for topic in ("5", "5.1", "5.1.3"):
        desk.locator(f'[id="topic-{topic}"] > summary').focus()
        desk.keyboard.press("Enter")
    topic = desk.locator('[id="topic-5.1.3"]')
    expect(topic).to_contain_text("It is an injection under the skin")
    expect(topic.locator(".bubble")).to_contain_text("Helpline 0808 800 6000")
    play = topic.get_by_role("button", name="Play part 2 of Denosumab")
    play.focus()
    desk.keyboard.press("Space")
    expect(play).to_have_attribute("aria-pressed", "true")
    expect(desk.locator("#playing")).to_have_text("Denosumab, part 2 of 3")
    assert comes_true(lambda: bool(desk.evaluate("document.getElementById('sound').currentTime > 0.2")))
    desk.keyboard.press("Space")
    expect(play).to_have_attribute("aria-pressed", "false")


def test_a_topic_stays_open_in_another_language_and_runs_its_way(desk: Page) -> None:
    opened(desk, "5", "5.1", "5.1.3")
    desk.get_by_role("navigation", name="Language").get_by_role("link", name="اردو").click()
    topic = desk.locator('[id="topic-5.1.3"]')
    part = topic.locator(".said p[lang]").first
    expect(part).to_be_visible()
    expect(part).to_have_attribute("lang", "ur")
    assert part.evaluate("one => getComputedStyle(one).direction") == "rtl"
    expect(topic.locator("figcaption")).to_contain_text("UCS-2")
    desk.get_by_role("navigation", name="Pace").get_by_role("link", name="Slow").click()
    expect(desk).to_have_url(re.compile(r"language=ur&pace=slow$"))
    expect(topic.locator(".said p[lang]").first).to_be_visible()
    expect(desk.locator("html")).to_have_attribute("lang", "en")


def test_a_broken_file_is_found_and_the_line_keeps_the_last_good_one(desk: Page, desk_line: Line) -> None:
    path = desk_line.prompts / TOPIC
    good = path.read_text()
    try:
        path.write_text(good.replace("title: Denosumab", "titel: Denosumab"))
        assert comes_true(lambda: shows(desk, "The last change is not on the line"))
        expect(desk.locator('[id="topic-5.1.3"] > summary')).to_contain_text("Denosumab")
        desk.get_by_role("link", name="See what to mend").click()
        first = desk.locator(".broken li").first
        expect(first).to_contain_text(f"prompts/{TOPIC}:")
        expect(first).to_contain_text("title")
        assert_accessible(desk, "with a faulty edit")
        shoot(desk, "faulty")
    finally:
        path.write_text(good)
    assert comes_true(lambda: not shows(desk, "The last change is not on the line"))


@pytest.mark.parametrize("desk", ["light", "dark"], indirect=True)
@pytest.mark.parametrize("width", [1280, 320])
def test_no_accessibility_violations(
    desk: Page, desk_line: Line, width: int, request: pytest.FixtureRequest
) -> None:
    desk.set_viewport_size({"width": width, "height": 900})
    scheme = (desk.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") and "dark") or "light"
    for name, path in PAGES.items():
        desk.goto(desk_line.url + path)
        assert_accessible(desk, name)
        shoot(desk, f"{name}-{width}-{scheme}")
    desk.goto(f"{desk_line.url}/desk?language=ur")
    opened(desk, "5", "5.1", "5.1.3")
    desk.locator('[id="topic-5.1.3"] button.play').first.click()
    expect(desk.locator("#player")).to_be_visible()
    assert_accessible(desk, "an open topic in Urdu")
    shoot(desk, f"urdu-{width}-{scheme}")
    desk.get_by_role("button", name="Log out").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Log in")
    desk.wait_for_load_state()
    assert_accessible(desk, "login")
    shoot(desk, f"login-{width}-{scheme}")


def test_every_control_is_large_enough_to_touch(desk: Page) -> None:
    desk.set_viewport_size({"width": 320, "height": 640})
    opened(desk, "5")
    for control in desk.locator("button:visible, .tabs a, .pills a, .branch > summary:visible").all():
        box = control.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44, control.inner_text()


def test_on_paper_everything_is_open_and_no_control_is_left(desk: Page) -> None:
    desk.emulate_media(media="print")
    desk.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(desk.locator('[id="topic-5.1.3"] .said').get_by_text("It is an injection")).to_be_visible()
    expect(desk.locator("button:visible")).to_have_count(0)
    desk.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(desk.locator("details[open]")).to_have_count(0)


def shows(desk: Page, words: str) -> bool:
    desk.reload()
    return words in desk.locator("body").inner_text()


def comes_true(condition: Callable[[], bool]) -> bool:
    """Whether the condition holds before long; the page's own policy forbids to wait for it in there."""
    deadline = time.monotonic() + WITHIN / 1000
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def shoot(desk: Page, name: str) -> None:
    """Keep a picture, where SHOTS names a folder for them."""
    if SHOTS:
        desk.screenshot(path=Path(SHOTS, f"{name}.png"))


def assert_accessible(desk: Page, moment: str) -> None:
    found = Axe().run(desk)
    assert found.violations_count == 0, f"{moment}: {found.generate_report()}"
    wide, shown = desk.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= shown, f"{moment}: {wide} px wide in a window of {shown}"
