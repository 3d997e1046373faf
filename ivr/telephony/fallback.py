"""What is said and texted when the line itself has failed, as documents that need nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.content.model import Library
from ivr.dialogue.place import Pace
from ivr.dialogue.turns import HangUp, Say
from ivr.languages import Language
from ivr.telephony.twiml import Voice, render, render_messages
from ivr.text.spoken import for_carrier, pronounce


@dataclass(frozen=True, slots=True)
class Fallback:
    """The fallback documents of a line.

    `call` and `text` are for whoever may be there, in every language one after the other, the line's own
    first; a language that the carrier has no voice for is texted only. `calls` and `texts` are in one
    language each, the line's own under "".
    """

    call: bytes
    text: bytes
    calls: Mapping[str, bytes]
    texts: Mapping[str, bytes]

    def call_in(self, language: str) -> bytes:
        """What is said to somebody whose call is in `language`."""
        return self.calls.get(language, self.calls[""])

    def text_in(self, language: str) -> bytes:
        """What is texted to somebody whose conversation is in `language`."""
        return self.texts.get(language, self.texts[""])


def make_fallback(library: Library, languages: Mapping[str, Language]) -> Fallback:
    """The fallback documents of every language of `library`."""
    own = library.line.language
    said = {code: _said(library, code) for code in library.editions if languages[code].say or code == own}
    written = {code: _written(library, code) for code in library.editions}

    def carriers_voice(say: Say) -> Voice:
        language = languages[say.language]
        return Voice(language.say, language.say_language, for_carrier(pronounce(say.text, language.lexicon)))

    def call(*says: Say) -> bytes:
        return render((*says, HangUp()), carriers_voice, "")

    return Fallback(
        call=call(*said.values()), text=render_messages(tuple(written.values())),
        calls={"": call(said[own]), **{code: call(say) for code, say in said.items()}},
        texts={"": render_messages((written[own],)), **{c: render_messages((w,)) for c, w in written.items()}},
    )  # fmt: skip


def _said(library: Library, code: str) -> Say:
    edition = library.editions[code]
    helpline = edition.line.helpline
    text = edition.phrases["fallback"].format(
        safety=edition.urgency.safety, name=helpline.name, number=helpline.spoken
    )
    return Say(text, code, Pace.NORMAL)


def _written(library: Library, code: str) -> str:
    line = library.line
    body = library.editions[code].phrases["fallback-sms"]
    return body.format(number=line.helpline.spoken, emergency=line.emergency)
