"""What a rule is, what it is given and what it returns."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Literal, TypeVar

from ivr.content.headings import Headings
from ivr.content.model import Notice, Topic
from ivr.content.prompt import Prompt
from ivr.content.wording import Wording
from ivr.problems import Gravity
from ivr.text.gsm7 import Encoding

Subject = TypeVar("Subject")
Channel = Literal["said", "texted"]


@dataclass(frozen=True, slots=True)
class Passage:
    """One text where it stands in a file. `name` is that of its phrase, or of its topic and field."""

    name: str
    channel: Channel
    text: str
    path: Path
    line: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What has been read and is still to be judged.

    `prompts` holds the file of each topic by the topic's id, `notice_files` that of each notice. `helpline` is the
    number as it is texted, "" where it could not be read; `encoding` is the one that the language's own letters need.
    `wording` and `headings` are what the rules for words and for the leaflet go by; without them they find nothing.
    """

    topics: Mapping[str, Topic]
    prompts: Mapping[str, Prompt]
    helpline: str
    encoding: Encoding
    notices: tuple[Notice, ...] = ()
    notice_files: Mapping[str, Prompt] = field(default_factory=dict)
    phrases: tuple[Passage, ...] = ()
    wording: Wording = field(default_factory=Wording)
    headings: Headings | None = None

    def written(self) -> Iterator[tuple[Topic, Prompt]]:
        """Every topic that has a file, with that file."""
        return ((self.topics[topic_id], prompt) for topic_id, prompt in self.prompts.items())

    def noticed(self) -> Iterator[tuple[Notice, Prompt]]:
        """Every notice, with its file."""
        return ((notice, self.notice_files[notice.id]) for notice in self.notices)

    def passages(self) -> Iterator[Passage]:
        """Every text that is heard or sent, in the order of the files."""
        yield from self.phrases
        for topic, prompt in self.written():
            for name in ("title", "option", "safety", "sms", "sms-line", "short"):
                if text := prompt.fields.get(name, ""):
                    texted: Channel = "texted" if name in ("sms", "sms-line", "short") else "said"
                    yield Passage(f"{topic.id} {name}", texted, text, prompt.path, prompt.line(name))
            for part, line in zip(topic.parts, prompt.part_lines, strict=True):
                yield Passage(topic.id, "said", part.text, prompt.path, line)
        for notice, prompt in self.noticed():
            yield Passage(f"notices.{notice.id}", "said", notice.text, prompt.path, prompt.part_lines[0])
            if notice.sms:
                yield Passage(
                    f"notices.{notice.id} sms", "texted", notice.sms, prompt.path, prompt.line("sms")
                )


@dataclass(frozen=True, slots=True)
class Fault:
    """One breach of a rule: the file and line, what is wrong, and what to do about it."""

    path: Path
    line: int
    text: str
    mend: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What there is to tell about a code: the harm (`story`), the limit, and where that comes from.

    `today` marks what people who call or text meet now, not some day; `fixed` says why a warning cannot be waived.
    """

    code: str
    story: str
    gravity: Gravity = Gravity.ERROR
    limit: str = ""
    source: str = ""
    today: bool = False
    fixed: str = ""

    @property
    def waivable(self) -> bool:
        """Whether it can be waived. No error can: each keeps a caller from hearing half a line, or the wrong one."""
        return self.gravity is Gravity.WARNING and not self.fixed


@dataclass(frozen=True, slots=True)
class Rule(Generic[Subject]):
    """One rule. `find` finds its breaches, and its docstring is the story: the harm, with a case.

    `translated` is how grave a breach is in a translation, which has no file of its own that could be kept away.
    """

    code: str
    find: Callable[[Subject], Iterator[Fault]]
    limit: str
    source: str
    gravity: Gravity = Gravity.WARNING
    translated: Gravity = Gravity.WARNING
    today: bool = False

    @property
    def entry(self) -> Entry:
        """What there is to tell about the rule."""
        story = inspect.getdoc(self.find) or ""
        return Entry(self.code, story, self.gravity, self.limit, self.source, self.today)


def by_code(*rules: Rule[Subject]) -> dict[str, Rule[Subject]]:
    """The rules by their ids, in the order in which they are told."""
    return {rule.code: rule for rule in rules}
