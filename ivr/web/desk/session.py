"""Who is at the desk: a signed cookie of the desk's own, and the token that each of its forms carries.

It is no Flask session: those are opened on every request, key presses included.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest
from typing import Final, Self

from itsdangerous import BadSignature, Signer, TimestampSigner, URLSafeSerializer

COOKIE: Final = "desk"
LASTS: Final = 12 * 3600
"""Seconds: a working day, so that a browser left open is shut out by the next morning."""

KNOWN_COOKIE: Final = "desk-known"
KNOWN_FOR: Final = 365 * 24 * 3600
"""Seconds for which a browser that gave the password is known again."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One browser at the desk, until `until` (seconds since 1970); `inside` once it has given the password."""

    id: str
    until: int
    inside: bool

    @classmethod
    def begin(cls, now: float, *, inside: bool) -> Self:
        """A new visit, with an id that nobody can guess."""
        return cls(secrets.token_urlsafe(24), int(now) + LASTS, inside)


class Sessions:
    """Signs visits with `secret` and the password's hash, so that a new password ends every visit."""

    def __init__(self, secret: str, password_hash: str, now: Callable[[], float]) -> None:
        self._visits = URLSafeSerializer(secret + password_hash, salt="desk-visit")
        self._forms = Signer(secret + password_hash, salt="desk-form")
        self._browsers = TimestampSigner(secret + password_hash, salt="desk-known")
        self.now = now

    def read(self, cookie: str) -> Visit | None:
        """The visit that `write` wrote, None for anything else and for one that is over."""
        try:
            visit = Visit(*self._visits.loads(cookie))
        except (BadSignature, TypeError):
            return None
        return visit if self.now() < visit.until else None

    def write(self, visit: Visit) -> str:
        """The cookie's value."""
        return str(self._visits.dumps([visit.id, visit.until, visit.inside]))

    def token(self, visit: Visit) -> str:
        """What a form must carry to be taken as this visit's own."""
        return self._forms.get_signature(visit.id).decode()

    def is_own(self, visit: Visit, token: str) -> bool:
        """Whether a form with `token` was shown to this visit."""
        return compare_digest(self.token(visit).encode(), token.encode())

    def introduce(self) -> str:
        """The value of the cookie by which a browser that gave the password is known again; it opens nothing."""
        return self._browsers.sign(secrets.token_urlsafe(12)).decode()

    def known(self, cookie: str) -> str:
        """The name that `introduce` gave the browser; "" for a stranger."""
        try:
            return self._browsers.unsign(cookie, max_age=KNOWN_FOR).decode()
        except BadSignature:
            return ""
