"""What is shown of the counts, and that it tells of nobody: the veil, the desk, the file, the machine, the terminal."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
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
from ivr.tally.report import By, Shown, Use, names_of, spans
from ivr.tally.tables import tables, write_csv
from ivr.tally.veil import LEAST, Piece, begin_of, veil
from tests.callers import environ_in

CALLS = Cell(Event.CALL, channel=Channel.CALL)
FIRST = date(2026, 10, 1)
LATER = date(2027, 1, 1)


def days(*amounts: int, cell: Cell = CALLS, first: date = FIRST) -> list[Count]:
    """So many on each day from `first`."""
    return [Count(first + timedelta(days=i), cell, amount) for i, amount in enumerate(amounts) if amount]


def by_day(counts: list[Count], length: int, today: date = LATER) -> list[str]:
    """What is shown of calls, day by day."""
    last = FIRST + timedelta(days=length - 1)
    use = Use(veil(counts, last, today), FIRST, last)
    return [str(use.of(Event.CALL, span=span)) for span in spans(FIRST, last, By.DAY)]


@pytest.mark.parametrize(
    ("amounts", "shown"),
    [
        ([7], ["7"]),
        ([5], ["5"]),
        ([4], ["under 5"]),
        ([0], ["0"]),
        ([4, 4], ["under 5", "8"]),
        ([3, 9, 0], ["under 5", "12", "0"]),
        ([1, 1, 1, 1], ["under 5"] * 4),
        ([1, 0, 0, 0], ["under 5"] * 4),
        ([0, 6, 0, 2, 0, 3], ["0", "6", "0", "under 5", "under 5", "5"]),
    ],
)
def test_fewer_than_five_are_held_back_until_five_have_come(amounts: list[int], shown: list[str]) -> None:
    assert by_day(days(*amounts), len(amounts)) == shown


def test_nobody_can_tell_one_call_a_day_from_four_calls_on_the_first() -> None:
    """Four days that each said "under 5" only where somebody called would say that one called on each."""
    assert by_day(days(1, 1, 1, 1), 4) == by_day(days(4, 0, 0, 0), 4) == by_day(days(1, 0, 3, 0), 4)


def test_today_is_shown_in_fives() -> None:
    for so_far, shown in ((4, "under 5"), (5, "5"), (9, "5"), (10, "10")):
        assert by_day(days(so_far), 1, today=FIRST) == [shown]
    assert by_day(days(9), 1, today=FIRST + timedelta(days=1)) == ["9"]


def test_what_is_held_back_at_the_end_of_a_quarter_is_never_shown() -> None:
    end = date(2026, 12, 31)
    counts = days(4, 4, first=end)
    series = veil(counts, date(2027, 1, 5), date(2027, 2, 1))[CALLS]
    assert series.pieces == ()
    assert [(wait.first, wait.last) for wait in series.waits] == [
        (end, end), (date(2027, 1, 1), date(2027, 1, 5)),
    ]  # fmt: skip


AMOUNTS = st.lists(st.integers(0, 12), min_size=1, max_size=120)


@given(AMOUNTS, st.integers(0, 130))
def test_all_that_is_shown_is_a_sum_of_pieces_of_five_people_at_least(amounts: list[int], today: int) -> None:
    counts = days(*amounts)
    now = FIRST + timedelta(days=today)
    past = [each for each in counts if each.day <= now]
    series = veil(past, now, now).get(CALLS)
    pieces = series.pieces if series else ()
    assert all(piece.amount >= LEAST for piece in pieces)
    assert all(piece.amount % LEAST == 0 for piece in pieces if piece.day == now)
    for quarter in {begin_of(each.day) for each in past}:
        there = sum(each.amount for each in past if begin_of(each.day) == quarter)
        told = sum(piece.amount for piece in pieces if begin_of(piece.day) == quarter)
        assert 0 <= there - told < LEAST


@given(AMOUNTS, st.data())
def test_no_period_differs_from_a_longer_one_by_fewer_than_five(
    amounts: list[int], data: st.DataObject
) -> None:
    last = FIRST + timedelta(days=len(amounts) - 1)
    use = Use(veil(days(*amounts), last, LATER), FIRST, last)
    ends = st.integers(0, len(amounts) - 1).map(lambda n: FIRST + timedelta(days=n))
    one, other = (tuple(sorted((data.draw(ends), data.draw(ends)))) for _ in range(2))
    difference = use.of(Event.CALL, span=one).amount - use.of(Event.CALL, span=other).amount  # type: ignore[arg-type]
    if one[0] >= other[0] and one[1] <= other[1]:
        assert difference == 0 or difference <= -LEAST


def test_asking_later_changes_nothing_that_was_shown_before() -> None:
    amounts = [3, 1, 7, 0, 4, 2, 9, 1]
    all_of_it = by_day(days(*amounts), 8)
    for length in range(1, 8):
        assert by_day(days(*amounts[:length]), length) == all_of_it[:length]


def test_who_hung_up_is_worked_out_before_anything_is_held_back() -> None:
    asked = Cell(Event.ASKED, "en", "5.1.3", Channel.CALL)
    answered = Cell(Event.ANSWERED, "en", "5.1.3", Channel.CALL)
    counts = days(20, 8, cell=asked) + days(14, 9, cell=answered)
    series = veil(counts, LATER, LATER)
    assert set(series) == {Cell(Event.LEFT, "en", "5.1.3", Channel.CALL)}
    assert next(iter(series.values())).pieces == (Piece(FIRST, 6),)


def test_parts_are_released_with_the_messages_that_they_answer() -> None:
    """Three people who got two parts each must not be known by six parts."""
    parts = Cell(Event.PARTS, "en", "reply", Channel.TEXT)
    messages = Cell(Event.MESSAGE, "en", "topic", Channel.TEXT)
    counts = days(6, 4, cell=parts) + days(3, 2, cell=messages)
    assert veil(counts, LATER, LATER)[parts].pieces == (Piece(FIRST + timedelta(days=1), 10),)
    assert veil(counts[:1] + days(3, cell=messages), LATER, LATER)[parts].pieces == ()


def test_several_cells_that_hold_something_back_are_under_five_each() -> None:
    assert [str(Shown(*each)) for each in ((0, 0), (0, 1), (0, 2), (7, 2))] == [
        "0", "under 5", "under 5 each", "7",
    ]  # fmt: skip


# --- What people and machines get to see


@cache
def library() -> Library:
    return load(HOME / "prompts", HOME / "locales", ("pl",))[0]


def some_use(counts: list[Count]) -> Use:
    last = FIRST + timedelta(days=29)
    return Use(veil(counts, last, LATER), FIRST, last)


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
def test_no_table_holds_a_number_from_one_to_four(
    counted: list[tuple[Cell, int, int]], by: By, language: str
) -> None:
    use = some_use([Count(FIRST + timedelta(days=day), cell, amount) for cell, day, amount in counted])
    names = names_of(library(), {"en": "English", "pl": "Polski"}, lambda parts: "")
    made = tables(use, names, by, language)
    for table in made:
        for row in table.rows:
            assert not [value for value in row.values if 0 < value.amount < LEAST]
            assert len(row.values) == len(table.head) - 1
    for row in csv.DictReader(io.StringIO(write_csv(made, use))):
        assert row["number"] in ("0", "under 5", "under 5 each") or int(row["number"]) >= LEAST


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
    assert numbers(page, "English") == ["12", "7"]
    assert numbers(page, "5 Treatment") == ["10", "0", "0", "0"]
    assert numbers(page, "Signs of pressure on the spinal cord") == ["under 5", "0"]
    assert numbers(page, "In answer to texts") == ["14"]
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
    assert "Nothing was counted in this period" in page
    assert numbers(client.get("/desk/use?language=en").get_data(as_text=True), "5 Treatment")[0] == "10"


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("from=tomorrow", "is no day"),
        ("from=2026-11-20&to=2026-11-10", "exchanged"),
        ("to=2999-01-01", "still to come"),
        ("from=1066-10-14", "five years"),
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
    assert found["languages", "en", "Calls"] == "12"
    assert found["urgent", "spine", "Heard on calls"] == "under 5"


def test_an_empty_line_says_what_will_be_there(tmp_path: Path) -> None:
    client = create_app(read_settings(environment(tmp_path))).test_client()
    page = client.get("/desk/use").get_data(as_text=True)
    assert "Nothing was counted in this period" in page
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
        assert 'ivr_use_total{channel="call",detail="",event="call",language=""} 12.0' in text
        assert 'ivr_use_under_five{channel="call",detail="spine",event="urgent",language="en"} 1.0' in text
    assert not re.search(r"^ivr_use_total.* [1-4]\.0$", text, re.MULTILINE)
    assert "_created" not in text


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
    assert re.search(r"English +12 +7", told.stdout)
    assert re.search(r"Signs of pressure on the spinal cord +under 5 +0", told.stdout)
    as_json = json.loads(run_stats(folder, "--json", "--language", "en").stdout)
    rows = {row["row"]: row for row in as_json["tables"]["urgent"]}
    assert rows["spine"]["Heard on calls"] == "under 5"
    assert {row["row"]: row for row in as_json["tables"]["topics"]}["5"]["Came to it"] == 10
    lines = run_stats(folder, "--csv").stdout.splitlines()
    assert lines[0] == "from,to,table,row,name,what,number"


def test_stats_of_a_language_that_there_is_not(folder: Path) -> None:
    told = run_stats(folder, "--language", "xx")
    assert told.exit_code == 2
    assert "There is no language 'xx'; there are:" in told.output
