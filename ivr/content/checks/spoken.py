"""Rules for what is said."""

from collections.abc import Iterator
from math import ceil

from ivr.content.checks.rule import Draft, Fault, Rule, by_code
from ivr.content.model import URGENT
from ivr.problems import Gravity
from ivr.text.timing import slow_seconds

# Seconds at the slow pace. Nothing runs over 40 without a stop (A20); 6 are for "That key does nothing here".
PART = 34.0
# "Section 5 of 10" and its breaths, without the title.
HEADING = 4.0
SAFETY = 12.0
OPTION_WORDS = 8


def check_part(draft: Draft) -> Iterator[Fault]:
    """A caller who is drowsy or in pain loses the thread of a long part, and must hear all of it again."""
    for topic, prompt in draft.written():
        heading = slow_seconds(topic.title) + HEADING
        for part, line in zip(topic.parts, prompt.part_lines, strict=True):
            seconds = slow_seconds(part.text) + heading
            heading = 0.0
            if seconds > PART:
                yield Fault(
                    prompt.path, line,
                    f"This part takes about {ceil(seconds)} seconds at the slow pace, and {PART:.0f} is the most.",
                    "Divide it by an empty line.",
                )  # fmt: skip


def check_option(draft: Draft) -> Iterator[Fault]:
    """By the end of a long choice its beginning is forgotten, most of all by people with low working memory."""
    for topic, prompt in draft.written():
        if (words := len(topic.option.split())) > OPTION_WORDS:
            yield Fault(
                prompt.path, prompt.line("option"), f"The choice has {words} words, and {OPTION_WORDS} is the most.",
                "Keep the words by which a caller knows the topic.",
            )  # fmt: skip


def check_safety(draft: Draft) -> Iterator[Fault]:
    """Every caller hears the safety line first; a long one delays them all, and some hang up."""
    prompt = draft.prompts.get(URGENT)
    if prompt and (seconds := slow_seconds(prompt.fields.get("safety", ""))) > SAFETY:
        yield Fault(
            prompt.path, prompt.line("safety"),
            f"The safety line takes about {ceil(seconds)} seconds at the slow pace, and {SAFETY:.0f} is the most.",
            "Say when to call, and which number; nothing else.",
        )  # fmt: skip


RULES = by_code(
    Rule(
        "safety-long", check_safety, f"{SAFETY:.0f} seconds at the slow pace, some 20 words.",
        "Our own number: what every caller waits for before anything else.", Gravity.ERROR, Gravity.ERROR,
    ),
    Rule(
        "part-long", check_part, f"{PART:.0f} seconds at the slow pace, some 55 words; the first part less its heading.",
        "A20: nothing runs over 40 seconds without a stop; 6 are for the words that may come before it.",
        Gravity.ERROR, Gravity.ERROR,
    ),
    Rule(
        "option-long", check_option, f"{OPTION_WORDS} words.",
        "A7: a broad menu is easy to hold in mind, a long choice is not (Commarford 2008).",
    ),
)  # fmt: skip
