"""Whether the line is up: for the machine that watches it."""

from flask import Blueprint, Response, jsonify

from ivr.shelf import Shelf


def make_health(shelf: Shelf) -> Blueprint:
    """`/healthz`: 200 while calls are answered, with how many faults wait in a changed folder."""
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    def healthz() -> Response:
        return jsonify(
            status="ok", languages=list(shelf.library.editions), topics=len(shelf.library.own.leaflet),
            content_problems=len(shelf.problems),
        )  # fmt: skip

    return health
