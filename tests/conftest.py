"""What every test may use: the shipped content, loaded once."""

from pathlib import Path

import pytest

from ivr.content.model import Library
from ivr.languages import Language
from ivr.shelf import load

ROOT = Path(__file__).resolve().parent.parent


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
