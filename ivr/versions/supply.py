"""Where a version comes from: this machine's folder, or the database, which every machine reaches."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from ivr.errors import IvrError
from ivr.sending import DatabaseDownError
from ivr.versions.archive import SHORT, VersionError, files_of
from ivr.versions.pointer import Pointer, Published
from ivr.versions.store import Known, VersionStore

log = logging.getLogger(__name__)

T = TypeVar("T")
Read = Callable[[bytes, str], T]
"""Makes something of a version's bytes and its name. Raises IvrError where it is not fit to be served."""


@dataclass(frozen=True, slots=True)
class Supply:
    """The versions on this machine, and the list of them in the database."""

    store: VersionStore
    pointer: Pointer

    def bring(self, version: str) -> bytes:
        """The bytes of a version, kept on this machine from now on. Raises VersionError, DatabaseDownError."""
        try:
            data = self.store.read(version)
        except VersionError as fault:
            log.error("%s The database's copy is taken.", fault)
            data = None
        if data is not None:
            return data
        data = self.pointer.read(version)
        if data is None:
            raise VersionError(f"Version {version[:SHORT]} is not kept any more.")
        try:
            self.store.add(data)
        except VersionError as fault:
            log.error("a version is served that a start without the database would lack: %s", fault)
        return data

    def files(self, version: str) -> dict[str, bytes]:
        """The files of a version by name. Raises VersionError, DatabaseDownError."""
        return files_of(self.bring(version))


def newest_whole(supply: Supply, read: Read[T]) -> tuple[Known | None, T | None, tuple[str, ...]]:
    """The newest version that can be served, what was made of it, and why of none that is newer.

    Without the database it is the one that this machine served last. Both are None where nothing was published,
    or nothing of it can be served.
    """
    problems = []
    for known in _candidates(supply):
        try:
            made = read(supply.bring(known.version), known.version)
        except IvrError as fault:
            problems.append(refusal(known, fault))
            log.error(problems[-1])
            continue
        except Exception as fault:
            # Whatever it is: a line that serves an older version answers, one that does not start is silent.
            problems.append(refusal(known, fault))
            log.exception(problems[-1])
            continue
        return known, made, tuple(problems)
    return None, None, tuple(problems)


def refusal(known: Known | Published, fault: Exception) -> str:
    """The words for a version that is not served. Of a fault that nobody foresaw only the kind is told here."""
    return f"version {known.number} ({known.version[:SHORT]}) is not served: {reason(fault)}"


def reason(fault: Exception) -> str:
    """What is told of a fault. The text of one that nobody foresaw is for the log, and says nothing to people."""
    if isinstance(fault, IvrError):
        return str(fault)
    return f"an unforeseen fault in it ({type(fault).__name__}), which the line's log tells."


def _candidates(supply: Supply) -> Iterator[Known]:
    """The versions to try, each once: what the database lists, the newest first; without it the last one served."""
    try:
        recent = supply.pointer.recent()
    except DatabaseDownError:
        known = supply.store.known()
        log.error(
            "the database does not answer: %s",
            f"version {known.number} is served, the last that was live here"
            if known
            else "no version is known",
        )
        if known:
            yield known
        return
    for one in distinct(recent):
        yield Known(one.number, one.version)


def distinct(recent: Iterable[Published]) -> Iterator[Published]:
    """Of the changes in `recent`, the newest first, the first that made each version live."""
    seen = set()
    for one in recent:
        if one.version not in seen:
            seen.add(one.version)
            yield one
