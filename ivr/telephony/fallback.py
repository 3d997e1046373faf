"""What is said and texted when the line itself has failed, as documents that need nothing."""

from ivr.content.model import Library
from ivr.dialogue.place import Pace
from ivr.dialogue.turns import HangUp, Say
from ivr.languages import Language
from ivr.telephony.twiml import Voice, render, render_messages
from ivr.text.spoken import for_carrier, pronounce


def fallback_call(library: Library, language: Language) -> bytes:
    """The TwiML that gives the urgent line and the helpline in the carrier's own voice."""
    edition, helpline = library.editions[language.code], library.line.helpline
    text = edition.phrases["fallback"].format(
        safety=edition.urgency.safety, name=helpline.name, number=helpline.spoken
    )

    def carriers_voice(say: Say) -> Voice:
        return Voice(language.say, language.say_language, for_carrier(pronounce(say.text, language.lexicon)))

    return render((Say(text, language.code, Pace.NORMAL), HangUp()), carriers_voice, "")


def fallback_text(library: Library, language: Language) -> bytes:
    """The TwiML that texts the same."""
    body = library.editions[language.code].phrases["fallback-sms"]
    return render_messages(
        (body.format(number=library.line.helpline.spoken, emergency=library.line.emergency),)
    )
