"""Rules for words: how a key is offered, what is not said, and how hard it is to follow."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from ivr.content.checks.rule import Draft, Fault, Passage, Rule, by_code
from ivr.content.wording import SENTENCE, SENTENCE_AS_A_RULE, Wording
from ivr.problems import Gravity
from ivr.text.sentences import reading_age, sentences

READING_AGE = 11
# Fewer words say more about chance than about the writer; the formula was made for passages of a hundred.
READING_WORDS = 50
BREATH = "|"

_STOP = re.compile(r"\|\||[.!?۔؟]")
_MARKS = " .,:;!?،۔؟\"'“”"


def check_order(draft: Draft) -> Iterator[Fault]:
    """Who hears "press 3 for support" must keep the 3 in mind before knowing whether it matters, and has lost it
    when the thing is said. The thing comes first, then a breath, then the key.

    Deliberately narrow: a sentence that names no key ("press any key") is no choice.
    """
    for passage in draft.phrases:
        for sentence in _STOP.split(passage.text) if passage.channel == "said" else ():
            words = sentence.replace(BREATH, f" {BREATH} ").split()
            kinds = [_kind(word, draft.wording) for word in words]
            if not {"press", "key"} <= set(kinds):
                continue
            before = words[: min(kinds.index("press"), kinds.index("key"))]
            if not any(any(map(str.isalnum, word)) for word in before):
                yield _fault(
                    passage, f"The key comes before what it is for: {sentence.strip()!r}.",
                    "Say what it is for first, then a breath |, then the key.",
                )  # fmt: skip
            elif BREATH not in before:
                yield _fault(
                    passage, f"There is no breath before the key: {sentence.strip()!r}.",
                    "Put a | between what it is for and the key.",
                )  # fmt: skip


def check_option(draft: Draft) -> Iterator[Fault]:
    """The line says "For …, press 3" around a choice: one that names a key itself is heard with two keys, and one that
    ends with a full stop falls apart.
    """
    for topic, prompt in draft.written():
        kinds = {_kind(word, draft.wording) for word in topic.option.split()}
        if kinds & {"press", "key"} or topic.option.rstrip()[-1:] in (*".!?:;,|۔؟،", "…"):
            yield Fault(
                prompt.path, prompt.line("option"), f"The choice {topic.option!r} does not fit between the line's words.",
                "Write only what it is, without a key and without a full stop.",
            )  # fmt: skip


def check_words(draft: Draft) -> Iterator[Fault]:
    """Whoever "only has a temperature" waits until morning, since the line asked about a fever. "Dial" and "pound" are
    words of other phones than the one in the caller's hand.
    """
    if not draft.wording.avoid:
        return
    pattern = _any_of(tuple(draft.wording.avoid))
    for passage in draft.passages():
        for word in dict.fromkeys(found.casefold() for found in pattern.findall(passage.text)):
            yield _fault(
                passage, f"{passage.name} says {word!r}.",
                f"Say {draft.wording.avoid[word]!r} instead, or what fits there.",
            )  # fmt: skip


def check_sentence(draft: Draft) -> Iterator[Fault]:
    """A listener cannot look back. Somebody drowsy has lost the beginning of a sentence of 25 words, which said when,
    by the time its end says whom to call.
    """
    most = draft.wording.sentence
    for passage in draft.passages():
        for words in sentences(passage.text) if passage.channel == "said" else ():
            if len(words) > most:
                yield _fault(
                    passage, f"A sentence has {len(words)} words, and {most} is the most: {' '.join(words[:5])!r} …",
                    "Make two of it, with one idea each.",
                )  # fmt: skip


def check_sentences(draft: Draft) -> Iterator[Fault]:
    """One long sentence is a climb. A topic of nothing else wears out whoever is ill, and they end the call before
    the part that was for them.
    """
    most = draft.wording.sentence * SENTENCE_AS_A_RULE / SENTENCE
    for topic, prompt in draft.written():
        found = [len(words) for part in topic.parts for words in sentences(part.text)]
        if found and (mean := sum(found) / len(found)) > most:
            yield Fault(
                prompt.path, prompt.part_lines[0],
                f"Its sentences have {mean:.0f} words on average, and {most:.0f} is the most.",
                "Make two of the longest.",
            )  # fmt: skip


def check_reading_age(draft: Draft) -> Iterator[Fault]:
    """Words that must be puzzled out on paper are gone on the phone before they are understood: "contact your
    multidisciplinary team" gives nobody anyone to call. One adult in six in England has very poor literacy.

    English only, since the formula is; said and texted words of a topic together, and all phrases together, since one
    text of 25 words would be judged by chance. Names of medicines and illnesses are left out (`wording.toml`,
    `pronunciation.toml`).
    """
    if draft.wording.language.partition("-")[0] != "en":
        return
    for passages in _read_together(draft):
        age, words = reading_age((passage.text for passage in passages), draft.wording.names)
        if words >= READING_WORDS and round(age, 1) > READING_AGE:
            yield _fault(
                passages[0], f"It reads with ease at the age of {age:.1f}, and {READING_AGE} is the most.",
                "Take shorter words and shorter sentences; the plain word first.",
            )  # fmt: skip


def _read_together(draft: Draft) -> Iterator[list[Passage]]:
    """The phrases, then the texts of each topic, what is heard first; titles and choices are no sentences."""
    if draft.phrases:
        yield list(draft.phrases)
    together: dict[Path, list[Passage]] = {}
    for passage in draft.passages():
        if not passage.name.endswith((" title", " option", " short")) and passage not in draft.phrases:
            together.setdefault(passage.path, []).append(passage)
    for passages in together.values():
        yield sorted(passages, key=lambda passage: (passage.channel != "said", passage.line))


def _kind(word: str, wording: Wording) -> str:
    """Whether a word presses, names a key, or neither ("")."""
    bare = word.strip(_MARKS).casefold()
    if not wording.press or bare in wording.press:
        return "press" if wording.press else ""
    return "key" if bare in wording.keys or bare == "{key}" or (bare.isdecimal() and len(bare) == 1) else ""


@lru_cache(maxsize=32)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the words as a whole word, the longest first."""
    longest_first = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{longest_first})(?!\w)", re.IGNORECASE)


def _fault(passage: Passage, text: str, mend: str) -> Fault:
    return Fault(passage.path, passage.line, text, mend)


RULES = by_code(
    Rule("option-order", check_order, "What a key is for, half a second, the key.", "A5 and A6 (COGA, ISO/IEC 13714)."),
    Rule("option-wording", check_option, "Words that fit into the phrase `option`.", "A5."),
    Rule(
        "word-avoided", check_words, "No word that stands under [avoid] in the language's wording.toml.",
        "A5 (COGA, ISO/IEC 13714) and A23 (the NHS content guide).",
    ),
    Rule(
        "sentence-long", check_sentence, f"{SENTENCE} words, unless the language's wording.toml has another number.",
        "A20 (the NHS content guide).",
    ),
    Rule(
        "sentences-long", check_sentences, f"{SENTENCE_AS_A_RULE} words on average, as a rule.",
        "A20 (the NHS content guide).",
    ),
    Rule(
        "reading-age", check_reading_age,
        f"{READING_AGE} years: the Flesch-Kincaid grade and five, of {READING_WORDS} words or more together.",
        "A21 (the NHS content guide: 9 to 11 years).", Gravity.WARNING,
    ),
)  # fmt: skip
