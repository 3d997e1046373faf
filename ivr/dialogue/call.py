"""The dialogue: a place and a key in, turns out."""

from collections.abc import Callable
from dataclasses import replace

from ivr.content.model import MENU, URGENT, Library
from ivr.dialogue.circumstances import Caller, Circumstances, Staffing
from ivr.dialogue.moves import (
    CLOSED,
    KEYS,
    OUTCOMES,
    PATIENCE,
    SILENCE,
    Scene,
    can_text,
    choices,
    flows,
    move,
    told,
)  # fmt: skip
from ivr.dialogue.place import At, Pace, Place
from ivr.dialogue.script import Script, script_of
from ivr.dialogue.turns import Ask, HangUp, Heard, Listen, Say, TextMe, Transfer, Turns
from ivr.text.timing import slow_seconds

# Seconds. A11 asks for at least 10 where an answer is awaited, A12 for 20 before an ending, A13 for a
# pause of ten minutes; a breath between two parts is 2, and 4 for those who chose the slow pace.
WAIT = 10
LAST_WAIT = 20
PAUSE_WAIT = 120
BREATH = {Pace.SLOW: 4, Pace.NORMAL: 2, Pace.FAST: 2}
RING = 25
GO_ON = 1  # between two stops of one announcement
LONGEST = 38.0  # seconds at the slow pace that are said without a stop; A20 allows 40

MOST_KEYS = 8
# Times that words which are not understood are listened to again; then keys alone count, until one is pressed.
LISTENED = 2

_MISSES = {*filter(None, OUTCOMES.values()), CLOSED}


def begin(library: Library, called: str = "") -> Place:
    """Where a call to the number `called` starts: the choice of language if there is one, else the welcome."""
    fixed = library.line.numbers.get(called, "")
    if fixed in library.editions:
        return Place(fixed, At.WELCOME, new=True)
    at = At.LANGUAGES if len(library.editions) > 1 else At.WELCOME
    return Place(library.line.language, at, new=True)


def answer(library: Library, place: Place, key: str | Heard, circumstances: Circumstances) -> Turns:
    """What the line does at `place` when `key` comes.

    `key` is "" on arrival, one or more of the twelve keys, `SILENCE`, the outcome of a transfer, or what was
    heard; more than one key is walked one by one, up to the first that does nothing. Anything else is a
    wrong key.
    """
    place, said = _settle(library, place)
    if circumstances.moved and not said:
        place, said, key = _move_over(library, place, key)
    if isinstance(key, Heard):
        if not key.topic or key.topic not in library.editions[place.language].topics:
            return _not_understood(Scene(library, script_of(library, place.language), circumstances), place)
        place, key = told(place, key.topic), ""
    if "gone" in said and key[:1] not in ("0", "*"):
        key = ""  # it was meant for what is no longer there
    if place.at is At.WELCOME:
        scene = Scene(library, script_of(library, place.language), circumstances)
        if noticed := _next_notice(scene, place, key):
            return _arrive(scene, noticed, said)
        if key == SILENCE and place.key:
            place, key = replace(place, key=""), place.key
    for one in [key] if key in OUTCOMES or key == SILENCE else key[:MOST_KEYS]:
        step = move(Scene(library, script_of(library, place.language), circumstances), place, one)
        place, said = step.place, step.said
        if "wrong" in said:
            break
    if place.new and place.at is At.TOPIC and place.topic.split(".")[0] not in (MENU, URGENT):
        place = replace(place, at=At.NOTICE, new=False)
    return _arrive(Scene(library, script_of(library, place.language), circumstances), place, said)


def _next_notice(scene: Scene, place: Place, key: str) -> Place | None:
    """Where the next notice of the day is said after the welcome; None where `key` counts at once.

    Whoever knows the line presses a key over the welcome: the key is kept and done after the notices. Star and 0 act
    at once, and so does a key over a notice.
    """
    if place.step >= len(scene.script.edition.noticed(scene.circumstances.notices)):
        return None
    if key == SILENCE:
        return replace(place, step=place.step + 1)
    early = place.step == 0 and key and key[0] not in "0*" and key not in OUTCOMES
    return replace(place, step=1, key=key[:MOST_KEYS]) if early else None


def _not_understood(scene: Scene, place: Place) -> Turns:
    """Ask once more for the words; the second time say the keys, and listen for nothing else."""
    place = replace(choices(place, scene.script.topic(MENU)), step=min(place.step + 1, LISTENED))
    return _arrive(scene, place, ("speech-again" if place.step < LISTENED else "speech-keys",))


def _settle(library: Library, place: Place) -> tuple[Place, tuple[str, ...]]:
    """Bring a place that an edit has taken away, or that never was, to one that exists."""
    if place.language not in library.editions:
        return replace(place, language=library.line.language).to(MENU), ("gone",)
    script = script_of(library, place.language)
    topic = script.edition.topics.get(place.topic)
    if topic is None:
        return place.to(MENU), ("gone",)
    place = replace(place, part=min(place.part, script.last_part(topic)))
    if place.at is At.MISSED and place.key not in _MISSES:
        place = replace(place, key="failed")
    if place.at is At.HELP and place.key not in ("", *KEYS):
        place = replace(place, key="")
    if place.at is At.HELP and topic.children:
        place = place.origin
    return place, ()


def _move_over(
    library: Library, place: Place, key: str | Heard
) -> tuple[Place, tuple[str, ...], str | Heard]:
    """Go on in another version of the texts: a digit that chose from what was offered there may lead elsewhere here.

    Keys that mean the same in every version go on working, and so does whatever ends a transfer.
    """
    if place.at is At.TOPIC and library.editions[place.language].topics[place.topic].children:
        return place.to(MENU), ("gone",), key
    offered = place.at in (At.LANGUAGES, At.WELCOME, At.NOTICE)
    return place, (), "" if offered and isinstance(key, str) and key[:1] not in ("0", "*") else key


def _arrive(scene: Scene, place: Place, said: tuple[str, ...]) -> Turns:
    script = scene.script
    before = tuple(script.phrase(name) for name in said)

    def ask(*texts: str | Say, wait: int = WAIT) -> tuple[Ask, ...]:
        if flows(script, place) and wait == WAIT:
            wait = BREATH[place.pace]
        listen = _listens(scene, place)
        invited = (script.phrase("speech-invite"),) if listen and _is_first_stop(script, place) else ()
        return _asks(_says(place, before + texts + invited), place, wait, listen)

    match place.at:
        case At.LANGUAGES:
            return (_offer_languages(scene, place, before),)
        case At.WELCOME:
            return ask(*_welcome(scene, place))
        case At.TOPIC:
            return ask(*_topic(scene, place))
        case At.NOTICE:
            return ask(*script.notices())
        case At.HELP:
            return ask(*_help(scene, place))
        case At.PAUSE:
            return ask(script.phrase("pause-still" if place.step else "pause"), wait=PAUSE_WAIT)
        case At.HELPLINE:
            return _helpline(scene, place, ask)
        case At.MISSED:
            return ask(*_missed(scene, place))
        case At.TEXT:
            return _text(scene, place, ask)
        case At.STILL_THERE if place.step == 0:
            return ask(script.phrase("still-there"), wait=LAST_WAIT)
        case At.STILL_THERE:
            return (*_says(place, (*before, script.helpline("goodbye"))), HangUp())


def _asks(says: tuple[Say, ...], place: Place, wait: int, listen: Listen | None) -> tuple[Ask, ...]:
    """One question, or several after one another where so much is to be said that a stop is needed (A20)."""
    groups: list[list[Say]] = [[]]
    for say in says:
        if groups[-1] and sum(slow_seconds(one.text) for one in (*groups[-1], say)) > LONGEST:
            groups.append([])
        groups[-1].append(say)
    *first, last = (tuple(group) for group in groups)
    return (*(Ask(group, place, GO_ON, listen) for group in first), Ask(last, place, wait, listen))


def _says(place: Place, texts: tuple[str | Say, ...]) -> tuple[Say, ...]:
    return tuple(text if isinstance(text, Say) else Say(text, place.language, place.pace) for text in texts)


def listens_at(place: Place) -> bool:
    """Whether spoken words may count at `place`: at the main menu alone, so that noise stops no listener."""
    return place.at is At.TOPIC and place.topic == MENU and place.step < LISTENED


def _listens(scene: Scene, place: Place) -> Listen | None:
    tag = scene.circumstances.speech
    return Listen(tag, scene.script.hints) if tag and listens_at(place) else None


def _is_first_stop(script: Script, place: Place) -> bool:
    return place.part == len(script.topic(place.topic).parts)


def _offer_languages(scene: Scene, place: Place, before: tuple[str, ...]) -> Ask:
    library = scene.library
    offers = tuple(
        Say(script_of(library, language).offer(key), language, place.pace)
        for key, language in enumerate(library.editions, start=1)
    )
    return Ask(_says(place, before) + offers, place, WAIT)


def _topic(scene: Scene, place: Place) -> tuple[str | Say, ...]:
    script = scene.script
    topic = script.topic(place.topic)
    stop = place.part - len(topic.parts)
    if stop < 0:
        heading = (script.heading(topic),) if place.part == 0 else ()
        part = topic.parts[place.part]
        return (*heading, Say(part.text, part.language, place.pace) if part.language else part.text)
    impatience = max(place.silences, place.wrongs)
    if topic.children and impatience >= PATIENCE - 1:
        return (script.phrase("welcome-keys" if topic.id == MENU else "list-tail"),)
    if impatience and not topic.children:
        return (script.phrase("retry-end" if impatience == 1 else "retry-last"),)
    return script.stops(topic)[stop]


def _welcome(scene: Scene, place: Place) -> tuple[str | Say, ...]:
    """The welcome, or after it the notice that is counted in `step`."""
    notices = scene.script.edition.noticed(scene.circumstances.notices)
    if not 0 < place.step <= len(notices):
        return scene.script.welcome()
    notice = notices[place.step - 1]
    return (Say(notice.text, notice.language or place.language, place.pace),)


def _help(scene: Scene, place: Place) -> tuple[str, ...]:
    script = scene.script
    if max(place.silences, place.wrongs):
        return (script.phrase("help-how"),) if place.silences == 1 else (script.phrase("retry-last"),)
    if place.key:
        return (script.key_help(place.key), script.phrase("help-again"))
    if place.step == 0:
        return (*script.where(script.topic(place.topic), place.part), script.phrase("help-how"))
    stops = script.help_stops()
    return stops[min(place.step, len(stops)) - 1]


def _helpline(scene: Scene, place: Place, ask: Callable[..., tuple[Ask, ...]]) -> Turns:
    script, circumstances = scene.script, scene.circumstances
    transfer = Transfer(scene.library.line.helpline.number, place, RING)
    if place.step:
        return (*_says(place, (script.phrase("helpline-connecting"),)), transfer)
    open_now = "helpline-open" if circumstances.staffing is Staffing.OPEN else "helpline-unknown"
    texts = [*script.who_answers(circumstances.caller), script.phrase(open_now)]
    if script.edition.support:
        texts.append(script.phrase("helpline-support"))
    texts += [script.phrase("helpline-choices"), script.phrase("helpline-connecting")]
    if place.wrongs:
        texts = [script.phrase("helpline-choices"), script.phrase("helpline-connecting")]
    return (*ask(*texts, wait=GO_ON), transfer)


def _missed(scene: Scene, place: Place) -> tuple[str, ...]:
    script = scene.script
    if max(place.silences, place.wrongs):
        return (script.phrase("missed-again"),) if place.silences < 2 else (script.phrase("retry-last"),)
    if place.step in (1, 2):
        return (script.helpline("cannot-wait" if place.step == 1 else "relay"),)
    if place.step:
        support = (script.phrase("helpline-support"),) if script.edition.support else ()
        return (script.phrase("missed-again"), *support, script.phrase("helpline-choices"))
    if place.key == CLOSED:
        why = (
            *script.who_answers(scene.circumstances.caller)[:1],
            script.phrase("helpline-closed"),
            *script.edition.hours,
        )
    else:
        why = (script.phrase(f"missed-{place.key}"),)
    offer = script.edition.support and can_text(scene.circumstances)
    return (*why, script.helpline("number"), *((script.phrase("missed-text"),) if offer else ()))


def _text(scene: Scene, place: Place, ask: Callable[..., tuple[Ask, ...]]) -> Turns:
    script, circumstances = scene.script, scene.circumstances
    match place.key:
        case "send" if can_text(circumstances):
            return (TextMe(place.topic, place),)
        case "sent" | "limit":
            return _arrive(scene, replace(place.origin, new=False), (f"text-{place.key}",))
    if max(place.silences, place.wrongs):
        return ask(script.phrase("retry-last"))
    if place.key == "failed":
        return ask(script.helpline("text-failed"), script.phrase("retry-last"))
    if not circumstances.texts:
        return ask(script.helpline("text-off"), script.phrase("retry-last"))
    if circumstances.caller is not Caller.MOBILE:
        return ask(script.phrase(f"text-{circumstances.caller}"), script.phrase("retry-last"))
    return ask(script.phrase("text-ask"))
