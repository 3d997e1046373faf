"""The shipped leaflet, fact by fact: what is said beside what the source says."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ivr.content.model import URGENT, Library, Topic
from ivr.text.gsm7 import measure
from ivr.text.spoken import caption

ROOT = Path(__file__).resolve().parents[2]
LEAFLET = ROOT.parent / "shared" / "leaflet.txt"
FACTS: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "facts.yaml").read_text(encoding="utf-8")
)
TREE = {
    "1": "1", "2": "2", "3": "3", "4": "4", "5": "5", "5.1": "51", "5.1.1": "511", "5.1.2": "512", "5.1.3": "513",
    "5.1.4": "514", "5.1.5": "515", "5.1.6": "516", "5.1.7": "517", "5.2": "52", "5.3": "53", "5.4": "54",
    "5.5": "55", "5.5.1": "551", "5.5.2": "552", "5.6": "56", "5.6.1": "561", "5.7": "57", "5.8": "58", "6": "6",
    "7": "7", "8": "8", "8.1": "81", "8.2": "82", "8.3": "83", "8.4": "84", "8.5": "85", "9": "9", "10": "0",
}  # fmt: skip
KINDS = ("emergency", "clot", "infection", "spine", "crisis", "calcium", "fracture", "lowcalcium", "jaw")
HELPLINE = "0808 800 6000"
RUN = 7
DISEASE = "secondary breast cancer in the bone"

needs_leaflet = pytest.mark.skipif(
    not LEAFLET.is_file(), reason="the leaflet's own text is not beside this folder"
)


def leaflet_part(topic: Topic) -> str:
    """What the topic says of the leaflet, added parts left out, as facts.yaml asks for it."""
    return " ".join(caption(part.text) for part in topic.parts if not part.added)


def every_text(topic: Topic) -> str:
    return " ".join([topic.title, topic.option, *(caption(part.text) for part in topic.parts), topic.sms])


def test_every_fact_has_a_name_of_its_own() -> None:
    assert len({fact["id"] for fact in FACTS}) == len(FACTS) == 432


@pytest.mark.parametrize("fact", FACTS, ids=[fact["id"] for fact in FACTS])
def test_no_fact_of_the_leaflet_is_lost(library: Library, fact: dict[str, Any]) -> None:
    if fact["topics"]:
        texts = [leaflet_part(library.own.topics[topic_id]) for topic_id in fact["topics"]]
    else:
        texts = [(ROOT / "prompts" / fact["where"]).read_text(encoding="utf-8")]
    lost = [[says for says in fact["says"] if not re.search(says, text, re.IGNORECASE)] for text in texts]
    assert [] in lost, f"{fact['fact']} Not found: {lost}"


@needs_leaflet
def test_every_heading_of_the_leaflet_is_some_topics_source(library: Library) -> None:
    named = {
        (section.strip(), plain(heading))
        for topic in library.own.topics.values()
        for section, _, headings in [topic.leaflet.partition(",")]
        for heading in headings.split(";")
    }
    found = list(headings_of(LEAFLET.read_text(encoding="utf-8")))
    assert len(found) == 37
    assert [heading for heading in found if heading not in named] == []


def headings_of(leaflet: str) -> Iterator[tuple[str, str]]:
    """Each heading with its section's number: a numbered line, or a short one that is no sentence and no list item."""
    section = ""
    for line in map(str.strip, leaflet[leaflet.index("\n\n") :].splitlines()):
        if numbered := re.fullmatch(r"(\d+)\. (.+)", line):
            section = numbered[1]
            yield section, plain(numbered[2])
        elif (
            line and line[0] != "•" and line[-1] not in ".:" and len(line.split()) <= 8 and line not in FOOTER
        ):
            yield section, plain(line)


FOOTER = ("Back to top", "Last reviewed: February 2018", "Next planned review begins 2020", "Your feedback")


def plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9']+", text.lower().replace("’", "'")))


@needs_leaflet
def test_no_sentence_is_copied_from_the_leaflet(library: Library) -> None:
    source = set(runs(LEAFLET.read_text(encoding="utf-8")))
    assert len(source) > 2000
    copied = defaultdict(list)
    for topic in library.own.topics.values():
        for text in (*(part.text for part in topic.parts), topic.sms):
            for run in runs(text):
                if run in source:
                    copied[topic.id].append(run)
    assert dict(copied) == {}


def runs(text: str) -> Iterator[str]:
    """Every run of seven words, in which the name of the disease counts as one."""
    words = plain(text).replace(DISEASE, DISEASE.replace(" ", "_")).split()
    return (" ".join(words[at : at + RUN]) for at in range(len(words) - RUN + 1))


def test_the_tree_has_the_ids_and_keys_that_others_rely_on(library: Library) -> None:
    assert {topic.id: topic.keys for topic in library.own.leaflet} == TREE


def test_the_urgent_kinds_are_ranked(library: Library) -> None:
    assert tuple(kind.id.removeprefix(f"{URGENT}.") for kind in library.own.kinds) == KINDS
    assert {kind.id.removeprefix(f"{URGENT}."): kind.see for kind in library.own.kinds} == {
        "emergency": "", "clot": "9", "infection": "6", "spine": "8.3", "crisis": "10", "calcium": "8.4",
        "fracture": "8.2", "lowcalcium": "5.1.4", "jaw": "5.1.5",
    }  # fmt: skip


def test_every_text_fits_and_names_the_helpline(library: Library) -> None:
    line = library.own.urgency.sms_line
    for topic in library.own.leaflet:
        size = measure(f"{topic.sms}\n{line}")
        assert (size.encoding, size.parts <= 2, HELPLINE in topic.sms) == ("GSM-7", True, True), topic.id
    for topic in (*library.own.kinds, *map(library.own.topics.__getitem__, ("8.3", "8.4", "9"))):
        size = measure(topic.sms)
        assert (size.encoding, size.parts, HELPLINE in topic.sms) == ("GSM-7", 1, True), topic.id


@pytest.mark.parametrize(
    "word", ["fever", "feverish", "dial", "ring", "push", "pound", "disconnect", "above", "below"]
)
def test_words_that_are_not_plain_are_not_used(library: Library, word: str) -> None:
    texts = {topic.id: every_text(topic) for topic in library.own.topics.values()} | dict(library.own.phrases)
    assert [name for name, text in texts.items() if re.search(rf"\b{word}\b", text, re.IGNORECASE)] == []


def test_every_passage_that_the_leaflet_lacks_is_marked(library: Library) -> None:
    for topic in library.own.topics.values():
        if topic.leaflet == "added":
            assert all(part.added for part in topic.parts), topic.id
        elif topic.parts:
            assert not all(part.added for part in topic.parts), topic.id


@pytest.mark.parametrize(
    ("topic_id", "says"),
    [
        ("5.1.4", r"high temperature, or shivering.*24-hour number now"),
        ("5.1.4", r"legs or bottom.*trouble walking.*bladder or bowel"),
        ("5.4", r"(high temperature|shivering).*24-hour number now"),
        ("6", r"now for a high temperature, shivering.*24-hour number"),
    ],
)
def test_what_could_reassure_someone_in_danger_is_followed_by_what_to_do(
    library: Library, topic_id: str, says: str
) -> None:
    added = " ".join(caption(part.text) for part in library.own.topics[topic_id].parts if part.added)
    assert re.search(says, added, re.IGNORECASE)
