"""Training the layers from every language's examples: `python -m ivr learn` writes `locales/meaning.json`.

The same examples give the same file: the seed is fixed and the weights are rounded. scikit-learn is needed here
and nowhere else; it comes with the requirements for development.
"""

import json
from base64 import b85encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from ivr.errors import IvrError
from ivr.matching.features import buckets, pieces, topic_signals, urgent_signals
from ivr.matching.layers import FORMAT, Layers, layers_from, read_layers
from ivr.matching.lexicon import LONGEST, Lexicon, Sighting
from ivr.matching.meaning import Embedder, readable, score
from ivr.meaning.embedding import MODEL
from ivr.text.normalise import normalise

FILE = "meaning.json"
EXAMPLES = "examples.jsonl"
# Of messages that are plainly not urgent, word lists and meaning together: what the thresholds are chosen by. Many of the
# examples that are not urgent were written to look so; on files of ordinary ones half as many were measured.
FALSE_ALARMS = 0.12
SAME = 0.99  # share of decisions that must agree between two trainings; the last digits differ between processors

_URGENT_BITS, _TOPIC_BITS, _LANGUAGE_BITS = 14, 13, 12
_RARITY = 25  # rarities (1 to 10) are kept as one byte in steps of 1/25
_SIGNAL = (
    0.5  # weight of a phrase beside the pieces, which together have length 1; chosen in cross-validation
)
_EMBEDDING = 0.05  # weight of one of 384 standardised numbers, likewise
# Weight of an example as though no word list knew anything in it. The lists were written with the examples in view: without
# this the layers learn to wait for a phrase that new messages do not have (the right kind first: Urdu .72 to .78).
_BLANK = 0.5
_SOFT = 0.3  # share of an example's weight that goes to the labels which are right as well
_C = 6.0  # inverse of the penalty on large weights, likewise
_FOLDS = 5
_SEED = 2026
_NONE = "none"

Matrix = np.ndarray[Any, np.dtype[np.float64]]


class LearnError(IvrError):
    """The examples cannot be learnt from; the text says which line and why."""


@dataclass(frozen=True, slots=True)
class Example:
    """A message and its labels; "" is no danger or no topic. `kinds` and `topics` are right as well."""

    language: str
    text: str
    kind: str
    topic: str
    kinds: tuple[str, ...]
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """An example, what the lexicons saw in it, and its place in the embedding."""

    example: Example
    normal: str
    seen: tuple[Sighting, ...]
    vector: Sequence[float]

    @property
    def raised(self) -> bool:
        """Whether a phrase of a word list makes it a danger."""
        return any(not hit.set_aside for sighting in self.seen for hit in sighting.urgents)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a training reached on examples it had not seen: shares of 1."""

    found: float
    right_kind: float
    false_alarms: float
    topic_first: float
    topic_three: float


def read_examples(locales: Path, kinds: Sequence[str], topics: Sequence[str]) -> list[Example]:
    """The examples of every language. Raises LearnError for a line that cannot be used."""
    found: list[Example] = []
    for path in sorted(locales.glob(f"*/{EXAMPLES}")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                row = json.loads(line)
                kind = "" if row["urgent"] == _NONE else row["urgent"]
                example = Example(
                    path.parent.name, row["text"], kind, row["topic"] or "",
                    tuple(row["accept"]) if kind else (), tuple(row["accept_topics"]),
                )  # fmt: skip
            except (ValueError, KeyError, TypeError) as fault:
                raise LearnError(f"{path}:{number}: this line is no labelled message: {fault!r}") from fault
            unknown = ({kind, *example.kinds} - {"", *kinds}) | (
                {example.topic, *example.topics} - {"", *topics}
            )
            if unknown:
                raise LearnError(f"{path}:{number}: nothing is called {', '.join(sorted(unknown))}")
            found.append(example)
    if not found:
        raise LearnError(f"no language below {locales} has a file {EXAMPLES}")
    return found


def prepare(
    examples: Sequence[Example], lexicons: Mapping[str, Lexicon], embedder: Embedder,
    tick: Callable[[], None] = lambda: None,
) -> list[Prepared]:  # fmt: skip
    """Everything a training needs to know of each example; `tick` is called after each."""
    found = []
    for example in examples:
        normal = normalise(example.text[:LONGEST])
        seen = tuple(lexicon.look_at(normal) for lexicon in lexicons.values())
        found.append(Prepared(example, normal, seen, embedder.embed(readable(example.text)) or ()))
        tick()
    return [one for one in found if one.normal and one.vector]


def train(
    prepared: Sequence[Prepared],
    kinds: Sequence[str],
    topics: Sequence[str],
    unseen: Sequence[tuple[Any, Any]],
) -> dict[str, Any]:
    """The layers as they are written to the file, with thresholds chosen by the stated rule from `unseen`."""
    written = _fit(prepared, kinds, topics)
    written["thresholds"] = _thresholds(prepared, [with_it for with_it, _ in unseen])
    written["thresholds_alone"] = _thresholds(prepared, [alone for _, alone in unseen])
    return written


def out_of_fold(
    prepared: Sequence[Prepared], kinds: Sequence[str], topics: Sequence[str]
) -> list[tuple[Any, Any]]:
    """For each example its scores with and without the embedding, from layers that were trained without it.

    What the word lists saw in it is left out: they were written with the examples in view.
    """
    found: list[Any] = [None] * len(prepared)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=_SEED)
    for learnt, left in folds.split(np.zeros(len(prepared)), [one.example.kind for one in prepared]):
        layers = layers_from(_fit([prepared[at] for at in learnt], kinds, topics))
        for at in left:
            one = prepared[at]
            found[at] = (
                score(layers, one.normal, (), one.vector), score(layers, one.normal, (), None)
            )  # fmt: skip
    return found


def figures(prepared: Sequence[Prepared], scores: Sequence[Any], threshold: float) -> Figures:
    """What `scores` reach at `threshold` together with the lexicons' own findings."""
    found = right = alarms = urgent = plain = first = three = 0
    for one, its in zip(prepared, scores, strict=True):
        example = one.example
        alarm = its.danger >= threshold
        if example.kind:
            urgent += 1
            found += alarm
            likely = max((kind for kind in its.urgents if kind), key=lambda kind: its.urgents[kind])
            right += alarm and likely in {example.kind, *example.kinds}
        else:
            plain += 1
            alarms += alarm
        ranked = sorted(its.topics, key=lambda topic: -its.topics[topic])[:3]
        accepted = {example.topic, *example.topics}
        first += ranked[0] in accepted
        three += bool(accepted & set(ranked))
    count = len(prepared)
    return Figures(found / urgent, right / urgent, alarms / plain, first / count, three / count)


def _thresholds(prepared: Sequence[Prepared], scores: Sequence[Any]) -> dict[str, float]:
    """A threshold for each language: one that has fewer phrases or examples must not make another less alert."""
    found = {}
    for language in sorted({one.example.language for one in prepared}):
        own = [at for at, one in enumerate(prepared) if one.example.language == language]
        found[language] = _threshold([prepared[at] for at in own], [scores[at] for at in own])
    return found


def _threshold(prepared: Sequence[Prepared], scores: Sequence[Any]) -> float:
    """The lowest threshold at which meaning and the word lists together stay within FALSE_ALARMS, to two decimals.

    A language whose lists raise more alarms of their own leaves less to meaning.
    """
    plain = [
        1.0 if one.raised else its.danger
        for one, its in zip(prepared, scores, strict=True)
        if not one.example.kind
    ]
    for hundredths in range(2, 99):
        alarms = sum(danger >= hundredths / 100 for danger in plain)
        if alarms <= FALSE_ALARMS * len(plain):
            return hundredths / 100
    return 0.99


def _fit(prepared: Sequence[Prepared], kinds: Sequence[str], topics: Sequence[str]) -> dict[str, Any]:
    vectors = np.array([one.vector for one in prepared])
    centre, spread = vectors.mean(axis=0), vectors.std(axis=0) + 1e-6
    standard = (vectors - centre) / spread * _EMBEDDING
    grams = {bits: _grams(prepared, bits) for bits in (_URGENT_BITS, _TOPIC_BITS, _LANGUAGE_BITS)}
    dangers = [(one.example.kind, one.example.kinds) for one in prepared]
    about = [(one.example.topic, one.example.topics) for one in prepared]
    languages = [(one.example.language, ()) for one in prepared]
    of_urgent = np.array([urgent_signals(one.seen, kinds) for one in prepared]) * _SIGNAL
    of_topic = np.array([topic_signals(one.seen, kinds, topics) for one in prepared]) * _SIGNAL
    nothing = np.zeros((len(prepared), 0))

    def layer(
        bits: int, signals: Matrix, embedded: Matrix, labels: Sequence[tuple[str, Sequence[str]]]
    ) -> dict[str, Any]:
        rarity, matrix = grams[bits]
        return _layer(bits, rarity, matrix, signals, embedded, labels, centre, spread)

    layers = {
        "urgent": layer(_URGENT_BITS, of_urgent, standard, dangers),
        "urgent_alone": layer(_URGENT_BITS, of_urgent, nothing, dangers),
        "topic": layer(_TOPIC_BITS, of_topic, standard, about),
        "topic_alone": layer(_TOPIC_BITS, of_topic, nothing, about),
    }
    used = {_URGENT_BITS, _TOPIC_BITS}
    if len({language for language, _ in languages}) > 1:
        layers["language"] = layer(_LANGUAGE_BITS, nothing, nothing, languages)
        used.add(_LANGUAGE_BITS)
    half = dict.fromkeys(sorted({language for language, _ in languages}), 0.5)
    return {
        "format": FORMAT, "model": MODEL, "kinds": list(kinds), "topics": list(topics), "thresholds": half,
        "thresholds_alone": half, "layers": layers,
        "rarity": {str(bits): _lines(grams[bits][0].tobytes()) for bits in sorted(used)},
    }  # fmt: skip


def _grams(prepared: Sequence[Prepared], bits: int) -> tuple[Any, Any]:
    """The rarity of each bucket as a byte, and a row of length 1 for each example."""
    rows = [buckets(pieces(one.normal), bits) for one in prepared]
    columns = np.concatenate([np.array(row, dtype=np.int64) for row in rows])
    ends = np.cumsum([0, *map(len, rows)])
    matrix = sparse.csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(rows), 1 << bits))
    often = np.asarray(matrix.sum(axis=0)).ravel()
    rarity = np.rint((np.log((1 + len(rows)) / (1 + often)) + 1) * _RARITY).clip(1, 255).astype(np.uint8)
    weighted = matrix @ sparse.diags(rarity.astype(float))
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    return rarity, sparse.diags(1 / lengths) @ weighted


def _layer(
    bits: int, rarity: Any, matrix: Any, signals: Matrix, embedded: Matrix,
    labels: Sequence[tuple[str, Sequence[str]]], centre: Matrix, spread: Matrix,
) -> dict[str, Any]:  # fmt: skip
    seen = sparse.hstack([matrix, signals, embedded]).tocsr()
    unseen = sparse.hstack([matrix, 0 * signals, embedded]).tocsr()
    rows, names, weights = [], [], []
    for at, (label, others) in enumerate(labels):
        for name, weight in _shares(label, others):
            rows.append(at)
            names.append(name)
            weights.append(weight)
    shares = np.array(weights)
    model = LogisticRegression(C=_C, max_iter=200, tol=1e-3).fit(
        sparse.vstack([seen[rows], unseen[rows]]).tocsr(), names * 2,
        sample_weight=np.concatenate([(1 - _BLANK) * shares, _BLANK * shares]),
    )  # fmt: skip
    coefficients, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        coefficients, bias = np.vstack([-coefficients, coefficients]) / 2, np.array([-bias[0], bias[0]]) / 2
    size, width = 1 << bits, signals.shape[1]
    of_pieces = coefficients[:, :size] * rarity
    step = float(np.abs(of_pieces).max()) / 127
    of_embedding = (
        coefficients[:, size + width :] * _EMBEDDING / spread if embedded.shape[1] else np.zeros((0, 0))
    )
    if embedded.shape[1]:
        bias = bias - of_embedding @ centre
    return {
        "labels": [str(label) for label in model.classes_], "bits": bits, "piece_step": _round(step),
        "bias": [_round(value) for value in bias],
        "signals": [[_round(value * _SIGNAL) for value in row] for row in coefficients[:, size : size + width].T],
        "embedding": [[_round(value) for value in row] for row in of_embedding],
        "pieces": _lines(np.rint(of_pieces / step).astype(np.int8).T.tobytes()),
    }  # fmt: skip


def _shares(label: str, others: Sequence[str]) -> list[tuple[str, float]]:
    """A label with its weight, and the labels that are right as well with theirs."""
    others = [other for other in others if other != label]
    if not others:
        return [(label, 1.0)]
    return [(label, 1 - _SOFT), *((other, _SOFT / len(others)) for other in others)]


def _round(value: float) -> float:
    return float(f"{value:.4g}")


def _lines(data: bytes) -> list[str]:
    text = b85encode(data).decode()
    return [text[at : at + 120] for at in range(0, len(text), 120)]


def write_layers(path: Path, written: Mapping[str, Any]) -> None:
    """Write the file anew, whole or not at all."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(written, indent=0) + "\n", encoding="utf-8")
    fresh.replace(path)


def agreement(prepared: Sequence[Prepared], one: Layers, other: Layers) -> float:
    """The share of examples on which two sets of layers decide alike: danger, its kind, and the topic."""
    alike = sum(_decision(one, item) == _decision(other, item) for item in prepared)
    return alike / len(prepared)


def _decision(layers: Layers, item: Prepared) -> tuple[str, str]:
    its = score(layers, item.normal, item.seen, item.vector)
    kind = max((kind for kind in its.urgents if kind), key=lambda kind: its.urgents[kind])
    return kind if its.danger >= its.threshold else "", max(its.topics, key=lambda topic: its.topics[topic])


def learn(
    locales: Path, lexicons: Mapping[str, Lexicon], kinds: Sequence[str], topics: Sequence[str],
    embedder: Embedder, *, check: bool,
) -> bool:  # fmt: skip
    """Train, print what was reached, and write the file; with `check` compare with the file instead.

    Returns whether the file is what the examples give. Raises LearnError, LayersError.
    """
    examples = read_examples(locales, kinds, topics)
    bar: Any
    shown: Any = click.progressbar(
        length=len(examples), label="reading the examples", file=click.get_text_stream("stderr")
    )
    with shown as bar:
        prepared = prepare(examples, lexicons, embedder, lambda: bar.update(1))
    path = locales / FILE
    if check:
        committed = read_layers(path)
        fresh = replace(
            layers_from(_fit(prepared, kinds, topics)), thresholds=committed.thresholds,
            thresholds_alone=committed.thresholds_alone,
        )  # fmt: skip
        same = agreement(prepared, committed, fresh)
        click.echo(f"{same:.1%} of {len(prepared)} decisions agree with {path}; {SAME:.0%} must")
        if same < SAME:
            click.echo("Make it anew with: python -m ivr learn")
        return same >= SAME
    unseen = out_of_fold(prepared, kinds, topics)
    written = train(prepared, kinds, topics, unseen)
    write_layers(path, written)
    _report(prepared, written, unseen)
    click.echo(f"written: {path}, {path.stat().st_size / 1000:.0f} kB")
    return True


def _report(
    prepared: Sequence[Prepared], written: Mapping[str, Any], unseen: Sequence[tuple[Any, Any]]
) -> None:
    click.echo(
        f"{len(prepared)} examples, {_FOLDS} folds. Threshold: the lowest at which meaning and the word lists raise\n"
        f"a false alarm on at most {FALSE_ALARMS:.1%} of the messages that are not urgent, of those left out of training.\n"
        "What meaning alone reaches there:"
    )
    click.echo(f"{'':24}{'threshold':>10}{'found':>8}{'kind':>8}{'false':>8}{'topic':>8}{'in 3':>8}")
    for name, column, thresholds in (
        ("with the model", 0, written["thresholds"]), ("without", 1, written["thresholds_alone"])
    ):  # fmt: skip
        for language, threshold in thresholds.items():
            own = [at for at, one in enumerate(prepared) if one.example.language == language]
            its = figures([prepared[at] for at in own], [unseen[at][column] for at in own], threshold)
            click.echo(
                f"{language:4}{name:20}{threshold:10.2f}{its.found:8.3f}{its.right_kind:8.3f}"
                f"{its.false_alarms:8.3f}{its.topic_first:8.3f}{its.topic_three:8.3f}"
            )
