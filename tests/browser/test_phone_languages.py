"""The page in each language of the line: a person who reads no English finds, calls and hears the line."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

HEARD_WITHIN = 20_000
OTHERS = {"cy": ("Cymraeg", "Ffonio"), "pl": ("Polski", "Zadzwoń"), "ur": ("اردو", "کال کریں")}
RIGHT_TO_LEFT = {"ur"}


@pytest.fixture(params=OTHERS)
def code(request: pytest.FixtureRequest, page: Page) -> str:
    """A language other than English, whose page stands open: it was chosen from the menu."""
    code = str(request.param)
    name, _ = OTHERS[code]
    choice = page.get_by_role("navigation").get_by_role("link", name=name)
    if not choice.count():
        pytest.skip(f"{code} is not on the line, so that its page is not offered")
    expect(choice).to_have_attribute("lang", code)
    choice.click()
    expect(page).to_have_url(re.compile(rf"/phone\?language={code}$"))
    page.wait_for_load_state()
    return code


def test_the_page_names_its_language_and_runs_its_way(page: Page, code: str) -> None:
    direction = "rtl" if code in RIGHT_TO_LEFT else "ltr"
    expect(page.locator("html")).to_have_attribute("lang", code)
    expect(page.locator("html")).to_have_attribute("dir", direction)
    assert page.evaluate("getComputedStyle(document.body).direction") == direction
    expect(page.locator("nav [aria-current]")).to_have_attribute("lang", code)
    expect(page.locator("span[lang=en]")).to_have_count(0)


def test_the_keypad_runs_as_on_every_telephone(page: Page, code: str) -> None:
    boxes = [page.locator(f'[data-key="{key}"]').bounding_box() for key in "123456"]
    places = [(round(box["y"]), round(box["x"])) for box in boxes if box]
    assert places == sorted(places)
    assert len(places) == 6


def test_a_call_is_led_and_heard_in_one_language(page: Page, code: str) -> None:
    languages = [
        link.get_attribute("lang") for link in page.get_by_role("navigation").get_by_role("link").all()
    ]
    page.locator("#fast").check()
    page.get_by_role("button", name=OTHERS[code][1], exact=True).click()
    expect(page.locator("#log .post").nth(0)).to_be_attached(timeout=HEARD_WITHIN)
    page.locator(f'[data-key="{languages.index(code) + 1}"]').click()
    expect(page.locator("#log .post").nth(1)).to_be_attached(timeout=HEARD_WITHIN)
    page.locator('[data-key="8"]').click()
    heard = page.locator("#captions .mine ~ .said[lang]")  # since the language was chosen
    expect(heard.last).to_be_visible(timeout=HEARD_WITHIN)
    page.locator('[data-key="0"]').click()
    expect(page.locator("#dial")).to_be_visible(timeout=60_000)
    expect(page.locator("#status")).to_contain_text("0808 800 6000")
    spoken = set(heard.evaluate_all("lines => lines.map(line => line.lang.split('-')[0])"))
    assert spoken == {code}
    page.locator('[data-outcome="busy"]').click()
    expect(page.locator("#log")).to_contain_text("DialCallStatus=busy")
    assert not _english(page)


def test_a_text_and_its_answer(page: Page, code: str) -> None:
    page.locator("#text").fill(f"8 {code.upper()}")
    page.locator("#send").click()
    reply = page.locator(".bubble.received").first
    expect(reply).to_be_visible(timeout=HEARD_WITHIN)
    expect(reply).to_contain_text(re.compile("GSM-7|UCS-2"))
    assert not _english(page)


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
@pytest.mark.parametrize("width", [1360, 320])
def test_no_accessibility_violations(page: Page, code: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    _assert_accessible(page, "idle")
    page.locator("#fast").check()
    page.locator("#call").click()
    expect(page.locator("#captions [aria-current]")).to_be_visible(timeout=HEARD_WITHIN)
    page.locator('[data-key="0"]').click()
    expect(page.locator("#dial")).to_be_visible(timeout=60_000)
    _assert_accessible(page, "while dialling")


def test_every_control_is_large_enough_to_touch(page: Page, code: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    for control in page.locator("button:visible, select:visible, nav a").all():
        box = control.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44, control.inner_text()


def _english(page: Page) -> list[str]:
    """English words among the page's own: the labels that were chosen for being long enough to be sure."""
    shown = page.locator("body").inner_text()
    words = (
        "You pressed",
        "Parts:",
        "Connected",
        "Call",
        "Waiting",
        "The number",
        "At most",
        "within",
        "error",
    )
    return [word for word in words if re.search(rf"\b{re.escape(word)}\b", shown)]


def _assert_accessible(page: Page, moment: str) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, f"{moment}: {found.generate_report()}"
    wide, shown = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= shown, f"{moment}: {wide} px wide in a window of {shown}"
