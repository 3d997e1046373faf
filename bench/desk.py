"""Whoever sits at the desk: how long each of its pages takes."""

import http.client
import re
import time
from statistics import median
from urllib.parse import urlencode

from bench.load import LoadError
from ivr.web.desk.entrance import TOKEN
from ivr.web.desk.pages import PAGES
from ivr.web.desk.workroom import WORKING

# Times that each page is asked for; the first one, which reads what later ones know, does not count.
LOOKS = 6

_TOKEN = re.compile(rf'name="{TOKEN}" value="([^"]+)"')
_LINK = re.compile(r'<li><a href="(/desk[^"?]*)"')


def page_milliseconds(port: int, password: str) -> dict[str, float]:
    """Milliseconds to the last byte of each page of the desk's menu, by its address: the median of five looks.

    Raises LoadError where a page is not to be had.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    cookie, token = _login_page(connection)
    fields = urlencode({TOKEN: token, "password": password})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    connection.request("POST", "/desk/login", fields, headers)
    answer = connection.getresponse()
    answer.read()
    cookie = _cookie(answer)
    first, _ = _look(connection, "/desk", cookie)
    pages = list(dict.fromkeys(_LINK.findall(first)))
    expected = len(PAGES) + len(WORKING)
    if len(pages) != expected:
        raise LoadError(f"the desk's menu leads to {pages}, and {expected} pages were expected")
    return {page: median([_look(connection, page, cookie)[1] for _ in range(LOOKS)][1:]) for page in pages}


def _login_page(connection: http.client.HTTPConnection) -> tuple[str, str]:
    connection.request("GET", "/desk/login")
    answer = connection.getresponse()
    found = _TOKEN.search(answer.read().decode())
    if not found:
        raise LoadError("the desk has no form to log in by")
    return _cookie(answer), found[1]


def _cookie(answer: http.client.HTTPResponse) -> str:
    return (answer.getheader("Set-Cookie") or "").partition(";")[0]


def _look(connection: http.client.HTTPConnection, page: str, cookie: str) -> tuple[str, float]:
    begun = time.perf_counter()
    connection.request("GET", page, headers={"Cookie": cookie})
    answer = connection.getresponse()
    body = answer.read().decode()
    taken = (time.perf_counter() - begun) * 1000
    if answer.status != http.client.OK:
        raise LoadError(f"the desk answered {answer.status} to {page}")
    return body, taken
