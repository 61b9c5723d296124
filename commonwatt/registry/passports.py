"""The passport of a tested meter: what it is made of, by whom, and how it did on the bench."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from commonwatt.registry.selftests import GradedTest

VERSION = 1
VERIFIED_ONLY = frozenset({"led", "tic_h", "tic_s", "sim"})
"""Heads that read the billing meter's own counts: there is nothing to set, only to verify."""


@dataclass(frozen=True, slots=True)
class Passport:
    """What is known of a meter the moment it passed."""

    serial: str
    variant: str
    parts_revision: str
    nickname: str | None
    place: str
    held_on: date
    facilitator: str
    issued_utc: datetime
    run: str
    bench: str | None
    firmware: str
    firmware_sha256: str | None
    gain: float | None
    tests: Sequence[GradedTest]


def passport_document(passport: Passport) -> dict[str, Any]:
    """The passport as JSON, in the shape of firmware_docs/protocol/passport.schema.json."""
    return {
        "passport": VERSION,
        "serial": passport.serial,
        "variant": passport.variant,
        "parts_revision": passport.parts_revision,
        "maker": passport.nickname,
        "facilitator": passport.facilitator,
        "workshop": {"place": passport.place, "date": passport.held_on.isoformat()},
        "issued_utc": f"{passport.issued_utc:%Y-%m-%dT%H:%M:%SZ}",
        "firmware": {"name": passport.firmware, "sha256": passport.firmware_sha256},
        "calibration": _calibration(passport),
        "selftest": {
            "run": passport.run,
            "bench": passport.bench,
            "tests": [{"key": test.key, "grade": test.grade.value} for test in passport.tests],
        },
    }


def _calibration(passport: Passport) -> dict[str, Any]:
    if passport.variant in VERIFIED_ONLY:
        return {"kind": "verified_only", "gain": None}
    return {"kind": "gain", "gain": passport.gain}
