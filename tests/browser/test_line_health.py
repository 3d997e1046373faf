"""Health of the line, as charity staff meet it: a warning on every page, what to do, and a message to try."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import loads
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from ivr.watch.course import Trouble
from ivr.watch.facts import DAY
from ivr.watch.ledger import Ledger
from ivr.watch.seen import Seen
from ivr.watch.signs import Grade, Sign

SHOTS = os.environ.get("SHOTS")
GRAVE = "The carrier gave up on the line: 11200 (the line did not answer, or answered with a fault)."


@dataclass
class Chat:
    """A webhook that takes messages, as a team's chat does, unless it is full."""

    got: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    port: int = 0


@pytest.fixture(scope="module")
def chat() -> Iterator[Chat]:
    chat = Chat()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            chat.got.append(loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(chat.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    chat.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield chat
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def ill_line(
    tmp_path_factory: pytest.TempPathFactory, start: Callable[..., AbstractContextManager[str]], chat: Chat
) -> Iterator[str]:
    """A line that the carrier could not reach twice just now, and that had no model for an hour yesterday."""
    folder = tmp_path_factory.mktemp("ill")
    ledger, now = Ledger(f"sqlite:///{folder}/line.sqlite"), time.time()
    ledger.add({(Seen.FALLBACK, "11200"): 2, (Seen.CALL, ""): 7})
    model = Sign(
        "model",
        Grade.ILL,
        "The language model does not answer.",
        "Texts are understood by their words alone.",
        "",
    )
    ledger.keep([Trouble(model, now - DAY, now - DAY + 3600, now - DAY + 3600)])
    ledger.close()
    with start(
        folder, ALERT_WEBHOOK=f"http://127.0.0.1:{chat.port}/services/secret", AUDIO=str(folder / "audio")
    ) as url:
        yield url


@pytest.fixture(params=["light"])
def page(request: pytest.FixtureRequest, chromium: Browser, ill_line: str) -> Iterator[Page]:
    """Health of the line, which must not have written an error by the end of the test."""
    page = chromium.new_page(viewport={"width": 1280, "height": 900}, color_scheme=request.param)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(f"{ill_line}/desk/line")
    yield page
    page.close()
    assert errors == []


def test_what_is_ill_is_said_worst_first_with_what_people_meet_and_what_to_do(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Health of the line")
    expect(page.get_by_role("heading", level=2)).to_have_text(
        ["People are failed now", "To look after", "Who is told", "Ill lately"]
    )
    grave = page.get_by_role("region", name="People are failed now")
    expect(grave.get_by_role("heading", level=3)).to_have_text(GRAVE)
    expect(grave).to_contain_text("fewer than 5 times in the last 24 hours")
    expect(grave).to_contain_text("the urgent words and the helpline's number")
    expect(grave).to_contain_text("python -m ivr carrier")
    expect(page.get_by_role("row", name="The language model")).to_be_visible()


def test_every_page_warns_and_leads_to_what_to_do(page: Page, ill_line: str) -> None:
    page.goto(f"{ill_line}/desk")
    warning = page.get_by_role("region", name="The line is ill")
    expect(warning).to_contain_text(GRAVE)
    assert_accessible(page, "map with a warning")
    shoot(page, "map-warned")
    warning.get_by_role("link", name="See what to do").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Health of the line")
    expect(warning).to_have_count(0)


def test_a_test_message_arrives_and_the_page_says_so(page: Page, chat: Chat) -> None:
    before = len(chat.got)
    button = page.get_by_role("button", name="Send a test message")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The test message got out")
    assert "test" in [message["kind"] for message in chat.got[before:]]
    told = page.get_by_role("region", name="Who is told")
    expect(told).to_contain_text("127.0.0.1")
    expect(told).to_contain_text("the server answered 200")
    assert "secret" not in page.content()


def test_a_message_that_does_not_get_out_says_why(page: Page, chat: Chat) -> None:
    chat.status = 410
    try:
        page.get_by_role("button", name="Send a test message").click()
        expect(page.get_by_role("status")).to_contain_text("did not get out")
        expect(page.get_by_role("region", name="Who is told")).to_contain_text("answered 410")
        assert_accessible(page, "a message that failed")
        shoot(page, "line-untold")
    finally:
        chat.status = 200
    page.get_by_role("button", name="Send a test message").click()
    expect(page.get_by_role("status")).to_contain_text("The test message got out")


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
@pytest.mark.parametrize("width", [1280, 375, 320])
def test_the_page_is_accessible_at_every_width(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    assert_accessible(page, f"{width} px")
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    shoot(page, f"line-{width}-{'dark' if dark else 'light'}")
    for control in page.locator("main button:visible").all():
        box = control.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44


def shoot(page: Page, name: str) -> None:
    """Keep a picture, where SHOTS names a folder for them."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS, f"{name}.png"), full_page=True)


def assert_accessible(page: Page, moment: str) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, f"{moment}: {found.generate_report()}"
    wide, shown = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= shown, f"{moment}: {wide} px wide in a window of {shown}"
