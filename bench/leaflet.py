"""A leaflet of some 400 topics, as deep and as wide as a menu may be, about nothing."""

import shutil
import tomllib
from pathlib import Path

SECTIONS, TOPICS, SUBTOPICS = 10, 8, 4
PARTS = 4


def write_leaflet(folder: Path, prompts: Path) -> None:
    """Write 410 topics below `folder`, with the line's facts, phrases and urgent kinds from `prompts`."""
    folder.mkdir()
    for name in ("line.toml", "phrases.toml"):
        shutil.copy(prompts / name, folder)
    (folder / "urgent").mkdir()
    for path in (prompts / "urgent").glob("*.md"):
        # The topic an urgent kind belongs to stands in the other leaflet.
        lines = path.read_text(encoding="utf-8").splitlines()
        own = "\n".join(line for line in lines if not line.startswith("topic:"))
        (folder / "urgent" / path.name).write_text(f"{own}\n", encoding="utf-8")
    helpline = tomllib.loads((prompts / "line.toml").read_text(encoding="utf-8"))["helpline"]["spoken"]
    for section in range(1, SECTIONS + 1):
        home = folder / f"{section}-section"
        _write(home / "index.md", f"Section {section}", helpline)
        for topic in range(1, TOPICS + 1):
            below = home / f"{topic}-topic"
            _write(below / "index.md", f"Topic {topic} of section {section}", helpline)
            for number in range(1, SUBTOPICS + 1):
                title = f"Question {number} on topic {topic} of section {section}"
                _write(below / f"{number}-question.md", title, helpline)


def _write(path: Path, title: str, helpline: str) -> None:
    path.parent.mkdir(exist_ok=True)
    option = title[0].lower() + title[1:]
    sms = f"A summary of {option}. Helpline {helpline}"
    header = f"title: {title}\noption: {option}\nsms: {sms}\nleaflet: {title}\n"
    body = "\n\n".join(f"This is passage {part} about {option}." for part in range(1, PARTS + 1))
    path.write_text(f"---\n{header}---\n{body}\n", encoding="utf-8")
