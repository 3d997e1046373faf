"""Files between the desk and an operator's own computer: the texts as a zip file, and what comes back."""

from zipfile import ZIP_DEFLATED

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.utils import secure_filename

from ivr.drafts.draft import Draft
from ivr.drafts.files import DraftError, clash, refuse, sha_of
from ivr.drafts.upload import Upload, read_upload
from ivr.drafts.workshop import Edit
from ivr.versions.archive import pack_files
from ivr.web.desk.workroom import Workroom, signed


def add_exchange(desk: Blueprint, room: Workroom) -> None:
    """Add /desk/files."""
    workshop = room.workshop

    @desk.get("/files", endpoint="exchange_page")
    def exchange_page() -> ResponseReturnValue:
        return _page(workshop.draft())

    @desk.get("/files/all", endpoint="download_all")
    def download_all() -> ResponseReturnValue:
        draft = workshop.draft()
        is_draft = request.args.get("of") == "draft"
        data = pack_files(draft.files if is_draft else draft.base.files, ZIP_DEFLATED)
        return _sent(data, f"{'draft' if is_draft else f'live-{draft.base.number}'}.zip", "application/zip")

    @desk.get("/files/one", endpoint="download_file")
    def download_file() -> ResponseReturnValue:
        path = request.args.get("path", "")
        data = workshop.draft().files.get(path)
        if refuse(path) or data is None:
            abort(404)
        return _sent(data, secure_filename(path.rpartition("/")[2]), "application/octet-stream")

    @desk.post("/files", endpoint="upload")
    def upload() -> ResponseReturnValue:
        draft, sent = workshop.draft(), request.files.get("file")
        path = request.form.get("path", "").strip()
        name = (sent.filename or "") if sent else ""
        try:
            came = read_upload(name, sent.stream.read() if sent else b"", path, draft.files)
        except DraftError as fault:
            return _page(draft, fault=str(fault)), 400
        taken = _take(came, draft, replace=bool(request.form.get("replace")))
        return _page(workshop.draft(), came=came, taken=taken), 200 if taken or not came.refused else 400

    def _take(came: Upload, draft: Draft, *, replace: bool) -> list[str]:
        """Put what differs into the draft; the paths. What somebody has changed there is kept, unless told otherwise."""
        who, edits = signed(), []
        for path, data in came.files.items():
            there, change = draft.files.get(path), draft.changes.get(path)
            if data == there:
                continue
            if why := clash(path, {**draft.files, **came.files}):
                came.refused[path] = why
                continue
            if change and not replace:
                by = f" by {change.who}" if change.who else ""
                came.refused[path] = (
                    f"the draft has a change of it{by}, which would be lost. Compare the two, or upload it again with the "
                    "box below ticked."
                )
                continue
            edits.append(Edit(path, data, sha_of(there), sha_of(draft.base.files.get(path)), who))
        late = workshop.save_all(edits)
        came.refused |= dict.fromkeys(late, "somebody changed it at this moment. Upload it again.")
        return [edit.path for edit in edits if edit.path not in late]

    def _page(
        draft: Draft, fault: str = "", came: Upload | None = None, taken: list[str] | None = None
    ) -> str:
        return render_template(
            "desk/files.html", draft=draft, fault=fault, came=came, taken=taken, paths=sorted(draft.files),
            path=request.values.get("path", ""),
        )  # fmt: skip


def _sent(data: bytes, name: str, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, mimetype=kind, headers=headers)
