"""Rules for what stands between the leaflet and the line."""

from collections.abc import Iterator

from ivr.content.checks.rule import Draft, Fault, Rule, by_code
from ivr.content.headings import ADDED, missing, named

# The phrases with which a call ends.
ENDINGS = ("goodbye", "fallback")
NUMBER = "{number}"


def check_headings(draft: Draft) -> Iterator[Fault]:
    """A heading that nobody took over is a question that the leaflet answers and the line does not: the reader finds
    whom to call about it, the caller does not, and neither knows.
    """
    if draft.headings:
        for heading in missing(draft.headings, (topic.leaflet for topic, _ in draft.written())):
            yield Fault(
                draft.headings.path, heading.line, f"No topic comes from the heading {heading.text!r}.",
                "Name it after leaflet: in the file of the topic that has its text, or write that topic.",
            )  # fmt: skip


def check_sources(draft: Draft) -> Iterator[Fault]:
    """A reviewer who looks for a passage under a heading that is not in the leaflet cannot compare the two, and a wrong
    number of tablets stays.
    """
    known = {heading.known_by for heading in draft.headings.headings} if draft.headings else frozenset()
    for topic, prompt in draft.written() if draft.headings else ():
        for name in named(topic.leaflet) if topic.leaflet != ADDED else ():
            if name not in known:
                yield Fault(
                    prompt.path, prompt.line("leaflet"), f"The leaflet has no heading {name!r}.",
                    "Write it as headings.toml has it, or add it there.",
                )  # fmt: skip


def check_ending(draft: Draft) -> Iterator[Fault]:
    """What is said last is what stays. Somebody who was too upset to press a key hears the number of a person as the
    call ends, and not how to call this line again.
    """
    for passage in draft.phrases:
        if passage.name in ENDINGS and any(map(str.isalnum, passage.text.rpartition(NUMBER)[2])):
            yield Fault(
                passage.path, passage.line, f"{passage.name} goes on after the helpline's number.",
                f"Let {NUMBER} be the last that is said.",
            )  # fmt: skip


RULES = by_code(
    Rule("helpline-last", check_ending, "The helpline's number is the last thing said.", "A4.", today=True),
    Rule(
        "heading-missing", check_headings, "A topic for every heading in prompts/headings.toml.",
        "Facts come from the leaflet, and none is left out.",
    ),
    Rule(
        "heading-unknown", check_sources, "Every heading after leaflet: stands in prompts/headings.toml.",
        "Facts come from the leaflet, and none is added unmarked.",
    ),
)  # fmt: skip
