"""Reading the TOML files an operator writes, with the line of every field."""

import re
import tomllib
from pathlib import Path
from typing import Any

from ivr.problems import UNREADABLE, Findings

WAIVE = "waive"
"""The field of a file that names the warnings it waives."""

_LINE = re.compile(r"line (\d+)")
_HEADING = re.compile(r"^[ \t]*\[\[?([^\[\]\n]+)\]\]?[ \t]*(#.*)?$", re.M)

# Where a table's fields stand in its file: offsets of the first character, and of the one after the last.
Span = tuple[int, int]


class Table:
    """One table of a TOML file; asking for a field that is missing or of the wrong kind records a problem."""

    def __init__(
        self, path: Path, name: str, values: dict[str, Any], source: str, span: Span, findings: Findings
    ) -> None:
        self._path, self._name, self._values = path, name, values
        self._source, self._span, self._findings = source, span, findings

    def text(self, field: str, *, required: bool = False) -> str:
        """The text of `field`, or "" when it is absent."""
        value = self._values.get(field, "")
        if not isinstance(value, str):
            self.problem(field, "text", f"{self._at(field)} must be a text.", 'Put it in "quotes".')
            return ""
        if required and not value.strip():
            self.problem(field, "missing", f"{self._at(field)} is empty.", "Fill it in.")
        return value.strip()

    def table(self, field: str) -> "Table":
        """The table `field`, empty when it is absent."""
        value = self._values.get(field, {})
        if not isinstance(value, dict):
            self.problem(field, "table", f"{self._at(field)} must be a table.", f"Begin it with [{field}].")
            value = {}
        return self._inner(field, value, 0)

    def tables(self, field: str) -> tuple["Table", ...]:
        """The list of tables in `field`, none when it is absent."""
        value = self._values.get(field, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.problem(
                field, "list", f"{self._at(field)} must be a list of tables.", "See the example beside it."
            )
            value = []
        return tuple(self._inner(field, item, number) for number, item in enumerate(value))

    def texts(self, *, required: bool = False) -> dict[str, str]:
        """Every field of this table, which must all be texts; what it waives is left out."""
        return {field: self.text(field, required=required) for field in self._values if field != WAIVE}

    def items(self, field: str) -> tuple[tuple[int, str], ...]:
        """The texts in the list `field`, each with the line on which it stands; none when it is absent."""
        value = self._values.get(field, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.problem(
                field, "list", f"{self._at(field)} must be a list of texts.", 'Write it as ["one", "two"].'
            )
            return ()
        first, found = self._offset(field, 0), []
        for item in value:
            at = max(self._source.find(item, first), first)
            found.append((self._source.count("\n", 0, at) + 1, item))
        return tuple(found)

    def only(self, *known: str) -> None:
        """Record a problem for each field that is not in `known`."""
        for field in self._values:
            if field not in known:
                self.problem(
                    field,
                    "unknown",
                    f"There is no setting {self._at(field)}.",
                    f"Use one of {', '.join(known)}.",
                )

    def problem(self, field: str, code: str, text: str, mend: str) -> None:
        """Record an error on the line where `field` stands."""
        self._findings.add(self._path, self.line(field), f"{self._path.stem}-{code}", text, mend)

    def line(self, field: str) -> int:
        """The line on which `field` stands; where it is absent, the one on which this table begins."""
        return self._source.count("\n", 0, self._offset(field, 0)) + 1

    def _inner(self, field: str, values: dict[str, Any], number: int) -> "Table":
        """The table in `field`, of a list the one with this number, from 0."""
        begin = self._offset(field, number)
        after = _HEADING.search(self._source, begin)
        end = begin
        if after and after.start() == begin:
            following = _HEADING.search(self._source, after.end())
            end = following.start() if following else len(self._source)
        return Table(self._path, self._at(field), values, self._source, (begin, end), self._findings)

    def _offset(self, field: str, number: int) -> int:
        written = re.compile(rf"""^[ \t]*["']?{re.escape(field)}["']?[ \t]*[.=]""", re.M)
        if found := written.search(self._source, *self._span):
            return found.start()
        name = self._at(field)
        headings = [h for h in _HEADING.finditer(self._source) if f"{h[1].strip()}.".startswith(f"{name}.")]
        return headings[min(number, len(headings) - 1)].start() if headings else self._span[0]

    def _at(self, field: str) -> str:
        return f"{self._name}.{field}" if self._name else field


def read_toml(path: Path, findings: Findings) -> Table | None:
    """Read the TOML file at `path`; None, and a problem, when it is not there or cannot be read."""
    source = ""
    try:
        source = path.read_text(encoding="utf-8-sig")
        values = tomllib.loads(source)
    except FileNotFoundError:
        findings.add(
            path, 1, f"{path.stem}-absent", f"There is no {path.name}.", "Add it: the line needs it."
        )
    except UnicodeDecodeError as fault:
        line = fault.object.count(b"\n", 0, fault.start) + 1
        findings.add(path, line, "encoding", "This file is not UTF-8 text.", "Save it again as UTF-8.")
    except OSError as fault:
        findings.add(path, 1, "unreadable", f"This file cannot be read: {fault.strerror}.", UNREADABLE)
    except tomllib.TOMLDecodeError as fault:
        match = _LINE.search(str(fault))
        findings.add(
            path, int(match[1]) if match else source.rstrip().count("\n") + 1, f"{path.stem}-toml",
            f"This file cannot be read: {fault}.",
            'Each line is name = "text"; every quote that opens must close, and no name stands twice.',
        )  # fmt: skip
    except (ValueError, LookupError, OverflowError, RecursionError) as fault:
        why = "its brackets stand too deep in each other" if isinstance(fault, RecursionError) else fault
        findings.add(
            path, 1, f"{path.stem}-toml", f"This file cannot be read: {why}.",
            'Each line is name = "text": take out what you wrote last, and write it anew.',
        )  # fmt: skip
    else:
        first = _HEADING.search(source)
        return Table(path, "", values, source, (0, first.start() if first else len(source)), findings)
    return None
