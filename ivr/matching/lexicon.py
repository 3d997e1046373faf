"""The words of one language: which phrases a message holds, which of them count, and why.

Matching may only escalate. A phrase is set aside only where its own sentence says that nobody has the sign: by a
negation in its own clause, as a figure of speech, as a question about the sign, or as long past; and the last two
only where nothing in the sentence speaks of here and now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import process
from rapidfuzz.distance import OSA

from ivr.matching.finder import Finder, Match, Readings
from ivr.matching.pattern import Sequence
from ivr.text.normalise import COMMA, STOP, normalise

LONGEST = 1600  # characters of a message that are read: a text message has no more
REACH = 3  # words after a negation that it still speaks of: "no sign of any numbness"
LIST = 10  # words within which a negated list must come to its "or"
LIST_REACH = 4  # words after the last "or" of a negated list: "no fever, cough or trouble getting my breath"
_SHORTEST = 4  # letters of a word that may be a misspelling of another
_LONG = 8  # letters from which two slips are forgiven
_MEMORY = 50_000  # words remembered, so that hostile input cannot fill the memory


class Role(StrEnum):
    """What a phrase of the file is for."""

    URGENT = "urgent"
    SIGN = "sign"
    TOPIC = "topic"
    NEGATION = "negation"
    EXCEPTION = "exception"
    TURN = "turn"
    JOIN = "join"
    FIGURE = "figure"
    QUESTION = "question"
    PAST = "past"
    NOW = "now"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as written in the file, its role, and what it stands for: an urgent kind, a topic, or nothing.

    `group` numbers the lines of signs of which two different ones together make the kind.
    """

    text: str
    role: Role
    means: str
    sequences: tuple[Sequence, ...]
    group: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found: what it means, the words that were found, and why it was set aside ("" where it counts).

    `reason` is that in one word: figure, negated, question or past.
    """

    means: str
    phrase: str
    words: str
    set_aside: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the lexicon saw in one message; `whole` is the topic when the message is nothing but its keyword."""

    urgents: tuple[Hit, ...]
    topics: tuple[Hit, ...]
    whole: str = ""


class Lexicon:
    """One language's words, ready to look for. `names` are what the language is called, `keywords`
    map to a topic, `numbers` map words such as five to digits, `topics` are the ids there are."""

    def __init__(
        self, language: str, phrases: tuple[Phrase, ...], spellings: Mapping[str, str],
        ordinary: frozenset[str], keywords: Mapping[str, str], names: frozenset[str], fillers: frozenset[str],
        numbers: Mapping[str, str], topics: frozenset[str],
    ) -> None:  # fmt: skip
        self.language, self.names, self.keywords = language, names, keywords
        self._phrases, self._spellings = phrases, spellings
        self._ordinary, self._fillers = ordinary, fillers
        self._numbers, self._ids = numbers, topics
        self._finder = Finder((phrase.sequences for phrase in phrases), _single(phrases))
        self._words = sorted(word for word in self._finder.words if len(word) >= _SHORTEST and word.isalpha())
        self._keywords = sorted(keywords)
        self._seen: dict[str, tuple[frozenset[str], int]] = {}

    @property
    def words(self) -> frozenset[str]:
        """Every whole word that a phrase asks for."""
        return self._finder.words

    def spelt(self, word: str) -> str:
        """What `word` is read as: itself, or what it is another spelling of."""
        return self._spellings.get(word, word)

    def look(self, text: str) -> Sighting:
        """What `text` holds. A message longer than LONGEST is read to that length."""
        return self.look_at(normalise(text[:LONGEST]))

    def look_at(self, normal: str) -> Sighting:
        """What the message holds that is `normal` when normalised."""
        words, breaks = self._split(normal)
        readings, masks = self._read(words)
        found: dict[Role, list[Match]] = {role: [] for role in Role}
        for match in self._finder.find(readings, masks):
            found[self._phrases[match.phrase].role].append(match)
        scene = _Scene(words, breaks, found)
        urgents = [self._hit(match, scene) for match in found[Role.URGENT]]
        urgents += self._together(found[Role.SIGN], scene)
        topics = sorted(found[Role.TOPIC], key=lambda match: match.start - match.end)
        return Sighting(
            tuple(dict.fromkeys(urgents)), tuple(dict.fromkeys(self._plain(match, scene) for match in topics)),
            self.keyword(normal),
        )  # fmt: skip

    def keyword(self, normal: str) -> str:
        """The topic whose keyword the message is, give or take a slip and a polite word; "" where it is none."""
        left = " ".join(
            word for word in normal.split() if word not in self._fillers and word not in (STOP, COMMA)
        )
        if left in self.keywords:
            return self.keywords[left]
        if topic := self._spoken_number(left.split()):
            return topic
        if len(left) < _SHORTEST + 1 or len(left) > 40 or left in self._ordinary:
            return ""
        near = process.extract(
            left, self._keywords, scorer=OSA.distance, score_cutoff=1 if len(left) < _LONG else 2, limit=3
        )
        topics = {self.keywords[word] for word, distance, _ in near if distance == near[0][1]}
        return topics.pop() if len(topics) == 1 else ""

    def _spoken_number(self, words: list[str]) -> str:
        """The topic whose number `words` are, such as five six; "" where they are none."""
        digits = [self._numbers.get(word, "") for word in words]
        return topic if all(digits) and (topic := ".".join(digits)) in self._ids else ""

    def _split(self, normal: str) -> tuple[list[str], frozenset[int]]:
        """The words of a message with full stops among them, and the places before which a comma stood."""
        words: list[str] = []
        breaks: set[int] = set()
        for word in normal.split():
            if word == COMMA:
                breaks.add(len(words))
            else:
                words += self.spelt(word).split()
        return words, frozenset(breaks)

    def _read(self, words: list[str]) -> tuple[Readings, list[int]]:
        if len(self._seen) > _MEMORY:
            self._seen.clear()
        known = [self._seen.get(word) or self._learn(word) for word in words]
        return tuple(readings for readings, _ in known), [mask for _, mask in known]

    def _learn(self, word: str) -> tuple[frozenset[str], int]:
        """Remember what `word` may be read as, and the places of phrases it fits."""
        if word == STOP:
            self._seen[word] = frozenset(), 0
        else:
            readings = self._readings(word)
            self._seen[word] = readings, self._finder.mask(readings)
        return self._seen[word]

    def _readings(self, word: str) -> frozenset[str]:
        if len(word) < _SHORTEST or word in self._ordinary or not word.isalpha() or self._finder.knows(word):
            return frozenset({word})
        slips = 1 if len(word) < _LONG else 2
        near = process.extract(word, self._words, scorer=OSA.distance, score_cutoff=slips, limit=8)
        alike = {
            right for right, _, _ in near if right[0] == word[0] or sorted(right[:2]) == sorted(word[:2])
        }
        return frozenset(alike | {word})

    def _plain(self, match: Match, scene: "_Scene") -> Hit:
        phrase = self._phrases[match.phrase]
        return Hit(phrase.means, phrase.text, scene.quote(match))

    def _hit(self, match: Match, scene: "_Scene") -> Hit:
        phrase = self._phrases[match.phrase]
        return Hit(phrase.means, phrase.text, scene.quote(match), *scene.reason(match))

    def _together(self, matches: list[Match], scene: "_Scene") -> list[Hit]:
        """A hit for each kind of which two different signs stand anywhere in the message, and count."""
        by_kind: dict[str, dict[int, Match]] = {}
        for match in matches:
            phrase = self._phrases[match.phrase]
            if not scene.reason(match)[0]:
                by_kind.setdefault(phrase.means, {}).setdefault(phrase.group, match)
        return [
            Hit(
                kind, " + ".join(self._phrases[match.phrase].text for match in groups.values()),
                ", ".join(scene.quote(match) for match in groups.values()),
            )
            for kind, groups in by_kind.items()
            if len(groups) > 1
        ]  # fmt: skip


def _single(phrases: tuple[Phrase, ...]) -> frozenset[str]:
    """The negations of one word: "leg is not swollen" has no swollen leg in it."""
    ones = (
        sequence[0].words
        for phrase in phrases
        if phrase.role is Role.NEGATION
        for sequence in phrase.sequences
        if len(sequence) == 1
    )
    return frozenset().union(*ones)


class _Scene:
    """One message taken apart: its words, its commas, and the matches of each role."""

    def __init__(self, words: list[str], breaks: frozenset[int], found: Mapping[Role, list[Match]]) -> None:
        self._words, self._breaks, self._found = words, breaks, found
        self._negations = [
            negation
            for negation in found[Role.NEGATION]
            if not any(other.start <= negation.start < other.end for other in found[Role.EXCEPTION])
        ]

    def quote(self, match: Match) -> str:
        """The words that `match` covers."""
        return " ".join(self._words[match.start : match.end])

    def reason(self, match: Match) -> tuple[str, str]:
        """Why `match` does not count, in a sentence and in one word; both "" where it does."""
        for figure in self._found[Role.FIGURE]:
            if figure.start < match.end and match.start < figure.end:
                return f"a figure of speech: {self.quote(figure)}", "figure"
        for negation in self._negations:
            if negation.start < match.start < self._scope(negation):
                return f"negated in its own clause: {self.quote(negation)}", "negated"
        first, last = self._sentence(match)
        after = self._end(min(last + 1, len(self._words)))
        if any(first <= now.start < after for now in self._found[Role.NOW]):
            return "", ""
        for question in self._found[Role.QUESTION]:
            if first <= question.start < last and question.start <= match.start:
                return f"a question about it: {self.quote(question)}", "question"
        for past in self._found[Role.PAST]:
            if first <= past.start < last:
                return f"long past: {self.quote(past)}", "past"
        return "", ""

    def _sentence(self, match: Match) -> tuple[int, int]:
        first = next((at + 1 for at in range(match.start - 1, -1, -1) if self._words[at] == STOP), 0)
        return first, self._end(match.end)

    def _end(self, start: int) -> int:
        return next(
            (at for at in range(start, len(self._words)) if self._words[at] == STOP), len(self._words)
        )

    def _scope(self, negation: Match) -> int:
        """The place up to which `negation` speaks: a few words of its clause, or to the end of a list with "or"."""
        end = self._sentence(negation)[1]
        turn = min(
            (turn.start for turn in self._found[Role.TURN] if negation.end <= turn.start < end), default=end
        )
        comma = min((place for place in self._breaks if negation.end < place <= turn), default=turn)
        far = min(turn, negation.end + LIST)
        joins = [join.end for join in self._found[Role.JOIN] if negation.end <= join.start < far]
        near = min(negation.end + REACH, comma)
        return min(max(near, max(joins) + LIST_REACH), turn) if joins else near
