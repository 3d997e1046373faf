"""Whether the line is up: for the machine that watches it."""

from flask import Blueprint, Response, jsonify

from ivr.served import Holdings


def make_health(holdings: Holdings) -> Blueprint:
    """`/healthz`: 200 while calls are answered, which version, and how many faults keep a newer one away."""
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    def healthz() -> Response:
        live = holdings.live
        return jsonify(
            status="ok", languages=list(live.library.editions), topics=len(live.library.own.leaflet),
            content_problems=len(holdings.problems), version=live.version,
        )  # fmt: skip

    return health
