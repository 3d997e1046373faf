"""Reading the TOML files an operator writes, with the line of every field."""

import re
import tomllib
from pathlib import Path
from typing import Any

from ivr.problems import Findings

_LINE = re.compile(r"line (\d+)")


class Table:
    """One table of a TOML file; asking for a field that is missing or of the wrong kind records a problem."""

    def __init__(
        self, path: Path, name: str, values: dict[str, Any], source: str, findings: Findings
    ) -> None:
        self._path, self._name, self._values = path, name, values
        self._source, self._findings = source, findings

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
        return Table(self._path, self._at(field), value, self._source, self._findings)

    def tables(self, field: str) -> tuple["Table", ...]:
        """The list of tables in `field`, none when it is absent."""
        value = self._values.get(field, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.problem(
                field, "list", f"{self._at(field)} must be a list of tables.", "See the example beside it."
            )
            value = []
        name = self._at(field)
        return tuple(Table(self._path, name, item, self._source, self._findings) for item in value)

    def texts(self) -> dict[str, str]:
        """Every field of this table, which must all be texts."""
        return {field: self.text(field) for field in self._values}

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
        """The line on which `field` stands, searched from this table's heading; 1 when it is absent."""
        heading = self._name.rpartition(".")[2]
        start = (
            re.search(rf"^\s*\[+\s*([\w.]*\.)?{re.escape(heading)}\s*\]", self._source, re.M)
            if heading
            else None
        )
        match = re.compile(rf"^\s*\[*\"?{re.escape(field)}\"?\s*[=\]]", re.M).search(
            self._source, start.start() if start else 0
        )
        return self._source[: match.start() + 1].count("\n") + 1 if match else 1

    def _at(self, field: str) -> str:
        return f"{self._name}.{field}" if self._name else field


def read_toml(path: Path, findings: Findings) -> Table | None:
    """Read the TOML file at `path`; None, and a problem, when it is not there or cannot be read."""
    try:
        source = path.read_text(encoding="utf-8-sig")
        return Table(path, "", tomllib.loads(source), source, findings)
    except FileNotFoundError:
        findings.add(
            path, 1, f"{path.stem}-absent", f"There is no {path.name}.", "Add it: the line needs it."
        )
    except UnicodeDecodeError:
        findings.add(path, 1, "encoding", "This file is not UTF-8 text.", "Save it again as UTF-8.")
    except tomllib.TOMLDecodeError as fault:
        match = _LINE.search(str(fault))
        findings.add(
            path, int(match[1]) if match else 1, f"{path.stem}-toml", f"This file cannot be read: {fault}.",
            'Each line is name = "text"; every quote that opens must close.',
        )  # fmt: skip
    return None
