"""The shipped word lists, layers and language model, each made once."""

from functools import cache
from pathlib import Path

from ivr.content.model import Library
from ivr.errors import IvrError
from ivr.matching.layers import read_layers
from ivr.matching.lexicon import Lexicon
from ivr.matching.meaning import LearntMeaning
from ivr.matching.reading import read_lexicons
from ivr.meaning.embedding import E5Embedder
from ivr.problems import ContentError, Findings
from ivr.shelf import load

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ROOT / "locales" / "meaning.json"
MESSAGES = ROOT / "tests" / "messages"


@cache
def library() -> Library:
    return load(ROOT / "prompts", ROOT / "locales")[0]


@cache
def kinds_of_line() -> dict[str, str]:
    """Each urgent kind with the topic it leads to, the most serious first."""
    edition = next(iter(library().editions.values()))
    return {kind.id.partition(".")[2]: kind.see for kind in edition.kinds}


@cache
def topics_of_line() -> tuple[str, ...]:
    edition = next(iter(library().editions.values()))
    return tuple(topic.id for topic in edition.leaflet)


@cache
def lexicons_of_line() -> dict[str, Lexicon]:
    findings = Findings(ROOT)
    lexicons = read_lexicons(ROOT / "locales", kinds_of_line(), topics_of_line(), findings)
    if findings.problems:
        raise ContentError(findings.problems)
    return lexicons


@cache
def meaning_alone() -> LearntMeaning:
    return LearntMeaning(read_layers(LAYERS))


@cache
def embedded() -> LearntMeaning | None:
    """Meaning with the language model, or None on a machine that has none."""
    try:
        return LearntMeaning(read_layers(LAYERS), E5Embedder())
    except IvrError:
        return None
