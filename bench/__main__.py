"""`python -m bench`: the line beside a bare Flask route, in one run. Exit codes: 0 fine, 1 failed, 2 wrong use."""

import json
import multiprocessing
import secrets
import sys
import tempfile
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack
from functools import cached_property
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import click

from bench.cold import cold_milliseconds
from bench.desk import page_milliseconds
from bench.leaflet import write_leaflet
from bench.load import LoadError, drive
from bench.publishing import Printer, command_seconds
from bench.report import Round, as_json, as_text, compare
from bench.served import Served, ServerError
from bench.walk import Press, Signer, calls
from ivr.config import HOME, LOCAL_ACCOUNT, LOCAL_NUMBER, SETTINGS
from ivr.errors import IvrError
from ivr.shelf import load
from ivr.web.desk.password import hash_password

WORKERS = 2
CONNECTIONS = 16
# Key presses a second while versions are published: those of some two thousand callers at once.
STEADY = 400.0
PASSWORD = "of the desk, for this run alone"  # noqa: S105 - see its text
WEBHOOKS = 8000
SEED = 20
TITLES = {
    "bare": "bare Flask route, nothing checked",
    "line": "the line, this leaflet",
    "large": "the line, 410 topics",
}


class Bench:
    """One run, in a temporary folder."""

    def __init__(self, folder: Path, prompts: Path, locales: Path) -> None:
        self.folder, self.locales = folder, locales
        write_leaflet(folder / "prompts", prompts)
        self.prompts = {"line": prompts, "large": folder / "prompts"}
        token, self._secret, self._password_hash = (
            secrets.token_hex(16),
            secrets.token_hex(16),
            hash_password(PASSWORD),
        )
        self.signer = Signer("https://line.example.org", LOCAL_ACCOUNT, token, LOCAL_NUMBER)
        self.walks = {name: self._walk(path) for name, path in self.prompts.items()}
        self.requests = {
            name: [self.signer.request(press, caller, call) for caller, call, press in walk]
            for name, walk in self.walks.items()
        }
        self.requests["bare"] = self.requests["line"]

    def _walk(self, prompts: Path, version: str = "") -> list[tuple[str, str, Press]]:
        library, _ = load(prompts, self.locales, ())  # as in production
        return list(islice(calls(library, SEED, version), WEBHOOKS))

    def serve(self, name: str) -> Served:
        """Start what is called `name`: the bare route or the line with its leaflet, as in production."""
        log = self.folder / f"{name}.log"
        if name == "bare":
            return Served(["bench.bare", "{port}", str(WORKERS)], {}, log)
        return Served(["ivr", "serve"], self.production(name), log)

    def production(self, name: str) -> dict[str, str]:
        """The settings of the line called `name`."""
        return self._settings() | {
            "PUBLIC_URL": self.signer.origin, "SECRET_KEY": self._secret,
            "TWILIO_ACCOUNT_SID": self.signer.account, "TWILIO_AUTH_TOKEN": self.signer.token,
            "TWILIO_FROM": self.signer.number, "WEB_CONCURRENCY": str(WORKERS),
            "PROMPTS": str(self.prompts[name]), "DATABASE_URL": f"sqlite:///{self.folder / name}.sqlite",
            "VERSIONS": str(self.folder / f"{name}-versions"), "DESK_PASSWORD_HASH": self._password_hash,
        }  # fmt: skip

    def start_in_development(self) -> float:
        """Seconds from the start that `make run` makes, without a single sound made yet, to the first answer."""
        with Served(["ivr", "serve"], self._settings(), self.folder / "start.log") as served:
            return served.seconds_to_first_answer

    def check(self) -> float:
        """Seconds that checking everything takes."""
        return command_seconds(["check"], self._settings())

    def publish(self) -> tuple[str, float]:
        """Publish on this leaflet's line: the version, and the seconds of a second publication that needs no sound."""
        environ = self.production("line")
        command_seconds(["publish", "--yes"], environ)
        taken = command_seconds(["publish", "--yes"], environ | {"PROMPTS": str(self._printer.edited())})
        return self._printer.live(), taken

    def switch(self, port: int, version: str, rounds: int, seconds: float, load: Executor) -> float:
        """The p99 of calls of `version` at a steady pace while others are published, times that of quiet ones."""
        walk = self._walk(self.prompts["line"], version)
        requests = [self.signer.request(press, caller, call) for caller, call, press in walk]

        def p99() -> float:
            return load.submit(drive, port, requests, CONNECTIONS, seconds, STEADY).result().percentile(0.99)

        shares = []
        for _ in range(rounds):
            quiet = p99()
            with self._printer.at_work():
                shares.append(p99() / quiet)
        return median(shares)

    @cached_property
    def _printer(self) -> Printer:
        return Printer(self.production("line"), self.prompts["line"], self.locales, self.folder)

    def cold(self) -> float:
        """The p99 in milliseconds of processor time of documents that are not kept ready."""
        different = {press: caller for caller, _, press in self.walks["line"]}
        asked = [(caller, press) for press, caller in different.items()]
        taken = cold_milliseconds(self.prompts["line"], self.locales, asked)
        return taken[len(taken) * 99 // 100]

    def forged(self) -> bytes:
        """A request whose one field was changed after it was signed."""
        request = self.requests["line"][0]
        return request.replace(b"CallStatus=in-progress", b"CallStatus=in-praxis00")

    def _settings(self) -> dict[str, str]:
        here = {
            "AUDIO": str(self.folder / "audio"),
            "DATABASE_URL": f"sqlite:///{self.folder / 'line.sqlite'}",
        }
        return {**dict.fromkeys(SETTINGS, ""), **here, "LOCALES": str(self.locales)}


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--quick", is_flag=True, help="Rounds of one second, three of each: good for a first look only."
)
@click.option("--rounds", type=click.IntRange(3, 99), default=None, help="Rounds of each server (7).")
@click.option("--seconds", type=click.FloatRange(0.2, 60), default=None, help="Length of a round (3).")
@click.option("--json", "machine", is_flag=True, help="Print one JSON object, with every round.")
def main(*, quick: bool, rounds: int | None, seconds: float | None, machine: bool) -> None:
    """How fast the line answers key presses, beside a bare Flask route under the same server.

    The bare route reads the body and returns constant bytes; the line checks the signature and every
    field. Both get the same requests over keep-alive, in turns within one run, and are compared round by
    round. The times are this machine's: leave it alone meanwhile.

    \b
    Example: python -m bench --rounds 9
    """
    if not Path("/proc/self/statm").exists():
        raise click.UsageError("The processor time and memory of a server are read in /proc: use Linux.")
    rounds, seconds = rounds or (3 if quick else 7), seconds or (1.0 if quick else 3.0)
    with tempfile.TemporaryDirectory() as folder:
        try:
            bench = Bench(Path(folder), HOME / "prompts", HOME / "locales")
            measured, facts = _run(bench, rounds, seconds)
        except (IvrError, ServerError, LoadError) as fault:
            click.echo(str(fault), err=True)
            sys.exit(1)
        facts["cold"] = bench.cold()
    targets = compare(measured, facts)
    if machine:
        conditions = {
            "workers": WORKERS,
            "connections": CONNECTIONS,
            "webhooks": WEBHOOKS,
            "seconds": seconds,
        }
        click.echo(json.dumps(as_json(measured, targets, conditions), indent=1))
    else:
        click.echo(
            f"{WORKERS} workers, {CONNECTIONS} connections, medians of {rounds} rounds of {seconds:g} s\n"
        )
        click.echo(as_text(measured, TITLES, targets))
    sys.exit(any(target.verdict == "FAIL" for target in targets))


def _run(bench: Bench, rounds: int, seconds: float) -> tuple[dict[str, list[Round]], dict[str, Any]]:
    measured: dict[str, list[Round]] = {name: [] for name in TITLES}
    facts: dict[str, Any] = {"start": bench.start_in_development(), "check": bench.check()}
    with ExitStack() as stack:
        servers = {name: stack.enter_context(bench.serve(name)) for name in TITLES}
        if servers["line"].status_of(bench.forged()) != 403:
            raise LoadError("the line let a forged request in")
        context = multiprocessing.get_context("spawn")
        load_process = stack.enter_context(ProcessPoolExecutor(1, mp_context=context))
        turns = [(number, name) for number in range(rounds + 1) for name in _in_turn(number)]
        bar: Any
        with click.progressbar(turns, label="Rounds", file=sys.stderr) as bar:
            for number, name in bar:
                served, requests = servers[name], bench.requests[name]
                # The first round of each is not counted: the workers come to know their callers in it.
                length = seconds if number else max(seconds, 4.0)
                before = served.processor_seconds()
                brought = load_process.submit(drive, served.port, requests, CONNECTIONS, length).result()
                spent = served.processor_seconds() - before
                if number:
                    measured[name].append(
                        Round(
                            brought.per_second, brought.percentile(0.5), brought.percentile(0.99),
                            spent / len(brought.milliseconds) * 1e6,
                        )
                    )  # fmt: skip
        facts["megabytes"] = max(servers[name].worker_megabytes() for name in ("line", "large"))
        facts["start_large"] = servers["large"].seconds_to_first_answer
        facts["page"] = max(page_milliseconds(servers["line"].port, PASSWORD).values())
        facts["page_large"] = max(page_milliseconds(servers["large"].port, PASSWORD).values())
        servers["large"].stop()
        servers["bare"].stop()
        click.echo("Publishing, with the sounds it needs…", err=True)
        version, facts["publish"] = bench.publish()
        servers["line"].wait_for_version(version)
        facts["switch"] = bench.switch(
            servers["line"].port, version, rounds, max(4 * seconds, 8.0), load_process
        )
    return measured, facts


def _in_turn(number: int) -> tuple[str, ...]:
    """The servers in an order that differs from round to round, so that none always follows the same one."""
    names = tuple(TITLES)
    first = number % len(names)
    return names[first:] + names[:first]


if __name__ == "__main__":
    main()
