"""What every test may use: the shipped content, loaded once."""

import os
import shutil
from pathlib import Path

import pytest

from ivr.content.model import Library
from ivr.languages import Language
from ivr.shelf import load

ROOT = Path(__file__).resolve().parent.parent
MEMORY, ENOUGH = Path("/dev/shm"), 4_000_000_000  # noqa: S108 - pytest makes a folder of its own there

# A disk that has other work may take a second to write through, which is longer than a webhook waits for a database.
# Nothing that the tests do to a line, kill -9 least of all, tells memory from a disk.
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.fixture(scope="session")
def content() -> tuple[Library, dict[str, Language]]:
    library, languages = load(ROOT / "prompts", ROOT / "locales")
    return library, dict(languages)


@pytest.fixture(scope="session")
def library(content: tuple[Library, dict[str, Language]]) -> Library:
    return content[0]


@pytest.fixture(scope="session")
def languages(content: tuple[Library, dict[str, Language]]) -> dict[str, Language]:
    return content[1]
