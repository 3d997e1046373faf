"""A draft: the files that are being edited, on top of what they were edited from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ivr.drafts.files import sha_of
from ivr.versions.archive import Files
from ivr.versions.pointer import Published


@dataclass(frozen=True, slots=True)
class Base:
    """What a draft is laid upon: the live version, or the folders, which have no number."""

    files: Files
    live: Published | None = None

    @property
    def number(self) -> int:
        """The number of the live version; 0 for the folders."""
        return self.live.number if self.live else 0


@dataclass(frozen=True, slots=True)
class Change:
    """One file as it is to become: `data` is None where it is taken away.

    `began` is the name of the content that the base had when it was edited, "" where it had no such file;
    `at` is in seconds since 1970.
    """

    path: str
    data: bytes | None
    began: str
    who: str
    at: float

    @property
    def sha(self) -> str:
        """The name of its content, "" where the file is taken away."""
        return sha_of(self.data)


@dataclass(frozen=True)
class Draft:
    """The changes on top of a base. A change that says what the base says by now is none."""

    base: Base
    kept: Mapping[str, Change]

    @cached_property
    def changes(self) -> Mapping[str, Change]:
        """The changes that make a difference, by path."""
        return {path: one for path, one in sorted(self.kept.items()) if one.data != self.base.files.get(path)}

    @cached_property
    def files(self) -> Files:
        """Every file as it is to become."""
        return laid(self.base.files, {path: one.data for path, one in self.changes.items()})

    @cached_property
    def overtaken(self) -> tuple[str, ...]:
        """The changed files that have become something else in the base since they were edited."""
        files = self.base.files
        return tuple(path for path, one in self.changes.items() if one.began != sha_of(files.get(path)))


def laid(files: Files, changes: Mapping[str, bytes | None]) -> Files:
    """`files` with the `changes`; None takes a file away."""
    return {path: data for path, data in {**files, **changes}.items() if data is not None}
