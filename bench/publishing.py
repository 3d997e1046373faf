"""What an operator waits for, a check and a publication; and what callers notice of a publication: nothing."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.load import LoadError
from ivr.config import read_settings
from ivr.errors import IvrError
from ivr.versions.archive import pack
from ivr.versions.opening import supply_of

# Seconds between two publications: a worker looks every 1.5 s, loads what is new, and gives it to callers after 5.
BETWEEN = 4.0
PATIENCE = 15.0


def command_seconds(arguments: list[str], environ: Mapping[str, str]) -> float:
    """Seconds that `python -m ivr` takes with `arguments`, from start to end. Raises LoadError where it fails."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "ivr", *arguments], env={**os.environ, **environ}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise LoadError(f"ivr {' '.join(arguments)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return time.perf_counter() - begun


class Printer:
    """Makes version after version out of one folder, and publishes them on the line with the settings `environ`."""

    def __init__(self, environ: Mapping[str, str], prompts: Path, locales: Path, folder: Path) -> None:
        self._supply = supply_of(read_settings(environ), PATIENCE)
        self._prompts, self._locales, self._folder = prompts, locales, folder
        self._count = 0

    def edited(self) -> Path:
        """A copy of the folder that is another version than all copies before, and needs no new sound."""
        self._count += 1
        copy = self._folder / f"edited-{self._count}"
        shutil.copytree(self._prompts, copy)
        path = next(iter(sorted(copy.glob("1-*.md"))))
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("\n---\n", f"\n# Edition {self._count}\n---\n", 1), encoding="utf-8")
        return copy

    def publish(self) -> None:
        """Make a new version live, without a check."""
        data = pack(self.edited(), self._locales)
        recent = self._supply.pointer.recent(1)
        self._supply.pointer.publish(data, "bench", "", recent[0].number if recent else 0)

    def live(self) -> str:
        """The name of the version that is live, as it stands in URLs."""
        return self._supply.pointer.recent(1)[0].short

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Publish again and again, in a thread. Raises LoadError where that fails."""
        stop, faults = threading.Event(), []

        def go_on() -> None:
            while not stop.is_set():
                try:
                    self.publish()
                except IvrError as fault:
                    faults.append(str(fault))
                    return
                stop.wait(BETWEEN)

        thread = threading.Thread(target=go_on)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
        if faults:
            raise LoadError(f"a version could not be published: {faults[0]}")
