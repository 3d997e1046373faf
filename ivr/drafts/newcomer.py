"""A new topic: where it can stand, the next number there, and a file to begin with."""

import re
from collections.abc import Mapping

import yaml

from ivr.content.tree import CHOICES, SECTIONS
from ivr.drafts.files import DraftError
from ivr.drafts.judge import Judgement
from ivr.versions.archive import PROMPTS, Files

_NUMBERED = re.compile(r"(\d{1,2})-[^/]+")
_NOT_A_NAME = re.compile(r"[^a-z0-9]+")


def places_for(files: Files, judgement: Judgement) -> Mapping[str, str]:
    """The lists that have room for one more topic: by folder the name of the list."""
    folders = {PROMPTS: "The main menu"}
    for path in sorted(files):
        folder, _, name = path.rpartition("/")
        if name == "index.md" and _NUMBERED.search(folder):
            topic = judgement.topics.get(path)
            folders[folder] = f"{topic.id} {topic.title}" if topic else folder
    return {folder: name for folder, name in folders.items() if _next(folder, files)}


def begin_topic(folder: str, title: str, files: Files, judgement: Judgement) -> tuple[str, str]:
    """The path and the text of a new topic in `folder`. Raises DraftError where it has no room or no title."""
    title = " ".join(title.split())
    name = _NOT_A_NAME.sub("-", title.lower()).strip("-")[:60]
    if not name:
        raise DraftError("A new topic needs a title. Go back and write one.")
    if folder not in places_for(files, judgement):
        raise DraftError("That list has no room for one more topic. Go back and choose another.")
    path = f"{folder}/{_next(folder, files)}-{name}.md"
    helpline = judgement.library.line.helpline.spoken if judgement.library else ""
    header = yaml.safe_dump(
        {
            "title": title, "option": title.lower(), "sms": f"{title}. Write here what is texted. Helpline {helpline}",
            "leaflet": "added",
        },
        allow_unicode=True, sort_keys=False, width=10_000,
    )  # fmt: skip
    return path, f"---\n{header}---\n<!-- leaflet: added -->\nWrite here what is said.\n"


def _next(folder: str, files: Files) -> int:
    """The number after those that are taken in `folder`; 0 where there is none left."""
    most = SECTIONS if folder == PROMPTS else CHOICES
    inside = (path.removeprefix(f"{folder}/") for path in files if path.startswith(f"{folder}/"))
    taken = [int(found[1]) for rest in inside if (found := _NUMBERED.match(rest))]
    number = max(taken, default=0) + 1
    return number if number <= most else 0
