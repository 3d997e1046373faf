"""Publishing from the desk: a piece of work that any worker can tell about, and that a closed tab does not stop."""

import logging
import os
import secrets
import threading
from dataclasses import dataclass, replace

from sqlalchemy import Column, ColumnElement, Double, Integer, Table, Text, delete, insert, select, update

from ivr.drafts.workshop import Workshop
from ivr.errors import IvrError
from ivr.outbox.database import Database
from ivr.outbox.schema import Now, metadata
from ivr.sending import DatabaseDownError
from ivr.speech.chain import Chain
from ivr.versions.archive import name_of
from ivr.versions.pointer import Published
from ivr.versions.publishing import checked, go_live, make_sounds, missing_sounds, number_of

log = logging.getLogger(__name__)

RUNNING, DONE, FAILED = "running", "done", "failed"
# Seconds between two words from whoever does the work, and after how many without one it counts as gone: its worker
# was stopped, and nothing was changed.
BEAT, GONE = 1.0, 20.0
# Seconds after which a piece of work is forgotten.
_A_DAY = 24 * 3600.0
# Half of the processors make sounds here: the machine that publishes answers calls meanwhile.
_WORKERS = max(1, (os.cpu_count() or 1) // 2)

_jobs = Table(
    "desk_jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("version", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("words", Text, nullable=False),
    Column("beat", Double, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work: it is to make `version` the live one as `number`.

    `done` of `total` sounds are made; `words` say how it ended; `quiet` is seconds since its last sign of life.
    """

    id: str
    number: int
    version: str
    state: str = RUNNING
    done: int = 0
    total: int = 0
    words: str = ""
    quiet: float = 0.0

    @property
    def is_running(self) -> bool:
        """Whether somebody is still at it."""
        return self.state == RUNNING and self.quiet < GONE


class Jobs:
    """The pieces of work in the line's database, and who does them in this worker."""

    def __init__(self, workshop: Workshop, chain: Chain) -> None:
        self._workshop, self._chain = workshop, chain
        self._database: Database = workshop.database

    def begin(self, data: bytes, who: str, message: str, live: Published | None) -> str:
        """Begin to make `data` the live version in the place of `live`; the id by which it is asked for."""
        job = Job(secrets.token_urlsafe(12), (live.number if live else 0) + 1, name_of(data))
        self._database.promptly(lambda: self._insert(job))
        work = _Work(job, data, who, message, live)
        threading.Thread(target=self._run, args=(work,), daemon=True, name="publish").start()
        return job.id

    def find(self, job_id: str) -> Job | None:
        """How far the work is; None for an id of none. What is live decides, whatever its own last word was."""
        job = self._database.promptly(lambda: self._read(_jobs.c.id == job_id))
        if (
            job
            and job.state != DONE
            and any(_is_made(job, one) for one in self._workshop.supply.pointer.recent())
        ):
            return replace(job, state=DONE)
        return job

    def running(self) -> Job | None:
        """The work that is being done now, by any worker."""
        return self._database.promptly(
            lambda: self._read((_jobs.c.state == RUNNING) & (_jobs.c.beat > Now() - GONE))
        )

    def _run(self, work: "_Work") -> None:
        beating = threading.Thread(target=self._beat, args=(work,), daemon=True, name="publish-beat")
        beating.start()
        try:
            state, words = DONE, self._publish(work)
        except IvrError as fault:
            state, words = FAILED, str(fault)
        except Exception:
            log.exception("publishing from the desk failed")
            state, words = FAILED, "Something went wrong that the line's log tells. Try again."
        work.ended.set()
        beating.join()
        self._say(work, state, words)

    def _publish(self, work: "_Work") -> str:
        workshop = self._workshop
        library, languages = checked(workshop.settings, work.data, workshop.check_words)
        missing = missing_sounds(self._chain, library, languages)
        work.total = len(missing)

        def progress(done: int, _all: int) -> None:
            work.done = max(done, work.done)

        make_sounds(self._chain, missing, progress, _WORKERS)
        published = go_live(workshop.supply, work.data, work.who, work.message, work.live)
        try:
            workshop.sweep()
        except IvrError as fault:
            # What says the same as the live version is no change to anybody, whether it is swept away or not.
            log.warning("the draft still holds what is published: %s", fault)
        return f"Version {number_of(published)} is on the line."

    def _beat(self, work: "_Work") -> None:
        while not work.ended.wait(BEAT):
            self._say(work, RUNNING, "")

    def _say(self, work: "_Work", state: str, words: str) -> None:
        values = {"state": state, "words": words, "done": work.done, "total": work.total, "beat": Now()}
        try:
            self._database.promptly(lambda: self._update(work.job.id, values))
        except DatabaseDownError:
            log.warning("nobody can be told how far the publishing is: the database does not answer")

    def _insert(self, job: Job) -> None:
        values = {"id": job.id, "number": job.number, "version": job.version, "state": RUNNING}
        with self._database.writing() as connection:
            connection.execute(delete(_jobs).where(_jobs.c.beat < Now() - _A_DAY))
            connection.execute(insert(_jobs).values(**values, done=0, total=0, words="", beat=Now()))

    def _update(self, job_id: str, values: dict[str, object]) -> None:
        with self._database.writing() as connection:
            connection.execute(update(_jobs).where(_jobs.c.id == job_id).values(**values))

    def _read(self, which: ColumnElement[bool]) -> Job | None:
        chosen = (
            select(_jobs, (Now() - _jobs.c.beat).label("quiet")).where(which).order_by(_jobs.c.beat.desc())
        )
        with self._database.reading() as connection:
            row = connection.execute(chosen.limit(1)).one_or_none()
        if row is None:
            return None
        return Job(row.id, row.number, row.version, row.state, row.done, row.total, row.words, row.quiet)


class _Work:
    """What one thread does, and how far it is."""

    def __init__(self, job: Job, data: bytes, who: str, message: str, live: Published | None) -> None:
        self.job, self.data, self.who, self.message, self.live = job, data, who, message, live
        self.done = self.total = 0
        self.ended = threading.Event()


def _is_made(job: Job, one: Published) -> bool:
    return (one.number, one.version) == (job.number, job.version)
