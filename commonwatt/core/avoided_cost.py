"""What a saving is worth: the counterfactual curve priced, less the actual one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.core.cost import price_series
from commonwatt.errors import SeriesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonwatt.core.cost import CostReport
    from commonwatt.core.rates import Tariff
    from commonwatt.core.savings import Saving
    from commonwatt.core.series import EnergySeries

CONFIDENCE = 0.9


@dataclass(frozen=True, slots=True)
class AvoidedCost:
    """A saving in money; the subscription is no part of it, for it does not change.

    Parameters
    ----------
    saved_eur : float
        Energy cost of what would have been used, less that of what was. [EUR]
    low_eur, high_eur : float
        Its 90 % interval: that of the energy, at the mean price of what would have been
        used. [EUR]
    mean_eur_per_kwh : float
        That price; NaN where nothing would have been used. [EUR/kWh]
    price_lists : tuple of str
        Names of the price lists used.
    """

    saved_eur: float
    low_eur: float
    high_eur: float
    mean_eur_per_kwh: float
    price_lists: tuple[str, ...]


def avoided_cost(
    energy: EnergySeries,
    first_day: int,
    day_edges_s: NDArray[np.float64],
    saving: Saving,
    tariff: Tariff,
) -> AvoidedCost:
    """Price a saving by the hours at which it was made.

    Parameters
    ----------
    energy : EnergySeries
        What was used, by buckets no longer than a local day and not across two. [Wh]
    first_day : int
        The first local day of the edges, counted from 1970-01-01.
    day_edges_s : (d + 1,) float64
        Local midnights that hold the counted days of the saving. [s]
    saving : Saving
        Over days of that stretch. [Wh]
    tariff : Tariff
        Contracts, prices and colours of the stretch.

    Returns
    -------
    AvoidedCost
        cost(counterfactual) - cost(actual) over the counted days. The counterfactual of a day has
        the shape of the day itself, scaled to what was expected; a day on which nothing was used
        has the same power all day.

    Raises
    ------
    SeriesError
        If a counted day lies outside the edges.
    TariffError
        If a day cannot be priced.

    Notes
    -----
    Not energy times a mean price: where night and day are priced apart, a saving made at night is
    worth less. Each day is taken whole on both sides: use / coverage.
    """
    place = saving.reporting.day - first_day
    days = len(day_edges_s) - 1
    if len(place) and not 0 <= place[0] <= place[-1] < days:
        raise SeriesError("the counted days do not lie between the edges of the days")
    shape = _DayShape.of(energy, day_edges_s)
    actual_wh, would_have_wh = np.full(days, np.nan), np.full(days, np.nan)
    actual_wh[place] = saving.reporting.energy_wh / saving.reporting.coverage
    would_have_wh[place] = saving.counterfactual_wh
    counterfactual = shape.price(would_have_wh, tariff)
    cost_eur = sum(counterfactual.energy_eur.values())
    saved_eur = cost_eur - sum(shape.price(actual_wh, tariff).energy_eur.values())
    priced_kwh = counterfactual.total_wh / 1000
    mean_eur = cost_eur / priced_kwh if priced_kwh > 0 else float("nan")
    interval = saving.interval(CONFIDENCE)
    return AvoidedCost(
        saved_eur=saved_eur,
        low_eur=saved_eur - (saving.saved_wh - interval.low_wh) / 1000 * mean_eur,
        high_eur=saved_eur + (interval.high_wh - saving.saved_wh) / 1000 * mean_eur,
        mean_eur_per_kwh=mean_eur,
        price_lists=counterfactual.price_lists,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _DayShape:
    """How the energy of each local day is spread over its buckets; shares of a day add up to 1."""

    energy: EnergySeries
    day_edges_s: NDArray[np.float64]
    day: NDArray[np.int64]
    share: NDArray[np.float64]

    @classmethod
    def of(cls, energy: EnergySeries, day_edges_s: NDArray[np.float64]) -> _DayShape:
        days = len(day_edges_s) - 1
        day = np.searchsorted(day_edges_s, energy.edges_s[:-1], side="right") - 1
        inside = (day >= 0) & (day < days)
        day = np.clip(day, 0, days - 1)
        used_wh = np.where(inside, np.nan_to_num(energy.energy_wh), 0.0)
        nothing = np.bincount(day, used_wh, days)[day] <= 0
        parts = np.where(inside & nothing, np.diff(energy.edges_s), used_wh)
        whole = np.bincount(day, parts, days)[day]
        share = np.divide(parts, whole, out=np.full(len(day), np.nan), where=inside & (whole > 0))
        return cls(energy, day_edges_s, day, share)

    def price(self, daily_wh: NDArray[np.float64], tariff: Tariff) -> CostReport:
        """Price days of other energies, NaN where they do not count, in the shape of these."""
        curve = replace(self.energy, energy_wh=self.share * daily_wh[self.day])
        return price_series(curve, tariff, float(self.day_edges_s[0]), float(self.day_edges_s[-1]))
