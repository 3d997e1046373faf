"""What is shown of the counts, and that it tells of nobody: the veil, the desk, the file, the machine, the terminal."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.app import create_app
from ivr.cli import main
from ivr.config import HOME, read_settings
from ivr.content.model import Library
from ivr.shelf import load
from ivr.tally.counter import Counter
from ivr.tally.events import Cell, Channel, Count, Event
from ivr.tally.report import By, Use, names_of, say, spans
from ivr.tally.tables import tables, write_csv
from ivr.tally.veil import LEAST, Piece, begin_of, veil
from ivr.web.metrics import make_metrics
from tests.callers import environ_in

CALLS = Cell(Event.CALL, channel=Channel.CALL)
ENGLISH = Cell(Event.LANGUAGE, "en", channel=Channel.CALL)
FIRST = date(2026, 10, 1)


def days(*amounts: int, cell: Cell = ENGLISH, first: date = FIRST) -> list[Count]:
    """So many on each day from `first`."""
    return [Count(first + timedelta(days=i), cell, amount) for i, amount in enumerate(amounts) if amount]


def by_day(counts: list[Count], length: int) -> list[str]:
    """What is shown of callers in English, day by day."""
    last = FIRST + timedelta(days=length - 1)
    use = Use(veil(counts), FIRST, last)
    return [say(use.of(Event.LANGUAGE, span=span)) for span in spans(FIRST, last, By.DAY)]


@pytest.mark.parametrize(
    ("amounts", "shown"),
    [
        ([7], ["5"]),
        ([5], ["5"]),
        ([4], ["under 5 each"]),
        ([0], ["under 5 each"]),
        ([4, 4], ["under 5 each", "5"]),
        ([3, 9, 0], ["under 5 each", "10", "under 5 each"]),
        ([1, 1, 1, 1, 1], ["under 5 each"] * 4 + ["5"]),
        ([9, 1], ["5", "5"]),
        ([0, 6, 0, 2, 0, 3], ["under 5 each", "5", "under 5 each", "under 5 each", "under 5 each", "5"]),
    ],
)
def test_whole_fives_are_shown_on_the_day_on_which_they_are_full(
    amounts: list[int], shown: list[str]
) -> None:
    assert by_day(days(*amounts), len(amounts)) == shown


def test_nobody_can_tell_four_calls_from_none() -> None:
    """Somebody who looks every minute must not see "0" become "under 5"."""
    assert by_day(days(1, 1, 1, 1), 4) == by_day(days(4, 0, 0, 0), 4) == by_day([], 4)


def test_each_quarter_begins_anew() -> None:
    end = date(2026, 12, 31)
    assert veil(days(4, 4, first=end))[ENGLISH] == ()
    assert veil(days(4, 5, first=end))[ENGLISH] == (Piece(date(2027, 1, 1), 5),)


AMOUNTS = st.lists(st.integers(0, 12), min_size=1, max_size=120)


@given(AMOUNTS)
def test_all_that_is_shown_is_whole_fives_and_at_most_four_are_missing(amounts: list[int]) -> None:
    counts = days(*amounts)
    pieces = veil(counts).get(ENGLISH, ())
    assert all(piece.amount > 0 and piece.amount % LEAST == 0 for piece in pieces)
    for quarter in {begin_of(each.day) for each in counts}:
        there = sum(each.amount for each in counts if begin_of(each.day) == quarter)
        told = sum(piece.amount for piece in pieces if begin_of(piece.day) == quarter)
        assert 0 <= there - told < LEAST


def test_asking_later_changes_nothing_that_was_shown_before() -> None:
    amounts = [3, 1, 7, 0, 4, 2, 9, 1]
    all_of_it = by_day(days(*amounts), 8)
    for length in range(1, 8):
        assert by_day(days(*amounts[:length]), length) == all_of_it[:length]


def test_who_hung_up_is_worked_out_before_anything_is_rounded() -> None:
    asked = Cell(Event.ASKED, "en", "5.1.3", Channel.CALL)
    answered = Cell(Event.ANSWERED, "en", "5.1.3", Channel.CALL)
    shown = veil(days(20, 8, cell=asked) + days(14, 9, cell=answered))
    assert shown == {Cell(Event.LEFT, "en", "5.1.3", Channel.CALL): (Piece(FIRST, 5),)}


def test_parts_are_those_of_the_people_who_are_shown() -> None:
    """Three people who got two parts each must not be known by six parts."""
    parts = Cell(Event.PARTS, "en", "reply", Channel.TEXT)
    messages = Cell(Event.MESSAGE, "en", "topic", Channel.TEXT)
    assert veil(days(6, cell=parts) + days(3, cell=messages))[parts] == ()
    counts = days(6, 4, cell=parts) + days(3, 2, cell=messages)
    assert veil(counts)[parts] == (Piece(FIRST + timedelta(days=1), 10),)
    assert veil(days(18, cell=parts) + days(9, cell=messages))[parts] == (Piece(FIRST, 10),)


# --- Wholes and their parts: each line of numbers is one whole, which the book counts for itself


def call(event: Event, detail: str = "", language: str = "en") -> Cell:
    return Cell(event, language, detail, Channel.CALL)


def text(event: Event, detail: str = "", language: str = "en") -> Cell:
    return Cell(event, language, detail, Channel.TEXT)


@dataclass(frozen=True)
class Relation:
    """A whole that is counted beside its parts; `rest` is what is in the whole and has no part of its own."""

    whole: Cell
    parts: tuple[Cell, ...]
    rest: tuple[Cell, ...] = ()


RELATIONS = {
    "calls": Relation(
        CALLS, (call(Event.LANGUAGE), call(Event.LANGUAGE, language="pl")), (call(Event.ASKED, "languages"),)
    ),
    "transfers": Relation(
        call(Event.TRANSFER, "wanted"), (call(Event.TRANSFER, "answered"), call(Event.TRANSFER, "no-answer"))
    ),
    "urgent": Relation(text(Event.MESSAGE, "urgent"), (text(Event.URGENT, "spine"), text(Event.URGENT, "clot"))),
    "menu": Relation(text(Event.MESSAGE, "menu"), (text(Event.NOT_UNDERSTOOD),)),
}  # fmt: skip


def counted(relation: Relation, parts: list[int], rest: int) -> list[Count]:
    """What the book holds of a day on which the parts, and so many beside them, came to the whole."""
    amounts = [*zip(relation.parts, parts, strict=False), *((cell, rest) for cell in relation.rest)]
    amounts.append((relation.whole, sum(parts[: len(relation.parts)]) + rest))
    return [Count(FIRST, cell, amount) for cell, amount in amounts if amount]


AMOUNT = st.integers(0, 14)


def everything_shown(counts: list[Count]) -> dict[tuple[str, str, str, str], str]:
    """Every number of every table and metric, of all languages and of each."""
    use = Use(veil(counts), FIRST, FIRST)
    names = names_of(library(), {"en": "English", "pl": "Polski"}, lambda parts: f"£{parts}")
    shown = {("cell", *map(str, (cell.event, cell.language, cell.detail))): str(n) for cell, n in use.cells()}
    for language in ("", "en", "pl"):
        for table in tables(use, names, By.DAY, language):
            for row in table.rows:
                for what, value in zip(table.head[1:], row.values, strict=True):
                    shown[language, table.key, row.key, what] = say(value)
    return shown


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(RELATIONS)), st.lists(AMOUNT, min_size=2, max_size=2), AMOUNT, st.data())
def test_no_numbers_together_tell_of_a_cell_under_five(
    name: str, parts: list[int], rest: int, data: st.DataObject
) -> None:
    """Whatever is shown is shown as well where all that a cell has beyond its fives never happened."""
    relation = RELATIONS[name]
    gone = data.draw(st.integers(0, len(parts)))
    fewer, fewer_rest = list(parts), rest
    if gone < len(parts):
        fewer[gone] -= fewer[gone] % LEAST
    else:
        fewer_rest -= rest % LEAST
    assert everything_shown(counted(relation, parts, rest)) == everything_shown(
        counted(relation, fewer, fewer_rest)
    )


@pytest.mark.parametrize("name", sorted(RELATIONS))
def test_one_person_beside_eleven_is_not_seen(name: str) -> None:
    """12 calls less 11 in English was one caller in Polish."""
    relation = RELATIONS[name]
    alone, together = counted(relation, [11, 0], 0), counted(relation, [11, 1], 0)
    assert everything_shown(alone) == everything_shown(together)
    assert "10" in everything_shown(together).values()


@given(AMOUNT, AMOUNT)
def test_which_topic_was_texted_is_not_shown(one: int, other: int) -> None:
    """The texts that were answered with a topic are shown as a whole, so nothing may be shown of each."""

    def texted(first: int, second: int) -> dict[tuple[str, str, str, str], str]:
        whole = Count(FIRST, text(Event.MESSAGE, "topic"), one + other)
        parts = ((text(Event.ENTERED, "5"), first), (text(Event.ENTERED, "8"), second))
        return everything_shown([whole, *(Count(FIRST, cell, amount) for cell, amount in parts)])

    assert texted(one, other) == texted(0, one + other)


def test_a_whole_is_the_sum_of_what_is_shown_of_its_parts() -> None:
    shown = everything_shown(counted(RELATIONS["transfers"], [9, 6], 7))
    found = [shown["", "helpline", row, "Calls"] for row in ("wanted", "answered", "no-answer", "given-up")]
    assert found == ["15", "5", "5", "5"]


# --- What people and machines get to see


@cache
def library() -> Library:
    return load(HOME / "prompts", HOME / "locales", ("pl",))[0]


def some_use(counts: list[Count]) -> Use:
    last = FIRST + timedelta(days=29)
    return Use(veil(counts), FIRST, last)


ANY_CELLS = st.sampled_from(
    [
        CALLS, Cell(Event.LANGUAGE, "en", "", "call"), Cell(Event.LANGUAGE, "pl", "", "call"),
        Cell(Event.ENTERED, "en", "5.1.3", "call"), Cell(Event.ENTERED, "pl", "5.1.3", "call"),
        Cell(Event.ASKED, "en", "5.1.3", "call"), Cell(Event.ANSWERED, "en", "5.1.3", "call"),
        Cell(Event.URGENT, "en", "spine", "call"), Cell(Event.URGENT, "pl", "spine", "text"),
        Cell(Event.MESSAGE, "en", "topic", "text"), Cell(Event.PARTS, "en", "reply", "text"),
        Cell(Event.TRANSFER, "en", "busy", "call"), Cell(Event.TEXT, "", "owed", "text"),
    ]
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(ANY_CELLS, st.integers(0, 29), st.integers(1, 9)), max_size=40),
    st.sampled_from(By),
    st.sampled_from(["", "en", "pl"]),
)
def test_every_number_of_every_table_is_whole_fives(
    counted: list[tuple[Cell, int, int]], by: By, language: str
) -> None:
    use = some_use([Count(FIRST + timedelta(days=day), cell, amount) for cell, day, amount in counted])
    names = names_of(library(), {"en": "English", "pl": "Polski"}, lambda parts: "")
    made = tables(use, names, by, language)
    for table in made:
        for row in table.rows:
            assert not [value for value in row.values if value % LEAST]
            assert len(row.values) == len(table.head) - 1
    for row in csv.DictReader(io.StringIO(write_csv(made, use))):
        assert row["number"] == "under 5 each" or int(row["number"]) >= LEAST


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A line on which 12 called, 2 heard of a danger, and 7 texted."""
    folder = tmp_path_factory.mktemp("use")
    counter = Counter(f"sqlite:///{folder / 'line.sqlite'}", 3600)
    for cell, amount in (
        (CALLS, 12), (Cell(Event.LANGUAGE, "en", "", "call"), 12), (Cell(Event.URGENT, "en", "spine", "call"), 2),
        (Cell(Event.MESSAGE, "en", "topic", "text"), 7), (Cell(Event.PARTS, "en", "reply", "text"), 14),
        (Cell(Event.ENTERED, "en", "5", "call"), 10),
    ):  # fmt: skip
        counter.add(cell, amount)
    assert counter.flush()
    with counter.book._database.writing() as connection:
        connection.exec_driver_sql("UPDATE counts SET day = date(day, '-1 day')")
    counter.close()
    return folder


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {
        "AUDIO": str(folder / "audio"), "DATABASE_URL": f"sqlite:///{folder / 'line.sqlite'}",
        "SERVE_UNREVIEWED": "pl", "METRICS_TOKEN": "let me see the numbers", **more,
    }  # fmt: skip


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[FlaskClient]:
    line = read_settings(environment(folder))
    counter = Counter(line.database_url, 3600)
    yield create_app(line, counter).test_client()
    counter.close()


def numbers(page: str, name: str) -> list[str]:
    """The numbers of the row that begins with `name`."""
    row = re.search(rf'<th scope="row">{re.escape(name)}</th>(.*?)</tr>', page)
    assert row, name
    return re.findall(r"<td[^>]*>([^<]*)</td>", row[1])


def test_the_desk_shows_the_use(client: FlaskClient) -> None:
    page = client.get("/desk/use").get_data(as_text=True)
    assert numbers(page, "English") == ["10", "5"]
    assert numbers(page, "5 Treatment") == ["10", "under 5 each", "under 5 each"]
    assert "Signs of pressure on the spinal cord" not in page
    assert numbers(page, "In answer to texts") == ["10"]
    assert "<script" not in page
    assert "style=" not in page


def test_each_chart_names_itself(client: FlaskClient) -> None:
    page = client.get("/desk/use?days=7").get_data(as_text=True)
    charts = re.findall(r"<svg.*?</svg>", page)
    assert len(charts) >= 4
    for chart in charts:
        ids = re.search(r'aria-labelledby="(\S+) (\S+)"', chart)
        assert ids
        assert f'<title id="{ids[1]}">' in chart
        assert f'<desc id="{ids[2]}">' in chart
        assert 'role="img"' in chart
    assert len(set(re.findall(r'<title id="([^"]+)"', page))) == len(charts)


def test_the_use_of_one_language(client: FlaskClient) -> None:
    page = client.get("/desk/use?language=pl").get_data(as_text=True)
    assert "No numbers in this period yet" in page
    assert numbers(client.get("/desk/use?language=en").get_data(as_text=True), "5 Treatment")[0] == "10"


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("from=tomorrow", "is no day"),
        ("from=2026-11-20&to=2026-11-10", "exchanged"),
        ("to=2999-01-01", "still to come"),
        ("from=1066-10-14", "five years"),
        ("to=0001-01-02", ""),
        ("from=0001-01-01&to=0001-01-01", ""),
        ("days=12&by=century&language=xx", ""),
    ],
)
def test_a_period_that_is_none_is_put_right(client: FlaskClient, query: str, fault: str) -> None:
    answer = client.get(f"/desk/use?{query}")
    assert answer.status_code == 200
    assert fault in answer.get_data(as_text=True)
    assert client.get(f"/desk/use.csv?{query}").status_code == 200


def test_the_use_as_a_file(client: FlaskClient) -> None:
    answer = client.get("/desk/use.csv?days=7")
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    found = {(row["table"], row["row"], row["what"]): row["number"] for row in rows}
    assert found["languages", "en", "Calls"] == "10"
    assert found["urgent", "spine", "Heard on calls"] == "under 5 each"


def test_an_empty_line_says_what_will_be_there(tmp_path: Path) -> None:
    client = create_app(read_settings(environment(tmp_path))).test_client()
    page = client.get("/desk/use").get_data(as_text=True)
    assert "No numbers in this period yet" in page
    assert "calls to the helpline" in page


def test_a_database_that_is_away_keeps_the_page(tmp_path: Path) -> None:
    away = environment(tmp_path, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    client = create_app(read_settings(away)).test_client()
    answer = client.get("/desk/use")
    assert answer.status_code == 503
    assert "answers calls and texts all the same" in answer.get_data(as_text=True)
    assert client.get("/desk/use.csv").status_code == 503
    seen = client.get("/metrics", headers={"Authorization": "Bearer let me see the numbers"})
    assert "ivr_database_up 0.0" in seen.get_data(as_text=True)


def test_metrics_want_a_token_and_hide_what_is_small(client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    seen = client.get("/metrics", headers={"Authorization": "Bearer let me see the numbers"})
    assert seen.status_code == 200
    text = seen.get_data(as_text=True)
    assert "ivr_database_up 1.0" in text
    assert "ivr_texts_owed 0.0" in text
    if date.today().day > 1:  # noqa: DTZ011 - on the first day of a quarter yesterday is of another
        assert 'ivr_use_total{channel="call",detail="",event="language",language="en"} 10.0' in text
        assert "spine" not in text
    assert not re.search(r"^ivr_use_total.*[^05]\.0$", text, re.MULTILINE)
    assert "_created" not in text


@pytest.mark.parametrize(
    ("owed", "age", "shown", "aged"), [(1, 30, 0, 0), (4, 600, 0, 0), (9, 601, 5, 660), (5, 59, 5, 0)]
)
def test_metrics_show_no_single_text_and_no_age_until_it_is_late(
    tmp_path: Path, owed: int, age: int, shown: int, aged: int
) -> None:
    app = Flask("metrics")
    counter = Counter(f"sqlite:///{tmp_path / 'line.sqlite'}", 3600)
    counts = {"owed": owed, "sending": 0, "oldest_seconds": age}
    app.register_blueprint(make_metrics(lambda: None, lambda: counter.book, lambda: counts, lambda: ""))
    told = app.test_client().get("/metrics").get_data(as_text=True)
    counter.close()
    assert f"\nivr_texts_owed {float(shown)}\n" in told
    assert f"\nivr_texts_oldest_seconds {float(aged)}\n" in told


def test_without_a_token_there_are_no_metrics(tmp_path: Path) -> None:
    client = create_app(read_settings(environment(tmp_path, METRICS_TOKEN=""))).test_client()
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_in_production_the_desk_and_its_file_want_the_password(tmp_path: Path) -> None:
    from argon2 import PasswordHasher

    hashed = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("a password")
    app = create_app(read_settings(environ_in(tmp_path) | {"DESK_PASSWORD_HASH": hashed}))
    for path in ("/desk/use", "/desk/use.csv"):
        answer = app.test_client().get(path, base_url="https://line.example")
        assert answer.status_code == 303
        assert "/desk/login" in answer.headers["Location"]


def run_stats(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["stats", *arguments], env=environment(folder))


def test_stats_in_the_terminal(folder: Path) -> None:
    told = run_stats(folder, "--days", "7")
    assert told.exit_code == 0, told.output
    assert re.search(r"English +10 +5", told.stdout)
    assert "Signs of pressure" not in told.stdout
    as_json = json.loads(run_stats(folder, "--json", "--language", "en").stdout)
    rows = {row["row"]: row for row in as_json["tables"]["urgent"]}
    assert rows["spine"]["Heard on calls"] == "under 5 each"
    assert {row["row"]: row for row in as_json["tables"]["topics"]}["5"]["Came to it"] == 10
    lines = run_stats(folder, "--csv").stdout.splitlines()
    assert lines[0] == "from,to,table,row,name,what,number"


def test_stats_of_a_language_that_there_is_not(folder: Path) -> None:
    told = run_stats(folder, "--language", "xx")
    assert told.exit_code == 2
    assert "There is no language 'xx'; there are:" in told.output
