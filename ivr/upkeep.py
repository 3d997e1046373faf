"""What a web worker does beside answering: it follows what is edited, published and rendered meanwhile."""

import logging
import threading
import time
from collections.abc import Callable

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


def begin(name: str, work: Callable[..., None], *arguments: object) -> None:
    """Do `work` in a thread that ends with the process."""
    threading.Thread(target=work, args=arguments, daemon=True, name=name).start()


def follow(shelves: Shelves, texters: Texters) -> None:
    """Serve what is published while the line is up; calls go on with what they began with."""
    while True:
        try:
            answered = shelves.look(texters.prepare)
        except Exception:
            log.exception("what is published is not followed for a while")
            answered = False
        time.sleep(FOLLOW_EVERY if answered else FOLLOW_LATER)


def keep_looking(sounds: AllSounds) -> None:
    """Serve the sounds of `render --upgrade` while the line is up."""
    while True:
        time.sleep(LOOK_EVERY)
        sounds.look()


def keep_up(shelf: Shelf, sounds: Sounds) -> None:
    """Take in edited files, and make the sounds that are missing ahead of their being asked for."""
    while True:
        try:
            shelf.refresh()
            missing = next(sounds.missing(), None)
            if missing is None:
                time.sleep(WATCH_EVERY)
            else:
                sounds.read(missing.key)
        except Exception:
            log.exception("edits are not taken in and sounds are not made ahead for a minute")
            time.sleep(60)
