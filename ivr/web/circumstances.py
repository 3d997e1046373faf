"""What this moment and this caller change: worked out at the edge, so that the dialogue need not know the clock."""

from collections.abc import Callable, Container, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from ivr.content.model import MENU, Line, Notice
from ivr.dialogue.circumstances import Caller, Circumstances, Staffing
from ivr.dialogue.place import At, Place

# The Crown dependencies share the United Kingdom's plan and its carriers' texting.
HOME_REGIONS = {"GB": frozenset({"GB", "GG", "JE", "IM"})}
# Mobile numbers that belong to nobody (Ofcom keeps them for drama), with which the browser phone calls.
FICTIONAL = {"GB": ("+447700900",)}
# Bank holidays are those of England where a country has several sets.
HOLIDAYS = {"GB": "ENG"}


def caller_of(number: str, country: str) -> Caller:
    """What kind of number is calling. Whatever is no telephone number is a withheld one, never a refusal."""
    if number.startswith(FICTIONAL.get(country, ("\0",))):
        return Caller.MOBILE
    try:
        parsed = phonenumbers.parse(number)
    except NumberParseException:
        return Caller.WITHHELD
    if not phonenumbers.is_possible_number(parsed):
        return Caller.WITHHELD
    regions = phonenumbers.region_codes_for_country_code(parsed.country_code or 0)
    home = HOME_REGIONS.get(country, frozenset({country}))
    if not home.intersection(regions):
        return Caller.FOREIGN
    mobile = phonenumbers.number_type(parsed) in (
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
    )
    return Caller.MOBILE if mobile else Caller.LANDLINE


def staffing_of(line: Line, now: datetime) -> Staffing:
    """Whether somebody answers the helpline at `now` (aware); bank holidays count as closed."""
    if not line.helpline.hours:
        return Staffing.UNKNOWN
    local = now.astimezone(ZoneInfo(line.timezone))
    if local.date() in _holidays(line.country):
        return Staffing.CLOSED
    minute = local.hour * 60 + local.minute
    for hours in line.helpline.hours:
        if local.weekday() in hours.days and hours.opens <= minute < hours.closes:
            return Staffing.OPEN
    return Staffing.CLOSED


@lru_cache(maxsize=4)
def _holidays(country: str) -> Container[date]:
    from holidays import country_holidays  # noqa: PLC0415 - 20 MB, for lines that have hours; they loaded it at their start

    return country_holidays(country, subdiv=HOLIDAYS.get(country))


def notices_at(notices: Sequence[Notice], line: Line, now: datetime) -> tuple[str, ...]:
    """The ids of the `notices` that hold on the day that it is at the line at `now` (aware)."""
    if not notices:
        return ()
    day = now.astimezone(ZoneInfo(line.timezone)).date()
    return tuple(notice.id for notice in notices if notice.holds(day))


class Edge:
    """Works the circumstances out, and only where they could change what is said."""

    def __init__(
        self, now: Callable[[], datetime], *, texts: bool, listen: Callable[[str], str] = lambda _: ""
    ) -> None:
        """`listen(language)` is the tag of the carrier's recogniser for a language, "" where nothing listens."""
        self._now, self._listen = now, listen
        self._ordinary = lru_cache(maxsize=64)(lambda tag: Circumstances(texts=texts, speech=tag))

    def of(
        self, line: Line, place: Place, key: str, number: str, notices: Sequence[Notice] = ()
    ) -> Circumstances:
        """The circumstances of `number` pressing `key` at `place`, where one of the `notices` may hold.

        The day is looked at where a notice can be said, so that no other key press pays for it.
        """
        ordinary = self._ordinary(self._listen(place.language))
        if notices and place.at is At.WELCOME:
            ordinary = replace(ordinary, notices=notices_at(notices, line, self._now()))
        to_person = "0" in key or place.at in (At.HELPLINE, At.MISSED)
        to_text = place.at in (At.MISSED, At.TEXT) or ("9" in key and place.topic != MENU)
        if not to_person and not to_text:
            return ordinary
        staffing = staffing_of(line, self._now())
        if not to_text and number.startswith(_country_code(line.country)):
            return replace(ordinary, staffing=staffing)
        return replace(ordinary, staffing=staffing, caller=caller_of(number, line.country))


@lru_cache(maxsize=4)
def _country_code(country: str) -> str:
    return f"+{phonenumbers.country_code_for_region(country)}"
