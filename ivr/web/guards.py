"""Who may come in, stated for each blueprint where it is registered."""

from collections.abc import Callable
from hmac import compare_digest

from flask import Response, request
from flask.typing import ResponseReturnValue

Guard = Callable[[], ResponseReturnValue | None]


def open_to_all() -> ResponseReturnValue | None:
    """Let everybody in."""
    return None


def bearer(secret: str) -> Guard:
    """Let in whoever sends `secret` as a bearer token."""

    def guard() -> ResponseReturnValue | None:
        given = request.authorization
        if given and given.type == "bearer" and compare_digest((given.token or "").encode(), secret.encode()):
            return None
        return Response(
            "A token is needed here.\n", 401, {"WWW-Authenticate": "Bearer"}, mimetype="text/plain"
        )

    return guard


def password(realm: str, secret: str) -> Guard:
    """Let in whoever knows `secret`, by HTTP Basic with any user name."""

    def guard() -> ResponseReturnValue | None:
        given = request.authorization
        if (
            given
            and given.type == "basic"
            and compare_digest((given.password or "").encode(), secret.encode())
        ):
            return None
        headers = {"WWW-Authenticate": f'Basic realm="{realm}", charset="UTF-8"'}
        return Response("A password is needed here.\n", 401, headers, mimetype="text/plain")

    return guard
