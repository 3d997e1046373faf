"""Publishing from the desk is killed at every instant: the line has all of it or nothing, and no edit is lost."""

import os
import random
import re
import time
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

from stub_carrier import wait_until
from test_desk import HASH, PASSWORD
from test_edit import APPLES, audio  # noqa: F401 - a fixture
from test_publish_kills import MARKS, Calls, environment, mark, serving

from ivr.config import read_settings
from ivr.drafts.table import DraftTable
from ivr.outbox.database import Database
from ivr.telephony.reach import Answer, http_send
from ivr.versions.archive import files_of, pack
from ivr.versions.opening import read_version, supply_of

# A few in every run; the proof is the run with DESK_KILLS=24.
KILLS = int(os.environ.get("DESK_KILLS", "3"))
LONGEST = 6.0


class Desk:
    """Somebody at the desk, over HTTP; the cookie is kept by hand, since it is for https alone."""

    def __init__(self, port: int) -> None:
        self._send, self._cookie = http_send(f"http://127.0.0.1:{port}", timeout=30), ""
        self.post("/desk/login", token=self.fields("/desk/login")["token"], password=PASSWORD)

    def get(self, path: str) -> str:
        return self._kept(self._send("GET", path, {"Cookie": self._cookie}, b"")).body.decode()

    def post(self, path: str, /, **form: str) -> Answer:
        kind = {"Cookie": self._cookie, "Content-Type": "application/x-www-form-urlencoded"}
        answer = self._kept(self._send("POST", path, kind, urlencode(form).encode()))
        assert answer.status == 303, answer.body.decode()
        return answer

    def fields(self, path: str) -> dict[str, str]:
        page = self.get(path)
        found = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', page)}
        if text := re.search(r'<textarea id="text"[^>]*>\n(.*?)</textarea>', page, re.S):
            found["text"] = unescape(text[1])
        found.pop("do", None)
        return found

    def saves(self, word: str) -> None:
        """Have the topic on key 1 say `word`."""
        form = self.fields(f"/desk/edit/file?path={APPLES}")
        text = re.sub(r"This is about .*apples\.", f"This is about {word} apples.", form["text"])
        assert word in text
        self.post("/desk/edit/file", **form | {"text": text, "do": "save", "who": "Ada"})

    def publishes(self) -> str:
        """Begin to publish; where its progress stands."""
        form = {name: value for name, value in self.fields("/desk/publish").items() if name != "text"}
        answer = self.post("/desk/publish", **form | {"who": "Ada", "message": "a test"})
        return answer.header("Location").replace("/publish/work", "/publish/far")

    def _kept(self, answer: Answer) -> Answer:
        for name, value in answer.headers:
            if name.lower() == "set-cookie" and value.startswith("desk="):
                self._cookie = value.partition(";")[0]
        return answer


def live_and_drafted(environ: dict[str, str]) -> tuple[str, str]:
    """The mark of the live version, which must load whole, and that of the draft, "" where it has none."""
    settings = read_settings(environ)
    supply = supply_of(settings, 10.0)
    data = supply.pointer.read(supply.pointer.recent()[0].version)
    assert data is not None
    read_version(settings, data)
    supply.pointer.close()
    database = Database(settings.database_url, 10.0)
    change = DraftTable(database).read().get(APPLES)
    with database.writing() as connection:
        # So much time passes until somebody looks again; then the work counts as gone.
        connection.exec_driver_sql("UPDATE desk_jobs SET beat = beat - 60")
    database.close()
    return word_in(files_of(data)[APPLES]), word_in(change.data) if change and change.data else ""


def word_in(data: bytes) -> str:
    return next((word for word in MARKS if word in data.decode()), "")


def test_whoever_is_killed_while_the_desk_publishes_loses_nothing_and_changes_all_or_nothing(
    database_url: str,
    tmp_path: Path,
    audio: Path,  # noqa: F811
) -> None:
    environ = environment(tmp_path, database_url) | {"DESK_PASSWORD_HASH": HASH, "AUDIO": str(audio)}
    log, chance = tmp_path / "log", random.Random(7)  # noqa: S311 - a test is to be the same each time
    mark(tmp_path, MARKS[0])
    data = pack(tmp_path / "prompts", tmp_path / "locales")
    pointer = supply_of(read_settings(environ)).pointer
    pointer.publish(data, "a test", "", 0)
    pointer.close()
    before, outcomes = MARKS[0], []
    for turn in range(KILLS):
        word = MARKS[1 + turn % (len(MARKS) - 1)]
        with serving(environ, log) as port:
            desk = Desk(port)
            desk.saves(word)
            desk.publishes()
            time.sleep(chance.uniform(0.0, LONGEST))
        live, drafted = live_and_drafted(environ)
        assert live in (before, word)
        assert word in (drafted, live)
        outcomes.append(live == word)
        before = live
    with serving(environ, log) as port:
        desk = Desk(port)
        desk.saves(MARKS[-1])
        far = desk.publishes()
        wait_until(lambda: "is on the line" in desk.get(far), 60)
        assert live_and_drafted(environ) == (MARKS[-1], "")
        wait_until(lambda: MARKS[-1] in Calls(port).call(), 30)
    assert "Traceback" not in log.read_text()
    assert len(outcomes) == KILLS
