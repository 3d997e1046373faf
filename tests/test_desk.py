"""The operator's desk: who is let in, and what its pages show."""

import re
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner
from content.small import write_small_line
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ivr.app import create_app
from ivr.checking.review import Files, review_line
from ivr.cli import main
from ivr.config import SettingsError, read_settings
from ivr.content.line import period, read_line
from ivr.content.model import Library
from ivr.dialogue.place import Pace
from ivr.languages import Language
from ivr.problems import Findings, Problem
from ivr.shelf import load
from ivr.web.desk.concerns import Concern, Rank, concerns, together
from ivr.web.desk.entrance import Entrance, Tries
from ivr.web.desk.outline import Studio, price_of
from ivr.web.desk.pages import Materials, make_desk
from ivr.web.desk.password import SHORTEST, hash_password, is_password
from ivr.web.desk.session import LASTS, Sessions, Visit
from ivr.web.desk.study import Reader, Study
from tests.callers import ROOT, settings_in

PASSWORD = "correct horse battery"
# As strong as the real one in kind, and quick, since many tests log in.
HASH = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
PAGES = ["/desk", "/desk/languages", "/desk/health", "/desk/try"]
TODAY = date(2026, 11, 22)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Operator:
    """Somebody at a browser in front of the desk."""

    def __init__(self, app: Flask, base_url: str = "https://line.example") -> None:
        self.client: FlaskClient = app.test_client()
        self._base = base_url

    def get(self, path: str, **more: object) -> TestResponse:
        return self.client.get(path, base_url=self._base, **more)  # type: ignore[arg-type]

    def token(self, path: str = "/desk/login") -> str:
        return re.search(r'name="token" value="([^"]+)"', self.get(path).text)[1]  # type: ignore[index]

    def post(self, path: str, /, **form: str) -> TestResponse:
        return self.client.post(path, data=form, base_url=self._base)

    def logs_in(self, password: str = PASSWORD, **more: str) -> TestResponse:
        return self.post("/desk/login", token=self.token(), password=password, **more)


def nothing_wrong(_library: Library, _locales: Path) -> None:
    return None


class Desk:
    """The desk alone, over the small line, with a clock of its own."""

    def __init__(
        self, content: tuple[Library, dict[str, Language]], locales: Path, prompts: Path, hashed: str = HASH
    ) -> None:
        self.clock = Clock()
        self.library, self.languages = content
        self.files = Files(prompts, locales, timedelta(days=183))
        self.faults: tuple[Problem, ...] = ()
        self.find: Callable[[str, str, Pace], str | None] = lambda text, language, pace: "a" * 32
        sessions = Sessions("a secret of the test", hashed, self.clock)
        entrance = Entrance(hashed, sessions, Tries(self.clock), hosts={"localhost"}, secure=True)
        materials = Materials(
            library=lambda: self.library, languages=lambda: self.languages, faults=lambda: self.faults,
            study=Reader(self.files, self.languages, nothing_wrong, lambda _library: TODAY).read,
            studio=Studio(self.found, lambda key: 12.0 if key else None),
            prompts=lambda: prompts, number="",
        )  # fmt: skip
        self.app = Flask("desk")
        self.app.register_blueprint(make_desk(entrance, materials))

    def found(self, text: str, language: str, pace: Pace) -> str | None:
        return self.find(text, language, pace)


@pytest.fixture
def desk(content: tuple[Library, dict[str, Language]]) -> Desk:
    return Desk(content, ROOT / "locales", ROOT / "prompts")


@pytest.fixture
def operator(desk: Desk) -> Operator:
    operator = Operator(desk.app)
    assert operator.logs_in().status_code == 303
    return operator


def small(folder: Path, edits: dict[str, Callable[[str], str]] | None = None) -> Desk:
    write_small_line(folder)
    for name, edit in (edits or {}).items():
        path = folder / name
        path.write_text(edit(path.read_text()))
    library, languages = load(folder / "prompts", folder / "locales")
    return Desk((library, dict(languages)), folder / "locales", folder / "prompts")


# --- Who is let in


def test_without_a_hash_a_line_in_production_has_no_desk(tmp_path: Path) -> None:
    client = create_app(settings_in(tmp_path)).test_client()
    for path in (*PAGES, "/desk/login", "/desk/static/desk.css"):
        assert client.get(path).status_code == 404


def test_the_real_line_asks_for_the_password_in_production(tmp_path: Path) -> None:
    operator = Operator(create_app(settings_in(tmp_path, DESK_PASSWORD_HASH=HASH)))
    assert operator.get("/desk").headers["Location"] == "/desk/login?next=/desk"
    assert operator.logs_in().headers["Location"] == "/desk"
    page = operator.get("/desk")
    assert page.status_code == 200
    assert "Denosumab" in page.text


def test_a_hash_that_a_shell_has_eaten_is_no_setting() -> None:
    with pytest.raises(SettingsError, match="desk-password"):
        read_settings({"DESK_PASSWORD_HASH": HASH.replace("$argon2id$v", "=v")})


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_shown_before_the_password(desk: Desk, path: str) -> None:
    answer = Operator(desk.app).get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/desk/login?next=")
    assert "Denosumab" not in answer.text


def test_a_forged_cookie_and_one_of_an_old_password_are_nobodys(desk: Desk) -> None:
    inside = Visit("a", 2_000_000, inside=True)
    for secret, hashed in (("another secret", HASH), ("a secret of the test", hash_password("of last year"))):
        stranger = Operator(desk.app)
        stranger.client.set_cookie(
            "desk", Sessions(secret, hashed, desk.clock).write(inside), domain="line.example", path="/desk"
        )
        assert stranger.get("/desk").status_code == 303
    for cookie in ("", "x", "WyJhIiwxXQ.x"):
        assert Sessions("s", HASH, desk.clock).read(cookie) is None


def test_a_visit_ends_after_twelve_hours(desk: Desk, operator: Operator) -> None:
    desk.clock.now += LASTS - 1
    assert operator.get("/desk/try").status_code == 200
    desk.clock.now += 1
    assert operator.get("/desk/try").status_code == 303


def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_http(desk: Desk) -> None:
    cookie = Operator(desk.app).logs_in().headers["Set-Cookie"]
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/desk", f"Max-Age={LASTS}"):
        assert attribute in cookie


def test_logging_in_changes_the_visit_so_that_nobody_can_plant_one(desk: Desk) -> None:
    operator = Operator(desk.app)
    before = operator.token()
    operator.logs_in()
    assert operator.token("/desk") != before


def test_logging_out(desk: Desk, operator: Operator) -> None:
    assert operator.post("/desk/logout", token=operator.token("/desk")).status_code == 303
    assert operator.get("/desk").status_code == 303


@pytest.mark.parametrize("token", ["", "x", "ŵ"])
def test_a_form_without_the_visits_own_token_does_nothing(desk: Desk, operator: Operator, token: str) -> None:
    other = Operator(desk.app).token()
    for given in (token, other):
        assert operator.post("/desk/logout", token=given).status_code == 400
        assert Operator(desk.app).post("/desk/login", token=given, password=PASSWORD).status_code == 400
    assert operator.get("/desk/try").status_code == 200


def test_five_tries_in_a_quarter_of_an_hour(desk: Desk) -> None:
    operator = Operator(desk.app)
    for _ in range(5):
        wrong = operator.logs_in("a guess")
        assert wrong.status_code == 403
        assert "That is not the password" in wrong.text
    held = operator.logs_in()
    assert held.status_code == 429
    assert held.headers["Retry-After"] == "901"
    assert "Wait 16 minutes" in held.text
    desk.clock.now += 899
    assert operator.logs_in().status_code == 429
    desk.clock.now += 1
    assert operator.logs_in().status_code == 303


def test_strangers_who_guess_do_not_keep_out_a_browser_that_is_known(desk: Desk) -> None:
    known = Operator(desk.app)
    known.logs_in()
    known.post("/desk/logout", token=known.token("/desk"))
    for _ in range(6):
        held = Operator(desk.app).logs_in("a guess")
    assert held.status_code == 429
    assert known.logs_in("a slip").status_code == 403
    assert known.logs_in().status_code == 303


def test_a_browser_that_is_known_may_not_guess_without_end_either(desk: Desk) -> None:
    known = Operator(desk.app)
    known.logs_in()
    known.post("/desk/logout", token=known.token("/desk"))
    assert [known.logs_in("a guess").status_code for _ in range(6)] == [403] * 5 + [429]


def test_a_browser_is_known_by_what_the_desk_signed_for_this_password_only(desk: Desk) -> None:
    mine = Sessions("s", HASH, desk.clock)
    assert mine.known(mine.introduce()) != ""
    assert Sessions("s", hash_password("of last year"), desk.clock).known(mine.introduce()) == ""
    for cookie in ("", "x", "WyJhIiwxXQ.x", "ŵ", mine.write(Visit("a", 2_000_000, inside=True))):
        assert mine.known(cookie) == ""


def test_a_right_password_takes_no_try(desk: Desk) -> None:
    for _ in range(7):
        assert Operator(desk.app).logs_in().status_code == 303


@pytest.mark.parametrize(
    ("wanted", "led"),
    [
        ("/desk/health", "/desk/health"),
        ("/desk?language=ur&pace=slow", "/desk?language=ur&pace=slow"),
        ("https://elsewhere.example", "/desk"),
        ("//elsewhere.example", "/desk"),
        ("/desk/../phone", "/desk"),
        ("/deskx", "/desk"),
        ("/desk\r\nX: y", "/desk"),
    ],
)
def test_the_login_leads_on_within_the_desk_only(desk: Desk, wanted: str, led: str) -> None:
    assert Operator(desk.app).logs_in(next=wanted).headers["Location"] == led


def test_an_open_desk_answers_under_its_own_name_only(content: tuple[Library, dict[str, Language]]) -> None:
    app = Desk(content, ROOT / "locales", ROOT / "prompts", hashed="").app
    assert Operator(app, "http://localhost:5000").get("/desk").status_code == 200
    assert Operator(app, "http://rebound.example").get("/desk").status_code == 403
    assert Operator(app, "http://localhost").post("/desk/logout", token="x").status_code == 400


def test_a_stranger_cannot_send_much(desk: Desk) -> None:
    operator = Operator(desk.app)
    assert operator.post("/desk/login", token=operator.token(), password="x" * 10_000).status_code == 413


@pytest.mark.parametrize("path", [*PAGES, "/desk/login"])
def test_a_page_runs_nothing_but_its_own_files_and_is_kept_nowhere(operator: Operator, path: str) -> None:
    answer = operator.get(path)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert answer.headers["Cache-Control"] == "no-store"
    assert not re.search(r"<style|style=|\son\w+=|<script>", answer.text)


def test_a_wrong_password_is_not_written_anywhere(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    Operator(desk.app).logs_in("a guess that tells")
    assert "wrong password" in caplog.text
    assert "a guess that tells" not in caplog.text


def test_the_command_prints_a_hash_that_opens() -> None:
    done = CliRunner().invoke(main, ["desk-password"], input=f"{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0
    hashed = re.search(r"^\$argon2\S+$", done.output, re.M)[0]  # type: ignore[index]
    assert is_password(PASSWORD, hashed)
    assert not is_password(PASSWORD + "x", hashed)
    assert read_settings({"DESK_PASSWORD_HASH": hashed}).desk_password_hash == hashed
    assert "DESK_PASSWORD_HASH" in done.output


@pytest.mark.parametrize("typed", ["short\nshort\n", f"{PASSWORD}\nanother\n"])
def test_the_command_takes_no_short_password_and_no_slip(typed: str) -> None:
    done = CliRunner().invoke(main, ["desk-password"], input=typed)
    assert done.exit_code == 2
    assert "$argon2" not in done.output


# --- What it shows


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def branch(html: str, topic: str) -> str:
    """The topic's own piece of the map, up to the next topic."""
    return html.split(f'id="topic-{topic}"')[1].split('<details class="branch', maxsplit=1)[0]


def test_the_map_shows_a_topic_with_all_that_belongs_to_it(operator: Operator, library: Library) -> None:
    html = branch(operator.get("/desk").text, "5.1.3")
    topic = library.own.topics["5.1.3"]
    shown = words(html)
    assert re.findall(r"<kbd>(.)</kbd>", html) == ["5", "1", "3"]
    assert html.count(f"/audio/{'a' * 32}.mp3") == len(topic.parts) == 3
    for text in (topic.title, topic.option, topic.sms, *(part.text for part in topic.parts)):
        assert " ".join(text.split()) in shown
    assert "From the leaflet: 5, Denosumab (Xgeva)" in shown
    assert "prompts/5-treatment/1-bone-drugs/3-denosumab.md" in shown
    assert "0:36" in shown  # three parts of 12 s
    assert "2 parts" in shown
    assert "of 306 characters, GSM-7" in shown
    assert library.own.urgency.sms_line in shown


def test_what_the_leaflet_does_not_have_is_marked(operator: Operator, library: Library) -> None:
    html = branch(operator.get("/desk").text, "urgent.spine")
    assert (
        html.count(">Not in the leaflet<")
        == sum(part.added for part in library.own.topics["urgent.spine"].parts)
        == 1
    )
    assert library.own.topics["urgent.spine"].sms_added in words(html)


def test_the_map_holds_every_topic_once(operator: Operator, library: Library) -> None:
    ids = re.findall(r'id="topic-([^"]+)"', operator.get("/desk").text)
    assert len(ids) == len(set(ids))
    assert set(library.own.topics) - {"menu"} < set(ids)


def test_the_section_on_0_stands_behind_the_helpline(operator: Operator) -> None:
    html = operator.get("/desk").text
    assert html.index('id="topic-person"') < html.index('id="topic-10"')
    assert re.findall(r"<kbd>(.)</kbd>", branch(html, "10")) == ["0", "1"]


@pytest.mark.parametrize(
    ("query", "language", "direction"), [("ur", "ur", "rtl"), ("pl", "pl", "ltr"), ("xx", "en", "ltr")]
)
def test_the_map_in_another_language(
    operator: Operator, library: Library, query: str, language: str, direction: str
) -> None:
    html = operator.get(f"/desk?language={query}&pace=slow").text
    topic = library.editions[language].topics["5.1.3"]
    assert f'lang="{language}" dir="{direction}">{topic.title}</h' in html
    assert " ".join(topic.parts[0].text.split()) in words(html)
    assert html.startswith('<!doctype html>\n<html lang="en">')


@pytest.mark.parametrize("pace", ["slow", "fast", "hasty", ""])
def test_a_pace_that_is_none_is_the_normal_one(operator: Operator, pace: str) -> None:
    chosen = re.search(r'pace=(\w+)" aria-current', operator.get(f"/desk?pace={pace}").text)
    assert chosen
    assert chosen[1] == (pace if pace in ("slow", "fast") else "normal")


def test_what_people_write_is_shown_and_never_run(tmp_path: Path) -> None:
    def edit(text: str) -> str:
        return (
            text.replace("This is about apples.", 'It is 1 < 2 & "co".')
            .replace("About apples.", "<b>About</b> apples.")
            .replace("leaflet: 1, apples", "leaflet: 1, <i>apples</i>")
            .replace("title: apples", "title: <u>apples</u>")
        )

    desk = small(tmp_path, {"prompts/1-apples.md": edit})
    operator = Operator(desk.app)
    operator.logs_in()
    html = operator.get("/desk").text
    assert "It is 1 &lt; 2 &amp; &#34;co&#34;." in html
    for tag in ("<b>About", "<i>apples", "<u>apples"):
        assert tag not in html
    assert "&lt;u&gt;apples&lt;/u&gt;, part 1 of 1" in html


def test_a_part_without_a_sound_says_so(desk: Desk, operator: Operator) -> None:
    desk.find = lambda text, language, pace: None
    html = branch(operator.get("/desk").text, "5.1.3")
    assert "/audio/" not in html
    assert html.count("No sound") == 3
    assert "about" in html  # the seconds are estimated


def test_what_a_text_costs(tmp_path: Path) -> None:
    def price(text: str) -> str:
        return text.replace('"0.04"', '"0.0463"')

    desk = small(tmp_path, {"prompts/line.toml": price})
    assert price_of(desk.library.line, 2) == "£0.0926"
    operator = Operator(desk.app)
    operator.logs_in()
    assert "1 part, £0.0463" in words(operator.get("/desk").text)


PRICES = [
    ('price = "0.04"', Decimal("0.04"), "GBP", ""),
    ('price = "0.04"\ncurrency = "EUR"', Decimal("0.04"), "EUR", ""),
    ('price = ""', None, "", ""),
    ('price = "4p"', None, "", "line-price"),
    ('price = "0,04"', None, "", "line-price"),
    ('price = "0.04"\ncurrency = "pounds"', None, "", "line-currency"),
]


@pytest.mark.parametrize(("written", "amount", "currency", "code"), PRICES)
def test_the_price_of_a_text_in_line_toml(
    tmp_path: Path, written: str, amount: Decimal | None, currency: str, code: str
) -> None:
    path = write_small_line(tmp_path) / "prompts" / "line.toml"
    path.write_text(path.read_text().replace('price = "0.04"', written))
    findings = Findings(tmp_path)
    line = read_line(path, ["en"], findings)
    assert [problem.code for problem in findings.problems] == ([code] if code else [])
    assert line
    if amount is None:
        assert line.text_price is None
    else:
        assert line.text_price
        assert (line.text_price.amount, line.text_price.currency) == (amount, currency)


def test_languages_tell_what_is_missing_and_where(
    tmp_path: Path, content: tuple[Library, dict[str, Language]]
) -> None:
    locales = shutil.copytree(ROOT / "locales", tmp_path / "locales")
    catalog = locales / "cy" / "LC_MESSAGES" / "leaflet.po"
    text = catalog.read_text()
    context = 'msgctxt "5.1.3"\nmsgid "Denosumab"\nmsgstr "'
    line = text[: text.index(context)].count("\n") + 1
    catalog.write_text(re.sub(re.escape(context) + '[^"]*"', context + '"', text))
    operator = Operator(Desk(content, locales, ROOT / "prompts").app)
    operator.logs_in()
    html = operator.get("/desk/languages").text
    assert "5.1.3: 1 of" in words(html)
    shown = re.search(r"locales/cy/LC_MESSAGES/leaflet\.po:(\d+)", html[html.index("5.1.3: 1 of") :])
    assert shown
    assert abs(int(shown[1]) - line) <= 3
    for language in content[1].values():
        assert language.name in html
    assert "Nobody yet" in html


def test_languages_follow_a_catalog_that_changes(
    tmp_path: Path, content: tuple[Library, dict[str, Language]]
) -> None:
    locales = shutil.copytree(ROOT / "locales", tmp_path / "locales")
    read = Reader(Files(ROOT / "prompts", locales, timedelta(days=183)), content[1], nothing_wrong).read
    first = read(content[0])
    assert read(content[0]) is first
    (locales / "pl" / "LC_MESSAGES" / "leaflet.po").write_text("msgid")
    broken = next(each for each in read(content[0]).standings if each.language.code == "pl")
    assert broken.coverage is None
    assert broken.problems[0].path == "locales/pl/LC_MESSAGES/leaflet.po"


# --- What is wrong


def concerns_of(desk: Desk, today: date = TODAY) -> dict[str, Concern]:
    own = review_line(desk.library, desk.languages, desk.files, today)
    return {concern.code: concern for concern in concerns(desk.library, (), Study((), (), own))}


def test_the_shipped_line_tells_what_nobody_has_looked_after(desk: Desk) -> None:
    found = concerns_of(desk)
    review = found["review-past"]
    assert (review.rank, review.path) == (Rank.NOW, "prompts/line.toml")
    assert "February 2018" in review.text
    assert "planned for 2020. That is past" in review.text
    lines = (ROOT / "prompts" / "line.toml").read_text().splitlines()
    assert lines[review.line - 1] == 'next = "2020"'
    assert lines[found["helpline-checked"].line - 1] == 'checked = ""'
    assert "0808 800 6000" in found["helpline-checked"].text
    assert {"review-checker", "helpline-hours", "texts-price"} < found.keys()
    assert found["review-past"].story.startswith("Old advice is given as if it were today's")


NEXT = [
    ("2026", date(2026, 12, 31), "planned for 2026.", Rank.SOON),
    ("2026", date(2027, 1, 1), "That is past", Rank.NOW),
    ("2027-01", date(2026, 11, 1), "", None),
    ("2027-01", date(2026, 11, 2), "planned for January 2027.", Rank.SOON),
    ("2026-11-21", date(2026, 11, 22), "That is past", Rank.NOW),
]


@pytest.mark.parametrize(("written", "today", "words_", "rank"), NEXT)
def test_a_review_nears_and_passes(
    tmp_path: Path, written: str, today: date, words_: str, rank: Rank | None
) -> None:
    def edit(text: str) -> str:
        return text.replace('next = "2099"', f'next = "{written}"')

    found = concerns_of(small(tmp_path, {"prompts/line.toml": edit}), today)
    told = [found[code] for code in ("review-past", "review-due", "review-unknown") if code in found]
    assert [concern.rank for concern in told] == ([rank] if rank is not None else [])
    assert all(words_ in concern.text for concern in told)


@pytest.mark.parametrize(
    ("checked", "nags"), [("2026-05-23", False), ("2026-05-22", True), ("2026-11-22", False)]
)
def test_the_helpline_is_checked_twice_a_year(tmp_path: Path, checked: str, *, nags: bool) -> None:
    def edit(text: str) -> str:
        return text.replace("2099-01-01", checked)

    found = concerns_of(small(tmp_path, {"prompts/line.toml": edit}))
    assert ("helpline-checked" in found) is nags


def test_the_days_of_a_year_a_month_and_a_day() -> None:
    assert period("2020") == (date(2020, 1, 1), date(2020, 12, 31))
    assert period("2024-02") == (date(2024, 2, 1), date(2024, 2, 29))
    assert period("2020-05-06") == (date(2020, 5, 6), date(2020, 5, 6))


def test_a_faulty_edit_comes_first_with_its_line_and_its_mend(desk: Desk, operator: Operator) -> None:
    findings = Findings(ROOT)
    findings.add(
        ROOT / "prompts" / "4-the-bones.md", 3, "sms-long", "The text is <long>.", "Take out 9 characters."
    )
    desk.faults = tuple(findings.problems)
    html = operator.get("/desk/health").text
    shown = words(html)
    assert "The text is &lt;long&gt;." in html
    assert shown.index("prompts/4-the-bones.md:3") < shown.index("Nobody has ever checked")
    assert "Take out 9 characters." in shown
    for path in ("/desk", "/desk/languages", "/desk/try"):
        assert "The last change is not on the line. It has 1 fault" in words(operator.get(path).text)


def test_unreviewed_languages_are_told(
    operator: Operator, content: tuple[Library, dict[str, Language]]
) -> None:
    shown = words(operator.get("/desk/health").text)
    for language in content[1].values():
        if language.code != "en" and not language.reviewed_by:
            assert f"Nobody who speaks {language.name} has checked" in shown


def test_what_is_mended_alike_stands_together() -> None:
    one, two, three = (
        Concern(Rank.NOW, text, mend, code="a") for text, mend in (("1", "x"), ("2", "y"), ("3", "x"))
    )
    assert together([one, two, three]) == [[one, three], [two]]


def test_the_desk_wears_the_phones_colours() -> None:
    def tokens(path: str) -> set[str]:
        return set(re.findall(r"--[\w-]+: [^;]+;", (ROOT / path).read_text()))

    own = tokens("ivr/web/desk/static/desk.css") - {"--ground: #ffffff;"}  # on paper
    assert own - tokens("ivr/web/static/phone.css") == set()


def test_a_password_has_a_least_length() -> None:
    assert len(PASSWORD) >= SHORTEST
