"""Keeping the language model's process alive beside the web workers."""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

log = logging.getLogger(__name__)

NO_MODEL = 3  # exit code of a process that found no model on this machine: starting it again is no use
# Seconds until a process that ended is started anew; doubled each time it ends within a minute.
FIRST_PAUSE, LONGEST_PAUSE, WELL = 0.5, 60.0, 60.0
# Seconds between two requests to end, and after which a process that heeds none is killed.
ASK_AGAIN, ENOUGH = 0.2, 5.0


class Keeper:
    """Runs the model's process at the socket `path` and starts it anew whenever it ends.

    The process ends with this one, however this one ends: it reads a pipe that only this one holds open.
    """

    def __init__(self, path: Path, command: Sequence[str] = (sys.executable, "-m", "ivr", "model")) -> None:
        self._command = (*command, str(path))
        self._stop = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, daemon=True, name="model-keeper")

    def start(self) -> None:
        """Start the process and go on."""
        self._thread.start()

    def stop(self) -> None:
        """End the process and wait until it has ended.

        One signal is not enough: it is lost on a process that has not been started yet, or is only just being
        started, and the line would wait for it for ever.
        """
        self._stop.set()
        deadline = time.monotonic() + ENOUGH
        while self._thread.is_alive():
            if self._process and time.monotonic() < deadline:
                self._process.terminate()
            elif self._process:
                self._process.kill()
            self._thread.join(ASK_AGAIN)

    @property
    def pid(self) -> int:
        """The process that runs now; 0 before the first has started."""
        return self._process.pid if self._process else 0

    def _keep(self) -> None:
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            begun = time.monotonic()
            with subprocess.Popen(self._command, stdin=subprocess.PIPE) as self._process:
                code = self._process.wait()
            if self._stop.is_set() or code == NO_MODEL:
                return
            pause = FIRST_PAUSE if time.monotonic() - begun > WELL else min(2 * pause, LONGEST_PAUSE)
            log.warning("the language model's process ended and is started anew", extra={"code": code})
            self._stop.wait(pause)
