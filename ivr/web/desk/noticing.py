"""Notices at the desk: something that every caller must hear today, and taking it back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from ivr.content.checks.cared import say_day
from ivr.content.model import Notice
from ivr.content.notices import FOLDER, compose, day_at, names_for
from ivr.drafts.draft import Base, Draft, laid
from ivr.drafts.files import DraftError, sha_of
from ivr.drafts.judge import Judgement
from ivr.drafts.preview import Preview, preview
from ivr.drafts.workshop import Edit
from ivr.versions.archive import PROMPTS, pack_files
from ivr.web.desk.workroom import Workroom, signed

FIELDS = ("text", "until", "from", "sms")


@dataclass(frozen=True, slots=True)
class Listed:
    """A notice in the list: where it stands, whether it is on the line, and when it is heard, in words."""

    path: str
    notice: Notice
    on_line: bool
    heard: str
    preview: Preview


def add_noticing(desk: Blueprint, room: Workroom) -> None:
    """Add /desk/notices."""
    noticing = _Noticing(room)
    desk.get("/notices", endpoint="notices_page")(noticing.show)
    desk.post("/notices", endpoint="add_notice")(noticing.add)
    desk.post("/notices/back", endpoint="end_notice")(noticing.take_back)


class _Noticing:
    def __init__(self, room: Workroom) -> None:
        self._workshop, self._jobs = room.workshop, room.jobs

    def show(self) -> ResponseReturnValue:
        return self._page(self._workshop.draft())

    def add(self) -> ResponseReturnValue:
        draft, who = self._workshop.draft(), signed()
        judgement = self._workshop.judge(draft.base.files)
        try:
            text, sms = (" ".join(request.form.get(name, "").split()) for name in ("text", "sms"))
            until, begins = self._days(judgement)
            if not text:
                raise DraftError("Write what callers are to hear.")
        except DraftError as fault:
            return self._page(draft, str(fault)), 400
        data = compose(text, begins, until, sms).encode()
        taken = {**draft.base.files, **draft.kept}
        folder = f"{PROMPTS}/{FOLDER}"
        path = next(path for path in (f"{folder}/{name}" for name in names_for(until)) if path not in taken)
        if request.form.get("do") != "publish":
            return self._into_draft(draft, path, data, who)
        return self._publish(draft, {path: data}, f"Notice until {until}: {text}", who)

    def take_back(self) -> ResponseReturnValue:
        draft, path, who = self._workshop.draft(), request.form.get("path", ""), signed()
        if sha_of(draft.files.get(path)) != request.form.get("shown", "") or not path.startswith(
            f"{PROMPTS}/{FOLDER}/"
        ):
            return self._page(draft, "This notice is another by now. Look again, below."), 409
        if path not in draft.base.files:
            self._workshop.take_back(one for one in draft.changes.values() if one.path == path)
            return redirect(url_for("desk.notices_page", did="back"), 303)
        return self._publish(draft, {path: None}, "Notice taken back", who)

    def _into_draft(self, draft: Draft, path: str, data: bytes, who: str) -> ResponseReturnValue:
        judgement = self._workshop.judge(laid(draft.files, {path: data}))
        if found := judgement.at(path):
            return self._page(draft, " ".join(f"{one.text} {one.mend}" for one in found)), 400
        if not self._workshop.save(Edit(path, data, "", "", who)):
            return self._page(draft, "Somebody else saved a notice at this moment. Try again."), 409
        return redirect(url_for("desk.notices_page", did="draft"), 303)

    def _publish(
        self, draft: Draft, change: Mapping[str, bytes | None], message: str, who: str
    ) -> ResponseReturnValue:
        """Put the change on the line at once, and nothing else of the draft."""
        base: Base = draft.base
        files = laid(base.files, change)
        if found := self._workshop.judge(files).problems:
            return self._page(draft, " ".join(f"{one.text} {one.mend}" for one in found[:3])), 400
        if not self._workshop.publishes:
            self._workshop.write_folders(base, change)
            return redirect(url_for("desk.notices_page", did="written"), 303)
        if not who:
            return self._page(draft, "Write your name: the others see who published."), 400
        job = self._jobs.begin(pack_files(files), who, message[:300], base.live)
        return redirect(url_for("desk.work_page", id=job), 303)

    def _days(self, judgement: Judgement) -> tuple[date, date | None]:
        until, begins = _day("until", "the last day"), None
        if request.form.get("from"):
            begins = _day("from", "the first day")
        if until is None:
            raise DraftError("Write the last day on which it is heard.")
        if until < self._today(judgement):
            raise DraftError(f"{say_day(until)} is over. Write a later last day.")
        if begins and begins > until:
            raise DraftError("The first day is after the last one. Write an earlier first day.")
        return until, begins

    @staticmethod
    def _today(judgement: Judgement) -> date:
        now = datetime.now(UTC)
        return day_at(judgement.library.line, now) if judgement.library else now.date()

    def _page(self, draft: Draft, fault: str = "") -> str:
        judgement = self._workshop.judge(draft.files)
        today = self._today(judgement)
        listed = [
            Listed(path, one, path in draft.base.files, _heard(one, today), preview(path, judgement))
            for path, one in judgement.notices.items()
        ]
        form: MultiDict[str, str] = request.form if fault else MultiDict()
        return render_template(
            "desk/notices.html", listed=listed, fault=fault, today=today, did=request.args.get("did", ""),
            given={name: form.get(name, "") for name in FIELDS},
            shas={one.path: sha_of(draft.files.get(one.path)) for one in listed},
        )  # fmt: skip


def _day(field: str, name: str) -> date | None:
    written = request.form.get(field, "").strip()
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError as fault:
        raise DraftError(f"{written!r} is no date for {name}. Write it as 2026-12-24.") from fault


def _heard(notice: Notice, today: date) -> str:
    if notice.until < today:
        return f"Over since {say_day(notice.until)}: nobody hears it now"
    if notice.begins > today:
        return f"From {say_day(notice.begins)} to {say_day(notice.until)}"
    return f"Heard until {say_day(notice.until)}"
