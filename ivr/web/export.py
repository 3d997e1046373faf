"""What the line says and texts, as plain rows for whoever checks it."""

from ivr.content.model import Library, Topic
from ivr.dialogue.place import Pace
from ivr.speech.sounds import Stock
from ivr.speech.store import Store
from ivr.text.gsm7 import measure
from ivr.text.spoken import caption
from ivr.text.timing import slow_seconds

# The normal pace is faster than the slow one that `slow_seconds` estimates by about this much.
NORMAL_OVER_SLOW = 0.75


def export_rows(library: Library, language: str, stock: Stock, store: Store) -> list[dict[str, object]]:
    """A row per topic of the leaflet and per urgent kind, in reading order.

    `seconds` is the length at the normal pace of all parts: measured where the sound has been made,
    estimated from the words where not.
    """
    edition = library.editions[language]
    rows = []
    for topic in edition.topics.values():
        if not topic.keys:
            continue
        rows.append(
            {
                "id": topic.id,
                "keys": topic.keys,
                "title": topic.title,
                "option": topic.option,
                "spoken": [caption(part.text) for part in topic.parts],
                "added": [number for number, part in enumerate(topic.parts) if part.added],
                "sms": topic.sms,
                "sms_parts": measure(topic.sms).parts,
                "sms_added": topic.sms_added,
                "seconds": round(_seconds(topic, language, stock, store), 1),
                "leaflet": topic.leaflet,
            }
        )
    return rows


def _seconds(topic: Topic, language: str, stock: Stock, store: Store) -> float:
    total = 0.0
    for part in topic.parts:
        key = stock.keys[language, part.text, Pace.NORMAL]
        total += store.seconds(key) or slow_seconds(part.text) * NORMAL_OVER_SLOW
    return total
