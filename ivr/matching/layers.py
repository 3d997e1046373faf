"""The trained layers, read from `meaning.json`: from what a message is made of to how likely each label is.

A layer is a multinomial logistic regression whose weights are rounded to whole numbers. It runs in plain Python: a
message costs a millisecond or two, and a web worker needs no numerical library for it.
"""

import json
from base64 import b85decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, sqrt
from operator import add
from pathlib import Path
from typing import Any
from zlib import error as ZlibError

from ivr.errors import IvrError

FORMAT = 1


class LayersError(IvrError):
    """The trained file cannot be used; the text says why and what mends it."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Weights for `labels`: of pieces (`bits`, a row of signed bytes for each bucket), of signals and of an embedding.

    The score of a label is bias + `piece_step` * sum over pieces / length + signals + embedding, where the length
    makes long and short messages alike and comes from `rarity`, one byte a bucket. `embedding` is empty where the
    layer was trained to do without.
    """

    labels: tuple[str, ...]
    bits: int
    rarity: memoryview
    pieces: memoryview
    piece_step: float
    signals: tuple[tuple[float, ...], ...]
    embedding: tuple[tuple[float, ...], ...]
    bias: tuple[float, ...]

    def probabilities(
        self, buckets: Sequence[int], signals: Sequence[int], vector: Sequence[float] = ()
    ) -> dict[str, float]:
        """How likely each label is, from 0 to 1, together 1; without `vector` its weights are left out."""
        width = len(self.labels)
        total = [0] * width
        square = 0
        for bucket in buckets:
            square += self.rarity[bucket] ** 2
            total = list(map(add, total, self.pieces[bucket * width : (bucket + 1) * width]))
        step = self.piece_step / sqrt(square) if square else 0.0
        scores = [bias + step * value for bias, value in zip(self.bias, total, strict=True)]
        for signal, weights in zip(signals, self.signals, strict=True):
            if signal:
                scores = list(map(add, scores, weights))
        if vector and self.embedding:
            scores = [
                score + sum(map(float.__mul__, vector, weights))
                for score, weights in zip(scores, self.embedding, strict=True)
            ]
        return dict(zip(self.labels, _softmax(scores), strict=True))


@dataclass(frozen=True, slots=True)
class Layers:
    """All that was learnt: `urgent` with an embedding, `urgent_alone` without one, `topic` likewise, `language`, thresholds.

    The label "" is none. `thresholds` and `thresholds_alone` have, for each language, how likely any
    danger must be to be named.
    """

    kinds: tuple[str, ...]
    topics: tuple[str, ...]
    urgent: Layer
    urgent_alone: Layer
    topic: Layer
    topic_alone: Layer
    language: Layer | None
    thresholds: Mapping[str, float]
    thresholds_alone: Mapping[str, float]
    model: str


def read_layers(path: Path) -> Layers:
    """The layers in the file at `path`. Raises LayersError."""
    try:
        return layers_from(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, ZlibError) as fault:
        raise LayersError(
            f"{path} cannot be used: {fault}. Put it back, or make it anew with: python -m ivr learn"
        ) from fault


def layers_from(written: Mapping[str, Any]) -> Layers:
    """The layers as `written` in the file. Raises ValueError, KeyError or TypeError where they are not sound."""
    if written["format"] != FORMAT:
        raise ValueError(f"it has format {written['format']}, not {FORMAT}")
    rarity = {bits: memoryview(_bytes(text)) for bits, text in written["rarity"].items()}
    found = written["layers"]
    layers = {
        name: _layer(found[name], rarity) for name in ("urgent", "urgent_alone", "topic", "topic_alone")
    }
    language = _layer(found["language"], rarity) if "language" in found else None
    return Layers(
        tuple(written["kinds"]), tuple(written["topics"]), **layers, language=language,
        thresholds=_numbers(written["thresholds"]),
        thresholds_alone=_numbers(written["thresholds_alone"]), model=str(written["model"]),
    )  # fmt: skip


def _numbers(written: Mapping[str, Any]) -> dict[str, float]:
    if not written:
        raise ValueError("it has no thresholds")
    return {str(language): float(value) for language, value in written.items()}


def _bytes(lines: Sequence[str]) -> bytes:
    return b85decode("".join(lines))


def _layer(written: Mapping[str, Any], rarity: Mapping[str, memoryview]) -> Layer:
    labels, bits = tuple(written["labels"]), int(written["bits"])
    layer = Layer(
        labels, bits, rarity[str(bits)], memoryview(_bytes(written["pieces"])).cast("b"),
        float(written["piece_step"]), _rows(written["signals"]), _rows(written["embedding"]),
        tuple(map(float, written["bias"])),
    )  # fmt: skip
    if len(layer.pieces) != len(labels) << bits or len(layer.rarity) != 1 << bits:
        raise ValueError("a layer is cut off")
    return layer


def _rows(rows: Sequence[Sequence[float]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(map(float, row)) for row in rows)


def _softmax(scores: Sequence[float]) -> list[float]:
    top = max(scores)
    powers = [exp(score - top) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]
