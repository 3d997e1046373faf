"""What a rule is given and what it returns."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ivr.content.model import Notice, Topic
from ivr.content.prompt import Prompt
from ivr.text.gsm7 import Encoding


@dataclass(frozen=True, slots=True)
class Draft:
    """What has been read and is still to be judged.

    `prompts` holds the file of each topic by the topic's id, `notice_files` that of each notice. `helpline` is the
    number as it is texted, "" where it could not be read; `encoding` is the one that the language's own letters need.
    """

    topics: Mapping[str, Topic]
    prompts: Mapping[str, Prompt]
    helpline: str
    encoding: Encoding
    notices: tuple[Notice, ...] = ()
    notice_files: Mapping[str, Prompt] = field(default_factory=dict)

    def written(self) -> Iterator[tuple[Topic, Prompt]]:
        """Every topic that has a file, with that file."""
        return ((self.topics[topic_id], prompt) for topic_id, prompt in self.prompts.items())

    def noticed(self) -> Iterator[tuple[Notice, Prompt]]:
        """Every notice, with its file."""
        return ((notice, self.notice_files[notice.id]) for notice in self.notices)


@dataclass(frozen=True, slots=True)
class Fault:
    """One breach of a rule: the file and line, what is wrong, and what to do about it."""

    path: Path
    line: int
    text: str
    mend: str


Rule = Callable[[Draft], Iterator[Fault]]
