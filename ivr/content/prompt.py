"""One prompt file: a front matter in YAML and a body of paragraphs and lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from ivr.content.model import Part
from ivr.problems import UNREADABLE, Findings
from ivr.toml import WAIVE
from ivr.yml import compose

ADDED = "<!-- leaflet: added -->"
_WORDS = frozenset({"text", "softbreak", "hardbreak"})

_markdown = MarkdownIt("commonmark").use(front_matter_plugin)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a prompt file holds; `lines` and `part_lines` tell where in the file each field and part begins.

    `waivers` are the warnings that its header waives, as written, each with its line.
    """

    path: Path
    fields: Mapping[str, str]
    lines: Mapping[str, int]
    parts: tuple[Part, ...]
    part_lines: tuple[int, ...]
    waivers: tuple[tuple[int, str], ...] = ()

    def line(self, field: str) -> int:
        """The line `field` stands on, or 1 when the file does not have it."""
        return self.lines.get(field, 1)


def read_prompt(path: Path, known: frozenset[str], findings: Findings) -> Prompt | None:
    """Read the prompt file at `path`; `known` are the fields it may have.

    Every fault goes to `findings`; None means that nothing of the file can be used.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        line = path.read_bytes()[: fault.start].count(b"\n") + 1
        findings.add(path, line, "encoding", "This file is not UTF-8 text.", "Save it again as UTF-8.")
        return None
    except OSError as fault:
        findings.add(path, 1, "unreadable", f"This file cannot be read: {fault.strerror}.", UNREADABLE)
        return None
    tokens = _markdown.parse(text)
    if not tokens or tokens[0].type != "front_matter":
        findings.add(
            path, 1, "header-missing", "The file does not begin with a header.",
            "Begin it with a line ---, then title: and the other fields, then a line --- again.",
        )  # fmt: skip
        return None
    header = _read_header(path, tokens[0].content, known, findings)
    if header is None:
        return None
    fields, lines, waivers = header
    parts, part_lines = _read_parts(path, tokens[1:], findings)
    return Prompt(path, fields, lines, parts, part_lines, waivers)


def _read_header(
    path: Path, text: str, known: frozenset[str], findings: Findings
) -> tuple[dict[str, str], dict[str, int], tuple[tuple[int, str], ...]] | None:
    try:
        node = compose(text)
    except yaml.MarkedYAMLError as fault:
        # A quote that does not close is noticed at the end, and belongs where it opened.
        opened = fault.context_mark if "quoted" in (fault.context or "") else None
        mark = opened or fault.problem_mark
        findings.add(
            path, mark.line + 2 if mark else 1, "header", f"The header cannot be read: {fault.problem}.",
            'Write each field as name: text; put a text that contains ": " in "quotes".',
        )  # fmt: skip
        return None
    except yaml.reader.ReaderError as fault:
        findings.add(
            path, text.count("\n", 0, fault.position) + 2, "header",
            f"The header has an invisible character (U+{fault.character:04X}).", "Type the line again.",
        )  # fmt: skip
        return None
    except (yaml.YAMLError, ValueError, LookupError, OverflowError) as fault:
        findings.add(
            path,
            1,
            "header",
            f"The header cannot be read: {fault}.",
            "Write each field as name: text, a line each.",
        )
        return None
    if not isinstance(node, yaml.MappingNode):
        findings.add(path, 1, "header", "The header has no fields.", "Write each as name: text, a line each.")
        return None
    fields: dict[str, str] = {}
    lines: dict[str, int] = {}
    waivers: list[tuple[int, str]] = []
    for name_node, value_node in node.value:
        # What is no text has no words, and may hold itself.
        name = name_node.value if isinstance(name_node, yaml.ScalarNode) else ""
        line = name_node.start_mark.line + 2
        if name == WAIVE:
            waivers += _read_waivers(value_node)
        elif name not in known:
            findings.add(
                path, line, "field-unknown", f"There is no field {name!r}.",
                f"Use one of {', '.join(sorted(known))}.",
            )  # fmt: skip
        elif name in fields:
            findings.add(path, line, "field-twice", f"The field {name!r} stands here twice.", "Keep one.")
        elif not isinstance(value_node, yaml.ScalarNode):
            findings.add(
                path, line, "field-text", f"The field {name!r} must be a text.", "Write it on one line."
            )
        else:
            fields[name] = " ".join(value_node.value.split())
            lines[name] = line
    return fields, lines, tuple(waivers)


def _read_waivers(node: yaml.Node) -> list[tuple[int, str]]:
    """The waivers of a header, one text or a list of them; what is no text waives nothing, and is told as such."""
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return [
        (
            item.start_mark.line + 2,
            " ".join(str(item.value).split()) if isinstance(item, yaml.ScalarNode) else "",
        )
        for item in items
    ]


def _read_parts(
    path: Path, tokens: list[Token], findings: Findings
) -> tuple[tuple[Part, ...], tuple[int, ...]]:
    offset = 0
    parts: list[Part] = []
    lines: list[int] = []
    added = 0
    items: list[str] | None = None
    for token in tokens:
        line = (token.map[0] if token.map else offset) + 1
        offset = line - 1
        match token.type:
            case "html_block" if token.content.strip() == ADDED:
                added = line
            case "bullet_list_open" if parts and token.level == 0:
                added = _lone_mark(path, added, findings)
                items = []
            case "bullet_list_close" if items is not None and token.level == 0:
                last = parts.pop()
                parts.append(Part(_with_list(last.text, items), last.added))
                items = None
            case "inline":
                text = _read_text(path, line, token, findings)
                if items is not None:
                    items.append(text)
                elif token.level == 1:
                    parts.append(Part(text, added > 0))
                    lines.append(line)
                    added = 0
            case "paragraph_open" | "paragraph_close" | "list_item_open" | "list_item_close":
                pass
            case "bullet_list_open":
                findings.add(
                    path, line, "list-alone", "A list has no paragraph before it to belong to.",
                    "Put a sentence before it, such as: Signs are:",
                )  # fmt: skip
            case kind if token.nesting >= 0:
                findings.add(
                    path, line, "body", f"The body has something that cannot be said ({kind.removesuffix('_open')}).",
                    f"Use only paragraphs, lists that begin with -, and {ADDED}.",
                )  # fmt: skip
            case _:
                pass
    _lone_mark(path, added, findings)
    return tuple(parts), tuple(lines)


def _lone_mark(path: Path, line: int, findings: Findings) -> int:
    """Record that the mark on `line`, if any, has no part below it; return 0, for no mark."""
    if line:
        findings.add(
            path, line, "added-alone", "No part follows this mark.",
            "Put the mark on the line above the part that the leaflet does not have.",
        )  # fmt: skip
    return 0


def _read_text(path: Path, line: int, token: Token, findings: Findings) -> str:
    """The words of a paragraph or list item; bold, links and the like are a problem, since nobody hears them."""
    for child in token.children or ():
        if child.nesting >= 0 and child.type not in _WORDS:
            findings.add(
                path, line, "body", f"The text has something that cannot be said ({child.type.removesuffix('_open')}).",
                "Use plain words only: no bold, links or pictures.",
            )  # fmt: skip
    return " ".join("".join(child.content or " " for child in token.children or ()).split())


def _with_list(text: str, items: list[str]) -> str:
    """Join a paragraph and its list for the ear: a breath before each item and a stop after it."""
    spoken = [item if item[-1:] in ".?!" else f"{item}." for item in items]
    return " | ".join([text, *spoken])
