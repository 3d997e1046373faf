"""The work beside an application: it begins when whoever serves says so, and ends when told."""

import threading
from pathlib import Path

import pytest
from test_counted import counted_in

from ivr.app import create_app
from ivr.config import read_settings
from ivr.upkeep import Upkeep
from tests.callers import PUBLIC, settings_in


def work_in(upkeep: Upkeep) -> list[str]:
    told: list[str] = []

    def work(stop: threading.Event, name: str) -> None:
        told.append(f"{name} begins")
        stop.wait()
        told.append(f"{name} ends")

    upkeep.add("work", work, "it")
    return told


def test_it_lasts_as_long_as_it_is_wanted() -> None:
    upkeep = Upkeep()
    told = work_in(upkeep)
    assert told == []
    with upkeep:
        pass
    assert told == ["it begins", "it ends"]


@pytest.mark.parametrize("url", [PUBLIC, "http://localhost:5000"])
def test_an_application_that_nobody_serves_does_nothing(tmp_path: Path, url: str) -> None:
    before = set(threading.enumerate())
    app = create_app(settings_in(tmp_path, PUBLIC_URL=url))
    assert set(threading.enumerate()) == before
    with app.extensions["upkeep"]:
        names = {thread.name for thread in set(threading.enumerate()) - before}
        assert {"watch", "tally"} < names
    assert [thread.name for thread in set(threading.enumerate()) - before if thread.name != "outbox"] == []


def test_what_is_counted_is_written_when_it_ends(tmp_path: Path) -> None:
    settings = read_settings({"DATABASE_URL": f"sqlite:///{tmp_path}/line.sqlite", "AUDIO": str(tmp_path)})
    app = create_app(settings)
    with app.extensions["upkeep"]:
        app.test_client().post("/sms", data=b"{}", content_type="application/json")
    assert counted_in(settings.database_url) == {"refused not-a-form text": 1}
