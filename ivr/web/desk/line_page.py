"""The desk's page about the line itself: what is ill, what was, who is told, and a message to try that."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ivr.watch.codes import in_fives, say_about
from ivr.watch.course import SETTLED
from ivr.watch.facts import WEB, WORKER
from ivr.watch.health import Health
from ivr.watch.signs import OWED_TOO_LONG, Grade
from ivr.watch.words import GRADES, say_often, say_time


def add_line_page(desk: Blueprint, health: Health) -> None:
    """Add `/desk/line` to `desk`; whoever may see the desk may see it."""

    @desk.get("/line", endpoint="line_page")
    def line_page() -> ResponseReturnValue:
        report = health.report()
        zone = report.facts.zone if report.facts else "UTC"
        return render_template(
            "desk/line.html", report=report, facts=report.facts, zone=zone, grade=Grade, grades=GRADES,
            web=report.facts.at_work(WEB) if report.facts else (),
            worker=report.facts.at_work(WORKER) if report.facts else (),
            minutes=round(SETTLED / 60), hour=f"{health.hour:02}:00", sent=request.args.get("sent", ""),
            say_time=lambda at: say_time(at, zone), say_often=say_often,
            say_about=say_about, in_fives=in_fives, too_long=OWED_TOO_LONG,
            machine_time=lambda at: datetime.fromtimestamp(at, ZoneInfo(zone)).isoformat(timespec="minutes"),
        )  # fmt: skip

    @desk.post("/line/test", endpoint="line_test")
    def line_test() -> ResponseReturnValue:
        tried = health.test()
        arrived = all(one.arrived for one in tried)
        return redirect(url_for("desk.line_page", sent="yes" if arrived else "no", _anchor="told"), 303)
