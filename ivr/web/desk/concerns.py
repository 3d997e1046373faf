"""Everything that is wrong with the content, or that nobody has looked after, in plain words, worst first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from ivr.checking.registry import entries
from ivr.content.checks.cared import say_day
from ivr.content.checks.waiver import Waived
from ivr.content.model import Library
from ivr.problems import Gravity, Problem
from ivr.web.desk.study import Standing, Study


class Rank(IntEnum):
    """How bad it is: the first keeps a change or a language off the line, the second misleads people now.

    The last is let stand by somebody, with a reason, until a day.
    """

    BROKEN = 0
    NOW = 1
    SOON = 2
    WAIVED = 3


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

    @property
    def story(self) -> str:
        """Why it matters, "" where nothing is known of it."""
        entry = entries().get(self.code)
        return " ".join(entry.story.split()) if entry else ""

    @property
    def limit(self) -> str:
        """What is allowed, "" where there is no limit."""
        entry = entries().get(self.code)
        return entry.limit if entry else ""


def concerns(library: Library, edit: Sequence[Problem], study: Study) -> tuple[Concern, ...]:
    """All there is to do, the worst first. `edit` is what keeps the changed files off the line."""
    found = [
        *(_from(problem, Rank.BROKEN) for problem in edit),
        *(_from(problem, Rank.BROKEN) for problem in study.words),
        *(_from(problem, _rank(problem)) for problem in study.own.problems),
        *(_waived(one) for one in study.own.waived),
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


def _rank(problem: Problem) -> Rank:
    entry = entries().get(problem.code)
    return Rank.NOW if problem.gravity is Gravity.ERROR or (entry and entry.today) else Rank.SOON


def _waived(one: Waived, language: str = "") -> Concern:
    problem = one.problem
    mend = f"Waived until {say_day(one.until)}, because {one.reason.rstrip('.')}."
    return Concern(Rank.WAIVED, problem.text, mend, problem.path, problem.line, problem.code, language)


def _of_language(standing: Standing, library: Library) -> Iterator[Concern]:
    name, code, coverage = standing.language.name, standing.language.code, standing.coverage
    for problem in standing.problems:
        yield _from(problem, _rank(problem), name)
    for one in standing.waived:
        yield _waived(one, name)
    if coverage and not coverage.on_line:
        yield Concern(
            Rank.NOW, f"{name} is not on the line: {coverage.why}.", "Callers are not offered it until then.",
            code="language-waiting", language=name,
        )  # fmt: skip
    elif code != library.line.language and not standing.language.reviewed_by:
        yield Concern(
            Rank.NOW, f"Nobody who speaks {name} has checked what the line says in it. Callers are told so.",
            "Have it read by somebody who speaks it, and write who and when.",
            f"locales/{code}/language.toml", code="language-unreviewed", language=name,
        )  # fmt: skip
