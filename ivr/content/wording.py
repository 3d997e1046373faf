"""`locales/<code>/wording.toml`: the words that a language avoids on the line, and those it offers keys with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ivr.problems import Findings
from ivr.toml import WAIVE, read_toml

FILE = "wording.toml"
# Words in a sentence that is heard (A20). A language that writes as separate words what English does not has more.
SENTENCE = 20
SENTENCE_AS_A_RULE = 15


@dataclass(frozen=True, slots=True)
class Wording:
    """What the rules for words go by in one language; as it is made here, they find nothing.

    `press` are the words for pressing a key and `keys` those that name one; `avoid` has for each word that is not to
    be used the one to use; `names` are left out of the reading age. `language` is "" where nothing is known.
    """

    language: str = ""
    press: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    avoid: Mapping[str, str] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    sentence: int = SENTENCE
    waivers: tuple[tuple[int, str], ...] = ()
    path: Path = Path(FILE)


def read_wording(folder: Path, lexicon: Mapping[str, str], findings: Findings) -> Wording:
    """Read the wording of the language in `folder`, which need not have any; faults go to `findings`.

    `lexicon` is the language's `pronunciation.toml`: what stands there is a name, and it says what the keys are called.
    """
    path = folder / FILE
    called = {word.casefold() for sign, word in lexicon.items() if sign in ("#", "*")}
    names = {word for name in lexicon if len(name) > 1 for word in name.casefold().split()}
    table = read_toml(path, findings) if path.is_file() else None
    if table is None:
        return Wording(folder.name, names=frozenset(names), path=path)
    table.only("press", "keys", "names", "sentence", "avoid", WAIVE)
    words = {
        field: {text.casefold() for _, text in table.items(field)} for field in ("press", "keys", "names")
    }
    sentence = table.text("sentence") or str(SENTENCE)
    if not sentence.isdecimal():
        table.problem("sentence", "number", f"{sentence!r} is no number of words.", 'Write it as "25".')
        sentence = str(SENTENCE)
    return Wording(
        folder.name, press=frozenset(words["press"]), keys=frozenset(called | words["keys"]),
        avoid={word.casefold(): instead for word, instead in table.table("avoid").texts(required=True).items()},
        names=frozenset(names | {word for name in words["names"] for word in name.split()}),
        sentence=int(sentence), waivers=table.items(WAIVE), path=path,
    )  # fmt: skip
