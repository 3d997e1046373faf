"""The course of what is ill: when it begins, when it is over, and who has yet to be told. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from ivr.watch.facts import DAY, Standing
from ivr.watch.signs import Grade, Sign

SETTLED: Final = 30 * 60.0
"""Seconds without a sign after which something is over: what comes and goes is one trouble, not a storm of messages."""

FIRST_PAUSE, LONGEST_PAUSE = 60.0, 3600.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is ill from `since` to `ended` (0.0 while it lasts) and was last seen to be so at `last`."""

    sign: Sign
    since: float
    last: float
    ended: float = 0.0

    @property
    def key(self) -> tuple[str, float]:
        """What tells it from others, of its kind too."""
        return self.sign.kind, self.since


@dataclass(frozen=True, slots=True)
class Told:
    """How bad a trouble was when it was told, and whether its end was told."""

    grade: Grade
    over: bool


@dataclass(frozen=True, slots=True)
class News:
    """What somebody has yet to hear: what began or grew worse, and what is over."""

    begun: tuple[Trouble, ...] = ()
    over: tuple[Trouble, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.begun or self.over)


def follow(known: Iterable[Trouble], signs: Iterable[Sign], now: float) -> tuple[Trouble, ...]:
    """The troubles that begin, go on or end at `now`. `known` are those that last."""
    lasting = {trouble.sign.kind: trouble for trouble in known if not trouble.ended}
    changed = []
    for sign in signs:
        trouble = lasting.pop(sign.kind, None)
        changed.append(replace(trouble, sign=sign, last=now) if trouble else Trouble(sign, now, now))
    changed += [replace(each, ended=each.last) for each in lasting.values() if now - each.last >= SETTLED]
    return tuple(changed)


def news(troubles: Iterable[Trouble], told: Mapping[tuple[str, float], Told], now: float) -> News:
    """What has yet to be told of `troubles`, the worst first, when `told` was.

    What was over before anybody could be told is told as over, for a day.
    """
    begun, over = [], []
    for trouble in sorted(troubles, key=lambda each: (each.sign.grade, each.since)):
        before = told.get(trouble.key)
        if not trouble.ended:
            if before is None or trouble.sign.grade < before.grade:
                begun.append(trouble)
        elif now - trouble.ended < DAY and (before is None or not before.over):
            over.append(trouble)
    return News(tuple(begun), tuple(over))


def heartbeat_day(standing: Standing, now: float, zone: str, hour: int) -> str:
    """The day whose heartbeat is due at `now`, "" where none is: from `hour` on, in `zone`, once a day."""
    local = datetime.fromtimestamp(now, ZoneInfo(zone))
    day = local.date().isoformat()
    return day if local.hour >= hour and standing.beat_day != day else ""


def succeeded(standing: Standing, now: float, answer: str, beat_day: str = "") -> Standing:
    """After a message that got out; `beat_day` where it was the day's heartbeat."""
    kept = (beat_day, now) if beat_day else (standing.beat_day, standing.beat_at)
    return Standing(standing.way, now, answer, *kept)


def failed(standing: Standing, now: float, why: str) -> Standing:
    """After a message that did not get out: tried again after a pause that doubles."""
    pause = min(FIRST_PAUSE * 2.0 ** min(standing.fails, 16), LONGEST_PAUSE)
    return replace(
        standing,
        failing_since=standing.failing_since or now,
        fails=standing.fails + 1,
        due=now + pause,
        why=why,
    )
