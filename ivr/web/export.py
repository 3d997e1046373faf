"""What the line says and texts, as plain rows for whoever checks it."""

from ivr.content.model import MENU, Library, Topic
from ivr.dialogue.messages import Reply
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
        heard = (store.seconds(one.key) for one in stock.choices[language, part.text, Pace.NORMAL])
        total += next(filter(None, heard), None) or slow_seconds(part.text) * NORMAL_OVER_SLOW
    return total


def reply_row(text: str, reply: Reply) -> dict[str, object]:
    """What a text was found to mean and all that is sent in answer, as one row.

    `encoding` is UCS-2 if any of the messages needs it; `parts` are those of all messages together.
    """
    sizes = [measure(body) for body in reply.bodies]
    topics = [topic for topic in reply.topics if topic != MENU]
    first = reply.topics[0] if reply.topics else MENU
    return {
        "text": text,
        "language": reply.language,
        "urgent": reply.urgents[0] if reply.urgents else None,
        "urgents": list(reply.urgents),
        "topic": None if first == MENU else first,
        "topics": topics,
        "reply": "\n".join(reply.bodies),
        "encoding": "UCS-2" if any(size.encoding == "UCS-2" for size in sizes) else "GSM-7",
        "parts": sum(size.parts for size in sizes),
    }
