"""What the engine is given to read: numbers digit by digit, names by their sound, bars kept."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.text import spoken

ROOT = Path(__file__).parent.parent
LEXICON = spoken.read_lexicon((ROOT / "locales/en/pronunciation.toml").read_text(encoding="utf-8"))
HELPLINE = "zero eight zero eight | eight zero zero | six zero zero zero"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("0808 800 6000", HELPLINE),
        ("Call 0808 800 6000.", f"Call {HELPLINE}."),
        ("0808-800-6000", HELPLINE),
        ("0808\u00a0800\u00a06000", HELPLINE),
        ("08088006000", HELPLINE),
        ("an 0808 number", "an zero eight zero eight number"),
        ("116 123", "one one six | one two three"),
        ("18001 0808 800 6000", f"one eight zero zero one | {HELPLINE}"),
        ("18000", "one eight zero zero zero"),
        ("text 85258", "text eight five two five eight"),
        ("999, or 111.", "nine nine nine, or one one one."),
        ("+44 808 800 6000", "plus four four | eight zero eight | eight zero zero | six zero zero zero"),
        ("+448088006000", "plus four four | eight zero eight | eight zero zero | six zero zero zero"),
        ("01 23 45 67 89", "zero one | two three | four five | six seven | eight nine"),
    ],
)
def test_A22_telephone_numbers_are_said_digit_by_digit_in_their_groups(written: str, said: str) -> None:
    assert spoken.say_telephone_numbers(written, LEXICON) == said


@pytest.mark.parametrize(
    "written",
    [
        "15 to 60 minutes", "every 12 weeks", "38 degrees", "in 2018", "24 hours", "5.1.3", "0.999", "1,111",
        "10,000", "111.5", "10 000 people", "the 116 people", "9991 beds", "HER2", "1999",
    ],
)  # fmt: skip
def test_ordinary_numbers_stay_as_they_are(written: str) -> None:
    assert spoken.say_telephone_numbers(written, LEXICON) == written


@pytest.mark.parametrize(("written", "digits"), [("٠٨٠٨ ٨٠٠", "0808 800"), ("৯৯৯", "999"), ("x²", "x²")])
def test_digits_of_every_script_are_read(written: str, digits: str) -> None:
    assert spoken.write_digits(written) == digits


def test_a_language_without_digit_words_still_says_single_digits() -> None:
    assert spoken.pronounce("0808 800 6000", {}) == "0 8 0 8 | 8 0 0 | 6 0 0 0"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Xgeva every 4 weeks", "X-jeeva every 4 weeks"),
        ("XGEVA, xgeva.", "X-jeeva, X-jeeva."),
        ("Xgevax", "Xgevax"),
        ("cancer is ER+.", "cancer is E R positive."),
        ("(ER+)", "(E R positive)"),
        ("given by IV drip", "given by I V drip"),
        ("five, give, I've", "five, give, I've"),
        ("go to A and E", "go to A&E"),
    ],
)
def test_A22_names_are_said_by_their_sound(written: str, said: str) -> None:
    assert spoken.say_names(written, LEXICON) == said


def test_the_longest_name_wins() -> None:
    lexicon = {"acid": "sour", "zoledronic acid": "zoh-la-dronic acid"}
    assert spoken.say_names("Zoledronic acid, acid", lexicon) == "zoh-la-dronic acid, sour"


@pytest.mark.parametrize(
    ("written", "said"),
    [("Press #.", "Press hash."), ("* or #", "star or hash"), ("##", "##"), ("C# and a*b", "C# and a*b")],
)
def test_keys_are_said_as_words(written: str, said: str) -> None:
    assert spoken.say_keys(written, LEXICON) == said


def test_the_whole_pipeline() -> None:
    written = "Call  0808 800 6000.\nXgeva every 4 weeks | press #\x00"
    assert spoken.pronounce(written, LEXICON) == f"Call {HELPLINE}. X-jeeva every 4 weeks | press hash"


@pytest.mark.parametrize(
    ("written", "shown"),
    [("For bones, | press 4. ||", "For bones, press 4."), ("||", ""), ("a|b", "a b"), (" a \n b ", "a b")],
)
def test_a_caption_has_no_bars(written: str, shown: str) -> None:
    assert spoken.caption(written) == shown


@pytest.mark.parametrize(
    ("text", "said", "after"),
    [
        ("a", [(0, "a")], 0),
        ("a | b || c", [(0, "a"), (0.5, "b"), (1.0, "c")], 0),
        ("| a |", [(0.5, "a")], 0.5),
        ("a | | b", [(0, "a"), (1.0, "b")], 0),
        ("a | . | b", [(0, "a"), (1.0, "b")], 0),
        ("", [], 0),
        ("||", [], 1.0),
    ],
)
def test_A6_a_bar_is_half_a_second(text: str, said: list[tuple[float, str]], after: float) -> None:
    assert spoken.pieces(text) == (said, after)


@pytest.mark.parametrize("faulty", ["[names", '[names]\n"Xgeva" = 3', '[digits]\n0 = " "'])
def test_a_faulty_list_of_spoken_forms_is_refused(faulty: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        spoken.read_lexicon(faulty)


def test_no_spoken_form_is_itself_replaced() -> None:
    assert {form for form in LEXICON.values() if spoken.pronounce(form, LEXICON) != form} == set()


@given(st.text())
def test_any_text_can_be_pronounced_and_shown(text: str) -> None:
    said = spoken.pronounce(text, LEXICON)
    assert said.isprintable() or not said.isascii()
    assert spoken.BREATH not in spoken.caption(text)


def test_what_no_document_can_hold_is_not_given_to_a_carriers_voice() -> None:
    assert spoken.for_carrier("One\x00 and\ufffe two\uffff.") == "One and two ."
