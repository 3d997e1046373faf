"""Turns as TwiML, in the subset that every carrier who speaks it understands."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NewType

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Gather, VoiceResponse

from ivr.dialogue.moves import SILENCE
from ivr.dialogue.place import Place
from ivr.dialogue.turns import Ask, HangUp, Listen, Say, TextMe, Transfer, Turns

Url = NewType("Url", str)


@dataclass(frozen=True, slots=True)
class Voice:
    """The carrier's own voice for a text whose sound cannot be had, and the words as it should read them."""

    name: str
    language: str
    text: str


FindSound = Callable[[Say], Url | Voice | None]


def render(turns: Turns, find_sound: FindSound, caller_id: str) -> bytes:
    """Render `turns` as a TwiML document in UTF-8.

    Every web address in it is a path, which a carrier resolves against the webhook's own. `find_sound`
    gives the address of a sound or the carrier's voice that stands in; a text for which there is neither
    is left out. TextMe is the caller's to act on and is not rendered.
    """
    response = VoiceResponse()
    for number, turn in enumerate(turns, start=1):
        match turn:
            case Say():
                _say(response, turn, find_sound)
            case Ask():
                gather = Gather(
                    input="dtmf speech" if turn.listen else "dtmf", action=webhook(turn.place), num_digits=1,
                    timeout=turn.wait, finish_on_key="", **_recogniser(turn.listen),
                )  # fmt: skip
                for say in turn.says:
                    _say(gather, say, find_sound)
                response.append(gather)
                if number == len(turns):
                    response.redirect(webhook(turn.place, SILENCE))
            case Transfer():
                response.dial(turn.number, caller_id=caller_id, timeout=turn.ring, action=webhook(turn.place))
            case HangUp():
                response.hangup()
            case TextMe():
                raise ValueError("a text to be sent is no TwiML; send it and answer at its place")
    return bytes(response.to_xml(), "utf-8")


def render_messages(bodies: tuple[str, ...]) -> bytes:
    """Render the replies to a text, each a message of its own, in order; none is an empty document."""
    response = MessagingResponse()
    for body in bodies:
        response.message(body)
    return bytes(response.to_xml(), "utf-8")


def webhook(place: Place, key: str = "") -> str:
    """The path that answers at `place`; `key` is pressed there by the path itself."""
    path = f"/voice/{place.path}"
    if not key:
        return path
    return f"{path}{'&' if '?' in path else '?'}press={key}"


def _say(parent: VoiceResponse | Gather, say: Say, find_sound: FindSound) -> None:
    match find_sound(say):
        case str(url):
            parent.play(url)
        case Voice(name, language, text):
            parent.say(text, voice=name, language=language)


def _recogniser(listen: Listen | None) -> dict[str, object]:
    if listen is None:
        return {}
    return {
        "language": listen.tag,
        "hints": ",".join(listen.hints),
        "profanity_filter": False,  # the body has parts that a filter would blank out
        "speech_timeout": "auto",
    }
