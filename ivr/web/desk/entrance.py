"""Who may come to the desk: a password, few tries, and forms of the desk's own only."""

import logging
import re
import threading
from collections import deque
from collections.abc import Callable, Collection
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ivr.web.desk.password import is_password
from ivr.web.desk.session import COOKIE, KNOWN_COOKIE, KNOWN_FOR, LASTS, Sessions, Visit

log = logging.getLogger(__name__)

TRIES: Final = 5
TRIES_WITHIN: Final = 15 * 60.0

TOKEN: Final = "token"  # noqa: S105 - the name of the field, which holds nothing secret
LARGEST_OUTSIDE: Final = 8 * 1024
LARGEST_INSIDE: Final = 8 * 1024 * 1024

_OPEN_TO_ALL = frozenset({"desk.static", "desk.log_in", "desk.show_login"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PAGE = re.compile(r"/desk(/[a-z0-9-]+)*(\?[\w=&.%/+-]*)?", re.ASCII)


class Tries:
    """Allows each browser that is known `most` tries within so many seconds, and all strangers together as many.

    So whoever guesses passwords cannot keep those out who work here (OWASP's "device cookies"). A right try gives
    its place back. It is taken before the password is looked at, so that many at once are no more than `most` either.
    """

    def __init__(self, now: Callable[[], float], most: int = TRIES, within: float = TRIES_WITHIN) -> None:
        self._now, self._most, self._within = now, most, within
        self._taken: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def take(self, who: str) -> float:
        """Take one try of `who`, "" for a stranger; the seconds to wait where there is none, else 0."""
        with self._lock:
            now, taken = self._now(), self._taken.setdefault(who, deque())
            while taken and now - taken[0] >= self._within:
                taken.popleft()
            if len(taken) >= self._most:
                return self._within - (now - taken[0])
            taken.append(now)
            return 0.0

    def give_back(self, who: str) -> None:
        """The last try of `who` was right."""
        with self._lock:
            if self._taken.get(who):
                self._taken[who].pop()


class Entrance:
    """The guard of the desk's pages. Without a `password_hash` the desk is open, to this machine's own browsers.

    `hosts` are the names under which an open desk answers: under any other a web page elsewhere could reach it
    through the browser of whoever runs the line (DNS rebinding). `secure` keeps the cookie to https.
    """

    def __init__(
        self, password_hash: str, sessions: Sessions, tries: Tries, *, hosts: Collection[str], secure: bool
    ) -> None:
        self._hash, self._sessions, self._tries = password_hash, sessions, tries
        self._hosts, self._secure = hosts, secure

    @property
    def is_open(self) -> bool:
        """Whether no password is asked for."""
        return not self._hash

    def token(self) -> str:
        """The token for the forms of the page that is being made."""
        return self._sessions.token(g.visit)

    def guard(self) -> ResponseReturnValue | None:
        """Asked before each request of the desk: None lets it in, a response is given instead."""
        if request.endpoint == "desk.static":
            return None
        if refused := self._meet():
            return refused
        if request.method not in _SAFE and not self._sessions.is_own(g.visit, request.form.get(TOKEN, "")):
            return _refuse(400, "This form was open for too long, or in another window. Nothing was changed.")
        if request.endpoint in _OPEN_TO_ALL:
            return None
        return self._lead_in()

    def admit(self) -> ResponseReturnValue | None:
        """Asked before each request of pages beside the desk, which see for themselves that none but they asked."""
        return self._meet() or self._lead_in()

    def _meet(self) -> ResponseReturnValue | None:
        """Find out who is there; a response where nobody may be."""
        if self.is_open and urlsplit(f"//{request.host}").hostname not in self._hosts:
            return _refuse(403, "This desk has no password, so it answers on its own machine only.")
        visit = self._sessions.read(request.cookies.get(COOKIE, ""))
        g.visit = visit or Visit.begin(self._sessions.now(), inside=self.is_open)
        g.visit_is_new = visit is None
        request.max_content_length = LARGEST_INSIDE if g.visit.inside else LARGEST_OUTSIDE
        request.max_form_memory_size = request.max_content_length
        return None

    def _lead_in(self) -> ResponseReturnValue | None:
        """Whoever is not inside is led to the login, and from there to where they wanted to go."""
        if g.visit.inside:
            return None
        wanted = request.full_path.rstrip("?") if request.method in _SAFE else ""
        return redirect(url_for("desk.show_login", next=wanted if _PAGE.fullmatch(wanted) else None), 303)

    def remember(self, response: Response) -> Response:
        """Give a new visit its cookie, and a browser that gave the password the one by which it is known again."""
        if g.get("visit_is_new"):
            self._hand_over(response, COOKIE, self._sessions.write(g.visit), LASTS)
            if g.visit.inside and not self.is_open:
                self._hand_over(response, KNOWN_COOKIE, self._sessions.introduce(), KNOWN_FOR)
        return response

    def _hand_over(self, response: Response, name: str, value: str, lasts: int) -> None:
        response.set_cookie(
            name, value, max_age=lasts, path="/desk", httponly=True, secure=self._secure, samesite="Lax"
        )

    def add_to(self, desk: Blueprint) -> None:
        """Stand before every page of `desk`, and add its login and logout."""
        desk.before_request(self.guard)
        desk.after_request(self.remember)
        desk.get("/login", endpoint="show_login")(self._show)
        desk.post("/login", endpoint="log_in")(self._log_in)
        desk.post("/logout", endpoint="log_out")(self._log_out)

    def _show(self) -> ResponseReturnValue:
        if g.visit.inside:
            return redirect(_next(), 303)
        return _login_page("", 200)

    def _log_in(self) -> ResponseReturnValue:
        who = self._sessions.known(request.cookies.get(KNOWN_COOKIE, ""))
        if wait := self._tries.take(who):
            minutes = int(wait // 60) + 1
            unit = "minute" if minutes == 1 else "minutes"
            html, status = _login_page(f"Too many tries. Wait {minutes} {unit}, then try again.", 429)
            return html, status, {"Retry-After": str(int(wait) + 1)}
        if not self.is_open and not is_password(request.form.get("password", ""), self._hash):
            log.warning("a wrong password was given at the desk")
            return _login_page("That is not the password.", 403)
        self._tries.give_back(who)
        g.visit, g.visit_is_new = Visit.begin(self._sessions.now(), inside=True), True
        return redirect(_next(), 303)

    def _log_out(self) -> ResponseReturnValue:
        g.visit, g.visit_is_new = Visit.begin(self._sessions.now(), inside=self.is_open), True
        return redirect(url_for("desk.show_login"), 303)


def _next() -> str:
    """The page of the desk to go on to; an address of anywhere else is passed over."""
    wanted = request.values.get("next", "")
    return wanted if _PAGE.fullmatch(wanted) else url_for("desk.map_page")


def _login_page(fault: str, status: int) -> tuple[str, int]:
    return render_template("desk/login.html", fault=fault, next=request.values.get("next", "")), status


def _refuse(status: int, text: str) -> ResponseReturnValue:
    return render_template("desk/refused.html", text=text), status
