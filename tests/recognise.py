"""Whether a recogniser understands the English sounds: `python -m tests.recognise [--count 40]`.

A development check, since a recogniser is no listener: pocketsphinx picks, of so many passages of the leaflet, the one
that it heard, at a telephone's 8 kHz. Beside the line's own voice it is given the same passages spoken by a voice of
another language, of which it should know few. Passages with words that its dictionary lacks are left out.
"""

import re
import tempfile
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import click
from pocketsphinx import Decoder

from ivr.dialogue.place import Pace
from ivr.dialogue.script import script_of
from ivr.languages import Language
from ivr.shelf import load
from ivr.speech.audio import decode
from ivr.speech.chain import Chain
from ivr.speech.espeak import EspeakEngine
from ivr.speech.store import Store
from ivr.text.spoken import caption
from tests.understanding import ROOT

TELEPHONE, RECOGNISER = 8_000, 16_000
LONGEST = 20  # words of a passage: the recogniser's search grows with them
_WORD = re.compile(r"[a-z']+")


@click.command()
@click.option("--count", default=40, help="How many passages it chooses from.")
@click.option("--other", default="pl", help="The language of the voice that it should not know.")
def main(count: int, other: str) -> None:
    """Print how many passages were recognised, in the line's own voice and in another's."""
    library, languages = load(ROOT / "prompts", ROOT / "locales")
    own = library.line.language
    dictionary = Decoder()
    texts = [text for text in script_of(library, own).every_text() if not re.search(r"\d", text)]
    known = [text for text in texts if _is_known(dictionary, _words(text))]
    passages = Random(1).sample(sorted(known, key=str), min(count, len(known)))  # noqa: S311 - which ones is no secret
    decoder = Decoder()
    decoder.add_jsgf_string("passages", _grammar([_words(text) for text in passages]))
    decoder.activate_search("passages")
    with tempfile.TemporaryDirectory() as folder:
        chain = Chain([EspeakEngine()], Store(Path(folder)))
        for code in (own, other):
            speak = _speaker(chain, languages[code])
            right = sum(_heard(decoder, speak(text)) == " ".join(_words(text)) for text in passages)
            click.echo(f"{code}: {right} of {len(passages)} passages recognised")


def _words(text: str) -> list[str]:
    return _WORD.findall(caption(text).casefold().replace("’", "'"))


def _is_known(dictionary: Decoder, words: list[str]) -> bool:
    return 2 < len(words) <= LONGEST and all(dictionary.lookup_word(word) for word in words)


def _grammar(passages: list[list[str]]) -> str:
    choices = " | ".join(" ".join(words) for words in passages)
    return f"#JSGF V1.0;\ngrammar passages;\npublic <passage> = {choices};\n"


def _speaker(chain: Chain, language: Language) -> Callable[[str], bytes]:
    def speak(text: str) -> bytes:
        (utterance, *_) = chain.choice(language, Pace.NORMAL, text)
        chain.make(utterance)
        mp3 = chain.store.read(utterance.key)
        assert mp3
        return bytes(_doubled(decode(mp3, TELEPHONE).samples))

    return speak


def _doubled(samples: "array[int]") -> "array[int]":
    """The sound at the rate that the recogniser wants; nothing above 4 kHz comes back by it."""
    assert RECOGNISER == 2 * TELEPHONE
    return array("h", _between(samples))


def _between(samples: "array[int]") -> Iterator[int]:
    for one, after in zip(samples, [*samples[1:], 0], strict=True):
        yield one
        yield (one + after) // 2


def _heard(decoder: Decoder, sound: bytes) -> str:
    decoder.start_utt()
    decoder.process_raw(sound, full_utt=True)
    decoder.end_utt()
    found = decoder.hyp()
    return found.hypstr.strip() if found else ""


if __name__ == "__main__":
    main()
