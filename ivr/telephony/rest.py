"""Handing texts to the carrier through its REST interface, and knowing what came of it."""

import logging
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from json import JSONDecodeError
from typing import Any
from urllib.parse import urlsplit

from requests import Response as Answer
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import ConnectTimeout, RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import MaxRetryError, NewConnectionError

from ivr.sending import Accepted, Later, Outcome, Refused, Unknown
from ivr.telephony.references import References

# The library prints numbers and texts at INFO.
_quiet = logging.getLogger(f"{__name__}.library")
_quiet.setLevel(logging.WARNING)

# Seconds for connecting and for each wait on an answer.
TIMEOUT = 10.0
# Seconds that a text may wait at the carrier for a phone that is off: the most that Twilio allows.
VALID = 36_000
# The carrier asks a callback's address again five times, whatever went wrong. A carrier that does not know
# this way of asking leaves the fragment out of the address, as of every other.
RETRIES = "#rc=5&rp=all"

# The carrier's codes for what is wrong with us and not with this text, which the operator can mend: the
# account, the sender's number, its pace and its queue. https://www.twilio.com/docs/api/errors
OURS = frozenset({14107, 20003, 20005, 20429, 21212, 21603, 21606, 21611, 21659, 21660, 21661, 63038})


class RestCarrier:
    """Sends texts from `number` (E.164) through a carrier that speaks Twilio's REST interface.

    `api_base` and `public_url` are addresses without a path; `timeout` is in seconds, for connecting and
    for each wait. It may be called by several threads at once.
    """

    def __init__(
        self,
        api_base: str,
        account_sid: str,
        auth_token: str,
        number: str,
        public_url: str,
        references: References,
        timeout: float = TIMEOUT,
    ) -> None:
        self._client = Client(account_sid, auth_token, http_client=_Wire(api_base, timeout))
        self._number, self._references = number, references
        self._callback = f"{public_url}/sms/status?text="

    def send(self, to: str, body: str, reference: str) -> Outcome:
        """Hand over one text. No error leaves here, nor does anything of `to` and `body`."""
        try:
            self._client.messages.create(
                to=to,
                from_=self._number,
                body=body,
                status_callback=f"{self._callback}{self._references.sign(reference)}{RETRIES}",
                validity_period=VALID,
                content_retention="discard",
                address_retention="discard",
            )
        except _BusyError as busy:
            return Later(busy.after, busy.status)
        except (TwilioRestException, TwilioServiceException) as fault:
            return _refusal(fault.status, fault.code)
        except RequestException as fault:
            return Later() if _was_never_sent(fault) else Unknown()
        except (TwilioException, JSONDecodeError, ValueError):
            return Unknown()
        return Accepted()


class _BusyError(Exception):
    """The carrier answered 429 or 5xx: the text is not taken, and may be after so many seconds."""

    def __init__(self, after: float | None, status: int) -> None:
        super().__init__()
        self.after, self.status = after, status


class _Wire(TwilioHttpClient):  # type: ignore[misc]
    """Twilio's HTTP client towards any address, keeping what its errors leave out: Retry-After.

    Each text has a connection of its own: one that lay idle may have been closed by the carrier, and then
    nobody could tell whether the text got through.
    """

    def __init__(self, base: str, timeout: float) -> None:
        hooks = {"response": [self._look_at]}
        super().__init__(
            pool_connections=False, request_hooks=hooks, timeout=timeout, logger=_quiet, max_retries=0
        )
        self._base = base.rstrip("/")

    def request(self, method: str, url: str, *args: Any, **options: Any) -> Response:
        """Make the request, to the base address. Raises _BusyError and what requests raises."""
        parts = urlsplit(url)
        return super().request(method, f"{self._base}{parts.path}", *args, **options)

    def _look_at(self, answer: Answer, *_args: object, **_options: object) -> None:
        # 504 is a gateway that gave up waiting: what it waited for may have taken the text all the same.
        if answer.status_code == 504:
            raise RequestException("the carrier's gateway lost the answer")
        if answer.status_code == 429 or answer.status_code >= 500:
            raise _BusyError(_seconds(answer.headers.get("Retry-After", "")), answer.status_code)


def _refusal(status: int, code: int | None) -> Outcome:
    """What an answer other than success means. Only a fault of the text itself is for ever."""
    if status != 400 or code in OURS:
        return Later(code=code or status)
    return Refused(code or status)


def _was_never_sent(fault: RequestException) -> bool:
    """Whether the connection was not even made, so that the carrier cannot have the text."""
    if isinstance(fault, ConnectTimeout):
        return True
    reason = fault.args[0] if fault.args else None
    return (
        isinstance(fault, RequestsConnectionError)
        and isinstance(reason, MaxRetryError)
        and isinstance(reason.reason, NewConnectionError)
    )


def _seconds(retry_after: str) -> float | None:
    """Retry-After in seconds, whether it counts them or names a moment (RFC 9110, 10.2.3); None if neither."""
    if retry_after.isascii() and retry_after.isdecimal():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
