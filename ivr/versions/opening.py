"""The published versions as the settings say: where they are, and what is made of one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path

from ivr.config import Settings
from ivr.content.model import Library
from ivr.languages import Language
from ivr.served import Served
from ivr.shelf import load
from ivr.speech.chain import Chain
from ivr.speech.sounds import Sounds
from ivr.telephony.fallback import make_fallback
from ivr.versions.archive import LOCALES, PROMPTS, SHORT, unpacked
from ivr.versions.pointer import Pointer
from ivr.versions.shelves import Shelves
from ivr.versions.store import VersionStore
from ivr.versions.supply import Supply

Content = tuple[Library, Mapping[str, Language]]


def supply_of(settings: Settings, patience: float = 2.0) -> Supply:
    """The versions of the line; `patience` is the longest that the database is waited for, in seconds."""
    return Supply(VersionStore(settings.versions), Pointer(settings.database_url, patience))


def read_version(settings: Settings, data: bytes) -> Content:
    """The library and the languages of a version. Raises VersionError, and ContentError with every problem."""
    with unpacked(data) as folder:
        return load(folder / PROMPTS, folder / LOCALES, settings.unreviewed)


def open_shelves(settings: Settings, chain: Chain) -> Shelves:
    """The published versions, the live one loaded. Raises ContentError where neither they nor the folders are fit."""
    supply = supply_of(settings)

    def read(data: bytes, version: str) -> Served:
        @contextmanager
        def locales() -> Iterator[Path]:
            with unpacked(supply.bring(version)) as folder:
                yield folder / LOCALES

        library, languages = read_version(settings, data)
        fallback = make_fallback(library, languages)
        return Served(
            library, languages, _sounds(chain, library, languages), fallback, locales, version[:SHORT]
        )

    def folder() -> Served:
        library, languages = load(settings.prompts, settings.locales, settings.unreviewed)
        return Served(
            library, languages, _sounds(chain, library, languages), make_fallback(library, languages),
            lambda: nullcontext(settings.locales),
        )  # fmt: skip

    return Shelves(supply, read, folder)


def _sounds(chain: Chain, library: Library, languages: Mapping[str, Language]) -> Sounds:
    sounds = Sounds(chain, languages)
    sounds.serve(library)
    return sounds
