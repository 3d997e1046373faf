"""What stands in a callback's address for a text: its reference, signed."""

from hashlib import sha256

from itsdangerous import BadSignature, Signer


class References:
    """Signs the references of texts, so that nobody but the carrier we told can call back about one."""

    def __init__(self, secret_key: str) -> None:
        self._signer = Signer(secret_key, salt="sms-status", digest_method=sha256)

    def sign(self, reference: str) -> str:
        """`reference` and its signature, fit for a URL's query."""
        return self._signer.sign(reference).decode()

    def read(self, signed: str) -> str | None:
        """The reference, or None where we never signed it."""
        try:
            return self._signer.unsign(signed).decode()
        except BadSignature:
            return None
