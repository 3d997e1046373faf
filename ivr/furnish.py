"""The operator's desk, furnished with everything its pages need."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

from flask import Blueprint

from ivr.checking.review import Files, files_of
from ivr.config import Settings
from ivr.dialogue.place import Pace
from ivr.drafts.jobs import Jobs
from ivr.drafts.trial import Trial
from ivr.drafts.workshop import Workshop
from ivr.problems import Problem
from ivr.served import Holdings
from ivr.speech.chain import Chain
from ivr.tally.counter import Counter
from ivr.texting import load_words
from ivr.trying import trial_phones
from ivr.watch.opening import health_of
from ivr.watch.watcher import Watcher
from ivr.web.desk.entrance import Entrance, Tries
from ivr.web.desk.line_page import add_line_page
from ivr.web.desk.outline import Studio
from ivr.web.desk.pages import Materials, make_desk
from ivr.web.desk.session import Sessions
from ivr.web.desk.study import PublishedReader, Reader
from ivr.web.desk.use import add_use
from ivr.web.desk.working import add_work
from ivr.web.desk.workroom import Workroom


def furnish_desk(
    settings: Settings, holdings: Holdings, chain: Chain, counter: Counter, watcher: Watcher,
    faults: Callable[[], Sequence[Problem]],
) -> tuple[Blueprint, list[tuple[str, Blueprint]]]:  # fmt: skip
    """The desk, and the parts of its own phones with the address of each, all behind one entrance.

    `faults` are what keeps a changed file off the line.
    """
    entrance, workshop = _entrance(settings), Workshop(settings, load_words)
    desk = make_desk(entrance, _materials(settings, holdings, chain, faults, watcher))
    add_work(desk, Workroom(workshop, Jobs(workshop, chain), holdings))
    add_use(desk, counter, lambda: holdings.live.library, lambda: holdings.live.languages)
    add_line_page(desk, health_of(settings))
    return desk, trial_phones(settings, entrance, holdings, Trial(workshop, chain))


def _materials(
    settings: Settings,
    holdings: Holdings,
    chain: Chain,
    faults: Callable[[], Sequence[Problem]],
    watcher: Watcher,
) -> Materials:
    """What the desk's pages are made of; `faults` keep a changed file off the line."""

    def find(text: str, language: str, pace: Pace) -> str | None:
        return holdings.live.sounds.find(text, language, pace)

    return Materials(
        library=lambda: holdings.live.library, languages=lambda: holdings.live.languages, faults=faults,
        study=_reader(settings, holdings).read, studio=Studio(find, chain.store.seconds),
        prompts=lambda: holdings.live.prompts, number=settings.number if settings.production else "",
        grave=lambda: watcher.grave,
    )  # fmt: skip


def _reader(settings: Settings, holdings: Holdings) -> PublishedReader | Reader:
    """Who studies the texts: the folders as they are edited, and in production what is live."""
    files = files_of(settings)
    if not settings.production:
        return Reader(files, holdings.live.languages, load_words)

    @contextmanager
    def published() -> Iterator[Files]:
        with holdings.live.folders() as folders:
            yield replace(files, prompts=folders.prompts, locales=folders.locales)

    return PublishedReader(published, lambda: holdings.live.languages, load_words)


def _entrance(settings: Settings) -> Entrance:
    hosts = frozenset({"localhost", "127.0.0.1", "::1", urlsplit(settings.public_url).hostname or ""})
    sessions = Sessions(settings.secret_key, settings.desk_password_hash, time.time)
    return Entrance(
        settings.desk_password_hash, sessions, Tries(time.monotonic), hosts=hosts, secure=settings.production
    )
