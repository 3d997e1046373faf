"""Editing at the desk, publishing and undoing: whole flows as an operator goes through them."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest
from content.small import write_small_line
from flask import Flask
from test_desk import HASH, Operator, words
from werkzeug.test import TestResponse

from ivr.app import create_app
from ivr.config import Settings
from ivr.drafts.jobs import Job, Jobs
from ivr.drafts.workshop import Workshop
from ivr.owing import Owing
from ivr.shelf import load
from ivr.speech.engines import chain_of
from ivr.tally.counter import Counter
from ivr.text.spoken import caption
from ivr.texting import load_words
from ivr.versions import shelves as shelves_module
from ivr.versions.archive import pack
from ivr.versions.opening import supply_of
from ivr.versions.publishing import make_sounds, missing_sounds
from tests.callers import ROOT, Caller, settings_in

APPLES = "prompts/1-apples.md"
WITHIN = 60.0


@dataclass
class Line:
    """A line with a desk, its folders and who sits in front of it."""

    folder: Path
    settings: Settings
    app: Flask

    def operator(self) -> Operator:
        operator = Operator(self.app, self.settings.public_url)
        if self.settings.desk_password_hash:
            operator.logs_in()
        return operator

    def live(self) -> str:
        """What the topic on key 1 says in the version that is live."""
        supply = supply_of(self.settings)
        files = supply.files(supply.pointer.recent()[0].version)
        return files[APPLES].decode().rpartition("---\n")[2].strip()


@pytest.fixture(scope="module")
def audio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which every text of the small line has a sound, one and the same: making hundreds takes a minute."""
    folder = tmp_path_factory.mktemp("small")
    write_small_line(folder)
    library, languages = load(folder / "prompts", folder / "locales")
    chain = chain_of(("espeak",), folder / "audio")
    wanted = missing_sounds(chain, library, languages)
    make_sounds(chain, wanted[:1], lambda done, total: None)
    mp3 = chain.store.read(wanted[0][0].key)
    assert mp3
    for utterance, *_ in wanted:
        for suffix, data in ((".mp3", mp3), (".txt", caption(utterance.text).encode()), (".json", b"{}")):
            chain.store.path(utterance.key).with_suffix(suffix).write_bytes(data)
    assert not missing_sounds(chain, library, languages)
    return folder / "audio"


def line_in(folder: Path, **more: str) -> Line:
    write_small_line(folder)
    places = {"PROMPTS": str(folder / "prompts"), "LOCALES": str(folder / "locales")}
    settings = settings_in(folder, **places, **more)
    return Line(folder, settings, create_app(settings))


@pytest.fixture
def line(tmp_path: Path, audio: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """A line in production with one version published, which takes up what is published after it."""
    monkeypatch.setattr(shelves_module, "SETTLED", 0.0)
    write_small_line(tmp_path)
    settings = settings_in(tmp_path)
    data = pack(tmp_path / "prompts", tmp_path / "locales")
    supply_of(settings).pointer.publish(data, "Ada", "The first", 0)
    line = line_in(tmp_path, DESK_PASSWORD_HASH=HASH, AUDIO=str(audio))
    with line.app.extensions["upkeep"]:
        yield line


@pytest.fixture
def here(tmp_path: Path) -> Line:
    """A line on its operator's own machine."""
    return line_in(tmp_path, PUBLIC_URL="http://localhost:5000")


def fields(html: str) -> dict[str, str]:
    """What the page's form would send, as it was shown."""
    found = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', html)}
    if text := re.search(r'<textarea id="text"[^>]*>\n(.*?)</textarea>', html, re.S):
        found["text"] = unescape(text[1])
    return {name: found[name] for name in found if name not in ("do", "title", "find")}


def edits(
    operator: Operator, path: str, change: Callable[[str], str], who: str = "Ada", do: str = "save"
) -> TestResponse:
    """Open a file, change its text, and press a button."""
    form = fields(operator.get(f"/desk/edit/file?path={path}").text)
    return operator.post("/desk/edit/file", **form | {"text": change(form["text"]), "who": who, "do": do})


def publishes(operator: Operator, message: str = "Better words") -> str:
    """Publish the draft, wait, and return what the page says at the end."""
    form = fields(operator.get("/desk/publish").text)
    return ends(operator, operator.post("/desk/publish", **form | {"message": message, "who": "Ada"}))


def ends(operator: Operator, answer: TestResponse) -> str:
    """Wait for the publishing that `answer` leads to, and return what its page says then."""
    assert answer.status_code == 303, words(answer.text)
    where = answer.headers["Location"].replace("/publish/work", "/publish/far")
    deadline = time.monotonic() + WITHIN
    while "data-ended" not in (page := operator.get(where).text):
        assert time.monotonic() < deadline, page
        time.sleep(0.02)
    return words(page)


def says(sentence: str) -> Callable[[str], str]:
    return lambda text: text.replace("This is about apples.", sentence)


def test_a_sentence_is_edited_published_heard_and_taken_back(line: Line) -> None:
    operator = line.operator()
    assert edits(operator, APPLES, says("Apples keep until spring.")).status_code == 303
    assert line.live() == "This is about apples."
    page = words(operator.get("/desk/publish").text)
    assert "1 apples changes: what is said" in page
    assert "Apples keep until spring" in page
    assert "is on the line" in publishes(operator)
    assert line.live() == "Apples keep until spring."
    assert "Nothing to publish" in operator.get("/desk/publish").text
    listed = words(operator.get("/desk/versions").text)
    assert "Better words" in listed
    form = fields(operator.get("/desk/versions/back?number=1").text)
    assert "is on the line" in ends(operator, operator.post("/desk/versions/back", **form | {"who": "Ada"}))
    assert line.live() == "This is about apples."


def test_on_ones_own_machine_it_goes_into_the_folders(here: Line) -> None:
    operator = here.operator()
    assert edits(operator, APPLES, says("Apples keep until spring.")).status_code == 303
    assert "This is about apples." in (here.folder / APPLES).read_text()
    form = fields(operator.get("/desk/publish").text)
    assert operator.post("/desk/publish", **form).status_code == 303
    assert "Apples keep until spring." in (here.folder / APPLES).read_text()
    assert "Nothing is changed" in operator.get("/desk/edit").text


def test_a_broken_edit_is_kept_named_with_its_line_and_never_published(line: Line) -> None:
    operator = line.operator()
    answer = edits(operator, APPLES, lambda text: text.replace("title:", "titel:"))
    assert answer.status_code == 303
    page = operator.get(answer.headers["Location"]).text
    assert 'data-line="2"' in page
    assert "titel" in fields(page)["text"]
    published = operator.get("/desk/publish").text
    assert "Mend this first" in published
    assert "prompts/1-apples.md:2" in words(published)
    assert 'name="message"' not in published
    form = fields(published) | {"shown": "1-anything", "who": "Ada"}
    assert operator.post("/desk/publish", **form).status_code == 409
    assert len(supply_of(line.settings).pointer.recent()) == 1
    assert "apples" in Caller(line.app).rings().stays_silent().heard


# --- Who may


PAGES = (
    "/desk/edit", f"/desk/edit/file?path={APPLES}", "/desk/edit/new?in=prompts&title=Limes", "/desk/files",
    "/desk/files/all?of=live", f"/desk/files/one?path={APPLES}", "/desk/notices", "/desk/publish", "/desk/versions",
    "/desk/versions/back?number=1", "/desk/draft/phone", "/desk/live/phone", "/desk/draft/audio/x.mp3",
)  # fmt: skip
FORMS = (
    "/desk/edit/file", "/desk/edit/check", "/desk/files", "/desk/notices", "/desk/notices/back", "/desk/publish",
    "/desk/versions/back",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_nothing_of_it_is_shown_before_the_password(line: Line, path: str) -> None:
    answer = Operator(line.app, line.settings.public_url).get(path)
    assert answer.status_code == 303
    assert "/desk/login" in answer.headers["Location"]


@pytest.mark.parametrize("path", FORMS)
def test_a_form_of_another_site_changes_nothing(line: Line, path: str) -> None:
    operator = line.operator()
    assert operator.post(path, path=APPLES, text="x", over="", do="save", who="x").status_code == 400
    assert Operator(line.app, line.settings.public_url).post(path).status_code == 400


@pytest.mark.parametrize(
    "path",
    ["prompts/../secret.md", "/etc/passwd", "ivr/app.py", "prompts/recordings/en/1.wav", "", "prompts/.x.md"],
)
def test_only_texts_can_be_opened(line: Line, path: str) -> None:
    operator = line.operator()
    assert operator.get(f"/desk/edit/file?path={path}").status_code == 404
    assert operator.get(f"/desk/files/one?path={path}").status_code == 404


def test_what_people_write_is_shown_and_never_run(line: Line) -> None:
    operator = line.operator()
    edits(operator, APPLES, says('<script>alert("x")</script> </textarea><b>x'), who="<i>Ada</i>")
    for path in ("/desk/edit", f"/desk/edit/file?path={APPLES}", "/desk/publish"):
        page = operator.get(path).text
        assert "<script>alert" not in page
        assert "<b>x" not in page
        assert "<i>Ada" not in page


# --- While one writes


def test_seconds_and_parts_are_told_of_a_text_that_is_not_saved(line: Line) -> None:
    operator = line.operator()
    form = fields(operator.get(f"/desk/edit/file?path={APPLES}").text)
    before = words(operator.post("/desk/edit/check", **form).text)
    assert "No fault here · about 2 s · 1 SMS part" in before
    longer = (
        form["text"].replace("About apples.", "About apples. " * 12) + "\n" + "An apple a day, they say. " * 6
    )
    after = words(operator.post("/desk/edit/check", **form | {"text": longer}).text)
    assert "about 17 s · 2 SMS parts" in after
    assert "of 306 characters, GSM-7" in after
    curly = words(
        operator.post("/desk/edit/check", **form | {"text": form["text"].replace("About", "About’s")}).text
    )
    assert "1 thing to mend" in curly
    assert "UCS-2" in curly
    assert "Nothing is changed" in operator.get("/desk/edit").text


def test_what_keeps_nothing_off_the_line_is_told_while_one_writes(line: Line) -> None:
    operator = line.operator()
    form = fields(operator.get(f"/desk/edit/file?path={APPLES}").text)
    form["text"] += "\nAn apple " + "and an apple " * 9 + "is eaten.\n"
    page = words(operator.post("/desk/edit/check", **form).text)
    assert "No fault here · 2 to look at" in page
    assert "A sentence has 31 words, and 20 is the most" in page
    assert "Make two of it, with one idea each." in page


@pytest.fixture
def bilingual(tmp_path: Path) -> Operator:
    """Who sits at the desk of a line in English and Welsh."""
    second = ROOT / "tests" / "second"
    folders = {name.upper(): str(second / name) for name in ("prompts", "locales")}
    settings = settings_in(tmp_path, **folders, SERVE_UNREVIEWED="cy", DESK_PASSWORD_HASH=HASH)
    return Line(tmp_path, settings, create_app(settings)).operator()


def test_what_takes_a_language_off_the_line_is_named_before_it_is_published(bilingual: Operator) -> None:
    """One translated phrase without its value, and nobody would be answered in Welsh."""
    operator = bilingual
    path = "locales/cy/LC_MESSAGES/phrases.po"
    edits(operator, path, lambda text: re.sub(r'(msgstr "[^"]*)\{\w+\}', r"\1rhywbeth", text, count=1))
    page = words(operator.get("/desk/publish").text)
    assert "Cymraeg: the whole language goes off the line, for callers and for texts. This is why:" in page
    assert f"{path}:" in page
    shown = words(operator.get(f"/desk/edit/file?path={path}").text)
    assert "1 thing keeps this language off the line" in shown
    assert "No fault here" not in shown


def test_a_translation_that_is_too_long_is_to_be_looked_at_and_takes_no_language_off(
    bilingual: Operator,
) -> None:
    path = "locales/cy/LC_MESSAGES/leaflet.po"
    long = "Mae hyn yn hir iawn. " * 40
    edits(bilingual, path, lambda text: re.sub(r'(msgstr ")([^"]+\."\n\n)', rf"\1{long}\2", text, count=1))
    shown = words(bilingual.get(f"/desk/edit/file?path={path}").text)
    assert "No fault here · " in shown
    assert "to look at" in shown
    assert "off the line" not in shown + words(bilingual.get("/desk/publish").text)


def test_the_check_button_works_without_scripts_and_saves_nothing(line: Line) -> None:
    operator = line.operator()
    page = edits(operator, APPLES, lambda text: text.replace("title:", "titel:"), do="check")
    assert page.status_code == 200
    assert "There is no field" in words(page.text)
    assert "titel: apples" in fields(page.text)["text"]
    assert "Nothing is changed" in operator.get("/desk/edit").text


def test_faults_of_other_files_are_named_with_their_place(line: Line) -> None:
    operator = line.operator()
    edits(operator, "prompts/3-plums.md", lambda text: text.replace("title:", "titel:"))
    page = operator.get(f"/desk/edit/file?path={APPLES}").text
    assert "in other files of the draft" in page
    assert "/desk/edit/file?path=prompts/3-plums.md&amp;line=2" in page
    assert "2 faults" in operator.get("/desk/edit").text


def test_a_file_is_found_by_its_title_its_keys_and_its_name(line: Line) -> None:
    operator = line.operator()
    for wanted in ("pears", "2.1", "1-pears"):
        page = operator.get(f"/desk/edit?find={wanted}").text
        assert "prompts/2-fruit/1-pears.md" in page
        assert APPLES not in page
    assert "heard after 2, 1" in words(operator.get("/desk/edit/file?path=prompts/2-fruit/1-pears.md").text)


def test_a_new_topic_gets_the_next_number_and_is_nothing_until_it_is_saved(line: Line) -> None:
    operator = line.operator()
    form = fields(operator.get("/desk/edit/new?in=prompts/2-fruit&title=Sour: limes").text)
    assert form["path"] == "prompts/2-fruit/2-sour-limes.md"
    assert "Nothing is changed" in operator.get("/desk/edit").text
    text = form["text"].replace("Write here what is said.", "Limes are sour.")
    assert operator.post("/desk/edit/file", **form | {"text": text, "do": "save"}).status_code == 303
    assert "2.2 Sour: limes is new" in words(operator.get("/desk/publish").text)
    publishes(operator)
    caller = Caller(line.app)
    _shelves_look(line)
    assert "Limes are sour" in caller.rings().presses("22").heard_in_all


def _shelves_look(line: Line) -> None:
    """Wait until the worker has seen what was published."""
    deadline = time.monotonic() + WITHIN
    number = supply_of(line.settings).pointer.recent()[0].short
    while line.app.test_client().get("/healthz").json["version"] != number:  # type: ignore[index]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_file_is_taken_away_and_put_back(line: Line) -> None:
    operator = line.operator()
    plums = "prompts/3-plums.md"
    assert edits(operator, plums, str, do="away").status_code == 303
    page = operator.get(f"/desk/edit/file?path={plums}").text
    assert "this file is taken away" in page
    assert "3 plums is gone" in words(operator.get("/desk/publish").text)
    operator.post("/desk/edit/file", **fields(page) | {"do": "back"})
    assert "Nothing is changed" in operator.get("/desk/edit").text


# --- Two people


def test_the_second_of_two_sees_both_texts_and_overwrites_nothing(line: Line) -> None:
    ada, ben = line.operator(), line.operator()
    bens = fields(ben.get(f"/desk/edit/file?path={APPLES}").text)
    edits(ada, APPLES, says("Ada's apples."), who="Ada")
    answer = ben.post(
        "/desk/edit/file", **bens | {"text": says("Ben's apples.")(bens["text"]), "do": "save", "who": "Ben"}
    )
    assert answer.status_code == 409
    assert "was changed by Ada" in words(answer.text)
    assert "Ada&#39;s apples." in answer.text
    form = fields(answer.text)
    assert "Ben's apples." in form["text"]
    assert "Ada's apples." in fields(ada.get(f"/desk/edit/file?path={APPLES}").text)["text"]
    merged = form["text"].replace("Ben's apples.", "Ada's and Ben's apples.")
    assert ben.post("/desk/edit/file", **form | {"text": merged, "do": "save"}).status_code == 303
    assert "Ada's and Ben's apples." in fields(ada.get(f"/desk/edit/file?path={APPLES}").text)["text"]


def test_taking_back_what_somebody_else_has_changed_meanwhile_is_asked_about(line: Line) -> None:
    ada, ben = line.operator(), line.operator()
    edits(ada, APPLES, says("One."))
    bens = fields(ben.get(f"/desk/edit/file?path={APPLES}").text)
    edits(ada, APPLES, lambda text: text.replace("One.", "Two."))
    assert ben.post("/desk/edit/file", **bens | {"do": "back"}).status_code == 409
    assert "Two." in fields(ada.get(f"/desk/edit/file?path={APPLES}").text)["text"]


def test_a_file_that_was_published_from_elsewhere_is_not_overwritten_unseen(line: Line) -> None:
    operator = line.operator()
    edits(operator, APPLES, says("From the desk."))
    path = line.folder / APPLES
    path.write_text(path.read_text().replace("This is about apples.", "From a terminal."))
    data = pack(line.folder / "prompts", line.folder / "locales")
    supply_of(line.settings).pointer.publish(data, "Ben", "", 1)
    page = operator.get("/desk/publish").text
    assert "Changed by somebody else meanwhile" in page
    form = fields(page)
    assert operator.post("/desk/publish", **form | {"shown": "2-x", "who": "Ada"}).status_code == 409
    shown = operator.get(f"/desk/edit/file?path={APPLES}").text
    assert "This file is another by now" in shown
    assert "From a terminal" in words(shown)
    operator.post("/desk/edit/file", **fields(shown) | {"do": "save"})
    assert "is on the line" in publishes(operator)
    assert line.live() == "From the desk."


def test_a_difference_that_is_no_longer_the_one_that_was_shown_is_not_published(line: Line) -> None:
    ada, ben = line.operator(), line.operator()
    edits(ada, APPLES, says("One."))
    form = fields(ada.get("/desk/publish").text)
    edits(ben, APPLES, lambda text: text.replace("One.", "Two."))
    answer = ada.post("/desk/publish", **form | {"who": "Ada"})
    assert answer.status_code == 409
    assert "has changed since this page was shown" in answer.text
    assert line.live() == "This is about apples."


def test_who_has_a_faulty_base_on_their_own_machine_can_mend_it_here(here: Line) -> None:
    path = here.folder / APPLES
    path.write_text(path.read_text().replace("title:", "titel:"))
    operator = here.operator()
    assert "what it would begin from has 2 faults" in words(operator.get("/desk/edit").text)
    edits(operator, APPLES, lambda text: text.replace("titel:", "title:"))
    operator.post("/desk/publish", **fields(operator.get("/desk/publish").text))
    assert "title: apples" in path.read_text()


# --- On a phone, before it is published


def rings(operator: Operator, which: str, *keys: str) -> str:
    """Call one of the desk's phones, press keys, and return the words of all sounds."""
    call = f"CA{1:032x}"
    asked = {"call": call, "from": "+447700900123", "to": "+442079460000", "fields": {}, "path": "/voice"}
    heard, headers = [], {"Sec-Fetch-Site": "same-origin"}
    for key in ("", *keys):
        sent = asked | {"fields": {"Digits": key} if key else {}}
        told = operator.client.post(
            f"/desk/{which}/phone/webhook", json=sent, headers=headers, base_url=operator._base
        ).json
        gather = next(verb for verb in told["verbs"] if verb["verb"] == "Gather")
        for verb in gather["nested"]:
            assert verb["url"].startswith(f"/desk/{which}/audio/")
            heard.append(operator.get(verb["url"].replace(".mp3", ".txt")).text)
        asked["path"] = gather["action"]
    return " ".join(heard)


def test_the_draft_is_called_at_the_desk_while_callers_hear_what_is_live(line: Line) -> None:
    operator = line.operator()
    edits(operator, APPLES, says("Apples of the draft."))
    assert "Apples of the draft." in rings(operator, "draft", "1", "1")
    assert "This is about apples." in rings(operator, "live", "1", "1")
    assert "Apples of the draft" not in Caller(line.app).rings().presses("1").heard_in_all
    page = operator.get("/desk/draft/phone").text
    assert "This is the draft" in page
    assert "/desk/draft/phone/static/phone.js" in page
    with operator.get("/desk/draft/phone/static/phone.js") as script:
        assert script.status_code == 200


def test_a_text_that_is_asked_for_in_a_trial_is_owed_to_nobody(line: Line) -> None:
    operator = line.operator()
    edits(operator, APPLES, lambda text: text.replace("About apples.", "Drafted apples."))
    rings(operator, "draft", "1", "1", "9", "9")
    answer = operator.client.post(
        "/desk/draft/phone/inbox", json={"from": "+447700900123"}, headers={"Sec-Fetch-Site": "same-origin"},
        base_url=operator._base,
    )  # fmt: skip
    assert "Drafted apples." in answer.json["messages"][0]["body"]
    assert Owing(line.settings.database_url, Counter(line.settings.database_url)).counts()["owed"] == 0


def test_a_draft_with_a_fault_is_not_called_but_mended(line: Line) -> None:
    operator = line.operator()
    edits(operator, APPLES, lambda text: text.replace("title:", "titel:"))
    assert operator.get("/desk/draft/phone").headers["Location"] == "/desk/publish"


def test_a_real_call_never_reaches_a_trial(line: Line) -> None:
    for path in ("/desk/draft/voice", "/desk/live/voice", "/desk/draft/sms"):
        assert line.operator().post(path).status_code in (400, 404, 405)


# --- Notices


def notice(operator: Operator, do: str, **more: str) -> TestResponse:
    form = fields(operator.get("/desk/notices").text)
    given = {"text": "The helpline is closed today.", "until": "2030-01-02", "who": "Ada", "do": do}
    return operator.post("/desk/notices", **{"token": form["token"]} | given | more)


def test_a_notice_goes_on_the_line_alone_and_comes_off_again(line: Line) -> None:
    operator = line.operator()
    edits(operator, APPLES, says("Still being written."))
    assert "is on the line" in ends(operator, notice(operator, "publish"))
    assert line.live() == "This is about apples."
    _shelves_look(line)
    assert "closed today" in Caller(line.app).rings().stays_silent().heard_in_all
    page = operator.get("/desk/notices").text
    assert "Heard until 2 January 2030" in page
    form = {name: fields(page)[name] for name in ("token", "path", "shown", "who")}
    assert "is on the line" in ends(operator, operator.post("/desk/notices/back", **form))
    assert "None. Callers hear the line as it is." in operator.get("/desk/notices").text
    assert "Still being written." in fields(operator.get(f"/desk/edit/file?path={APPLES}").text)["text"]


REFUSED = [
    ({"until": "2020-01-02"}, "is over"),
    ({"until": "soon"}, "is no date"),
    ({"until": ""}, "last day"),
    ({"from": "2030-02-01"}, "after the last one"),
    ({"text": " "}, "Write what callers are to hear"),
    ({"text": "word " * 60}, "12 is the most"),
    ({"sms": "x" * 161}, "1 is the most"),
]


def test_a_notice_that_cannot_be_is_refused_with_its_words_kept(line: Line) -> None:
    operator = line.operator()
    for more, told in REFUSED:
        for do in ("publish", "draft"):
            answer = notice(operator, do, **more)
            assert answer.status_code == 400, more
            assert told in words(answer.text)
            assert more.get("text", "The helpline is closed today.").strip() in answer.text
    assert len(supply_of(line.settings).pointer.recent()) == 1


def test_a_notice_on_ones_own_machine_is_a_file(here: Line) -> None:
    operator = here.operator()
    assert notice(operator, "publish").status_code == 303
    assert "closed today" in (here.folder / "prompts/notices/until-2030-01-02.md").read_text()


# --- When the machine does not


def test_while_the_database_is_down_it_says_so_and_the_map_is_there(tmp_path: Path) -> None:
    down = line_in(tmp_path, DESK_PASSWORD_HASH=HASH, DATABASE_URL="sqlite:////proc/none/line.sqlite")
    operator = down.operator()
    assert operator.get("/desk").status_code == 200
    form = {
        "token": operator.token("/desk"),
        "path": APPLES,
        "text": "x",
        "over": "",
        "base": "",
        "do": "save",
    }
    answer = operator.post("/desk/edit/file", **form)
    assert answer.status_code == 503
    assert "does not answer now. Nothing was changed" in answer.text


def test_publishing_whose_worker_was_stopped_is_told_as_such(line: Line) -> None:
    operator = line.operator()
    workshop = Workshop(line.settings, load_words)
    jobs = Jobs(workshop, chain_of(("espeak",), line.settings.audio))
    gone = Job("gone", 2, "f" * 64)
    jobs._insert(gone)
    with workshop.database.writing() as connection:
        connection.exec_driver_sql("UPDATE desk_jobs SET beat = beat - 60")
    page = words(operator.get("/desk/publish/far?id=gone").text)
    assert "was stopped half way" in page
    assert "The line is as it was" in page
    assert jobs.running() is None


def test_publishing_that_cannot_make_a_sound_leaves_the_line_and_the_draft(line: Line) -> None:
    line = line_in(line.folder, DESK_PASSWORD_HASH=HASH)
    operator = line.operator()
    edits(operator, APPLES, says("A sentence without a sound."))
    line.settings.audio.write_text("no folder")
    told = publishes(operator)
    assert "cannot be written" in told
    assert line.live() == "This is about apples."
    assert "1 file changed" in words(operator.get("/desk/edit").text)


def test_a_word_list_is_checked_where_it_or_the_topics_have_changed(line: Line) -> None:
    operator = line.operator()
    token = operator.token("/desk")
    form = {
        "token": token,
        "path": "locales/en/understanding.yaml",
        "over": "",
        "base": "",
        "who": "Ada",
        "do": "save",
    }
    assert (
        operator.post(
            "/desk/edit/file", **form | {"text": "topics:\n  '9': {keywords: [cherries]}\n"}
        ).status_code
        == 303
    )
    assert "locales/en/understanding.yaml:2" in words(operator.get("/desk/publish").text)
    page = operator.get("/desk/edit/file?path=locales/en/understanding.yaml").text
    assert 'data-line="2"' in page
    form = fields(page)
    assert (
        operator.post(
            "/desk/edit/file", **form | {"text": "topics:\n  '3': {keywords: [cherries]}\n", "do": "save"}
        ).status_code
        == 303
    )
    assert "Mend this first" not in operator.get("/desk/publish").text
    edits(operator, "prompts/3-plums.md", str, do="away")
    assert "locales/en/understanding.yaml:2" in words(operator.get("/desk/publish").text)
