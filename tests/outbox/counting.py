"""A worker for the tests that counts: `python counting.py DATABASE EVERY AMOUNT`.

It counts so many calls and texts from several threads, says so on standard output, and ends when told on standard
input or by SIGTERM, as a web worker does.
"""

import contextlib
import signal
import sys
import threading
from types import FrameType

from ivr.tally.counter import Counter
from ivr.tally.events import Channel, Event
from ivr.upkeep import Upkeep

THREADS = 4


def main() -> None:
    database, every, amount = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit

    signal.signal(signal.SIGTERM, stop)
    counter = Counter(database, every)
    upkeep = Upkeep()
    upkeep.add("tally", counter.keep, lasting=True)
    upkeep.begin()

    def count() -> None:
        for _ in range(amount // THREADS):
            counter.count(Event.CALL, channel=Channel.CALL)
            counter.count(Event.PARTS, "en", "reply", Channel.TEXT, 2)

    threads = [threading.Thread(target=count) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("counted", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        sys.stdin.read()


if __name__ == "__main__":
    main()
