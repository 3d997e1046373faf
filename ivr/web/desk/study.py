"""How every language stands and what is wrong with its files, read anew when one of them changes."""

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ivr.checking.review import Files, Verdict, review_language, review_line, today_at
from ivr.content.checks.waiver import Waived
from ivr.content.coverage import Coverage, cover
from ivr.content.model import Library
from ivr.content.sheet import read_sheet
from ivr.languages import Language
from ivr.problems import ContentError, Findings, Problem

_WATCHED = frozenset({".md", ".po", ".toml", ".yaml", ".jsonl"})

CheckWords = Callable[[Library, Path], object]
"""Reads every language's word list; raises ContentError with every problem there is."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One language: how far it is (None where its files cannot be read), its problems, the worst first, and its waivers."""

    language: Language
    coverage: Coverage | None
    problems: tuple[Problem, ...]
    waived: tuple[Waived, ...] = ()


@dataclass(frozen=True, slots=True)
class Study:
    """Every language, the line's own first, what is wrong with the word lists, and the line's own texts and facts."""

    standings: tuple[Standing, ...]
    words: tuple[Problem, ...]
    own: Verdict = field(default_factory=Verdict)


class PublishedReader:
    """Studies the files that a published library was read from. `files` opens them; they never change."""

    def __init__(
        self, files: Callable[[], AbstractContextManager[Files]], languages: Callable[[], Mapping[str, Language]],
        check_words: CheckWords,
    ) -> None:  # fmt: skip
        self._files, self._languages, self._check_words = files, languages, check_words
        self._lock = threading.Lock()
        self._seen: tuple[Library, date] | None = None
        self._study = Study((), ())

    def read(self, library: Library) -> Study:
        """The study of the files of `library`, which is the live one."""
        with self._lock:
            seen = library, today_at(library)
            if self._seen != seen:
                with self._files() as files:
                    self._study = Reader(files, self._languages(), self._check_words).read(library)
                self._seen = seen
            return self._study


class Reader:
    """Keeps the last study: reading the word lists of four languages takes a second or two."""

    def __init__(
        self, files: Files, languages: Mapping[str, Language], check_words: CheckWords,
        today: Callable[[Library], date] = today_at,
    ) -> None:  # fmt: skip
        self._files, self._locales = files, files.locales.resolve()
        self._languages, self._check_words, self._today = languages, check_words, today
        self._lock = threading.Lock()
        self._seen: tuple[Library, date, frozenset[tuple[str, int, int]]] | None = None
        self._study = Study((), ())

    def read(self, library: Library) -> Study:
        """The study of the files as they are now, beside the library that is served."""
        with self._lock:
            seen = library, self._today(library), self._stamp()
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
        standings = tuple(self._standing(library, self._languages[code], words) for code in codes)
        verdict = review_line(library, self._languages, self._files, self._today(library))
        return Study(standings, words, verdict)

    def _standing(self, library: Library, language: Language, words: tuple[Problem, ...]) -> Standing:
        root, folder = self._locales.parent, self._locales / language.code
        findings = Findings(root)
        sheet = read_sheet(library, language, folder, findings)
        if findings.problems:
            return Standing(language, None, tuple(findings.problems))
        if any((root / problem.path).is_relative_to(folder) for problem in words):
            return Standing(language, None, ())  # its phrases cannot be counted
        if language.code == library.line.language:
            return Standing(language, cover(sheet), ())
        verdict = review_language(sheet, root, self._today(library))
        return Standing(language, cover(sheet), verdict.problems, verdict.waived)

    def _stamp(self) -> frozenset[tuple[str, int, int]]:
        found = []
        for path in (*self._locales.rglob("*"), *self._files.prompts.rglob("*")):
            if path.suffix in _WATCHED:
                try:
                    stat = path.stat()
                except OSError:
                    continue
                found.append((str(path), stat.st_mtime_ns, stat.st_size))
        return frozenset(found)
