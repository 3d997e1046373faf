"""How every language stands and what is wrong with its files, read anew when one of them changes."""

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from ivr.content.coverage import Coverage, cover, judge
from ivr.content.model import Library
from ivr.content.sheet import read_sheet
from ivr.languages import Language
from ivr.problems import ContentError, Findings, Problem

_WATCHED = frozenset({".po", ".toml", ".yaml", ".jsonl"})

CheckWords = Callable[[Library, Path], object]
"""Reads every language's word list; raises ContentError with every problem there is."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One language: how far it is (None where its files cannot be read) and its problems, the worst first."""

    language: Language
    coverage: Coverage | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Study:
    """Every language, the line's own first, and what is wrong with the word lists."""

    standings: tuple[Standing, ...]
    words: tuple[Problem, ...]


class PublishedReader:
    """Studies the files that a published library was read from. `locales` opens them; they never change."""

    def __init__(
        self, locales: Callable[[], AbstractContextManager[Path]], languages: Callable[[], Mapping[str, Language]],
        check_words: CheckWords,
    ) -> None:  # fmt: skip
        self._locales, self._languages, self._check_words = locales, languages, check_words
        self._lock = threading.Lock()
        self._library: Library | None = None
        self._study = Study((), ())

    def read(self, library: Library) -> Study:
        """The study of the files of `library`, which is the live one."""
        with self._lock:
            if self._library is not library:
                with self._locales() as locales:
                    self._study = Reader(locales, self._languages(), self._check_words).read(library)
                self._library = library
            return self._study


class Reader:
    """Keeps the last study: reading the word lists of four languages takes a second or two."""

    def __init__(self, locales: Path, languages: Mapping[str, Language], check_words: CheckWords) -> None:
        self._locales, self._languages, self._check_words = locales.resolve(), languages, check_words
        self._lock = threading.Lock()
        self._seen: tuple[Library, frozenset[tuple[str, int, int]]] | None = None
        self._study = Study((), ())

    def read(self, library: Library) -> Study:
        """The study of the files as they are now, beside the library that is served."""
        with self._lock:
            seen = library, self._stamp()
            if self._seen != seen:
                self._study, self._seen = self._made(library), seen
            return self._study

    def _made(self, library: Library) -> Study:
        own = library.line.language
        codes = [own, *sorted(self._languages.keys() - {own})]
        words: tuple[Problem, ...] = ()
        try:
            self._check_words(library, self._locales)
        except ContentError as fault:
            words = fault.problems
        return Study(tuple(self._standing(library, self._languages[code], words) for code in codes), words)

    def _standing(self, library: Library, language: Language, words: tuple[Problem, ...]) -> Standing:
        root, folder = self._locales.parent, self._locales / language.code
        findings = Findings(root)
        sheet = read_sheet(library, language, folder, findings)
        if findings.problems:
            return Standing(language, None, tuple(findings.problems))
        if any((root / problem.path).is_relative_to(folder) for problem in words):
            return Standing(language, None, ())  # its phrases cannot be counted
        problems = () if language.code == library.line.language else judge(sheet, root)
        return Standing(language, cover(sheet), problems)

    def _stamp(self) -> frozenset[tuple[str, int, int]]:
        found = []
        for path in self._locales.rglob("*"):
            if path.suffix in _WATCHED:
                try:
                    stat = path.stat()
                except OSError:
                    continue
                found.append((str(path), stat.st_mtime_ns, stat.st_size))
        return frozenset(found)
