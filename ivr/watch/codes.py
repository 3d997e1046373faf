"""The carrier's numbers for what went wrong: what each means and what to do, in an operator's words.

Those of Twilio, https://www.twilio.com/docs/api/errors. A number that is not here is counted as OTHER, so that a
stranger who makes numbers up fills no table.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

OTHER: Final = "other"
ROUND: Final = 5


@dataclass(frozen=True, slots=True)
class Code:
    """What a code means and what to do; `ours` where it is the line's fault, which meets every caller or texter."""

    means: str
    mend: str
    ours: bool = False


_SERVER = "See that the line runs, and that its address at the carrier is the one that python -m ivr carrier prints."
_SENDER = "Set TWILIO_FROM to a number of the account that can send texts."
_WAIT = "Wait: it tries again by itself."
_PERSON = "Nothing, unless it comes often: it is about one person's telephone."

CODES: Final[Mapping[str, Code]] = {
    # The carrier asked the line and got no good answer.
    "11200": Code("the line did not answer, or answered with a fault", _SERVER, ours=True),
    "11205": Code("no connection to the line could be made", _SERVER, ours=True),
    "11206": Code("the line's answer was no proper HTTP", _SERVER, ours=True),
    "11210": Code("the line's name is not known on the internet", "See to the domain name in PUBLIC_URL.", ours=True),
    "11215": Code("the line's address leads round in circles", _SERVER, ours=True),
    "11220": Code("no secure connection to the line could be made", "Renew or mend its certificate.", ours=True),
    "11235": Code("the line's certificate is not for its name", "Have one made for PUBLIC_URL.", ours=True),
    "11236": Code("the line's certificate has been revoked", "Have a new one made.", ours=True),
    "11237": Code("the line's certificate is not trusted, or has run out", "Renew it, with its chain.", ours=True),
    "12100": Code("the line's answer could not be read", "Tell whoever looks after the program.", ours=True),
    "12200": Code("the line's answer was not as it should be", "Tell whoever looks after the program.", ours=True),
    "12300": Code("the line's answer was of the wrong kind", "See what stands between the line and the carrier.", ours=True),
    # The carrier did not take a text because of the line or its account.
    "429": Code("too many texts were sent at once", _WAIT, ours=True),
    "14107": Code("too many texts were sent at once", _WAIT, ours=True),
    "20003": Code("the account and its token do not fit together", "Set both anew (TWILIO_…).", ours=True),
    "20005": Code("the account is not active", "Ask the carrier whether it was suspended.", ours=True),
    "20429": Code("too many texts were sent at once", _WAIT, ours=True),
    "21212": Code("the line's own number is not one that can send", _SENDER, ours=True),
    "21408": Code("the account may not text that country", "Allow it there, under Geo permissions.", ours=True),
    "21603": Code("no number to send from was given", _SENDER, ours=True),
    "21606": Code("the line's own number cannot send texts", _SENDER, ours=True),
    "21608": Code("the account is on trial", "Upgrade the account at the carrier.", ours=True),
    "21611": Code("the line's queue at the carrier is full", _WAIT, ours=True),
    "21617": Code("the text was too long", "Shorten the summaries that python -m ivr check names.", ours=True),
    "21659": Code("the line's own number does not belong to the account", _SENDER, ours=True),
    "21660": Code("the line's own number does not belong to the account", _SENDER, ours=True),
    "21661": Code("the line's own number cannot send texts", _SENDER, ours=True),
    "30001": Code("the line's queue at the carrier is full", _WAIT, ours=True),
    "30002": Code("the account was suspended", "Ask the carrier why.", ours=True),
    "30007": Code("a network took the text for spam", "Ask the carrier, and take links out of the texts.", ours=True),
    "30034": Code("the number is not registered for texts to that country", "Register it at the carrier.", ours=True),
    "63038": Code("the account's daily number of texts is used up", "Ask the carrier for a higher limit.", ours=True),
    # The carrier did not take a text, or could not deliver it, because of where it went.
    "21211": Code("the number is not one that can be texted", _PERSON),
    "21610": Code("the person has texted STOP", "Nothing: START is theirs to text."),
    "21612": Code("that number cannot be texted from the line's number", _PERSON),
    "21614": Code("the number is no mobile number", _PERSON),
    "30003": Code("the telephone was off or out of reach", _PERSON),
    "30004": Code("the telephone blocks such texts", _PERSON),
    "30005": Code("the number is not known", _PERSON),
    "30006": Code("the number is a landline, or its network cannot be reached", _PERSON),
    "30008": Code("the network did not say why", _PERSON),
    "30410": Code("the network did not answer in time", _PERSON),
}  # fmt: skip
_UNKNOWN: Final = Code("a reason that this program does not know", "Look it up in the carrier's own log.")
# What the carrier's interface answered with where it gave no code.
_STATUS: Final = Code(
    "the carrier's interface did not answer properly", "See the carrier's status page.", ours=True
)


def known(code: str) -> str:
    """The code, where it is one of those here, else OTHER."""
    return code if code in CODES else OTHER


def code_of(written: str) -> Code:
    """What a code means; three digits are the HTTP status of an answer without one."""
    is_status = len(written) == 3 and written.isascii() and written.isdecimal()
    return CODES.get(written, _STATUS if is_status else _UNKNOWN)


def is_ours(written: str) -> bool:
    """Whether the line or its account is at fault, and not one person's telephone."""
    return code_of(written).ours


def explain(codes: Mapping[str, int]) -> str:
    """The codes, the most frequent first, with what each means: "21614 (the number is no mobile number)".

    How often each came is not said: once may be one person.
    """
    ordered = sorted(codes.items(), key=lambda pair: (-pair[1], pair[0]))
    return "; ".join(f"{code} ({code_of(code).means})" for code, _ in ordered)


def mends(codes: Iterable[str]) -> str:
    """What to do about the codes, each mend once."""
    return " ".join(dict.fromkeys(code_of(code).mend for code in codes))


def in_fives(many: int) -> int:
    """People are told of in whole fives: from no mail and no page is it known that one of them called."""
    return many // ROUND * ROUND


def say_about(fives: int) -> str:
    """Fewer than 5, 10 or a few more."""
    return f"{fives} or a few more" if fives else f"fewer than {ROUND}"
