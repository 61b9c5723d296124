"""Always-on load: what a home uses when nobody asks anything of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from commonwatt.core.degree_days import in_heating_season
from commonwatt.core.energy import bucket_energy
from commonwatt.core.series import EnergySpans
from commonwatt.errors import PeriodError, SeriesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

NIGHT_H = (2, 5)
"""Local hours between which the minimum is sought: fridge and standby, seldom a person. [h]"""

WINDOW_MINUTES = 15
"""Length of the mean whose minimum is sought."""

MIN_COVERAGE = 0.9
"""Share of a night, and of a window, that has to be measured."""

LAST_NIGHTS = 28
"""How many valid nights the median is taken over."""

YEAR_NIGHTS = 365
"""How many valid nights the lowest tenth is taken from, for a home heated by electricity."""

LOWEST_SHARE = 0.1

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class NightMinima:
    """The lowest mean power of each night.

    Parameters
    ----------
    day : (n,) int64
        Local days, counted from 1970-01-01; increasing.
    minimum_w : (n,) float64
        Lowest mean over `WINDOW_MINUTES` between the hours asked; NaN where too little of them was
        measured. [W]
    coverage : (n,) float64
        Share of the hours asked that was measured, 0 to 1.

    Raises
    ------
    SeriesError
        If the columns differ in length, days do not increase, or a minimum is infinite.
    """

    day: NDArray[np.int64]
    minimum_w: NDArray[np.float64]
    coverage: NDArray[np.float64]

    def __post_init__(self) -> None:
        if not len(self.day) == len(self.minimum_w) == len(self.coverage):
            lengths = len(self.day), len(self.minimum_w), len(self.coverage)
            raise SeriesError(f"columns of one length were expected, not of lengths {lengths}")
        if (np.diff(self.day) <= 0).any():
            raise SeriesError("the days do not increase")
        if np.isinf(self.minimum_w).any():
            raise SeriesError("minimum_w holds an infinite value; finite or NaN was expected")


@dataclass(frozen=True, slots=True)
class AlwaysOn:
    """A home's always-on load, and what it was read from.

    Parameters
    ----------
    power_w : float
        The load; NaN where no night is valid. [W]
    nights : int
        How many nights the median was taken over.
    first_day, last_day : int
        The first and the last of these nights, counted from 1970-01-01; -1 where there is none.
    heated : bool
        Whether the home is heated by electricity, and the lowest tenth of the nights was taken.
    season_share : float
        Share of these nights that lie in the heating season, 1 October to 20 May; NaN without any.
    """

    power_w: float
    nights: int
    first_day: int
    last_day: int
    heated: bool
    season_share: float

    @property
    def may_hold_heating(self) -> bool:
        """The season warning: the home is heated by electricity, and some nights are of winter."""
        return self.heated and self.season_share > 0


def night_minima(
    spans: EnergySpans,
    first_day: date,
    days: int,
    zone: str,
    *,
    hours: tuple[int, int] = NIGHT_H,
) -> NightMinima:
    """Find the lowest mean power of each night.

    Parameters
    ----------
    spans : EnergySpans
        What is known of the home; energy whose timing is estimated is not measured. [Wh]
    first_day : date
        The first local day.
    days : int
        How many days; 1 or more.
    zone : str
        Name of the time zone, such as "Europe/Paris".
    hours : (int, int)
        From which local hour to which, 0 to 24. [h]

    Returns
    -------
    NightMinima
        One row for each day. A night is valid if at least `MIN_COVERAGE` of it was measured; its
        minimum is that of the means over 15 successive minutes, by the minute, of which at least
        `MIN_COVERAGE` was measured: energy measured / time measured.

    Raises
    ------
    PeriodError
        If there is no day, or the hours are not in order.

    Notes
    -----
    Where clocks change between the two hours the night is an hour shorter or longer.
    """
    if days < 1 or not 0 <= hours[0] < hours[1] <= 24:
        raise PeriodError(f"a day and two hours in order were expected, not {days} and {hours}")
    coverage, minimum_w = np.empty(days), np.full(days, np.nan)
    for night in range(days):
        edges_s = _minutes_s(first_day + timedelta(days=night), hours, zone)
        coverage[night], lowest_w = _lowest_mean(spans, edges_s)
        if coverage[night] >= MIN_COVERAGE:
            minimum_w[night] = lowest_w
    day = (first_day - _EPOCH).days + np.arange(days, dtype=np.int64)
    return NightMinima(day, minimum_w, coverage)


def always_on(minima: NightMinima, *, heated: bool = False) -> AlwaysOn:
    """Read the always-on load off the nights.

    Parameters
    ----------
    minima : NightMinima
        Nights up to the last one that counts. [W]
    heated : bool
        Whether the home is heated by electricity.

    Returns
    -------
    AlwaysOn
        The median of the last `LAST_NIGHTS` valid nights; for a home heated by electricity the
        median of the lowest tenth, rounded up to a whole night, of the last `YEAR_NIGHTS` valid
        nights: heating runs at night too, and only the mildest nights are free of it.

    Notes
    -----
    One definition, because definitions disagree: on half a year of one home (UCI, Sceaux 2007) the
    first percentile of minutes is 116 W, the fifth 196 W, and the median of the lowest minute of
    each night 214 W.
    """
    valid = np.flatnonzero(np.isfinite(minima.minimum_w))
    if heated:
        valid = valid[-YEAR_NIGHTS:]
        lowest = math.ceil(round(LOWEST_SHARE * len(valid), 9))
        order = np.argsort(minima.minimum_w[valid], kind="stable")[:lowest]
        chosen = np.sort(valid[order])
    else:
        chosen = valid[-LAST_NIGHTS:]
    if not len(chosen):
        return AlwaysOn(math.nan, 0, -1, -1, heated, math.nan)
    day = minima.day[chosen]
    return AlwaysOn(
        power_w=float(np.median(minima.minimum_w[chosen])),
        nights=len(chosen),
        first_day=int(day[0]),
        last_day=int(day[-1]),
        heated=heated,
        season_share=float(in_heating_season(day).mean()),
    )


def _minutes_s(day: date, hours: tuple[int, int], zone: str) -> NDArray[np.float64]:
    """Edges of the minutes between two local hours of a day."""
    clock = ZoneInfo(zone)
    start, end = (
        datetime(*(day + timedelta(days=hour // 24)).timetuple()[:3], hour % 24, tzinfo=clock)
        for hour in hours
    )
    return np.arange(start.timestamp(), end.timestamp() + 1, 60.0)


def _lowest_mean(spans: EnergySpans, edges_s: NDArray[np.float64]) -> tuple[float, float]:
    """Share of the minutes that was measured, and the lowest mean over a window of them."""
    first = np.searchsorted(spans.end_s, edges_s[0], side="right")
    last = np.searchsorted(spans.start_s, edges_s[-1], side="left")
    near = EnergySpans(
        spans.start_s[first:last],
        spans.end_s[first:last],
        spans.energy_wh[first:last],
        spans.source[first:last],
    )
    minutes = bucket_energy(near, edges_s)
    window = np.ones(WINDOW_MINUTES)
    covered_s = np.convolve(minutes.covered_s, window, "valid")
    energy_wh = np.convolve(minutes.register_wh + minutes.power_wh, window, "valid")
    enough = covered_s >= MIN_COVERAGE * 60 * WINDOW_MINUTES - 1e-6
    mean_w = energy_wh[enough] * 3600 / covered_s[enough]
    coverage = float(minutes.covered_s.sum() / (edges_s[-1] - edges_s[0]))
    return coverage, float(mean_w.min()) if len(mean_w) else math.nan
