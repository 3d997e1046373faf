"""The texts that are owed: the outbox of this line, opened when the first text is owed, and who sends from it."""

import threading
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from ivr.content.model import Library
from ivr.dialogue.messages import topic_text
from ivr.dialogue.turns import TextMe
from ivr.outbox.news import News
from ivr.sending import TextCarrier
from ivr.tally.counter import Counter
from ivr.tally.events import Channel, Event

if TYPE_CHECKING:
    from ivr.outbox.queue import Outbox


class Owing:
    """What a line with the database at `database_url` owes to callers who asked for a text, counted by `counter`."""

    def __init__(self, database_url: str, counter: Counter) -> None:
        self._database_url, self._counter = database_url, counter

    @cached_property
    def outbox(self) -> "Outbox":
        """The outbox. Its library costs 15 MB, so web workers load it when the first text is owed."""
        from ivr.outbox.queue import Outbox  # noqa: PLC0415 - see above

        return Outbox(self._database_url, tell=self._count)

    def owe(self, library: Library, turn: TextMe, fields: Mapping[str, str]) -> str:
        """Write down the text that the caller of the webhook with `fields` asked for; what to tell them."""
        edition = library.editions[turn.place.language]
        body = topic_text(edition, edition.topics[turn.topic])
        return self.outbox.owe(fields.get("CallSid", ""), turn.topic, fields.get("From", ""), body)

    def settle(self, reference: str, status: str) -> bool:
        """Take in the carrier's word about a text; True when it was news. Raises DatabaseDownError."""
        return self.outbox.settle(reference, status)

    def counts(self) -> dict[str, int]:
        """As Outbox.counts. Raises DatabaseDownError."""
        return self.outbox.counts()

    def send_until(self, stop: threading.Event, carrier: TextCarrier, beat: Callable[[], None]) -> None:
        """Send what is owed through `carrier` until `stop` is set; each round calls `beat`."""
        from ivr.outbox.sender import Sender  # noqa: PLC0415 - see above

        Sender(self.outbox, carrier).run_forever(stop, beat)

    def _count(self, news: News, amount: int) -> None:
        event, detail = (Event.PARTS, "own") if news is News.PARTS else (Event.TEXT, news.value)
        self._counter.count(event, detail=detail, channel=Channel.TEXT, amount=amount)
