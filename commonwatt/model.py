"""The nouns of the house: frozen records with units in their names."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from commonwatt.errors import PeriodError

if TYPE_CHECKING:
    from collections.abc import Mapping


HALF_HOUR_S = 1800
FIRST_YEAR, LAST_YEAR = 1970, 2200
ZONE = "Europe/Paris"
SMALLEST_GROUP = 11
"""A figure about a group is told only when at least this many homes are in it."""

NO_LOG = -1
"""`Reading.log` of a meter that keeps no log; such readings are known by their time alone."""


def whole_half_hour(at_utc: datetime) -> datetime:
    """The half-hour that an instant lies in, by its start: moves are counted in whole ones."""
    return datetime.fromtimestamp(at_utc.timestamp() // HALF_HOUR_S * HALF_HOUR_S, UTC)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one meter said about one stretch of time, in stated units.

    `end_s` is in seconds since 1970-01-01T00:00Z and closes the stretch of `duration_s`; it is
    None when the meter had no clock, and `up_s`, seconds since the meter's boot, dates it later.
    `register_wh` is cumulative; `power_w` is the mean real power over the stretch.
    """

    end_s: int | None
    duration_s: int
    log: int
    n: int
    boot: int
    up_s: int | None = None
    register_wh: float | None = None
    power_w: float | None = None
    apparent_va: float | None = None
    flags: int = 0


class Severity(StrEnum):
    """How much a finding matters to the person who reads it."""

    INFO = "info"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something noticed, as data: the words for it live in the catalogues."""

    code: str
    severity: Severity
    where: str
    facts: Mapping[str, float | int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Period:
    """The instants from `start_utc` up to, not including, `end_utc`; both carry a time zone."""

    start_utc: datetime
    end_utc: datetime

    def __post_init__(self) -> None:
        if self.start_utc.tzinfo is None or self.end_utc.tzinfo is None:
            raise PeriodError(
                "a period needs instants with a time zone, such as 2026-01-31T00:00+01:00"
            )
        if self.start_utc.year < FIRST_YEAR or self.end_utc.year > LAST_YEAR:
            raise PeriodError(f"a period lies between the years {FIRST_YEAR} and {LAST_YEAR}")
        if self.end_utc <= self.start_utc:
            raise PeriodError(f"the period ends at {self.end_utc.isoformat()}, not after its start")

    @property
    def start_s(self) -> float:
        return self.start_utc.timestamp()

    @property
    def end_s(self) -> float:
        return self.end_utc.timestamp()

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s
