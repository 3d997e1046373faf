"""What is wrong with the content, said so that the person who wrote it can mend it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ivr.errors import IvrError

# What mends a file that is there and cannot be read.
UNREADABLE = "Put it back, and let the user that runs the line read it."


class Gravity(StrEnum):
    """An error keeps the content off the line; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: where (`line` counts from 1), its code, what, and what to do about it."""

    path: str
    line: int
    code: str
    text: str
    mend: str
    gravity: Gravity = Gravity.ERROR

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.gravity} {self.code}: {self.text} {self.mend}"


class ContentError(IvrError):
    """The content has problems and was not taken; `problems` has every one of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


class Findings:
    """Collects the problems of one loading, with paths shown relative to the folder above the content."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.problems: list[Problem] = []

    def add(
        self, path: Path, line: int, code: str, text: str, mend: str, gravity: Gravity = Gravity.ERROR
    ) -> None:
        """Record what is wrong at `path`, line `line`."""
        self.problems.append(Problem(self.shown(path), line, code, text, mend, gravity))

    def shown(self, path: Path) -> str:
        """How a problem names `path`."""
        return str(path.relative_to(self._root) if path.is_relative_to(self._root) else path)
