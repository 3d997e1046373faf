"""The pages of the desk on which texts are changed: what they share, and where they are added to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, g, render_template, request
from flask.typing import ResponseReturnValue

from ivr.drafts.jobs import Jobs
from ivr.drafts.workshop import Workshop
from ivr.errors import IvrError
from ivr.sending import DatabaseDownError
from ivr.served import Holdings
from ivr.web.desk.pages import PAGES

WORKING: Final = {
    "desk.edit_page": "Edit",
    "desk.notices_page": "Notices",
    "desk.publish_page": "Publish",
}
"""The pages that are added, in the order of the menu: by endpoint the name of the page."""

_WITHIN: Final = {
    "desk.edit_page": ("edit_file", "save_file", "new_topic", "exchange_page", "upload"),
    "desk.notices_page": ("add_notice", "end_notice"),
    "desk.publish_page": ("publish_draft", "work_page", "versions_page", "back_page", "go_back"),
}
"""The pages that belong to one of the menu, which is marked while they are shown."""

NAME: Final = "desk-name"
_A_YEAR: Final = 365 * 24 * 3600
LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Workroom:
    """What the pages work with: the draft, the publishing that is under way, and what this worker serves."""

    workshop: Workshop
    jobs: Jobs
    holdings: Holdings


def furnish(desk: Blueprint, room: Workroom) -> None:
    """Add to the desk what every page of the workroom needs: the menu, and words for what cannot be done."""

    @desk.context_processor
    def menu() -> dict[str, Any]:
        inside = "visit" in g and g.visit.inside
        return {
            "pages": dict(_menu(PAGES)), "section": _section(), "can_edit": True, "publishes": room.workshop.publishes,
            "edited": _count(room.workshop) if inside else 0, "me": request.cookies.get(NAME, "")[:LONGEST_NAME],
        }  # fmt: skip

    @desk.errorhandler(IvrError)
    def tell(fault: IvrError) -> ResponseReturnValue:
        text = str(fault)
        if isinstance(fault, DatabaseDownError):
            text = "The line’s database does not answer now. Nothing was changed. Go back, wait a moment and try again."
        return render_template("desk/refused.html", text=text), 503

    @desk.after_request
    def remember_name(response: Response) -> Response:
        if name := g.get("signs_as"):
            response.set_cookie(
                NAME, name, max_age=_A_YEAR, path="/desk", httponly=True, samesite="Lax",
                secure=room.workshop.publishes,
            )  # fmt: skip
        return response


def signed() -> str:
    """Who fills this form in, as they write it themselves; the browser remembers it for the next one."""
    name = " ".join(request.form.get("who", "").split())[:LONGEST_NAME]
    if name:
        g.signs_as = name
    return name


def _section() -> str:
    name = (request.endpoint or "").removeprefix("desk.")
    return next((page for page, inside in _WITHIN.items() if name in inside), "")


def _menu(pages: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The desk's pages, with those of the workroom after the first."""
    for count, page in enumerate(pages.items()):
        yield page
        if not count:
            yield from WORKING.items()


def _count(workshop: Workshop) -> int:
    try:
        return workshop.count()
    except DatabaseDownError:
        return 0
