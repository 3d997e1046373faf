"""Meaning beside the words: how likely each danger and each topic is, for messages that no phrase foresees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ivr.matching.features import buckets, pieces, topic_signals, urgent_signals
from ivr.matching.layers import Layers
from ivr.matching.lexicon import LONGEST, Sighting
from ivr.text.normalise import normalise, tidy

READ = 240  # characters of a long message, the last ones, that an embedder reads: more would take over 100 ms


@dataclass(frozen=True, slots=True)
class Scores:
    """How likely each kind and each topic is ("" is none), and how likely any danger must be to be named.

    `languages` has how likely each language is, where more than one has been learnt.
    """

    urgents: Mapping[str, float]
    topics: Mapping[str, float]
    threshold: float
    with_embedding: bool
    languages: Mapping[str, float] = field(default_factory=dict)

    @property
    def danger(self) -> float:
        """How likely it is that the message speaks of any danger."""
        return 1 - self.urgents[""]


class Embedder(Protocol):
    """Something that has read a great deal of text and places a message near others that mean the same."""

    def embed(self, text: str) -> Sequence[float] | None:
        """The place of `text`, always of the same length, or None when it cannot be had now; never raises."""
        ...


class Meaning(Protocol):
    """What `understand` asks when it has looked for phrases."""

    def scores(self, text: str, seen: Sequence[Sighting]) -> Scores | None:
        """What `text` may mean, in which the lexicons have seen `seen`; None when nothing is known."""
        ...


class LearntMeaning:
    """The trained layers, with an embedder or without one; without, the layers do that were trained to do without."""

    def __init__(self, layers: Layers, embedder: Embedder | None = None) -> None:
        self._layers, self._embedder = layers, embedder

    def scores(self, text: str, seen: Sequence[Sighting]) -> Scores | None:
        """What `text` may mean; None for a message without a letter or digit."""
        normal = normalise(text[:LONGEST])
        if not normal:
            return None
        vector = self._embedder.embed(readable(text)) if self._embedder else None
        return score(self._layers, normal, seen, vector)


def readable(text: str) -> str:
    """What an embedder is given of a message: tidied, and of a long one its end, from the beginning of a word."""
    tidied = tidy(text[:LONGEST])
    if len(tidied) <= READ:
        return tidied
    return tidied[-READ:].partition(" ")[2] or tidied[-READ:]


def score(layers: Layers, normal: str, seen: Sequence[Sighting], vector: Sequence[float] | None) -> Scores:
    """The scores of a message that is `normal` when normalised and whose place is `vector`, if that is known."""
    found = pieces(normal)
    signals = urgent_signals(seen, layers.kinds)
    languages = (
        layers.language.probabilities(buckets(found, layers.language.bits), ())
        if layers.language
        else dict.fromkeys(layers.thresholds, 1.0)
    )
    language = max(languages, key=lambda code: languages[code])
    urgent, topic, thresholds = (
        (layers.urgent, layers.topic, layers.thresholds)
        if vector
        else (layers.urgent_alone, layers.topic_alone, layers.thresholds_alone)
    )
    return Scores(
        urgent.probabilities(buckets(found, urgent.bits), signals, vector or ()),
        topic.probabilities(
            buckets(found, topic.bits), topic_signals(seen, layers.kinds, layers.topics), vector or ()
        ),
        thresholds[language], vector is not None, languages if layers.language else {},
    )  # fmt: skip
