"""The desk's page about how the line is used, and the same as a file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from ivr.content.model import Library
from ivr.languages import Language
from ivr.sending import DatabaseDownError
from ivr.tally.counter import Counter
from ivr.tally.report import By, Names, Table, Use, names_of, read_use, say
from ivr.tally.tables import tables, write_csv
from ivr.web.desk.charts import draw
from ivr.web.desk.outline import price_of

LATEST: Final = {7: "7 days", 30: "30 days", 91: "3 months", 365: "a year"}
"""Periods to choose from, in days up to today."""

USUAL: Final = 30
LONGEST: Final = timedelta(days=5 * 366)
# No day can be reckoned from before the first of all days, so an earlier day than this is taken for this.
EARLIEST: Final = date(1970, 1, 1)
# A table of days longer than this is of weeks instead, unless somebody asks for days.
MOST_DAYS: Final = 45
WIDE: Final = 760
NARROW: Final = 340
# Which tables have a chart, how many of their rows it has room for, and whether those are days.
CHARTS: Final = {"days": 400, "languages": 20, "topics": 20, "urgent": 20}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page was asked for; `fault` says what could not be understood of it."""

    first: date
    last: date
    by: By
    language: str
    fault: str = ""

    @property
    def days(self) -> int:
        """How many days the period has."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table, and its chart in two widths where it has one."""

    table: Table
    charts: tuple[tuple[str, Markup], ...]


def add_use(
    desk: Blueprint,
    counter: Counter,
    library: Callable[[], Library],
    languages: Callable[[], Mapping[str, Language]],
) -> None:
    """Add `/desk/use` and `/desk/use.csv` to the desk, whose guard is theirs too."""

    def names() -> Names:
        served = library()
        called = {code: language.name for code, language in languages().items() if code in served.editions}
        return names_of(served, called, lambda parts: price_of(served.line, parts))

    @desk.get("/use", endpoint="use_page")
    def use_page() -> ResponseReturnValue:
        try:
            today = counter.archive.today()
            asked = _asked(today, list(library().editions))
            use = read_use(counter.archive, asked.first, asked.last)
        except DatabaseDownError:
            return render_template("desk/use.html", down=True), 503
        made = tables(use, names(), asked.by, asked.language)
        sheets = [Sheet(table, _charts(table)) for table in made if not table.is_empty]
        return render_template(
            "desk/use.html", down=False, sheets=sheets, asked=asked, bys=list(By), latest=LATEST,
            ends_today=asked.last == today, languages=names().languages, today=today, say=say,
        )  # fmt: skip

    @desk.get("/use.csv", endpoint="use_file")
    def use_file() -> ResponseReturnValue:
        try:
            asked = _asked(counter.archive.today(), list(library().editions))
            use = read_use(counter.archive, asked.first, asked.last)
        except DatabaseDownError:
            return Response(
                "The database does not answer. Try again in a minute.\n", 503, mimetype="text/plain"
            )
        name = f"use-{asked.first}-to-{asked.last}.csv"
        return Response(
            # A mark at the beginning, by which spreadsheets know the letters of other languages.
            "\ufeff" + _csv(use, names(), asked), mimetype="text/csv",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )  # fmt: skip


def _csv(use: Use, names: Names, asked: Asked) -> str:
    return write_csv(tables(use, names, asked.by, asked.language), use)


def _charts(table: Table) -> tuple[tuple[str, Markup], ...]:
    most = CHARTS.get(table.key, 0)
    rows = tuple(row for row in table.rows if "." not in row.key) if table.key == "topics" else table.rows
    if not 1 < len(rows) <= most or not any(row.values[0] for row in rows):
        return ()
    drawn = Table(table.key, table.title, table.about, table.head, rows)
    upright = table.key == "days"
    return tuple(
        (name, draw(drawn, f"{table.key}-{name}", width, upright=upright))
        for name, width in (("broad", WIDE), ("slim", NARROW))
    )


def _asked(today: date, codes: list[str]) -> Asked:
    """What the address asks for; a day that is none is put right, and the page says so."""
    faults: list[str] = []
    last = _day("to", today, faults)
    if last > today:
        faults.append("The last day is still to come, so the period ends today.")
        last = today
    first = _day("from", max(EARLIEST, last - timedelta(days=_latest() - 1)), faults)
    if first > last:
        faults.append("The first day is after the last, so they were exchanged.")
        first, last = last, min(first, today)
    if last - first > LONGEST:
        faults.append("The period is longer than five years, so it was cut.")
        first = last - LONGEST
    by, language = request.args.get("by", ""), request.args.get("language", "")
    usual = By.DAY if (last - first).days < MOST_DAYS else By.WEEK
    return Asked(
        first,
        last,
        By(by) if by in list(By) else usual,
        language if language in codes else "",
        " ".join(faults),
    )


def _latest() -> int:
    days = request.args.get("days", "")
    return int(days) if days in map(str, LATEST) else USUAL


def _day(name: str, otherwise: date, faults: list[str]) -> date:
    written = request.args.get(name, "").strip()
    if not written:
        return otherwise
    try:
        return max(EARLIEST, date.fromisoformat(written))
    except ValueError:
        faults.append(f"{written[:20]!r} is no day: write it as {otherwise}.")
        return otherwise
