"""How one meter is doing: what its maker may see, which is never consumption."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.model import Finding


@dataclass(frozen=True, slots=True)
class Refusal:
    """The last message of this meter that could not be used, and why."""

    at_utc: datetime
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class MeterProgress:
    """Whether a meter lives: state, last sign, how many readings the last day brought.

    `expected_today` is how many readings a meter of this cadence would have sent since local
    midnight; `received_today` how many it did.
    """

    serial: str
    variant: str
    state: str
    now_utc: datetime
    zone: str
    last_seen_utc: datetime | None
    received_today: int
    expected_today: int
    last_refusal: Refusal | None
    findings: tuple[Finding, ...]
