"""`serve` as it is really run: a process, a port, and edits that are live or kept away."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from content.small import write_small_line

from ivr.config import LOCAL_ACCOUNT, LOCAL_NUMBER, LOCAL_SECRET, SETTINGS
from ivr.server import PORTS_TRIED, PortError, serve
from ivr.telephony.carrier import Carrier
from ivr.telephony.follow import Call
from ivr.telephony.reach import http_send

ROOT = Path(__file__).resolve().parent.parent
# Seconds that a slow machine may take; the tests wait for what happens, not for this long.
PATIENCE = 20.0


def wait_for(what: Callable[[], object], described: Callable[[], str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > deadline:
            pytest.fail(described())
        time.sleep(0.05)


@dataclass(frozen=True)
class Serving:
    """A line in a process of its own."""

    folder: Path
    url: str
    log: Path
    process: "subprocess.Popen[bytes]"

    def health(self) -> dict[str, object]:
        with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
            found: dict[str, object] = json.load(answer)
            return found

    def hear(self, keys: str) -> str:
        """All that a caller hears who presses `keys`."""
        carrier = Carrier(http_send(self.url), LOCAL_ACCOUNT, LOCAL_SECRET, self.url)
        call = Call(carrier, "+447700900123", LOCAL_NUMBER)
        call.ring()
        heard = list(call.captions())
        for key in keys:
            call.press(key)
            heard += call.captions()
        return " ".join(heard)

    def edit(self, name: str, old: str, new: str) -> None:
        """Save a change as an editor does, the whole file at once."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        beside = path.with_name(f".{path.name}.new")
        beside.write_text(text.replace(old, new), encoding="utf-8")
        beside.replace(path)

    def logged(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def answers(self) -> bool:
        try:
            return self.health()["status"] == "ok"
        except OSError:
            assert self.process.poll() is None, self.logged()
            return False


def environment(folder: Path, **more: str) -> dict[str, str]:
    places = {"PROMPTS": folder / "prompts", "LOCALES": folder / "locales", "AUDIO": folder / "audio"}
    clean = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    return clean | {name: str(path) for name, path in places.items()} | more


def start(folder: Path, **more: str) -> Serving:
    port = more.setdefault("PORT", str(a_free_port()))
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ivr", "serve"],
            cwd=ROOT, env=environment(folder, **more), stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    return Serving(folder, f"http://localhost:{port}", log, process)


def stop(serving: Serving) -> None:
    if serving.process.poll() is None:
        serving.process.send_signal(signal.SIGTERM)
        serving.process.wait(PATIENCE)


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One line for all of these tests: nothing they do needs a restart."""
    line = start(write_small_line(tmp_path_factory.mktemp("line")))
    try:
        wait_for(line.answers, line.logged)
        yield line
    finally:
        stop(line)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which something else listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_it_says_where_to_call_it_and_what_a_real_number_needs(serving: Serving) -> None:
    wait_for(lambda: "The line is up" in serving.logged(), serving.logged)
    assert f"{serving.url}/phone" in serving.logged()
    assert [
        name for name in ("PUBLIC_URL", "SECRET_KEY", "TWILIO_AUTH_TOKEN") if name not in serving.logged()
    ] == []


def test_the_command_that_it_names_runs_as_it_is_printed(serving: Serving) -> None:
    wait_for(lambda: "Call it from here:" in serving.logged(), serving.logged)
    command = serving.logged().partition("Call it from here:")[2].splitlines()[0].split()
    assert subprocess.run([*command, "--help"], cwd=ROOT, check=False, capture_output=True).returncode == 0


def test_a_saved_edit_is_live_without_a_restart(serving: Serving) -> None:
    assert "This is about apples." in serving.hear("11")
    serving.edit("prompts/1-apples.md", "This is about apples.", "Apples are green.")
    wait_for(lambda: "Apples are green." in serving.hear("11"), serving.logged)
    assert serving.process.poll() is None


def test_a_new_topic_is_live_without_a_restart(serving: Serving) -> None:
    before = serving.health()["topics"]
    topic = (serving.folder / "prompts/3-plums.md").read_text(encoding="utf-8").replace("plums", "limes")
    (serving.folder / "prompts/4-limes.md").write_text(topic, encoding="utf-8")
    wait_for(lambda: serving.health()["topics"] != before, serving.logged)
    assert "This is about limes." in serving.hear("44")


def test_an_edited_pronunciation_is_live_without_a_restart(serving: Serving) -> None:
    sounds = serving.folder / "audio"
    serving.edit("prompts/3-plums.md", "This is about plums.", "This is Xgeva.")
    wait_for(lambda: "This is Xgeva." in serving.hear("33"), serving.logged)
    told = "This is Xgeva."
    wait_for(lambda: made_of(sounds, told) == 3, serving.logged)
    serving.edit("locales/en/pronunciation.toml", "X-jeeva", "Ex jeeva")
    wait_for(lambda: made_of(sounds, told) == 6, serving.logged)


def made_of(sounds: Path, text: str) -> int:
    """How many sounds say `text`, by their captions."""
    return sum(
        path.with_suffix(".mp3").exists()
        for path in sounds.glob("*.txt")
        if path.read_text(encoding="utf-8") == text
    )


def test_a_faulty_edit_is_refused_with_its_message_and_the_last_good_one_is_served(serving: Serving) -> None:
    good = (serving.folder / "prompts/2-fruit/1-pears.md").read_text(encoding="utf-8")
    serving.edit("prompts/2-fruit/1-pears.md", "title: pears", "titel: pears")
    wait_for(lambda: serving.health()["content_problems"] == 2, serving.logged)
    assert "prompts/2-fruit/1-pears.md:2: error field-unknown: There is no field 'titel'." in serving.logged()
    assert "the last good one is still served" in serving.logged()
    assert "This is about pears." in serving.hear("2211")
    serving.edit("prompts/2-fruit/1-pears.md", "titel: pears", "title: pears")
    wait_for(lambda: serving.health()["content_problems"] == 0, serving.logged)
    assert (serving.folder / "prompts/2-fruit/1-pears.md").read_text(encoding="utf-8") == good


def test_folders_that_vanish_for_a_while_are_survived(serving: Serving) -> None:
    topics = serving.health()["topics"]
    for name in ("prompts", "locales"):
        (serving.folder / name).rename(serving.folder / "away")
        wait_for(lambda: serving.health()["content_problems"] != 0, serving.logged)
        assert serving.health()["topics"] == topics
        assert "This is about pears." in serving.hear("2211")
        (serving.folder / "away").rename(serving.folder / name)
        wait_for(lambda: serving.health()["content_problems"] == 0, serving.logged)


def test_without_an_audio_folder_calls_are_answered_in_the_carriers_voice(tmp_path: Path) -> None:
    folder = write_small_line(tmp_path)
    (folder / "audio").write_text("not a folder")
    line = start(folder)
    try:
        wait_for(line.answers, line.logged)
        assert "This is about apples." in line.hear("11")
    finally:
        stop(line)


def test_it_stops_with_exit_code_0_when_asked_to(tmp_path: Path) -> None:
    line = start(write_small_line(tmp_path))
    try:
        wait_for(line.answers, line.logged)
    finally:
        stop(line)
    assert line.process.returncode == 0
    assert "Traceback" not in line.logged()


def test_a_worker_that_dies_takes_no_other_with_it_and_is_replaced(tmp_path: Path) -> None:
    line = start(write_small_line(tmp_path), WEB_CONCURRENCY="2")

    def workers() -> set[int]:
        pid = line.process.pid
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return {int(one) for one in found if b"ivr\0model" not in Path(f"/proc/{one}/cmdline").read_bytes()}

    try:
        wait_for(line.answers, line.logged)
        wait_for(lambda: len(workers()) == 2, line.logged)
        before = workers()
        os.kill(min(before), signal.SIGKILL)
        wait_for(lambda: len(workers() - before) == 1, line.logged)
        assert len(workers() & before) == 1
        wait_for(line.answers, line.logged)
        assert "This is about apples." in line.hear("11")
    finally:
        stop(line)


def test_a_port_that_was_asked_for_and_is_taken_is_one_message(tmp_path: Path, taken: int) -> None:
    line = start(write_small_line(tmp_path), PORT=str(taken))
    assert line.process.wait(PATIENCE) == 1
    assert (
        line.logged() == f"Port {taken} is in use. Stop what listens there, or set PORT to another number.\n"
    )


def test_a_port_that_is_not_for_this_user_is_told(tmp_path: Path) -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 80)) == 0:
            pytest.skip("something listens on port 80 here")
        with contextlib.suppress(PermissionError):
            probe.bind(("127.0.0.1", 80))
            pytest.skip("this user may listen on port 80")
    with pytest.raises(PortError) as caught:
        serve(environment(write_small_line(tmp_path), PORT="80"))
    assert str(caught.value) == "Port 80 is not open to this user. Set PORT to a number from 1024 to 65535."


def test_the_next_free_port_is_taken_when_none_was_asked_for(tmp_path: Path) -> None:
    with socket.socket() as other:
        try:
            other.bind(("127.0.0.1", 5000))
            other.listen()
        except OSError:
            pass  # something listens there already, which is as good
        line = start(write_small_line(tmp_path), PORT="")
        try:
            wait_for(lambda: "/phone" in line.logged() or line.process.poll() is not None, line.logged)
            address = next(word for word in line.logged().split() if word.endswith("/phone"))
            port = int(address.removesuffix("/phone").rpartition(":")[2])
            assert 5000 < port < 5000 + PORTS_TRIED
            wait_for(
                Serving(tmp_path, f"http://localhost:{port}", line.log, line.process).answers, line.logged
            )
        finally:
            stop(line)


def test_in_production_nothing_starts_without_the_secrets(tmp_path: Path) -> None:
    line = start(write_small_line(tmp_path), PUBLIC_URL="https://line.example")
    assert line.process.wait(PATIENCE) == 1
    assert [row.split()[0] for row in line.logged().splitlines()] == [
        "SECRET_KEY",
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_FROM",
    ]


def test_faulty_content_starts_nothing(tmp_path: Path) -> None:
    folder = write_small_line(tmp_path)
    (folder / "prompts/urgent/index.md").unlink()
    line = start(folder)
    assert line.process.wait(PATIENCE) == 1
    assert line.logged() == (
        "prompts/urgent:1: error urgent-missing: The urgent symptoms have no index.md. Add urgent/index.md with title,"
        " option, safety, sms, sms-line and leaflet, and a text.\n"
    )
