"""`line.toml`: the facts of one phone line."""

import re
from datetime import date, time
from pathlib import Path

from ivr.content.model import Helpline, Hours, Line, Review
from ivr.problems import Findings
from ivr.toml import Table, read_toml

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_MONTH = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


def read_line(path: Path, findings: Findings) -> Line | None:
    """Read `line.toml`; faults go to `findings`, and None means that it cannot be used at all."""
    table = read_toml(path, findings)
    if table is None:
        return None
    emergency, advice, relay, review = (table.table(n) for n in ("emergency", "advice", "relay", "review"))
    return Line(
        name=table.text("name", required=True),
        language=table.text("language", required=True),
        country=table.text("country") or "GB",
        timezone=table.text("timezone") or "Europe/London",
        helpline=_read_helpline(table.table("helpline")),
        review=Review(_month(review, "last"), _month(review, "next"), review.text("checked_by")),
        emergency=emergency.text("number", required=True),
        advice=advice.text("number", required=True),
        relay_emergency=relay.text("emergency"),
        relay_prefix=relay.text("prefix"),
    )


def _read_helpline(table: Table) -> Helpline:
    number = table.text("number", required=True)
    if number and not _E164.fullmatch(number):
        table.problem(
            "number", "number", f"{number!r} is not a number a phone can call.",
            "Write it from abroad, without spaces, such as +442079460000.",
        )  # fmt: skip
    checked = table.text("checked")
    if checked and not _is_date(checked):
        table.problem("checked", "date", f"{checked!r} is not a date.", "Write it as 2026-11-22.")
    return Helpline(
        name=table.text("name", required=True), number=number, spoken=table.text("spoken", required=True),
        cost=table.text("cost"), checked=checked, interpreter=table.text("interpreter"),
        hours=tuple(hours for row in table.tables("hours") if (hours := _read_hours(row))),
    )  # fmt: skip


def _read_hours(table: Table) -> Hours | None:
    first, _, last = table.text("days").lower().partition("-")
    try:
        begin, end = DAYS.index(first), DAYS.index(last or first)
        opens, closes = (time.fromisoformat(table.text(n)) for n in ("from", "to"))
    except ValueError:
        table.problem(
            "hours", "hours", "One of the helpline's hours cannot be read.",
            'Write each as { days = "mon-fri", from = "09:00", to = "16:00" }.',
        )  # fmt: skip
        return None
    days = frozenset((begin + n) % 7 for n in range((end - begin) % 7 + 1))
    return Hours(days, opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute or 24 * 60)


def _month(table: Table, field: str) -> str:
    value = table.text(field)
    if value and not _MONTH.fullmatch(value):
        table.problem(field, "date", f"{value!r} is not a date.", "Write it as 2018, 2018-02 or 2018-02-01.")
        return ""
    return value


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
