"""The registry of checks: every rule with both sides of its boundary, its story, and the waivers that end."""
# ruff: noqa: E501 - a table is read by its rows, one case a row

import ast
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from content.small import write_small_line
from test_languages import Ended, run_in

from ivr.checking.registry import entries, explain
from ivr.checking.review import Files, Verdict, files_of, review_language, review_line
from ivr.config import read_settings
from ivr.content.checks import RULES, cared, translated
from ivr.content.headings import named
from ivr.content.loader import read_source
from ivr.content.model import Library
from ivr.content.sheet import read_sheet
from ivr.dialogue import budgets
from ivr.dialogue.place import Pace
from ivr.problems import ContentError, Findings, Gravity
from ivr.shelf import load
from ivr.speech.engines import chain_in
from ivr.text.sentences import reading_age, sentences, syllables

ROOT = Path(__file__).resolve().parent.parent
TODAY = date(2026, 11, 22)
Edit = Callable[[Path], object]
Run = Callable[..., Ended]

APPLES, PHRASES, LINE, HEADINGS = (
    f"prompts/{name}" for name in ("1-apples.md", "phrases.toml", "line.toml", "headings.toml")
)
INDEX, NOTICE, WORDING = "prompts/urgent/index.md", "prompts/notices/closed.md", "locales/en/wording.toml"
WORDS = """\
press = ["press"]
keys = ["star"]
names = ["Denosumab"]

[avoid]
"dial" = "call"
"high fever" = "high temperature"
"""


def swap(path: str, old: str, new: str) -> Edit:
    """Write `new` for `old`, which must be there."""

    def edit(folder: Path) -> None:
        text = (folder / path).read_text(encoding="utf-8")
        assert old in text
        (folder / path).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def write(path: str, text: str) -> Edit:
    def edit(folder: Path) -> None:
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")

    return edit


def body(text: str) -> Edit:
    return swap(APPLES, "This is about apples.", text)


def option(text: str) -> Edit:
    return swap(APPLES, "option: apples", f"option: {text}")


def phrase(name: str, old: str, new: str) -> Edit:
    return swap(PHRASES, f'{name} = "{old}"', f'{name} = "{new}"')


def retry(text: str) -> Edit:
    """Let the phrase without values say `text`."""
    return phrase("retry-end", "Yes.", text)


def headings(*texts: str) -> Edit:
    return write(HEADINGS, f"headings = {json.dumps(texts)}\n")


def named_so(words: int) -> Edit:
    """Give the line a name of so many words; the welcome says "Yes." before it."""
    return swap(LINE, "the small line", "word " * words)


def all_of(*edits: Edit) -> Edit:
    def edit(folder: Path) -> None:
        for each in edits:
            each(folder)

    return edit


# Two topics of 60 words or so, whose ages the formula puts on the two sides of 11.
EASY = "See your doctor about the results of any test. " * 3
HARD = "See your specialist about the results of any examination. " * 3


@pytest.fixture
def small(tmp_path: Path) -> Path:
    folder = write_small_line(tmp_path)
    write(WORDING, WORDS)(folder)
    return folder


def review(folder: Path, today: date = TODAY, every: int = 183) -> Verdict:
    library, languages = load(folder / "prompts", folder / "locales")
    files = Files(folder / "prompts", folder / "locales", timedelta(days=every))
    return review_line(library, languages, files, today)


@dataclass(frozen=True)
class Case:
    """An edit of the small line and where a rule finds it; the edit beside it is just right."""

    code: str
    edit: Edit
    where: str
    right: Edit
    says: str = ""


CASES = [
    Case("option-long", option("one two three four five six seven eight nine"), f"{APPLES}:3", option("one two three four five six seven eight")),
    Case("option-order", retry("Press 3 for apples."), PHRASES, retry("For apples, | press 3."), "comes before what it is for"),
    Case("option-order", retry("Go on. Press star to go back."), PHRASES, retry("Go on. To go back, | press star."), "comes before"),
    Case("option-order", retry("For apples, press 3."), PHRASES, retry("Press any key."), "no breath before the key"),
    Case("option-order", phrase("language", "Yes. {key}", "Press {key} for English."), PHRASES, phrase("language", "Yes. {key}", "For English, | press {key}.")),
    Case("option-wording", option("press 1 for apples"), f"{APPLES}:3", option("apples that are pressed")),
    Case("option-wording", option("apples."), f"{APPLES}:3", option("apples, and pears")),
    Case("option-wording", option("star"), f"{APPLES}:3", option("stars")),
    Case("word-avoided", retry("Dial it."), PHRASES, retry("Dialogue."), "retry-end says 'dial'. "),
    Case("word-avoided", body("With a High Fever, see a doctor."), f"{APPLES}:7", body("With a fever, see a doctor.")),
    Case("word-avoided", swap(APPLES, "sms: About", "sms: Dial about"), f"{APPLES}:4", swap(APPLES, "sms: About", "sms: Dials about")),
    Case("sentence-long", body("word " * 21 + ". Yes."), f"{APPLES}:7", body("word " * 20 + ". Yes."), "has 21 words, and 20"),
    Case("sentence-long", body("Yes: " + "word " * 21 + ". No."), f"{APPLES}:7", body("Yes: " + "word " * 20 + ". No.")),
    Case("sentence-long", all_of(swap(WORDING, "press =", 'sentence = "24"\npress ='), body("Yes. No. " + "word " * 25)), f"{APPLES}:7", all_of(swap(WORDING, "press =", 'sentence = "24"\npress ='), body("Yes. No. " + "word " * 24))),
    Case("sentences-long", body("word " * 16), f"{APPLES}:7", body("word " * 15), "16 words on average, and 15"),
    Case("reading-age", body("\n\n".join([HARD, HARD])), f"{APPLES}:7", body("\n\n".join([EASY, EASY])), "and 11 is the most"),
    Case("reading-age", retry(HARD * 40), PHRASES, retry(EASY * 40)),
    Case("helpline-last", phrase("goodbye", "Yes. {name} {number}", "{number} {name}"), PHRASES, phrase("goodbye", "Yes. {name} {number}", "{name}: | {number}.")),
    Case("heading-missing", headings("1, Apples", "1, Fruit", "1, Pears", "1, Plums", "2, Nuts"), f"{HEADINGS}:1", headings("1, apples", "1, Fruit", "1, Pears", "1, Plums"), "No topic comes from the heading '2, Nuts'."),
    Case("heading-unknown", headings("1, Fruit", "1, Pears", "1, Plums"), f"{APPLES}:5", headings("1, Apples", "1, Fruit", "1, Pears", "1, Plums"), "no heading '1, apples'"),
    Case("helpline-checked", swap(LINE, "2099-01-01", "2026-05-22"), f"{LINE}:9", swap(LINE, "2099-01-01", "2026-05-23"), "was last checked on 22 May 2026"),
    Case("helpline-hours", swap(LINE, 'hours = [{ days = "mon-fri", from = "09:00", to = "16:00" }]', "hours = []"), f"{LINE}:8", swap(LINE, "mon-fri", "mon-sat")),
    Case("review-past", swap(LINE, '"2099"', '"2026-11-21"'), f"{LINE}:21", swap(LINE, '"2099"', '"2026-11-22"')),
    Case("review-due", swap(LINE, '"2099"', '"2027-01-21"'), f"{LINE}:21", swap(LINE, '"2099"', '"2027-01-22"')),
    Case("review-due", swap(LINE, '"2099"', '"2026-11-22"'), f"{LINE}:21", swap(LINE, '"2099"', '"2027-01-22"')),
    Case("review-unknown", swap(LINE, '"2099"', '""'), f"{LINE}:21", swap(LINE, '"2099"', '"2098"')),
    Case("review-checker", swap(LINE, "A. Doctor", ""), f"{LINE}:22", swap(LINE, "A. Doctor", "B. Doctor")),
    Case("texts-price", swap(LINE, '"0.04"', '""'), f"{LINE}:25", swap(LINE, '"0.04"', '"0.05"')),
    Case("notice-over", write(NOTICE, "---\nuntil: 2026-11-21\n---\nClosed.\n"), f"{NOTICE}:1", write(NOTICE, "---\nuntil: 2026-11-22\n---\nClosed.\n")),
    # "Yes." and a breath are 1 s at the normal pace, and each word .46 s.
    Case("choice-late", named_so(18), PHRASES, named_so(17), "after 11 seconds, and 10 is the most"),
    Case("safety-late", named_so(40), f"{INDEX}:4", named_so(39), "begins 21 seconds after"),
]  # fmt: skip
# What a case also breaks, which is not its subject.
BESIDE = {
    "option-order": {"sentence-long"}, "sentences-long": {"sentence-long"}, "sentence-long": {"sentences-long"},
    "safety-late": {"choice-late"}, "reading-age": set(),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[f"{case.code} {at}" for at, case in enumerate(CASES)])
def test_a_rule_finds_what_is_wrong_and_only_that(
    small: Path, tmp_path_factory: pytest.TempPathFactory, case: Case
) -> None:
    assert review(small) == Verdict()
    case.edit(small)
    found = [problem for problem in review(small).problems if problem.code not in BESIDE.get(case.code, ())]
    assert [problem.code for problem in found] == [case.code]
    assert case.where in f"{found[0].path}:{found[0].line}"
    assert case.says in f"{found[0].text} "
    assert found[0].mend
    assert found[0].gravity is Gravity.WARNING
    beside = write_small_line(tmp_path_factory.mktemp("right"))
    write(WORDING, WORDS)(beside)
    case.right(beside)
    assert case.code not in {problem.code for problem in review(beside).problems}


def test_a_phrase_is_found_on_its_own_line(small: Path) -> None:
    retry("Dial it.")(small)
    (problem,) = review(small).problems
    line = (small / PHRASES).read_text().splitlines()[problem.line - 1]
    assert line == 'retry-end = "Dial it."'


def test_every_warning_has_a_case() -> None:
    rules = {**cared.RULES, **budgets.RULES}
    warnings = {code for code, rule in RULES.items() if rule.gravity is Gravity.WARNING} | rules.keys()
    # Languages are offered in the line's own words of all of them: it has a test of its own below.
    assert warnings - {case.code for case in CASES} == {"languages-long"}


@pytest.mark.parametrize(
    ("breaths", "languages", "told"),
    [(13, 2, False), (14, 2, True), (5, 4, False), (6, 4, True), (5, 5, False), (6, 5, True)],
)
def test_many_languages_are_offered_within_fifteen_seconds(
    small: Path, breaths: int, languages: int, *, told: bool
) -> None:
    """An offer takes .9 s and half a second for each breath; from the fifth language on there is more time."""
    library, found = load(small / "prompts", small / "locales")
    own = replace(library.own, phrases={**library.own.phrases, "language": "Yes. {key}" + " |" * breaths})
    editions = {code: replace(own, language=code) for code in ("en", "cy", "pl", "ur", "ro")[:languages]}
    draft = read_source(small / "prompts", found, Findings(small)).draft(found)
    told_now = [
        list(budgets.check_languages(budgets.Opening(Library(library.line, editions), code, draft)))
        for code in ("en", "cy")
    ]
    assert [len(faults) for faults in told_now] == [int(told), 0]


# -- reading


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("One two. Three!", [2, 1]),
        ("At 10.30 call 0808 157 0000, or text.", [8]),
        ("Signs are: | red | green and blue.", [2, 1, 3]),
        ("Why? | Yes.", [1, 1]),
        ("ایک دو۔ تین؟", [2, 1]),
        ("| . |", []),
    ],
)
def test_the_words_of_each_sentence(text: str, words: list[int]) -> None:
    assert list(map(len, sentences(text))) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "bone scans called smile worked you your through these breathe"),
        (2, "cancer people table needed safety sometimes likely being quiet fluid spasm doctor"),
        (3, "specialist area chemical serious treatable vertebra carrier nobody video"),
        (4, "information ability emergency biology usually carefully"),
    ],
)
def test_syllables(count: int, words: str) -> None:
    assert {word: syllables(word) for word in words.split()} == dict.fromkeys(words.split(), count)


def test_a_reading_age_is_the_grade_and_five_years() -> None:
    # .39 * 6 words + 11.8 * 1 syllable - 15.59 is a grade below the first.
    assert reading_age(["The cat sat on the mat."]) == (pytest.approx(3.55), 6)
    # .39 * 4 + 11.8 * 2 - 15.59
    assert reading_age(["Cancer doctors | table people."]) == (pytest.approx(0.39 * 2 + 11.8 * 2 - 10.59), 4)
    assert reading_age([]) == (0.0, 0)


def test_names_are_no_hard_words_but_make_a_sentence_longer() -> None:
    without, _ = reading_age(["Take it now."])
    hard, _ = reading_age(["Take bisphosphonates now."])
    spared, words = reading_age(["Take bisphosphonates now."], {"bisphosphonates"})
    assert hard > without + 10
    assert (spared, words) == (pytest.approx(without), 3)


def test_only_english_has_a_reading_age(small: Path) -> None:
    body("\n\n".join([HARD, HARD]))(small)
    assert [problem.code for problem in review(small).problems] == ["reading-age"]
    (small / "locales/en").rename(small / "locales/cy")
    swap(LINE, 'language = "en"', 'language = "cy"')(small)
    assert review(small) == Verdict()


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("added", []),
        ("5, Surgery", ["5, surgery"]),
        ("2, What’s my prognosis?", ["2, what's my prognosis?"]),
        ("5, One;  Two ; 8, Three", ["5, one", "5, two", "8, three"]),
    ],
)
def test_the_headings_that_a_field_names(field: str, names: list[str]) -> None:
    assert list(named(field)) == names


# -- waivers

UNTIL = "until 2026-11-22 because two boards wrote it"


def waive(text: str) -> Edit:
    return swap(APPLES, "leaflet:", f"waive: {text}\nleaflet:")


LONG = body("word " * 21 + ". Yes. No.")
WAIVED = [
    ("a file", all_of(LONG, waive(f"sentence-long {UNTIL}"))),
    ("a part", all_of(LONG, waive(f"sentence-long in part 1 {UNTIL}"))),
    ("a field", all_of(option("apples."), waive(f"option-wording in option {UNTIL}"))),
    ("a list", all_of(LONG, waive(f"\n  - sentence-long {UNTIL}"))),
    ("a phrase", all_of(retry("Dial it."), swap(PHRASES, "language =", f'waive = ["word-avoided in retry-end {UNTIL}"]\nlanguage ='))),
    ("a fact", all_of(swap(LINE, '"0.04"', '""'), swap(LINE, "language =", f'waive = ["texts-price {UNTIL}"]\nlanguage ='))),
    ("a heading", write(HEADINGS, f'headings = ["1, apples", "1, fruit", "1, pears", "1, plums", "2, nuts"]\nwaive = ["heading-missing {UNTIL}"]\n')),
    ("a notice", write(NOTICE, f"---\nuntil: 2026-11-01\nwaive: notice-over {UNTIL}\n---\nClosed.\n")),
]  # fmt: skip


@pytest.mark.parametrize("edit", [edit for _, edit in WAIVED], ids=[name for name, _ in WAIVED])
def test_a_waiver_holds_to_its_last_day_and_then_is_a_problem_itself(small: Path, edit: Edit) -> None:
    edit(small)
    verdict = review(small)
    assert verdict.problems == ()
    (waived,) = verdict.waived
    assert (waived.until, waived.reason) == (TODAY, "two boards wrote it")
    after = review(small, TODAY + timedelta(days=1))
    assert after.waived == ()
    assert {problem.code for problem in after.problems} == {"waiver-past", waived.problem.code}


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (f"sentences-long {UNTIL}", "waiver-idle", "waives nothing"),
        (f"sentence-long in option {UNTIL}", "waiver-idle", "waives nothing"),
        ("sentence-long", "waiver", "no reason or no last day"),
        ("sentence-long until 2027-01-01", "waiver", "no reason or no last day"),
        ("sentence-long because it is fine", "waiver", "no reason or no last day"),
        ("sentence-long until spring because it is fine", "waiver", "'spring' is no day"),
        (f"sentence-lang {UNTIL}", "waiver", "no check 'sentence-lang'"),
        (f"sentence-long in part 2 {UNTIL}", "waiver", "nothing called 'part 2'"),
        (f"part-long {UNTIL}", "waiver", "part-long cannot be waived"),
        (f"waiver-past {UNTIL}", "waiver", "waiver-past cannot be waived"),
        ("{}", "waiver", "no reason or no last day"),
    ],
)
def test_a_waiver_that_waives_nothing_is_told(small: Path, text: str, code: str, says: str) -> None:
    LONG(small)
    waive(text)(small)
    verdict = review(small)
    assert verdict.waived == ()
    assert {problem.code for problem in verdict.problems} == {code, "sentence-long"}
    told = next(problem for problem in verdict.problems if problem.code == code)
    assert (told.path, told.line) == (APPLES, 5)
    assert says in told.text


def test_while_a_file_is_faulty_only_the_facts_are_told(small: Path) -> None:
    all_of(LONG, waive(f"sentence-long {UNTIL}"), swap(LINE, '"0.04"', '""'))(small)
    swap(LINE, "language =", f'waive = ["texts-price {UNTIL}"]\nlanguage =')(small)
    library, languages = load(small / "prompts", small / "locales")
    swap("prompts/3-plums.md", "title:", "titel:")(small)
    files = Files(small / "prompts", small / "locales", timedelta(days=183))
    verdict = review_line(library, languages, files, TODAY)
    assert (verdict.problems, [one.problem.code for one in verdict.waived]) == ((), ["texts-price"])


def test_no_error_is_ever_waived(small: Path) -> None:
    assert [
        entry.code for entry in entries().values() if entry.gravity is Gravity.ERROR and entry.waivable
    ] == []
    body("word " * 60)(small)
    waive(f"part-long {UNTIL}")(small)
    with pytest.raises(ContentError, match="part-long"):
        review(small)


def test_a_translation_is_waived_in_the_wording_of_its_language(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_in(small, capsys, "language", "add", "it").exit_code == 0
    path = small / "locales/it/LC_MESSAGES/leaflet.po"
    text = path.read_text().replace(
        'msgid "This is about pears."\nmsgstr ""',
        f'msgid "This is about pears."\nmsgstr "{"word " * 21}. Sì. No."',
    )
    path.write_text(text)

    def verdict() -> Verdict:
        library, languages = load(small / "prompts", small / "locales")
        sheet = read_sheet(library, languages["it"], small / "locales/it", Findings(small))
        return review_language(sheet, small, TODAY)

    assert "sentence-long" in {problem.code for problem in verdict().problems}
    swap("locales/it/wording.toml", "press =", f'waive = ["sentence-long in 2.1 {UNTIL}"]\npress =')(small)
    assert "sentence-long" not in {problem.code for problem in verdict().problems}
    assert [one.problem.code for one in verdict().waived] == ["sentence-long"]
    swap("locales/it/wording.toml", "in 2.1", "in 3")(small)
    assert {"sentence-long", "waiver-idle"} <= {problem.code for problem in verdict().problems}


TRANSLATED = [
    ("silence", "Yes.", "Premere stella.", "option-order"),
    ("silence", "Yes.", "Per le mele, | premere stella.", ""),
    ("silence", "Yes.", "Comporre.", "word-avoided"),
    ("silence", "Yes.", "Compone.", ""),
    ("1", "apples", "premere", "option-wording"),
    ("1", "apples", "mele", ""),
]


@pytest.mark.parametrize(("context", "source", "text", "code"), TRANSLATED)
def test_the_words_of_a_translation_are_its_own(
    small: Path, capsys: pytest.CaptureFixture[str], context: str, source: str, text: str, code: str
) -> None:
    assert run_in(small, capsys, "language", "add", "it").exit_code == 0
    words = 'press = ["premere"]\nkeys = ["stella"]\n[avoid]\n"comporre" = "chiamare"\n'
    write("locales/it/wording.toml", words)(small)
    for path in (small / "locales/it/LC_MESSAGES").glob("*.po"):
        entry = f'msgctxt "{context}"\nmsgid "{source}"\nmsgstr "'
        path.write_text(path.read_text().replace(f'{entry}"', f'{entry}{text}"'))
    result = run_in(small, capsys, "check", "--language", "it", "--json")
    codes = {row["code"] for row in json.loads(result.stdout)["problems"]}
    assert codes & {"option-order", "word-avoided", "option-wording"} == ({code} if code else set())


# -- what is written beside the texts


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (swap(WORDING, "press =", "pres ="), "wording-unknown"),
        (swap(WORDING, '["press"]', '"press"'), "wording-list"),
        (swap(WORDING, "press =", 'sentence = "many"\npress ='), "wording-number"),
        (swap(WORDING, '"call"', '""'), "wording-missing"),
        (swap(WORDING, '"call"', '"call'), "wording-toml"),
        (write(HEADINGS, "headings = 5\n"), "headings-list"),
        (write(HEADINGS, "heading = []\n"), "headings-unknown"),
    ],
)
def test_a_fault_beside_the_texts_is_told_and_keeps_nothing_off_the_line(
    small: Path, edit: Edit, code: str
) -> None:
    edit(small)
    (problem,) = review(small).problems
    assert (problem.code, problem.gravity) == (code, Gravity.WARNING)


@pytest.mark.parametrize("path", [LINE, PHRASES])
def test_waivers_that_are_no_list_are_a_fault(small: Path, path: str) -> None:
    swap(path, "language =", 'waive = "texts-price"\nlanguage =')(small)
    with pytest.raises(ContentError, match=f"{Path(path).stem}-list"):
        review(small)


# -- the registry


def test_every_entry_has_a_story_and_explain_prints_it() -> None:
    for code, entry in entries().items():
        assert len(entry.story.split()) > 5, code
        told = explain(entry)
        assert entry.story in told
        assert told.startswith(f"{code}. ")
        assert ("To waive it: " in told) is entry.waivable
        assert ("It cannot be waived. " in told) is not entry.waivable


def test_every_rule_says_its_limit_and_where_it_comes_from() -> None:
    rules = {**RULES, **translated.RULES, **cared.RULES, **budgets.RULES}
    assert [code for code, rule in rules.items() if not (rule.limit and rule.source)] == []


def codes_in_the_source() -> Iterator[str]:
    """Every code that a reader of files gives, read from the calls that record a problem."""
    for path in sorted((ROOT / "ivr").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            at = {"add": 2, "_add": 1, "problem": 1}.get(call.func.attr)
            if at is None or len(call.args) < at + 3 or not isinstance(call.args[at], ast.Constant):
                continue
            code = str(call.args[at].value)
            stems = {
                "phrases": ["phrases"],
                "line": ["line"],
                "languages": ["language"],
                "wording": ["wording"],
            }
            if call.func.attr != "problem":
                yield code
            else:
                yield from (
                    f"{stem}-{code}" for stem in stems.get(path.stem, ["line", "phrases", "recordings"])
                )


def test_every_code_that_a_reader_gives_is_in_the_registry() -> None:
    found = set(codes_in_the_source())
    assert len(found) > 50
    assert found - entries().keys() == set()


def test_the_registry_has_what_older_checks_were_called() -> None:
    assert {
        "part-long", "sms-long", "keyword-carrier", "keyword-twice", "recording-stale", "sound-peak", "minimum",
        "title-missing", "safety-missing", "waiver", "language-unreviewed",
    } < entries().keys()  # fmt: skip


# -- the command


@pytest.fixture
def run(small: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    return lambda *arguments, **environment: run_in(small, capsys, *arguments, **environment)


def test_explain_tells_the_story_the_limit_and_how_to_waive(run: Run) -> None:
    told = run("check", "--explain", "sentence-long")
    assert told.exit_code == 0
    for words in ("A warning", "A listener cannot look back.", "20 words", "A20", "until 2027-05-01 because"):
        assert words in told.stdout
    told = run("check", "--explain", "sms-helpline")
    assert "An error" in told.stdout
    assert "It cannot be waived." in told.stdout


def test_explain_suggests_the_nearest_code(run: Run) -> None:
    told = run("check", "--explain", "sms-lang")
    assert (told.exit_code, told.stdout) == (2, "")
    assert "Is sms-long meant?" in told.stderr
    assert "meant" not in run("check", "--explain", "0").stderr


def test_list_has_every_code(run: Run) -> None:
    assert [line.split()[0] for line in run("check", "--list").stdout.splitlines()] == list(entries())


def test_what_is_waived_is_counted_and_listed_by_all(run: Run, small: Path) -> None:
    LONG(small)
    waive("sentence-long until 2099-01-01 because two boards wrote it")(small)
    counted = run("check")
    assert (counted.exit_code, counted.stdout) == (
        0, "No problems: 4 topics and 2 urgent kinds.\n1 waived. To see them: python -m ivr check --all\n",
    )  # fmt: skip
    listed = run("check", "--all").stdout.splitlines()
    assert listed[0] == "No problems: 4 topics and 2 urgent kinds."
    assert listed[1].startswith(
        "waived until 2099-01-01, because two boards wrote it: prompts/1-apples.md:8: warning"
    )
    assert json.loads(run("check", "--json").stdout) == {"problems": []}
    (row,) = json.loads(run("check", "--json", "--all").stdout)["waived"]
    assert (row["code"], row["until"], row["reason"]) == (
        "sentence-long",
        "2099-01-01",
        "two boards wrote it",
    )


def test_a_warning_is_a_line_and_a_row_with_the_same_six_facts(run: Run, small: Path) -> None:
    LONG(small)
    result = run("check")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "prompts/1-apples.md:7: warning sentence-long: A sentence has 21 words, and 20 is the most: 'word word word word"
        " word' … Make two of it, with one idea each.",
        "No problems: 4 topics and 2 urgent kinds.",
    ]
    (row,) = json.loads(run("check", "--json").stdout)["problems"]
    assert list(row) == ["path", "line", "code", "text", "mend", "gravity"]
    assert (row["path"], row["line"], row["code"], row["gravity"]) == (APPLES, 7, "sentence-long", "warning")


def test_a_fact_that_nobody_has_looked_after_comes_after_the_verdict(run: Run, small: Path) -> None:
    swap(LINE, "2099-01-01", "2020-01-01")(small)
    first, second = run("check").stdout.splitlines()
    assert first.startswith("No problems")
    assert second.startswith("prompts/line.toml:9: warning helpline-checked: ")
    assert len(run("check", CHECKED_WITHIN_DAYS="3650").stdout.splitlines()) == 1


def test_a_served_translation_with_faults_is_named_and_listed_by_all(run: Run, small: Path) -> None:
    assert run("language", "add", "it").exit_code == 0
    for path in (small / "locales/it/LC_MESSAGES").glob("*.po"):
        text = re.sub(r'(?s)msgid ((?:"[^\n]*"\n)+)msgstr ""\n', r"msgid \1msgstr \1", path.read_text())
        path.write_text(text.replace('msgid ""\nmsgstr ""\nmsgid', 'msgid ""\nmsgid', 1))
    path = small / "locales/it/LC_MESSAGES/leaflet.po"
    said = f'msgstr "{"word " * 60}"'
    path.write_text(path.read_text().replace('msgstr "This is about pears."', said))
    result = run("check")
    assert result.exit_code == 0
    assert (
        "Italiano (it): 1 error(s), 2 warning(s). To see them: python -m ivr check --language it"
        in result.stdout
    )
    assert ": error part-long: " in run("check", "--all").stdout
    assert run("check", "--language", "it").exit_code == 1


def test_sounds_that_are_made_are_checked_again(run: Run, small: Path) -> None:
    audio = small / "audio"
    assert run("check", "--sounds", AUDIO=str(audio)).stdout == "0 sounds checked, 0 fault(s).\n"
    settings = read_settings(
        {"PROMPTS": str(small / "prompts"), "LOCALES": str(small / "locales"), "AUDIO": str(audio)}
    )
    _, languages = load(settings.prompts, settings.locales)
    chain = chain_in(settings)
    utterance = chain.choice(languages["en"], Pace.NORMAL, "This is about pears.")[0]
    chain.make(utterance)
    assert run("check", "--sounds", AUDIO=str(audio)).stdout == "1 sounds checked, 0 fault(s).\n"
    chain.store.path(utterance.key).write_bytes(b"no sound")
    result = run("check", "--sounds", AUDIO=str(audio))
    assert result.exit_code == 1
    assert ": warning sound-decodes: " in result.stdout
    assert "python -m ivr render" in result.stdout


# -- the shipped content


def test_the_shipped_texts_have_nothing_wrong_but_what_is_waived() -> None:
    settings = read_settings(dict.fromkeys(os.environ, ""))
    library, languages = load(settings.prompts, settings.locales)
    # A day on which the waivers of the shipped texts hold.
    verdict = review_line(library, languages, files_of(settings), TODAY)
    assert {problem.code for problem in verdict.problems} == {
        "helpline-checked", "helpline-hours", "review-past", "review-checker", "texts-price",
    }  # fmt: skip
    assert [(one.problem.path, one.problem.code) for one in verdict.waived] == [
        ("prompts/5-treatment/5-radiotherapy/2-radioisotopes.md", "reading-age")
    ]


def test_every_heading_of_the_leaflet_has_a_topic() -> None:
    library, _ = load(ROOT / "prompts", ROOT / "locales")
    sections = {name.split(",")[0] for topic in library.own.topics.values() for name in named(topic.leaflet)}
    written = (ROOT / "prompts/headings.toml").read_text()
    assert sections == set(re.findall(r'"(\d+), ', written)) == set(map(str, range(1, 11)))
