"""A call that follows TwiML verb by verb, for the terminal and the tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ivr.errors import IvrError
from ivr.telephony.carrier import Carrier, Document
from ivr.telephony.fields import new_sid, voice_fields
from ivr.telephony.verbs import Dial, Gather, Hangup, Message, Play, Redirect, Say, TwimlError, Verb

MOST_REDIRECTS: Final = 40
"""Documents followed without the caller doing anything, after which the line is going round in a circle."""

DialStatus = Literal["completed", "answered", "busy", "no-answer", "failed", "canceled"]


class CallError(IvrError):
    """Something a caller cannot do now, such as pressing a key after the call has ended."""


@dataclass(frozen=True)
class Event:
    """One line of a call's log: a verb followed, a webhook called, a key pressed, an error."""

    what: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.what} {self.detail}".rstrip()


class Call:
    """One call, which takes no time: each sound is heard at once, each silence lasts as long as it must.

    `heard` is what was said since the caller last did something (rang, pressed, waited); our own sounds
    stand in it as paths (`/audio/….mp3`), spoken verbs as their text. `said` is the same for the whole call.
    """

    def __init__(
        self,
        carrier: Carrier,
        caller: str = "+447700900123",
        called: str = "+442079460000",
        *,
        path: str = "/voice",
        fallback: str | None = "/voice/fallback",
        call_sid: str | None = None,
    ) -> None:
        self.carrier, self.caller, self.called = carrier, caller, called
        self.call_sid = call_sid or new_sid("CA")
        self.heard: list[str] = []
        self.said: list[str] = []
        self.log: list[Event] = []
        self.ended = False
        self.failed = False
        """Whether it ended in the carrier's own "an application error has occurred"."""
        self._fallback = fallback
        self._waiting: list[Verb] = []
        self._at = carrier.url(path)
        self._digits = ""
        self._redirects = 0
        self._stopped_at: Gather | Dial | None = None

    @property
    def ringing(self) -> str | None:
        """The number that is being dialled for the caller, if one is."""
        return self._stopped_at.number if isinstance(self._stopped_at, Dial) else None

    @property
    def gather(self) -> Gather | None:
        """The Gather that waits for the caller, if one does."""
        return self._stopped_at if isinstance(self._stopped_at, Gather) else None

    @property
    def url(self) -> str:
        """The URL of the document that is being followed."""
        return self._at

    def ring(self) -> "Call":
        """Call the line."""
        self._act()
        self._ask(self._at, {"CallStatus": "ringing"})
        self._follow()
        return self

    def press(self, keys: str) -> "Call":
        """Press keys, one after the other; each stops the sound and counts for the Gather of its moment."""
        for key in keys:
            if key not in "0123456789*#":
                raise CallError(f"{key!r} is not a key of a telephone")
            self._alive(f"no key ({key}) can be pressed")
            self._press(key)
        return self

    def _press(self, key: str) -> None:
        self._act()
        self._log("key", key)
        gather = self.gather
        if gather is None or "dtmf" not in gather.inputs:
            self._log("ignored", "nothing waits for a key")
            return
        if key in gather.finish_on_key:
            self._gathered(gather, key)
            return
        self._digits += key
        if len(self._digits) == gather.num_digits:
            self._gathered(gather)

    def wait(self) -> "Call":
        """Say and press nothing until the wait runs out; a Dial rings until nobody has answered."""
        self._alive("there is nothing to wait for")
        if isinstance(self._stopped_at, Dial):
            return self.dial_ends("no-answer")
        self._act()
        if gather := self.gather:
            self._log("silence", f"{gather.timeout:g} s")
            self._gathered(gather)
        return self

    def speak(self, words: str, confidence: float = 0.9) -> "Call":
        """Say something where the line listens for words; elsewhere nobody hears it."""
        self._alive("nothing can be said")
        self._act()
        self._log("speech")
        gather = self.gather
        if gather is None or "speech" not in gather.inputs:
            self._log("ignored", "nothing listens for words")
            return self
        self._stopped_at = None
        spoken = {"SpeechResult": words, "Confidence": f"{confidence:.6f}", "Language": "en-GB"}
        self._ask(gather.action, spoken)
        self._follow()
        return self

    def dial_ends(self, status: DialStatus) -> "Call":
        """End the ringing: somebody answers and later hangs up, or the line is busy, or nobody comes."""
        dial = self._stopped_at
        if not isinstance(dial, Dial):
            raise CallError("no number is being dialled")
        self._act()
        self._log("dial ends", status)
        self._stopped_at = None
        if dial.action is not None:
            fields = {"DialCallStatus": status, "DialCallSid": new_sid("CA")}
            if status in ("completed", "answered"):
                fields["DialCallDuration"] = "60"
            self._ask(dial.action, fields)
        self._follow()
        return self

    def hang_up(self) -> "Call":
        """The caller ends the call."""
        self._end("the caller hung up")
        return self

    def captions(self) -> list[str]:
        """The words of what was heard, from the `.txt` beside each of the line's own sounds."""
        return [caption(self.carrier, each) for each in self.heard]

    def _alive(self, cannot: str) -> None:
        if self.ended:
            raise CallError(f"the call has ended: {cannot}")

    def _act(self) -> None:
        self.heard = []
        self._redirects = 0

    def _log(self, what: str, detail: str = "") -> None:
        self.log.append(Event(what, detail))

    def _end(self, why: str) -> None:
        self.ended, self._stopped_at, self._waiting = True, None, []
        self._log("ended", why)

    def _gathered(self, gather: Gather, finished_on: str = "") -> None:
        self._stopped_at, digits, self._digits = None, self._digits, ""
        if digits or gather.on_empty == "action":
            fields = {"Digits": digits, "FinishedOnKey": finished_on, "msg": "Gather End"}
            self._ask(gather.action, fields)
        self._follow()

    def _ask(self, target: str | None, fields: Mapping[str, str]) -> None:
        """Fetch the next document, from the fallback if the first cannot be used."""
        url = self.carrier.url(target or self._at, self._at)
        fields = voice_fields(self.call_sid, self.caller, self.called) | dict(fields)
        document = self._fetch(url, fields)
        if document.fault and self._fallback:
            failure = {"ErrorCode": str(document.fault.code), "ErrorUrl": url}
            document = self._fetch(self._fallback, fields | failure)
        if document.fault:
            self._log("application error", f"{document.fault.code} {document.fault.text}")
            self.failed = True
            self._end("the carrier says: an application error has occurred, goodbye")
            return
        self._at, self._waiting = document.url, list(document.verbs)

    def _fetch(self, target: str, fields: Mapping[str, str]) -> Document:
        document = self.carrier.ask(target, fields)
        digits = f" Digits={fields['Digits']}" if "Digits" in fields else ""
        path = self.carrier.path(document.url)
        self._log("POST", f"{path}{digits} {document.status} {document.milliseconds:g} ms")
        if document.fault:
            self._log("fault", f"{document.fault.code} {document.fault.text}")
        return document

    def _follow(self) -> None:
        while not self.ended and self._stopped_at is None:
            if not self._waiting:
                self._end("the document ended")
                return
            self._do(self._waiting.pop(0))

    def _do(self, verb: Verb) -> None:
        match verb:
            case Say() | Play():
                self._hear(verb)
            case Gather():
                self._log("Gather", f"timeout={verb.timeout:g} numDigits={verb.num_digits}")
                for sound in verb.nested:
                    self._hear(sound)
                self._stopped_at, self._digits = verb, ""
            case Dial():
                self._log("Dial", verb.number)
                self._stopped_at = verb
            case Hangup():
                self._log("Hangup")
                self._end("the line hung up")
            case Redirect():
                self._log("Redirect", verb.url)
                self._redirects += 1
                if self._redirects > MOST_REDIRECTS:
                    raise TwimlError(f"{self._at}: the line redirects in a circle")
                self._ask(verb.url, {})
            case Message():
                raise TwimlError(f"{self._at}: a call's document holds a <Message>")

    def _hear(self, sound: Say | Play) -> None:
        match sound:
            case Say():
                heard = sound.text
            case Play():
                heard = self.carrier.path(self.carrier.url(sound.url, self._at))
        self._log(type(sound).__name__, heard)
        self.heard.append(heard)
        self.said.append(heard)


def caption(carrier: Carrier, heard: str) -> str:
    """The words of something heard: those beside one of the line's own sounds, or the spoken text itself."""
    if not (heard.startswith("/") and heard.endswith(".mp3")):
        return heard
    answer = carrier.get(f"{heard.removesuffix('.mp3')}.txt")
    return answer.body.decode().strip() if answer.status == 200 else heard
