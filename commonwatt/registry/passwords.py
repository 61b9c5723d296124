"""Passwords: argon2id at one cost, and no more than two verifications at a time."""

from __future__ import annotations

import secrets
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
_AT_A_TIME = BoundedSemaphore(2)
"""So that logins cannot take every core from meters and pages."""

SHORTEST = 12
LONGEST = 200


def hash_password(password: str) -> str:
    with _AT_A_TIME:
        return _HASHER.hash(password)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password is right; an unknown login costs as much as a known one."""
    with _AT_A_TIME:
        try:
            _HASHER.verify(password_hash or _dummy_hash(), password)
        except VerifyMismatchError:
            return False
    return password_hash is not None


def make_password() -> str:
    return secrets.token_urlsafe(15)


@cache
def _dummy_hash() -> str:
    """The hash of a password that nobody knows."""
    return _HASHER.hash(make_password())
