"""Phrases, what sets them aside, keywords, and faults in the file."""

from pathlib import Path

import pytest

from ivr.matching.finder import Finder
from ivr.matching.lexicon import Lexicon
from ivr.matching.pattern import PatternError, parse
from ivr.matching.reading import read_lexicon, read_lexicons
from ivr.problems import Findings
from tests.understanding import lexicons_of_line

SMALL = """
names: [english]
lists:
  leg: [leg, legs, both feet]
spellings:
  cant: [cannot]
urgent:
  spine:
    phrases:
      - cant feel (my|her)? <leg>
      - (numb|numbness) ... bottom
  calcium:
    phrases: [very thirsty]
    two together:
      - (thirsty|parched)
      - constipated
      - (sick|vomiting)
negations: [no, not, never]
not negations: [not sure]
turns: [but]
joins: [or]
figures of speech: [sick of]
questions: [signs of]
past: [years ago]
now: [today]
ordinary words: [number]
polite words: [please]
number words: {"5": [five], "6": [six]}
topics:
  "5.6": {keywords: [surgery]}
  "8.3": {keywords: [cord compression], phrases: [spinal cord]}
"""


def read(tmp_path: Path, text: str) -> tuple[Lexicon | None, list[str]]:
    path = tmp_path / "understanding.yaml"
    path.write_text(text, encoding="utf-8")
    findings = Findings(tmp_path)
    lexicon = read_lexicon(path, "en", ["spine", "calcium"], ["5.6", "8.3"], findings)
    return lexicon, [f"{problem.line} {problem.code}" for problem in findings.problems]


@pytest.fixture
def small(tmp_path: Path) -> Lexicon:
    lexicon, problems = read(tmp_path, SMALL)
    assert problems == []
    assert lexicon
    return lexicon


def dangers(lexicon: Lexicon, text: str) -> list[str]:
    return sorted({hit.means for hit in lexicon.look(text).urgents if not hit.set_aside})


FOUND = [
    ("I can't feel my legs", ["spine"]),
    ("cannot feel both feet", ["spine"]),
    ("cant fele her legs", ["spine"]),  # not a listed word but a slip
    ("cant feel the legs", []),
    ("numb all over my bottom", ["spine"]),
    ("numbness bottom", ["spine"]),
    ("numb one two three four five bottom", ["spine"]),
    ("numb one two three four five six bottom", []),
    ("numb. bottom", []),
    ("numb not bottom", []),  # a negation is never among the words that ... stands for
    ("number bottom", []),
    ("parched, and constipated", ["calcium"]),
    ("constipated", []),
    ("thirsty and parched", []),  # the same sign twice
    ("vomiting. Also thirsty.", ["calcium"]),
]


@pytest.mark.parametrize(("text", "kinds"), FOUND)
def test_a_phrase_is_found_where_it_stands(small: Lexicon, text: str, kinds: list[str]) -> None:
    assert dangers(small, text) == kinds


ASIDE = [
    ("not very thirsty", [], "negated"),
    ("not sure, very thirsty", ["calcium"], ""),
    ("no pain, very thirsty", ["calcium"], ""),  # a comma ends the clause
    ("no pain but very thirsty", ["calcium"], ""),
    ("very thirsty, not tired", ["calcium"], ""),
    ("no numb bottom, very thirsty or tired", [], "negated"),  # a list goes on to its "or"
    ("no pain. very thirsty", ["calcium"], ""),
    ("never in all of my life very thirsty", ["calcium"], ""),  # too far away
    ("signs of numbness in the bottom", [], "question"),
    ("signs of numbness in the bottom today", ["spine"], ""),
    ("cant feel my legs, signs of what", ["spine"], ""),  # the question comes after
    ("very thirsty years ago", [], "past"),
    ("very thirsty years ago and again today", ["calcium"], ""),
    ("very thirsty years ago. Today too.", ["calcium"], ""),
    ("sick of it and constipated", [], ""),  # a sign in a figure of speech is none
]


@pytest.mark.parametrize(("text", "kinds", "reason"), ASIDE)
def test_only_its_own_clause_or_sentence_sets_a_phrase_aside(
    small: Lexicon, text: str, kinds: list[str], reason: str
) -> None:
    assert dangers(small, text) == kinds
    assert reason in {hit.reason for hit in small.look(text).urgents} | {""}


KEYWORDS = [
    ("SURGERY", "5.6"),
    ("surgrey please", "5.6"),
    ("cord compresion", "8.3"),
    ("surgery hurts", ""),
    ("five six", "5.6"),
    ("five five", ""),
    ("", ""),
]


@pytest.mark.parametrize(("text", "topic"), KEYWORDS)
def test_a_message_that_is_a_keyword_leads_to_its_topic(small: Lexicon, text: str, topic: str) -> None:
    assert small.look(text).whole == topic


FAULTS = [
    ("urgent:\n  nosuch:\n    phrases: [a b]", "3 kind-unknown"),
    ('topics:\n  "9.9":\n    keywords: [a]', "3 topic-unknown"),
    ("urgent:\n  spine:\n    phrases:\n      - (a|b", "4 phrase"),
    ("urgent:\n  spine:\n    phrases:\n      - <leg> hurts", "4 phrase"),
    ("negations:\n  - no?", "2 phrase"),
    ("spellings:\n  cant: [cannot]\nnegations: [cannot]", "3 phrase-never"),
    ("spellings:\n  cant: [Can't]", "2 spelling"),
    ("spellings:\n  a: [b]\n  c: [b]", "3 spelling"),
    ('topics:\n  "5.6":\n    keywords:\n      - STOP', "4 keyword-carrier"),
    ('topics:\n  "5.6": {keywords: [a b]}\n  "8.3": {keywords: [a b]}', "3 keyword-twice"),
    ("wrong: [a]", "1 field-unknown"),
    ("negations: [a\nturns: [b]", "2 yaml"),
    ("negations: {a: b}", "1 yaml"),
    (f"negations:\n  {'[' * 100_000}", "2 yaml"),
    (f"negations:\n{'- ' * 100_000}", "2 yaml"),
]


@pytest.mark.parametrize(("text", "problem"), FAULTS)
def test_a_fault_in_the_file_is_said_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    assert problem in read(tmp_path, text)[1]


def test_a_keyword_is_no_name_of_a_language(tmp_path: Path) -> None:
    for code, text in (("en", "names: [english]"), ("pl", 'topics: {"5.6": {keywords: [English]}}')):
        (tmp_path / code).mkdir()
        (tmp_path / code / "understanding.yaml").write_text(text, encoding="utf-8")
    findings = Findings(tmp_path)
    read_lexicons(tmp_path, ["spine"], ["5.6"], findings)
    assert [problem.code for problem in findings.problems] == ["keyword-language"]


def test_the_shipped_lists_are_sound() -> None:
    assert "en" in lexicons_of_line()


def test_a_phrase_that_stands_for_too_many_is_refused() -> None:
    many = "(a a|b b|c c|d d|e e|f f) " * 4
    with pytest.raises(PatternError, match="1296"):
        parse(many, {})


def test_hostile_input_costs_no_more_than_its_length() -> None:
    sequences = parse("a ... a ... a ... a ... b", {})
    finder = Finder([sequences])
    readings = tuple(frozenset({"a"}) for _ in range(2000))
    masks = [finder.mask(reading) for reading in readings]
    assert finder.find(readings, masks) == []
    # One step a word: nothing is tried again, so the work is the words times the length of the phrase.
    assert len(masks) == len(readings)


# What the leaflet names, each as people say it: the lexicon alone must know these.
LEAFLET = {
    "spine": [
        "severe back pain", "my back pain is unbearable", "unexplained back pain", "awful pain in my back",
        "back pain that goes round to my belly", "pain in my back round to the front of my chest",
        "like a belt round my ribs", "back pain changes when I lie down", "my back hurts more when I stand up",
        "back pain worse when I lift something", "difficulty walking", "I can't walk", "struggling to walk",
        "gone off her legs", "my legs are weak", "legs like jelly", "numbness in my fingers", "my toes are numb",
        "pins and needles in my toes", "my bum's gone numb", "numb bottom", "can't feel my backside",
        "problems controlling my bladder", "wet myself", "no control of my bowels", "can't wee", "I've soiled myself",
    ],
    "calcium": [
        "very thirsty", "so thirsty", "raging thirst", "she is confused", "mum's talking gibberish", "confusion",
        "I'm really drowsy", "can't stay awake", "sleeping all day", "sick and constipated", "vomiting and thirsty",
        "weeing loads and feeling sick", "no appetite and constipated", "off my food and can't concentrate",
        "tired, weak and being sick", "passing loads of water and no appetite", "drinking gallons of water",
    ],
    "clot": [
        "my calf is swollen", "calf hurts", "red hot leg", "my thigh is swollen and warm", "leg's gone purple",
        "left leg twice the size", "redness where my central line goes in", "PICC line is sore",
        "swelling round my port", "short of breath", "breathless", "can't get my breath", "out of breath",
        "tight chest", "tightness in my chest", "chest feels heavy", "coughing blood", "coughed up blood",
        "a cough that won't go", "unexplained cough",
    ],
    "jaw": [
        "jaw pain", "my jaw aches", "pain in my jaw", "loose teeth", "a wobbly tooth", "my teeth are loose",
        "swollen gums", "ulcers on my gums", "my gum is red", "ear pain", "discharge from my ear", "earache",
        "ear infection",
    ],
    "lowcalcium": [
        "tingling round my mouth", "my lips are tingling", "numb lips", "tingly mouth", "cramps in my hands",
        "hands keep cramping", "tingling hands since my injection",
    ],
    "fracture": [
        "I think I've broken my arm", "my leg is broken", "my wrist snapped", "thigh pain", "pain in my hip",
        "groin pain for weeks", "my hip hurts", "heard a crack", "can't put weight on it",
    ],
    "infection": [
        "high temperature", "my temperature is 38.5", "fever", "shivering", "hot and cold", "bruising for no reason",
        "covered in bruises", "bruise easily", "nose won't stop bleeding", "bleeding gums", "can't stop the bleeding",
    ],
    "crisis": ["I feel suicidal", "I want to die", "I can't go on", "I want to kill myself", "end it all"],
    "emergency": [
        "he's collapsed", "she's unconscious", "I can't breathe", "having a heart attack", "he's had a stroke",
        "her face has dropped", "having a fit", "taken an overdose", "took too many tablets",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in LEAFLET.items() for text in texts]
)
def test_the_lists_alone_know_what_the_leaflet_names(kind: str, text: str) -> None:
    assert kind in dangers(lexicons_of_line()["en"], text)


SLIPS = [
    ("numness in my legs", "spine"),
    ("brethless", "clot"),
    ("cnat walk", "spine"),
    ("my caf is swolen", ""),  # three letters are too few to guess
    ("my calf is swolln", "clot"),
    ("vomitting and constapated", "calcium"),
    ("short of breth", "clot"),
    ("suicidle", "crisis"),
]


@pytest.mark.parametrize(("text", "kind"), SLIPS)
def test_slips_are_forgiven(text: str, kind: str) -> None:
    assert dangers(lexicons_of_line()["en"], text)[:1] == [kind][: bool(kind)]


NO_DANGER = [
    "this queue is killing me",
    "my legs are killing me from shopping",
    "the neighbours are a pain in the neck",
    "What are the signs of spinal cord compression?",
    "no numbness, tingling or weakness",
    "no chest pain and no cough",
    "What are the side effects of bone-strengthening drugs?",
    "my back garden is lovely this week",
    "RADIOTHERAPY",
    "5.1.3",
]


@pytest.mark.parametrize("text", NO_DANGER)
def test_the_lists_alone_pass_over(text: str) -> None:
    assert dangers(lexicons_of_line()["en"], text) == []
