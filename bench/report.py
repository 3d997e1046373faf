"""What a run measured, against what is asked of the line."""

from dataclasses import dataclass
from statistics import median
from typing import Any

# What is asked for, and the floor under it where falling short is no failure yet.
SHARE, FLOOR = 0.85, 0.7
P99_TIMES = 1.3
FLAT = 0.9
MEGABYTES = 90.0
START_SECONDS = 3.0
COLD_MILLISECONDS = 0.5
CHECK_SECONDS = 3.0
PAGE_MILLISECONDS = 200.0
PUBLISH_SECONDS = 5.0
SWITCH_P99_TIMES = 1.5


@dataclass(frozen=True, slots=True)
class Round:
    """One round of load: answers a second, p50 and p99 in milliseconds, processor µs of the server per answer."""

    per_second: float
    p50: float
    p99: float
    processor: float


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that is asked of the line, and what was measured; `floor` is what it must not fall below."""

    name: str
    value: float
    limit: float
    at_least: bool = False
    floor: float | None = None

    @property
    def verdict(self) -> str:
        """pass, short (of the target but over the floor) or FAIL."""
        if self.value >= self.limit if self.at_least else self.value <= self.limit:
            return "pass"
        return "short" if self.floor is not None and self.value >= self.floor else "FAIL"


def middle(rounds: list[Round]) -> Round:
    """The median of each measure."""
    return Round(*(median(getattr(one, name) for one in rounds) for name in Round.__slots__))


def compare(rounds: dict[str, list[Round]], machine: dict[str, float]) -> list[Target]:
    """The targets of a run; `rounds` are bare, line and large, and each is compared within its round."""

    def share(name: str, measure: str, beside: str) -> float:
        pairs = zip(rounds[name], rounds[beside], strict=True)
        return float(median(getattr(one, measure) / getattr(other, measure) for one, other in pairs))

    return [
        Target("requests a second, of the bare route's", share("line", "per_second", "bare"), SHARE, at_least=True,
               floor=FLOOR),
        Target("the bare route's processor time, of the line's", share("bare", "processor", "line"), SHARE,
               at_least=True, floor=FLOOR),
        Target("p99, times the bare route's", share("line", "p99", "bare"), P99_TIMES),
        Target("400 topics: requests a second, of this leaflet's", share("large", "per_second", "line"), FLAT,
               at_least=True),
        Target("400 topics: this leaflet's processor time, of theirs", share("line", "processor", "large"), FLAT,
               at_least=True),
        Target("largest worker, resident memory, MB", machine["megabytes"], MEGABYTES),
        Target("first answer of make run, seconds", machine["start"], START_SECONDS),
        Target("first answer with 400 topics, seconds", machine["start_large"], START_SECONDS),
        Target("document not kept ready, p99, ms of processor", machine["cold"], COLD_MILLISECONDS),
        Target("check of everything, every language, seconds", machine["check"], CHECK_SECONDS),
        Target("slowest page of the desk, ms", machine["page"], PAGE_MILLISECONDS),
        Target("slowest page of the desk with 400 topics, ms", machine["page_large"], PAGE_MILLISECONDS),
        Target("publishing when the sounds are there, seconds", machine["publish"], PUBLISH_SECONDS),
        Target("p99 while versions are published, times that of a quiet line", machine["switch"], SWITCH_P99_TIMES),
    ]  # fmt: skip


def as_text(rounds: dict[str, list[Round]], titles: dict[str, str], targets: list[Target]) -> str:
    """The run as two small tables."""
    lines = [f"{'':34}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'CPU µs':>9}"]
    for name, title in titles.items():
        one = middle(rounds[name])
        lines.append(f"{title:34}{one.per_second:9.0f}{one.p50:9.2f}{one.p99:9.2f}{one.processor:9.0f}")
    lines.append("")
    for target in targets:
        bound = f"{'at least' if target.at_least else 'at most'} {target.limit:g}"
        lines.append(f"{target.verdict:6}{target.value:8.2f}  {target.name} ({bound})")
    return "\n".join(lines)


def as_json(rounds: dict[str, list[Round]], targets: list[Target], facts: dict[str, Any]) -> dict[str, Any]:
    """The run for a machine: every round, the medians and the targets."""
    return {
        **facts,
        "medians": {name: _row(middle(each)) for name, each in rounds.items()},
        "rounds": {name: [_row(one) for one in each] for name, each in rounds.items()},
        "targets": [
            {"name": one.name, "value": round(one.value, 4), "limit": one.limit, "floor": one.floor,
             "verdict": one.verdict}
            for one in targets
        ],
    }  # fmt: skip


def _row(one: Round) -> dict[str, float]:
    return {name: round(getattr(one, name), 3) for name in Round.__slots__}
