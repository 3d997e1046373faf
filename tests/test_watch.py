"""When the line is ill: what counts as a sign, when it begins and ends, who has yet to hear, and in which words."""

import shutil
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.config import Settings, read_settings
from ivr.content.model import Library
from ivr.dialogue.place import Pace
from ivr.dialogue.script import script_of
from ivr.languages import Language
from ivr.meaning.process import serve_embeddings
from ivr.sending import Accepted, Later, Outcome, Refused, Unknown
from ivr.served import Folder, Folders
from ivr.shelf import Shelf
from ivr.speech.engine import StoreError
from ivr.speech.engines import chain_in
from ivr.speech.sounds import Sounds
from ivr.watch import words
from ivr.watch.codes import CODES, OTHER, code_of, explain, known
from ivr.watch.course import SETTLED, News, Told, Trouble, failed, follow, heartbeat_day, news, succeeded
from ivr.watch.facts import DAY, FRESH, SPAN, WEB, WORKER, Beat, Facts, Found, Sighting, Standing
from ivr.watch.look import DISK_FULL, DISK_LOW, KNOCKS, SOUNDS_EVERY, Around, Finding, Inside
from ivr.watch.overheard import Overheard
from ivr.watch.seen import MOST, Notes, Seen, how_it_ended
from ivr.watch.signs import OWED_TOO_LONG, SIGNS, Grade, Sign, database_down, judge
from tests.callers import settings_in

NOW = 1_795_000_000.0 // SPAN * SPAN
HERE = tuple(Beat(f"{role}-1", role, NOW - DAY, NOW) for role in (WEB, WORKER))
WELL = Facts(NOW, beats=HERE)


def seen(*what: tuple[Seen, str, int], ago: float = 0.0) -> Facts:
    return replace(
        WELL, sightings=tuple(Sighting(one, detail, NOW - ago, many) for one, detail, many in what)
    )


def finding(found: Found, detail: str = "") -> Facts:
    return replace(WELL, beats=(replace(HERE[0], found=((found, detail),)), HERE[1]))


def beating(web: float | None, worker: float | None, began: float = DAY) -> Facts:
    """Web workers and a worker that last spoke so many seconds ago, None where there is none."""
    ages = {WEB: web, WORKER: worker}
    return Facts(
        NOW, beats=tuple(Beat(role, role, NOW - began, NOW - ago) for role, ago in ages.items() if ago is not None)
    )  # fmt: skip


def waiting(seconds: float, owed: int = 1) -> Facts:
    return replace(WELL, owed=owed, owed_for=seconds)


def failing(way: str) -> Facts:
    return replace(WELL, standings=(Standing(way, fails=1, why="mail.example.org did not answer."),))


HANDED, TRANSFER, REFUSED = Seen.HANDED, Seen.TRANSFER, Seen.REFUSED

# What is ill, how bad, and beside it what is nearly the same and well.
CASES: list[tuple[str, Grade, Facts, Facts]] = [
    ("web", Grade.GRAVE, beating(FRESH + 1, 0), beating(FRESH, 0)),
    ("web", Grade.GRAVE, beating(None, 0, began=FRESH + 1), beating(None, 0, began=FRESH)),
    ("worker", Grade.GRAVE, beating(0, FRESH + 1), beating(0, FRESH)),
    ("worker", Grade.GRAVE, beating(0, None, began=FRESH + 1), beating(0, None, began=FRESH)),
    ("calls-failed", Grade.GRAVE, seen((Seen.CALL_FAILED, "", 1), ago=900), seen((Seen.CALL_FAILED, "", 1), ago=1200)),
    ("texts-failed", Grade.GRAVE, seen((Seen.TEXT_FAILED, "", 1)), seen((Seen.TEXT, "", 1))),
    ("fallback", Grade.GRAVE, seen((Seen.FALLBACK, "11200", 1)), seen((Seen.FALLBACK, "11200", 1), ago=1200)),
    ("refused", Grade.GRAVE, seen((REFUSED, "", 2)), seen((REFUSED, "", 1))),
    ("refused", Grade.ILL, seen((REFUSED, "", 10), (Seen.CALL, "", 1)), seen((REFUSED, "", 9), (Seen.CALL, "", 1))),
    ("refused", Grade.ILL, seen((REFUSED, "", 10), (Seen.TEXT, "", 1)), seen((REFUSED, "", 9), (Seen.TEXT, "", 1))),
    (
        "transfers-fail", Grade.GRAVE,
        seen((TRANSFER, "failed", 1), (TRANSFER, "answered", 1)), seen((TRANSFER, "failed", 1), (TRANSFER, "answered", 2)),
    ),
    ("transfers-fail", Grade.GRAVE, seen((TRANSFER, "failed closed", 1)), seen((TRANSFER, "no-answer closed", 9))),
    (
        "transfers-unanswered", Grade.ILL,
        seen((TRANSFER, "no-answer", 2), (TRANSFER, "busy", 1), (TRANSFER, "answered", 3)),
        seen((TRANSFER, "no-answer", 2), (TRANSFER, "busy", 1), (TRANSFER, "answered", 4)),
    ),
    ("transfers-unanswered", Grade.ILL, seen((TRANSFER, "no-answer", 3)), seen((TRANSFER, "no-answer", 2))),
    ("transfers-unanswered", Grade.ILL, seen((TRANSFER, "busy", 3)), seen((TRANSFER, "no-answer closed", 9))),
    ("texts-late", Grade.ILL, waiting(601), waiting(600)),
    ("texts-late", Grade.GRAVE, waiting(3601), waiting(0)),
    ("texts-not-taken", Grade.ILL, seen((HANDED, "later 503", 3)), seen((HANDED, "later 503", 2))),
    ("texts-not-taken", Grade.ILL, seen((HANDED, "unknown", 3)), seen((HANDED, "unknown", 3), (HANDED, "taken", 1))),
    ("texts-not-taken", Grade.GRAVE, seen((HANDED, "later 20003", 3)), seen((HANDED, "later 20003", 3), ago=1200)),
    ("texts-refused", Grade.ILL, seen((Seen.UNDELIVERED, "30007", 1)), seen((Seen.UNDELIVERED, "30003", 1))),
    ("texts-refused", Grade.ILL, seen((HANDED, "refused 21614", 3)), seen((HANDED, "refused 21614", 2))),
    (
        "texts-refused", Grade.ILL,
        seen((HANDED, "refused 21610", 3), (HANDED, "taken", 3)), seen((HANDED, "refused 21610", 3), (HANDED, "taken", 4)),
    ),
    ("disk", Grade.ILL, finding(Found.DISK_LOW, "the database"), WELL),
    ("disk", Grade.GRAVE, finding(Found.DISK_FULL, "the sounds"), WELL),
    ("version", Grade.ILL, finding(Found.VERSION), WELL),
    ("model", Grade.ILL, finding(Found.MODEL), WELL),
    ("sound-fails", Grade.ILL, finding(Found.SOUND_FAILS), WELL),
    ("sounds-missing", Grade.MINOR, finding(Found.SOUNDS_MISSING), WELL),
    ("stand-in", Grade.MINOR, finding(Found.STAND_IN, "piper"), WELL),
    ("helpline", Grade.MINOR, finding(Found.HELPLINE, "2026-01-31"), WELL),
    ("helpline", Grade.MINOR, finding(Found.HELPLINE, ""), WELL),
    ("review", Grade.MINOR, finding(Found.REVIEW, "2020"), WELL),
    ("unreviewed", Grade.MINOR, finding(Found.UNREVIEWED, "pl"), WELL),
    ("untold", Grade.MINOR, finding(Found.UNTOLD), WELL),
    ("telling", Grade.ILL, failing("mail"), replace(WELL, standings=(Standing("mail", NOW, "250 OK"),))),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "grade", "ill", "well"), CASES)
def test_both_sides_of_every_sign(kind: str, grade: Grade, ill: Facts, well: Facts) -> None:
    (sign,) = [sign for sign in judge(ill) if sign.kind == kind]
    assert sign.grade is grade
    assert sign.text
    assert sign.meets
    assert sign.mend
    assert kind not in [sign.kind for sign in judge(well)]


def test_every_sign_has_a_case_and_nothing_is_ill_that_is_well() -> None:
    assert judge(WELL) == ()
    assert len({kind for kind, *_ in CASES}) == len(SIGNS)


def test_the_worst_comes_first() -> None:
    facts = replace(
        finding(Found.HELPLINE), sightings=seen((Seen.CALL_FAILED, "", 1)).sightings, owed_for=700.0, owed=1
    )
    assert [sign.kind for sign in judge(facts)] == ["calls-failed", "texts-late", "helpline"]


def test_a_sign_says_how_often_in_a_day_though_it_looks_at_a_quarter_of_an_hour() -> None:
    facts = replace(
        WELL, sightings=tuple(Sighting(Seen.CALL_FAILED, "", NOW - ago, 2) for ago in (0, 7200, DAY + SPAN))
    )
    assert [sign.many for sign in judge(facts)] == [4]


def test_what_somebody_found_who_is_gone_does_not_count() -> None:
    gone = replace(HERE[0], who="web-0", at=NOW - FRESH - 1, found=((Found.MODEL, ""),))
    assert judge(replace(WELL, beats=(*HERE, gone))) == ()


# --- The carrier's codes


def test_codes_are_explained_most_frequent_first_and_made_up_ones_are_one() -> None:
    told = explain({"30003": 1, "21610": 3, "30005": 1})
    assert told.startswith("21610 (the person has texted STOP); 30003 (")
    assert known("30007") == "30007"
    assert known("99999") == known("<script>") == known("") == OTHER
    assert "own log" in code_of(OTHER).mend
    assert code_of("503").ours
    assert not code_of("99999").ours


@pytest.mark.parametrize("code", CODES)
def test_every_code_says_what_to_do(code: str) -> None:
    assert code_of(code).means
    assert code_of(code).mend.endswith(".")


class Answering:
    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome

    def send(self, to: str, body: str, reference: str) -> Outcome:
        return self.outcome


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        (Accepted(), "taken"), (Refused(21610), "refused 21610"), (Refused(99999), "refused other"),
        (Refused(400), "refused 400"), (Later(7.0, 429), "later 429"), (Later(code=20003), "later 20003"),
        (Later(), "later"), (Unknown(), "unknown"),
    ],
)  # fmt: skip
def test_what_the_carrier_says_to_a_text_is_counted_and_handed_on(outcome: Outcome, word: str) -> None:
    notes = Notes()
    assert Overheard(Answering(outcome), notes.note).send("+447700900123", "body", "reference") is outcome
    assert notes.take() == {(Seen.HANDED, word): 1}


@pytest.mark.parametrize(
    ("fields", "ended"),
    [
        ({"DialCallStatus": "completed", "CallStatus": "in-progress"}, "answered"),
        ({"DialCallStatus": "answered"}, "answered"),
        ({"DialCallStatus": "busy"}, "busy"),
        ({"DialCallStatus": "no-answer"}, "no-answer"),
        ({"DialCallStatus": "failed"}, "failed"),
        ({"DialCallStatus": "something new"}, "failed"),
        ({"DialCallStatus": "canceled"}, ""),
        ({"DialCallStatus": "no-answer", "CallStatus": "completed"}, ""),
        ({"Digits": "0"}, ""),
    ],
)
def test_how_a_transfer_ended(fields: Mapping[str, str], ended: str) -> None:
    assert how_it_ended(fields) == ended


def test_many_threads_count_without_losing_one_and_what_is_given_back_counts_again() -> None:
    notes = Notes()
    threads = [
        threading.Thread(target=lambda: [notes.note(Seen.CALL) for _ in range(2000)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = notes.take()
    assert taken == {(Seen.CALL, ""): 16000}
    assert notes.take() == {}
    notes.note(Seen.CALL)
    notes.give_back(taken)
    assert notes.take() == {(Seen.CALL, ""): 16001}


def test_whoever_makes_details_up_fills_no_memory() -> None:
    notes = Notes()
    for n in range(3 * MOST):
        notes.note(Seen.FALLBACK, str(n))
    notes.note(Seen.FALLBACK, "0")
    counts = notes.take()
    assert len(counts) == MOST
    assert counts[Seen.FALLBACK, "0"] == 2


# --- Its course

SIGN = Sign("calls-failed", Grade.ILL, "The line failed.", "They heard the fallback.", "See the log.", 2)


def test_something_that_comes_and_goes_is_one_trouble_until_it_has_settled() -> None:
    (begun,) = follow((), [SIGN], NOW)
    assert begun == Trouble(SIGN, NOW, NOW)
    (on,) = follow([begun], [replace(SIGN, many=3)], NOW + 60)
    assert (on.since, on.last, on.sign.many, on.ended) == (NOW, NOW + 60, 3, 0.0)
    assert follow([on], [], NOW + 60 + SETTLED - 1) == ()
    (back,) = follow([on], [SIGN], NOW + 60 + SETTLED - 1)
    assert back.since == NOW
    (over,) = follow([on], [], NOW + 60 + SETTLED)
    assert over.ended == NOW + 60
    (again,) = follow([over], [SIGN], NOW + 9000)
    assert again.since == NOW + 9000


def test_each_is_told_when_it_begins_when_it_grows_worse_and_when_it_is_over() -> None:
    trouble = Trouble(SIGN, NOW, NOW)
    worse = replace(trouble, sign=replace(SIGN, grade=Grade.GRAVE))
    over = replace(trouble, ended=NOW + 60)
    told = {trouble.key: Told(Grade.ILL, over=False)}
    assert news([trouble], {}, NOW).begun == (trouble,)
    assert not news([trouble], told, NOW)
    assert news([worse], told, NOW).begun == (worse,)
    assert not news([trouble], {trouble.key: Told(Grade.GRAVE, over=False)}, NOW)
    assert news([over], told, NOW + 99).over == (over,)
    assert not news([over], {over.key: Told(Grade.ILL, over=True)}, NOW + 99)
    assert news([over], {}, NOW + 60 + DAY - 1).over == (over,)
    assert not news([over], {}, NOW + 60 + DAY)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-07-01T06:59:59+00:00", ""),
        ("2026-07-01T07:00:00+00:00", "2026-07-01"),  # 8:00 in British summer
        ("2026-12-01T07:59:59+00:00", ""),
        ("2026-12-01T08:00:00+00:00", "2026-12-01"),
        ("2026-12-01T23:59:00+00:00", "2026-12-01"),
        ("2026-12-02T00:30:00+00:00", ""),
    ],
)
def test_the_daily_message_goes_out_by_the_lines_own_clock(moment: str, day: str) -> None:
    now = datetime.fromisoformat(moment).timestamp()
    assert heartbeat_day(Standing("mail"), now, "Europe/London", 8) == day
    assert heartbeat_day(Standing("mail", beat_day=day), now, "Europe/London", 8) == ""


def test_a_way_that_fails_is_tried_again_ever_later_and_starts_anew_once_it_works() -> None:
    standing, pauses = Standing("mail", NOW - 9, "250 OK", "2026-11-28", NOW - 9), []
    for _ in range(9):
        standing = failed(standing, NOW, "It is gone.")
        pauses.append(standing.due - NOW)
    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert (standing.failing_since, standing.why, standing.told_at) == (NOW, "It is gone.", NOW - 9)
    well = succeeded(standing, NOW + 60, "250 OK")
    assert well == Standing("mail", NOW + 60, "250 OK", "2026-11-28", NOW - 9)
    assert succeeded(well, NOW + 99, "250 OK", "2026-11-29").beat_at == NOW + 99


# --- What is said

SENDER = words.Sender("line.example", "Europe/London", "https://line.example/desk/line")


def test_a_message_says_what_it_is_since_when_what_people_meet_and_what_to_do() -> None:
    begun = Trouble(replace(SIGN, grade=Grade.GRAVE), NOW, NOW)
    still = Trouble(replace(SIGN, kind="helpline", text="The helpline was never checked."), NOW - 9, NOW)
    message = words.tell_news(SENDER, news([begun], {}, NOW), [begun, still])
    assert message.subject == "[line.example] People are failed now: The line failed."
    for said in (
        "The line failed.", words.say_time(NOW, "Europe/London"), "fewer than 5 times in the last 24 hours",
            "They heard the fallback.",
        "See the log.", "Still so:\n- The helpline was never checked.", "https://line.example/desk/line",
    ):  # fmt: skip
        assert said in message.text
    assert [row["kind"] for row in message.data["begun"]] == ["calls-failed"]
    assert [row["kind"] for row in message.data["still"]] == ["helpline"]


def test_a_message_that_something_is_over_says_what_is_left() -> None:
    over = Trouble(SIGN, NOW, NOW + 60, NOW + 60)
    message = words.tell_news(SENDER, news([over], {}, NOW + 99), [])
    assert message.subject == "[line.example] Over: The line failed."
    assert "Nothing is ill now." in message.text
    two = words.tell_news(SENDER, news([over, replace(over, since=NOW - 5)], {}, NOW + 99), [])
    assert two.subject.endswith("(and 1 more)")


def test_the_daily_message_says_that_the_line_is_up_and_counts_without_people() -> None:
    facts = seen((Seen.CALL, "", 4), (Seen.TEXT, "", 9))
    message = words.tell_heartbeat(SENDER, facts, (), "ab12cd")
    assert message.subject == "[line.example] The line is up"
    assert "fewer than 5 calls, 5 or a few more texts" in message.text
    assert (message.data["calls"], message.data["texts"]) == (0, 5)
    assert "ab12cd" in message.text
    assert "Nothing is ill." in message.text
    assert "If it does not come tomorrow" in message.text
    care = Trouble(replace(SIGN, grade=Grade.MINOR), NOW, NOW)
    assert words.tell_heartbeat(SENDER, facts, (care,), "").subject == "[line.example] The line is up"
    grave = Trouble(database_down(), NOW, NOW)
    assert "people are failed now" in words.tell_heartbeat(SENDER, facts, (care, grave), "").subject


def test_a_subject_does_not_say_what_the_line_is_about(library: Library) -> None:
    message = words.tell_test(SENDER)
    assert message.subject == "[line.example] A test: messages arrive"
    assert library.line.name not in message.text


# --- What somebody at work finds


class WebWorker:
    """A line's folder as a web worker sees it, with a clock and a disk of the test's own."""

    def __init__(self, folder: Path, content: tuple[Library, dict[str, Language]], **changes: str) -> None:
        self.settings: Settings = settings_in(folder, SERVE_UNREVIEWED="pl", ALERT_MAIL_TO="o@example.org",
                                              SMTP_URL="smtps://mail.example.org", **changes)  # fmt: skip
        self.free, self.clock = 10**12, 0.0
        chain = chain_in(self.settings)
        shelf = Shelf(
            self.settings.prompts, self.settings.locales, lambda library: None, self.settings.unreviewed
        )
        self.sounds = Sounds(chain, shelf.languages)
        self.holdings = Folder(shelf, self.sounds, Folders(self.settings.prompts, self.settings.locales))
        self.inside = Inside(
            self.settings, self.holdings, lambda: datetime(2026, 11, 29, tzinfo=UTC), lambda _: self.free,
            lambda: self.clock,
        )  # fmt: skip

    def finds(self) -> tuple[Finding, ...]:
        return self.inside.look()

    def two_texts(self) -> list[str]:
        return sorted(script_of(self.holdings.live.library, "en").every_text(), key=len)[:2]


def edited(folder: Path, edit: Callable[[str], str]) -> str:
    prompts = shutil.copytree(read_settings({}).prompts, folder / "prompts")
    path = prompts / "line.toml"
    path.write_text(edit(path.read_text()))
    return str(prompts)


def test_the_shipped_line_wants_its_helpline_and_its_review_looked_after(
    tmp_path: Path, content: tuple[Library, dict[str, Language]]
) -> None:
    line = WebWorker(tmp_path, content)
    assert line.finds() == ((Found.HELPLINE, ""), (Found.REVIEW, "2020"), (Found.UNREVIEWED, "pl"))
    assert (line.inside.version, line.inside.zone) == ("", "Europe/London")


@pytest.mark.parametrize(
    ("checked", "days", "late"),
    [
        ("2026-05-30", "183", False),
        ("2026-05-29", "183", True),
        ("2026-11-28", "1", False),
        ("2026-11-27", "1", True),
    ],
)
def test_a_helpline_that_was_checked_too_long_ago_nags(
    tmp_path: Path,
    content: tuple[Library, dict[str, Language]],
    checked: str,
    days: str,
    late: bool,  # noqa: FBT001
) -> None:
    prompts = edited(tmp_path, lambda text: text.replace('checked = ""', f'checked = "{checked}"'))
    line = WebWorker(tmp_path, content, PROMPTS=prompts, CHECKED_WITHIN_DAYS=days)
    assert ((Found.HELPLINE, checked) in line.finds()) is late


@pytest.mark.parametrize(("url", "found"), [("https://line.example", True), ("http://localhost:5000", False)])
def test_a_published_version_that_cannot_be_served_is_found_and_a_folder_being_edited_is_not(
    tmp_path: Path,
    url: str,
    found: bool,  # noqa: FBT001
) -> None:
    prompts = edited(tmp_path, str)
    shelf = Shelf(Path(prompts), read_settings({}).locales, lambda library: None)
    (tmp_path / "prompts" / "line.toml").write_text("name = ")
    assert not shelf.refresh()
    settings = settings_in(tmp_path, PUBLIC_URL=url)
    folder = Folder(
        shelf, Sounds(chain_in(settings), shelf.languages), Folders(settings.prompts, settings.locales)
    )
    assert ((Found.VERSION, "") in Inside(settings, folder).look()) is found


@pytest.mark.parametrize(("planned", "past"), [("2026", False), ("2026-10", True), ("2026-11-29", False)])
def test_a_review_is_past_when_its_last_day_is(
    tmp_path: Path,
    content: tuple[Library, dict[str, Language]],
    planned: str,
    past: bool,  # noqa: FBT001
) -> None:
    prompts = edited(tmp_path, lambda text: text.replace('next = "2020"', f'next = "{planned}"'))
    assert ((Found.REVIEW, planned) in WebWorker(tmp_path, content, PROMPTS=prompts).finds()) is past


@pytest.mark.parametrize(
    ("free", "found"),
    [
        (DISK_LOW, None),
        (DISK_LOW - 1, Found.DISK_LOW),
        (DISK_FULL, Found.DISK_LOW),
        (DISK_FULL - 1, Found.DISK_FULL),
    ],
)
def test_a_disk_that_fills_is_found_where_the_sounds_the_versions_and_the_database_are(
    tmp_path: Path, content: tuple[Library, dict[str, Language]], free: int, found: Found | None
) -> None:
    line = WebWorker(tmp_path, content)
    line.free = free
    where = {detail for each, detail in line.finds() if each is found}
    assert where == ({"the sounds", "the database", "the published versions"} if found else set())
    worker = Around(line.settings, lambda _: free)
    assert {detail for _, detail in worker.look()} == ({"the database"} if found else set())


def test_the_real_disk_can_be_asked_where_no_folder_is_yet(tmp_path: Path) -> None:
    settings = settings_in(
        tmp_path,
        DATABASE_URL=f"sqlite:///{tmp_path}/none/yet/line.sqlite",
        ALERT_WEBHOOK="https://h.example/x",
    )
    assert {each for each, _ in Around(settings).look()} <= {Found.DISK_LOW, Found.DISK_FULL}


def test_a_line_in_production_that_tells_nobody_is_found(tmp_path: Path) -> None:
    assert Around(settings_in(tmp_path), lambda _: 10**12).look() == ((Found.UNTOLD, ""),)
    assert Around(read_settings({}), lambda _: 10**12).look() == ()


def test_the_language_model_is_missing_when_it_answers_no_knock_for_a_while(
    tmp_path: Path, content: tuple[Library, dict[str, Language]]
) -> None:
    path = tmp_path / "model.sock"
    line = WebWorker(tmp_path, content, MODEL_SOCKET=str(path))
    missing = (Found.MODEL, "")
    assert [missing in line.finds() for _ in range(KNOCKS)] == [*[False] * (KNOCKS - 1), True]

    class Nowhere:
        def embed(self, text: str) -> None:
            return None

    stop = threading.Event()
    thread = threading.Thread(target=serve_embeddings, args=(path, Nowhere(), stop))
    thread.start()
    try:
        while not path.exists():
            pass
        assert missing not in line.finds()
    finally:
        stop.set()
        thread.join()
    with socket.socket(socket.AF_UNIX) as deaf:  # it lets nobody in, as a process that hangs
        deaf.bind(str(path))
        assert [missing in line.finds() for _ in range(KNOCKS)][-1]


def test_sounds_that_are_missing_or_fail_or_are_by_another_voice_are_found(
    tmp_path: Path, content: tuple[Library, dict[str, Language]]
) -> None:
    line = WebWorker(tmp_path, content, SPEECH_ENGINES="gtts,espeak")
    line.sounds.serve(line.holdings.live.library)
    assert (Found.SOUNDS_MISSING, "") in line.finds()
    assert (Found.STAND_IN, "gtts") not in line.finds()
    first, second = (line.sounds.find(text, "en", Pace.NORMAL) or "" for text in line.two_texts())
    assert line.sounds.read(first)
    assert (Found.STAND_IN, "gtts") not in line.finds(), "the folder was listed a moment ago"
    line.clock += SOUNDS_EVERY
    assert (Found.STAND_IN, "gtts") in line.finds()
    shutil.rmtree(tmp_path / "audio")
    (tmp_path / "audio").write_text("a file where the folder should be")
    with pytest.raises(StoreError):
        line.sounds.read(second)
    line.clock += SOUNDS_EVERY
    assert (Found.SOUND_FAILS, "") in line.finds()


def everything_told(owed: int, owed_for: float, failed: int) -> list[object]:
    """What mails and webhooks say of so many texts that wait, and so many calls that failed."""
    facts = replace(waiting(owed_for, owed), sightings=seen((Seen.CALL_FAILED, "", failed)).sightings)
    ill = tuple(Trouble(sign, NOW, NOW) for sign in judge(facts))
    return [words.tell_heartbeat(SENDER, facts, ill, ""), words.tell_news(SENDER, News(begun=ill), ())]


def test_one_person_is_told_of_as_four_are() -> None:
    """Whoever reads the mail must not learn that one text waits, or that one call failed."""
    late = OWED_TOO_LONG + 60
    assert everything_told(1, late, 1) == everything_told(4, late, 4)
    assert everything_told(9, late, 9) == everything_told(5, late, 5) != everything_told(4, late, 4)
    assert everything_told(0, 0, 1) == everything_told(4, OWED_TOO_LONG, 4)
    assert "fewer than 5 wait to be sent" in str(everything_told(1, late, 1))
    assert "Promised texts that wait: fewer than 5." in str(everything_told(1, 0, 1))
