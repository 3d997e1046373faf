"""The desk's pages: read the request, ask what there is to show, render it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, current_app, g, render_template, request
from flask.typing import ResponseReturnValue

from ivr.content.checks.cared import say_day
from ivr.content.model import Library
from ivr.dialogue.place import Pace
from ivr.languages import Language
from ivr.problems import Problem
from ivr.watch.signs import Sign
from ivr.web.desk.concerns import Concern, Rank, concerns, together
from ivr.web.desk.entrance import TOKEN, Entrance
from ivr.web.desk.outline import Branch, Studio, outline
from ivr.web.desk.study import Study
from ivr.web.phone import HEADERS

PAGES: Final = {
    "desk.map_page": "Map",
    "desk.languages_page": "Languages",
    "desk.health_page": "Health of the content",
    "desk.line_page": "Health of the line",
    "desk.use_page": "Use",
    "desk.try_page": "Try it",
}
"""What the desk has, in the order of its menu: by endpoint the name of the page."""


@dataclass(frozen=True, slots=True)
class Materials:
    """What the pages are made of, asked for anew by each.

    `faults` are what keeps a changed file off the line; `study` judges the files beside a library. `prompts` is where
    its prompts stood when it was read; `number` is the line's own, "" where no real phone reaches it, `grave` what
    fails people now.
    """

    library: Callable[[], Library]
    languages: Callable[[], Mapping[str, Language]]
    faults: Callable[[], Sequence[Problem]]
    study: Callable[[Library], Study]
    studio: Studio
    prompts: Callable[[], Path]
    number: str
    grave: Callable[[], Sequence[Sign]] = lambda: ()

    def concerns(self) -> tuple[Concern, ...]:
        """All there is to do, the worst first."""
        library = self.library()
        return concerns(library, self.faults(), self.study(library))


def make_desk(entrance: Entrance, materials: Materials) -> Blueprint:
    """The operator's desk under /desk; `entrance` is its guard."""
    desk = Blueprint(
        "desk", __name__, url_prefix="/desk", template_folder="templates", static_folder="static"
    )
    entrance.add_to(desk)

    @desk.context_processor
    def frame() -> dict[str, Any]:
        line = materials.library().line
        pages = {endpoint: name for endpoint, name in PAGES.items() if endpoint in current_app.view_functions}
        return {
            "service": line.name[:1].upper() + line.name[1:], "pages": pages, "is_open": entrance.is_open,
            "inside": "visit" in g and g.visit.inside, "token": entrance.token if "visit" in g else None,
            "token_field": TOKEN, "clock": clock, "faults": len(materials.faults()), "grave": materials.grave(),
        }  # fmt: skip

    @desk.after_request
    def protect(response: Response) -> Response:
        response.headers.update(HEADERS)
        if request.endpoint != "desk.static":
            response.headers["Cache-Control"] = "no-store"
        return response

    @desk.get("", endpoint="map_page")
    def map_page() -> ResponseReturnValue:
        library, languages = materials.library(), materials.languages()
        code = _chosen(request.args.get("language", ""), list(library.editions))
        pace = Pace(_chosen(request.args.get("pace", Pace.NORMAL), [Pace.NORMAL, *Pace]))
        branches = outline(library, languages, code, pace, materials.studio, materials.prompts())
        line = library.line
        return render_template(
            "desk/map.html", branches=branches, language=languages[code], pace=pace, paces=list(Pace),
            languages=[languages[each] for each in library.editions], line=line, review=library.own.review,
            topics=len(library.own.leaflet), kinds=len(library.own.kinds),
            seconds=sum(_seconds(branch) for branch in branches),
            checked=say_day(date.fromisoformat(line.helpline.checked)) if line.helpline.checked else "",
        )  # fmt: skip

    @desk.get("/languages", endpoint="languages_page")
    def languages_page() -> ResponseReturnValue:
        library = materials.library()
        study = materials.study(library)
        return render_template(
            "desk/languages.html", standings=study.standings, own=library.line.language, words=study.words
        )

    @desk.get("/health", endpoint="health_page")
    def health_page() -> ResponseReturnValue:
        found = materials.concerns()
        groups = {rank: together(each for each in found if each.rank is rank) for rank in Rank}
        total = sum(each.rank is not Rank.WAIVED for each in found)
        return render_template("desk/health.html", groups=groups, total=total, rank=Rank)

    @desk.get("/try", endpoint="try_page")
    def try_page() -> ResponseReturnValue:
        library, languages = materials.library(), materials.languages()
        return render_template(
            "desk/try.html", number=materials.number, line=library.line,
            languages=[languages[code] for code in library.editions],
        )  # fmt: skip

    return desk


def clock(seconds: float) -> str:
    """Minutes and seconds, such as 1:05."""
    return "{}:{:02}".format(*divmod(round(seconds), 60))


def _seconds(branch: Branch) -> float:
    return branch.seconds + sum(_seconds(each) for each in branch.branches)


def _chosen(wanted: str, among: Sequence[str]) -> str:
    """What was asked for, where there is such a thing, else the first."""
    return wanted if wanted in among else among[0]
