"""Reads a language's `understanding.yaml`; every fault goes to the findings with its line."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import yaml

from ivr.matching.lexicon import Lexicon, Phrase, Role
from ivr.matching.pattern import PatternError, Sequence, merge, parse
from ivr.problems import UNREADABLE, Findings
from ivr.text.normalise import normalise
from ivr.yml import compose

FILE = "understanding.yaml"
# The words that carriers answer themselves; a message that is one of them never reaches the line as content.
CARRIER_WORDS = frozenset(
    [
        "stop",
        "stopall",
        "unsubscribe",
        "cancel",
        "end",
        "quit",
        "revoke",
        "optout",
        "start",
        "unstop",
        "yes",
        "help",
        "info",
    ]
)
_PLAIN = {
    "negations": Role.NEGATION, "not negations": Role.EXCEPTION, "turns": Role.TURN, "joins": Role.JOIN,
    "figures of speech": Role.FIGURE,
    "questions": Role.QUESTION, "past": Role.PAST, "now": Role.NOW,
}  # fmt: skip
_FIELDS = frozenset(
    {
        "names",
        "lists",
        "spellings",
        "urgent",
        "topics",
        "ordinary words",
        "polite words",
        "number words",
        *_PLAIN,
    }
)


def read_lexicons(
    locales: Path, kinds: Collection[str], topics: Collection[str], findings: Findings
) -> dict[str, Lexicon]:
    """The word list of every language below `locales` that has one, by the code of the language."""
    found = {
        path.parent.name: read_lexicon(path, path.parent.name, kinds, topics, findings)
        for path in sorted(locales.glob(f"*/{FILE}"))
    }
    lexicons = {code: lexicon for code, lexicon in found.items() if lexicon}
    _check_together(lexicons, locales, findings)
    return lexicons


def read_lexicon(
    path: Path, language: str, kinds: Collection[str], topics: Collection[str], findings: Findings
) -> Lexicon | None:
    """Read the word list at `path`; `kinds` and `topics` are those that the prompt files have.

    None means that the file is not there or that nothing of it can be used; faults go to `findings`.
    """
    if not path.exists():
        return None
    return _Reader(path, findings).read(language, kinds, topics)


class _Reader:
    def __init__(self, path: Path, findings: Findings) -> None:
        self._path, self._findings = path, findings
        self._lists: dict[str, tuple[Sequence, ...]] = {}
        self._phrases: list[Phrase] = []
        self._spellings: dict[str, str] = {}

    def read(self, language: str, kinds: Collection[str], topics: Collection[str]) -> Lexicon | None:
        root = self._compose()
        if root is None:
            return None
        fields = dict(self._pairs(root))
        for name, node in fields.items():
            if name not in _FIELDS:
                self._add(
                    node,
                    "field-unknown",
                    f"There is no field {name!r}.",
                    f"Use one of {', '.join(sorted(_FIELDS))}.",
                )
        for key, node in self._pairs(fields.get("spellings")):
            self._spelling(key, node)
        for name, node in self._pairs(fields.get("lists")):
            choices = [seq for text, item in self._texts(node) for seq in self._parse(text, item)]
            self._lists[name] = merge(iter(choices))
        for name, role in _PLAIN.items():
            for text, item in self._texts(fields.get(name)):
                self._phrase(text, item, role, "")
        self._urgent(fields.get("urgent"), kinds)
        keywords = self._topics(fields.get("topics"), topics)
        plain = {
            name: frozenset(
                normalise(word) for text, _ in self._texts(fields.get(name)) for word in text.split()
            )
            for name in ("ordinary words", "polite words")
        }
        numbers = {
            normalise(text): digits
            for digits, node in self._pairs(fields.get("number words"))
            for text, _ in self._texts(node)
        }
        names = frozenset(normalise(text) for text, _ in self._texts(fields.get("names")))
        return Lexicon(
            language, tuple(self._phrases), self._spellings, plain["ordinary words"], keywords, names,
            plain["polite words"], numbers, frozenset(topics),
        )  # fmt: skip

    def _compose(self) -> yaml.Node | None:
        try:
            return compose(self._path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as fault:
            self._findings.add(self._path, 1, "unreadable", f"This file cannot be read: {fault}.", UNREADABLE)
        except yaml.MarkedYAMLError as fault:
            mark = fault.problem_mark or fault.context_mark
            self._findings.add(
                self._path, mark.line + 1 if mark else 1, "yaml", f"The file cannot be read: {fault.problem}.",
                'Write lists as "- phrase"; put a phrase that contains ": " or begins with a sign in "quotes".',
            )  # fmt: skip
        except yaml.reader.ReaderError as fault:
            self._findings.add(
                self._path,
                1,
                "yaml",
                f"The file has an invisible character (U+{fault.character:04X}).",
                "Remove it.",
            )
        return None

    def _add(self, node: yaml.Node, code: str, text: str, mend: str) -> None:
        self._findings.add(self._path, node.start_mark.line + 1, code, text, mend)

    def _pairs(self, node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for name_node, value in node.value:
                name = str(name_node.value)
                if name in seen:
                    self._add(name_node, "field-twice", f"{name!r} stands here twice.", "Put both together.")
                seen.add(name)
                yield name, value
        elif node is not None and node.value:
            self._add(
                node,
                "yaml",
                "Here must stand names with a colon.",
                "Write each as name: and what belongs to it.",
            )

    def _texts(self, node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
        """The texts of a list, or the one text that stands there."""
        if isinstance(node, yaml.ScalarNode):
            if node.value:
                yield node.value, node
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                if isinstance(item, yaml.ScalarNode) and item.value:
                    yield item.value, item
                else:
                    self._add(item, "yaml", "Here must stand a phrase.", "Write it on one line.")
        elif node is not None:
            self._add(
                node, "yaml", "Here must stand a list of phrases.", 'Write each on its own line after "- ".'
            )

    def _spelling(self, written: str, node: yaml.Node) -> None:
        for text, item in self._texts(node):
            for word in text.split():
                if normalise(word) != word:
                    self._add(
                        item,
                        "spelling",
                        f"{word!r} is never seen: messages have {normalise(word)!r}.",
                        "Write that.",
                    )
                elif word in self._spellings:
                    self._add(
                        item,
                        "spelling",
                        f"{word!r} stands for {self._spellings[word]!r} already.",
                        "Keep one.",
                    )
                else:
                    self._spellings[word] = written

    def _parse(self, text: str, node: yaml.Node) -> tuple[Sequence, ...]:
        try:
            sequences = parse(text, self._lists)
        except PatternError as fault:
            self._add(
                node,
                "phrase",
                f"The phrase {text!r} cannot be used: {fault}.",
                "The top of the file says how phrases are written.",
            )
            return ()
        for word in {word for sequence in sequences for slot in sequence for word in slot.words}:
            if word in self._spellings:
                self._add(
                    node, "phrase-never", f"{word!r} is never seen: it is read as {self._spellings[word]!r}.",
                    "Write that instead.",
                )  # fmt: skip
        return sequences

    def _phrase(self, text: str, node: yaml.Node, role: Role, means: str, group: int = 0) -> None:
        sequences = self._parse(text, node)
        if sequences:
            self._phrases.append(Phrase(text, role, means, sequences, group))

    def _urgent(self, node: yaml.Node | None, kinds: Collection[str]) -> None:
        for kind, entry in self._pairs(node):
            if kind not in kinds:
                self._add(
                    entry,
                    "kind-unknown",
                    f"There is no urgent kind {kind!r}.",
                    f"Use one of {', '.join(sorted(kinds))}.",
                )
                continue
            for part, items in self._pairs(entry):
                if part == "phrases":
                    for text, item in self._texts(items):
                        self._phrase(text, item, Role.URGENT, kind)
                elif part == "two together":
                    for group, (text, item) in enumerate(self._texts(items)):
                        self._phrase(text, item, Role.SIGN, kind, group)
                else:
                    self._add(
                        items, "field-unknown", f"There is no field {part!r}.", "Use phrases or two together."
                    )

    def _topics(self, node: yaml.Node | None, topics: Collection[str]) -> dict[str, str]:
        keywords: dict[str, str] = {}
        for topic, entry in self._pairs(node):
            if topic not in topics:
                self._add(
                    entry,
                    "topic-unknown",
                    f"There is no topic {topic!r}.",
                    "Use the number of a prompt file.",
                )
                continue
            for part, items in self._pairs(entry):
                for text, item in self._texts(items):
                    if part == "keywords":
                        self._keyword(text, item, topic, keywords)
                    elif part != "phrases":
                        self._add(
                            item, "field-unknown", f"There is no field {part!r}.", "Use keywords or phrases."
                        )
                        break
                    self._phrase(text, item, Role.TOPIC, topic)
        return keywords

    def _keyword(self, text: str, node: yaml.Node, topic: str, keywords: dict[str, str]) -> None:
        word = normalise(text)
        if word in CARRIER_WORDS:
            self._add(
                node,
                "keyword-carrier",
                f"{text!r} is a word that carriers answer themselves.",
                "Choose another word.",
            )
        elif keywords.get(word, topic) != topic:
            self._add(
                node,
                "keyword-twice",
                f"{text!r} leads to topic {keywords[word]} already.",
                "Keep it at one topic.",
            )
        else:
            keywords[word] = topic


def _check_together(lexicons: Mapping[str, Lexicon], locales: Path, findings: Findings) -> None:
    """Find keywords that are the name of a language: such a message would change the language and answer nothing."""
    names = {name: code for code, lexicon in lexicons.items() for name in lexicon.names}
    for code, lexicon in lexicons.items():
        for word in sorted(set(lexicon.keywords) & set(names)):
            findings.add(
                locales / code / FILE, 1, "keyword-language",
                f"The keyword {word!r} is a name of the language {names[word]}.", "Choose another keyword.",
            )  # fmt: skip
