"""What is counted of a text that came in, by what it was answered with and never by what it said."""

from collections.abc import Iterator
from contextlib import suppress

from ivr.dialogue.messages import MOST_URGENT_TEXTS, Got, Reply
from ivr.tally.events import Cell, Channel, Event
from ivr.text.gsm7 import measure

_MESSAGE = {Got.NOT_UNDERSTOOD: "menu"}


def happened_by_text(reply: Reply) -> Iterator[tuple[Cell, int]]:
    """What a text was that got this reply, and how much of each."""

    def some(event: Event, detail: str = "", amount: int = 1) -> Iterator[tuple[Cell, int]]:
        # A leaflet may name a topic so that no cell holds it: its texts are answered all the same.
        with suppress(ValueError):
            yield Cell(event, reply.language, detail, Channel.TEXT), amount

    yield from some(Event.MESSAGE, _MESSAGE.get(reply.got, reply.got))
    for kind in reply.urgents[:MOST_URGENT_TEXTS]:
        yield from some(Event.URGENT, kind)
    match reply.got:
        case Got.TOPIC:
            yield from some(Event.ENTERED, reply.topics[0])
        case Got.NOT_UNDERSTOOD:
            yield from some(Event.NOT_UNDERSTOOD)
    if reply.bodies:
        yield from some(Event.PARTS, "reply", sum(measure(body).parts for body in reply.bodies))
