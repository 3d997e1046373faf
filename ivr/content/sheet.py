"""A language's translations beside the texts they stand for, as they are judged and counted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ivr.content.catalogs import Key, Translated, catalog_path, read_catalogs
from ivr.content.checks.rule import Draft, Passage
from ivr.content.extract import LEAFLET, PHRASE, Message, messages
from ivr.content.model import MENU, URGENT, Library, Topic
from ivr.content.prompt import Prompt
from ivr.content.translate import keeps_values, minimum
from ivr.content.wording import Wording
from ivr.languages import Language
from ivr.problems import Findings

_ABSENT = Translated("", 1, stale=False)


@dataclass(frozen=True, slots=True)
class Row:
    """One text, where its translation stands, and whether no language is on the line without it (`needed`)."""

    message: Message
    path: Path
    entry: Translated
    needed: bool

    @property
    def has_values(self) -> bool:
        """Whether the translation has the {values} of a phrase; one without them is not served."""
        message = self.message
        return message.domain != PHRASE or keeps_values(message.context, self.entry.text)

    @property
    def served(self) -> str:
        """The translation that callers may hear, "" where there is none."""
        return self.entry.served if self.has_values else ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One language, its folder, and a row for every text of the line."""

    library: Library
    language: Language
    folder: Path
    rows: tuple[Row, ...]

    @property
    def catalogs(self) -> Mapping[Key, Translated]:
        """The entries by what they translate."""
        return {(r.message.domain, r.message.context, r.message.text): r.entry for r in self.rows}


def read_sheet(library: Library, language: Language, folder: Path, findings: Findings) -> Sheet:
    """Read the catalogs in `folder`, in the order in which callers hear their texts."""
    found = read_catalogs(folder, findings)
    needed = minimum(library.line, library.own)
    rows: dict[Key, Row] = {}
    for message in messages(library):
        key = message.domain, message.context, message.text
        entry = found.get(key, _ABSENT)
        path = catalog_path(folder, message.domain)
        # A text that is there twice in one context has one translation.
        rows.setdefault(key, Row(message, path, entry, (message.context, message.text) in needed))
    return Sheet(library, language, folder, tuple(rows.values()))


def draft_of(sheet: Sheet, wording: Wording) -> Draft:
    """The translated texts as if each were in a prompt file, so that the rules of the original judge them too."""
    catalogs, path = sheet.catalogs, catalog_path(sheet.folder, LEAFLET)
    urgency = sheet.library.own.urgency
    topics: dict[str, Topic] = {}
    prompts: dict[str, Prompt] = {}
    for topic in sheet.library.own.topics.values():
        if topic.id == MENU:
            continue
        fields = {"title": topic.title, "option": topic.option, "sms": topic.sms}
        if topic.id == URGENT:
            fields |= {"safety": urgency.safety, "sms-line": urgency.sms_line}
        found = {name: catalogs.get((LEAFLET, topic.id, text), _ABSENT) for name, text in fields.items()}
        parts = [catalogs.get((LEAFLET, topic.id, part.text), _ABSENT) for part in topic.parts]
        said = {name: entry.served for name, entry in found.items()}
        topics[topic.id] = replace(
            topic, title=said["title"], option=said["option"], sms=said["sms"],
            parts=tuple(replace(part, text=e.served) for part, e in zip(topic.parts, parts, strict=True)),
        )  # fmt: skip
        lines = {name: entry.line for name, entry in found.items()}
        part_lines = tuple(entry.line for entry in parts)
        prompts[topic.id] = Prompt(path, said, lines, topics[topic.id].parts, part_lines)
    number = sheet.library.line.helpline.spoken
    phrases = tuple(
        Passage(row.message.context, row.message.channel, row.served, row.path, row.entry.line)
        for row in sheet.rows
        if row.message.domain == PHRASE
    )
    return Draft(topics, prompts, number, sheet.language.sms_encoding, phrases=phrases, wording=wording)
