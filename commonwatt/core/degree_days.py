"""Degree days to base 18: how cold it was, by the two methods in use in France."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.errors import SeriesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

BASE_C = 18.0
"""The base of the French unified degree days, "DJU". [degrees Celsius]"""

_SEASON_START = (10, 1)
_SEASON_END = (5, 20)


class Method(StrEnum):
    """How a day's degree days follow from its extremes; the two give different sums."""

    METEO = "meteo"
    """From the middle of the extremes."""
    PRO = "pro"
    """The heating trade's, which gives a cold night of a mild day its share."""


@dataclass(frozen=True, slots=True)
class SeasonDegreeDays:
    """One heating season of a place, 1 October to 20 May.

    Parameters
    ----------
    first_year : int
        The year of its 1 October.
    method : Method
        How the days were computed.
    base_c : float
        The base. [degrees Celsius]
    degree_days : float
        Sum over the days that are known; not scaled up to the others. [K.day]
    days_known, season_days : int
        How many of its days are known, and how many it has: 232, or 233 with a 29 February. [day]
    """

    first_year: int
    method: Method
    base_c: float
    degree_days: float
    days_known: int
    season_days: int

    @property
    def coverage(self) -> float:
        """Share of the season's days that is known, 0 to 1."""
        return self.days_known / self.season_days


def degree_days(
    low_c: NDArray[np.float64],
    high_c: NDArray[np.float64],
    method: Method = Method.METEO,
    base_c: float = BASE_C,
) -> NDArray[np.float64]:
    """Compute the degree days of days from their lowest and highest temperature.

    Parameters
    ----------
    low_c, high_c : (n,) float64
        Lowest and highest outdoor temperature of each day; NaN where unknown. [degrees Celsius]
    method : Method
        Which of the two methods.
    base_c : float
        The base. [degrees Celsius]

    Returns
    -------
    (n,) float64
        Degree days of each day, 0 or more; NaN where an extreme is unknown. [K.day]

    Raises
    ------
    SeriesError
        If the columns differ in length, or a day's low is above its high.

    Notes
    -----
    With B the base, N the low and X the high:

    - meteo: max(0, B - (N + X) / 2);
    - pro, of COSTIC: 0 if N >= B; B - (N + X) / 2 if X <= B; else
      (B - N) * (0.08 + 0.42 * (B - N) / (X - N)).

    Both agree on days that stay below the base, and on days that stay above it. The meteorological
    method is that of the unified degree days of Meteo-France; the other one is recommended by the
    French guide to public heating contracts (2007). Degree days belong in a landlord's table of
    seasons; savings are computed with balance points of each home's own.
    """
    if len(low_c) != len(high_c):
        raise SeriesError(f"{len(low_c)} lows were given, and {len(high_c)} highs")
    if (low_c > high_c).any():
        day = int(np.argmax(low_c > high_c))
        raise SeriesError(f"row {day}: a low of {low_c[day]:g} C above a high of {high_c[day]:g} C")
    middle = np.maximum(0.0, base_c - (low_c + high_c) / 2)
    if method is Method.METEO:
        return middle
    below, across = base_c - low_c, (low_c < base_c) & (high_c > base_c)
    range_c = np.where(across, high_c - low_c, 1.0)
    return np.where(across, below * (0.08 + 0.42 * below / range_c), middle)


def in_heating_season(day: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which days lie between 1 October and 20 May, both included.

    Parameters
    ----------
    day : (n,) int64
        Local days, counted from 1970-01-01.

    Returns
    -------
    (n,) bool
        Whether each day is one of the season. Source: the period of 232 days that French tables of
        degree days are summed over.
    """
    _, of_year = _calendar(day)
    return (of_year >= _SEASON_START[0] * 100 + _SEASON_START[1]) | (
        of_year <= _SEASON_END[0] * 100 + _SEASON_END[1]
    )


def season_table(
    day: NDArray[np.int64],
    low_c: NDArray[np.float64],
    high_c: NDArray[np.float64],
    method: Method = Method.METEO,
    base_c: float = BASE_C,
) -> tuple[SeasonDegreeDays, ...]:
    """Sum degree days over heating seasons, for a landlord's table.

    Parameters
    ----------
    day : (n,) int64
        Local days, counted from 1970-01-01; each at most once.
    low_c, high_c : (n,) float64
        Extremes of each day; NaN where unknown. [degrees Celsius]
    method : Method
        Which of the two methods.
    base_c : float
        The base. [degrees Celsius]

    Returns
    -------
    tuple of SeasonDegreeDays
        One for each season of which a day is known, in order; days out of season count for none.

    Raises
    ------
    SeriesError
        As for `degree_days`; or if the columns differ in length or a day comes twice.
    """
    if len(day) != len(low_c):
        raise SeriesError(f"{len(day)} days were given, and {len(low_c)} lows")
    if len(np.unique(day)) != len(day):
        raise SeriesError("a day comes twice")
    each = degree_days(low_c, high_c, method, base_c)
    year, of_year = _calendar(day)
    first_year = np.where(of_year >= _SEASON_START[0] * 100, year, year - 1)
    known = in_heating_season(day) & np.isfinite(each)
    seasons = []
    for begin in np.unique(first_year[known]):
        chosen = known & (first_year == begin)
        total, count = float(each[chosen].sum()), int(chosen.sum())
        days = _season_days(int(begin))
        seasons.append(SeasonDegreeDays(int(begin), method, base_c, total, count, days))
    return tuple(seasons)


def _season_days(first_year: int) -> int:
    start = np.datetime64(f"{first_year}-{_SEASON_START[0]:02d}-{_SEASON_START[1]:02d}")
    end = np.datetime64(f"{first_year + 1}-{_SEASON_END[0]:02d}-{_SEASON_END[1]:02d}")
    return int((end - start).astype(int)) + 1


def _calendar(day: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Year of each day, and month * 100 + day of the month."""
    date = day.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    year = date.astype("datetime64[Y]").astype(np.int64) + 1970
    of_year = (month.astype(np.int64) % 12 + 1) * 100 + (date - month).astype(np.int64) + 1
    return year, of_year
