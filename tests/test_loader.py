"""Bad content: each fault gives its own problem with the file, the line and the mend, and all are told at once."""
# ruff: noqa: E501 - a table is read by its rows, one case a row

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from content.small import SPOKEN, TOPIC, write_small_line

from ivr.content.checks import RULES
from ivr.content.model import Library
from ivr.problems import ContentError, Gravity, Problem
from ivr.shelf import load

Edit = Callable[[Path], object]
APPLES, PEARS, FIRE, FLOOD = (
    f"prompts/{n}.md" for n in ("1-apples", "2-fruit/1-pears", "urgent/fire", "urgent/flood")
)
URGENT, LINE, PHRASES = "prompts/urgent/index.md", "prompts/line.toml", "prompts/phrases.toml"
LANGUAGE, PRONUNCIATION = "locales/en/language.toml", "locales/en/pronunciation.toml"

FIELDS = "Use one of leaflet, option, short, sms, sms-added, title."
AS_YAML = 'Write each field as name: text; put a text that contains ": " in "quotes".'
AS_TOML = 'Each line is name = "text"; every quote that opens must close, and no name stands twice.'
HEADER = "Begin it with a line ---, then title: and the other fields, then a line --- again."
PARTS = "Use only paragraphs, lists that begin with -, and <!-- leaflet: added -->."
PLAIN = "Use plain words only: no bold, links or pictures."
HOURS = 'Write each as { days = "mon-fri", from = "09:00", to = "16:00" }.'
VALUES = "Write each once, braces and all, where it is to be said."
UTF8 = "Save it again as UTF-8."


def swap(path: str, old: str, new: str) -> Edit:
    """Write `new` for `old`, which must be there."""

    def edit(folder: Path) -> None:
        text = (folder / path).read_text(encoding="utf-8")
        assert old in text
        (folder / path).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def write(path: str, content: bytes | str) -> Edit:
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / path).write_bytes(data)


def remove(path: str) -> Edit:
    return lambda folder: (folder / path).unlink()


def rename(path: str, new: str) -> Edit:
    return lambda folder: (folder / path).rename(folder / new)


def body(text: str) -> Edit:
    return swap(APPLES, "This is about apples.", text)


NOTICE = "prompts/notices/closed.md"


def notice(text: str, until: str = "2026-12-24", header: str = "") -> Edit:
    """Add a notice until a day, with more lines of its header."""

    def edit(folder: Path) -> None:
        (folder / NOTICE).parent.mkdir()
        last = f"until: {until}\n" if until else ""
        (folder / NOTICE).write_text(f"---\n{last}{header}---\n{text}\n", encoding="utf-8")

    return edit


def sms(path: str, length: int) -> Edit:
    """Give the topic a text of so many characters, the helpline's number among them."""
    return lambda folder: _set_sms(folder / path, f"{'a' * (length - len(SPOKEN) - 1)} {SPOKEN}")


def _set_sms(path: Path, text: str) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("sms:"))
    lines[at] = f"sms: {text}"
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")


def kinds(count: int) -> Edit:
    """Have so many urgent kinds, each with a key."""

    def edit(folder: Path) -> None:
        source = (folder / FLOOD).read_text(encoding="utf-8")
        for rank in range(3, count + 1):
            (folder / f"prompts/urgent/kind-{rank}.md").write_text(
                source.replace("severity: 2", f"severity: {rank}")
            )

    return edit


@dataclass(frozen=True)
class Case:
    name: str
    edit: Edit
    where: str
    code: str
    mend: str


# The line that is added is 24 characters and stands on a line of its own; two parts hold 306.
ROOM = 306 - 25

BAD = [
    # -- notices
    Case("a notice without an end", notice("Closed.", until="", header="from: 2026-12-20\n"), f"{NOTICE}:1", "notice-until", "Add a line until: with the last day on which it is heard, such as 2026-12-24."),
    Case("a notice until no day", notice("Closed.", until="Christmas"), f"{NOTICE}:2", "notice-date", "Write it as 2026-12-24."),
    Case("a notice that ends before it begins", notice("Closed.", header="from: 2026-12-25\n"), f"{NOTICE}:3", "notice-date", "Write a day after from: that is not later than the one after until:."),
    Case("a notice that says nothing", notice(""), f"{NOTICE}:1", "notice-text", "Write one paragraph below the header."),
    Case("a notice of two paragraphs", notice("Closed.\n\nOpen again soon."), f"{NOTICE}:6", "notice-text", "Write one paragraph below the header."),
    Case("a notice with a topic's field", notice("Closed.", header="title: x\n"), f"{NOTICE}:3", "field-unknown", "Use one of from, sms, until."),
    Case("a notice of 13 seconds", notice("word " * 22), f"{NOTICE}:4", "notice-long", "Say what has changed and what to do; leave the reasons out."),
    Case("a notice in two text messages", notice("Closed.", header=f"sms: {'a' * 161}\n"), f"{NOTICE}:3", "notice-sms-long", "Write a text after sms: that is 1 characters or more shorter."),
    Case("a notice with a curly apostrophe", notice("We\u2019re closed."), f"{NOTICE}:4", "notice-characters", "Write a plain character for each, such as ' or -, or another text after sms:."),
    Case("a notice with a capital in its name", lambda folder: (notice("Closed.")(folder), rename(NOTICE, "prompts/notices/Xmas.md")(folder)), "prompts/notices/Xmas.md:1", "name", "Name it with small letters and .md, such as christmas.md, or take it out of this folder."),
    # -- a prompt file's header
    Case("no header", write(APPLES, "Only text.\n"), f"{APPLES}:1", "header-missing", HEADER),
    Case("an empty file", write(APPLES, ""), f"{APPLES}:1", "header-missing", HEADER),
    Case("a header that does not end", write(APPLES, "---\ntitle: x\n\nText.\n"), f"{APPLES}:1", "header-missing", HEADER),
    Case("a broken header", swap(APPLES, "title: apples", "title: apples: red"), f"{APPLES}:2", "header", AS_YAML),
    Case("an open quote", swap(APPLES, "option: apples", 'option: "apples'), f"{APPLES}:3", "header", AS_YAML),
    Case("brackets without end", swap(APPLES, "option: apples", "option: " + "[" * 100_000), f"{APPLES}:3", "header", AS_YAML),
    Case("an invisible character", swap(APPLES, "option: apples", "option: app\x07les"), f"{APPLES}:3", "header", "Type the line again."),
    Case("a header without fields", write(APPLES, "---\njust words\n---\nText.\n"), f"{APPLES}:1", "header", "Write each as name: text, a line each."),
    Case("an unknown field", swap(APPLES, "leaflet:", "source: x\nleaflet:"), f"{APPLES}:5", "field-unknown", FIELDS),
    Case("a field twice", swap(APPLES, "leaflet:", "title: again\nleaflet:"), f"{APPLES}:5", "field-twice", "Keep one."),
    Case("a field that is a list", swap(APPLES, "leaflet:", "sms-added: [one]\nleaflet:"), f"{APPLES}:5", "field-text", "Write it on one line."),
    Case("no summary", swap(APPLES, f"sms: About apples. Helpline {SPOKEN}\n", ""), f"{APPLES}:1", "sms-missing", "Add a line sms: and its text."),
    Case("an empty summary", swap(APPLES, f" About apples. Helpline {SPOKEN}", ""), f"{APPLES}:4", "sms-missing", "Write its text after sms:"),
    Case("no title", swap(APPLES, "title: apples\n", ""), f"{APPLES}:1", "title-missing", "Add a line title: and its text."),
    Case("no option", swap(APPLES, "option: apples\n", ""), f"{APPLES}:1", "option-missing", "Add a line option: and its text."),
    Case("no source", swap(APPLES, "leaflet: 1, apples\n", ""), f"{APPLES}:1", "leaflet-missing", "Add a line leaflet: and its text."),
    # -- its body
    Case("an empty body", body(""), f"{APPLES}:1", "text-missing", "Write the text below the header."),
    Case("a list alone", body("- one\n- two\n\nThen text."), f"{APPLES}:7", "list-alone", "Put a sentence before it, such as: Signs are:"),
    Case("a heading", body("Text.\n\n## More"), f"{APPLES}:9", "body", PARTS),
    Case("a numbered list", body("Text.\n\n1. One"), f"{APPLES}:9", "body", PARTS),
    Case("bold words", body("Text.\n\nVery **bold** words."), f"{APPLES}:9", "body", PLAIN),
    Case("a link", body("Text:\n\n- one\n- [two](https://example.org)"), f"{APPLES}:10", "body", PLAIN),
    Case("a misspelt mark", body("<!-- leaflet added -->\nText."), f"{APPLES}:7", "body", PARTS),
    Case("a mark without a part", body("Text.\n\n<!-- leaflet: added -->"), f"{APPLES}:9", "added-alone", "Put the mark on the line above the part that the leaflet does not have."),
    Case("a mark before a list", body("Signs:\n\n<!-- leaflet: added -->\n- one\n\nMore."), f"{APPLES}:9", "added-alone", "Put the mark on the line above the part that the leaflet does not have."),
    Case("not UTF-8", write(APPLES, TOPIC.format(title="apples").encode() + b"caf\xe9\n"), f"{APPLES}:8", "encoding", UTF8),
    Case("a link to nothing", lambda folder: _dangle(folder / APPLES), f"{APPLES}:1", "unreadable", "Put it back, and let the user that runs the line read it."),
    # -- keys
    Case("two topics on one key", write("prompts/1-more.md", TOPIC.format(title="more")), "prompts/1-more.md:1", "key-twice", "Give one of the two another number."),
    Case("a gap in the keys", rename("prompts/3-plums.md", "prompts/4-plums.md"), "prompts/4-plums.md:1", "key-gap", "Number the topics without a gap: rename this one to 3-…."),
    Case("key 0 in the menu", write("prompts/0-more.md", TOPIC.format(title="more")), "prompts/0-more.md:1", "key-range", "Use the numbers 1 to 10 here."),
    Case("key 11 in the menu", write("prompts/11-more.md", TOPIC.format(title="more")), "prompts/11-more.md:1", "key-range", "Use the numbers 1 to 10 here."),
    Case("key 9 in a list", write("prompts/2-fruit/9-more.md", TOPIC.format(title="more")), "prompts/2-fruit/9-more.md:1", "key-range", "Use the numbers 1 to 8 here."),
    Case("a name without a key", write("prompts/more.md", TOPIC.format(title="more")), "prompts/more.md:1", "name", "Name it after its key, such as 3-diet.md, or take it out of this folder."),
    Case("another kind of file", write("prompts/4-more.docx", "x"), "prompts/4-more.docx:1", "name", "Name it after its key, such as 3-diet.md, or take it out of this folder."),
    Case("a folder without its own text", remove("prompts/2-fruit/index.md"), "prompts/2-fruit:1", "index-missing", "Add index.md with a header and the text that is heard before the choices."),
    # -- urgent kinds
    Case("no urgent text", remove(URGENT), "prompts/urgent:1", "urgent-missing", "Add urgent/index.md with title, option, safety, sms, sms-line and leaflet, and a text."),
    Case("no safety line", swap(URGENT, "safety: If someone collapses, call 999.\n", ""), f"{URGENT}:1", "safety-missing", "Add a line safety: and its text."),
    Case("no urgent line", swap(URGENT, "sms-line: Text URGENT or call 999.\n", ""), f"{URGENT}:1", "sms-line-missing", "Add a line sms-line: and its text."),
    Case("no rank", swap(FIRE, "severity: 1", "severity: high"), f"{FIRE}:4", "severity", "Write severity: 1 for the most serious, 2 for the next, and so on."),
    Case("rank 0", swap(FIRE, "severity: 1", "severity: 0"), f"{FIRE}:4", "severity", "Write severity: 1 for the most serious, 2 for the next, and so on."),
    Case("a rank twice", swap(FLOOD, "severity: 2", "severity: 1"), f"{FLOOD}:4", "severity-twice", "Give each urgent kind a rank of its own."),
    Case("nine urgent choices", kinds(9), "prompts/urgent/kind-9.md:3", "urgent-many", "Take the option line out of the kinds that the text before the list names anyway."),
    Case("a topic that is not there", swap(FIRE, '"2.1"', '"2.2"'), f"{FIRE}:5", "topic-unknown", "Name a topic by its number, such as 8.3, or leave the line out."),
    Case("the menu as a topic", swap(FIRE, '"2.1"', "menu"), f"{FIRE}:5", "topic-unknown", "Name a topic by its number, such as 8.3, or leave the line out."),
    Case("an urgent kind saved as another file", rename(FIRE, "prompts/urgent/fire.md.txt"), "prompts/urgent/fire.md.txt:1", "name", "Name it with small letters and .md, such as stroke.md, or take it out of this folder."),
    # -- what is said and texted
    Case("a long first part", body("word " * 52), f"{APPLES}:7", "part-long", "Divide it by an empty line."),
    Case("a long later part", body("Text.\n\n" + "word " * 60), f"{APPLES}:9", "part-long", "Divide it by an empty line."),
    Case("a long list", body("Text.\n\nSigns:\n\n" + "- word word word\n" * 16), f"{APPLES}:9", "part-long", "Divide it by an empty line."),
    Case("a long safety line", swap(URGENT, "safety: If someone collapses, call 999.", "safety: " + "word " * 22), f"{URGENT}:4", "safety-long", "Say when to call, and which number; nothing else."),
    Case("a summary one character too long", sms(APPLES, ROOM + 1), f"{APPLES}:4", "sms-long", "Take out 1 characters or more."),
    Case("a much too long summary", sms(APPLES, ROOM + 90), f"{APPLES}:4", "sms-long", "Take out 90 characters or more."),
    Case("an urgent text in two parts", sms(FIRE, 161), f"{FIRE}:6", "sms-long", "Take out 1 characters or more."),
    Case("an urgent list in three parts", sms(URGENT, 307), f"{URGENT}:5", "sms-long", "Take out 1 characters or more."),
    Case("a long urgent line", swap(URGENT, "sms-line: Text URGENT or call 999.", f"sms-line: {'a' * 71}"), f"{URGENT}:6", "sms-line-long", "Take out 1 characters or more."),
    Case("a summary without the helpline", swap(APPLES, SPOKEN, "020 7946 0001"), f"{APPLES}:4", "sms-helpline", f"Write the number in it as line.toml does: {SPOKEN}."),
    Case("a curly apostrophe in a summary", swap(APPLES, "About apples.", "It’s apples."), f"{APPLES}:4", "sms-characters", "Write a plain character for each, such as ' or -."),
    Case("a long dash in the urgent line", swap(URGENT, "Text URGENT or", "Text URGENT —"), f"{URGENT}:6", "sms-characters", "Write a plain character for each, such as ' or -."),
    # -- phrases.toml
    Case("a broken phrases.toml", swap(PHRASES, 'wrong = "Yes."', 'wrong = "Yes.'), f"{PHRASES}:3", "phrases-toml", AS_TOML),
    Case("no phrases.toml", remove(PHRASES), f"{PHRASES}:1", "phrases-absent", "Add it: the line needs it."),
    Case("a missing phrase", swap(PHRASES, 'silence = "Yes."\n', ""), f"{PHRASES}:1", "phrases-missing", 'Add a line silence = "…".'),
    Case("an emptied phrase", swap(PHRASES, 'silence = "Yes."', 'silence = ""'), f"{PHRASES}:2", "phrases-missing", "Fill it in."),
    Case("a phrase of pauses", swap(PHRASES, 'silence = "Yes."', 'silence = "| ||"'), f"{PHRASES}:2", "phrases-missing", "Write words."),
    Case("a phrase that is a number", swap(PHRASES, 'silence = "Yes."', "silence = 5"), f"{PHRASES}:2", "phrases-text", 'Put it in "quotes".'),
    Case("an unknown phrase", swap(PHRASES, "silence =", 'silense = "Yes."\nsilence ='), f"{PHRASES}:2", "phrases-unknown", "Take it out."),
    Case("a lost value", swap(PHRASES, 'language = "Yes. {key}"', 'language = "Yes."'), f"{PHRASES}:1", "phrases-values", VALUES),
    Case("a strange value", swap(PHRASES, 'language = "Yes. {key}"', 'language = "{key} {kee}"'), f"{PHRASES}:1", "phrases-values", VALUES),
    Case("a value with a shape", swap(PHRASES, 'language = "Yes. {key}"', 'language = "{key:%Q}"'), f"{PHRASES}:1", "phrases-values", VALUES),
    Case("an unclosed brace", swap(PHRASES, 'language = "Yes. {key}"', 'language = "Yes. {key"'), f"{PHRASES}:1", "phrases-braces", "Every { needs its }."),
    # -- line.toml
    Case("a broken line.toml", swap(LINE, "[helpline]", "[helpline"), f"{LINE}:4", "line-toml", AS_TOML),
    Case("no line.toml", remove(LINE), f"{LINE}:1", "line-absent", "Add it: the line needs it."),
    Case("line.toml not in UTF-8", lambda folder: (folder / LINE).write_bytes((folder / LINE).read_bytes() + b"# caf\xe9\n"), f"{LINE}:26", "encoding", UTF8),
    Case("no number", swap(LINE, 'number = "+442079460000"\n', ""), f"{LINE}:4", "line-missing", "Fill it in."),
    Case("a number with spaces", swap(LINE, "+442079460000", "+44 20 7946 0000"), f"{LINE}:6", "line-number", "Write it from abroad, without spaces, such as +442079460000."),
    Case("a number from home", swap(LINE, "+442079460000", "02079460000"), f"{LINE}:6", "line-number", "Write it from abroad, without spaces, such as +442079460000."),
    Case("another number said than called", swap(LINE, "+442079460000", "+442079460001"), f"{LINE}:7", "line-spoken", "Write the same number in both."),
    Case("a number that lost its quotes", swap(LINE, 'number = "111"', "number = 111"), f"{LINE}:14", "line-text", 'Put it in "quotes".'),
    Case("hours on no day", swap(LINE, "mon-fri", "weekdays"), f"{LINE}:8", "line-hours", HOURS),
    Case("hours at no time", swap(LINE, "09:00", "9 am"), f"{LINE}:8", "line-hours", HOURS),
    Case("hours that end before they begin", swap(LINE, '"09:00", to = "16:00"', '"16:00", to = "09:00"'), f"{LINE}:8", "line-hours", HOURS),
    Case("hours as a text", swap(LINE, 'hours = [{ days = "mon-fri", from = "09:00", to = "16:00" }]', 'hours = "9 to 5"'), f"{LINE}:8", "line-list", "See the example beside it."),
    Case("a misspelt setting", swap(LINE, "hours =", "hour ="), f"{LINE}:8", "line-unknown", "Use one of name, number, spoken, cost, checked, hours, interpreter, leaflet."),
    Case("a month that is none", swap(LINE, "2018-02", "2018-13"), f"{LINE}:20", "line-date", "Write it as 2018, 2018-02 or 2018-02-01."),
    Case("a check on no date", swap(LINE, '"2099-01-01"', '"yesterday"'), f"{LINE}:9", "line-date", "Write it as 2026-11-22."),
    Case("a country whose holidays nobody knows", swap(LINE, "language =", 'country = "EU"\nlanguage ='), f"{LINE}:2", "line-country", "Write its two capital letters, such as GB."),
    Case("a country that is none", swap(LINE, "language =", 'country = "XX"\nlanguage ='), f"{LINE}:2", "line-country", "Write its two capital letters, such as GB."),
    Case("a time zone that is none", swap(LINE, "language =", 'timezone = "Europe"\nlanguage ='), f"{LINE}:2", "line-timezone", "Write one such as Europe/London."),
    Case("a language that is not there", swap(LINE, 'language = "en"', 'language = "cy"'), f"{LINE}:2", "line-language", "Add the folder locales/cy with a language.toml."),
    # -- languages
    Case("a broken language.toml", swap(LANGUAGE, "[voices]", "voices]"), f"{LANGUAGE}:4", "language-toml", AS_TOML),
    Case("a broken pronunciation.toml", swap(PRONUNCIATION, '"X-jeeva"', "X-jeeva"), f"{PRONUNCIATION}:5", "pronunciation-toml", AS_TOML),
    Case("a name that falls silent", swap(PRONUNCIATION, '"X-jeeva"', '""'), f"{PRONUNCIATION}:5", "pronunciation-missing", "Fill it in."),
    Case("a table of another name", swap(PRONUNCIATION, "[names]", "[drugs]"), f"{PRONUNCIATION}:4", "pronunciation-unknown", "Use one of names, digits."),
    Case("no voice", swap(LANGUAGE, 'espeak = "en"\n', ""), f"{LANGUAGE}:4", "language-missing", "Fill it in."),
    Case("an unknown setting of a language", swap(LANGUAGE, "say_language", "say_lang"), f"{LANGUAGE}:7", "language-unknown", "Use one of espeak, say, say_language, listen."),
    Case("a wrong direction", swap(LANGUAGE, '"ltr"', '"left"'), f"{LANGUAGE}:2", "language-direction", 'Write "ltr" or "rtl".'),
    Case("a wrong encoding", swap(LANGUAGE, "[voices]", 'sms_encoding = "ASCII"\n[voices]'), f"{LANGUAGE}:4", "language-encoding", "Write one of GSM-7, UCS-2, or leave the line out."),
    Case("a language without a file", lambda folder: (folder / "locales/cy").mkdir(), "locales/cy/language.toml:1", "language-absent", "Add it: the line needs it."),
    Case("a language that is none", lambda folder: shutil.copytree(folder / "locales/en", folder / "locales/english"), "locales/english/language.toml:1", "language-code", "Name its folder as the languages of the web are named, such as cy or pt-BR."),
    # -- folders
    Case("a folder in place of a file", lambda folder: _replace_by_folder(folder / LANGUAGE), f"{LANGUAGE}:1", "unreadable", "Put it back, and let the user that runs the line read it."),
    Case("no prompts", lambda folder: shutil.rmtree(folder / "prompts"), "prompts:1", "prompts-absent", "Put it back, or set PROMPTS."),
]  # fmt: skip


def _replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _dangle(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere.md")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write_small_line(tmp_path)


def read(folder: Path) -> Library:
    return load(folder / "prompts", folder / "locales")[0]


def problems_of(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(ContentError) as caught:
        read(folder)
    return caught.value.problems


def test_the_small_line_is_sound(small: Path) -> None:
    library = read(small)
    assert list(library.own.topics) == ["menu", "1", "2", "2.1", "3", "urgent", "urgent.fire", "urgent.flood"]
    assert library.own.hours == ("Yes. 16:00 Monday Friday 09:00",)


@pytest.mark.parametrize("case", BAD, ids=[case.name for case in BAD])
def test_a_fault_is_told_with_its_place_and_its_mend(small: Path, case: Case) -> None:
    case.edit(small)
    assert [(f"{p.path}:{p.line}", p.code, p.mend) for p in problems_of(small)] == [
        (case.where, case.code, case.mend)
    ]


@pytest.mark.parametrize("ok", [
    body("word " * 51),
    body("Text.\n\n" + "word " * 59),
    body("Signs are:\n\n- one\n- two"),
    body("<!-- leaflet: added -->\nText."),
    swap(APPLES, "option: apples", "option: one two three four five six seven eight"),
    swap(URGENT, "safety: If someone collapses, call 999.", "safety: " + "word " * 21),
    sms(APPLES, ROOM),
    sms(FIRE, 160),
    notice("word " * 21),
    notice("Closed.", header=f"sms: {'a' * 160}\nfrom: 2026-12-24\n"),
    sms(URGENT, 306),
    kinds(8),
    swap(LINE, 'to = "16:00"', 'to = "00:00"'),
    swap(LINE, "mon-fri", "fri-mon"),
    swap(LINE, "2018-02", "2018-12-31"),
    swap(LINE, '"2099-01-01"', '""'),
    swap(PHRASES, 'silence = "Yes."', 'silence = "Yes {{ yes"'),
    write("prompts/.1-apples.md.swp", b"\xff"),
    write("prompts/1-apples.md~", "x"),
    write("prompts/#1-apples.md#", "x"),
    write("prompts/~$apples.docx", "x"),
    write("prompts/urgent/.#fire.md", "x"),
    remove(PRONUNCIATION),
])  # fmt: skip
def test_what_is_just_right_is_taken(small: Path, ok: Edit) -> None:
    ok(small)
    read(small)


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(
    small: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    windows = write_small_line(tmp_path_factory.mktemp("windows"))
    for path in windows.rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    one, other = read(small), read(windows)
    assert other.line == one.line
    assert other.own.phrases == one.own.phrases
    for topic_id, topic in one.own.topics.items():
        assert replace(other.own.topics[topic_id], path=topic.path) == topic


def test_every_fault_is_told_at_once_in_the_order_of_the_files(small: Path) -> None:
    edits = (
        swap(APPLES, "leaflet:", "source: x\nleaflet:"), body("word " * 60), sms(PEARS, ROOM + 1), remove(FIRE),
        swap(FLOOD, '"2.1"', '"7"'), swap(PHRASES, 'silence = "Yes."\n', ""), swap(LINE, "+442079460000", "0"),
        swap(LANGUAGE, '"ltr"', '"left"'), swap(PRONUNCIATION, "X-jeeva", ""), rename("prompts/3-plums.md", "prompts/4-plums.md"),
        remove("prompts/2-fruit/index.md"),
    )  # fmt: skip
    for edit in edits:
        edit(small)
    assert [(p.path, p.code) for p in problems_of(small)] == [
        (LANGUAGE, "language-direction"),
        (PRONUNCIATION, "pronunciation-missing"),
        (APPLES, "field-unknown"),
        (APPLES, "part-long"),
        ("prompts/2-fruit", "index-missing"),
        (PEARS, "sms-long"),
        ("prompts/4-plums.md", "key-gap"),
        (LINE, "line-number"),
        (PHRASES, "phrases-missing"),
        (FLOOD, "topic-unknown"),
    ]


def test_a_problem_is_one_line_that_an_editor_can_follow(small: Path) -> None:
    sms(APPLES, ROOM + 1)(small)
    assert [str(problem) for problem in problems_of(small)] == [
        "prompts/1-apples.md:4: error sms-long: The text is sent in 3 parts, with the 25 characters of the urgent line, "
        "and 2 is the most. Take out 1 characters or more."
    ]


def test_an_empty_folder_never_becomes_a_line_without_topics(small: Path) -> None:
    for name in ("1-apples.md", "3-plums.md"):
        (small / "prompts" / name).unlink()
    shutil.rmtree(small / "prompts/2-fruit")
    assert "sections-missing" in [problem.code for problem in problems_of(small)]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("path", [APPLES, LINE, "prompts/2-fruit"])
def test_a_file_that_may_not_be_read_is_a_problem(small: Path, path: str) -> None:
    (small / path).chmod(0)
    try:
        codes = [problem.code for problem in problems_of(small)]
    finally:
        (small / path).chmod(0o700)
    assert "unreadable" in codes


def test_a_language_whose_letters_need_it_may_use_more_parts(small: Path) -> None:
    swap(LANGUAGE, "[voices]", 'sms_encoding = "UCS-2"\n[voices]')(small)
    urgent_line = len("\nText URGENT or call 999.")
    _set_sms(small / APPLES, f"{'ż' * (4 * 67 - urgent_line - len(SPOKEN))}{SPOKEN}")
    _set_sms(small / FIRE, f"{'ż' * (2 * 67 - len(SPOKEN))}{SPOKEN}")
    read(small)
    _set_sms(small / FIRE, f"{'ż' * (2 * 67 + 1 - len(SPOKEN))}{SPOKEN}")
    assert [(p.path, p.code) for p in problems_of(small)] == [(FIRE, "sms-long")]


def test_the_mark_and_the_breaths_of_a_body(small: Path) -> None:
    body("One &amp; *two*\nthree:\n\n- four\n- five!\n\n<!-- leaflet: added -->\nSix.".replace("*", "\\*"))(
        small
    )
    assert [(part.text, part.added) for part in read(small).own.topics["1"].parts] == [
        ("One & *two* three: | four. | five!", False),
        ("Six.", True),
    ]


def test_every_rule_has_a_story_and_a_case() -> None:
    assert [code for code, rule in RULES.items() if not rule.entry.story.strip()] == []
    errors = {code for code, rule in RULES.items() if rule.gravity is Gravity.ERROR}
    assert errors - {case.code for case in BAD} == set()
