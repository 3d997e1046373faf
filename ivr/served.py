"""What is being served: a library with everything that goes with it, and which one a call is to hear."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ivr.content.model import Library
from ivr.languages import Language
from ivr.shelf import Shelf
from ivr.speech.engine import Utterance
from ivr.speech.sounds import Sounds
from ivr.telephony.fallback import Fallback, make_fallback


@dataclass(frozen=True, slots=True)
class Folders:
    """The content as files."""

    prompts: Path
    locales: Path


@dataclass(frozen=True, eq=False, slots=True)
class Served:
    """One state of the content at work.

    `folders` opens its files, for who needs more of them than the library holds. `prompts` is where the prompts
    stood when the library was read: the paths in it begin so. `version` stands in the URLs of the calls that hear
    it; it is "" where a folder is served as it is.
    """

    library: Library
    languages: Mapping[str, Language]
    sounds: Sounds
    fallback: Fallback
    folders: Callable[[], AbstractContextManager[Folders]]
    prompts: Path
    version: str = ""


class Holdings(Protocol):
    """Everything that can be served now."""

    @property
    def live(self) -> Served:
        """What a call that begins now hears."""

    @property
    def all(self) -> Iterable[Served]:
        """Everything that some call may hear, the live one first."""

    @property
    def problems(self) -> tuple[str, ...]:
        """Why something newer is not served; empty where nothing waits."""

    def of(self, version: str) -> Served | None:
        """What a call hears in whose URL stands `version`; None where that is gone."""


class Folder:
    """Serves what a shelf holds, always the newest: a saved file is live at the next key press."""

    def __init__(self, shelf: Shelf, sounds: Sounds, folders: Folders) -> None:
        self._shelf, self._sounds, self._folders = shelf, sounds, folders
        self._served = self._made()

    @property
    def live(self) -> Served:
        """The folder as it was last found without a fault."""
        if self._served.library is not self._shelf.library:
            self._served = self._made()
        return self._served

    @property
    def all(self) -> Iterable[Served]:
        """The one there is."""
        return (self.live,)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the folder as it is now."""
        return self._shelf.problems

    def of(self, version: str) -> Served | None:
        """The one there is, for a call that began with it."""
        return None if version else self.live

    def _made(self) -> Served:
        library, languages = self._shelf.library, self._shelf.languages
        fallback = make_fallback(library, languages)
        return Served(
            library,
            languages,
            self._sounds,
            fallback,
            lambda: nullcontext(self._folders),
            self._folders.prompts,
        )


class AllSounds:
    """The sounds of everything that is served, for whoever fetches one by its key."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings

    def utterance(self, key: str) -> Utterance | None:
        """What the sound `key` says, and in which language; None for a key of no text."""
        return next(filter(None, (served.sounds.utterance(key) for served in self._holdings.all)), None)

    def read(self, key: str) -> bytes | None:
        """The sound `key` as MP3, as `Sounds.read` gives it."""
        for served in self._holdings.all:
            if served.sounds.utterance(key):
                return served.sounds.read(key)
        return self._holdings.live.sounds.read(key)

    def look(self) -> None:
        """Take in what a preferred engine has made meanwhile."""
        for served in self._holdings.all:
            served.sounds.look()
