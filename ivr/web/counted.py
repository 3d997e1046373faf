"""The guard of the webhooks, which counts whom it turns away."""

from collections.abc import Mapping

from ivr.tally.counter import Counter
from ivr.tally.events import Channel, Event
from ivr.telephony.signature import Door, Refusal


class CountedDoor(Door):
    """A door whose refusals are counted by `counter`: a wrong token turns away every caller and says so nowhere else."""

    def __init__(self, public_url: str, account_sid: str, tokens: tuple[str, ...], counter: Counter) -> None:
        super().__init__(public_url, account_sid, tokens)
        self._counter = counter

    def read(self, path: str, body: bytes, content_type: str, signature: str) -> Mapping[str, str] | Refusal:
        """As Door.read."""
        found = super().read(path, body, content_type, signature)
        if isinstance(found, Refusal):
            channel = Channel.CALL if path.startswith("/voice") else Channel.TEXT
            self._counter.count(Event.REFUSED, detail=found.name.lower().replace("_", "-"), channel=channel)
        return found
