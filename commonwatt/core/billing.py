"""Billing periods: months that begin on any day of the month."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.core.calendar import local_day_edges_s
from commonwatt.errors import PeriodError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def billing_start(day: date, start_day: int) -> date:
    """Return the first day of the billing month that holds a day.

    Parameters
    ----------
    day : date
        Any local day.
    start_day : int
        The day of the month on which billing months begin, 1 to 31; in a month that is shorter they
        begin on its last day. With 31: 31 January, 28 February, 31 March, 30 April.

    Returns
    -------
    date
        `day` itself or one of the 30 days before it.

    Raises
    ------
    PeriodError
        If no month has such a day.
    """
    if not 1 <= start_day <= 31:
        raise PeriodError(f"a day of the month from 1 to 31 was expected, not {start_day}")
    own = _start_in(day.year * 12 + day.month - 1, start_day)
    return own if own <= day else _start_in(day.year * 12 + day.month - 2, start_day)


def billing_days(day: date, months: int, start_day: int) -> tuple[date, ...]:
    """Return the days that begin and end billing months.

    Parameters
    ----------
    day : date
        Any local day of the first billing month.
    months : int
        How many; 1 or more.
    start_day : int
        As in `billing_start`.

    Returns
    -------
    tuple of date
        `months + 1` first days; each month goes up to, not including, the next one's.

    Raises
    ------
    PeriodError
        If there is no month, or no month has such a day.
    """
    if months < 1:
        raise PeriodError(f"at least one billing month was expected, not {months}")
    first = billing_start(day, start_day)
    number = first.year * 12 + first.month - 1
    return tuple(_start_in(number + step, start_day) for step in range(months + 1))


def billing_edges_s(day: date, months: int, start_day: int, zone: str) -> NDArray[np.float64]:
    """Return the local midnights that begin and end billing months.

    Parameters
    ----------
    day, months, start_day
        As in `billing_days`.
    zone : str
        Name of the time zone, such as "Europe/Paris".

    Returns
    -------
    (months + 1,) float64
        Seconds since 1970-01-01T00:00Z. [s]

    Raises
    ------
    PeriodError
        As in `billing_days`.
    """
    days = billing_days(day, months, start_day)
    return np.array([local_day_edges_s(each, 1, zone)[0] for each in days])


def _start_in(number: int, start_day: int) -> date:
    """The start in a month, counted from the year 0."""
    year, month = number // 12, number % 12 + 1
    last = monthrange(year, month)[1]
    return date(year, month, 1) + timedelta(days=min(start_day, last) - 1)
