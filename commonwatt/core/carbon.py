"""Greenhouse gases of the electricity that was used, with a factor that says where it is from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.errors import CatalogueError, SeriesError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

CONSUMPTION_MIX = "average_consumption_mix"
"""What a kWh at the plug stands for over a year: the only scope a greenhouse gas balance may use."""

PRODUCTION_INTENSITY = "production_intensity"
"""What a kWh leaving the power stations stands for: says when, never how much was emitted."""

SCOPES = (CONSUMPTION_MIX, PRODUCTION_INTENSITY)

HIGHEST_KG_PER_KWH = 2.0
"""No grid emits as much as this; a larger figure is one in grams."""


@dataclass(frozen=True, slots=True)
class EmissionFactor:
    """What one kilowatt-hour of one year stands for.

    Parameters
    ----------
    version : str
        Name of the set of factors it belongs to.
    year : int
        The calendar year of the electricity.
    scope : str
        `CONSUMPTION_MIX` or `PRODUCTION_INTENSITY`.
    kg_per_kwh : float
        Greenhouse gases as carbon dioxide, more than 0. [kg CO2e / kWh]
    source : str
        Where the figure is published.

    Raises
    ------
    CatalogueError
        If the version or the source is empty, the year or the figure is implausible, or the scope
        is none of the two.
    """

    version: str
    year: int
    scope: str
    kg_per_kwh: float
    source: str

    def __post_init__(self) -> None:
        if not self.version or not self.source:
            raise CatalogueError("an emission factor needs the name of its set and its source")
        if not 1990 <= self.year <= 2200:
            raise CatalogueError(f"a year from 1990 to 2200 was expected, not {self.year}")
        if self.scope not in SCOPES:
            raise CatalogueError(f"a scope of {SCOPES} was expected, not {self.scope!r}")
        if not 0 < self.kg_per_kwh <= HIGHEST_KG_PER_KWH:
            raise CatalogueError(
                f"more than 0 and at most {HIGHEST_KG_PER_KWH:g} kg/kWh was expected, "
                f"not {self.kg_per_kwh:g}"
            )


@dataclass(frozen=True, slots=True)
class Emissions:
    """Greenhouse gases of an energy, and what they were computed with.

    Parameters
    ----------
    co2e_kg : float
        Greenhouse gases as carbon dioxide; NaN where no energy is known. [kg CO2e]
    energy_wh : float
        The energy they belong to: what is known, not scaled up. [Wh]
    factors : tuple of EmissionFactor
        One for each year of the energy, in order; a year may borrow an earlier one's.
    borrowed_years : tuple of int
        The years without a factor of their own, for which the last one before was taken.
    """

    co2e_kg: float
    energy_wh: float
    factors: tuple[EmissionFactor, ...]
    borrowed_years: tuple[int, ...]


def choose_factor(factors: Iterable[EmissionFactor], year: int, scope: str) -> EmissionFactor:
    """Find the factor of a year, or the last one before it.

    Parameters
    ----------
    factors : iterable of EmissionFactor
        Factors of one set or more; of two that fit equally the later one in order is taken.
    year : int
        The calendar year of the electricity.
    scope : str
        `CONSUMPTION_MIX` or `PRODUCTION_INTENSITY`; factors of another scope are never taken.

    Returns
    -------
    EmissionFactor
        Its `year` says whether it is the year's own. A year is published after it ends, so the
        present year always borrows.

    Raises
    ------
    CatalogueError
        If there is none of that scope up to that year.
    """
    fitting = [factor for factor in factors if factor.scope == scope and factor.year <= year]
    if not fitting:
        raise CatalogueError(f"no emission factor of scope {scope!r} for {year} or a year before")
    return max(enumerate(fitting), key=lambda item: (item[1].year, item[0]))[1]


def emissions(
    year: NDArray[np.int64],
    energy_wh: NDArray[np.float64],
    factors: Iterable[EmissionFactor],
    scope: str = CONSUMPTION_MIX,
) -> Emissions:
    """Compute the greenhouse gases of energy used in one year or more.

    Parameters
    ----------
    year : (n,) int64
        Calendar year of each bucket of energy.
    energy_wh : (n,) float64
        Energy known of each bucket; NaN where nothing is known. [Wh]
    factors : iterable of EmissionFactor
        Factors to choose from.
    scope : str
        `CONSUMPTION_MIX` or `PRODUCTION_INTENSITY`.

    Returns
    -------
    Emissions
        Sum over the buckets of energy / 1000 * factor of the year.

    Raises
    ------
    SeriesError
        If the columns differ in length.
    CatalogueError
        If a year has no factor of the scope, and none before it.

    Notes
    -----
    The annual average consumption mix is what ADEME asks of a greenhouse gas balance (Base
    Carbone); the factors by use (heating, lighting) ended with those of 2023. The intensity of
    production by the hour (RTE, eco2mix) leaves out imports, upstream and losses: the two scopes
    are never added up.
    """
    if len(year) != len(energy_wh):
        raise SeriesError(f"{len(year)} years were given, and {len(energy_wh)} energies")
    choices, known = tuple(factors), np.isfinite(energy_wh)
    total_kg, used, borrowed = 0.0, [], []
    for each in np.unique(year[known]):
        factor = choose_factor(choices, int(each), scope)
        total_kg += float(energy_wh[known & (year == each)].sum()) / 1000 * factor.kg_per_kwh
        used.append(factor)
        if factor.year != each:
            borrowed.append(int(each))
    if not used:
        return Emissions(math.nan, math.nan, (), ())
    return Emissions(total_kg, float(energy_wh[known].sum()), tuple(used), tuple(borrowed))
