"""What one household used: the report behind its page and its API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.model import Finding, Period


@dataclass(frozen=True, slots=True)
class EnergyFigure:
    """The energy of a period and how it is known; `kwh` is None where nothing is known.

    `register_kwh + power_kwh + estimated_kwh == kwh`: read off the meter's register, integrated
    from power, or read off the register across a gap (the amount is exact, its timing is not).
    `coverage` is the share of the period during which something was measured.
    """

    period: Period
    kwh: float | None
    register_kwh: float
    power_kwh: float
    estimated_kwh: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without readings; `energy_known` when the register bridges it."""

    start_utc: datetime
    end_utc: datetime
    energy_known: bool

    @property
    def minutes(self) -> float:
        return (self.end_utc - self.start_utc).total_seconds() / 60


@dataclass(frozen=True, slots=True)
class EnergyReport:
    """One period, its bars (half-hours, local days or local months) and its gaps."""

    total: EnergyFigure
    bars: tuple[EnergyFigure, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class LivePower:
    """The last power the household's meter told."""

    power_w: float
    at_utc: datetime


@dataclass(frozen=True, slots=True)
class HouseholdReport:
    """The first view: now, today in half-hours, this week and this month in days."""

    dwelling_label: str
    building_name: str
    now_utc: datetime
    zone: str
    live: LivePower | None
    today: EnergyReport
    week: EnergyReport
    month: EnergyReport
    findings: tuple[Finding, ...]
