"""Counting in memory, so that nobody on the phone waits for a database; a thread writes it to the book."""

import logging
import threading
import time
from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ivr.sending import DatabaseDownError
from ivr.tally.events import Cell, Channel, Event

if TYPE_CHECKING:
    from ivr.tally.book import Book

log = logging.getLogger(__name__)

# Seconds between two times that the counts are written: what a worker that is killed can lose at most.
EVERY = 10.0
# Seconds between two looks at whether the process ends.
_LOOK = 0.5
# Seconds that somebody at the desk or in a terminal may wait for the counts of years.
LOOKING = 20.0


class Counter:
    """Counts events. Any number of them, in any number of processes, may add to one book.

    Counting takes no longer than putting a thing on a pile, waits for no lock, and never raises. What cannot be
    written stays for the next time. `every` is in seconds.
    """

    def __init__(self, database_url: str, every: float = EVERY) -> None:
        self._database_url, self._every = database_url, every
        self._pile: deque[tuple[tuple[Cell, ...], int]] = deque()
        self._ones: deque[tuple[Cell, ...]] = deque()
        self._flushing = threading.Lock()

    @cached_property
    def book(self) -> "Book":
        """The book. Its library costs 15 MB, so it is loaded when the first counts are written."""
        from ivr.tally.book import Book  # noqa: PLC0415 - see above

        return Book(self._database_url)

    @cached_property
    def archive(self) -> "Book":
        """The same book for whoever looks at years of it: it waits longer, and its failures are its own."""
        from ivr.tally.book import Book  # noqa: PLC0415 - see above

        return Book(self._database_url, LOOKING)

    def count(
        self, event: Event, language: str = "", detail: str = "", channel: Channel | str = "", amount: int = 1
    ) -> None:
        """Count `amount` of an event. What is not of the closed list is left out, and the log says that it was."""
        try:
            cell = Cell(event, language, detail, channel)
        except (ValueError, TypeError):
            log.error("something was to be counted that is not one of the things that are counted")
            return
        self.add(cell, amount)

    def count_each(self, cells: tuple[Cell, ...]) -> None:
        """Count one in each of `cells`, which were made ahead."""
        self._ones.append(cells)

    def add(self, cell: Cell, amount: int) -> None:
        """Count `amount` in `cell`, which was made ahead."""
        self._pile.append(((cell,), amount))

    def keep(self, stop: threading.Event) -> None:
        """Write what is counted every now and then until `stop` is set or the main thread has ended, and once more then.

        SIGTERM ends the main thread of a web worker, so that a restart loses nothing.
        """
        main, answered, due = threading.main_thread(), True, time.monotonic() + self._every
        while main.is_alive() and not stop.wait(_LOOK):
            if time.monotonic() >= due:
                written = self.flush()
                if answered and not written:
                    log.warning("the database does not answer; the counts are kept until it does")
                answered, due = written, time.monotonic() + self._every
        self.close()

    def flush(self) -> bool:
        """Write what was counted since the last time; False where the database does not answer."""
        with self._flushing:
            amounts = self._taken()
            if not amounts:
                return True
            try:
                self.book.add(amounts)
            except Exception as fault:
                self._pile.extend(((cell,), amount) for cell, amount in amounts.items())
                if not isinstance(fault, DatabaseDownError):
                    log.error("the counts could not be written", extra={"fault": type(fault).__name__})
                return False
            return True

    def _taken(self) -> dict[Cell, int]:
        """What was counted, added up; what is counted meanwhile may wait for the next time."""
        # The same cells come as the same tuple, again and again: it is cheaper to add up by tuple first.
        times: dict[int, list[Any]] = {}
        for _ in range(len(self._ones)):
            cells = self._ones.popleft()
            times.setdefault(id(cells), [cells, 0])[1] += 1
        self._pile.extend((cells, amount) for cells, amount in times.values())
        amounts: dict[Cell, int] = {}
        for _ in range(len(self._pile)):
            cells, amount = self._pile.popleft()
            for cell in cells:
                amounts[cell] = amounts.get(cell, 0) + amount
        return amounts

    def close(self) -> None:
        """Write what is left, and give back the connections."""
        self.flush()
        for name in ("book", "archive"):
            if book := self.__dict__.get(name):
                book.close()
