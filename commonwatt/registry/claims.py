"""Claim codes: what ties a meter to a home, once, by somebody who stands before the meter."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from commonwatt.errors import ClaimError
from commonwatt.registry.base32 import check_symbol, in_groups, random_symbols, read_symbols
from commonwatt.registry.kits import Stage
from commonwatt.registry.serials import ALPHABET

LIFETIME = timedelta(days=60)
MOST_TRIES = 5
FRESH = timedelta(minutes=10)
"""Proof of possession: the meter measured, said hello or had its button pressed since then."""

CLAIMABLE = frozenset({Stage.TESTED, Stage.CLAIMED, Stage.LIVE, Stage.SILENT})
_LOCATOR, _VERIFIER, _GROUP = 4, 16, 3


@dataclass(frozen=True, slots=True)
class ClaimCode:
    """A code: the locator finds it, the verifier of 80 random bits is the secret."""

    locator: str
    verifier: str

    def __post_init__(self) -> None:
        lengths = (len(self.locator), len(self.verifier))
        known = set(self.locator + self.verifier) <= set(ALPHABET)
        if lengths != (_LOCATOR, _VERIFIER) or not known:
            raise ClaimError("mistyped")

    def __str__(self) -> str:
        symbols = self.locator + self.verifier
        return in_groups(symbols + check_symbol(symbols), _GROUP)

    def __repr__(self) -> str:
        return f"ClaimCode({self.locator}...)"

    @property
    def verifier_hash(self) -> bytes:
        """80 random bits cannot be searched, so a plain hash keeps them."""
        return hashlib.sha256(self.verifier.encode()).digest()


@dataclass(frozen=True, slots=True)
class KeptCode:
    """What the database knows of a code, and of the meter it belongs to."""

    verifier_hash: bytes
    failed_tries: int
    expires_utc: datetime
    is_used: bool
    is_withdrawn: bool
    stage: Stage
    last_proof_utc: datetime | None


class Outcome(StrEnum):
    """What became of a typed code."""

    GRANTED = "granted"
    UNKNOWN = "unknown"
    USED = "used"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    LOCKED = "locked"
    NOT_TESTED = "not_tested"
    NO_PROOF = "no_proof"


COUNTED = frozenset({Outcome.UNKNOWN, Outcome.NO_PROOF})
"""Failures that cost one of the five tries: guesses, and codes whose meter is elsewhere."""


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """The outcome, and how many tries are left after it."""

    outcome: Outcome
    tries_left: int

    @property
    def is_counted(self) -> bool:
        return self.outcome in COUNTED


def new_code() -> ClaimCode:
    return ClaimCode(random_symbols(_LOCATOR), random_symbols(_VERIFIER))


def read_code(typed: str) -> ClaimCode:
    """The code that was typed; raise ClaimError if it can be none."""
    symbols = read_symbols(typed)
    body, check = symbols[:-1], symbols[-1:]
    code = ClaimCode(body[:_LOCATOR], body[_LOCATOR:])
    if check_symbol(body) != check:
        raise ClaimError("mistyped")
    return code


def judge_claim(code: ClaimCode, kept: KeptCode, now_utc: datetime) -> ClaimVerdict:
    """Whether this code lets its meter in.

    Somebody who does not know the whole code learns only whether it is locked.
    """
    tries_left = MOST_TRIES - kept.failed_tries
    if tries_left <= 0:
        return ClaimVerdict(Outcome.LOCKED, 0)
    if not hmac.compare_digest(code.verifier_hash, kept.verifier_hash):
        return ClaimVerdict(Outcome.UNKNOWN, tries_left - 1)
    outcome = _judge_known(kept, now_utc)
    return ClaimVerdict(outcome, tries_left - (outcome in COUNTED))


def _judge_known(kept: KeptCode, now_utc: datetime) -> Outcome:
    if kept.is_used:
        return Outcome.USED
    if kept.is_withdrawn:
        return Outcome.WITHDRAWN
    if now_utc >= kept.expires_utc:
        return Outcome.EXPIRED
    if kept.stage not in CLAIMABLE:
        return Outcome.NOT_TESTED
    if kept.last_proof_utc is None or now_utc - kept.last_proof_utc > FRESH:
        return Outcome.NO_PROOF
    return Outcome.GRANTED
