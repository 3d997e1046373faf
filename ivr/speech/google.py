"""One request to the speech of Google Translate, packed by gTTS, and the MP3 in its answer.

gTTS's own `stream` is not used: it checks no certificate, follows a redirect with the text, asks all parts of a
text again when one failed, hides Retry-After and takes an answer without a sound for a short one.
"""

import base64
import binascii
import json
import re
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from gtts import gTTS
from urllib3.exceptions import HTTPError

from ivr.speech.engine import SpeechError
from ivr.speech.patience import RefusedError

_PATH = "/_/TranslateWebserverUi/data/batchexecute"
# A hundred letters take ten seconds at 4 KB each, and a third more as letters; this is far beyond.
_LARGEST_ANSWER = 2_000_000
# The row of the answer that belongs to the request: its name, then a JSON text, or null for no sound.
_ROW = re.compile(rf'"{gTTS.GOOGLE_TTS_RPC}",("[^"\\]*(?:\\.[^"\\]*)*"|null)')


def ask(text: str, language: str, address: str, timeouts: tuple[float, float]) -> bytes:
    """The MP3 that Google at `address` makes of a text of at most 100 characters.

    `timeouts` are the seconds to connect and between two pieces of the answer; the whole answer may take twice
    the latter. Raises `RefusedError`, or `SpeechError` where Google has no sound for this text.
    """
    speech = gTTS(text, lang=language, lang_check=False, pre_processor_funcs=[])
    (body,) = speech.get_bodies()
    try:
        with (
            requests.Session() as session,
            session.post(
                address + _PATH, data=body, headers=gTTS.GOOGLE_TTS_HEADERS, timeout=timeouts, stream=True,
                allow_redirects=False,
            ) as answer,
        ):  # fmt: skip
            if answer.status_code != 200:
                raise _explain(answer)
            return _sound(_read(answer, time.monotonic() + 2 * timeouts[1]))
    except (requests.RequestException, HTTPError) as error:
        raise RefusedError(f"Google's speech cannot be reached: {_root(error)}.", again=True) from error


def _read(answer: requests.Response, deadline: float) -> str:
    content = b""
    # Whatever has come: iter_content waits until its measure is full, for ever if that comes a byte at a time.
    while piece := answer.raw.read1(16_384, decode_content=True):
        content += piece
        if time.monotonic() > deadline:
            raise RefusedError("Google's answer took too long.", again=True)
        if len(content) > _LARGEST_ANSWER:
            raise RefusedError("Google's answer is too large for a sound.", again=False)
    return content.decode("utf-8", "replace")


def _sound(answer: str) -> bytes:
    row = _ROW.search(answer)
    if row is None:
        raise RefusedError(
            "Google's answer has no sound: cut short, or the interface has changed.", again=True
        )
    try:
        (encoded,) = json.loads(json.loads(row.group(1)) or '[""]')
        mp3 = base64.b64decode(encoded, validate=True)
    except (ValueError, TypeError, binascii.Error) as error:
        raise RefusedError(f"Google's answer cannot be read: {error}.", again=True) from error
    if not mp3:
        raise SpeechError("Google has no sound for this text.")
    return mp3


def _explain(answer: requests.Response) -> RefusedError:
    status = answer.status_code
    # A machine that asked too much is sent to a page that says sorry, and that page answers 429.
    if status in (302, 303, 307) and "/sorry/" in answer.headers.get("Location", ""):
        status = 429
    again = status in (408, 429) or status >= 500
    what = "asks for fewer requests" if status == 429 else "answers"
    return RefusedError(
        f"Google's speech {what}: {answer.status_code} {answer.reason or ''}".rstrip() + ".",
        again=again,
        seconds=_seconds(answer.headers.get("Retry-After", "")),
    )


def _seconds(retry_after: str) -> float:
    """The wait that a Retry-After header asks for, in seconds or as a date; 0 where there is none to be read."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _root(error: BaseException) -> str:
    """What went wrong in few words: requests wraps errors three deep, each repeating the last."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return f"{type(error).__name__}: {error}".rstrip(": .")
