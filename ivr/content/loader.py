"""The one door through which content comes: folders in, a frozen library or every problem out."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, get_day_names

from ivr.content import checks
from ivr.content.catalogs import read_translations
from ivr.content.checks.rule import Draft
from ivr.content.line import read_line
from ivr.content.model import Edition, Hours, Library, Line
from ivr.content.notices import FOLDER as NOTICES
from ivr.content.notices import Notices, read_notices
from ivr.content.phrases import Phrases, read_phrases
from ivr.content.translate import translate
from ivr.content.tree import Tree, read_tree
from ivr.languages import Language
from ivr.problems import ContentError, Findings, Gravity


@dataclass(frozen=True, slots=True)
class Source:
    """What a folder of prompts holds, before it is judged; `line` is None where line.toml cannot be used."""

    line: Line | None
    phrases: Phrases
    tree: Tree
    notices: Notices

    def draft(self, languages: Mapping[str, Language]) -> Draft:
        """What the rules are given."""
        language = languages.get(self.line.language) if self.line else None
        return Draft(
            self.tree.topics, self.tree.prompts, self.line.helpline.spoken if self.line else "",
            language.sms_encoding if language else "GSM-7", self.notices.notices, self.notices.prompts,
            self.phrases.passages,
        )  # fmt: skip


def read_source(prompts: Path, languages: Mapping[str, Language], findings: Findings) -> Source:
    """Read every file of a folder of prompts; faults go to `findings`."""
    known = None if findings.problems else languages.keys()
    return Source(
        read_line(prompts / "line.toml", known, findings), read_phrases(prompts / "phrases.toml", findings),
        read_tree(prompts, findings), read_notices(prompts / NOTICES, findings),
    )  # fmt: skip


def load_library(
    prompts: Path, locales: Path, languages: Mapping[str, Language], findings: Findings,
    unreviewed: Container[str] | None = None,
) -> Library:  # fmt: skip
    """Read the prompts folder. Raises ContentError with every problem that `findings` holds by then.

    Of the languages that nobody has reviewed only those in `unreviewed` are put on the line; None is all.
    """
    if not prompts.is_dir():
        findings.add(
            prompts, 1, "prompts-absent", "There is no folder of prompts.", "Put it back, or set PROMPTS."
        )
        raise ContentError(findings.problems)
    source = read_source(prompts, languages, findings)
    line = source.line
    checks.run(source.draft(languages), findings, Gravity.ERROR)
    if findings.problems or line is None:
        raise ContentError(findings.problems)
    own = Edition(
        language=line.language, topics=source.tree.topics, phrases=source.phrases.texts, urgency=source.tree.urgency,
        line=line, notices=source.notices.notices,
    )  # fmt: skip
    editions = {line.language: _dated(own, _locale(line))}
    waiting: dict[str, int] = {}
    for code in sorted(languages.keys() - {line.language}):
        translation = translate(line, own, code, read_translations(locales / code, findings))
        admitted = languages[code].reviewed_by or unreviewed is None or code in unreviewed
        if translation.edition and admitted:
            edition = replace(translation.edition, reviewed=bool(languages[code].reviewed_by))
            editions[code] = _dated(edition, Locale.parse(code, sep="-"))
        else:
            waiting[code] = len(translation.lacking)
    if findings.problems:
        raise ContentError(findings.problems)
    return Library(line, editions, waiting)


def _dated(edition: Edition, locale: Locale) -> Edition:
    review = edition.line.review
    return replace(
        edition,
        hours=tuple(_say_hours(hours, edition.phrases, locale) for hours in edition.line.helpline.hours),
        review=(_say_date(review.last, locale), _say_date(review.next, locale)),
    )


def _locale(line: Line) -> Locale:
    """The line's language as its country writes it, so that British dates and times are not American ones."""
    try:
        return Locale.parse(f"{line.language}-{line.country}", sep="-")
    except UnknownLocaleError:
        return Locale.parse(line.language, sep="-")


def _say_hours(hours: Hours, phrases: Mapping[str, str], locale: Locale) -> str:
    names = get_day_names("wide", context="format", locale=locale)
    clock = {
        "opens": format_time(time(*divmod(hours.opens, 60)), "short", locale=locale),
        "closes": format_time(time(*divmod(hours.closes % (24 * 60), 60)), "short", locale=locale),
    }
    first = next((day for day in range(7) if day in hours.days and (day - 1) % 7 not in hours.days), 0)
    last = (first + len(hours.days) - 1) % 7
    if first == last:
        return phrases["hours-day"].format(day=names[first], **clock)
    return phrases["hours-days"].format(first=names[first], last=names[last], **clock)


def _say_date(written: str, locale: Locale) -> str:
    """Write "2018", "2018-02" or "2018-02-01" as the language says it."""
    match [int(number) for number in written.split("-") if number]:
        case [year, month, day]:
            return format_date(date(year, month, day), "long", locale=locale)
        case [year, month]:
            return format_skeleton("yMMMM", date(year, month, 1), locale=locale)
        case _:
            return written
