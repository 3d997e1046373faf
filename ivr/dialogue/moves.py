"""Where a key leads: from one place to the next, nothing said yet."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ivr.content.model import MENU, URGENT, Library, Topic
from ivr.dialogue.circumstances import Caller, Circumstances, Staffing
from ivr.dialogue.place import PACES, At, Place
from ivr.dialogue.script import Script

SILENCE = "silence"
KEYS = (*"0123456789*#",)
# What a carrier reports of a transfer (Twilio's DialCallStatus), and what it comes to; "" is an answered call.
OUTCOMES = {
    "completed": "", "answered": "", "busy": "busy", "no-answer": "no-answer", "failed": "failed",
    "canceled": "failed",
}  # fmt: skip
CLOSED = "closed"

PATIENCE = 3
PAUSES = 5


@dataclass(frozen=True, slots=True)
class Scene:
    """What a move may look at beside the place itself."""

    library: Library
    script: Script
    circumstances: Circumstances


@dataclass(frozen=True, slots=True)
class Move:
    """The next place, and the names of phrases to be said before it."""

    place: Place
    said: tuple[str, ...] = ()


def move(scene: Scene, place: Place, key: str) -> Move:
    """Where `key` leads from `place`: a digit, star, hash, `SILENCE`, or the outcome of a transfer."""
    if key in OUTCOMES:
        return _dialled(place, key)
    if key == SILENCE:
        return _silence(scene, place)
    if key not in KEYS:
        return _wrong(place)
    if key == "0" and place.at is not At.HELPLINE and place.at is not At.MISSED:
        return Move(_person(scene, place))
    return _BY_PLACE[place.at](scene, place, key)


def flows(script: Script, place: Place) -> bool:
    """Whether silence at `place` simply goes on, because more of the same is to be said."""
    match place.at:
        case At.WELCOME | At.NOTICE:
            return True
        case At.HELP:
            return not place.key and place.step < len(script.help_stops())
        case At.MISSED:
            return place.step < 3
        case At.PAUSE:
            return place.step + 1 < PAUSES
        case At.TOPIC:
            topic = script.topic(place.topic)
            asks = place.part < len(topic.parts) and topic.parts[place.part].asks
            return not asks and place.part < script.last_part(topic)
        case _:
            return False


def choices(place: Place, topic: Topic) -> Place:
    """The place where the choices of `topic` are said."""
    return place.to(topic.id, len(topic.parts))


def told(place: Place, topic: str) -> Place:
    """The place where `topic` begins, for words that were about it; star leads back from urgent guidance."""
    start = _urgent(place) if topic.startswith(f"{URGENT}.") else place
    return start.to(topic)


def _silence(scene: Scene, place: Place) -> Move:
    if flows(scene.script, place):
        match place.at:
            case At.WELCOME:
                return Move(replace(place.to(MENU), new=place.new))
            case At.NOTICE:
                return Move(place.origin)
            case At.TOPIC:
                return Move(replace(place, part=place.part + 1))
            case _:
                return Move(replace(place, step=place.step + 1))
    if place.at is At.STILL_THERE:
        return Move(replace(place, step=1))
    if place.at is At.PAUSE or place.silences + 1 >= PATIENCE:
        return Move(place.doing(At.STILL_THERE))
    return Move(_again(scene.script, replace(place, silences=place.silences + 1, wrongs=0)), ("silence",))


def _again(script: Script, place: Place) -> Place:
    """The first time, the choices are said again from their first stop; later only how to get help."""
    if place.at is At.TOPIC and place.silences == 1:
        return replace(place, part=min(place.part, len(script.topic(place.topic).parts)))
    return place


def _wrong(place: Place) -> Move:
    wrongs = min(place.wrongs + 1, PATIENCE)
    said = ("wrong", "person") if wrongs == PATIENCE else ("wrong",)
    return Move(replace(place, wrongs=wrongs, silences=0), said)


def _person(scene: Scene, place: Place) -> Place:
    if scene.circumstances.staffing is Staffing.CLOSED:
        return place.doing(At.MISSED, key=CLOSED)
    return place.doing(At.HELPLINE)


def _dialled(place: Place, outcome: str) -> Move:
    if not OUTCOMES[outcome]:
        return Move(place.origin, ("helpline-returned",))
    return Move(place.doing(At.MISSED, key=OUTCOMES[outcome]))


def _urgent(place: Place) -> Place:
    """The urgent symptoms, with star leading back to where the caller is now."""
    inside = place.topic.split(".")[0] == URGENT
    back = place.back if inside else f"{place.topic}/{place.part}"
    return replace(place.to(URGENT), back=back)


def _back(script: Script, place: Place) -> Place:
    """Where star leads from the urgent symptoms: where the caller came from, if that still exists."""
    topic_id, _, part = place.back.partition("/")
    home = replace(place, back="")
    topic = script.edition.topics.get(topic_id)
    if topic is None or not (part.isascii() and part.isdecimal()):
        return home.to(MENU)
    return home.to(topic_id, min(int(part), script.last_part(topic)))


def _at_languages(scene: Scene, place: Place, key: str) -> Move:
    languages = scene.script.languages
    if key == "*":
        return Move(_urgent(place))
    if key.isdecimal() and 1 <= int(key) <= len(languages):
        chosen = replace(place, language=languages[int(key) - 1])
        return Move(chosen.doing(At.WELCOME) if place.new else chosen.to(MENU))
    return _wrong(place)


def _at_welcome(scene: Scene, place: Place, key: str) -> Move:
    return move(scene, place.to(MENU), key)


def _at_notice(scene: Scene, place: Place, key: str) -> Move:
    return move(scene, place.origin, key)


def _at_topic(scene: Scene, place: Place, key: str) -> Move:
    topic = scene.script.topic(place.topic)
    return _at_list(scene, place, topic, key) if topic.children else _listening(scene, place, topic, key)


def _at_list(scene: Scene, place: Place, topic: Topic, key: str) -> Move:
    for child in map(scene.script.topic, topic.children):
        if child.key == key:
            return Move(place.to(child.id))
    if topic.id == MENU:
        if key == "*":
            return Move(_urgent(place))
        if key == "#":
            several = len(scene.script.languages) > 1
            return Move(place.doing(At.LANGUAGES) if several else place.to(MENU))
        return _wrong(place)
    match key:
        case "9":
            return Move(place.doing(At.TEXT))
        case "#":
            return Move(choices(place, topic))
        case "*":
            return Move(_up(scene.script, place, topic))
        case _:
            return _wrong(place)


def _up(script: Script, place: Place, topic: Topic) -> Place:
    if topic.id == URGENT:
        return _back(script, place)
    return choices(place, script.topic(topic.parent))


def _listening(scene: Scene, place: Place, topic: Topic, key: str) -> Move:
    end = len(topic.parts)
    at_end = place.part >= end
    pace = PACES.index(place.pace)
    again = place.to(topic.id, place.part)
    match key:
        case "1":
            return Move(again.to(topic.id, 0 if at_end else place.part))
        case "2":
            return Move(replace(again, pace=PACES[max(pace - 1, 0)]), () if pace else ("slowest",))
        case "3":
            top = len(PACES) - 1
            return Move(replace(again, pace=PACES[min(pace + 1, top)]), () if pace < top else ("fastest",))
        case "4":
            return Move(again.to(topic.id, max(place.part - 1, 0)), () if place.part else ("first-part",))
        case "5":
            return Move(place.doing(At.PAUSE))
        case "6":
            return Move(again.to(topic.id, min(place.part + 1, end)), ("at-end",) if at_end else ())
        case "7":
            return Move(_urgent(place))
        case "8":
            return Move(place.doing(At.HELP))
        case "9":
            return Move(place.doing(At.TEXT))
        case "*":
            return Move(_up(scene.script, place, topic))
        case _:
            return Move(_onward(scene.script, place, topic))


def _onward(script: Script, place: Place, topic: Topic) -> Place:
    if topic.section == URGENT:
        return replace(place, back="").to(topic.see) if topic.see else choices(place, script.topic(URGENT))
    following = script.following(topic)
    return place.to(following.id if following else MENU)


def _at_help(scene: Scene, place: Place, key: str) -> Move:
    if key == "*":
        return Move(place.origin)
    if key != place.key:
        return Move(place.doing(At.HELP, key=key))
    return Move(place.origin) if key == "8" else move(scene, place.origin, key)


def _at_pause(scene: Scene, place: Place, key: str) -> Move:
    return Move(place.origin) if key in "5*" else move(scene, place.origin, key)


def _at_helpline(scene: Scene, place: Place, key: str) -> Move:
    support = scene.script.edition.support
    match key:
        case "0":
            return Move(place.doing(At.HELPLINE, step=1))
        case "1" if support is not None:
            return Move(place.to(support.id))
        case "7":
            return Move(_urgent(place))
        case "9" if support is not None and place.at is At.MISSED:
            return Move(place.to(support.id).doing(At.TEXT))
        case "*":
            return Move(place.origin)
        case _:
            return _wrong(place)


def _at_text(scene: Scene, place: Place, key: str) -> Move:
    match key:
        case "9" if can_text(scene.circumstances):
            return Move(place.doing(At.TEXT, key="send"))
        case "7":
            return Move(_urgent(place))
        case "*":
            return Move(place.origin)
        case _:
            return _wrong(place)


def can_text(circumstances: Circumstances) -> bool:
    """Whether a text can be sent to the number that is calling."""
    return circumstances.texts and circumstances.caller is Caller.MOBILE


def _at_still_there(scene: Scene, place: Place, key: str) -> Move:
    return move(scene, place.origin, "*") if key == "*" else Move(place.origin)


_BY_PLACE: dict[At, Callable[[Scene, Place, str], Move]] = {
    At.LANGUAGES: _at_languages,
    At.WELCOME: _at_welcome,
    At.TOPIC: _at_topic,
    At.NOTICE: _at_notice,
    At.HELP: _at_help,
    At.PAUSE: _at_pause,
    At.HELPLINE: _at_helpline,
    At.MISSED: _at_helpline,
    At.TEXT: _at_text,
    At.STILL_THERE: _at_still_there,
}
