"""The catalogs of a language: gettext files that Poedit and Weblate open, without dates and line numbers."""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from babel.messages import pofile
from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry

from ivr.content.extract import DOMAINS, Message
from ivr.problems import Findings

# (domain, context, text in the line's own language)
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Translated:
    """What a catalog has for a text, "" where nothing yet, and the line of the file on which that text stands.

    A stale one was made for another text than the one it stands under.
    """

    text: str
    line: int
    stale: bool

    @property
    def served(self) -> str:
        """The translation that callers may hear, "" where there is none."""
        return "" if self.stale else self.text


# How alike two texts of one context must be for one to count as the other, edited.
ALIKE = 0.4

# How a stale translation names the text it was made for: a translator's comment, since Babel writes the "previous"
# lines of gettext but does not read them.
MADE_FOR = "Made for:"

_UNSTABLE = (
    "POT-Creation-Date",
    "PO-Revision-Date",
    "Generated-By",
    "Last-Translator",
    "Report-Msgid-Bugs-To",
)


def catalog_path(folder: Path, domain: str) -> Path:
    """Where a language's folder keeps its catalog of `domain`."""
    return folder / "LC_MESSAGES" / f"{domain}.po"


def template_path(locales: Path, domain: str) -> Path:
    """Where the empty catalog of `domain` is kept, from which a new language begins."""
    return locales / f"{domain}.pot"


def template(messages: Iterable[Message], domain: str, locale: str | None = None) -> Catalog:
    """An empty catalog of the messages of `domain`."""
    catalog = Catalog(
        locale=locale, project="leaflet line", header_comment="# Translations of this line.", fuzzy=False
    )
    for message in messages:
        if message.domain == domain:
            catalog.add(
                message.text,
                context=message.context or None,
                user_comments=(),
                auto_comments=[message.comment],
            )
    return catalog


def updated(folder: Path, code: str, domain: str, messages: Iterable[Message]) -> bytes:
    """A language's catalog of `domain` brought up to date: new texts empty, changed ones fuzzy.

    A changed text takes over the translation of the likest text that has gone from the same context, as a
    fuzzy one with the text it was made for in a comment; what has gone otherwise is dropped.
    """
    catalog = template(messages, domain, code.replace("-", "_"))
    path = catalog_path(folder, domain)
    if path.exists():
        with path.open("rb") as file:
            old = pofile.read_po(file, locale=code.replace("-", "_"))
        _take_over(catalog, old)
    return written(catalog)


def _take_over(catalog: Catalog, old: Catalog) -> None:
    kept = [message for message in old if message.id and message.string]
    gone: dict[str, dict[str, Entry]] = {}
    for message in kept:
        if catalog.get(message.id, message.context) is None:
            gone.setdefault(message.context or "", {})[str(message.id)] = message
    for message in catalog:
        if not message.id:
            continue
        before = old.get(message.id, message.context)
        if before is not None and before.string:
            message.string = before.string
            comments = before.user_comments
            message.user_comments = [c for c in comments if before.fuzzy or not c.startswith(MADE_FOR)]
            if before.fuzzy:
                message.flags.add("fuzzy")
            continue
        candidates = gone.get(message.context or "", {})
        for likest in get_close_matches(str(message.id), candidates, 1, ALIKE):
            changed = candidates.pop(likest)
            message.string, message.user_comments = changed.string, [f"{MADE_FOR} {likest}"]
            message.flags.add("fuzzy")


def written(catalog: Catalog) -> bytes:
    """A catalog as it stands in its file: the same catalog gives the same bytes on every day and machine."""
    buffer = io.BytesIO()
    pofile.write_po(buffer, catalog, width=100, no_location=True)
    lines = buffer.getvalue().decode().splitlines(keepends=True)
    return "".join(
        line for line in lines if not line.startswith(tuple(f'"{name}' for name in _UNSTABLE))
    ).encode()


def read_translations(
    folder: Path, findings: Findings, domains: Iterable[str] = DOMAINS
) -> Mapping[Key, str]:
    """What a language's catalogs of `domains` translate. What is empty or fuzzy, that is stale, is not there."""
    return {
        key: entry.served for key, entry in read_catalogs(folder, findings, domains).items() if entry.served
    }


def read_catalogs(
    folder: Path, findings: Findings, domains: Iterable[str] = DOMAINS
) -> Mapping[Key, Translated]:
    """Everything that stands in a language's catalogs of `domains`, translated or not; a faulty file goes to `findings`."""
    found: dict[Key, Translated] = {}
    for domain in domains:
        path = catalog_path(folder, domain)
        if not path.is_file():
            continue
        try:
            with path.open("rb") as file:
                entries = list(pofile.read_po(file, abort_invalid=True))
        except (pofile.PoFileError, ValueError, LookupError, OverflowError, RecursionError) as fault:
            line = getattr(fault, "lineno", 0) or 0
            findings.add(
                path, line + 1, "catalog", f"This catalog cannot be read: {fault}.",
                "Open it in Poedit, which says what is wrong, or take the last good one.",
            )  # fmt: skip
            continue
        for message in entries:
            if message.id:
                key = domain, str(message.context or ""), str(message.id)
                text = str(message.string or "")
                found[key] = Translated(text, message.lineno or 1, message.fuzzy and bool(text))
    return found
