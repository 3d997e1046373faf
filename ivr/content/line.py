"""`line.toml`: the facts of one phone line."""

import calendar
import re
from collections.abc import Collection, Mapping
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.core import get_global
from babel.numbers import get_territory_currencies, is_currency

from ivr.content.model import Helpline, Hours, Line, Price, Review
from ivr.problems import Findings
from ivr.toml import WAIVE, Table, read_toml

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_AMOUNT = re.compile(r"\d{1,4}(\.\d{1,6})?", re.ASCII)
_MONTH = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
# Completes a year or a month to a date.
_FIRST_DAY = "....-01-01"
_FIELDS = {
    "helpline": ("name", "number", "spoken", "cost", "checked", "hours", "interpreter"),
    "call": ("cost",), "texts": ("price", "currency"), "emergency": ("number",), "advice": ("name", "number"),
    "relay": ("emergency", "prefix"), "review": ("last", "next", "source", "checked_by"),
}  # fmt: skip


def read_line(path: Path, languages: Collection[str] | None, findings: Findings) -> Line | None:
    """Read `line.toml`; faults go to `findings`, and None means that it cannot be used at all.

    `languages` are the codes there are, None where not all of them could be read.
    """
    table = read_toml(path, findings)
    if table is None:
        return None
    tables = {name: table.table(name) for name in _FIELDS}
    _check_names(table, tables)
    review, helpline = tables["review"], _read_helpline(tables["helpline"])
    return Line(
        name=table.text("name", required=True),
        language=_read_language(table, languages),
        country=_read_country(table, has_hours=bool(helpline.hours)),
        timezone=_read_timezone(table),
        helpline=helpline,
        review=Review(_month(review, "last"), _month(review, "next"), review.text("checked_by")),
        emergency=tables["emergency"].text("number", required=True),
        advice=tables["advice"].text("number", required=True),
        relay_emergency=tables["relay"].text("emergency"),
        relay_prefix=tables["relay"].text("prefix"),
        numbers=_read_numbers(table.table("numbers"), languages),
        text_price=_read_price(tables["texts"], table.text("country") or "GB"),
    )


def _check_names(table: Table, tables: Mapping[str, Table]) -> None:
    """Report every field that nothing reads: a slip in a name would lose the opening hours without a word."""
    table.only("name", "language", "country", "timezone", "sections", "contacts", "numbers", WAIVE, *_FIELDS)
    table.items(WAIVE)
    for name, known in _FIELDS.items():
        tables[name].only(*known, "leaflet")
    for contact in table.tables("contacts"):
        contact.only("name", "what", "number", "spoken", "cost", "leaflet")


def _read_language(table: Table, languages: Collection[str] | None) -> str:
    language = table.text("language", required=True)
    if language and languages is not None and language not in languages:
        table.problem(
            "language", "language", f"There is no language {language!r}.",
            f"Add the folder locales/{language} with a language.toml.",
        )  # fmt: skip
    return language


def _read_numbers(table: Table, languages: Collection[str] | None) -> dict[str, str]:
    """The line's numbers that speak one language at once."""
    numbers = table.texts(required=True)
    for number, language in numbers.items():
        if not _E164.fullmatch(number):
            table.problem(
                number, "number", f"{number!r} is not a number a phone can call.",
                "Write it from abroad, without spaces, such as +442079460000.",
            )  # fmt: skip
        elif languages is not None and language not in languages:
            table.problem(
                number, "language", f"There is no language {language!r}.",
                f"Add the folder locales/{language} with a language.toml.",
            )  # fmt: skip
    return numbers


def _read_country(table: Table, *, has_hours: bool) -> str:
    country = table.text("country") or "GB"
    if country not in get_global("territory_currencies"):
        fault = f"There is no country {country!r}."
    elif has_hours and not _has_holidays(country):
        fault = f"No public holidays are known for a country {country!r}, and the helpline's hours need them."
    else:
        return country
    table.problem("country", "country", fault, "Write its two capital letters, such as GB.")
    return country


def _read_price(table: Table, country: str) -> Price | None:
    """What one part of a text costs the line, in the country's own money unless another is named."""
    written, currency = table.text("price"), table.text("currency")
    if currency and not is_currency(currency):
        table.problem(
            "currency", "currency", f"There is no money called {currency!r}.", "Write it as GBP, EUR or USD."
        )
        return None
    if written and not _AMOUNT.fullmatch(written):
        table.problem(
            "price", "price", f"{written!r} is not a price.", 'Write it with a dot, such as "0.04".'
        )
        return None
    own = currency or next(iter(get_territory_currencies(country)), "")
    return Price(Decimal(written), own) if written and own else None


def _has_holidays(country: str) -> bool:
    """Whether the holidays of `country` are known."""
    from holidays import country_holidays  # noqa: PLC0415 - 20 MB, for lines that have hours

    try:
        return country_holidays(country) is not None
    except NotImplementedError:
        return False


def _read_timezone(table: Table) -> str:
    timezone = table.text("timezone") or "Europe/London"
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        table.problem(
            "timezone", "timezone", f"There is no time zone {timezone!r}.", "Write one such as Europe/London."
        )
    return timezone


def _read_helpline(table: Table) -> Helpline:
    number, spoken = table.text("number", required=True), table.text("spoken", required=True)
    if number and not _E164.fullmatch(number):
        table.problem(
            "number", "number", f"{number!r} is not a number a phone can call.",
            "Write it from abroad, without spaces, such as +442079460000.",
        )  # fmt: skip
    elif number and spoken and not _is_same(number, spoken):
        table.problem(
            "spoken", "spoken", f"{spoken!r} is said and texted, but {number} is called.",
            "Write the same number in both.",
        )  # fmt: skip
    checked = table.text("checked")
    if checked and not _is_date(checked):
        table.problem("checked", "date", f"{checked!r} is not a date.", "Write it as 2026-11-22.")
    return Helpline(
        name=table.text("name", required=True), number=number, spoken=spoken,
        cost=table.text("cost"), checked=checked, interpreter=table.text("interpreter"),
        hours=tuple(hours for row in table.tables("hours") if (hours := _read_hours(row))),
    )  # fmt: skip


def _is_same(number: str, spoken: str) -> bool:
    """Whether `spoken` is `number` as it is called within its own country: without the prefix, maybe with a 0."""
    digits = re.sub(r"\D", "", spoken).lstrip("0")
    return len(digits) > len(number) // 2 and number.endswith(digits)


def _read_hours(table: Table) -> Hours | None:
    table.only("days", "from", "to")
    first, _, last = table.text("days").lower().partition("-")
    try:
        begin, end = DAYS.index(first), DAYS.index(last or first)
        opens, closes = (time.fromisoformat(table.text(n)) for n in ("from", "to"))
    except ValueError:
        _report_hours(table, "One of the helpline's hours cannot be read.")
        return None
    days = frozenset((begin + n) % 7 for n in range((end - begin) % 7 + 1))
    hours = Hours(days, opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute or 24 * 60)
    if hours.opens >= hours.closes:
        _report_hours(table, "One of the helpline's hours ends before it begins.")
        return None
    return hours


def _report_hours(table: Table, text: str) -> None:
    table.problem("days", "hours", text, 'Write each as { days = "mon-fri", from = "09:00", to = "16:00" }.')


def _month(table: Table, field: str) -> str:
    value = table.text(field)
    if value and not (_MONTH.fullmatch(value) and _is_date(value + _FIRST_DAY[len(value) :])):
        table.problem(field, "date", f"{value!r} is not a date.", "Write it as 2018, 2018-02 or 2018-02-01.")
        return ""
    return value


def period(written: str) -> tuple[date, date]:
    """The first and last day of "2020", "2020-02" or "2020-02-01"."""
    match [int(number) for number in written.split("-")]:
        case [year, month, day]:
            return date(year, month, day), date(year, month, day)
        case [year, month]:
            return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
        case [year, *_]:
            return date(year, 1, 1), date(year, 12, 31)
    raise ValueError(written)


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
