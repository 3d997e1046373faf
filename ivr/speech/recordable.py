"""What can be recorded, and what a file with a recording of it is called."""

import re

from ivr.content.model import MENU
from ivr.dialogue.script import Script
from ivr.speech.recordings import fingerprint
from ivr.text.spoken import caption

# A phrase with fewer letters of its own than this is the shape of half of what there is: "{title}."
_TELLING = 8
_OTHER = "text"
_PLACEHOLDER = re.compile(r"\{\w*\}")


def texts_by_name(script: Script) -> dict[str, str]:
    """Every text of a language by the name of its recording, in the order in which a reader meets them.

    `5.1.3-2` is the second part of topic 5.1.3, `5.1.3-title` what is said as it begins, `5.1.3-option` how its key
    is offered; `goodbye` is the phrase of that name. Where a phrase is said in several ways, as with the name of the
    next topic, a few letters and digits that belong to these very words follow.
    """
    named = {"urgent-safety": script.edition.urgency.safety}
    for topic in script.edition.topics.values():
        if topic.id != MENU:
            named[f"{topic.id}-title"] = script.heading(topic)
        if topic.option and topic.key:
            named[f"{topic.id}-option"] = script.phrase("option", option=topic.option, key=topic.key)
        for number, part in enumerate(topic.parts, start=1):
            if not part.language:
                named[f"{topic.id}-{number}"] = part.text
    every = {fingerprint(text): text for text in script.every_text()}
    said = {name: text for name, text in named.items() if fingerprint(text) in every}
    known = {fingerprint(text) for text in said.values()}
    return _phrases({mark: text for mark, text in every.items() if mark not in known}, script) | said


def _phrases(texts: dict[str, str], script: Script) -> dict[str, str]:
    """The other texts, named after the phrases that they are made of."""
    forms = sorted(
        (_form(name, phrase) for name, phrase in script.edition.phrases.items()), key=lambda form: -form[2]
    )
    by_phrase: dict[str, dict[str, str]] = {}
    for mark, text in texts.items():
        words = caption(text)
        name = next((name for name, form, own in forms if own >= _TELLING and form.fullmatch(words)), _OTHER)
        by_phrase.setdefault(name, {})[mark] = text
    named = {}
    for name, found in by_phrase.items():
        for mark, text in found.items():
            named[name if len(found) == 1 and name != _OTHER else f"{name}-{mark[:6]}"] = text
    return dict(sorted(named.items()))


def _form(name: str, phrase: str) -> tuple[str, re.Pattern[str], int]:
    """The shape of a phrase whose values are filled in, and how many of its letters are its own."""
    own = _PLACEHOLDER.split(caption(phrase))
    return name, re.compile(".+".join(map(re.escape, own)), re.DOTALL), sum(map(len, own))
