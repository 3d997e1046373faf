"""Whether files are fit for the line, and what they say: the content's own checks, on a folder made for the moment."""

import hashlib
import logging
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

from ivr.checking.rehearsal import rehearse
from ivr.checking.review import files_of, review_language, review_line, today_at
from ivr.config import Settings
from ivr.content.coverage import keeps_off
from ivr.content.model import MENU, Library, Notice, Topic
from ivr.content.notices import FOLDER as NOTICES
from ivr.content.notices import read_notices
from ivr.content.sheet import read_sheet
from ivr.content.tree import read_tree
from ivr.languages import Language
from ivr.problems import ContentError, Findings, Problem
from ivr.shelf import load
from ivr.versions.archive import LOCALES, PROMPTS, Files
from ivr.versions.publishing import CheckWords
from ivr.versions.supply import reason

log = logging.getLogger(__name__)

# What the checks read; the rest of a version is large.
_READ = (".md", ".toml", ".po", ".yaml")
# States of the word lists whose judgement is remembered.
_WORDS_KEPT = 8


@dataclass(frozen=True)
class Judgement:
    """What is wrong with the files, the topics and notices that could be read of them, by path, and the library
    where nothing is wrong. `sms_line` is added to every topic's text, `warnings` keep no version off the line, though some a
    language."""

    problems: tuple[Problem, ...]
    topics: Mapping[str, Topic]
    notices: Mapping[str, Notice]
    sms_line: str
    library: Library | None = None
    languages: Mapping[str, Language] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    def warned_of(self, path: str) -> tuple[Problem, ...]:
        """What is to be looked at in the file at `path`, and keeps nothing off the line."""
        return tuple(each for each in self.warnings if each.path == path and not keeps_off(each))

    def keeps_off(self, path: str) -> tuple[Problem, ...]:
        """What in a translation's file or folder keeps its language off the line, and nothing else."""
        return tuple(each for each in self.warnings if each.path.startswith(path) and keeps_off(each))

    def at(self, path: str) -> tuple[Problem, ...]:
        """What is wrong with the file at `path`."""
        return tuple(problem for problem in self.problems if problem.path == path)


class Judge:
    """Judges files as `check` does. The last two are kept: pages compare a draft with its base, again and again."""

    def __init__(self, settings: Settings, check_words: CheckWords) -> None:
        self._settings, self._check_words, self._files = settings, check_words, files_of(settings)
        self._lock = threading.Lock()
        self._last: dict[str, Judgement] = {}
        self._words: dict[str, tuple[Problem, ...]] = {}
        # The checksums of the files that could be judged last.
        self._sound: dict[str, int] = {}

    def trust(self, files: Files) -> None:
        """Take the word lists of `files` as sound: they were checked when these were published."""
        key = _words_key(files)
        with self._lock:
            if key not in self._words:
                self._remember(key, ())

    def judge(self, files: Files) -> Judgement:
        """What is wrong with `files` and what they say."""
        name = _fingerprint(files)
        with self._lock:
            found = self._last.pop(name, None)
            if found is None:
                try:
                    found = self._judged(files)
                except Exception as fault:
                    # Not remembered: it may be this machine's fault, such as a full disk, and be over in a moment.
                    log.exception("the texts cannot be judged")
                    return self._unjudged(files, fault)
                self._sound = _sums(files)
            # The one that was asked for longest ago goes.
            self._last = dict([*self._last.items(), (name, found)][-2:])
            return found

    def _judged(self, files: Files) -> Judgement:
        with TemporaryDirectory(prefix="ivr-draft-") as folder:
            root = Path(folder).resolve()
            lay_out(root, {path: data for path, data in files.items() if path.endswith(_READ)})
            prompts, locales = root / PROMPTS, root / LOCALES
            try:
                library, languages = load(prompts, locales, self._settings.unreviewed)
            except ContentError as fault:
                return _of_broken(root, fault.problems)
            topics = {
                _shown(topic.path, root): topic for topic in library.own.topics.values() if topic.id != MENU
            }
            notices = {_shown(notice.path, root): notice for notice in library.own.notices}
            words = self._judge_words(library, locales, _words_key(files))
            problems = (*words, *rehearse(library, languages, prompts, locales))
            sms_line = library.own.urgency.sms_line
            shown = replace(self._files, prompts=prompts, locales=locales)
            today = today_at(library)
            warnings = (
                *review_line(library, languages, shown, today).problems,
                *_of_translations(library, languages, locales, today),
            )
            return Judgement(problems, topics, notices, sms_line, library, languages, warnings)

    def _unjudged(self, files: Files, fault: Exception) -> Judgement:
        """One problem in place of a judgement, so that every page answers and what was changed can be taken back.

        It stands at the first file that differs from what could be judged last, where that is known.
        """
        now = _sums(files)
        changed = [path for path in sorted(now) if self._sound and now[path] != self._sound.get(path)]
        problem = Problem(
            next(iter(changed), PROMPTS), 1, "judge", f"The texts cannot be judged: {reason(fault)}",
            "Take back what was changed last.",
        )  # fmt: skip
        return Judgement((problem,), {}, {}, "")

    def _judge_words(self, library: Library, locales: Path, key: str) -> tuple[Problem, ...]:
        """What is wrong with the word lists. Reading them takes seconds, so it is done where something changed."""
        if key not in self._words:
            problems: tuple[Problem, ...] = ()
            try:
                self._check_words(library, locales)
            except ContentError as fault:
                problems = fault.problems
            self._remember(key, problems)
        return self._words[key]

    def _remember(self, key: str, problems: tuple[Problem, ...]) -> None:
        self._words = dict([*self._words.items(), (key, problems)][-_WORDS_KEPT:])


def _of_translations(
    library: Library, languages: Mapping[str, Language], locales: Path, today: date
) -> Iterator[Problem]:
    """What is to be looked at in each translation, on the line or not."""
    root = locales.parent
    for code, language in languages.items():
        if code != library.line.language:
            sheet = read_sheet(library, language, locales / code, Findings(root))
            yield from review_language(sheet, root, today).problems


def lay_out(root: Path, files: Files) -> None:
    """Write `files` below `root`."""
    for folder in (PROMPTS, LOCALES):
        (root / folder).mkdir(exist_ok=True)
    for path, data in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _of_broken(root: Path, problems: tuple[Problem, ...]) -> Judgement:
    """What can be read all the same: an operator sees the lengths of a topic while another one is broken."""
    unread = Findings(root)
    tree, found = read_tree(root / PROMPTS, unread), read_notices(root / PROMPTS / NOTICES, unread)
    topics = {_shown(topic.path, root): topic for topic in tree.topics.values() if topic.id != MENU}
    notices = {_shown(notice.path, root): notice for notice in found.notices}
    return Judgement(problems, topics, notices, tree.urgency.sms_line)


def _shown(path: str, root: Path) -> str:
    return Path(path).relative_to(root).as_posix()


def _words_key(files: Files) -> str:
    """What the word lists are judged by: themselves, and which topics and urgent kinds there are."""
    found = hashlib.sha256()
    for path in sorted(files):
        if path.endswith(".md"):
            found.update(f"{path}\n".encode())
        elif path.endswith(".yaml"):
            found.update(f"{path}:{len(files[path])}\n".encode() + files[path])
    return found.hexdigest()


def _sums(files: Files) -> dict[str, int]:
    return {path: crc32(data) for path, data in files.items() if path.endswith(_READ)}


def _fingerprint(files: Files) -> str:
    found = hashlib.sha256()
    for path in sorted(files):
        if path.endswith(_READ):
            found.update(f"{path}:{len(files[path])}\n".encode() + files[path])
    return found.hexdigest()
