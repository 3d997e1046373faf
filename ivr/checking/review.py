"""The review of a line: everything that keeps nothing off the line, and what of it is waived."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from ivr.checking.registry import entries
from ivr.config import Settings
from ivr.content import checks
from ivr.content.checks import cared
from ivr.content.checks.rule import Rule, Subject
from ivr.content.checks.waiver import Waived, Written, places_of, waive
from ivr.content.coverage import judge
from ivr.content.headings import FILE as HEADINGS
from ivr.content.headings import Headings, read_headings
from ivr.content.loader import Source, read_source
from ivr.content.model import Library
from ivr.content.notices import day_at
from ivr.content.prompt import Prompt
from ivr.content.sheet import Sheet, draft_of
from ivr.content.wording import Wording, read_wording
from ivr.dialogue import budgets
from ivr.dialogue.budgets import Opening
from ivr.languages import Language
from ivr.problems import Findings, Gravity, Problem
from ivr.speech.recordings import FOLDER as RECORDINGS
from ivr.speech.store import Store
from ivr.speech.takes import Takes
from ivr.toml import WAIVE, Table, read_toml


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is left to do, what people meet today first, and what is waived."""

    problems: tuple[Problem, ...] = ()
    waived: tuple[Waived, ...] = ()


Recorded = Callable[[Library, Mapping[str, Language]], Iterable[Problem]]
"""What is wrong among the recordings of a library."""


@dataclass(frozen=True, slots=True)
class Files:
    """Where a line's files are; `checked_every` is how long the helpline's number counts as checked."""

    prompts: Path
    locales: Path
    checked_every: timedelta
    recorded: Recorded = lambda _library, _languages: ()

    @property
    def root(self) -> Path:
        """The folder from which paths are shown."""
        return self.prompts.resolve().parent


def files_of(settings: Settings) -> Files:
    """Where the files of a line are, and how its facts and its recordings are judged."""

    def recorded(library: Library, languages: Mapping[str, Language]) -> list[Problem]:
        return Takes(settings.prompts / RECORDINGS, library, languages, Store(settings.audio)).problems()

    every = timedelta(days=settings.checked_within_days)
    return Files(settings.prompts, settings.locales, every, recorded)


def today_at(library: Library) -> date:
    """The day that it is at the line."""
    return day_at(library.line, datetime.now(UTC))


def review_line(library: Library, languages: Mapping[str, Language], files: Files, today: date) -> Verdict:
    """Review the line's own texts, its facts, and its recordings. The errors among them are the loader's.

    Where the files have errors only the facts are told: the texts are other ones than `library` has, and what they
    waive is left alone.
    """
    prompts, code = files.prompts.resolve(), library.line.language
    faulty, findings = Findings(files.root), Findings(files.root)
    source = read_source(prompts, languages, faulty)
    words = Findings(files.root)
    wording = read_wording(files.locales.resolve() / code, languages[code].lexicon, words)
    headings = read_headings(prompts / HEADINGS, words)
    line = read_toml(prompts / "line.toml", faulty)
    written = list(_written(source, wording, headings, line, prompts))
    if faulty.problems:
        written = [one for one in written if one.covers == prompts / "line.toml"]
    else:
        draft = replace(source.draft(languages), wording=wording, headings=headings)
        checks.run(draft, findings, Gravity.WARNING)
        _run(budgets.RULES, Opening(library, code, draft), findings)
    facts = cared.Facts(library.own, prompts / "line.toml", line, today, files.checked_every)
    _run(cared.RULES, facts, findings)
    problems = [*_as_warnings(words), *findings.problems, *files.recorded(library, languages)]
    return _verdict(problems, written, today, files.root)


def review_language(sheet: Sheet, root: Path, today: date) -> Verdict:
    """Review one translation: what `judge` finds, and how its calls begin where it is on the line."""
    words, findings = Findings(root), Findings(root)
    wording = read_wording(sheet.folder, sheet.language.lexicon, words)
    draft, code = draft_of(sheet, wording), sheet.language.code
    judged = judge(sheet, draft, root)
    if code in sheet.library.editions:
        _run(budgets.RULES, Opening(sheet.library, code, draft), findings)
    places = places_of((row.message.context, row.entry.line) for row in sheet.rows)
    written = [Written(wording.path, wording.waivers, places, sheet.folder)]
    problems = (*judged, *findings.problems, *_as_warnings(words))
    return _verdict(problems, written, today, root, keep_order=True)


def _verdict(
    problems: Iterable[Problem],
    written: Iterable[Written],
    today: date,
    root: Path,
    *,
    keep_order: bool = False,
) -> Verdict:
    waivers = Findings(root)
    left, waived = waive(problems, written, entries(), today, waivers)
    every = (*left, *waivers.problems)
    return Verdict(every if keep_order else tuple(sorted(every, key=_rank)), waived)


def _rank(problem: Problem) -> tuple[bool, str, int]:
    return not (problem.code in entries() and entries()[problem.code].today), problem.path, problem.line


def _run(rules: Mapping[str, Rule[Subject]], subject: Subject, findings: Findings) -> None:
    for code, rule in rules.items():
        for fault in rule.find(subject):
            findings.add(fault.path, fault.line, code, fault.text, fault.mend, rule.gravity)


def _as_warnings(findings: Findings) -> list[Problem]:
    return [replace(problem, gravity=Gravity.WARNING) for problem in findings.problems]


def _written(
    source: Source, wording: Wording, headings: Headings | None, line: Table | None, prompts: Path
) -> Iterator[Written]:
    """Everything that the files of the line's own language waive."""
    for prompt in (*source.tree.prompts.values(), *source.notices.prompts.values()):
        yield Written(prompt.path, prompt.waivers, _places(prompt), prompt.path)
    phrases = prompts / "phrases.toml"
    named = places_of((passage.name, passage.line) for passage in source.phrases.passages)
    yield Written(phrases, source.phrases.waivers, named, phrases)
    if line:
        yield Written(prompts / "line.toml", line.items(WAIVE), {}, prompts / "line.toml")
    if headings:
        yield Written(headings.path, headings.waivers, {}, headings.path)
    yield Written(wording.path, wording.waivers, {}, wording.path)


def _places(prompt: Prompt) -> Mapping[str, frozenset[int]]:
    parts = ((f"part {number}", line) for number, line in enumerate(prompt.part_lines, start=1))
    return places_of((*prompt.lines.items(), *parts))
