"""A translator's commands: a new language from nothing to the line, what is wrong with one, and what is stale."""
# ruff: noqa: E501 - a table is read by its rows, one case a row

import inspect
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import test_atlas
import test_serve
from babel.messages import pofile
from content.small import SPOKEN, write_small_line

from ivr.cli import main
from ivr.config import SETTINGS
from ivr.content.catalogs import MADE_FOR, catalog_path, written
from ivr.content.checks.translated import RULES
from ivr.content.coverage import ORDER
from ivr.content.extract import DOMAINS
from ivr.content.model import Library
from ivr.content.newcomer import NoLanguageError, meet, voices_of
from ivr.dialogue.atlas import explore
from ivr.shelf import load
from ivr.texting import load_words

ROOT = Path(__file__).resolve().parent.parent
# A language whose letters are all in the plain alphabet of text messages, as the accents of the pseudo-language are.
PSEUDO = "it"
ACCENTS = str.maketrans("aeiou", "àèìòù")
URGENT_LINE = "Text URGENT or call 999."
FIRE, FLOOD, APPLES = "urgent.fire", "urgent.flood", "1"


def accented(text: str) -> str:
    """The text with an accent on every vowel, as long as before; {values}, | and numbers stay."""
    return "".join(
        piece if piece.startswith("{") else piece.translate(ACCENTS) for piece in re.split(r"(\{\w*\})", text)
    )


def edit(locales: Path, change: Callable[[str, str, str], str | None], code: str = PSEUDO) -> None:
    """Set every translation to what `change(context, text, translation)` returns; None makes it fuzzy."""
    for domain in DOMAINS:
        path = catalog_path(locales / code, domain)
        with path.open("rb") as file:
            catalog = pofile.read_po(file, locale=code)
        for message in catalog:
            if message.id:
                found = change(message.context or "", str(message.id), str(message.string))
                message.string = str(message.string) if found is None else found
                if found is None:
                    message.flags.add("fuzzy")
        path.write_bytes(written(catalog))


def put(locales: Path, context: str, source: str, text: str | None) -> None:
    """Give one text a translation; None makes the one it has stale."""
    seen: list[str] = []

    def change(where: str, what: str, now: str) -> str | None:
        if (where, what) != (context, source):
            return now
        seen.append(what)
        return text

    edit(locales, change)
    assert seen, f"{context} has no text {source!r}"


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    exit_code: int
    stdout: str
    stderr: str


def run_in(
    folder: Path, capsys: pytest.CaptureFixture[str] | None, *arguments: str, **environment: str
) -> Ended:
    """Run a command on the prompts and locales in `folder`."""
    places = {name: str(folder / name.lower()) for name in ("PROMPTS", "LOCALES", "AUDIO")}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**dict.fromkeys(SETTINGS, ""), **places, **environment}.items():
            patch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main(arguments, prog_name="ivr")
    printed = capsys.readouterr() if capsys else None
    return Ended(int(ended.value.code or 0), printed.out if printed else "", printed.err if printed else "")


Run = Callable[..., Ended]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The small line; its topic of apples has two parts."""
    folder = write_small_line(tmp_path)
    path = folder / "prompts/1-apples.md"
    path.write_text(path.read_text() + "\nRed ones are sweet: | green ones are sour.\n")
    return folder


@pytest.fixture
def run(small: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the small line."""
    return lambda *arguments, **environment: run_in(small, capsys, *arguments, **environment)


@pytest.fixture
def locales(small: Path, run: Run) -> Path:
    """The small line's languages, of which the pseudo-language has every text."""
    assert run("language", "add", PSEUDO).exit_code == 0
    found = small / "locales"
    edit(found, lambda context, text, _: accented(text))
    return found


def read(folder: Path, unreviewed: tuple[str, ...] | None = None) -> Library:
    return load(folder / "prompts", folder / "locales", unreviewed)[0]


@dataclass(frozen=True)
class Found:
    """One line that `check --language` printed."""

    path: str
    line: int
    gravity: str
    code: str
    text: str


def judged(run: Run, code: str = PSEUDO) -> tuple[int, list[Found]]:
    result = run("check", "--language", code, "--json")
    rows = json.loads(result.stdout)["problems"]
    return result.exit_code, [Found(r["path"], r["line"], r["gravity"], r["code"], r["text"]) for r in rows]


# -- a language is added, filled, and called


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped line with the pseudo-language, every text of which a script has filled in.

    Some topics of section 5 are left out: they are like the others, and to visit them too takes seconds.
    """
    folder = tmp_path_factory.mktemp("filled")
    left_out = shutil.ignore_patterns(*(f"{number}-*" for number in range(2, 9)))
    shutil.copytree(ROOT / "prompts", folder / "prompts")
    for section in (folder / "prompts").glob("5-*"):
        shutil.rmtree(section)
        shutil.copytree(ROOT / "prompts" / section.name, section, ignore=left_out)
        for deeper in section.glob("1-*"):
            shutil.rmtree(deeper)
            shutil.copytree(ROOT / "prompts" / section.name / deeper.name, deeper)
    shutil.copytree(ROOT / "locales", folder / "locales")
    assert run_in(folder, None, "language", "add", PSEUDO).exit_code == 0
    edit(folder / "locales", lambda context, text, _: accented(text))
    return folder


@pytest.fixture(scope="module")
def pseudo(filled: Path) -> test_atlas.Atlas:
    library = test_atlas.alone(read(filled), PSEUDO)
    return test_atlas.Atlas(library, tuple(explore(library, test_atlas.ORDINARY)))


# A20 depends on how long words are, which the pseudo-language has from English; A25 on nothing in a language, and takes
# longer than all the others together.
LEFT_OUT = ("test_A20", "test_A25")
INVARIANTS = [
    test
    for name, test in inspect.getmembers(test_atlas, inspect.isfunction)
    if name.startswith("test_")
    and list(inspect.signature(test).parameters) == ["atlas"]
    and not name.startswith(LEFT_OUT)
]


def test_the_atlas_has_invariants_to_hold_a_new_language_to() -> None:
    names = [test.__name__ for test in INVARIANTS]
    assert len(names) > 15
    assert [name for name in names if "zero_leads_to_a_person" in name or "star_goes_back" in name]


@pytest.mark.parametrize("invariant", INVARIANTS, ids=[test.__name__ for test in INVARIANTS])
def test_what_holds_in_every_language_holds_in_a_new_one(
    pseudo: test_atlas.Atlas, invariant: Callable[[test_atlas.Atlas], None]
) -> None:
    invariant(pseudo)


def test_a_caller_of_the_new_language_hears_no_word_of_another(pseudo: test_atlas.Atlas) -> None:
    own = pseudo.library.own
    # What a language has of its own, and not by translation: dates and hours by CLDR, names and numbers of services.
    kept = {*own.hours, *own.review, own.line.helpline.spoken}
    known = re.compile("|".join(re.escape(text) for text in kept if text))
    for place, _, turns in pseudo.visits:
        for text in test_atlas.said(turns):
            assert not re.search(r"[aeiou]", known.sub("", text)), (place, text)


def test_a_new_language_that_is_filled_has_nothing_wrong_with_it(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run_in(filled, capsys, "check", "--language", PSEUDO)
    assert (result.exit_code, result.stdout) == (
        0, "Italiano (it) is on the line; nobody has reviewed it. 0 error(s), 0 warning(s).\n",
    )  # fmt: skip


# -- language add


def test_a_new_language_is_a_folder_with_everything_to_fill_in(small: Path, run: Run) -> None:
    result = run("language", "add", "ro")
    assert result.exit_code == 0
    folder = small / "locales/ro"
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*.*")) == [
        "LC_MESSAGES/leaflet.po", "LC_MESSAGES/page.po", "LC_MESSAGES/phrases.po", "language.toml",
        "pronunciation.toml", "understanding.yaml", "wording.toml",
    ]  # fmt: skip
    language = load(small / "prompts", small / "locales")[1]["ro"]
    assert (language.name, language.direction, language.sms_encoding) == ("Română", "ltr", "UCS-2")
    assert (language.espeak, language.say, language.reviewed_by) == ("ro+f2 126%", "", "")
    steps = [line for line in result.stdout.splitlines() if re.match(r"\d\. ", line)]
    assert [line[0] for line in steps] == list("1234567")
    files = [
        "language.toml",
        "phrases.po",
        "page.po",
        "understanding.yaml",
        "pronunciation.toml",
        "reviewed_by",
        "coverage",
    ]
    assert all(file in step for file, step in zip(files, steps, strict=True))
    assert run("check").exit_code == 0
    assert run("catalogs").exit_code == 0  # writes the templates, which the small line has not
    assert run("catalogs", "--check").exit_code == 0


def test_the_skeleton_of_the_word_list_is_sound_and_says_how_phrases_are_written(
    filled: Path, library: Library
) -> None:
    path = filled / "locales" / PSEUDO / "understanding.yaml"
    own = (ROOT / "locales/en/understanding.yaml").read_text().split("\n\n")[0]
    assert path.read_text().split("\n\n")[0] == own.replace("in English", "in Italian")
    lexicon = load_words(library, filled / "locales")[PSEUDO]
    assert {"italian", "italiano"} <= lexicon.names


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("english", "There is no language with the code 'english'."),
        ("xx", "There is no language with the code 'xx'."),
        ("", "There is no language with the code ''."),
        ("../ro", "There is no language with the code '../ro'."),
        ("pt_BR", "There is no language with the code 'pt_BR'."),
        ("ron", "The code 'ron' is written ro on the web."),
        ("en", "en is there already. What it lacks: python -m ivr check --language en"),
        ("EN", "en is there already."),
    ],
)
def test_what_is_no_new_language_is_refused_in_plain_words(
    small: Path, run: Run, code: str, said: str
) -> None:
    result = run("language", "add", code)
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr
    assert [path.name for path in (small / "locales").iterdir()] == ["en"]


def test_a_folder_that_is_there_is_left_as_it_is(locales: Path, run: Run) -> None:
    before = {path: path.read_bytes() for path in locales.rglob("*.*")}
    assert run("language", "add", PSEUDO).exit_code == 1
    assert {path: path.read_bytes() for path in locales.rglob("*.*")} == before


VOICES = voices_of(
    [("ro", "name Romanian\nlanguage ro\n"), ("cmn", "language cmn\nlanguage zh\n"), ("pt", "language pt\nlanguage pt-pt\n"),
     ("pt-BR", "language pt-br\nlanguage pt 6\n")]
)  # fmt: skip


@pytest.mark.parametrize(
    ("code", "folder", "name", "direction", "encoding", "voice"),
    [
        ("ro", "ro", "Română", "ltr", "UCS-2", "ro"),
        ("de", "de", "Deutsch", "ltr", "GSM-7", ""),
        ("it", "it", "Italiano", "ltr", "GSM-7", ""),
        ("fr", "fr", "Français", "ltr", "UCS-2", ""),
        ("ar", "ar", "العربية", "rtl", "UCS-2", ""),
        ("pa-arab", "pa-Arab", "پنجابی (عربی)", "rtl", "UCS-2", ""),
        ("PT-br", "pt-BR", "Português (Brasil)", "ltr", "UCS-2", "pt-BR"),
        ("pt", "pt", "Português", "ltr", "UCS-2", "pt"),
        ("zh", "zh", "中文", "ltr", "UCS-2", "cmn"),
    ],
)
def test_what_is_known_of_a_language(
    code: str, folder: str, name: str, direction: str, encoding: str, voice: str
) -> None:
    new = meet(code, VOICES, ["en", "pl"])
    assert (new.code, new.name, new.direction, new.sms_encoding, new.espeak) == (
        folder,
        name,
        direction,
        encoding,
        voice,
    )


def test_a_language_is_known_by_its_name_in_the_others() -> None:
    assert meet("ro", {}, ["en", "pl", "pt-BR"]).called == ("romanian", "rumunski", "romeno", "romana")
    with pytest.raises(NoLanguageError):
        meet("root", {}, [])


def test_a_language_that_the_engine_cannot_speak_says_so_and_stops_nothing(small: Path, run: Run) -> None:
    result = run("language", "add", "so")
    assert "The built-in engine cannot speak Somali" in result.stdout
    assert "a stand-in" in (small / "locales/so/language.toml").read_text()
    assert run("check").exit_code == 0


# -- check --language


@dataclass(frozen=True)
class Case:
    """One translation, and what is found: nothing where `code` is ""."""

    name: str
    context: str
    source: str
    text: str | None
    code: str = ""
    gravity: str = "error"
    says: str = ""
    encoding: str = "GSM-7"


def sized(length: int, filling: str = "a") -> str:
    """A text of this many characters that ends with the helpline's number."""
    return filling * (length - len(SPOKEN)) + SPOKEN


KIND_SMS = f"Call now. Helpline {SPOKEN}"
APPLES_SMS = f"About apples. Helpline {SPOKEN}"
URGENT_SMS = f"After a collapse call 999. Helpline {SPOKEN}"
SAFETY = "If someone collapses, call 999."


def heard(count: int) -> str:
    """So many words to hear, in sentences of ten."""
    return "".join("word. " if number % 10 == 0 else "word " for number in range(1, count + 1))


FIRST, SECOND = "This is about apples.", "Red ones are sweet: | green ones are sour."
ROOM = len("\n" + URGENT_LINE)
PACKED = "a" * 152 + "€" + sized(152 - ROOM)  # 306 units, which by division would be two parts
BREATH = "| x"

CASES = [
    # -- too long to text
    Case("an urgent text in one part", FIRE, KIND_SMS, sized(160)),
    Case("an urgent text in two", FIRE, KIND_SMS, sized(161), "sms-long", says="sent in 2 parts, and 1 is the most"),
    Case("an urgent text in two of UCS-2", FIRE, KIND_SMS, sized(134, "ż"), encoding="UCS-2"),
    Case("an urgent text in three of UCS-2", FIRE, KIND_SMS, sized(135, "ż"), "sms-long", says="3 parts, and 2", encoding="UCS-2"),
    Case("a summary in two parts with the urgent line", APPLES, APPLES_SMS, sized(306 - ROOM)),
    Case("a summary in three", APPLES, APPLES_SMS, sized(307 - ROOM), "sms-long", says="3 parts, with the 25 characters"),
    Case("a summary that is packed into three", APPLES, APPLES_SMS, PACKED, "sms-long", says="3 parts"),
    Case("a summary in four of UCS-2", APPLES, APPLES_SMS, sized(268 - ROOM, "ż"), encoding="UCS-2"),
    Case("a summary in five of UCS-2", APPLES, APPLES_SMS, sized(269 - ROOM, "ż"), "sms-long", says="5 parts", encoding="UCS-2"),
    Case("the general urgent text in two", "urgent", URGENT_SMS, sized(306)),
    Case("the general urgent text in three", "urgent", URGENT_SMS, sized(307), "sms-long"),
    Case("an urgent line of 70", "urgent", URGENT_LINE, "a" * 70),
    Case("an urgent line of 71", "urgent", URGENT_LINE, "a" * 71, "sms-line-long"),
    Case("no helpline", APPLES, APPLES_SMS, "Mele.", "sms-helpline", "warning"),
    # -- too long to hear: the heading of the first part takes 4.8 s
    Case("a first part of 34 s", APPLES, FIRST, heard(51)),
    Case("a first part of more", APPLES, FIRST, heard(52), "part-long", says="about 35 seconds at the slow pace, and 34"),
    Case("a second part of 34 s", APPLES, SECOND, heard(57) + BREATH),
    Case("a second part of more", APPLES, SECOND, heard(58) + BREATH, "part-long"),
    Case("a safety line of 12 s", "urgent", SAFETY, heard(21)),
    Case("a safety line of more", "urgent", SAFETY, heard(22), "safety-long", says="about 13 seconds at the slow pace, and 12"),
    Case("a choice of eight words", APPLES, "apples", "a " * 8),
    Case("a choice of nine", APPLES, "apples", "a " * 9, "option-long", "warning"),
    Case("a sentence of 20 words", "2.1", "This is about pears.", "word " * 20 + ". Yes."),
    Case("a sentence of 21", "2.1", "This is about pears.", "word " * 21 + ". Yes.", "sentence-long", "warning"),
    Case("sentences of 15 words on average", "2.1", "This is about pears.", "word " * 15),
    Case("sentences of 16", "2.1", "This is about pears.", "word " * 16, "sentences-long", "warning"),
    Case("a goodbye after the number", "goodbye", "Yes. {name} {number}", "{number} {name}", "helpline-last", "warning"),
    # -- characters
    Case("a curly apostrophe", FIRE, KIND_SMS, f"L’{SPOKEN}", "sms-characters", "warning", "’ (right single quotation mark)"),
    Case("one in a text of 70", FIRE, KIND_SMS, "’" + sized(69), "sms-characters", "warning"),
    Case("one in a text of 71, which makes it two parts", FIRE, KIND_SMS, "’" + sized(70), "sms-characters"),
    Case("one where the language needs them", FIRE, KIND_SMS, f"L’{SPOKEN}", encoding="UCS-2"),
    Case("a letter in a texted phrase", "sms-stop", "Yes. {emergency} {number}", "Tał {emergency} {number}", "sms-characters", "warning", "ł (latin small letter l with stroke)"),
    Case("a letter in what is said", "silence", "Yes.", "Tał."),
    # -- values and breaths
    Case("a value lost", "welcome", "Yes. {name}", "Sì.", "values", says="'welcome' must hold these values: {name}"),
    Case("a value too many", "silence", "Yes.", "Sì {name}.", "values", says="values: none"),
    Case("a value translated", "welcome", "Yes. {name}", "Sì {nome}", "values"),
    Case("a brace that does not close", "welcome", "Yes. {name}", "Sì {name", "values"),
    Case("an order to a value", "welcome", "Yes. {name}", "Sì {name: }", "values"),
    Case("a kind of number", "welcome", "Yes. {name}", "Sì {name:d}", "values"),
    Case("a conversion", "welcome", "Yes. {name}", "Sì {name!x}", "values"),
    Case("a part of a value", "welcome", "Yes. {name}", "Sì {name.x}", "values"),
    Case("a value without a name", "welcome", "Yes. {name}", "Sì {name} {}", "values"),
    Case("a value twice", "welcome", "Yes. {name}", "{name} {name}"),
    Case("a breath lost", APPLES, SECOND, "Rosse e verdi.", "breaths", "warning", "0 of the 1 breaths"),
    Case("a breath more", APPLES, SECOND, "Rosse: | verdi. | Sì."),
    # -- direction
    Case("a Hebrew text", APPLES, FIRST, "תפוחים", "direction", "warning", "letters that are read from right to left"),
    # -- missing and stale
    Case("no urgent text at all", "urgent", URGENT_SMS, "", "minimum", says="'After a collapse call 999. Helpline"),
    Case("a part of the general urgent text", "urgent", "Call 999 if someone collapses.", "", "minimum"),
    Case("a choice without a name", APPLES, "apples", "", "minimum"),
    Case("a phrase", "silence", "Yes.", "", "minimum", says="silence: 'Yes.' is not translated"),
    Case("the name of the line", "line.toml", "the small line", "", "minimum"),
    Case("a part", APPLES, FIRST, "", "untranslated", "warning", "1: 1 of 3 texts are not translated; until then callers hear"),
    Case("an urgent kind's own text", FIRE, KIND_SMS, "", "untranslated", "warning", "the general urgent text stands in"),
    Case("a stale phrase", "silence", "Yes.", None, "stale"),
    Case("a stale part", APPLES, FIRST, None, "stale", "warning", "1: the original has changed to 'This is about apples.'"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_finding_has_its_place_and_its_gravity(locales: Path, run: Run, case: Case) -> None:
    path = locales / PSEUDO / "language.toml"
    path.write_text(path.read_text().replace('"GSM-7"', f'"{case.encoding}"'))
    put(locales, case.context, case.source, case.text)
    exit_code, found = judged(run)
    if not case.code:
        assert (exit_code, found) == (0, [])
        return
    assert [(one.code, one.gravity) for one in found] == [(case.code, case.gravity)]
    assert exit_code == (case.gravity == "error")
    assert case.says in found[0].text
    po = (locales.parent / found[0].path).read_text().splitlines()
    entry = po[found[0].line - 2 : found[0].line + 1]
    assert f'msgctxt "{case.context}"' in entry[0]
    assert entry[1].startswith("msgid ")


def test_every_rule_for_translations_has_a_story_and_a_case() -> None:
    assert [code for code, rule in RULES.items() if not rule.entry.story.strip()] == []
    assert RULES.keys() - {case.code for case in CASES} == {"beginning"}
    # The last three need a wording.toml, and have their cases in test_checks.py.
    own = {
        "notice-long",
        "notice-sms-long",
        "notice-characters",
        "heading-missing",
        "heading-unknown",
        "reading-age",
    }
    worded = {"option-order", "option-wording", "word-avoided"}
    assert set(ORDER) - own - worded - {case.code for case in CASES} == {"beginning"}


def in_arabic(text: str) -> str:
    """Every word as an Arabic one, {values}, |, the helpline and medicines in Latin letters as they are."""
    return " ".join(word if re.search(r"[{|\d]", word) else "كلمة" for word in text.split())


@pytest.fixture
def rightward(locales: Path) -> Path:
    """The pseudo-language in Arabic letters, from right to left."""
    path = locales / PSEUDO / "language.toml"
    path.write_text(path.read_text().replace('"GSM-7"', '"UCS-2"').replace('"ltr"', '"rtl"'))
    edit(locales, lambda context, text, _: in_arabic(text))
    return locales


def test_latin_letters_within_a_text_from_right_to_left_are_fine(rightward: Path, run: Run) -> None:
    put(rightward, APPLES, FIRST, "كلمة Xgeva (Denosumab, Zoledronic acid, Ibandronic acid)")
    put(rightward, APPLES, "apples", "apples")  # a name that is left as it is
    assert judged(run) == (0, [])


def test_a_text_in_other_letters_reads_the_wrong_way(rightward: Path, run: Run) -> None:
    put(rightward, APPLES, FIRST, "Queste sono mele")
    exit_code, found = judged(run)
    assert (exit_code, [one.code for one in found]) == (0, ["direction"])


def test_a_text_message_that_begins_with_a_latin_letter_is_laid_out_the_wrong_way(
    rightward: Path, run: Run
) -> None:
    put(rightward, APPLES, APPLES_SMS, f"999: Xgeva كلمة كلمة {SPOKEN}")
    exit_code, found = judged(run)
    assert (exit_code, [one.code for one in found]) == (0, ["beginning"])


@pytest.mark.parametrize("declared", ["ltr", "rtl"])
def test_a_direction_that_is_not_that_of_the_letters_is_told_once(
    locales: Path, run: Run, declared: str
) -> None:
    path = locales / PSEUDO / "language.toml"
    path.write_text(path.read_text().replace('"GSM-7"', '"UCS-2"').replace('"ltr"', f'"{declared}"'))
    if declared == "ltr":
        edit(locales, lambda context, text, _: in_arabic(text))
    _, found = judged(run)
    assert [(one.path, one.line, one.code) for one in found if one.code == "direction"] == [
        ("locales/it/language.toml", 3, "direction")
    ]


def test_the_worst_comes_first(locales: Path, run: Run) -> None:
    put(locales, APPLES, SECOND, "Senza.")
    put(locales, "2", "This is about fruit.", "")
    put(locales, FLOOD, KIND_SMS, sized(161))
    put(locales, "2.1", "This is about pears.", None)
    put(locales, "wrong", "Yes.", "")
    put(locales, "welcome", "Yes. {name}", "Sì.")
    put(locales, "urgent", SAFETY, "")
    exit_code, found = judged(run)
    assert exit_code == 1
    assert [(one.code, one.gravity) for one in found] == [
        ("minimum", "error"), ("minimum", "error"), ("values", "error"), ("sms-long", "error"),
        ("stale", "warning"), ("breaths", "warning"), ("untranslated", "warning"),
    ]  # fmt: skip
    assert found[0].text.startswith("urgent: ")


def test_a_person_reads_a_line_for_each_finding_and_how_the_language_stands(locales: Path, run: Run) -> None:
    put(locales, "wrong", "Yes.", "")
    result = run("check", "--language", PSEUDO)
    first, last = result.stdout.splitlines()
    assert re.match(
        r"locales/it/LC_MESSAGES/phrases\.po:\d+: error minimum: wrong: 'Yes\.' is not translated\. ", first
    )
    assert last.startswith("Italiano (it) is not on the line: 1 text that it must have is not translated; ")
    assert last.endswith("1 error(s), 0 warning(s).")


def test_a_language_from_nothing_lacks_its_minimum_and_every_topic(run: Run) -> None:
    run("language", "add", "ro")
    exit_code, found = judged(run, "ro")
    codes = [one.code for one in found]
    assert exit_code == 1
    assert codes == sorted(codes)  # "minimum" comes before "untranslated"
    assert [one.text.split(":")[0] for one in found if one.code == "untranslated"] == [
        "line.toml", "1", "2", "2.1", "3", "urgent", FIRE, FLOOD,
    ]  # fmt: skip


@pytest.mark.parametrize(("code", "exit_code"), [("en", 0), ("xx", 2)])
def test_a_language_that_is_no_translation_is_told_apart(run: Run, code: str, exit_code: int) -> None:
    assert run("check", "--language", code).exit_code == exit_code


def test_a_catalog_that_cannot_be_read_is_told_by_its_line(locales: Path, run: Run) -> None:
    path = catalog_path(locales / PSEUDO, "phrases")
    path.write_text(path.read_text() + '\nmsgid "unclosed\n')
    exit_code, found = judged(run)
    assert (exit_code, [one.code for one in found]) == (1, ["catalog"])


# -- who is on the line


def test_check_tells_which_languages_are_not_on_the_line_and_why(locales: Path, run: Run) -> None:
    assert run("check").stdout.splitlines()[1:] == []
    put(locales, "wrong", "Yes.", "")
    run("language", "add", "ro")
    result = run("check")
    lines = result.stdout.splitlines()
    assert (result.exit_code, len(lines)) == (0, 3)
    assert lines[1].startswith(
        "Italiano (it) is not on the line: 1 text that it must have is not translated; "
    )
    assert lines[2].startswith("Română (ro) is not on the line: ")


PRODUCTION = {
    "PUBLIC_URL": "https://line.example", "SECRET_KEY": "k" * 32, "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "t" * 32, "TWILIO_FROM": "+442079460000",
}  # fmt: skip


def test_in_production_an_unreviewed_language_waits_unless_it_is_named(locales: Path, run: Run) -> None:
    waits = run("check", **PRODUCTION).stdout.splitlines()[1:]
    assert [line.partition(";")[0] for line in waits] == [
        "Italiano (it) is not on the line: nobody has reviewed it"
    ]
    assert run("check", **PRODUCTION, SERVE_UNREVIEWED=PSEUDO).stdout.splitlines()[1:] == []
    path = locales / PSEUDO / "language.toml"
    path.write_text(path.read_text().replace('reviewed_by = ""', 'reviewed_by = "A. Rossi"'))
    assert run("check", **PRODUCTION).stdout.splitlines()[1:] == []


def test_serve_tells_it_too(locales: Path, small: Path) -> None:
    put(locales, "wrong", "Yes.", "")
    line = test_serve.start(small, DATABASE_URL=f"sqlite:///{small / 'line.sqlite'}", PYTHONUNBUFFERED="1")
    try:
        test_serve.wait_for(line.answers, line.logged)
    finally:
        test_serve.stop(line)
    assert "Italiano (it) is not on the line: 1 text that it must have is not translated" in line.logged()


# -- coverage


def test_coverage_is_a_table_with_a_legend_and_a_line_a_language(locales: Path, run: Run) -> None:
    run("language", "add", "ro")
    result = run("coverage")
    table, legend, standing = (part.splitlines() for part in result.stdout.split("\n\n"))
    assert table[0].split() == ["language", "said", "texted", "urgent", "reviewed", "voiced", "understood"]
    assert [row.split()[:5] for row in table[1:]] == [
        ["en", "100%", "100%", "100%", "0%"], ["it", "100%", "100%", "100%", "0%"], ["ro", "0%", "0%", "0%", "0%"],
    ]  # fmt: skip
    assert all("espeak-ng 0%" in row and row.endswith("0 phrases, 0 examples") for row in table[1:])
    assert all(name in "\n".join(legend) for name in table[0].split()[1:])
    assert [line.split(") ")[1].split(" the line")[0] for line in standing] == ["is on", "is on", "is not on"]


def test_coverage_counts_what_is_translated_and_rounds_down(locales: Path, run: Run) -> None:
    words = locales / PSEUDO / "understanding.yaml"
    words.write_text(
        "names: [italiano]\nurgent:\n  fire:\n    phrases: [fuoco, brucia]\n    two together: [fumo]\ntopics:\n  '1':\n    keywords: [mele]\nnow: [adesso]\n"
    )
    (locales / PSEUDO / "examples.jsonl").write_text('{"text": "fuoco"}\n{"text": "mele"}\n')
    put(locales, FIRE, KIND_SMS, "")
    put(locales, "wrong", "Yes.", None)
    put(locales, "welcome", "Yes. {name}", "Sì.")
    own, found = json.loads(run("coverage", "--json").stdout)
    assert own["said"] == own["texted"] == own["urgent"] == 100
    assert all(0 < found[column] < 100 for column in ("said", "texted", "urgent"))
    assert found["understood"] == {"phrases": 4, "examples": 2}
    assert (found["code"], found["name"], found["reviewed"], found["on_line"]) == ("it", "Italiano", 0, False)
    assert found["why"].startswith("2 texts that it must have are not translated")
    assert list(found["voiced"]) == ["espeak-ng"]


# -- catalogs


def test_the_catalogs_of_the_repository_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    result = run_in(ROOT, capsys, "catalogs", "--check")
    assert result.exit_code == 0, result.stdout


def changed_apples(small: Path) -> None:
    path = small / "prompts/1-apples.md"
    path.write_text(path.read_text().replace("This is about apples.", "This is all about apples."))


def test_a_changed_text_makes_its_translation_stale_and_is_heard_in_the_original_only(
    small: Path, locales: Path, run: Run
) -> None:
    changed_apples(small)
    assert run("catalogs").exit_code == 0
    with catalog_path(locales / PSEUDO, "leaflet").open("rb") as file:
        message = pofile.read_po(file).get("This is all about apples.", APPLES)
    assert message is not None
    assert (message.string, message.fuzzy) == (accented("This is about apples."), True)
    assert message.user_comments == [f"{MADE_FOR} This is about apples."]
    parts = read(small).editions[PSEUDO].topics[APPLES].parts
    assert parts[0].asks
    assert [(part.text, part.language) for part in parts[1:]] == [
        ("This is all about apples.", "en"),
        (SECOND, "en"),
    ]


def test_bringing_catalogs_up_to_date_twice_changes_nothing(small: Path, locales: Path, run: Run) -> None:
    changed_apples(small)
    assert run("catalogs", "--check").exit_code == 1
    assert run("catalogs").exit_code == 0
    before = {path: path.read_bytes() for path in locales.rglob("*.po*")}
    assert "are up to date" in run("catalogs").stdout
    assert run("catalogs", "--check").exit_code == 0
    assert {path: path.read_bytes() for path in locales.rglob("*.po*")} == before
    assert not re.search(rb"(?m)^#: |Date:", b"".join(before.values()))  # no line numbers, no timestamps


def test_a_translation_that_was_looked_through_is_served_again(small: Path, locales: Path, run: Run) -> None:
    changed_apples(small)
    run("catalogs")
    path = catalog_path(locales / PSEUDO, "leaflet")
    path.write_text(path.read_text().replace("#, fuzzy\n", ""))
    run("catalogs")
    assert MADE_FOR not in path.read_text()
    assert [part.language for part in read(small).editions[PSEUDO].topics[APPLES].parts] == ["", ""]


# -- translate


def test_a_topic_with_a_part_missing_says_that_it_is_in_english_only(small: Path, locales: Path) -> None:
    put(locales, APPLES, SECOND, "")
    edition = read(small).editions[PSEUDO]
    said, *rest = edition.topics[APPLES].parts
    assert (said.text, said.asks, said.language) == (edition.phrases["only-english"], True, "")
    assert [(part.text, part.language) for part in rest] == [(FIRST, "en"), (SECOND, "en")]
    assert edition.topics["3"].parts[0].text == accented("This is about plums.")


def test_a_list_with_a_part_missing_says_so_and_goes_to_its_choices(small: Path, locales: Path) -> None:
    put(locales, "2", "This is about fruit.", "")
    edition = read(small).editions[PSEUDO]
    assert [part.text for part in edition.topics["2"].parts] == [edition.phrases["only-english-list"]]


def test_an_urgent_kind_without_its_own_text_has_the_general_one(small: Path, locales: Path) -> None:
    put(locales, FIRE, KIND_SMS, "")
    put(locales, FIRE, "Call now.", "")
    topics = read(small).editions[PSEUDO].topics
    assert topics[FIRE].sms == topics["urgent"].sms == accented(URGENT_SMS)
    assert topics[FIRE].parts == topics["urgent"].parts
    assert topics[FLOOD].sms == accented(KIND_SMS)


@pytest.mark.parametrize(
    ("context", "source"),
    [
        ("silence", "Yes."), ("urgent", SAFETY), ("urgent", URGENT_LINE), ("urgent", URGENT_SMS),
        ("urgent", "Call 999 if someone collapses."), ("line.toml", "the small line"), (APPLES, "apples"),
        (FIRE, "fire"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("text", ["", None])
def test_a_language_without_its_minimum_has_no_edition(
    small: Path, locales: Path, context: str, source: str, text: str | None
) -> None:
    assert list(read(small).editions) == ["en", PSEUDO]
    put(locales, context, source, text)
    library = read(small)
    assert (list(library.editions), dict(library.waiting)) == (["en"], {PSEUDO: 1})


def test_a_phrase_with_other_values_counts_as_missing(small: Path, locales: Path) -> None:
    put(locales, "welcome", "Yes. {name}", "Sì {nome}")
    assert dict(read(small).waiting) == {PSEUDO: 1}


def test_only_named_unreviewed_languages_are_on_the_line(small: Path, locales: Path) -> None:
    assert dict(read(small, ()).waiting) == {PSEUDO: 0}
    assert list(read(small, (PSEUDO,)).editions) == ["en", PSEUDO]
