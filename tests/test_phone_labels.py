"""The browser phone's own words: all of them can be translated, and what is not translated says so."""

import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages import pofile
from flask import Flask

from ivr.content.catalogs import template_path
from ivr.content.translate import values_of
from ivr.languages import Language
from ivr.telephony.carrier import Carrier
from ivr.telephony.reach import wsgi_send
from ivr.web.labels import PAGE, WORDS, Labels, page_messages, read_labels
from ivr.web.phone import make_phone

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted((ROOT / "ivr/web/static").glob("*.js"))
OPEN, CLOSE = "⟦⟧"
# What is not the page's to translate: names, addresses and what the carrier itself says, always in English.
NAMES = {"A line", "English", "Polski", "اردو", "abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz"}
SHOWN_ATTRIBUTES = ("aria-label", "alt", "title", "placeholder", "data-empty", "content")


def language(code: str, name: str = "", direction: str = "ltr") -> Language:
    return Language(code, name or code, direction, "", "", "", "")


ENGLISH, POLISH, URDU = (
    language("en", "English"), language("pl", "Polski"), language("ur", "اردو", "rtl")
)  # fmt: skip


def page(*offered: Labels, query: str = "") -> str:
    app = Flask(__name__)
    carrier = Carrier(wsgi_send(app), "AC" + "0" * 32, "a token", "https://line.example")
    app.register_blueprint(
        make_phone(carrier, guard=lambda: None, count=lambda _: ("GSM-7", 1), pages=lambda: list(offered))
    )
    return app.test_client().get(f"/phone{query}").get_data(as_text=True)


class Shown(HTMLParser):
    """Collects the words that a person sees or has read out."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.json = ""
        self._script = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._script = tag == "script"
        if tag != "meta":
            self.words += [value for name, value in attrs if name in SHOWN_ATTRIBUTES and value]

    def handle_data(self, data: str) -> None:
        if self._script:
            self.json += data.strip()
        elif data.strip():
            self.words.append(data.strip())


def template() -> Mapping[str, str]:
    """Every label of the catalog that translators are given, with a translation that shows."""
    with template_path(ROOT / "locales", PAGE).open("rb") as file:
        labels = [str(message.id) for message in pofile.read_po(file) if message.id]
    return {label: f"{OPEN}{label}{CLOSE}" for label in labels}


def test_every_word_of_the_page_is_in_the_template_catalog() -> None:
    shown = Shown(page(Labels(POLISH, "A line", template()), Labels(URDU, "A line")))
    for words in [*shown.words, *json.loads(shown.json).values()]:
        left = re.sub(f"{OPEN}[^{CLOSE}]*{CLOSE}", "", words)
        assert words in NAMES or not re.search(r"[^\W\d_]{2}", left.replace("A line", "")), words


def test_every_word_of_the_scripts_is_in_the_table() -> None:
    asked = {
        name
        for script in SCRIPTS
        for call in re.findall(r"\bword\(([^)]*)", script.read_text())
        for name in re.findall(r'"([a-z-]+)"', call)
    }
    in_template = {"ready", "call"}
    assert asked - WORDS.keys() == set()
    assert WORDS.keys() - asked <= in_template


def test_the_scripts_have_no_sentences_of_their_own() -> None:
    said_by_the_carrier = '"We are sorry, an application error has occurred. Goodbye."'
    for script in SCRIPTS:
        code = re.sub(r"//.*", "", script.read_text()).replace(said_by_the_carrier, "")
        assert re.findall(r'"[A-Za-z]+[ ’][a-z][^"]*"|textContent = "[^"]+"', code) == [], script.name


def test_every_label_says_where_it_is() -> None:
    assert [message.text for message in page_messages() if not message.comment.strip()] == []


@pytest.mark.parametrize("code", ["cy", "pl", "ur"])
def test_the_shipped_languages_have_every_label_with_its_values(code: str) -> None:
    found = read_labels(ROOT / "locales", [code])[code]
    assert template().keys() - found.keys() == set()
    assert {label for label, text in found.items() if values_of(text) != values_of(label)} == set()


def test_a_missing_label_is_in_english_and_says_so() -> None:
    html = page(
        Labels(ENGLISH, "A line"), Labels(POLISH, "Linia", {"Settings": "Ustawienia"}), query="?language=pl"
    )
    assert '<html lang="pl" dir="ltr">' in html
    assert ">Ustawienia</h2>" in html
    assert '<span lang="en" dir="ltr">Volume</span>' in html
    assert 'aria-label="Keypad"' in html


def test_english_is_not_marked_as_foreign_and_is_what_an_unknown_language_gets() -> None:
    offered = Labels(ENGLISH, "A line"), Labels(POLISH, "Linia", {"Settings": "Ustawienia"})
    assert page(*offered, query="?language=xx") == page(*offered) == page(*offered, query="?language=en")
    assert '<span lang="en"' not in page(*offered)


def test_a_label_cannot_break_out_of_the_page() -> None:
    evil = dict.fromkeys(template(), '</script><script>"&')
    html = page(Labels(POLISH, "Linia", evil))
    assert "</script><script>" not in html


def test_numbers_keep_their_order_where_the_page_runs_right_to_left() -> None:
    labels = Labels(URDU, "لائن", {"A mobile: {number}": "موبائل: {number}"})
    assert labels.filled("A mobile: {number}", number="07700 900123") == "موبائل: \u206807700 900123\u2069"
    assert '<html lang="ur" dir="rtl">' in page(labels)


CATALOG = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Settings"
msgstr "Ustawienia"

#, fuzzy
msgid "Volume"
msgstr "Stare"

msgid "Mute"
msgstr ""

msgid "You pressed {key}"
msgstr "Naciśnięto {klawisz}"
"""


def test_stale_and_broken_labels_are_not_read(tmp_path: Path) -> None:
    write(tmp_path, CATALOG)
    assert read_labels(tmp_path, ["pl"]) == {"pl": {"Settings": "Ustawienia"}}


def test_a_catalog_that_cannot_be_read_leaves_the_page_in_english(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, "this is no catalog")
    assert read_labels(tmp_path, ["pl", "cy"]) == {"pl": {}, "cy": {}}
    assert "page.po" in caplog.text


def write(locales: Path, text: str) -> None:
    path = locales / "pl" / "LC_MESSAGES" / "page.po"
    path.parent.mkdir(parents=True)
    path.write_text(text)
