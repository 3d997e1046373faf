"""A person with nothing but a browser calls the line, moves about by keypad and reaches the helpline."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Locator, Page, expect

HEARD_WITHIN = 20_000
"""Milliseconds until a sound is heard: a first request may have to make it."""


class Phone:
    """The page as a person uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.status = page.get_by_role("status")
        self.caption = page.locator("#captions [aria-current]")
        self.captions = page.locator("#captions .said")
        self.log = page.locator("#log")
        self.dial = page.get_by_role("group", name="How does this call end?")

    def ring(self, *, fast: bool = False) -> "Phone":
        if fast:
            self.page.get_by_label("Fast").check()
        self.page.get_by_role("button", name="Call", exact=True).click()
        expect(self.status).to_have_text("Connected", timeout=HEARD_WITHIN)
        expect(self.caption).to_be_visible(timeout=HEARD_WITHIN)
        if self.page.get_by_role("navigation").count():  # of several languages the line asks for one first
            self.press("1")
            expect(self.webhooks().nth(1)).to_be_attached(timeout=HEARD_WITHIN)
        return self

    def press(self, key: str) -> None:
        name = {"*": "star", "#": "hash"}.get(key, key)
        self.page.get_by_role("button", name=name, exact=True).click()

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """Do not wait for sounds, the one being played now included."""
        self.page.get_by_label("Fast").check()
        yield
        self.page.get_by_label("Fast").uncheck()

    def hears(self, words: str) -> None:
        heard = self.captions.filter(has_text=re.compile(words, re.IGNORECASE)).last
        expect(heard).to_be_visible(timeout=HEARD_WITHIN)

    def plays(self) -> bool:
        before = self.moment()
        return _comes_true(lambda: self.moment() != before and self.moment() > 0)

    def moment(self) -> float:
        return float(self.page.evaluate("document.getElementById('sound').currentTime"))

    def rings_helpline(self) -> None:
        expect(self.dial).to_be_visible(timeout=60_000)
        expect(self.status).to_contain_text("0808 800 6000")
        expect(self.status).to_contain_text("never really calls")

    def webhooks(self) -> Locator:
        return self.log.locator(".post")


def _comes_true(condition: Callable[[], bool]) -> bool:
    """Whether the condition holds before long; the page's own policy forbids to wait for it in there."""
    deadline = time.monotonic() + HEARD_WITHIN / 1000
    while time.monotonic() < deadline:
        if condition():
            return True
    return False


@pytest.fixture
def phone(page: Page) -> Phone:
    return Phone(page)


def test_a_call_is_heard_read_and_led_by_keys_to_the_helpline(phone: Phone) -> None:
    phone.ring()
    assert phone.plays()
    phone.press("8")
    assert phone.plays()
    with phone.hurried():
        phone.hears("8 of 10")
    phone.press("3")
    phone.hears("spinal cord")
    assert phone.plays()
    expect(phone.log).to_contain_text("Digits=8")
    expect(phone.log).to_contain_text("Digits=3")
    phone.press("0")
    with phone.hurried():
        phone.rings_helpline()


@pytest.mark.parametrize(
    ("outcome", "status"), [("Busy", "busy"), ("No answer", "no-answer"), ("Failed", "failed")]
)
def test_when_the_helpline_cannot_be_had_the_line_goes_on(phone: Phone, outcome: str, status: str) -> None:
    phone.ring(fast=True)
    phone.press("0")
    phone.rings_helpline()
    phone.page.get_by_role("button", name=outcome).click()
    expect(phone.log).to_contain_text(f"DialCallStatus={status}")
    phone.hears("0808")
    expect(phone.status).to_have_text("Connected")


def test_an_answered_call_is_told_to_the_line(phone: Phone) -> None:
    phone.ring(fast=True)
    phone.press("0")
    phone.rings_helpline()
    phone.page.get_by_role("button", name="Answered").click()
    expect(phone.log).to_contain_text("DialCallStatus=answered")


def test_a_whole_call_by_keyboard(phone: Phone) -> None:
    page = phone.page
    page.get_by_label("Fast").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Call", exact=True).focus()
    page.keyboard.press("Enter")
    expect(phone.status).to_have_text("Connected", timeout=HEARD_WITHIN)
    page.keyboard.press("1")
    page.keyboard.press("8")
    phone.hears("8 of 10")
    page.keyboard.press("0")
    phone.rings_helpline()
    expect(phone.dial).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(phone.log).to_contain_text("DialCallStatus=busy")
    page.get_by_role("button", name="End call").focus()
    page.keyboard.press("Enter")
    expect(phone.status).to_contain_text("Call ended")


def test_typing_a_message_presses_no_keys_and_the_keyboard_can_be_switched_off(phone: Phone) -> None:
    phone.ring(fast=True)
    phone.page.get_by_label("Your message").fill("")
    phone.page.get_by_label("Your message").press_sequentially("51")
    phone.page.get_by_label("Keyboard keys").uncheck()
    phone.page.keyboard.press("8")
    phone.press("5")
    expect(phone.log).to_contain_text("Digits=5")
    expect(phone.log).not_to_contain_text("Digits=8")
    expect(phone.page.locator("#captions .mine")).to_have_text(["You pressed 1", "You pressed 5"])


def test_fast_mode_plays_nothing_and_silence_can_be_skipped(phone: Phone) -> None:
    phone.ring(fast=True)
    before = phone.captions.count()
    phone.page.get_by_role("button", name="Stay silent").click()
    expect(phone.webhooks()).not_to_have_count(1, timeout=HEARD_WITHIN)
    expect(phone.captions).not_to_have_count(before)
    assert phone.moment() == 0


def test_captions_are_announced_only_where_no_sound_says_them(phone: Phone) -> None:
    captions = phone.page.get_by_role("log", name="What is said")
    expect(captions).to_have_attribute("aria-live", "off")
    phone.page.get_by_role("button", name="Mute").click()
    expect(captions).to_have_attribute("aria-live", "polite")


def test_captions_name_their_language(phone: Phone) -> None:
    phone.ring(fast=True)
    phone.press("8")
    phone.hears("8 of 10")
    expect(phone.caption).to_have_attribute("lang", re.compile("^en"))
    expect(phone.caption).to_have_attribute("dir", "auto")


def test_a_text_is_answered_with_its_parts_and_encoding(phone: Phone) -> None:
    phone.page.get_by_label("Your message").fill("8")
    phone.page.get_by_role("button", name="Send").click()
    reply = phone.page.locator(".bubble.received").first
    expect(reply).to_contain_text("0808 800 6000", timeout=HEARD_WITHIN)
    expect(reply).to_contain_text(re.compile(r"Parts: \d · (GSM-7|UCS-2) · Characters: \d+"))


def test_a_withheld_number_cannot_text(phone: Phone) -> None:
    phone.page.get_by_label("Who calls").select_option(label="A withheld number")
    phone.page.get_by_label("Your message").fill("8")
    phone.page.get_by_role("button", name="Send").click()
    expect(phone.page.get_by_role("alert")).to_contain_text("withheld")


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
@pytest.mark.parametrize("width", [1360, 320])
def test_no_accessibility_violations_at_any_moment(phone: Phone, width: int) -> None:
    page = phone.page
    page.set_viewport_size({"width": width, "height": 800})
    _assert_accessible(page, "idle")
    phone.ring()
    _assert_accessible(page, "in a call")
    page.get_by_label("Your message").fill("8")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".bubble.received").first).to_be_visible(timeout=HEARD_WITHIN)
    _assert_accessible(page, "with messages")
    page.get_by_label("Fast").check()
    phone.press("0")
    phone.rings_helpline()
    _assert_accessible(page, "while dialling")
    page.locator("#log summary").first.click()
    page.get_by_role("button", name="End call").click()
    expect(phone.status).to_contain_text("Call ended")
    _assert_accessible(page, "after a call")


def _assert_accessible(page: Page, moment: str) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, f"{moment}: {found.generate_report()}"
    wide, shown = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= shown, f"{moment}: {wide} px wide in a window of {shown}"


def test_every_control_is_large_enough_to_touch(phone: Phone) -> None:
    phone.page.set_viewport_size({"width": 320, "height": 640})
    for control in phone.page.locator("button:visible, select:visible").all():
        box = control.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44, control.inner_text()
