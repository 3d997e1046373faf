"""How well messages are understood: `python -m tests.measure tests/messages/en-build.jsonl [--misses]`.

Of a file whose name has "held-back" only figures are printed, never a text, so that nobody tunes on it.
"""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ivr.content.model import MENU
from ivr.matching.lexicon import Lexicon
from ivr.matching.meaning import Meaning
from ivr.matching.understand import understand

Row = dict[str, Any]


@dataclass
class Figures:
    """Counts over one file; `kinds` has found and all for each urgent kind."""

    urgent: int = 0
    detected: int = 0
    right: int = 0
    among: int = 0
    plain: int = 0
    alarms: int = 0
    neighbours: int = 0
    neighbour_alarms: int = 0
    count: int = 0
    first: int = 0
    three: int = 0
    kinds: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    milliseconds: list[float] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Share of urgent messages answered with the right kind, or an accepted one, first."""
        return self.right / self.urgent

    @property
    def false_alarms(self) -> float:
        """Share of the plainly non-urgent messages that were answered with a danger."""
        return self.alarms / self.plain

    @property
    def topic_first(self) -> float:
        """Share of messages whose best topic is right."""
        return self.first / self.count

    @property
    def topic_three(self) -> float:
        """Share of messages with a right topic among the best three."""
        return self.three / self.count


def read_rows(path: Path) -> list[Row]:
    """The labelled messages of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def measure(
    rows: Sequence[Row], lexicons: Mapping[str, Lexicon], meaning: Meaning | None, kinds: Mapping[str, str]
) -> Figures:
    """Understand every message of `rows` and count."""
    its = Figures()
    for row in rows:
        started = time.perf_counter()
        found = understand(row["text"], lexicons, meaning, row.get("lang", "en"), kinds)
        its.milliseconds.append((time.perf_counter() - started) * 1000)
        _count(its, row, found.urgents, found.topics)
    return its


def _count(its: Figures, row: Row, urgents: Sequence[str], topics: Sequence[str]) -> None:
    right = {row["urgent"], *row["accept"]} - {"none"}
    shown = row["text"] if len(row["text"]) < 140 else f"{row['text'][:70]} … {row['text'][-70:]}"
    if row["urgent"] != "none":
        its.urgent += 1
        its.detected += bool(urgents)
        its.among += bool(right & set(urgents))
        good = bool(urgents) and urgents[0] in right
        its.right += good
        its.kinds[row["urgent"]][0] += good
        its.kinds[row["urgent"]][1] += 1
        if not good:
            its.misses.append(f"MISSED {row['urgent']} {list(row['accept'])} got {urgents}: {shown}")
    elif row["accept"]:
        its.neighbours += 1
        its.neighbour_alarms += bool(urgents)
    else:
        its.plain += 1
        its.alarms += bool(urgents)
        if urgents:
            its.misses.append(f"FALSE {row['kind']} got {urgents}: {shown}")
    accepted = {row["topic"] or MENU, *row["accept_topics"]}
    its.count += 1
    its.first += bool(topics) and topics[0] in accepted
    its.three += bool(accepted & set(topics))
    if not topics or topics[0] not in accepted:
        its.misses.append(f"TOPIC {row['topic']} {row['accept_topics']} got {topics}: {shown}")


def show(name: str, its: Figures) -> None:
    """Print the figures of one way of understanding."""
    times = sorted(its.milliseconds)
    print(
        f"{name}: right kind {its.recall:.3f} (any danger {its.detected / its.urgent:.3f}, right among several "
        f"{its.among / its.urgent:.3f}) of {its.urgent}; false alarms {its.false_alarms:.3f} of {its.plain}, where "
        f"a neighbour is accepted {its.neighbour_alarms} of {its.neighbours}; topic first {its.topic_first:.3f}, "
        f"in three {its.topic_three:.3f} of {its.count}; "
        f"ms median {times[len(times) // 2]:.2f}, p95 {times[int(len(times) * 0.95)]:.2f}"
    )
    print("   ", "  ".join(f"{kind} {right}/{all_}" for kind, (right, all_) in sorted(its.kinds.items())))


def main(arguments: Sequence[str]) -> None:
    """Measure the file named first: by phrases alone, with the layers alone, and with the language model."""
    from tests.understanding import embedded, kinds_of_line, lexicons_of_line, meaning_alone

    path = Path(arguments[0])
    rows, lexicons, kinds = read_rows(path), lexicons_of_line(), kinds_of_line()
    show("phrases alone", measure(rows, lexicons, None, kinds))
    show("phrases and layers", measure(rows, lexicons, meaning_alone(), kinds))
    if with_model := embedded():
        its = measure(rows, lexicons, with_model, kinds)
        show("with the language model", its)
        if "--misses" in arguments and "held-back" not in path.name:
            print("\n".join(its.misses))


if __name__ == "__main__":
    main(sys.argv[1:])
