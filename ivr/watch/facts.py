"""What is known about the line at one moment: counts of what was seen, who is at work, and what they find."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ivr.watch.seen import Seen

SPAN: Final = 300
"""Seconds that are counted together: fine enough to notice, too coarse to tell whose call it was."""

FRESH: Final = 180.0
"""Seconds after which somebody who said nothing is taken for gone: twelve looks, and longer than a restart."""

DAY: Final = 86400.0

WEB, WORKER = "web", "worker"


class Found(StrEnum):
    """What somebody at work finds wrong as long as it is so."""

    VERSION = "version"
    MODEL = "model"
    STAND_IN = "stand-in"
    SOUND_FAILS = "sound-fails"
    SOUNDS_MISSING = "sounds-missing"
    DISK_LOW = "disk-low"
    DISK_FULL = "disk-full"
    HELPLINE = "helpline"
    REVIEW = "review"
    UNREVIEWED = "unreviewed"
    UNTOLD = "untold"


Finding = tuple[Found, str]
"""What is found, and which: a language, a folder, a date; "" where there is nothing to choose from."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """How often something was seen in the span that began at `at` (seconds since 1970)."""

    seen: Seen
    detail: str
    at: float
    many: int


@dataclass(frozen=True, slots=True)
class Beat:
    """Somebody at work: what they do, since when, when they last said so, what they serve and what they find.

    `version` is "" and `zone` "UTC" where they serve nothing; `zone` is the line's time zone.
    """

    who: str
    role: str
    began: float
    at: float
    version: str = ""
    zone: str = "UTC"
    found: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """How one way of telling does: what it last answered and when, and since when and why it fails.

    `beat_day` is the day of its last heartbeat. It is not tried again before `due`; 0.0 is never.
    """

    way: str
    told_at: float = 0.0
    answer: str = ""
    beat_day: str = ""
    beat_at: float = 0.0
    failing_since: float = 0.0
    fails: int = 0
    due: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is judged. `owed_for` is how long the oldest owed text has waited, in seconds."""

    now: float
    sightings: tuple[Sighting, ...] = ()
    beats: tuple[Beat, ...] = ()
    owed: int = 0
    owed_for: float = 0.0
    standings: tuple[Standing, ...] = ()

    def details(self, seen: Seen, within: float) -> Counter[str]:
        """How often `seen` was seen in the last `within` seconds, by detail; a span that began before counts whole."""
        since = self.now - within - SPAN
        counted: Counter[str] = Counter()
        for one in self.sightings:
            if one.seen is seen and one.at > since:
                counted[one.detail] += one.many
        return counted

    def count(self, seen: Seen, within: float) -> int:
        """How often `seen` was seen in the last `within` seconds."""
        return self.details(seen, within).total()

    def at_work(self, role: str) -> tuple[Beat, ...]:
        """Those who do `role` now, who spoke last first."""
        fresh = (one for one in self.beats if one.role == role and self.now - one.at <= FRESH)
        return tuple(sorted(fresh, key=lambda one: -one.at))

    def is_gone(self, role: str) -> bool:
        """Whether nobody does `role`, though somebody has been up for long enough to have met them.

        A line that starts is not ill: its worker may come a minute after its web workers.
        """
        if self.at_work(role):
            return False
        others = [one for one in self.beats if self.now - one.at <= FRESH]
        return not others or any(self.now - one.began > FRESH for one in others)

    def found(self, found: Found) -> tuple[str, ...]:
        """What those at work find of a kind, each once."""
        return tuple(sorted({detail for each, detail in self._findings() if each is found}))

    @property
    def zone(self) -> str:
        """The line's time zone."""
        return next((one.zone for one in self._web()), "UTC")

    @property
    def version(self) -> str:
        """The version that is served; "" where nobody says."""
        return next((one.version for one in self._web()), "")

    def _web(self) -> list[Beat]:
        return sorted((one for one in self.beats if one.role == WEB), key=lambda one: -one.at)

    def _findings(self) -> Iterator[Finding]:
        for role in (WEB, WORKER):
            for one in self.at_work(role):
                yield from one.found
