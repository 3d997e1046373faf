"""Rules for what somebody has to look after: dates, hours, a number that must still be right."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from babel.dates import format_date

from ivr.content.checks.rule import Fault, Rule, by_code
from ivr.content.line import period
from ivr.content.model import Edition
from ivr.toml import Table

DUE_WITHIN: Final = timedelta(days=60)
"""How long before its day a review is announced."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What line.toml says of the world, on the day that it is at the line.

    `table` is the file `path`, None where it cannot be read; `checked_every` is how long a number counts as checked.
    """

    edition: Edition
    path: Path
    table: Table | None
    today: date
    checked_every: timedelta

    def fault(self, table: str, field: str, text: str, mend: str) -> Fault:
        """What is wrong with a field, at the line where it stands."""
        line = self.table.table(table).line(field) if self.table else 1
        return Fault(self.path, line, text, mend)


def check_review_past(facts: Facts) -> Iterator[Fault]:
    """Old advice is given as if it were today's: a dose that has been halved since is still read out."""
    following = facts.edition.line.review.next
    if following and period(following)[1] < facts.today:
        yield facts.fault(
            "review", "next",
            f"{_reviewed(facts)} next review was planned for {facts.edition.review[1]}. That is past. Callers are told so "
            "once a call.", _NEW_EDITION,
        )  # fmt: skip


def check_review_due(facts: Facts) -> Iterator[Fault]:
    """A review that is noticed on its day is done a year later, and the advice goes out of date meanwhile."""
    following = facts.edition.line.review.next
    if following and period(following)[0] <= facts.today + DUE_WITHIN and period(following)[1] >= facts.today:
        yield facts.fault(
            "review",
            "next",
            f"{_reviewed(facts)} next review is planned for {facts.edition.review[1]}.",
            _NEW_EDITION,
        )


def check_review_known(facts: Facts) -> Iterator[Fault]:
    """A leaflet without a date for its review is never reviewed, and nobody can tell callers how old it is."""
    if not facts.edition.line.review.next:
        yield facts.fault(
            "review",
            "next",
            "Nobody has said when the leaflet is next reviewed.",
            "Find out, and write the date.",
        )


def check_reviewer(facts: Facts) -> Iterator[Fault]:
    """A sentence was shortened for the ear, and nobody who would know has seen what it now says."""
    if not facts.edition.line.review.checked_by:
        yield facts.fault(
            "review", "checked_by",
            "No health professional has checked this spoken version against the leaflet. Callers are told so.",
            "Have it checked, the marked passages first, and write who did.",
        )  # fmt: skip


def check_helpline(facts: Facts) -> Iterator[Fault]:
    """A number that was right in the leaflet rings in another office, or nowhere: somebody in danger hears a tone."""
    helpline = facts.edition.line.helpline
    mend = f"Call {helpline.spoken}, ask who answers and when, and write today's date."
    if not helpline.checked:
        text = f"Nobody has ever checked the helpline's number, {helpline.spoken}."
        yield facts.fault("helpline", "checked", text, mend)
    elif facts.today - (checked := date.fromisoformat(helpline.checked)) > facts.checked_every:
        text = f"The helpline's number, {helpline.spoken}, was last checked on {say_day(checked)}."
        yield facts.fault("helpline", "checked", text, mend)


def check_hours(facts: Facts) -> Iterator[Fault]:
    """Somebody gathers their courage to press 0 at night, and it rings in an empty room."""
    if not facts.edition.line.helpline.hours:
        yield facts.fault(
            "helpline", "hours", "Nobody has said when the helpline answers, so callers cannot be told.",
            "Find out, and write the hours as the example above the line shows.",
        )  # fmt: skip


def check_price(facts: Facts) -> Iterator[Fault]:
    """Nobody sees that one curly apostrophe doubled what a text costs, until the bill comes."""
    if facts.edition.line.text_price is None:
        yield facts.fault(
            "texts", "price", "Nobody has said what a text costs, so the map shows its parts only.",
            "Write what the carrier asks for one part.",
        )  # fmt: skip


def check_notices(facts: Facts) -> Iterator[Fault]:
    """A notice that has ended is heard by nobody, but translators still meet it, and take it for news."""
    for notice in facts.edition.notices:
        if notice.until < facts.today:
            yield Fault(
                Path(notice.path), 1, f"This notice ended on {notice.until}; nobody hears it now.",
                "Delete the file, or write a later date after until:.",
            )  # fmt: skip


_NEW_EDITION = (
    "Ask whoever publishes the leaflet for its present edition, bring the texts up to date, and write its "
    "dates here."
)


def _reviewed(facts: Facts) -> str:
    last = facts.edition.review[0]
    return f"The leaflet was last reviewed in {last}, and its" if last else "The leaflet's"


def say_day(day: date) -> str:
    """The day as an operator reads it."""
    return format_date(day, "long", locale="en_GB")


RULES = by_code(
    Rule(
        "helpline-checked", check_helpline, "As many days as CHECKED_WITHIN_DAYS says, half a year by default.",
        "Our own number.", today=True,
    ),
    Rule(
        "review-past", check_review_past, "The day, or the last day of the month or year, that stands after next.",
        "The leaflet's own date.", today=True,
    ),
    Rule("review-checker", check_reviewer, "The name of a health professional.", "Our own demand.", today=True),
    Rule("helpline-hours", check_hours, "Some hours.", "A3: closed is said before dialling."),
    Rule(
        "review-due", check_review_due, f"{DUE_WITHIN.days} days before the day that stands after next.",
        "The leaflet's own date.",
    ),
    Rule("review-unknown", check_review_known, "A year, a month or a day.", "The leaflet's own date."),
    Rule("texts-price", check_price, "The price of one part.", "Our own demand."),
    Rule("notice-over", check_notices, "The day that stands after until.", "The notice's own date."),
)  # fmt: skip
