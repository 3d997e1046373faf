"""The engine that sounds best where there is internet: Google Translate's voices, through the package gTTS.

An interface that Google offers to its own page and has promised to nobody. Only `render` uses it, ahead of calls:
nothing here runs while a caller waits. What is sent are texts of the line, never anything about a caller.
"""

import threading
from collections import OrderedDict
from unicodedata import category

from ivr.dialogue.place import Pace
from ivr.languages import Language
from ivr.speech import audio
from ivr.speech.audio import Pcm
from ivr.speech.engine import EngineError, SpeechError
from ivr.speech.parts import cut
from ivr.speech.patience import Patience, RefusedError
from ivr.speech.stretch import STRETCH, stretch
from ivr.text.spoken import clean

ADDRESS = "https://translate.google."
TIMEOUTS = (5.0, 30.0)
LONGEST_TEXT = 100  # what gTTS sends in one request
_VERSION = 1  # Raise it when this module changes what a sound is like.

_SAME = (
    "af am ar bg bn bs ca cs cy da de el es et eu fi fr gl gu ha hi hr hu id is it ja km kn ko la lt lv ml mr ms "
    "my ne nl pa pl pt-PT ro ru si sk sq sr su sv sw ta te th tr uk ur vi yue fr-CA zh-CN zh-TW"
)
# The voice for the code of a language: Google's own code for it, and the country of the address where that
# decides the accent. `pt` without a country is Brazil; `pa` is Punjabi in Gurmukhi letters.
VOICES = {code: code for code in _SAME.split()} | {
    "en": "en co.uk", "en-GB": "en co.uk", "es": "es es", "fr": "fr fr", "pt-BR": "pt", "pt": "pt", "pt-PT": "pt-PT pt",
    "he": "iw", "jv": "jw", "nb": "no", "fil": "tl",
}  # fmt: skip

# No voice says a letter in less; a sound that is shorter has been cut.
_SECONDS_A_LETTER = 0.03
# Sounds kept for the other paces and for parts that recur: a quarter of this line's, each some 20 KB.
_KEPT = 1000
# So long a text that failed is not asked for again: its other paces would only meet the same fault.
_ASK_AGAIN_AFTER = 60.0


class GttsEngine:
    """Google Translate's voices. Texts are sent one at a time, however many threads ask."""

    name = "gtts"
    only_ahead = True

    def __init__(
        self, address: str = "", patience: Patience | None = None, timeouts: tuple[float, float] = TIMEOUTS
    ) -> None:
        """`address` takes the place of Google's own, for tests and for hosts that reach it another way."""
        self._address, self._timeouts = address, timeouts
        self._patience = patience or Patience()
        self._turn = threading.Lock()
        self._fetched: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._failed: dict[tuple[str, str], tuple[float, SpeechError]] = {}
        # gTTS's own version stays out: it only packs the request, and its update must not fetch every sound anew.
        self.version = f"{_VERSION} stretch {'/'.join(str(STRETCH[pace]) for pace in Pace)}"

    def voice(self, language: Language) -> str:
        """Google's code for the language and, where it decides the accent, a country; empty where it has none."""
        return VOICES.get(language.code, "")

    def speak(self, text: str, voice: str, pace: Pace) -> Pcm:
        """The sound of the text. Raises `SpeechError`, or `EngineError` if Google cannot be had."""
        if voice not in VOICES.values():
            raise SpeechError(f"gtts has no voice {voice!r}. Let another engine speak it: SPEECH_ENGINES.")
        pieces, pause = [], 0.0
        for part, pause_after in cut(clean(text), LONGEST_TEXT):
            if any(category(sign)[0] in "LNS" for sign in part):
                pieces.append((pause, self._say(part, voice)))
                pause = pause_after
        if not pieces:
            raise SpeechError("There is nothing to say in this text.")
        # Google knows a normal and a very slow pace; stretched from the normal one, one request serves all three.
        return stretch(audio.join(pieces, 0.0), STRETCH[pace])

    def _say(self, part: str, voice: str) -> Pcm:
        asked = part, voice
        with self._turn:
            until, error = self._failed.get(asked, (0.0, None))
            if error and self._patience.now() < until:
                raise type(error)(str(error)) from error
            try:
                if asked not in self._fetched:
                    self._fetched[asked] = self._patience.ask(lambda: self._fetch(part, voice))
            except SpeechError as fault:
                plain = EngineError(str(fault)) if isinstance(fault, EngineError) else fault
                self._failed[asked] = self._patience.now() + _ASK_AGAIN_AFTER, plain
                raise
            self._fetched.move_to_end(asked)
            while len(self._fetched) > _KEPT:
                self._fetched.popitem(last=False)
            return audio.trim(audio.decode(self._fetched[asked]))

    def _fetch(self, part: str, voice: str) -> bytes:
        """One answer, which decodes and is not cut short."""
        # Imported here, as web workers never come here and need not carry the libraries: 12 MB each.
        from ivr.speech.google import ask  # noqa: PLC0415

        language, _, country = voice.partition(" ")
        mp3 = ask(part, language, self._address or ADDRESS + (country or "com"), self._timeouts)
        letters = sum(category(sign)[0] in "LMN" for sign in part)
        try:
            seconds = audio.trim(audio.decode(mp3)).seconds
        except ValueError as error:
            raise RefusedError(f"Google sent what is no sound: {error}.", again=True) from error
        if seconds < _SECONDS_A_LETTER * letters:
            raise RefusedError(
                f"Google sent {seconds:.1f} s for {letters} letters: it is cut short.", again=True
            )
        return mp3
