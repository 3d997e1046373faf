"""The desk's page about the use of the line, as charity staff meet it: empty, full, on a telephone, in the dark."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from ivr.tally.counter import Counter
from ivr.tally.events import Cell, Event

SHOTS = os.environ.get("SHOTS")


def fill(database_url: str) -> None:
    """Thirty days on which the line was used."""
    counter = Counter(database_url)
    for day in range(30):
        for cell, amount in (
            (Cell(Event.CALL, channel="call"), 3 + day % 7 * 2),
            (Cell(Event.LANGUAGE, "en", "", "call"), 3 + day % 5), (Cell(Event.LANGUAGE, "pl", "", "call"), day % 2),
            (Cell(Event.ENTERED, "en", "5", "call"), day % 4), (Cell(Event.ENTERED, "en", "8", "call"), day % 3),
            (Cell(Event.URGENT, "en", "clot", "call"), day % 2), (Cell(Event.URGENT, "en", "jaw", "call"), day == 9),
            (Cell(Event.MESSAGE, "en", "topic", "text"), day % 3), (Cell(Event.PARTS, "en", "reply", "text"), day % 3),
            (Cell(Event.TRANSFER, "en", "wanted", "call"), day % 2),
        ):  # fmt: skip
            if amount:
                counter.add(cell, int(amount))
        counter.flush()
        with counter.book._database.writing() as connection:
            connection.exec_driver_sql("UPDATE counts SET day = date(day, '-1 day')")
    assert (
        counter.book.today() - timedelta(days=30)
        == counter.book.read(counter.book.today() - timedelta(days=90), counter.book.today())[0].day
    )
    counter.close()


@pytest.fixture(scope="module")
def used_line(
    start: Callable[..., AbstractContextManager[str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("used")
    fill(f"sqlite:///{folder}/line.sqlite")
    with start(folder) as url:
        yield url


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    """A browser's page, which must not have written an error by the end of the test: of a policy broken, say."""
    page = chromium.new_page(viewport={"width": 1280, "height": 900}, color_scheme=request.param)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    yield page
    page.close()
    assert errors == []


@pytest.mark.parametrize("width", [1280, 320])
def test_the_use_is_accessible_and_its_charts_have_tables(page: Page, used_line: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{used_line}/desk/use")
    expect(page.get_by_role("heading", level=1)).to_have_text("Use")
    chart = page.get_by_role("img", name="Calls and texts by day: calls")
    expect(chart).to_have_count(1)
    box = chart.bounding_box()
    assert box
    assert box["width"] <= width
    assert page.locator(".chart .bar").first.evaluate("one => getComputedStyle(one).fill") != "rgb(0, 0, 0)"
    page.get_by_text("The numbers as a table").first.click()
    expect(page.get_by_role("columnheader", name="Calls").first).to_be_visible()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    wide, shown = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= shown
    if SHOTS:
        page.screenshot(path=Path(SHOTS, f"use-{width}.png"), full_page=True)


@pytest.mark.parametrize("page", ["light"], indirect=True)
def test_a_period_is_chosen_and_downloaded(page: Page, used_line: str) -> None:
    page.goto(f"{used_line}/desk/use")
    page.get_by_role("link", name="Week").click()
    expect(page.get_by_role("heading", name="Calls and texts by week")).to_be_visible()
    page.get_by_role("link", name="Polski").click()
    expect(page.get_by_role("navigation", name="Language").locator("[aria-current]")).to_have_text("Polski")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert download.value.suggested_filename.startswith("use-")
    page.get_by_label("From").fill("2020-01-01")
    page.get_by_label("To", exact=True).fill("2020-01-31")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="No numbers in this period yet")).to_be_visible()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("page", ["light"], indirect=True)
def test_every_control_of_the_page_is_large_enough_to_touch(page: Page, used_line: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{used_line}/desk/use")
    for control in page.locator("button:visible, input:visible, .pills a, .file, summary:visible").all():
        box = control.bounding_box()
        assert box is not None
        assert box["height"] >= 44, control.evaluate("one => one.outerHTML")
