"""The folder is the menu: numbered files and folders become topics on keys."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ivr.content.model import MENU, URGENT, Topic, Urgency
from ivr.content.prompt import Prompt, read_prompt
from ivr.problems import Findings

SECTIONS = 10
CHOICES = 8

_NAME = re.compile(r"(\d{1,2})-[^.]+")
_TOPIC = frozenset({"title", "option", "sms", "sms-added", "leaflet"})
_KIND = _TOPIC | {"severity", "topic"}
_URGENT = _TOPIC | {"safety", "sms-line"}


@dataclass(frozen=True, slots=True)
class Tree:
    """The topics of a prompts folder in reading order, with the two safety texts."""

    topics: dict[str, Topic]
    urgency: Urgency


def read_tree(root: Path, findings: Findings) -> Tree:
    """Read every topic below `root`; faults go to `findings`."""
    topics: dict[str, Topic] = {}
    sections = tuple(_numbered(root, SECTIONS, findings))
    topics[MENU] = Topic(
        id=MENU, keys="", title="", option="", parts=(), sms="", leaflet="", parent="",
        children=tuple(str(number) for number, _ in sections),
    )  # fmt: skip
    for number, path in sections:
        _read_branch(path, str(number), str(number % 10), MENU, topics, findings)
    return Tree(topics, _read_urgent(root / URGENT, topics, findings))


def _numbered(folder: Path, most: int, findings: Findings) -> Iterator[tuple[int, Path]]:
    """Yield the numbered files and folders of `folder` in order; report clashes and gaps among them."""
    found: dict[int, Path] = {}
    for path in sorted(folder.iterdir()):
        if (
            (path.is_dir()
            and path.name in (URGENT, "recordings"))
            or path.name in ("index.md", "line.toml", "phrases.toml")
        ):
            continue
        if path.name.startswith(".") or path.name.endswith("~"):
            continue
        match = _NAME.fullmatch(path.stem if path.suffix == ".md" else path.name)
        if match is None or not (path.is_dir() or path.suffix == ".md"):
            findings.add(
                path, 1, "name", f"{path.name!r} is not the name of a topic.",
                "Name it after its key, such as 3-denosumab.md, or take it out of this folder.",
            )  # fmt: skip
        elif (number := int(match[1])) in found:
            findings.add(
                path, 1, "key-twice", f"Key {number} already leads to {found[number].name!r}.",
                "Give one of the two another number.",
            )  # fmt: skip
        elif not 1 <= number <= most:
            findings.add(
                path, 1, "key-range", f"There is no key for number {number} in this list.",
                f"Use the numbers 1 to {most} here.",
            )  # fmt: skip
        else:
            found[number] = path
    for expected, number in enumerate(sorted(found), start=1):
        if number != expected:
            findings.add(
                found[number], 1, "key-gap", f"Key {expected} leads nowhere, and this topic is on key {number}.",
                f"Number the topics without a gap: rename this one to {expected}-….",
            )  # fmt: skip
            break
    yield from sorted(found.items())


def _read_branch(
    path: Path, topic_id: str, keys: str, parent: str, topics: dict[str, Topic], findings: Findings
) -> None:
    folder = path.is_dir()
    source = path / "index.md" if folder else path
    if not source.is_file():
        findings.add(
            path, 1, "index-missing", "This folder has no index.md, so its own text is missing.",
            "Add index.md with a header and the text that is heard before the choices.",
        )  # fmt: skip
        return
    prompt = read_prompt(source, _TOPIC, findings)
    children = tuple(_numbered(path, CHOICES, findings)) if folder else ()
    if prompt is not None:
        topics[topic_id] = _topic(
            prompt, topic_id, keys, parent, tuple(f"{topic_id}.{n}" for n, _ in children), findings
        )
    for number, child in children:
        _read_branch(child, f"{topic_id}.{number}", f"{keys}{number}", topic_id, topics, findings)


def _read_urgent(folder: Path, topics: dict[str, Topic], findings: Findings) -> Urgency:
    source = folder / "index.md"
    if not source.is_file():
        findings.add(
            folder, 1, "urgent-missing", "The urgent symptoms have no index.md.",
            "Add urgent/index.md with title, option, safety, sms and sms-line, and a text.",
        )  # fmt: skip
        return Urgency("", "")
    index = read_prompt(source, _URGENT, findings)
    kinds: list[tuple[int, Prompt]] = []
    for path in sorted(folder.glob("*.md")):
        if path.name != "index.md" and (prompt := read_prompt(path, _KIND, findings)):
            kinds.append((_severity(prompt, kinds, findings), prompt))
    kinds.sort(key=lambda kind: kind[0])
    if index is None:
        return Urgency("", "")
    offered = [prompt for _, prompt in kinds if "option" in prompt.fields]
    for prompt in offered[CHOICES:]:
        findings.add(
            prompt.path, prompt.line("option"), "urgent-many", f"Only {CHOICES} urgent kinds can have a key.",
            "Take the option line out of the kinds that the text before the list names anyway.",
        )  # fmt: skip
    _require(index, ("safety", "sms-line"), findings)
    ids = {prompt.path.stem: f"{URGENT}.{prompt.path.stem}" for _, prompt in kinds}
    topics[URGENT] = _topic(
        index, URGENT, "*", MENU, tuple(ids[p.path.stem] for p in offered[:CHOICES]), findings
    )
    for severity, prompt in kinds:
        key = str(offered.index(prompt) + 1) if prompt in offered else ""
        see = prompt.fields.get("topic", "")
        if see and see not in topics:
            findings.add(
                prompt.path, prompt.line("topic"), "topic-unknown", f"There is no topic {see}.",
                "Name a topic by its number, such as 8.3, or leave the line out.",
            )  # fmt: skip
            see = ""
        topic_id = ids[prompt.path.stem]
        topics[topic_id] = _topic(
            prompt, topic_id, f"*{key}" if key else "", URGENT, (), findings, severity=severity, see=see
        )
    return Urgency(index.fields.get("safety", ""), index.fields.get("sms-line", ""))


def _severity(prompt: Prompt, others: list[tuple[int, Prompt]], findings: Findings) -> int:
    text = prompt.fields.get("severity", "")
    if not text.isdecimal() or int(text) < 1:
        findings.add(
            prompt.path, prompt.line("severity"), "severity", "This urgent kind has no rank.",
            "Write severity: 1 for the most serious, 2 for the next, and so on.",
        )  # fmt: skip
        return 99
    for rank, other in others:
        if rank == int(text):
            findings.add(
                prompt.path, prompt.line("severity"), "severity-twice", f"{other.path.name} has rank {rank} too.",
                "Give each urgent kind a rank of its own.",
            )  # fmt: skip
    return int(text)


def _topic(
    prompt: Prompt, topic_id: str, keys: str, parent: str, children: tuple[str, ...], findings: Findings,
    *, severity: int = 0, see: str = "",
) -> Topic:  # fmt: skip
    _require(prompt, ("title", "sms", "leaflet") + (() if severity else ("option",)), findings)
    if not prompt.parts:
        findings.add(
            prompt.path, 1, "text-missing", "There is nothing to say here.",
            "Write the text below the header.",
        )  # fmt: skip
    fields = prompt.fields
    return Topic(
        id=topic_id, keys=keys, title=fields.get("title", ""), option=fields.get("option", ""),
        parts=prompt.parts, sms=fields.get("sms", ""), leaflet=fields.get("leaflet", ""),
        sms_added=fields.get("sms-added", ""), parent=parent, children=children,
        severity=severity, see=see, path=str(prompt.path),
    )  # fmt: skip


def _require(prompt: Prompt, names: tuple[str, ...], findings: Findings) -> None:
    for name in names:
        if not prompt.fields.get(name):
            findings.add(
                prompt.path, prompt.line(name), f"{name}-missing", f"The header has no {name}.",
                f"Add a line {name}: and its text.",
            )  # fmt: skip
