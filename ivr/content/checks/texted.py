"""Rules for what is texted."""

import unicodedata
from collections.abc import Iterable, Iterator

from ivr.content.checks.rule import Draft, Fault, Rule, by_code
from ivr.content.model import URGENT, Topic
from ivr.problems import Gravity
from ivr.text.gsm7 import JOINED, SINGLE, Encoding, measure, outside_gsm7

# Parts: an urgent kind is read in one glance; a language that needs UCS-2 gets twice as many for the same words.
KIND_PARTS = {"GSM-7": 1, "UCS-2": 2}
TOPIC_PARTS = {"GSM-7": 2, "UCS-2": 4}
# Characters of the line that is added to every topic's text: one UCS-2 part, and room for 235 of the topic's own.
SMS_LINE = 70


def check_length(draft: Draft) -> Iterator[Fault]:
    """A text in more parts than planned arrives in pieces, out of order, with the action in the last of them.

    A topic's text is measured with the urgent line below it, since that is what is sent.
    """
    for topic, prompt in draft.written():
        most, ending = _limit(topic, draft)
        size = measure(_plain(topic.sms + ending, draft.encoding))
        if topic.sms and size.parts > most:
            with_line = f", with the {len(ending)} characters of the urgent line" if ending else ""
            room = SINGLE[size.encoding] if most == 1 else most * JOINED[size.encoding]
            yield Fault(
                prompt.path, prompt.line("sms"),
                f"The text is sent in {size.parts} parts{with_line}, and {most} is the most.",
                f"Take out {max(1, size.units - room)} characters or more.",
            )  # fmt: skip


def check_line_length(draft: Draft) -> Iterator[Fault]:
    """A long urgent line leaves no room for the forty topics it is added to."""
    prompt = draft.prompts.get(URGENT)
    if prompt and (excess := len(_sms_line(draft)) - SMS_LINE) > 0:
        yield Fault(
            prompt.path, prompt.line("sms-line"),
            f"The line that is added to every text is longer than {SMS_LINE} characters.",
            f"Take out {excess} characters or more.",
        )  # fmt: skip


def check_helpline(draft: Draft) -> Iterator[Fault]:
    """Someone who cannot speak gets a text without a way to a person, or with a number that has changed."""
    for topic, prompt in draft.written():
        if topic.sms and draft.helpline and draft.helpline not in topic.sms:
            yield Fault(
                prompt.path, prompt.line("sms"), "The text does not name the helpline.",
                f"Write the number in it as line.toml does: {draft.helpline}.",
            )  # fmt: skip


def check_characters(draft: Draft) -> Iterator[Fault]:
    """One curly apostrophe, pasted from a word processor, more than doubles the parts of the whole text."""
    if draft.encoding != "GSM-7":
        return
    for topic, prompt in draft.written():
        for field, text in (("sms", topic.sms), ("sms-line", prompt.fields.get("sms-line", ""))):
            if odd := outside_gsm7(text):
                yield Fault(
                    prompt.path, prompt.line(field), f"A plain text message has no {name_characters(odd)}.",
                    "Write a plain character for each, such as ' or -.",
                )  # fmt: skip


def name_characters(odd: Iterable[str]) -> str:
    """Each character with its Unicode name, so that look-alikes are told apart."""
    return ", ".join(f"{c} ({unicodedata.name(c, 'no name').lower()})" for c in odd)


def is_long_as_sent(topic: Topic, draft: Draft) -> bool:
    """Whether the text of `topic` takes more parts than planned, if only for its odd characters."""
    most, ending = _limit(topic, draft)
    return bool(topic.sms) and measure(topic.sms + ending).parts > most


def _limit(topic: Topic, draft: Draft) -> tuple[int, str]:
    """The most parts that the text of `topic` may have, and what is added to it when it is sent."""
    line = _sms_line(draft)
    ending = "" if URGENT in (topic.id, topic.parent) or not line else f"\n{line[:SMS_LINE]}"
    return (KIND_PARTS if topic.parent == URGENT else TOPIC_PARTS)[draft.encoding], ending


def _sms_line(draft: Draft) -> str:
    prompt = draft.prompts.get(URGENT)
    return prompt.fields.get("sms-line", "") if prompt else ""


def _plain(text: str, encoding: Encoding) -> str:
    """The text as long as it will be once its odd characters are mended, which is a rule of its own."""
    odd = outside_gsm7(text) if encoding == "GSM-7" else ()
    return "".join("'" if c in odd else c for c in text)


RULES = by_code(
    Rule(
        "sms-long", check_length,
        "An urgent text: 1 part, or 2 where the language's letters need UCS-2. Every other: 2 parts, or 4.",
        "A28. A part holds 160 plain characters, or 153 where there are several (3GPP TS 23.038 and 23.040).",
        Gravity.ERROR, Gravity.ERROR,
    ),
    Rule(
        "sms-line-long", check_line_length, f"{SMS_LINE} characters.",
        "Our own number: one part in any alphabet, and room for 235 of the topic's own.", Gravity.ERROR, Gravity.ERROR,
    ),
    Rule(
        "sms-characters", check_characters, "Only characters of the plain alphabet, GSM-7, where the language has one.",
        "A28; GOV.UK Notify counts the same characters.", Gravity.ERROR,
    ),
    Rule(
        "sms-helpline", check_helpline, "The helpline's number in every text, written as line.toml has it.",
        "A4, A31: no way out without a person.", Gravity.ERROR,
    ),
)  # fmt: skip
