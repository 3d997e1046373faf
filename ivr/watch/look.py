"""What somebody at work finds wrong around them: the content they serve, its sounds, the model, the disk."""

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from ivr.config import Settings
from ivr.content.line import period
from ivr.errors import IvrError
from ivr.meaning.process import knock
from ivr.served import Holdings
from ivr.watch.facts import Finding, Found

log = logging.getLogger(__name__)

DISK_LOW, DISK_FULL = 300_000_000, 30_000_000
"""Bytes that are free; all sounds of four languages are some 600 MB, and a full disk owes nobody a text."""

SOUNDS_EVERY: Final = 300.0
KNOCKS: Final = 3
"""Looks in a row without the language model after which it is missing: it takes a while to start."""


class Lookout(Protocol):
    """Looks around on behalf of somebody at work."""

    @property
    def version(self) -> str:
        """What they serve; "" where that is a folder, or nothing."""

    @property
    def zone(self) -> str:
        """The time zone of the line."""

    def look(self) -> tuple[Finding, ...]:
        """What is wrong now."""


class Around:
    """What anybody at work can find: the disk under the folders it uses, and whether anybody is told.

    `free(folder)` is how many bytes are free there.
    """

    version, zone = "", "UTC"

    def __init__(
        self, settings: Settings, free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free
    ) -> None:
        self._settings, self._free = settings, free

    def look(self) -> tuple[Finding, ...]:
        """What is wrong now."""
        return tuple(self._all())

    def _folders(self) -> dict[str, Path]:
        database = self._settings.database_url
        return (
            {"the database": Path(database.partition("///")[2]).parent}
            if database.startswith("sqlite")
            else {}
        )

    def _all(self) -> Iterator[Finding]:
        for name, folder in self._folders().items():
            there = next((each for each in (folder, *folder.resolve().parents) if each.is_dir()), Path("/"))
            try:
                free = self._free(there)
            except OSError:
                log.warning("nobody can say how full the disk is that holds %s", name)
                continue
            if free < DISK_LOW:
                yield (Found.DISK_FULL if free < DISK_FULL else Found.DISK_LOW), name
        if (
            self._settings.production
            and not self._settings.alert_mail_to
            and not self._settings.alert_webhook
        ):
            yield Found.UNTOLD, ""


class Inside(Around):
    """What a web worker can find: beside that, everything about the content that it serves."""

    def __init__(
        self,
        settings: Settings,
        holdings: Holdings,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(settings, free)
        self._holdings, self._now, self._monotonic = holdings, now, monotonic
        self._knocked_in_vain = 0
        self._sounds: tuple[Finding, ...] = ()
        self._sounds_at = float("-inf")

    @property
    def version(self) -> str:  # type: ignore[override]
        """The version that new calls hear."""
        return self._holdings.live.version

    @property
    def zone(self) -> str:  # type: ignore[override]
        """The line's time zone."""
        return self._holdings.live.library.line.timezone

    def _folders(self) -> dict[str, Path]:
        own = {"the sounds": self._settings.audio}
        if self._settings.production:
            own["the published versions"] = self._settings.versions
        return super()._folders() | own

    def _all(self) -> Iterator[Finding]:
        yield from super()._all()
        yield from self._content()
        yield from self._model()
        if self._monotonic() - self._sounds_at >= SOUNDS_EVERY:
            self._sounds, self._sounds_at = tuple(self._sounding()), self._monotonic()
        yield from self._sounds

    def _content(self) -> Iterator[Finding]:
        library, settings = self._holdings.live.library, self._settings
        today = self._now().astimezone(ZoneInfo(library.line.timezone)).date()
        # A faulty edit of a folder is the desk's business: it is being worked on.
        if settings.production and self._holdings.problems:
            yield Found.VERSION, ""
        checked = library.line.helpline.checked
        if not checked or today - date.fromisoformat(checked) > timedelta(days=settings.checked_within_days):
            yield Found.HELPLINE, checked
        planned = library.line.review.next
        if planned and period(planned)[1] < today:
            yield Found.REVIEW, planned
        for code, edition in library.editions.items():
            if code in settings.serve_unreviewed and not edition.reviewed:
                yield Found.UNREVIEWED, code

    def _model(self) -> Iterator[Finding]:
        socket = self._settings.model_socket
        if socket:
            self._knocked_in_vain = 0 if knock(Path(socket)) else self._knocked_in_vain + 1
        if self._knocked_in_vain >= KNOCKS:
            yield Found.MODEL, ""

    def _sounding(self) -> Iterator[Finding]:
        """Sounds are looked at seldom: it means to list a folder of thousands."""
        try:
            lack = self._holdings.live.sounds.lack()
        except IvrError as fault:
            log.error("nobody can say which sounds are there: %s", fault)
            yield Found.SOUND_FAILS, ""
            return
        if lack.failing:
            yield Found.SOUND_FAILS, ""
        # In development they are being made ahead all the while.
        if lack.missing and self._settings.production:
            yield Found.SOUNDS_MISSING, ""
        for name in lack.stood_in_for:
            yield Found.STAND_IN, name
