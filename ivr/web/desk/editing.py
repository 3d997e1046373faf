"""Editing in the browser: the files of the line, one of them in a text box, and what it becomes."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ivr.drafts.draft import Draft
from ivr.drafts.files import DraftError, is_edited, refuse, sha_of, text_of, tidied
from ivr.drafts.judge import Judgement
from ivr.drafts.names import AROUND, LANGUAGE, NOTICE, TOPICS, URGENT_KINDS, Named, name_file, name_files
from ivr.drafts.newcomer import begin_topic, places_for
from ivr.drafts.preview import preview
from ivr.drafts.textdiff import compare_texts
from ivr.drafts.workshop import Edit, Workshop, edited
from ivr.problems import Problem
from ivr.web.desk.workroom import Workroom, signed

GROUPS = {
    AROUND: "Around the topics",
    TOPICS: "Topics of the leaflet",
    URGENT_KINDS: "Urgent symptoms",
    NOTICE: "Notices",
    LANGUAGE: "Languages",
}
# Word lists are read for seconds, so they are checked when somebody asks and not at every letter.
_CHECKED_ON_REQUEST = (".yaml", ".po")


@dataclass(frozen=True, slots=True)
class Row:
    """A file in the list, with what the draft makes of it and how many faults it has."""

    named: Named
    state: str
    who: str
    faults: int


def add_editing(desk: Blueprint, room: Workroom) -> None:
    """Add /desk/edit and what is below it."""
    editing = _Editing(room.workshop)
    desk.get("/edit", endpoint="edit_page")(editing.list_files)
    desk.get("/edit/file", endpoint="edit_file")(editing.show)
    desk.get("/edit/new", endpoint="new_topic")(editing.begin)
    desk.post("/edit/check", endpoint="edit_check")(editing.check)
    desk.post("/edit/file", endpoint="save_file")(editing.change)


class _Editing:
    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    def list_files(self) -> ResponseReturnValue:
        draft = self._workshop.draft()
        judgement = self._workshop.judge(draft.files)
        wanted = request.args.get("find", "").strip()
        rows = [row for row in _rows(draft, judgement) if _is_wanted(row, wanted)]
        listed = {name: [row for row in rows if row.named.group == group] for group, name in GROUPS.items()}
        known = {row.named.path for row in rows}
        lost = [problem for problem in judgement.problems if not wanted and problem.path not in known]
        return render_template(
            "desk/edit.html", listed=listed, wanted=wanted, draft=draft, problems=judgement.problems, lost=lost,
            did=request.args.get("did", ""), places=places_for(draft.files, judgement),
        )  # fmt: skip

    def show(self) -> ResponseReturnValue:
        path = self._path(request.args)
        draft = self._workshop.draft()
        data = draft.files.get(path)
        if data is None and path not in draft.changes:
            abort(404)
        return self._file(
            draft, path, text_of(path, data or b""), over=sha_of(data), did=request.args.get("did", "")
        )

    def begin(self) -> ResponseReturnValue:
        draft = self._workshop.draft()
        judgement = self._workshop.judge(draft.files)
        path, text = begin_topic(
            request.args.get("in", ""), request.args.get("title", ""), draft.files, judgement
        )
        return self._file(draft, path, text, over="", did="new")

    def check(self) -> ResponseReturnValue:
        path, text = _path(request.form), request.form.get("text", "")
        return render_template("desk/becomes.html", **self._becomes(self._workshop.draft(), path, text))

    def change(self) -> ResponseReturnValue:
        path, text = self._path(request.form), tidied(request.form.get("text", ""))
        match request.form.get("do", ""):
            case "check":
                return self._file(
                    self._workshop.draft(), path, text, over=request.form.get("over", ""), did="checked"
                )
            case "back":
                return self._take_back(path)
            case "away":
                return self._put(path, None, text)
            case _:
                return self._put(path, text.encode(), text)

    def _path(self, values: Any) -> str:
        """The file that a request is about. One that the draft holds can be taken back, whatever its name."""
        path: str = values.get("path", "")
        return path if is_edited(path) and path in self._workshop.draft().kept else _path(values)

    def _put(self, path: str, data: bytes | None, text: str) -> ResponseReturnValue:
        over, base = request.form.get("over", ""), request.form.get("base", "")
        try:
            taken = self._workshop.save(Edit(path, data, over, base, signed()))
        except DraftError as fault:
            return self._file(self._workshop.draft(), path, text, over=over, fault=str(fault)), 400
        if taken:
            return redirect(
                url_for("desk.edit_file", path=path, did="away" if data is None else "saved"), 303
            )
        draft = self._workshop.draft()
        theirs = draft.files.get(path)
        if theirs == data:
            return redirect(url_for("desk.edit_file", path=path, did="same"), 303)
        return self._conflict(draft, path, text), 409

    def _take_back(self, path: str) -> ResponseReturnValue:
        change = self._workshop.draft().kept.get(path)
        if change is None or change.sha != request.form.get("over", ""):
            return self._conflict(self._workshop.draft(), path, tidied(request.form.get("text", ""))), 409
        self._workshop.take_back([change])
        there = path in self._workshop.base().files
        return redirect(
            url_for("desk.edit_file", path=path, did="back")
            if there
            else url_for("desk.edit_page", did="back"),
            303,
        )

    def _file(self, draft: Draft, path: str, text: str, *, over: str, did: str = "", fault: str = "") -> str:
        judgement = self._workshop.judge(draft.files)
        base = draft.base.files.get(path)
        change = draft.changes.get(path)
        moved = compare_texts(text_of(path, base or b""), text) if path in draft.overtaken else []
        return render_template(
            "desk/file.html", named=name_file(path, draft.files, judgement), text=text, over=over, base=sha_of(base),
            change=change, is_new=base is None, moved=moved, did=did, fault=fault,
            line=request.args.get("line", 0, int), wraps=is_edited(path) and not path.endswith(".po"),
            live=not path.endswith(_CHECKED_ON_REQUEST), **self._becomes(draft, path, text),
        )  # fmt: skip

    def _conflict(self, draft: Draft, path: str, mine: str) -> str:
        theirs = draft.files.get(path)
        change = draft.changes.get(path)
        judgement = self._workshop.judge(draft.files)
        return render_template(
            "desk/conflict.html", named=name_file(path, draft.files, judgement), mine=mine,
            theirs=None if theirs is None else text_of(path, theirs), over=sha_of(theirs),
            base=sha_of(draft.base.files.get(path)), who=change.who if change else "",
            rows=compare_texts(text_of(path, theirs or b""), mine),
        )  # fmt: skip

    def _becomes(self, draft: Draft, path: str, text: str) -> dict[str, Any]:
        """What the page beside the text box shows of `text`."""
        there = path in draft.files or bool(text)
        judgement = self._workshop.judge(edited(draft, path, text) if there else draft.files)
        return {
            "path": path, "preview": preview(path, judgement), "here": judgement.at(path),
            "warned": judgement.warned_of(path), "off": judgement.keeps_off(path),
            "elsewhere": tuple(problem for problem in judgement.problems if problem.path != path),
        }  # fmt: skip


def _rows(draft: Draft, judgement: Judgement) -> list[Row]:
    paths = [path for path in {**draft.files, **draft.changes} if is_edited(path)]
    faults = _faults(judgement.problems)
    rows = []
    for named in name_files(paths, {**draft.base.files, **draft.files}, judgement):
        change = draft.changes.get(named.path)
        state = ""
        if change:
            state = "away" if change.data is None else "changed" if named.path in draft.base.files else "new"
        rows.append(Row(named, state, change.who if change else "", faults.get(named.path, 0)))
    return rows


def _faults(problems: tuple[Problem, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for problem in problems:
        found[problem.path] = found.get(problem.path, 0) + 1
    return found


def _is_wanted(row: Row, wanted: str) -> bool:
    named = row.named
    return all(
        word in f"{named.number} {named.keys} {named.name} {named.path}".casefold()
        for word in wanted.casefold().split()
    )


def _path(values: Any) -> str:
    """The file that a request is about. What no draft can hold is not found."""
    path: str = values.get("path", "")
    if refuse(path) or not is_edited(path):
        abort(404)
    return path
