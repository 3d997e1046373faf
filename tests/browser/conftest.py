"""A real line in a process of its own, and a real Chromium that calls it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
START_WITHIN, STOP_WITHIN = 60.0, 60.0
# What is expected of a page may take long on a machine that makes sounds meanwhile; a page that is right answers at once.
expect.set_options(timeout=20_000)


# It ends with these tests: as in development, it makes thousands of sounds, and would take a processor from all others.
@pytest.fixture(scope="package")
def live_line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a line that runs; PHONE_URL names one that runs already."""
    if running := os.environ.get("PHONE_URL"):
        yield running.rstrip("/")
        return
    with line_in(tmp_path_factory.mktemp("line")) as url:
        yield url


@pytest.fixture(scope="session")
def start() -> Callable[..., AbstractContextManager[str]]:
    """Starts another line: `start(folder, PROMPTS=…)` gives its address, and `folder` keeps what it writes."""
    return line_in


@contextmanager
def line_in(folder: Path, **settings: str) -> Iterator[str]:
    """A line that keeps its texts and its log in `folder`, as `make run` starts it but with these settings."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    log = folder / "log"
    # Whoever runs the tests may have a real account in their environment: it stays out of this.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TWILIO_")}
    environment |= {"PORT": str(port), "PUBLIC_URL": url, "DATABASE_URL": f"sqlite:///{folder}/line.sqlite"}
    environment |= settings
    with log.open("wb") as output:
        line = subprocess.Popen(
            [sys.executable, "-m", "ivr", "serve"], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
        try:
            _wait_for(f"{url}/healthz", line, log)
            yield url
        finally:
            line.terminate()
            line.wait(STOP_WITHIN)


def _wait_for(url: str, line: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline:
        if line.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"the line did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on this machine: `apt-get install chromium` to run the browser tests")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=["light"])
def page(request: pytest.FixtureRequest, chromium: Browser, live_line: str) -> Iterator[Page]:
    """The phone's page, which must not have written an error by the end of the test."""
    page = chromium.new_page(viewport={"width": 1360, "height": 1000}, color_scheme=request.param)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(f"{live_line}/phone")
    yield page
    page.close()
    assert errors == []
