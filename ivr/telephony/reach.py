"""Ways to reach the line: in this very process, or over HTTP."""

import http.client
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

LONGEST_WAIT: Final = 15.0
"""Seconds that Twilio waits for a webhook before it goes to the fallback."""


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The first header of that name, in any case of letters; empty where there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


Send = Callable[[str, str, Mapping[str, str], bytes], Answer]
"""(method, path with query, headers, body) -> Answer; raises OSError where nobody answers in time."""


def wsgi_send(app: Any) -> Send:
    """Reach a WSGI application in this very process."""

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        builder = EnvironBuilder(method=method, path=path, headers=Headers(headers.items()), data=body)
        environ = builder.get_environ()
        try:
            chunks, status, answered = run_wsgi_app(app, environ, buffered=True)
            return Answer(int(status.split()[0]), tuple(answered.items()), b"".join(chunks))
        finally:
            builder.close()

    return send


def http_send(base_url: str, timeout: float = LONGEST_WAIT) -> Send:
    """Reach the line over real HTTP at `base_url`, whatever its public address; `timeout` in seconds."""
    parts = urlsplit(base_url)
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        connection = connect(parts.netloc, timeout=timeout)
        try:
            connection.request(method, parts.path.rstrip("/") + path, body or None, dict(headers))
            answer = connection.getresponse()
            return Answer(answer.status, tuple(answer.getheaders()), answer.read())
        finally:
            connection.close()

    return send
