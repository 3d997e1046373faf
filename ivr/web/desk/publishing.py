"""Publishing from the desk, and going back: the difference, a button, and how far the work is."""

from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ivr.drafts.draft import Base, Draft
from ivr.drafts.files import DraftError, is_edited, text_of
from ivr.drafts.jobs import Job
from ivr.drafts.judge import Judgement
from ivr.drafts.names import Named, name_file
from ivr.drafts.textdiff import Row, compare_texts
from ivr.languages import Language
from ivr.problems import Problem
from ivr.served import Holdings
from ivr.versions.archive import LOCALES, SHORT, Files, name_of, pack_files
from ivr.versions.difference import Change, Difference, compare
from ivr.versions.pointer import KEPT, Published
from ivr.versions.publishing import number_of, sizes, when
from ivr.web.desk.workroom import Workroom, signed

LONGEST_MESSAGE = 300
# Seconds within which every worker serves what is published: to see it, to load it and to let the others do so.
FOLLOWED = 30.0


@dataclass(frozen=True, slots=True)
class Moved:
    """A language that comes onto the line or goes off it, by its own name, and what keeps it off."""

    name: str
    comes: bool
    why: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class TextChange:
    """One file that differs: its name, what becomes of it, and the rows of its difference, none for a large one."""

    named: Named
    what: str
    rows: list[Row]


def add_publishing(desk: Blueprint, room: Workroom) -> None:
    """Add /desk/publish and /desk/versions."""
    workshop, jobs = room.workshop, room.jobs

    @desk.get("/publish", endpoint="publish_page")
    def publish_page() -> ResponseReturnValue:
        return _page(workshop.draft())

    @desk.post("/publish", endpoint="publish_draft")
    def publish() -> ResponseReturnValue:
        who, message = signed(), request.form.get("message", "")[:LONGEST_MESSAGE].strip()
        draft = workshop.draft()
        if draft.overtaken or workshop.judge(draft.files).problems or not draft.changes:
            return _page(draft, message=message), 409
        data = pack_files(draft.files)
        if request.form.get("shown") != _shown(draft.base, data):
            return _page(
                draft, message=message, fault="The draft, or the line, has changed since this page was shown."
            ), 409
        if not workshop.publishes:
            workshop.write_folders(draft.base, {path: one.data for path, one in draft.changes.items()})
            workshop.sweep()
            return redirect(url_for("desk.edit_page", did="written"), 303)
        if not who:
            return _page(draft, message=message, fault="Write your name: the others see who published."), 400
        return _begin(data, who, message, draft.base.live)

    @desk.get("/publish/work", endpoint="work_page")
    def work_page() -> ResponseReturnValue:
        job = jobs.find(request.args.get("id", ""))
        if job is None:
            abort(404)
        return render_template("desk/work.html", job=job)

    @desk.get("/publish/far", endpoint="work_far")
    def far() -> ResponseReturnValue:
        job = jobs.find(request.args.get("id", ""))
        if job is None:
            abort(404)
        return render_template("desk/far.html", job=job)

    @desk.get("/versions", endpoint="versions_page")
    def versions_page() -> ResponseReturnValue:
        recent = workshop.supply.pointer.recent(KEPT) if workshop.publishes else ()
        return render_template(
            "desk/versions.html", recent=recent, when=when, job=_running(), served=room.holdings.live.version,
            unserved=_unserved(room.holdings, recent[0]) if recent else "",
        )  # fmt: skip

    @desk.get("/versions/back", endpoint="back_page")
    def back_page() -> ResponseReturnValue:
        return _back(_wanted(request.args.get("number", 0, int)))

    @desk.post("/versions/back", endpoint="go_back")
    def go_back() -> ResponseReturnValue:
        wanted, base = _wanted(request.form.get("number", 0, int)), workshop.base()
        data, who = workshop.supply.bring(wanted.version), signed()
        if request.form.get("shown") != _shown(base, data):
            return _back(wanted, "The line has changed since this page was shown."), 409
        if not who:
            return _back(wanted, "Write your name: the others see who did it."), 400
        if workshop.judge(workshop.supply.files(wanted.version)).problems:
            return _back(wanted), 409
        message = request.form.get("message", "")[:LONGEST_MESSAGE].strip()
        return _begin(data, who, message or f"back to version {wanted.number}", base.live)

    def _begin(data: bytes, who: str, message: str, live: Published | None) -> ResponseReturnValue:
        return redirect(url_for("desk.work_page", id=jobs.begin(data, who, message, live)), 303)

    def _page(draft: Draft, *, message: str = "", fault: str = "") -> str:
        judgement = workshop.judge(draft.files)
        return render_template(
            "desk/publish.html", draft=draft, judgement=judgement, fault=fault, message=message, job=_running(),
            shown=_shown(draft.base, pack_files(draft.files)),
            overtaken=[name_file(path, draft.files, judgement) for path in draft.overtaken],
            **_difference(draft.base.files, draft.files, judgement),
        )  # fmt: skip

    def _back(wanted: Published, fault: str = "") -> str:
        base, files = workshop.base(), workshop.supply.files(wanted.version)
        judgement = workshop.judge(files)
        return render_template(
            "desk/back.html", wanted=wanted, live=base.live, judgement=judgement, fault=fault, when=when,
            number_of=number_of, shown=_shown(base, workshop.supply.bring(wanted.version)), job=_running(),
            **_difference(base.files, files, judgement),
        )  # fmt: skip

    def _running() -> Job | None:
        return jobs.running() if workshop.publishes else None

    def _wanted(number: int) -> Published:
        found = next((one for one in workshop.supply.pointer.recent(10_000) if one.number == number), None)
        if found is None or not workshop.publishes:
            raise DraftError(f"There is no version {number}. Choose one of the list of versions.")
        return found

    def _difference(before: Files, after: Files, judgement: Judgement) -> dict[str, object]:
        was = workshop.judge(before)
        found = (
            compare(was.library, judgement.library, _sums(before), _sums(after))
            if judgement.library
            else None
        )
        changed = [path for path in sorted({**before, **after}) if before.get(path) != after.get(path)]
        return {
            "found": found, "heard": _by_language(found, judgement.languages) if found else {},
            "moved": _moved(found, judgement) if found else (),
            "texts": [_text_change(path, before, after, judgement) for path in changed], "sizes": sizes,
        }  # fmt: skip


def _unserved(holdings: Holdings, newest: Published) -> str:
    """Why callers do not hear the version that was published last; "" where they do, or will in a moment."""
    if holdings.live.version == newest.short:
        return ""
    if refused := [problem for problem in holdings.problems if newest.short in problem]:
        return " ".join(refused)
    if newest.ago < FOLLOWED:
        return ""
    return "It was not taken up within the time that this needs. The line’s log tells why."


def _moved(found: Difference, judgement: Judgement) -> list[Moved]:
    return [
        Moved(_name(code, judgement.languages), comes, judgement.keeps_off(f"{LOCALES}/{code}/"))
        for code, comes in found.languages.items()
    ]


def _name(code: str, languages: Mapping[str, Language]) -> str:
    return languages[code].name if code in languages else code


def _by_language(
    found: Difference, languages: Mapping[str, Language]
) -> dict[str, tuple[list[Change], tuple[str, ...]]]:
    codes = dict.fromkeys([*(change.language for change in found.changes), *found.phrases])
    return {
        _name(code, languages): (
            [change for change in found.changes if change.language == code],
            found.phrases.get(code, ()),
        )
        for code in codes
    }


def _text_change(path: str, before: Files, after: Files, judgement: Judgement) -> TextChange:
    what = "New" if path not in before else "Taken away" if path not in after else "Changed"
    rows: list[Row] = []
    if is_edited(path):
        rows = compare_texts(text_of(path, before.get(path, b"")), text_of(path, after.get(path, b"")))
    return TextChange(name_file(path, {**before, **after}, judgement), what, rows)


def _sums(files: Files) -> dict[str, int]:
    return {path: crc32(data) for path, data in files.items()}


def _shown(base: Base, data: bytes) -> str:
    """What a page has shown: the number that was live then, and the version that would take its place."""
    return f"{base.number}-{name_of(data)[:SHORT]}"
