"""What this moment and this caller change: worked out at the edge, so that the dialogue need not know the clock."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from holidays import HolidayBase, country_holidays
from phonenumbers import NumberParseException, PhoneNumberType

from ivr.content.model import Line
from ivr.dialogue.circumstances import Caller, Circumstances, Staffing
from ivr.dialogue.moves import CLOSED
from ivr.dialogue.place import At, Place

# The Crown dependencies share the United Kingdom's plan and its carriers' texting.
HOME_REGIONS = {"GB": frozenset({"GB", "GG", "JE", "IM"})}
# Bank holidays are those of England where a country has several sets.
HOLIDAYS = {"GB": "ENG"}


def caller_of(number: str, country: str) -> Caller:
    """What kind of number is calling. Whatever is no telephone number is a withheld one, never a refusal."""
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
def _holidays(country: str) -> HolidayBase:
    return country_holidays(country, subdiv=HOLIDAYS.get(country))


class Edge:
    """Works the circumstances out, and only where they could change what is said."""

    def __init__(self, now: Callable[[], datetime], *, texts: bool, speech: bool) -> None:
        self._now = now
        self._ordinary = Circumstances(texts=texts, speech=speech)
        self._texts, self._speech = texts, speech

    def of(self, line: Line, place: Place, key: str, number: str) -> Circumstances:
        """The circumstances of `number` pressing `key` at `place`."""
        apart = place.at in (At.HELPLINE, At.MISSED, At.TEXT) or place.key == CLOSED
        if not apart and "0" not in key and "9" not in key:
            return self._ordinary
        return Circumstances(
            staffing=staffing_of(line, self._now()), caller=caller_of(number, line.country),
            texts=self._texts, speech=self._speech,
        )  # fmt: skip
