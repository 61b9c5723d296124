"""Which days of a home count for a baseline or a saving, and why the others do not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.errors import SeriesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonwatt.core.daily import DailySeries

    Booleans = NDArray[np.bool_]

LEAST_COVERAGE = 0.9
"""Share of a day whose energy must be known for the day to count."""

ABSENCE_DAYS = 3
"""An absence has at least so many days in a row."""

ABSENCE_FACTOR = 1.3
"""On a day of absence a home uses at most so many times its always-on load."""


class Reason(IntEnum):
    """Why a day does not count; where several hold, the first in this order is told."""

    COUNTED = 0
    OTHER_TENANT = 1
    METER_FAULT = 2
    NOT_MEASURED = 3
    NO_TEMPERATURE = 4
    ABSENCE = 5
    OUTSIDE_TEMPERATURES = 6


_REASONS = tuple(Reason)


@dataclass(frozen=True, slots=True)
class ExcludedRun:
    """Days in a row, counted from 1970-01-01, both ends included, that one reason excludes."""

    first_day: int
    last_day: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Tenancy:
    """Days, counted from 1970-01-01, of one household: from the first up to, not including, `end`.

    Raises
    ------
    SeriesError
        If it ends before it begins.
    """

    start_day: int
    end_day: int

    def __post_init__(self) -> None:
        if self.end_day <= self.start_day:
            raise SeriesError(f"a tenancy from day {self.start_day} cannot end on {self.end_day}")

    def holds(self, day: NDArray[np.int64]) -> Booleans:
        return (day >= self.start_day) & (day < self.end_day)


def judge_days(
    daily: DailySeries, *, tenancy: Tenancy, always_on_w: float, faulty: Booleans | None = None
) -> NDArray[np.int64]:
    """Say of each day whether it counts.

    Parameters
    ----------
    daily : DailySeries
        The days of a dwelling.
    tenancy : Tenancy
        The household that is asked about: days of others never count.
    always_on_w : float
        The home's always-on load; NaN where it is unknown, and then no absence is seen. [W]
    faulty : (n,) bool, optional
        Days on which the meter had a fault.

    Returns
    -------
    (n,) int64
        `Reason` of each day. `COUNTED` needs a finite energy, a coverage of 0.9, a temperature,
        and no absence: three days in a row or more, each at most 1.3 times 24 h of the always-on
        load. A true 0 of a home that is covered counts like any other energy.

    Raises
    ------
    SeriesError
        If `faulty` is of another length.
    """
    if faulty is not None and len(faulty) != len(daily):
        raise SeriesError(f"{len(daily)} days were given, and {len(faulty)} marks of faults")
    reason = np.full(len(daily), int(Reason.COUNTED), np.int64)
    if np.isfinite(always_on_w):
        reason[find_absence(daily, always_on_w)] = Reason.ABSENCE
    reason[np.isnan(daily.temperature_c)] = Reason.NO_TEMPERATURE
    measured = np.isfinite(daily.energy_wh) & (daily.coverage >= LEAST_COVERAGE)
    reason[~measured] = Reason.NOT_MEASURED
    if faulty is not None:
        reason[faulty] = Reason.METER_FAULT
    reason[~tenancy.holds(daily.day)] = Reason.OTHER_TENANT
    return reason


def find_absence(daily: DailySeries, always_on_w: float) -> Booleans:
    """Find the days on which nobody seems to be at home.

    Parameters
    ----------
    daily : DailySeries
        Days in order; a day that is missing or unknown ends an absence.
    always_on_w : float
        Always-on load; NaN if unknown. [W]

    Returns
    -------
    (n,) bool
        True on three days in a row or more of energy <= 1.3 * 24 h * always_on_w.
    """
    most_wh = ABSENCE_FACTOR * 24 * always_on_w
    measured = daily.coverage >= LEAST_COVERAGE
    quiet = measured & (daily.energy_wh <= most_wh * daily.coverage)
    opens = quiet.copy()
    opens[1:] &= ~(quiet[:-1] & (daily.day[1:] == daily.day[:-1] + 1))
    run = np.cumsum(opens)[quiet]
    lengths = np.bincount(run)
    absent = np.zeros(len(daily), bool)
    absent[quiet] = lengths[run] >= ABSENCE_DAYS
    return absent


def list_exclusions(day: NDArray[np.int64], reason: NDArray[np.int64]) -> tuple[ExcludedRun, ...]:
    """List the days that do not count as runs of one reason.

    Parameters
    ----------
    day : (n,) int64
        Days, increasing.
    reason : (n,) int64
        `Reason` of each.

    Returns
    -------
    tuple of ExcludedRun
        In order of time; days that are missing end a run.
    """
    chosen = reason != Reason.COUNTED
    day, reason = day[chosen], reason[chosen]
    if not len(day):
        return ()
    turns = np.flatnonzero((day[1:] != day[:-1] + 1) | (reason[1:] != reason[:-1])) + 1
    days, reasons = day.tolist(), reason.tolist()
    return tuple(
        ExcludedRun(days[start], days[end - 1], _REASONS[reasons[start]])
        for start, end in pairwise([0, *turns.tolist(), len(days)])
    )
