"""Texts in, texts out: what must hold whatever is understood."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from ivr.content.model import URGENT, Library
from ivr.dialogue.messages import HELP, OPT_IN, OPT_OUT, Meant, carrier_texts, reply_to
from ivr.text.gsm7 import measure


def called(name: str) -> str:
    return {"english": "en", "en": "en"}.get(name.strip().casefold(), "")


def meaning(*topics: str, urgents: tuple[str, ...] = ()) -> Callable[[str, str], Meant]:
    return lambda text, language: Meant("en", urgents, topics, ("as the test says",), frozenset(topics))


NOTHING = meaning()


@pytest.mark.parametrize("word", sorted(OPT_OUT))
@pytest.mark.parametrize("write", [str.upper, str.lower, lambda word: f" {word.title()}. "])
def test_A29_the_carriers_opt_out_words_are_left_to_the_carrier(
    library: Library, word: str, write: Callable[[str], str]
) -> None:
    assert reply_to(library, write(word), "en", meaning("5.4", urgents=("clot",)), called).bodies == ()


@pytest.mark.parametrize("word", sorted(HELP))
def test_A29_A32_help_gives_the_helpline_999_and_relay(library: Library, word: str) -> None:
    (body,) = reply_to(library, word, "en", NOTHING, called).bodies
    for needed in ("999", "18000", "18001 0808 800 6000", "0808 800 6000"):
        assert needed in body
    assert measure(body).parts == 1


@pytest.mark.parametrize("word", sorted(OPT_IN))
def test_an_opt_in_word_gets_the_menu(library: Library, word: str) -> None:
    assert "1 What it is" in reply_to(library, word, "en", NOTHING, called).bodies[0]


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("5", "5"), ("513", "5.1.3"), ("5.1.3", "5.1.3"), ("5 1 3", "5.1.3"), ("5-1-3", "5.1.3"), ("#5", "5"),
        ("10", "10"), ("0", "10"), (" 8.3. ", "8.3"), ("5 EN", "5"), ("5 english", "5"), ("5.1.3 en", "5.1.3"),
        ("5.8", "5.8"), ("58", "5.8"), ("1.", "1"),
    ],
)  # fmt: skip
def test_A27_a_number_or_a_key_path_is_a_topic(library: Library, text: str, topic: str) -> None:
    reply = reply_to(library, text, "en", NOTHING, called)
    assert reply.topics == (topic,)
    assert reply.bodies[0].startswith(library.own.topics[topic].sms)


@pytest.mark.parametrize(
    "text", ["11", "5.9", "5.1.9", "38.5", "999", "5 xx", "123456789", "5 5 5 5 5 5 5", "", "  ", "?"]
)
def test_what_is_no_topic_gets_the_menu(library: Library, text: str) -> None:
    reply = reply_to(library, text, "en", NOTHING, called)
    assert reply.topics == ()
    assert "10 Support" in reply.bodies[0]


def test_urgent_comes_before_a_number_a_name_and_a_topic(library: Library) -> None:
    for text in ("5", "English", "what is denosumab"):
        reply = reply_to(library, text, "en", meaning("5.1.3", urgents=("spine",)), called)
        assert reply.bodies[0] == library.own.topics["urgent.spine"].sms


def test_several_needs_are_the_urgent_text_first_and_then_the_topic(library: Library) -> None:
    reply = reply_to(library, "…", "en", meaning("5.1.3", "8.3", urgents=("spine",)), called)
    assert [library.own.topics["urgent.spine"].sms, reply.bodies[1][:9]] == [reply.bodies[0], "Denosumab"]
    assert len(reply.bodies) == 3
    alone = reply_to(library, "…", "en", meaning("8.3", urgents=("spine",)), called)
    assert len(alone.bodies) == 2


def test_several_dangers_are_answered_with_the_most_serious_first(library: Library) -> None:
    reply = reply_to(library, "…", "en", meaning(urgents=("clot", "spine", "jaw")), called)
    texts = [library.own.topics[f"urgent.{kind}"].sms for kind in ("clot", "spine")]
    assert list(reply.bodies[:2]) == texts
    assert "18000" in reply.bodies[2]


def every_reply(library: Library) -> list[tuple[str, ...]]:
    replies = [reply_to(library, text, "en", NOTHING, called).bodies for text in ("", "HELP", "START")]
    replies += [reply_to(library, "x", "en", meaning(t.id), called).bodies for t in library.own.leaflet]
    replies.append(reply_to(library, "x", "en", meaning(URGENT), called).bodies)
    kinds = [kind.id.split(".")[1] for kind in library.own.kinds]
    replies += [reply_to(library, "x", "en", meaning(urgents=(kind,)), called).bodies for kind in kinds]
    return replies


def test_every_reply_names_the_helpline_and_none_says_that_anything_can_wait(library: Library) -> None:
    for bodies in every_reply(library):
        assert any(library.line.helpline.spoken in body for body in bodies)
        text = " ".join(bodies).lower()
        for reassurance in (
            "not urgent",
            "don't worry",
            "do not worry",
            "can wait",
            "nothing to worry",
            "normal to",
        ):
            assert reassurance not in text


def test_A28_sizes(library: Library) -> None:
    for bodies in every_reply(library):
        for body in bodies:
            size = measure(body)
            assert size.encoding == "GSM-7"
            assert size.parts <= 2
    for kind in library.own.kinds:
        assert measure(kind.sms).parts == 1


def test_every_topics_reply_carries_the_short_urgent_line(library: Library) -> None:
    for topic in library.own.leaflet:
        (body,) = reply_to(library, "x", "en", meaning(topic.id), called).bodies
        assert body.endswith(library.own.urgency.sms_line)


@pytest.mark.parametrize(
    ("text", "conversation", "answered"),
    [
        ("URGENT", "en", "en"), ("urgent.", "ur", "ur"), ("URGENT", "pl", "pl"), ("BRYS", "en", "cy"),
        ("ارجنٹ", "en", "ur"), ("PILNE", "cy", "pl"), ("URGENT UR", "en", "ur"), ("urgent ur", "cy", "ur"),
        ("BRYS EN", "cy", "en"),
    ],
)  # fmt: skip
def test_the_word_for_danger_is_answered_in_the_language_that_it_names(
    library: Library, text: str, conversation: str, answered: str
) -> None:
    reply = reply_to(library, text, conversation, NOTHING, lambda name: name.strip().casefold())
    assert reply.language == answered
    assert reply.bodies == (library.editions[answered].topics[URGENT].sms,)


@pytest.mark.parametrize("code", ["en", "cy", "pl", "ur"])
def test_what_every_text_tells_people_to_send_is_understood_without_a_conversation(
    library: Library, code: str
) -> None:
    line = library.editions[code].urgency.sms_line
    word = library.editions[code].phrases["sms-urgent-word"]
    sent = next(end for end in (f"URGENT {code.upper()}", word) if end in line)
    assert reply_to(library, sent, "en", NOTHING, lambda name: name.strip().casefold()).language == code


def test_a_languages_name_switches_and_gives_the_menu(library: Library) -> None:
    other = replace(library.own, language="cy")
    two = Library(library.line, {**library.editions, "cy": other})
    reply = reply_to(
        two,
        "Cymraeg",
        "en",
        NOTHING,
        lambda name: {"cymraeg": "cy", "cy": "cy"}.get(name.strip().casefold(), ""),
    )
    assert reply.language == "cy"
    assert "10 Support" in reply.bodies[0]
    assert (
        reply_to(
            two,
            "5 CY",
            "en",
            NOTHING,
            lambda name: {"cymraeg": "cy", "cy": "cy"}.get(name.strip().casefold(), ""),
        ).language
        == "cy"
    )


def test_what_the_carrier_answers_itself_fits_one_part_and_names_the_helpline(library: Library) -> None:
    for text in carrier_texts(library, "en"):
        assert measure(text) == ("GSM-7", len(text), 1)
        assert library.line.helpline.spoken in text
