"""What the edge knows about a call that its URL does not say."""

from dataclasses import dataclass
from enum import StrEnum


class Staffing(StrEnum):
    """Whether somebody answers the helpline now; UNKNOWN where the operator has given no hours."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Caller(StrEnum):
    """What kind of number is calling, as far as texting it and connecting it go."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    WITHHELD = "withheld"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The few facts of the moment that change what a caller hears.

    `texts` is whether this line can send a text. `speech` is the tag by which the carrier's recogniser knows
    the caller's language (en-GB), "" where spoken words are not listened to. `moved` is whether the version that
    the call began with is gone, so that the caller last heard other words than are there now. `notices` are the ids
    of those that hold today, where they could be heard.
    """

    staffing: Staffing = Staffing.UNKNOWN
    caller: Caller = Caller.MOBILE
    texts: bool = True
    speech: str = ""
    moved: bool = False
    notices: tuple[str, ...] = ()
