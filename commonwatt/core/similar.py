"""Where a home stands among homes that resemble it, if they are enough to hide in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.errors import SeriesError
from commonwatt.model import SMALLEST_GROUP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

BEST_SHARE = 0.2

SURFACE_BANDS_M2 = (30.0, 45.0, 60.0, 80.0, 100.0)
"""Where one band of surfaces ends and the next begins. [m2]"""

MOST_PEOPLE = 5
"""Five people and more are one stratum."""


class EnergySource(StrEnum):
    """What heats a home or its water."""

    ELECTRICITY = "electricity"
    GAS = "gas"
    COLLECTIVE = "collective"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Stratum:
    """What homes have to share to be compared.

    Parameters
    ----------
    heating, hot_water : EnergySource
        What heats the home, and its water.
    surface_band : int
        Index of the band of `SURFACE_BANDS_M2`: 0 below 30 m2, 5 from 100 m2 on.
    people : int
        People in the home, 1 to 5; 5 stands for five and more.

    Raises
    ------
    SeriesError
        If the band or the number of people is none of these.
    """

    heating: EnergySource
    hot_water: EnergySource
    surface_band: int
    people: int

    def __post_init__(self) -> None:
        if not 0 <= self.surface_band <= len(SURFACE_BANDS_M2):
            raise SeriesError(
                f"a band from 0 to {len(SURFACE_BANDS_M2)} was expected, not {self.surface_band}"
            )
        if not 1 <= self.people <= MOST_PEOPLE:
            raise SeriesError(f"1 to {MOST_PEOPLE} people were expected, not {self.people}")

    @classmethod
    def of(
        cls, heating: EnergySource, hot_water: EnergySource, surface_m2: float, people: int
    ) -> Stratum:
        """Put a home in its stratum.

        Parameters
        ----------
        heating, hot_water : EnergySource
            What heats the home, and its water.
        surface_m2 : float
            Its living surface, more than 0. [m2]
        people : int
            How many live there, 1 or more.

        Returns
        -------
        Stratum
            A surface on the border of two bands belongs to the larger one.

        Raises
        ------
        SeriesError
            If the surface is not positive, or nobody lives there.
        """
        if not 0 < surface_m2 < math.inf:
            raise SeriesError(f"a surface above 0 m2 was expected, not {surface_m2:g}")
        band = int(np.searchsorted(SURFACE_BANDS_M2, surface_m2, side="right"))
        return cls(heating, hot_water, band, min(people, MOST_PEOPLE))


@dataclass(frozen=True, slots=True)
class SimilarHomes:
    """A home's place among the homes of its stratum, itself among them.

    Parameters
    ----------
    percentile : float
        Share of the homes that use less, those that use the same counted by half, 0 to 100.
    median_kwh : float
        What the home in the middle uses. [kWh]
    best_kwh : float
        What a fifth of the homes stay at or below. [kWh]
    homes : int
        How many homes were compared, this one among them; at least `SMALLEST_GROUP`.
    stratum : Stratum
        What they share.
    """

    percentile: float
    median_kwh: float
    best_kwh: float
    homes: int
    stratum: Stratum


def compare_home(
    home: int, energy_kwh: NDArray[np.float64], strata: Sequence[Stratum]
) -> SimilarHomes | None:
    """Find a home's place among those that resemble it.

    Parameters
    ----------
    home : int
        Its index.
    energy_kwh : (n,) float64
        What each home used over one period that is the same for all; NaN where that is not known
        well enough, and the home is left out. [kWh]
    strata : sequence of Stratum
        The stratum of each home.

    Returns
    -------
    SimilarHomes or None
        None if fewer than `SMALLEST_GROUP` homes of the stratum are known, this one among them, or
        if the home itself is not.

    Raises
    ------
    SeriesError
        If the columns differ in length, an energy is infinite, or there is no such home.

    Notes
    -----
    percentile = 100 * (homes below + homes equal / 2) / homes. `median_kwh` and `best_kwh` are the
    quantiles 0.5 and 0.2, interpolated linearly.
    """
    if len(energy_kwh) != len(strata):
        raise SeriesError(f"{len(energy_kwh)} energies were given, and {len(strata)} strata")
    if not 0 <= home < len(strata):
        raise SeriesError(f"a home from 0 to {len(strata) - 1} was expected, not {home}")
    if np.isinf(energy_kwh).any():
        raise SeriesError("energy_kwh holds an infinite value; finite or NaN was expected")
    alike = np.array([stratum == strata[home] for stratum in strata])
    group_kwh = energy_kwh[alike & np.isfinite(energy_kwh)]
    own_kwh = energy_kwh[home]
    if not np.isfinite(own_kwh) or len(group_kwh) < SMALLEST_GROUP:
        return None
    below, equal = (group_kwh < own_kwh).sum(), (group_kwh == own_kwh).sum()
    best_kwh, median_kwh = np.quantile(group_kwh, [BEST_SHARE, 0.5])
    return SimilarHomes(
        percentile=float(100 * (below + equal / 2) / len(group_kwh)),
        median_kwh=float(median_kwh),
        best_kwh=float(best_kwh),
        homes=len(group_kwh),
        stratum=strata[home],
    )
