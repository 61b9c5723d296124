"""What the rest of a month is likely to bring, from the days before it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.core.student import t_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAST_DAYS = 28
"""Four whole weeks, so that every day of the week counts alike."""

LEAST_DAYS = 7
MOST_CORRELATION = 0.9


@dataclass(frozen=True, slots=True)
class Forecast:
    """The sum of days to come, and the interval that is meant to hold it.

    Parameters
    ----------
    expected, low, high : float
        In the unit of the days it was made from.
    days : int
        How many known days it rests on.
    confidence : float
        How often such intervals are meant to hold the truth, 0 to 1.
    """

    expected: float
    low: float
    high: float
    days: int
    confidence: float


def forecast_sum(
    daily: NDArray[np.float64], ahead_days: float, confidence: float = 0.8
) -> Forecast | None:
    r"""Forecast the sum of the days to come from the last four weeks.

    Parameters
    ----------
    daily : (n,) float64
        What each day up to now brought, in order; NaN where it is not known. Any unit.
    ahead_days : float
        How many days to come; 0 or more, the rest of a day counts in part.
    confidence : float
        Strictly between 0 and 1.

    Returns
    -------
    Forecast or None
        None with fewer than `LEAST_DAYS` known days among the last `LAST_DAYS`. No bound is below 0.

    Notes
    -----
    With mean :math:`\bar y` and variance :math:`s^2` of n days whose neighbours correlate by r, and
    :math:`f = (1+r)/(1-r)`, the sum of m days is expected at :math:`m\bar y` with variance
    :math:`s^2 f (m + m^2/n)`, and n/f - 1 degrees of freedom: the days to come scatter, and so does
    the mean they are expected at. Weather that turns is not foreseen. Variance of the mean of a
    first-order autoregressive series: Wilks, Statistical Methods in the Atmospheric Sciences, 5.2.4.
    """
    last = np.asarray(daily, dtype=np.float64)[-LAST_DAYS:]
    known = last[np.isfinite(last)]
    if len(known) < LEAST_DAYS:
        return None
    mean, spread = float(known.mean()), float(known.std(ddof=1))
    inflation = _inflation(last - mean)
    expected = mean * ahead_days
    variance = inflation * (ahead_days + ahead_days**2 / len(known))
    degrees = max(len(known) / inflation - 1, 1.0)
    half = t_quantile((1 + confidence) / 2, degrees) * spread * math.sqrt(variance)
    low, high = max(expected - half, min(expected, 0.0)), expected + half
    return Forecast(expected, low, high, len(known), confidence)


def _inflation(residual: NDArray[np.float64]) -> float:
    """By how much days that resemble their neighbours count less; 1 for days that do not."""
    pairs = residual[:-1] * residual[1:]
    told = np.isfinite(pairs)
    power = float(np.nanmean(residual**2))
    if power <= 0 or not told.any():
        return 1.0
    correlation = min(max(float(pairs[told].mean()) / power, 0.0), MOST_CORRELATION)
    return (1 + correlation) / (1 - correlation)
