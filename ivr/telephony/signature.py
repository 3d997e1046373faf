"""Whether a webhook really comes from the carrier, in one pass over its body."""

import re
from base64 import b64encode
from collections.abc import Mapping
from enum import Enum
from hmac import compare_digest
from hmac import new as hmac
from types import MappingProxyType
from urllib.parse import unquote_to_bytes, urlsplit

LARGEST_BODY = 64 * 1024
MOST_FIELDS = 200

_CALL = re.compile(r"CA[0-9a-fA-F]{32}")
_MESSAGE = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")
_DIGITS = re.compile(r"[0-9*#]{0,32}")


class Refusal(Enum):
    """Why a request is not a webhook of ours, as an HTTP status."""

    FORGED = 403
    TOO_LARGE = 413
    NOT_A_FORM = 415


class Door:
    """Lets the carrier's webhooks in and nobody else's.

    `public_url` is the address as the carrier knows it: the URL that is verified is built from it and
    from the request's path, never from a header. Any of `tokens` may have signed.
    """

    def __init__(self, public_url: str, account_sid: str, tokens: tuple[str, ...]) -> None:
        self._account = account_sid
        # Each has taken in its origin already. `hmac.digest` would hand the interpreter to another thread
        # at every signature, which cost a sixth of a request's processor time with four threads a worker.
        self._signers = tuple(
            hmac(token.encode(), origin.encode(), "sha1")
            for origin in _with_and_without_port(public_url)
            for token in tokens
        )

    def read(self, path: str, body: bytes, content_type: str, signature: str) -> Mapping[str, str] | Refusal:
        """The fields of a form that the carrier signed, or why it is refused.

        `path` is the path with its query as it was requested. A signature covers names and values without
        separators, and repeated names not at all, so what follows from the carrier's fields is checked
        too: no name twice, our own account, ids and digits in their shape.
        """
        if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
            return Refusal.NOT_A_FORM
        if len(body) > LARGEST_BODY:
            return Refusal.TOO_LARGE
        try:
            fields = _read_form(body.decode("ascii"))
        except ValueError:
            return Refusal.FORGED
        if not (self._is_signed(path, fields, signature) and self._is_ours(fields)):
            return Refusal.FORGED
        return MappingProxyType(fields)

    def _is_signed(self, path: str, fields: Mapping[str, str], signature: str) -> bool:
        pairs = "".join([name + value for name, value in sorted(fields.items())])
        signed = (path + pairs).encode("utf-8", "replace")
        given = signature.encode("utf-8", "replace")
        for started in self._signers:
            signer = started.copy()
            signer.update(signed)
            if compare_digest(b64encode(signer.digest()), given):
                return True
        return False

    def _is_ours(self, fields: Mapping[str, str]) -> bool:
        call, message = fields.get("CallSid"), fields.get("MessageSid")
        return (
            fields.get("AccountSid") == self._account
            and (call is not None or message is not None)
            and (call is None or _CALL.fullmatch(call) is not None)
            and (message is None or _MESSAGE.fullmatch(message) is not None)
            and _DIGITS.fullmatch(fields.get("Digits", "")) is not None
        )


def _read_form(form: str) -> dict[str, str]:
    """Read a form in ASCII as `parse_qsl` does, in a third of its time: few fields are quoted.

    Raises ValueError for too many fields, a name that comes twice, or what is not UTF-8.
    """
    pieces = list(filter(None, form.replace("+", " ").split("&")))
    if len(pieces) > MOST_FIELDS:
        raise ValueError("too many fields")
    fields = {}
    for piece in pieces:
        name, _, value = piece.partition("=")
        if "%" in piece:
            name, value = _unquote(name), _unquote(value)
        fields[name] = value
    if len(fields) != len(pieces):
        raise ValueError("a name comes twice")
    return fields


def _unquote(text: str) -> str:
    return unquote_to_bytes(text).decode() if "%" in text else text


def _with_and_without_port(public_url: str) -> tuple[str, str]:
    """Both ways of writing an origin: carriers differ in whether they sign the port."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    bare = f"{parts.scheme}://{host}"
    if parts.port is not None:
        return public_url, bare
    return public_url, f"{bare}:{443 if parts.scheme == 'https' else 80}"
