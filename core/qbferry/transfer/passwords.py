"""Passwords: argon2, and the same effort for a user that does not exist."""

from __future__ import annotations

from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

__all__ = ["Passwords"]


class Passwords:
    """Hashes and verifies."""

    def __init__(self) -> None:
        # OWASP's parameters for argon2id: 19 MiB a sign-in, where the library's own take 64.
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """What is stored."""
        return self._hasher.hash(password)

    def verify(self, stored: str | None, password: str) -> bool:
        """Compare; ``None``, a user nobody has, takes as long as a wrong password."""
        try:
            self._hasher.verify(stored or self._nobody, password)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False
        return stored is not None
