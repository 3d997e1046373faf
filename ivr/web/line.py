"""A phone line at work: from a webhook's URL and fields to the document that answers it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from ivr.content.model import Library
from ivr.dialogue.call import answer, begin, listens_at
from ivr.dialogue.circumstances import Circumstances
from ivr.dialogue.messages import Meant, topic_of
from ivr.dialogue.moves import KEYS, OUTCOMES, SILENCE
from ivr.dialogue.place import At, Place, read_place
from ivr.dialogue.turns import Ask, Heard, Say, TextMe, Transfer
from ivr.languages import Language
from ivr.served import Holdings, Served
from ivr.speech.sounds import Sounds
from ivr.tally.calls import happened
from ivr.tally.counter import Counter
from ivr.tally.events import Event
from ivr.telephony.fields import REHEARSAL
from ivr.telephony.twiml import Url, Voice, render
from ivr.web.circumstances import Edge

# Documents kept ready, about 1 kB each: some 140 topics' worth of places and keys at one pace.
READY = 8192

# The recogniser's confidence, 0 to 1, below which words are asked for again. Dangers count all the same.
HEARD_WELL = 0.5

Hear = Callable[[str, str], Meant]
SendText = Callable[[TextMe, Mapping[str, str]], str]


@dataclass(frozen=True, slots=True)
class Ready:
    """A document, and where the next key is awaited; None where none is."""

    twiml: bytes
    after: Place | None


class PhoneLine:
    """Answers voice webhooks. A call goes on in the version of the texts that it began with, which its URL names.

    `send_text(turn, fields)` returns what came of a text: sent, limit or failed. `hear(words, language)` finds
    what spoken words mean. What happens is counted by `counter`.
    """

    def __init__(
        self, holdings: Holdings, edge: Edge, number: str, send_text: SendText, hear: Hear, counter: Counter
    ) -> None:
        self._holdings, self._edge, self._counter = holdings, edge, counter
        self._number, self._send_text, self._hear = number, send_text, hear
        self._documents = lru_cache(maxsize=READY)(self._document)
        self._happened = lru_cache(maxsize=READY)(happened)
        self._places = lru_cache(maxsize=READY)(_place_of)

    def respond(self, path: str, query: str, fields: Mapping[str, str]) -> bytes:
        """The TwiML that answers a webhook to `/voice/` and `path`, as bytes."""
        found, pressed = self._places(path, query)
        begun = self._holdings.of(found.version) if found else None
        served = begun or self._holdings.live
        library, sounds = served.library, served.sounds
        place = found or begin(library, fields.get("To", ""))
        if place.version != served.version:
            place = replace(place, version=served.version)
        key = pressed or fields.get("Digits") or _outcome(fields)
        circumstances = self._edge.of(library.line, place, key, fields.get("From", ""), library.own.notices)
        if found and not begun:
            circumstances = replace(circumstances, moved=True)
        said = fields.get("SpeechResult", "")
        heard = self._heard(served, place, said, fields) if said and not key and circumstances.speech else key
        document = self._documents(library, sounds.generation, place, heard, circumstances)
        if isinstance(document, TextMe):
            outcome = self._send_text(document, fields)
            at_text = document.place.doing(At.TEXT, key=outcome)
            document = self._documents(library, sounds.generation, at_text, "", circumstances)
        if isinstance(document, TextMe):
            raise TypeError("a text was asked for twice")
        if REHEARSAL not in fields:
            cells = self._happened(library, place if found else None, heard, document.after)
            if fields.get("CallStatus") == "completed":
                # The carrier tells how a transfer ended to whoever hung up meanwhile: nobody hears this document.
                cells = tuple(cell for cell in cells if cell.event is not Event.ASKED)
            self._counter.count_each(cells)
        return document.twiml

    def _heard(self, served: Served, place: Place, words: str, fields: Mapping[str, str]) -> str | Heard:
        """What was said at the main menu: the key whose name it is, or the topic it is about."""
        if not listens_at(place):
            return ""
        digits = served.languages[place.language].digits
        said = words.casefold().strip(" .!")
        if said in KEYS:
            return said
        if said in digits:
            return str(digits.index(said))
        meant = self._hear(words, place.language)
        sure = _confidence(fields.get("Confidence", "")) >= HEARD_WELL
        return Heard(topic_of(meant) if sure or meant.urgents else "")

    def _document(
        self, library: Library, _generation: int, place: Place, key: str | Heard, circumstances: Circumstances
    ) -> Ready | TextMe:
        turns = answer(library, place, key, circumstances)
        if isinstance(turns[0], TextMe):
            return turns[0]
        served = self._holdings.of(place.version) or self._holdings.live
        twiml = render(turns, lambda say: find_sound(served.sounds, served.languages, say), self._number)
        return Ready(twiml, next((turn.place for turn in turns if isinstance(turn, Ask | Transfer)), None))


def find_sound(sounds: Sounds, languages: Mapping[str, Language], say: Say) -> Url | Voice | None:
    """The sound that says `say`, else the carrier's voice in that language, else nothing."""
    key = sounds.find(say.text, say.language, say.pace)
    if key is not None:
        return Url(f"/audio/{key}.mp3")
    language = languages[say.language]
    if not language.say:
        return None
    return Voice(language.say, language.say_language, sounds.say_instead(say.text, say.language))


def _place_of(path: str, query: str) -> tuple[Place | None, str]:
    place = read_place(path, query) if path else None
    pressed = SILENCE if f"press={SILENCE}" in query.split("&") else ""
    return place, pressed if place else ""


def _confidence(written: str) -> float:
    """The recogniser's confidence; where it states none, the words are taken as heard."""
    try:
        return float(written)
    except ValueError:
        return 1.0


def _outcome(fields: Mapping[str, str]) -> str:
    status = fields.get("DialCallStatus", "")
    if not status:
        return ""
    return status if status in OUTCOMES else "failed"
