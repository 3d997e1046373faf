"""Rules for notices."""

from collections.abc import Iterator
from math import ceil

from ivr.content.checks.rule import Draft, Fault, Rule, by_code
from ivr.content.checks.texted import KIND_PARTS, name_characters
from ivr.problems import Gravity
from ivr.text.gsm7 import JOINED, SINGLE, measure, outside_gsm7
from ivr.text.timing import slow_seconds

# Seconds at the slow pace, as for the safety line, which comes just before it.
SAID = 12.0


def check_said(draft: Draft) -> Iterator[Fault]:
    """Every caller hears a notice before anything they called for; somebody in danger waits for it too."""
    for notice, prompt in draft.noticed():
        if (seconds := slow_seconds(notice.text)) > SAID:
            yield Fault(
                prompt.path, prompt.part_lines[0],
                f"The notice takes about {ceil(seconds)} seconds at the slow pace, and {SAID:.0f} is the most.",
                "Say what has changed and what to do; leave the reasons out.",
            )  # fmt: skip


def check_texted(draft: Draft) -> Iterator[Fault]:
    """A notice is texted before every summary: a long one doubles what each costs, and hides what was asked for."""
    most = KIND_PARTS[draft.encoding]
    for notice, prompt in draft.noticed():
        size = measure(notice.texted)
        if size.parts > most and not (draft.encoding == "GSM-7" and outside_gsm7(notice.texted)):
            room = SINGLE[size.encoding] if most == 1 else most * JOINED[size.encoding]
            yield Fault(
                prompt.path, prompt.line("sms"), f"The notice is sent in {size.parts} parts, and {most} is the most.",
                f"Write a text after sms: that is {size.units - room} characters or more shorter.",
            )  # fmt: skip


def check_characters(draft: Draft) -> Iterator[Fault]:
    """One curly apostrophe, pasted from a word processor, more than doubles what the notice costs."""
    for notice, prompt in draft.noticed():
        odd = outside_gsm7(notice.texted) if draft.encoding == "GSM-7" else ()
        if odd:
            yield Fault(
                prompt.path, prompt.line("sms") if notice.sms else prompt.part_lines[0],
                f"A plain text message has no {name_characters(odd)}.",
                "Write a plain character for each, such as ' or -, or another text after sms:.",
            )  # fmt: skip


RULES = by_code(
    Rule(
        "notice-long", check_said, f"{SAID:.0f} seconds at the slow pace, some 20 words.",
        "Our own number, that of the safety line.", Gravity.ERROR,
    ),
    Rule("notice-sms-long", check_texted, "1 part, or 2 in UCS-2.", "A28, as an urgent text.", Gravity.ERROR),
    Rule(
        "notice-characters", check_characters, "Only characters of the plain alphabet, GSM-7.",
        "A28; GOV.UK Notify counts the same characters.", Gravity.ERROR,
    ),
)  # fmt: skip
