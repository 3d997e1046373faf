"""The worker: takes owed texts, hands them to the carrier, and writes down what came of it."""

import logging
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from ivr.outbox.breaker import Breaker
from ivr.outbox.news import News
from ivr.outbox.queue import Outbox, OwedText
from ivr.sending import Accepted, DatabaseDownError, Later, Outcome, Refused, TextCarrier, Unknown
from ivr.text.gsm7 import measure

log = logging.getLogger(__name__)

# How many texts are on their way at once: with a carrier that takes a quarter of a second, 32 a second.
LANES = 8
# Seconds between two looks for owed texts, between two rounds of erasing, and from the last text to the next.
POLL = 0.1
ERASE_EVERY, ERASE_AFTER = 60.0, 2.0
# The first pause before a text is tried again, and the longest, in seconds.
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0
# The longest Retry-After that is believed, in seconds.
LONGEST_WISH = 3600.0
# Failures in a row after which the carrier is left alone, and for how long at first and at most, in seconds.
FAILURES, FIRST_REST, LONGEST_REST = 5, 2.0, 60.0


class Sender:
    """Sends what `outbox` owes through `carrier`. Any number of them may work on one database.

    `first_pause` is the shortest backoff of a text in seconds, and `first_rest` that of the whole carrier.
    """

    def __init__(
        self,
        outbox: Outbox,
        carrier: TextCarrier,
        lanes: int = LANES,
        first_pause: float = FIRST_PAUSE,
        first_rest: float = FIRST_REST,
    ) -> None:
        self._outbox, self._carrier = outbox, carrier
        self._lanes, self._first_pause = lanes, first_pause
        self._breaker = Breaker(FAILURES, first_rest, LONGEST_REST)
        self._threads = ThreadPoolExecutor(lanes, thread_name_prefix="sender")
        self._flying: set[Future[None]] = set()
        self._erase_at = 0.0

    def run_once(self) -> int:
        """Send what is due now, as much as there are lanes; how many texts were taken.

        Returns when the carrier has answered for each. Raises DatabaseDownError.
        """
        taken = self._launch()
        wait(self._flying)
        return taken

    def run_forever(self, stop: threading.Event, beat: Callable[[], None] = lambda: None) -> None:
        """Send until `stop` is set, then see those on their way to their end. Nothing but that ends it.

        Each round calls `beat` first, so that somebody else can tell that it goes on.
        """
        pause = POLL
        while not stop.is_set():
            beat()
            try:
                taken = self._launch()
                if not taken:
                    self._erase()
                pause = POLL
            except DatabaseDownError:
                log.warning("the sender cannot reach the database and waits")
                taken, pause = 0, min(2 * pause, 5.0)
            except Exception as fault:
                log.error("the sender failed and goes on", extra={"fault": type(fault).__name__})
                taken, pause = 0, 5.0
            if len(self._flying) >= self._lanes:
                wait(self._flying, POLL, FIRST_COMPLETED)
            elif not taken:
                stop.wait(pause)
        self._threads.shutdown()

    def _launch(self) -> int:
        self._flying = {lane for lane in self._flying if not lane.done()}
        free = self._lanes - len(self._flying)
        if not free or not self._outbox.is_waiting():
            return 0
        admitted = self._breaker.admit(free)
        if not admitted:
            return 0
        taken = self._outbox.take(admitted)
        self._erase_at = min(self._erase_at, time.monotonic() + ERASE_AFTER)
        self._flying |= {self._threads.submit(self._send, text) for text in taken}
        return len(taken)

    def _send(self, text: OwedText) -> None:
        """Send one text, unless its turn came so late that another worker may soon take it."""
        if time.monotonic() - text.taken_at > self._outbox.lease / 4:
            return
        try:
            outcome = self._carrier.send(text.number, text.body, text.reference)
        except Exception as fault:
            log.error("handing over a text failed", extra={"fault": type(fault).__name__})
            outcome = Unknown()
        self._learn(outcome)
        self._record(text, outcome)
        if isinstance(outcome, Accepted):
            self._outbox.tell(News.PARTS, measure(text.body).parts)
        # What was sent is wiped soon, also where the last round of erasing came while it was on its way.
        self._erase_at = min(self._erase_at, time.monotonic() + ERASE_AFTER)

    def _learn(self, outcome: Outcome) -> None:
        match outcome:
            case Later() | Unknown():
                if self._breaker.fail():
                    log.warning("the carrier does not take texts and is left alone for a while")
                if isinstance(outcome, Later) and outcome.after:
                    self._breaker.hold(min(outcome.after, LONGEST_WISH))
            case Refused(code):
                log.info("the carrier will not take a text", extra={"code": code})
                self._breaker.succeed()
            case _:
                self._breaker.succeed()

    def _record(self, text: OwedText, outcome: Outcome) -> None:
        """Write the outcome down, trying as long as the lease lasts: unwritten, the text would go twice."""
        pause = POLL
        while True:
            try:
                self._outbox.record(text, outcome, self._pause(text, outcome))
            except DatabaseDownError:
                if time.monotonic() - text.taken_at + pause > self._outbox.lease:
                    log.error("what came of a text could not be written down")
                    return
            else:
                return
            time.sleep(pause)
            pause = min(2 * pause, 1.0)

    def _pause(self, text: OwedText, outcome: Outcome) -> float:
        longest = min(self._first_pause * 2.0 ** min(text.attempt - 1, 16), LONGEST_PAUSE)
        drawn = longest * random.uniform(0.5, 1.0)  # noqa: S311 - it spreads retries, it guards nothing
        wish = outcome.after if isinstance(outcome, Later) and outcome.after else 0.0
        return max(drawn, min(wish, LONGEST_WISH))

    def _erase(self) -> None:
        if time.monotonic() >= self._erase_at:
            wiped = self._outbox.erase_expired()
            self._erase_at = time.monotonic() + (ERASE_EVERY if wiped else ERASE_AFTER)
