"""What each file is to an operator: its name, its keys, and where it stands in the list."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ivr.content.model import URGENT
from ivr.content.notices import FOLDER as NOTICES
from ivr.drafts.files import text_of
from ivr.drafts.judge import Judgement
from ivr.errors import IvrError
from ivr.versions.archive import LOCALES, PROMPTS, Files

TOPICS, URGENT_KINDS, NOTICE, AROUND, LANGUAGE = "topics", "urgent", "notices", "around", "language"

_NUMBER = re.compile(r"(\d{1,2})-")
_TITLE = re.compile(r"^title:[ \t]*[\"']?(.*?)[\"']?[ \t]*$", re.M)
_AROUND = {
    f"{PROMPTS}/line.toml": "Facts of the line: helpline, hours, numbers, review dates",
    f"{PROMPTS}/phrases.toml": "What the line says around the topics",
}
_OF_LANGUAGE = {
    "language.toml": "Its name, its voices, who reviewed it",
    "pronunciation.toml": "How names sound",
    "understanding.yaml": "The words that people text",
    "LC_MESSAGES/leaflet.po": "Translation of the leaflet",
    "LC_MESSAGES/phrases.po": "Translation of what the line says around it",
    "LC_MESSAGES/page.po": "Translation of the browser phone",
    "examples.jsonl": "Messages from which the line learns",
}


@dataclass(frozen=True, slots=True)
class Named:
    """A file by its `name`, in its `group` of the list; `number` is a topic's, such as 5.1.3, `keys` lead to it.

    `code` is the language that it belongs to, "" for the line's own.
    """

    path: str
    group: str
    name: str
    number: str = ""
    keys: str = ""
    code: str = ""

    @property
    def order(self) -> tuple[int, list[int], str]:
        """Where it stands in its group: by its keys, then by its path."""
        index = 0 if self.path.endswith("/index.md") else 1
        return (
            index * (self.group == URGENT_KINDS),
            [int(one) for one in self.number.split(".") if one],
            self.path,
        )


def name_file(path: str, files: Files, judgement: Judgement) -> Named:
    """What the file at `path` is; its title is read even where the file has faults."""
    if path in _AROUND:
        return Named(path, AROUND, _AROUND[path])
    top, _, rest = path.partition("/")
    if top == LOCALES:
        code, _, name = rest.partition("/")
        if not name:
            return Named(path, LANGUAGE, "Made by programs, for all languages")
        return Named(path, LANGUAGE, _OF_LANGUAGE.get(name, name), code=code)
    folder, _, stem = rest.rpartition("/")
    if folder == NOTICES:
        notice = judgement.notices.get(path)
        return Named(path, NOTICE, notice.text if notice else stem)
    topic = judgement.topics.get(path)
    title = (topic.title if topic else "") or _title(path, files) or stem
    if folder == URGENT:
        keys = topic.keys if topic else "*" if stem == "index.md" else ""
        return Named(path, URGENT_KINDS, title, keys=keys)
    number = ".".join(_numbers(rest.split("/")))
    # The tenth section is on key 0.
    keys = "".join(one[-1] for one in number.split(".")) if number else ""
    return Named(path, TOPICS, title, number, topic.keys if topic else keys)


def name_files(paths: Iterable[str], files: Files, judgement: Judgement) -> list[Named]:
    """Each of the `paths` with its name, in the order of the list."""
    return sorted((name_file(path, files, judgement) for path in paths), key=lambda named: named.order)


def _numbers(steps: list[str]) -> list[str]:
    return [str(int(found[1])) for step in steps if (found := _NUMBER.match(step))]


def _title(path: str, files: Files) -> str:
    try:
        found = _TITLE.search(text_of(path, files.get(path, b"")))
    except IvrError:
        return ""
    return found[1] if found else ""
