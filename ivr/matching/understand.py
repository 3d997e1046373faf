"""What a message means: dangers first, in every language, then its topics, and why.

The rules, in this order:

1. A phrase of a lexicon that counts makes its kind of danger. Nothing takes that away.
2. Meaning may add danger, never take it: where the layers hold any danger for likely enough, the likeliest kind is
   named, unless the message is nothing but the keyword of a topic.
3. Of several kinds the most serious comes first. A kind of which little speaks comes after those: one that only a
   phrase names while meaning is sure of another, and the second guess where meaning alone finds a danger.
4. The topic of a danger is the one that its kind leads to, unless the message clearly asks about another as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ivr.content.model import MENU
from ivr.matching.lexicon import LONGEST, Hit, Lexicon, Sighting
from ivr.matching.meaning import Meaning, Scores
from ivr.text.normalise import normalise

TOPICS = 3  # topics that are named, best first
# Shares of all danger; chosen in cross-validation on the examples.
SURE = 0.4  # from which a kind is added to those that phrases name
DOUBTED = 0.25  # below which a kind comes after the others
PERHAPS = 0.15  # from which a second kind is named as well, after the likeliest
ASKED = 0.5  # how likely another topic must be for a message about a danger to be asking about it
CLEAR = 0.8  # how likely a language must be for the conversation to change to it


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that decided: `about` is a kind or a topic, `text` says in plain words what spoke for or against it."""

    about: str
    text: str

    def __str__(self) -> str:
        return f"{self.about}: {self.text}"


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message means. `topics` has the best three; MENU first where it is about none."""

    language: str
    urgents: tuple[str, ...]
    topics: tuple[str, ...]
    why: tuple[Reason, ...]


def understand(
    text: str, lexicons: Mapping[str, Lexicon], meaning: Meaning | None, hint_language: str,
    kinds: Mapping[str, str],
) -> Understood:  # fmt: skip
    """What `text` means.

    `lexicons` and `meaning` are asked in every language. `hint_language` is that of the conversation so far, or the
    line's first. `kinds` has each urgent kind with the topic it leads to ("" for none), the most serious first.
    """
    normal = normalise(text[:LONGEST])
    own_first = sorted(lexicons, key=lambda code: code != hint_language)
    seen = {code: lexicons[code].look_at(normal) for code in own_first}
    scores = meaning.scores(text, tuple(seen.values())) if meaning else None
    whole = next((sighting.whole for sighting in seen.values() if sighting.whole), "")
    hits = [hit for sighting in seen.values() for hit in sighting.urgents]
    named = {hit.means for hit in hits if not hit.set_aside}
    guessed = _guess(scores, named, kinds) if scores and not whole else {}
    urgents = _order(named, guessed, scores, kinds)
    topics = _topics(urgents, tuple(seen.values()), scores, whole, kinds)
    why = (
        *_why_urgent(urgents, hits, guessed, scores),
        *_why_topic(topics, tuple(seen.values()), scores, whole),
    )
    return Understood(_language(scores, hint_language, seen), urgents, topics, why)


def _guess(scores: Scores, named: set[str], kinds: Mapping[str, str]) -> dict[str, float]:
    """The kinds that meaning names, with how likely each is."""
    likely = {kind: scores.urgents.get(kind, 0.0) for kind in kinds}
    if not likely or (scores.danger < scores.threshold and not named):
        return {}
    danger = max(sum(likely.values()), 1e-9)
    best, *others = sorted(likely, key=lambda kind: -likely[kind])
    if named:
        return {best: likely[best]} if likely[best] / danger >= SURE and best not in named else {}
    perhaps = [kind for kind in others[:1] if likely[kind] / danger >= PERHAPS]
    return {kind: likely[kind] for kind in (best, *perhaps)}


def _order(
    named: set[str], guessed: Mapping[str, float], scores: Scores | None, kinds: Mapping[str, str]
) -> tuple[str, ...]:
    found = [kind for kind in kinds if kind in named or kind in guessed]
    if scores is None:
        return tuple(found)
    danger = max(sum(scores.urgents.get(kind, 0.0) for kind in kinds), 1e-9)
    likeliest = next(iter(guessed), "")
    doubted = [
        kind
        for kind in found
        if scores.urgents.get(kind, 0.0) / danger < DOUBTED or (not named and kind != likeliest)
    ]
    if len(doubted) == len(found):
        return tuple(found)
    return (*(kind for kind in found if kind not in doubted), *doubted)


def _topics(
    urgents: Sequence[str], seen: Sequence[Sighting], scores: Scores | None, whole: str, kinds: Mapping[str, str]
) -> tuple[str, ...]:  # fmt: skip
    if scores:
        likely = sorted(scores.topics, key=lambda topic: -scores.topics[topic])
    else:
        likely = list(dict.fromkeys(hit.means for sighting in seen for hit in sighting.topics)) or [""]
    leading = [topic for topic in dict.fromkeys(kinds[kind] for kind in urgents) if topic]
    ranked = [whole] if whole else []
    if urgents:
        other = next((topic for topic in likely if topic and topic not in leading), "")
        if other and (scores is None or scores.topics[other] >= ASKED):
            ranked.append(other)
        ranked += leading
        if not leading and likely[0] not in ("", other):
            ranked.append(likely[0])
    ranked += [topic or MENU for topic in likely]
    return tuple(dict.fromkeys(ranked))[:TOPICS]


def _language(scores: Scores | None, hint: str, seen: Mapping[str, Sighting]) -> str:
    """The language of the message; where none has been learnt, the one whose phrases stand in it."""
    if scores and scores.languages:
        best = max(scores.languages, key=lambda code: scores.languages[code])
        if best in seen and (not hint or scores.languages[best] >= CLEAR):
            return best
        return hint or next(iter(seen), "")
    return next(
        (code for code, its in seen.items() if its.whole or its.urgents), hint or next(iter(seen), "")
    )


def _why_urgent(
    urgents: Sequence[str], hits: Sequence[Hit], guessed: Mapping[str, float], scores: Scores | None
) -> list[Reason]:
    why = [
        Reason(hit.means, f"the words “{hit.words}” fit the phrase “{hit.phrase}”")
        for kind in urgents
        for hit in hits
        if hit.means == kind and not hit.set_aside
    ]
    if scores:
        for kind, likely in guessed.items():
            why.append(
                Reason(
                    kind,
                    f"what it means: danger {scores.danger:.2f}, named from {scores.threshold:.2f}; this kind {likely:.2f}",
                )
            )
        if not urgents:
            why.append(
                Reason(
                    "no danger", f"what it means: danger {scores.danger:.2f}, under {scores.threshold:.2f}"
                )
            )
    return why + [
        Reason(hit.means, f"the words “{hit.words}” are set aside: {hit.set_aside}")
        for hit in hits
        if hit.set_aside
    ]


def _why_topic(
    topics: Sequence[str], seen: Sequence[Sighting], scores: Scores | None, whole: str
) -> list[Reason]:
    why = [Reason(whole, "the message is its keyword")] if whole else []
    for topic in topics[:1]:
        why += [
            Reason(topic, f"the words “{hit.words}” fit “{hit.phrase}”")
            for sighting in seen
            for hit in sighting.topics
            if hit.means == topic
        ]
        if scores and topic in scores.topics:
            how = "" if scores.with_embedding else ", without the language model"
            why.append(Reason(topic, f"what it means: topic {scores.topics[topic]:.2f}{how}"))
    return why
