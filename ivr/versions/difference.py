"""What one version says that another does not: topic by topic, in every language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ivr.content.model import Edition, Library, Topic
from ivr.text.gsm7 import measure
from ivr.text.timing import slow_seconds

# The normal pace is faster than the slow one that is estimated by about this much.
NORMAL_OVER_SLOW = 0.75


@dataclass(frozen=True, slots=True)
class Size:
    """How long a topic is: heard, in seconds at the normal pace, estimated; texted, in parts."""

    seconds: int
    parts: int


@dataclass(frozen=True, slots=True)
class Change:
    """One topic that is not the same in both. `before` or `after` is None where it is not there; `what` names
    which of its texts differ."""

    language: str
    topic: str
    title: str
    before: Size | None
    after: Size | None
    what: tuple[str, ...] = ()

    @property
    def kind(self) -> Literal["added", "removed", "changed"]:
        """What became of the topic."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that differs. `languages` are those that come (True) or go; `phrases` are names by language;
    `files` are those whose change shows in no text, such as word lists and pronunciations."""

    languages: Mapping[str, bool]
    changes: tuple[Change, ...]
    phrases: Mapping[str, tuple[str, ...]]
    files: tuple[str, ...]


def compare(
    before: Library | None, after: Library, files_before: Mapping[str, int], files_after: Mapping[str, int]
) -> Difference:
    """What `after` changes; everything is new where there is no `before`. `files_…` are names with checksums."""
    old = before.editions if before else {}
    new = after.editions
    both = [code for code in new if code in old]
    changes = [change for code in both for change in _changes(old[code], new[code])]
    phrases = {code: tuple(_keys(_around(old[code]), _around(new[code]))) for code in both}
    return Difference(
        {
            **{code: True for code in new if code not in old},
            **{code: False for code in old if code not in new},
        },
        tuple(changes),
        {code: names for code, names in phrases.items() if names},
        tuple(name for name in _keys(files_before, files_after) if before and not _is_text(name)),
    )


def _around(edition: Edition) -> Mapping[str, object]:
    """What is said and texted beside the topics, by a name that an operator knows."""
    return {
        **edition.phrases, "the safety text": edition.urgency.safety, "the urgent line of every text":
        edition.urgency.sms_line, "the line's facts": edition.line, "notices": edition.notices,
    }  # fmt: skip


def _changes(old: Edition, new: Edition) -> Iterator[Change]:
    for topic in {**new.topics, **old.topics}:
        was, is_now = old.topics.get(topic), new.topics.get(topic)
        named = is_now or was
        what = tuple(_what(was, is_now)) if was and is_now else ()
        if named and (what or not (was and is_now)):
            title = named.title or new.line.name
            yield Change(new.language, topic, title, _size(was), _size(is_now), what)


def _what(was: Topic, is_now: Topic) -> Iterator[str]:
    if was.parts != is_now.parts:
        yield "said"
    if (was.sms, was.sms_added) != (is_now.sms, is_now.sms_added):
        yield "texted"
    if (was.title, was.option, was.short) != (is_now.title, is_now.option, is_now.short):
        yield "named"
    if (was.keys, was.severity) != (is_now.keys, is_now.severity):
        yield "reached by other keys"


def _size(topic: Topic | None) -> Size | None:
    if topic is None:
        return None
    seconds = sum(slow_seconds(part.text) for part in topic.parts) * NORMAL_OVER_SLOW
    return Size(round(seconds), measure(topic.sms).parts if topic.sms else 0)


def _keys(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    return (name for name in sorted({**old, **new}) if old.get(name) != new.get(name))


def _is_text(name: str) -> bool:
    """Whether a file's change shows in the topics and phrases, or in nothing at all, as that of a template does."""
    return name.endswith((".md", ".pot", ".po", ".jsonl")) or name == "prompts/phrases.toml"
