"""What a process does beside its work: it follows what is edited, published and rendered, counts, and watches."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Self

from ivr.served import AllSounds
from ivr.shelf import Shelf
from ivr.speech.sounds import Sounds
from ivr.texting import Texters
from ivr.versions.shelves import Shelves

log = logging.getLogger(__name__)

# Seconds between two looks at the folders, in development only: soon enough for the next key press.
WATCH_EVERY = 0.5
# Seconds between two looks at the folder of sounds, where a preferred engine may have replaced some.
LOOK_EVERY = 30.0
# Seconds between two looks at which version is live, in production; while the database is down they are longer.
FOLLOW_EVERY, FOLLOW_LATER = 1.5, 10.0


class Upkeep:
    """The work that goes on beside an application, each in a thread; it ends with the process, or when it is told to.

    What is made in an application is handed to `add` at once, and done from `begin` on, which whoever serves calls;
    or for the length of a `with`.
    """

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def add(self, name: str, work: Callable[..., None], *arguments: object, lasting: bool = False) -> None:
        """`work` is called with an event that says when to end, and `arguments`.

        One that is `lasting` sees the main thread end, for a last act; the process waits for it.
        """
        thread = threading.Thread(target=work, args=(self._stop, *arguments), daemon=not lasting, name=name)
        self._threads.append(thread)

    def begin(self) -> None:
        """Begin all of it."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """End all of it, and wait until it has ended."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


def follow(stop: threading.Event, shelves: Shelves, texters: Texters) -> None:
    """Serve what is published while the line is up; calls go on with what they began with."""
    while not stop.is_set():
        try:
            answered = shelves.look(texters.prepare)
        except Exception:
            log.exception("what is published is not followed for a while")
            answered = False
        stop.wait(FOLLOW_EVERY if answered else FOLLOW_LATER)


def keep_looking(stop: threading.Event, sounds: AllSounds) -> None:
    """Serve the sounds of `render --upgrade` while the line is up."""
    while not stop.wait(LOOK_EVERY):
        sounds.look()


def keep_up(stop: threading.Event, shelf: Shelf, sounds: Sounds) -> None:
    """Take in edited files, and make the sounds that are missing ahead of their being asked for.

    It rests after each sound as long as that took, so that who calls meanwhile has most of the machine.
    """
    while not stop.is_set():
        try:
            shelf.refresh()
            missing = next(sounds.missing(), None)
            if missing is None:
                stop.wait(WATCH_EVERY)
            else:
                began = time.monotonic()
                sounds.read(missing.key)
                stop.wait(time.monotonic() - began)
        except Exception:
            log.exception("edits are not taken in and sounds are not made ahead for a minute")
            stop.wait(60)
