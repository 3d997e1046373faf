"""Rules for the first seconds of a call, reckoned from what is said."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from ivr.content.checks.rule import Draft, Fault, Passage, Rule, by_code
from ivr.content.model import URGENT, Library
from ivr.dialogue.script import script_of
from ivr.text.timing import normal_seconds

# Seconds at the normal pace, at which every call begins.
SAFETY_WITHIN = 20.0
CHOICE_WITHIN = 10.0
LANGUAGES_WITHIN = 15.0
# Languages that fit into that time; each more may take as long as each of these.
LANGUAGES = 4


@dataclass(frozen=True, slots=True)
class Opening:
    """How a call in one language begins, and the draft that says where its words stand."""

    library: Library
    language: str
    draft: Draft

    def passage(self, phrase: str) -> Passage:
        """Where a phrase stands."""
        return next(passage for passage in self.draft.phrases if passage.name == phrase)

    def fault(self, phrase: str, text: str, mend: str) -> Fault:
        """What is wrong with a phrase."""
        passage = self.passage(phrase)
        return Fault(passage.path, passage.line, text, mend)


def check_safety(opening: Opening) -> Iterator[Fault]:
    """Someone who cannot get their breath has called the wrong number. They must hear whom to call before they give
    up, and whatever is said first is in their way.

    It is the beginning of the safety line that counts: how long it may be itself is `safety-long`'s.
    """
    *before, _ = script_of(opening.library, opening.language).welcome()
    prompt = opening.draft.prompts.get(URGENT)
    if prompt and (seconds := sum(map(normal_seconds, before))) > SAFETY_WITHIN:
        yield Fault(
            prompt.path, prompt.line("safety"),
            f"The safety line begins {ceil(seconds)} seconds after the language is chosen, and {SAFETY_WITHIN:.0f} is the "
            "most.", "Shorten the phrases welcome and welcome-keys, or the name of the line.",
        )  # fmt: skip


def check_choice(opening: Opening) -> Iterator[Fault]:
    """Who hears no key to press in the first ten seconds takes the line for a recording, and ends the call.

    Where languages are offered, the first of them is the first choice; after it, or without it, the keys of the welcome.
    """
    script = script_of(opening.library, opening.language)
    name, keys, _ = script.welcome()
    seconds = normal_seconds(name) + normal_seconds(keys.split("||")[0])
    if seconds > CHOICE_WITHIN:
        yield opening.fault(
            "welcome", f"The first key is said after {ceil(seconds)} seconds, and {CHOICE_WITHIN:.0f} is the most.",
            "Shorten the phrases welcome and welcome-keys, or the name of the line.",
        )  # fmt: skip


def check_languages(opening: Opening) -> Iterator[Fault]:
    """Whoever needs the last language of the list hears all the others first, and understands none of them: on a
    national health line 35 seconds of them drew complaints.
    """
    library = opening.library
    if len(library.editions) == 1 or opening.language != library.line.language:
        return
    offers = [script_of(library, code).offer(key) for key, code in enumerate(library.editions, start=1)]
    most = LANGUAGES_WITHIN * max(1.0, len(offers) / LANGUAGES)
    if (seconds := sum(map(normal_seconds, offers))) > most:
        yield opening.fault(
            "language", f"The {len(offers)} languages are offered in {ceil(seconds)} seconds, and {most:.0f} is the most.",
            "Shorten the phrase language, in each language, or give a language a number of its own in line.toml.",
        )  # fmt: skip


RULES = by_code(
    Rule(
        "safety-late", check_safety, f"{SAFETY_WITHIN:.0f} seconds at the normal pace.",
        "A2. Seconds are estimated at 130 words a minute, the slowest that counts as normal.", today=True,
    ),
    Rule(
        "choice-late", check_choice, f"{CHOICE_WITHIN:.0f} seconds at the normal pace.",
        "A8. Seconds are estimated at 130 words a minute.", today=True,
    ),
    Rule(
        "languages-long", check_languages,
        f"{LANGUAGES_WITHIN:.0f} seconds at the normal pace for {LANGUAGES} languages or fewer, as much for each more.",
        "A8, from the complaints about 35 seconds.", today=True,
    ),
)  # fmt: skip
