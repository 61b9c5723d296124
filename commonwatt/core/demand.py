"""Peak demand: the most a home drew at once, and what it leaves of its subscription."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.core.energy import bucket_energy, power_spans
from commonwatt.core.series import PowerSeries
from commonwatt.errors import SeriesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOWS_S = (60.0, 600.0, 1800.0)
"""Lengths of the means whose highest is sought: 1, 10 and 30 minutes. [s]"""

NOMINAL_V = 230.0
"""What a clamp that knows no voltage multiplies current with. [V]"""

_MINUTE_S = 60.0
_SLACK_S = 1e-3


class ApparentMethod(StrEnum):
    """What apparent power was made of."""

    MEASURED = "measured"
    """The meter measured it, or it was made of measured powers, or of measured V and A."""
    NOMINAL_VOLTAGE = "nominal_voltage"
    """Current times 230 V, off by as much as the voltage is; no real power is in it."""


@dataclass(frozen=True, slots=True, eq=False)
class ApparentSeries:
    """Mean apparent power over stretches that follow one another, with or without holes.

    Parameters
    ----------
    start_s, end_s : (n,) float64
        Each stretch, seconds since 1970-01-01T00:00Z. [s]
    apparent_va : (n,) float64
        Mean apparent power over the stretch, 0 or more; NaN where unknown. [VA]
    method : ApparentMethod
        What it was made of.

    Raises
    ------
    SeriesError
        If the columns form no stretches (see `PowerSeries`), or an apparent power is negative or
        infinite.
    """

    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    apparent_va: NDArray[np.float64]
    method: ApparentMethod

    def __post_init__(self) -> None:
        PowerSeries(self.start_s, self.end_s, self.apparent_va)
        if (self.apparent_va < 0).any():
            lowest_va = float(np.nanmin(self.apparent_va))
            raise SeriesError(f"apparent_va holds {lowest_va:g}; 0 or more was expected")

    @classmethod
    def of_powers(cls, power: PowerSeries, reactive_var: NDArray[np.float64]) -> ApparentSeries:
        """Make apparent power of real and reactive power.

        Parameters
        ----------
        power : PowerSeries
            Real power. [W]
        reactive_var : (n,) float64
            Mean reactive power over the same stretches; NaN where unknown. [var]

        Returns
        -------
        ApparentSeries
            sqrt(P^2 + Q^2), measured. [VA]

        Raises
        ------
        SeriesError
            If the columns differ in length.
        """
        if len(power) != len(reactive_var):
            raise SeriesError(f"{len(power)} real powers and {len(reactive_var)} reactive ones")
        apparent_va = np.hypot(power.power_w, reactive_var)
        return cls(power.start_s, power.end_s, apparent_va, ApparentMethod.MEASURED)

    @classmethod
    def of_current(
        cls,
        start_s: NDArray[np.float64],
        end_s: NDArray[np.float64],
        current_a: NDArray[np.float64],
        voltage_v: NDArray[np.float64] | None = None,
    ) -> ApparentSeries:
        """Make apparent power of current, and of voltage if it was measured.

        Parameters
        ----------
        start_s, end_s : (n,) float64
            Each stretch. [s]
        current_a : (n,) float64
            Effective current over the stretch; NaN where unknown. [A]
        voltage_v : (n,) float64, optional
            Effective voltage over the stretch; left out if the meter knows none. [V]

        Returns
        -------
        ApparentSeries
            V * I, measured; or 230 V * I, which is marked `NOMINAL_VOLTAGE`. [VA]

        Raises
        ------
        SeriesError
            If the columns differ in length, or a current is negative or infinite.
        """
        if voltage_v is None:
            return cls(start_s, end_s, NOMINAL_V * current_a, ApparentMethod.NOMINAL_VOLTAGE)
        if len(voltage_v) != len(current_a):
            raise SeriesError(f"{len(voltage_v)} voltages and {len(current_a)} currents")
        return cls(start_s, end_s, voltage_v * current_a, ApparentMethod.MEASURED)


@dataclass(frozen=True, slots=True)
class PowerPeak:
    """The highest mean of real power over one length of window.

    Parameters
    ----------
    window_s : float
        Length of the window. [s]
    power_w : float
        The highest mean; NaN where no window was measured in full. [W]
    start_s : float
        When the window began; NaN as above. [s]
    """

    window_s: float
    power_w: float
    start_s: float


@dataclass(frozen=True, slots=True)
class ApparentPeak:
    """The highest mean of apparent power over one length of window.

    Parameters
    ----------
    window_s : float
        Length of the window. [s]
    apparent_va : float
        The highest mean; NaN where no window was measured in full. [VA]
    start_s : float
        When the window began; NaN as above. [s]
    margin : float
        Share of the subscription left, 1 - apparent_va / subscribed_va: 0.1 is 10 %, below 0 it was
        passed; NaN as above.
    """

    window_s: float
    apparent_va: float
    start_s: float
    margin: float


@dataclass(frozen=True, slots=True)
class Demand:
    """How near a home came to what it subscribed.

    Parameters
    ----------
    subscribed_va : float
        The subscription. [VA]
    method : ApparentMethod
        What apparent power was made of.
    peaks : tuple of ApparentPeak
        The highest means over 1, 10 and 30 minutes, and the margins they leave.
    minutes_known : int
        How many minutes were measured in full.
    minutes_above : int
        How many of them had a mean above the subscription.
    """

    subscribed_va: float
    method: ApparentMethod
    peaks: tuple[ApparentPeak, ...]
    minutes_known: int
    minutes_above: int


def find_peaks(
    power: PowerSeries, windows_s: tuple[float, ...] = WINDOWS_S
) -> tuple[PowerPeak, ...]:
    """Find the highest means of real power over windows of the clock.

    Parameters
    ----------
    power : PowerSeries
        Mean power; a window in which any of it is unknown is left out. [W]
    windows_s : tuple of float
        Lengths of the windows. [s]

    Returns
    -------
    tuple of PowerPeak
        One for each length, the first of several that are equal. Windows begin at the multiples of
        their length since 1970-01-01T00:00Z. A stretch longer than a window says nothing about
        its mean: half-hourly data have no peak over a minute.

    Raises
    ------
    SeriesError
        If a window is not longer than 0.
    """
    return tuple(PowerPeak(window_s, *_highest(power, window_s)) for window_s in windows_s)


def find_demand(apparent: ApparentSeries, subscribed_va: float) -> Demand:
    """Compare a home's apparent power with its subscription.

    Parameters
    ----------
    apparent : ApparentSeries
        Mean apparent power. [VA]
    subscribed_va : float
        The subscription, more than 0; 6 kVA is 6000. [VA]

    Returns
    -------
    Demand
        The highest means, the margins they leave, and the minutes above.

    Raises
    ------
    SeriesError
        If the subscription is not positive.

    Notes
    -----
    A subscription is counted in kVA, so that real power would flatter: at a power factor of 0.9,
    6 kVA are passed at 5.4 kW. The mean of apparent power over a window stands for it, as in a
    meter that logs apparent power.
    """
    if not 0 < subscribed_va < np.inf:
        raise SeriesError(f"a subscription above 0 VA was expected, not {subscribed_va:g}")
    plain = PowerSeries(apparent.start_s, apparent.end_s, apparent.apparent_va)
    _, minute_means_va = _means(plain, _MINUTE_S)
    peaks = []
    for window_s in WINDOWS_S:
        highest_va, start_s = _highest(plain, window_s)
        peaks.append(ApparentPeak(window_s, highest_va, start_s, 1 - highest_va / subscribed_va))
    return Demand(
        subscribed_va=subscribed_va,
        method=apparent.method,
        peaks=tuple(peaks),
        minutes_known=len(minute_means_va),
        minutes_above=int((minute_means_va > subscribed_va).sum()),
    )


def _highest(power: PowerSeries, window_s: float) -> tuple[float, float]:
    """Return the highest mean and when its window began."""
    start_s, means = _means(power, window_s)
    if not len(means):
        return np.nan, np.nan
    best = int(np.argmax(means))
    return float(means[best]), float(start_s[best])


def _means(power: PowerSeries, window_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Begin and mean of every window of the clock that was measured in full."""
    if not window_s > 0:
        raise SeriesError(f"a window above 0 s was expected, not {window_s:g}")
    fine = power.end_s - power.start_s <= window_s + _SLACK_S
    spans = power_spans(PowerSeries(power.start_s[fine], power.end_s[fine], power.power_w[fine]))
    if not len(spans):
        return np.empty(0), np.empty(0)
    first, last = spans.start_s[0] // window_s, -(-spans.end_s[-1] // window_s)
    edges_s = np.arange(first, last + 1) * window_s
    energy = bucket_energy(spans, edges_s)
    full = energy.covered_s >= window_s - _SLACK_S
    return edges_s[:-1][full], energy.energy_wh[full] * 3600 / energy.covered_s[full]
