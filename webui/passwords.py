"""Passwords as argon2id hashes. The library is loaded when the first one is checked."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LEAST_LETTERS = 10
MOST_LETTERS = 128
MEMORY_KIB, PASSES, LANES = 19 * 1024, 2, 1  # what OWASP asks of argon2id at least; 19 MiB for 40 ms


def hashed(password: str) -> str:
    """The hash to be kept, with its salt and its parameters."""
    return _hasher().hash(password)


def is_right(password: str, kept: str | None) -> bool:
    """Whether it is the password of that hash. Takes as long for a user who does not exist (None)."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(kept or _nobodys(), password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


@cache
def _nobodys() -> str:
    return _hasher().hash("")
