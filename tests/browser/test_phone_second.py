"""The second leaflet on the browser phone: another charity's line from two folders alone."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from playwright.sync_api import Browser, expect

from browser.test_phone import Phone

SECOND = Path(__file__).resolve().parent.parent / "second"


def test_another_charitys_line_is_called_heard_and_led_to_its_own_helpline(
    chromium: Browser, start: Callable[..., AbstractContextManager[str]], tmp_path: Path
) -> None:
    places = {name: str(SECOND / name.lower()) for name in ("PROMPTS", "LOCALES")}
    with start(tmp_path, AUDIO=str(tmp_path / "audio"), **places) as url:
        page = chromium.new_page()
        page.goto(f"{url}/phone")
        phone = Phone(page)
        phone.ring()
        assert phone.plays()
        phone.press("3")
        with phone.hurried():
            phone.hears("3 of 4: .*Treating gout")
        phone.press("2")
        phone.hears("Allopurinol")
        phone.press("0")
        phone.hears("Bramblewick Gout Trust")
        phone.press("0")  # at once, open or closed
        with phone.hurried():
            expect(phone.dial).to_be_visible(timeout=60_000)
        expect(phone.status).to_contain_text("0808 157 0462")
        page.close()
