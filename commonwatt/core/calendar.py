"""Where half-hours, local days and local months begin, as instants."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from commonwatt.errors import PeriodError
from commonwatt.model import HALF_HOUR_S

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


def local_day_edges_s(first_day: date, days: int, zone: str) -> NDArray[np.float64]:
    """Return the midnights that begin and end local days.

    Parameters
    ----------
    first_day : date
        The first local day.
    days : int
        How many days; 1 or more.
    zone : str
        Name of the time zone, such as "Europe/Paris".

    Returns
    -------
    (days + 1,) float64
        Local midnights, seconds since 1970-01-01T00:00Z; 23, 24 or 25 hours apart where clocks
        change by one hour. [s]

    Raises
    ------
    PeriodError
        If there is no day.
    """
    _check_count(days, "day")
    return _midnights_s((first_day + timedelta(days=day) for day in range(days + 1)), zone)


def local_month_edges_s(first_month: date, months: int, zone: str) -> NDArray[np.float64]:
    """Return the midnights that begin and end local calendar months.

    Parameters
    ----------
    first_month : date
        Any day of the first month.
    months : int
        How many months; 1 or more.
    zone : str
        Name of the time zone, such as "Europe/Paris".

    Returns
    -------
    (months + 1,) float64
        Local midnights of first days of months, seconds since 1970-01-01T00:00Z. [s]

    Raises
    ------
    PeriodError
        If there is no month.
    """
    _check_count(months, "month")
    first = first_month.year * 12 + first_month.month - 1
    numbers = range(first, first + months + 1)
    return _midnights_s((date(number // 12, number % 12 + 1, 1) for number in numbers), zone)


def half_hour_edges_s(start_s: float, end_s: float) -> NDArray[np.float64]:
    """Return the edges of the half-hours that cover a stretch.

    Parameters
    ----------
    start_s, end_s : float
        The stretch, seconds since 1970-01-01T00:00Z. [s]

    Returns
    -------
    (m + 1,) float64
        Multiples of 1800 s, from the last one at or before the start to the first one at or after
        the end; an empty stretch is covered by the half-hour that holds it. [s]

    Raises
    ------
    PeriodError
        If the stretch ends before it begins, or is not finite.

    Notes
    -----
    These are half-hours of local time too wherever the local clock differs from UTC by a multiple
    of 30 minutes, on the days of clock changes as well.
    """
    if not (math.isfinite(start_s) and math.isfinite(end_s)) or end_s < start_s:
        raise PeriodError(f"a stretch was expected, not {start_s} s to {end_s} s")
    first = math.floor(start_s / HALF_HOUR_S)
    last = max(math.ceil(end_s / HALF_HOUR_S), first + 1)
    return np.arange(first, last + 1, dtype=np.float64) * HALF_HOUR_S


def _midnights_s(days: Iterable[date], zone: str) -> NDArray[np.float64]:
    clock = ZoneInfo(zone)
    midnights = (datetime(day.year, day.month, day.day, tzinfo=clock) for day in days)
    return np.array([midnight.timestamp() for midnight in midnights])


def _check_count(count: int, noun: str) -> None:
    if count < 1:
        raise PeriodError(f"at least one {noun} was expected, not {count}")
