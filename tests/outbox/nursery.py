"""Raises workers for the tests: everything is imported once, and each worker is a fork in a group of its own.

Reads a line of JSON for each worker from standard input and prints the worker's process id.
"""

import contextlib
import json
import logging
import os
import signal
import sys
import threading

from ivr.outbox.queue import Outbox
from ivr.outbox.sender import Sender
from ivr.telephony.references import References
from ivr.telephony.rest import RestCarrier


def work(database: str, lease: float, base: str, account: str, token: str, public: str, secret: str) -> None:
    """Work as a worker does, until terminated."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    logging.basicConfig(level=logging.DEBUG)
    carrier = RestCarrier(base, account, token, "+442079460000", public, References(secret), timeout=1.0)
    Sender(Outbox(database, lease=lease), carrier, first_pause=0.1, first_rest=0.2).run_forever(stop)


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            os.close(1)
            work(**json.loads(line))
            os._exit(0)
        with contextlib.suppress(PermissionError, ProcessLookupError):
            os.setpgid(child, child)  # The child does so too: whoever comes first.
        print(child, flush=True)


if __name__ == "__main__":
    main()
