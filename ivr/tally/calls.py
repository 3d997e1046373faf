"""What is counted of a call: a place, a key and the next place in, cells out."""

from collections.abc import Iterator
from contextlib import suppress

from ivr.content.model import MENU, URGENT, Library
from ivr.dialogue.moves import CLOSED, OUTCOMES, SILENCE
from ivr.dialogue.place import At, Place
from ivr.dialogue.turns import Heard
from ivr.tally.events import Cell, Channel, Event

# A carrier's two words for a transfer that somebody answered.
_ENDED = {"completed": "answered"}


def happened(
    library: Library, before: Place | None, key: str | Heard, after: Place | None
) -> tuple[Cell, ...]:
    """What a webhook tells about a call at `before` when `key` came, and the line went on to wait at `after`.

    `before` is None for a call that has just begun, `after` where nothing is waited for any more. Places that the
    library does not have count for nothing, so that only its own topics and languages stand in a cell.
    """
    if not all(place is None or _is_real(library, place) for place in (before, after)):
        return ()
    cells = [Cell(Event.CALL, channel=Channel.CALL)] if before is None else []
    if before is not None:
        cells.extend(_cell(Event.ANSWERED, before, _spot(before)))
        cells += _left(library, before, key, after)
    if after is not None:
        cells += _came(before or Place(after.language), key, after)
        if before is None and after.at is At.WELCOME:
            cells.extend(_cell(Event.LANGUAGE, after))
        cells.extend(_cell(Event.ASKED, after, _spot(after)))
    return tuple(cells)


def _left(library: Library, before: Place, key: str | Heard, after: Place | None) -> Iterator[Cell]:
    """What came to its end at `before`."""
    if after is None:
        yield from _cell(Event.GOODBYE, before)
        return
    if isinstance(key, Heard):
        if not key.topic:
            yield from _cell(Event.NOT_UNDERSTOOD, before)
        return
    if key in OUTCOMES:
        yield from _cell(Event.TRANSFER, before, _ENDED.get(key, key))
    if before.at is At.LANGUAGES and before.new and key[:1].isdecimal() and after.at is not At.LANGUAGES:
        if key[0] != "0":
            yield from _cell(Event.LANGUAGE, after)
    elif key == SILENCE and before.at is after.at is At.TOPIC and before.topic == after.topic:
        parts = len(library.editions[before.language].topics[before.topic].parts)
        if before.part == parts - 1 and after.part == parts:
            yield from _cell(Event.HEARD, before, before.topic)


def _came(before: Place, key: str | Heard, after: Place) -> Iterator[Cell]:
    """What began at `after`. Whoever goes back to where they came from enters nothing."""
    if after.at is At.HELPLINE and before.at is not At.HELPLINE:
        yield from _cell(Event.TRANSFER, after, "wanted")
    closed = after.at is At.MISSED and after.key == CLOSED
    if closed and not (before.at is At.MISSED and before.key == CLOSED):
        yield from _cell(Event.TRANSFER, after, CLOSED)
    back = isinstance(key, str) and key[-1:] == "*" and after.topic != URGENT
    new = after.at in (At.TOPIC, At.NOTICE) and after.part == 0 and after.topic not in (MENU, before.topic)
    if new and not back and not before.topic.startswith(f"{after.topic}."):
        yield from _cell(Event.ENTERED, after, after.topic)
        if after.topic.startswith(f"{URGENT}."):
            yield from _cell(Event.URGENT, after, after.topic.removeprefix(f"{URGENT}."))


def _spot(place: Place) -> str:
    """Where a caller is: the topic, or what they do aside from it."""
    return place.topic if place.at is At.TOPIC else place.at.value


def _cell(event: Event, place: Place, detail: str = "") -> Iterator[Cell]:
    """The cell, if there is one: a leaflet may name a topic so that no cell holds it, and its calls must not fail."""
    with suppress(ValueError):
        yield Cell(event, place.language, detail, Channel.CALL)


def _is_real(library: Library, place: Place) -> bool:
    edition = library.editions.get(place.language)
    return edition is not None and place.topic in edition.topics
