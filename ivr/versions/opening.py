"""The published versions as the settings say: where they are, and what is made of one."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from ivr.config import Settings
from ivr.content.model import Library
from ivr.languages import Language
from ivr.served import Folders, Served
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


def serve_version(settings: Settings, chain: Chain, data: bytes, version: str) -> Served:
    """What is served of the version that `data` is, under the name `version` in the URLs of its calls.

    Raises VersionError, and ContentError with every problem.
    """

    @contextmanager
    def folders() -> Iterator[Folders]:
        with unpacked(data) as folder:
            yield Folders(folder / PROMPTS, folder / LOCALES)

    with folders() as found:
        library, languages = load(found.prompts, found.locales, settings.unreviewed)
        prompts = found.prompts.resolve()
    return _served(chain, (library, languages), folders, prompts, version)


def open_shelves(settings: Settings, chain: Chain) -> Shelves:
    """The published versions, the live one loaded. Raises ContentError where neither they nor the folders are fit."""
    supply = supply_of(settings)

    def read(data: bytes, version: str) -> Served:
        @contextmanager
        def folders() -> Iterator[Folders]:
            # The bytes are brought again rather than kept: they are 4 MB a version and seldom needed.
            with unpacked(supply.bring(version)) as folder:
                yield Folders(folder / PROMPTS, folder / LOCALES)

        served = serve_version(settings, chain, data, version[:SHORT])
        return replace(served, folders=folders)

    def folder() -> Served:
        found = Folders(settings.prompts, settings.locales)
        content = load(found.prompts, found.locales, settings.unreviewed)
        return _served(chain, content, lambda: nullcontext(found), found.prompts)

    return Shelves(supply, read, folder)


def _served(
    chain: Chain, content: Content, folders: Callable[[], AbstractContextManager[Folders]], prompts: Path,
    version: str = "",
) -> Served:  # fmt: skip
    library, languages = content
    sounds = Sounds(chain, languages)
    sounds.serve(library)
    return Served(library, languages, sounds, make_fallback(library, languages), folders, prompts, version)
