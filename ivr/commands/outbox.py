"""The command `outbox`, the worker of a line: it sends what is owed, and tells when the line is ill."""

import json
import logging
import os
import signal
import threading

import click

from ivr.config import read_settings
from ivr.owing import Owing
from ivr.tally.counter import Counter
from ivr.telephony.references import References
from ivr.telephony.rest import RestCarrier
from ivr.upkeep import Upkeep
from ivr.watch.facts import WORKER
from ivr.watch.look import Around
from ivr.watch.opening import watcher_of
from ivr.watch.overheard import Overheard
from ivr.watch.seen import Notes
from ivr.watch.watcher import Pulse


@click.command()
@click.option("--counts", is_flag=True, help="Only print how many texts are in which state, as JSON.")
def outbox(*, counts: bool) -> None:
    """Send the texts that callers asked for, and tell when the line is ill, until stopped. Any number may run.

    \b
    Example: python -m ivr outbox
             python -m ivr outbox --counts
    """
    settings = read_settings(os.environ)
    counter = Counter(settings.database_url)
    owing = Owing(settings.database_url, counter)
    if counts:
        click.echo(json.dumps(owing.counts()))
        return
    if not settings.production:
        raise click.UsageError("No carrier is set. make run sends texts to the browser phone by itself.")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    references = References(settings.secret_key)
    rest = RestCarrier(
        settings.api_base, settings.account_sid, settings.auth_tokens[0], settings.number, settings.public_url,
        references,
    )  # fmt: skip
    notes, pulse = Notes(), Pulse()
    watcher = watcher_of(settings, notes, Around(settings), {WORKER: pulse})
    upkeep = Upkeep()
    upkeep.add("watch", watcher.run_forever)
    upkeep.add("tally", counter.keep, lasting=True)
    with upkeep:
        owing.send_until(stop, Overheard(rest, notes.note), pulse.beat)
