"""Everything that is wrong with the content, or that nobody has looked after, in plain words, worst first."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from pathlib import Path
from typing import Final

from babel.dates import format_date

from ivr.content.line import period
from ivr.content.model import Library
from ivr.problems import Findings, Gravity, Problem
from ivr.toml import read_toml
from ivr.web.desk.study import Standing, Study

DUE_WITHIN: Final = timedelta(days=60)
"""How long before its day a review is announced."""


class Rank(IntEnum):
    """How bad it is: the first keeps a change or a language off the line, the second misleads people now."""

    BROKEN = 0
    NOW = 1
    SOON = 2


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing to do: what is wrong, what to do, and the file and line where, "" where it is in no file."""

    rank: Rank
    text: str
    mend: str
    path: str = ""
    line: int = 0
    code: str = ""
    language: str = ""


def concerns(
    library: Library,
    edit: Sequence[Problem],
    study: Study,
    today: date,
    prompts: Path,
    checked_within: timedelta,
) -> tuple[Concern, ...]:
    """All there is to do, the worst first. `edit` is what keeps the changed files off the line.

    `checked_within` is how long the helpline's number counts as checked: one that has changed sends people nowhere.
    """
    facts = _Facts(library, today, prompts, checked_within)
    found = [
        *(_from(problem, Rank.BROKEN) for problem in edit),
        *(_from(problem, Rank.BROKEN) for problem in study.words),
        *facts.all(),
        *(concern for standing in study.standings for concern in _of_language(standing, library)),
    ]
    return tuple(sorted(found, key=lambda concern: concern.rank))


def together(found: Iterable[Concern]) -> list[list[Concern]]:
    """Those that are mended alike, in one language, side by side; the order of the first of each stays."""
    alike: dict[tuple[str, ...], list[Concern]] = {}
    for each in found:
        alike.setdefault((each.language, each.code, each.mend), []).append(each)
    return list(alike.values())


def _from(problem: Problem, rank: Rank, language: str = "") -> Concern:
    return Concern(rank, problem.text, problem.mend, problem.path, problem.line, problem.code, language)


def _of_language(standing: Standing, library: Library) -> Iterator[Concern]:
    name, code, coverage = standing.language.name, standing.language.code, standing.coverage
    for problem in standing.problems:
        grave = problem.gravity is Gravity.ERROR
        yield _from(problem, Rank.NOW if grave else Rank.SOON, name)
    if coverage and not coverage.on_line:
        yield Concern(
            Rank.NOW, f"{name} is not on the line: {coverage.why}.", "Callers are not offered it until then.",
            language=name,
        )  # fmt: skip
    elif code != library.line.language and not standing.language.reviewed_by:
        yield Concern(
            Rank.NOW, f"Nobody who speaks {name} has checked what the line says in it. Callers are told so.",
            "Have it read by somebody who speaks it, and write who and when.",
            f"locales/{code}/language.toml", code="reviewed", language=name,
        )  # fmt: skip


class _Facts:
    """What nobody has looked after in line.toml."""

    def __init__(self, library: Library, today: date, prompts: Path, checked_within: timedelta) -> None:
        self._checked_within = checked_within
        self._line, self._review, self._today = library.line, library.own.review, today
        path = prompts / "line.toml"
        self._shown = str(Path(prompts.resolve().name, path.name))
        self._file = read_toml(path, Findings(prompts))

    def all(self) -> Iterator[Concern]:
        checks: tuple[Callable[[], Iterator[Concern]], ...] = (
            self._review_due, self._unchecked, self._helpline_checked, self._helpline_hours, self._price,
        )  # fmt: skip
        for check in checks:
            yield from check()

    def _concern(self, rank: Rank, table: str, field: str, text: str, mend: str) -> Concern:
        line = self._file.table(table).line(field) if self._file else 0
        return Concern(rank, text, mend, self._shown, line, f"{table}-{field}")

    def _review_due(self) -> Iterator[Concern]:
        """Old advice is given as if it were today's."""
        written = self._line.review.next
        last, following = self._review
        mend = (
            "Ask whoever publishes the leaflet for its present edition, bring the texts up to date, and write its "
            "dates here."
        )
        if not written:
            yield self._concern(
                Rank.SOON, "review", "next", "Nobody has said when the leaflet is next reviewed.",
                "Find out, and write the date.",
            )  # fmt: skip
            return
        begins, ends = period(written)
        before = f"The leaflet was last reviewed in {last}, and its" if last else "The leaflet's"
        if ends < self._today:
            yield self._concern(
                Rank.NOW, "review", "next",
                f"{before} next review was planned for {following}. That is past. Callers are told so once a call.", mend,
            )  # fmt: skip
        elif begins <= self._today + DUE_WITHIN:
            yield self._concern(
                Rank.SOON, "review", "next", f"{before} next review is planned for {following}.", mend
            )

    def _unchecked(self) -> Iterator[Concern]:
        """A sentence was shortened for the ear, and nobody who would know has seen what it now says."""
        if not self._line.review.checked_by:
            yield self._concern(
                Rank.NOW, "review", "checked_by",
                "No health professional has checked this spoken version against the leaflet. Callers are told so.",
                "Have it checked, the marked passages first, and write who did.",
            )  # fmt: skip

    def _helpline_checked(self) -> Iterator[Concern]:
        """A number that was right in the leaflet rings in another office, or nowhere."""
        helpline = self._line.helpline
        mend = f"Call {helpline.spoken}, ask who answers and when, and write today's date."
        if not helpline.checked:
            text = f"Nobody has ever checked the helpline's number, {helpline.spoken}."
            yield self._concern(Rank.NOW, "helpline", "checked", text, mend)
            return
        checked = date.fromisoformat(helpline.checked)
        if self._today - checked > self._checked_within:
            text = f"The helpline's number, {helpline.spoken}, was last checked on {say_day(checked)}."
            yield self._concern(Rank.NOW, "helpline", "checked", text, mend)

    def _helpline_hours(self) -> Iterator[Concern]:
        """Somebody gathers their courage to press 0 at night, and it rings in an empty room."""
        if not self._line.helpline.hours:
            yield self._concern(
                Rank.SOON, "helpline", "hours", "Nobody has said when the helpline answers, so callers cannot be told.",
                "Find out, and write the hours as the example above the line shows.",
            )  # fmt: skip

    def _price(self) -> Iterator[Concern]:
        """Nobody sees that one curly apostrophe doubled what a text costs."""
        if self._line.text_price is None:
            yield self._concern(
                Rank.SOON, "texts", "price", "Nobody has said what a text costs, so the map shows its parts only.",
                "Write what the carrier asks for one part.",
            )  # fmt: skip


def say_day(day: date) -> str:
    """The day as an operator reads it."""
    return format_date(day, "long", locale="en_GB")
