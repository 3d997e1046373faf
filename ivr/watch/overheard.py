"""What the carrier says to each text, counted on its way to the sender."""

from ivr.sending import Accepted, Later, Outcome, Refused, TextCarrier, Unknown
from ivr.watch.codes import known
from ivr.watch.seen import Note, Seen

TAKEN, LATER, REFUSED, UNKNOWN = "taken", "later", "refused", "unknown"


class Overheard:
    """A carrier whose answers are counted: how each text was met, with the carrier's code, and nothing of the text."""

    def __init__(self, carrier: TextCarrier, note: Note) -> None:
        self._carrier, self._note = carrier, note

    def send(self, to: str, body: str, reference: str) -> Outcome:
        """Hand the text on, and count what came of it."""
        outcome = self._carrier.send(to, body, reference)
        self._note(Seen.HANDED, _word(outcome))
        return outcome


def _word(outcome: Outcome) -> str:
    match outcome:
        case Accepted():
            return TAKEN
        case Refused(code):
            return f"{REFUSED} {_code(code)}"
        case Later(code=code):
            return f"{LATER} {_code(code)}".rstrip()
        case Unknown():
            return UNKNOWN


def _code(code: int) -> str:
    """The code as it is counted; an HTTP status stands for itself."""
    if not code:
        return ""
    return str(code) if 400 <= code <= 599 else known(str(code))
