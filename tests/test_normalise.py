"""One normaliser for both sides."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.text.normalise import normalise, tidy
from tests.understanding import lexicons_of_line

TYPED = [
    ("Can’t FEEL   my legs!!!", "cant feel my legs"),
    ("can`t can´t can't", "cant cant cant"),
    ("I'm soooo tired", "im so tired"),
    ("numb.legs heavy", "numb . legs heavy"),
    ("No pain, but numb", "no pain , but numb"),
    ("temp 38.5, 38,5", "temp 38.5 , 38.5"),
    ("5.1.3.", "5.1.3"),
    ("x-ray (today) – now", "x ray , today , now"),
    ("legs\nnumb", "legs . numb"),
    ("Ból pleców; żółty", "bol plecow . zolty"),
    ("ŵyr", "wyr"),
    ("ٹانگ، درد۔", "ٹانگ , درد"),
    ("كيا", "کیا"),  # the Arabic keyboard's kaf and yeh
    ("cant\x00 feel\u200b it\ud800", "cant feel it"),  # NUL, zero width space, a lone surrogate
    ("😊 ok 😊", "ok"),
    ("?!…", ""),
    ("", ""),
]


@pytest.mark.parametrize(("typed", "normal"), TYPED)
def test_what_is_typed_becomes_bare_words_and_marks(typed: str, normal: str) -> None:
    assert normalise(typed) == normal


def test_a_tidy_message_keeps_its_signs() -> None:
    assert tidy("  CAN’T feel\nmy legs!!! ") == "can't feel my legs!!!"


def test_no_character_grows_to_more_than_four_a_byte_once_tidied() -> None:
    # U+FDFA is eighteen letters when unified; a model's tokenizer has been seen to make room for twelve.
    assert tidy("\ufdfa") == tidy(tidy("\ufdfa"))
    assert "\ufdfa" not in tidy("\ufdfa")


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=40) | st.text(alphabet="aAb'’.,!0 5\n-ł\u0301·1", max_size=20))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
    assert tidy(tidy(text)) == tidy(text)


@given(st.from_regex(r"[a-z]{1,12}", fullmatch=True))
def test_a_plain_word_takes_a_short_way_to_the_same_end(word: str) -> None:
    # Capitals take the long way.
    assert normalise(word) == normalise(word.upper()) == normalise(f"{word} ")


def test_every_listed_phrase_is_as_a_message_would_be() -> None:
    words = [
        (lexicon.language, word)
        for lexicon in lexicons_of_line().values()
        for word in (*lexicon.words, *lexicon.keywords, *lexicon.names)
    ]
    assert words
    assert [(code, word) for code, word in words if normalise(word) != word] == []
    for lexicon in lexicons_of_line().values():
        assert [word for word in lexicon.words if lexicon.spelt(word) != word] == []
