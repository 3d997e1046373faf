"""What the line does next, as data; TwiML, the terminal and the tests are renderings of it."""

from dataclasses import dataclass

from ivr.dialogue.place import Pace, Place


@dataclass(frozen=True, slots=True)
class Heard:
    """Spoken words, by the topic they were found to be about; "" where they were not understood."""

    topic: str


@dataclass(frozen=True, slots=True)
class Say:
    """Words to be heard; `|` in `text` is a breath of half a second."""

    text: str
    language: str
    pace: Pace


@dataclass(frozen=True, slots=True)
class Listen:
    """Listen to spoken words as well as keys.

    `tag` is the recogniser's name for the language (en-GB); `hints` are words it may well hear.
    """

    tag: str
    hints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """Words during and after which any key counts.

    `place` is where the key, or the silence after `wait` seconds, is answered. When it is not the last
    of the turns, what follows it is what silence does. `listen` is there where spoken words count too.
    """

    says: tuple[Say, ...]
    place: Place
    wait: int
    listen: Listen | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """Connect the caller to `number` (E.164), ringing for at most `ring` seconds; the outcome goes to `place`."""

    number: str
    place: Place
    ring: int


@dataclass(frozen=True, slots=True)
class TextMe:
    """Text the summary of the place's topic to the caller, then go on at `place` with what came of it."""

    topic: str
    place: Place


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""


Turn = Say | Ask | Transfer | TextMe | HangUp
Turns = tuple[Turn, ...]
