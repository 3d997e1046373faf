"""The catalogs of a language: gettext files that Poedit and Weblate open, without dates and line numbers."""

import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from babel.messages import pofile
from babel.messages.catalog import Catalog

from ivr.content.extract import DOMAINS, Message
from ivr.problems import Findings

# (domain, context, text in the line's own language)
Key = tuple[str, str, str]

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


def template(messages: Iterable[Message], domain: str, locale: str | None = None) -> Catalog:
    """An empty catalog of the messages of `domain`."""
    catalog = Catalog(locale=locale, project="leaflet line", header_comment="# Translations of this line.")
    for message in messages:
        if message.domain == domain:
            catalog.add(
                message.text, context=message.context, user_comments=(), auto_comments=[message.comment]
            )
    return catalog


def updated(folder: Path, code: str, domain: str, messages: Iterable[Message]) -> bytes:
    """A language's catalog of `domain` brought up to date: new texts empty, changed ones fuzzy."""
    fresh = template(messages, domain, code.replace("-", "_"))
    path = catalog_path(folder, domain)
    if path.exists():
        with path.open("rb") as file:
            old = pofile.read_po(file, locale=code.replace("-", "_"))
        old.update(fresh, update_header_comment=True)
        fresh = old
    return written(fresh)


def written(catalog: Catalog) -> bytes:
    """A catalog as it stands in its file: the same catalog gives the same bytes on every day and machine."""
    buffer = io.BytesIO()
    pofile.write_po(buffer, catalog, width=100, no_location=True, include_previous=True)
    lines = buffer.getvalue().decode().splitlines(keepends=True)
    return "".join(
        line for line in lines if not line.startswith(tuple(f'"{name}' for name in _UNSTABLE))
    ).encode()


def read_translations(folder: Path, findings: Findings) -> Mapping[Key, str]:
    """What a language's catalogs translate. What is empty or fuzzy, that is stale, is not there."""
    found: dict[Key, str] = {}
    for domain in DOMAINS:
        path = catalog_path(folder, domain)
        if not path.is_file():
            continue
        try:
            with path.open("rb") as file:
                catalog = pofile.read_po(file, abort_invalid=True)
        except (pofile.PoFileError, UnicodeDecodeError, ValueError) as fault:
            line = getattr(fault, "lineno", 0) or 0
            findings.add(
                path, line + 1, "catalog", f"This catalog cannot be read: {fault}.",
                "Open it in Poedit, which says what is wrong, or take the last good one.",
            )  # fmt: skip
            continue
        for message in catalog:
            if message.id and message.string and not message.fuzzy:
                found[domain, str(message.context or ""), str(message.id)] = str(message.string)
    return found
