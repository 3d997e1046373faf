"""The desk's one password, of which only the hash is kept."""

import threading
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 12
"""Letters that a password must have: NIST SP 800-63B asks for 15 where it is the only key, and the limit on
tries stands in for the other three."""

_LONGEST = 1000
_hasher = PasswordHasher()
# One check takes 64 MB and a processor; a burst of tries must not take them from calls.
_one_at_a_time = threading.Lock()


def hash_password(password: str) -> str:
    """The argon2id hash of `password`, as DESK_PASSWORD_HASH has it."""
    return _hasher.hash(password)


def is_password(password: str, hashed: str) -> bool:
    """Whether `hashed` was made of `password`; takes as long for a wrong one as for the right one."""
    with _one_at_a_time:
        try:
            return _hasher.verify(hashed, password[:_LONGEST])
        except (VerificationError, InvalidHashError):
            return False
