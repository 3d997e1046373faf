"""Every place there is, found by pressing every key everywhere: so that a call can be proved."""

from collections.abc import Iterator
from dataclasses import replace

from ivr.content.model import URGENT, Library
from ivr.dialogue.call import answer, begin, listens_at
from ivr.dialogue.circumstances import Circumstances
from ivr.dialogue.moves import KEYS, OUTCOMES, SILENCE
from ivr.dialogue.place import At, Pace, Place
from ivr.dialogue.turns import Ask, Heard, TextMe, Transfer, Turns

INPUTS = ("", *KEYS, SILENCE)
TEXT_OUTCOMES = ("sent", "limit", "failed")

Visit = tuple[Place, str | Heard, Turns]


def explore(library: Library, circumstances: Circumstances) -> Iterator[Visit]:
    """Yield every (place, input, turns) that a call can come to, at the normal pace.

    What a place does not look at is followed once: the pace, which every move but keys 2 and 3 of a
    listener keeps; where star leads from the urgent symptoms, beyond their list; and where an aside goes
    back to, once a key has been wrong or missing there.
    """
    home = library.own.leaflet[0].id
    waiting = [begin(library)]
    seen = set(waiting)
    while waiting:
        place = waiting.pop()
        inputs: tuple[str | Heard, ...] = (*inputs_at(place), *_heard_at(library, place, circumstances))
        for key in inputs:
            turns = answer(library, place, key, circumstances)
            yield place, key, turns
            for after in (_representative(found, home) for found in _places_of(turns)):
                if after not in seen:
                    seen.add(after)
                    waiting.append(after)


def inputs_at(place: Place) -> tuple[str, ...]:
    """Everything that can come at `place`: arrival, keys, silence, and how a transfer ended."""
    if place.at is At.TEXT and place.key in ("send", "sent", "limit"):
        return ("",)
    if place.at is At.HELPLINE:
        return ("", *OUTCOMES) if place.step else (*INPUTS, *OUTCOMES)
    return INPUTS


def _heard_at(library: Library, place: Place, circumstances: Circumstances) -> Iterator[Heard]:
    """What words may come to at `place`, where they are listened to: nothing, or any topic."""
    if circumstances.speech and listens_at(place):
        yield Heard("")
        yield from (Heard(topic.id) for topic in (*library.own.leaflet, *library.own.kinds))


def _places_of(turns: Turns) -> Iterator[Place]:
    for turn in turns:
        match turn:
            case Ask() | Transfer():
                yield turn.place
            case TextMe():
                yield from (turn.place.doing(At.TEXT, key=outcome) for outcome in TEXT_OUTCOMES)


def _representative(place: Place, home: str) -> Place:
    aside = place.at not in (At.TOPIC, At.NOTICE)
    if place.back and (aside or place.topic != URGENT):
        place = replace(place, back="menu/0")
    if aside and (place.silences or place.wrongs) and place.at is not At.LANGUAGES:
        place = replace(place, topic=home, part=0, new=False)
    return replace(place, pace=Pace.NORMAL)
