"""The folder is the menu: numbered files and folders become topics on keys."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ivr.content.model import MENU, URGENT, Topic, Urgency
from ivr.content.prompt import Prompt, read_prompt
from ivr.problems import Findings

SECTIONS = 10
CHOICES = 8
# How the names of what editors and file managers leave beside a file begin or end.
LEFTOVERS = (".", "~", "#")

_NAME = re.compile(r"(\d{1,2})-[^.]+")
_KIND_NAME = re.compile(r"[a-z][a-z0-9-]*")
_BESIDE = frozenset({"index.md", "line.toml", "phrases.toml", "headings.toml"})
_FOLDERS_BESIDE = frozenset({URGENT, "notices", "recordings"})
_TOPIC = frozenset({"title", "option", "sms", "sms-added", "short", "leaflet"})
_KIND = _TOPIC | {"severity", "topic"}
_URGENT = _TOPIC | {"safety", "sms-line"}
_UNRANKED = 99


@dataclass(slots=True)
class Tree:
    """The topics of a prompts folder in reading order, the file of each by its id, and the two safety texts."""

    topics: dict[str, Topic] = field(default_factory=dict)
    prompts: dict[str, Prompt] = field(default_factory=dict)
    urgency: Urgency = field(default_factory=lambda: Urgency("", ""))


def read_tree(root: Path, findings: Findings) -> Tree:
    """Read every topic below `root`; faults go to `findings`."""
    tree = Tree()
    sections = tuple(_numbered(root, SECTIONS, findings))
    if not sections:
        findings.add(
            root, 1, "sections-missing", "There is no topic in this folder.",
            "Add the first, 1-….md, or set PROMPTS to the folder that has them.",
        )  # fmt: skip
    tree.topics[MENU] = Topic(
        id=MENU, keys="", title="", option="", parts=(), sms="", leaflet="", parent="",
        children=tuple(str(number) for number, _ in sections),
    )  # fmt: skip
    for number, path in sections:
        _read_branch(path, str(number), str(number % 10), MENU, tree, findings)
    _read_urgent(root / URGENT, tree, findings)
    return tree


def _numbered(folder: Path, most: int, findings: Findings) -> Iterator[tuple[int, Path]]:
    """Yield the numbered files and folders of `folder` in order; report clashes and gaps among them."""
    found: dict[int, Path] = {}
    for path in _own(folder):
        if path.name in (_FOLDERS_BESIDE if path.is_dir() else _BESIDE):
            continue
        match = _NAME.fullmatch(path.stem if path.suffix == ".md" else path.name)
        if match is None or not (path.is_dir() or path.suffix == ".md"):
            findings.add(
                path, 1, "name", f"{path.name!r} is not the name of a topic.",
                "Name it after its key, such as 3-diet.md, or take it out of this folder.",
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


def _own(folder: Path) -> Iterator[Path]:
    """Yield what people put into `folder`, by name."""
    for path in sorted(folder.iterdir()):
        if not path.name.startswith(LEFTOVERS) and not path.name.endswith(LEFTOVERS):
            yield path


def _read_branch(path: Path, topic_id: str, keys: str, parent: str, tree: Tree, findings: Findings) -> None:
    folder = path.is_dir()
    children = tuple(_numbered(path, CHOICES, findings)) if folder else ()
    if folder and not (path / "index.md").exists():
        findings.add(
            path, 1, "index-missing", "This folder has no index.md, so its own text is missing.",
            "Add index.md with a header and the text that is heard before the choices.",
        )  # fmt: skip
    elif prompt := read_prompt(path / "index.md" if folder else path, _TOPIC, findings):
        ids = tuple(f"{topic_id}.{number}" for number, _ in children)
        _add(tree, prompt, findings, topic_id=topic_id, keys=keys, parent=parent, children=ids)
    for number, child in children:
        _read_branch(child, f"{topic_id}.{number}", f"{keys}{number}", topic_id, tree, findings)


def _read_urgent(folder: Path, tree: Tree, findings: Findings) -> None:
    kinds = _read_kinds(folder, findings)
    offered = [prompt for _, prompt in kinds if "option" in prompt.fields]
    for prompt in offered[CHOICES:]:
        findings.add(
            prompt.path, prompt.line("option"), "urgent-many", f"Only {CHOICES} urgent kinds can have a key.",
            "Take the option line out of the kinds that the text before the list names anyway.",
        )  # fmt: skip
    source = folder / "index.md"
    if not source.exists():
        findings.add(
            folder, 1, "urgent-missing", "The urgent symptoms have no index.md.",
            "Add urgent/index.md with title, option, safety, sms, sms-line and leaflet, and a text.",
        )  # fmt: skip
    elif index := read_prompt(source, _URGENT, findings):
        _require(index, ("safety", "sms-line"), findings)
        tree.urgency = Urgency(index.fields.get("safety", ""), index.fields.get("sms-line", ""))
        children = tuple(map(_kind_id, offered[:CHOICES]))
        _add(tree, index, findings, topic_id=URGENT, keys="*", parent=MENU, children=children)
    for severity, prompt in kinds:
        key = str(offered.index(prompt) + 1) if prompt in offered else ""
        _add(
            tree, prompt, findings, topic_id=_kind_id(prompt), keys=f"*{key}" if key else "", parent=URGENT,
            severity=severity, see=_see(prompt, tree, findings),
        )  # fmt: skip


def _read_kinds(folder: Path, findings: Findings) -> list[tuple[int, Prompt]]:
    """Read every urgent kind with its rank, the most serious first."""
    kinds: list[tuple[int, Prompt]] = []
    for path in _own(folder) if folder.is_dir() else ():
        if path.name == "index.md":
            continue
        if path.suffix != ".md" or not _KIND_NAME.fullmatch(path.stem):
            findings.add(
                path, 1, "name", f"{path.name!r} is not the name of an urgent kind.",
                "Name it with small letters and .md, such as stroke.md, or take it out of this folder.",
            )  # fmt: skip
        elif prompt := read_prompt(path, _KIND, findings):
            kinds.append((_severity(prompt, kinds, findings), prompt))
    return sorted(kinds, key=lambda kind: kind[0])


def _kind_id(prompt: Prompt) -> str:
    return f"{URGENT}.{prompt.path.stem}"


def _see(prompt: Prompt, tree: Tree, findings: Findings) -> str:
    see = prompt.fields.get("topic", "")
    if not see or (see in tree.topics and see[0].isdigit()):
        return see
    findings.add(
        prompt.path, prompt.line("topic"), "topic-unknown", f"There is no topic {see}.",
        "Name a topic by its number, such as 8.3, or leave the line out.",
    )  # fmt: skip
    return ""


def _severity(prompt: Prompt, others: list[tuple[int, Prompt]], findings: Findings) -> int:
    text = prompt.fields.get("severity", "")
    if not text.isdecimal() or int(text) < 1:
        findings.add(
            prompt.path, prompt.line("severity"), "severity", "This urgent kind has no rank.",
            "Write severity: 1 for the most serious, 2 for the next, and so on.",
        )  # fmt: skip
        return _UNRANKED
    for rank, other in others:
        if rank == int(text):
            findings.add(
                prompt.path, prompt.line("severity"), "severity-twice", f"{other.path.name} has rank {rank} too.",
                "Give each urgent kind a rank of its own.",
            )  # fmt: skip
    return int(text)


def _add(
    tree: Tree, prompt: Prompt, findings: Findings, *,
    topic_id: str, keys: str, parent: str, children: tuple[str, ...] = (), severity: int = 0, see: str = "",
) -> None:  # fmt: skip
    _require(prompt, ("title", "sms", "leaflet") + (() if severity else ("option",)), findings)
    if not prompt.parts:
        findings.add(
            prompt.path, 1, "text-missing", "There is nothing to say here.",
            "Write the text below the header.",
        )  # fmt: skip
    fields = prompt.fields
    tree.prompts[topic_id] = prompt
    tree.topics[topic_id] = Topic(
        id=topic_id, keys=keys, title=fields.get("title", ""), option=fields.get("option", ""),
        parts=prompt.parts, sms=fields.get("sms", ""), leaflet=fields.get("leaflet", ""),
        sms_added=fields.get("sms-added", ""), short=fields.get("short", ""), parent=parent, children=children,
        severity=severity, see=see, path=str(prompt.path),
    )  # fmt: skip


def _require(prompt: Prompt, names: tuple[str, ...], findings: Findings) -> None:
    for name in names:
        if name not in prompt.fields:
            findings.add(
                prompt.path, 1, f"{name}-missing", f"The header has no {name}.",
                f"Add a line {name}: and its text.",
            )  # fmt: skip
        elif not prompt.fields[name]:
            findings.add(
                prompt.path, prompt.line(name), f"{name}-missing", f"The field {name!r} is empty.",
                f"Write its text after {name}:",
            )  # fmt: skip
