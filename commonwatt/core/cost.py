"""What energy costs: energy priced at the rates that hold when it is used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.core.calendar import local_day_edges_s
from commonwatt.core.energy import bucket_energy
from commonwatt.core.rates import local_days, rate_timeline
from commonwatt.core.tariff import Rate
from commonwatt.errors import PeriodError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from commonwatt.core.rates import RateTimeline, Tariff
    from commonwatt.core.series import EnergySeries, EnergySpans


@dataclass(frozen=True, slots=True)
class CostReport:
    """What the energy of a stretch costs.

    Every number is the sum of those of the parts, at whatever instants the stretch is split.

    Parameters
    ----------
    start_s, end_s : float
        The stretch, seconds since 1970-01-01T00:00Z. [s]
    energy_eur : mapping of Rate to float
        Cost of the energy known, for each rate that holds in the stretch. [EUR]
    energy_wh : mapping of Rate to float
        The energy known; 0 where none is, which `covered_s` and `known` tell apart. [Wh]
    length_s : mapping of Rate to float
        For how long each rate holds. [s]
    subscription_eur : float
        The subscription: each local day costs the yearly price divided by the days of its calendar
        year, 365 or 366; a part of a local day costs its share of that day's 23, 24 or 25
        hours. [EUR]
    estimated_wh : float
        Energy known in amount and not in timing: read off the register across a gap, or only as the
        total of a bucket in which the rate may turn. [Wh]
    covered_s : float
        Seconds during which something was measured. [s]
    known : bool
        Whether any energy of the stretch is known.
    price_lists : tuple of str
        Names of the price lists used, sorted.
    """

    start_s: float
    end_s: float
    energy_eur: Mapping[Rate, float]
    energy_wh: Mapping[Rate, float]
    length_s: Mapping[Rate, float]
    subscription_eur: float
    estimated_wh: float
    covered_s: float
    known: bool
    price_lists: tuple[str, ...]

    @property
    def total_eur(self) -> float:
        """Energy and subscription, in EUR."""
        return sum(self.energy_eur.values()) + self.subscription_eur

    @property
    def total_wh(self) -> float:
        """The energy priced, in Wh."""
        return sum(self.energy_wh.values())

    @property
    def estimated_share(self) -> float:
        """Share of the energy whose timing is estimated; 0 without energy."""
        return self.estimated_wh / self.total_wh if self.total_wh else 0.0

    @property
    def coverage(self) -> float:
        """Share of the stretch during which something was measured."""
        return self.covered_s / (self.end_s - self.start_s)


@dataclass(frozen=True, slots=True)
class CostDifference:
    """What the other of two costs is more; negative where it is less.

    Parameters
    ----------
    energy_eur, subscription_eur : float
        The other minus the actual one. [EUR]
    """

    energy_eur: float
    subscription_eur: float

    @property
    def total_eur(self) -> float:
        """Energy and subscription, in EUR."""
        return self.energy_eur + self.subscription_eur


def subscription_eur(tariff: Tariff, start_s: float, end_s: float) -> float:
    """Price the subscription over a stretch, as `CostReport` says.

    Parameters
    ----------
    tariff : Tariff
        Contracts and prices.
    start_s, end_s : float
        The stretch. [s]

    Returns
    -------
    float
        Taxes included. [EUR]

    Raises
    ------
    PeriodError, TariffError
        As for `rate_timeline`.
    """
    days = local_days(start_s, end_s, tariff.zone)
    edges_s = local_day_edges_s(days[0], len(days), tariff.zone)
    inside_s = np.minimum(edges_s[1:], end_s) - np.maximum(edges_s[:-1], start_s)
    daily_eur = []
    for day in days:
        contract = tariff.contracts.of(day)
        prices = tariff.prices.of(contract, day).of(contract.subscribed_kva)
        days_in_year = (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days
        daily_eur.append(prices.yearly_subscription_eur / days_in_year)
    return float(np.dot(daily_eur, inside_s / np.diff(edges_s)))


def price_spans(spans: EnergySpans, tariff: Tariff, start_s: float, end_s: float) -> CostReport:
    """Price energy whose timing is known as finely as it was measured.

    Parameters
    ----------
    spans : EnergySpans
        What is known of the energy; what lies outside the stretch is not counted. [Wh]
    tariff : Tariff
        Contracts, prices and colours.
    start_s, end_s : float
        The stretch, seconds since 1970-01-01T00:00Z. [s]

    Returns
    -------
    CostReport
        sum over rates of price * energy, and the subscription. Spans are cut where the rate turns,
        at any second: nothing is rounded to half-hours.

    Raises
    ------
    PeriodError, TariffError
        As for `rate_timeline`.
    """
    timeline = rate_timeline(tariff, start_s, end_s)
    energy = bucket_energy(spans, timeline.edges_s)
    return _report(
        timeline,
        subscription_eur(tariff, start_s, end_s),
        known_wh=energy.energy_wh,
        estimated_wh=float(energy.estimated_wh.sum()),
        covered_s=float(energy.covered_s.sum()),
    )


def price_series(energy: EnergySeries, tariff: Tariff, start_s: float, end_s: float) -> CostReport:
    """Price energy known by buckets, such as half-hours.

    Parameters
    ----------
    energy : EnergySeries
        Energy of buckets; NaN where nothing is known; what lies outside the stretch is not
        counted. [Wh]
    tariff : Tariff
        Contracts, prices and colours.
    start_s, end_s : float
        The stretch, seconds since 1970-01-01T00:00Z. [s]

    Returns
    -------
    CostReport
        As for `price_spans`. A bucket in which the rate turns is split by seconds, as if its power
        were constant, and all its energy counts as estimated in timing.

    Raises
    ------
    PeriodError, TariffError
        As for `rate_timeline`.
    """
    timeline = rate_timeline(tariff, start_s, end_s)
    edges_s = np.union1d(energy.edges_s, timeline.edges_s)
    edges_s = edges_s[(edges_s >= start_s) & (edges_s <= end_s)]
    bucket = np.searchsorted(energy.edges_s, edges_s[:-1], side="right") - 1
    measured = (bucket >= 0) & (bucket < len(energy))
    bucket = bucket[measured]
    stretch = np.searchsorted(timeline.edges_s, edges_s[:-1][measured], side="right") - 1
    share = np.diff(edges_s)[measured] / np.diff(energy.edges_s)[bucket]
    turns = np.searchsorted(timeline.turns_s, energy.edges_s[:-1], side="right")
    turned = np.searchsorted(timeline.turns_s, energy.edges_s[1:], side="left") > turns
    energy_wh = energy.energy_wh[bucket]
    known = ~np.isnan(energy_wh)
    estimated_wh = np.where(turned[bucket], energy_wh, energy.estimated_wh[bucket])

    def spread(values: NDArray[np.float64]) -> NDArray[np.float64]:
        sums = np.bincount(stretch, np.where(known, values, 0.0), minlength=len(timeline.rates))
        return sums.astype(np.float64, copy=False)

    return _report(
        timeline,
        subscription_eur(tariff, start_s, end_s),
        known_wh=np.where(spread(share) > 0, spread(share * energy_wh), np.nan),
        estimated_wh=float(spread(share * estimated_wh).sum()),
        covered_s=float(spread(share * energy.covered_s[bucket]).sum()),
    )


def compare(actual: CostReport, other: CostReport) -> CostDifference:
    """Say what another contract, or other energy, would have cost.

    Parameters
    ----------
    actual, other : CostReport
        The same stretch priced twice: by two contracts, or by one contract for the energy used and
        for that of a baseline.

    Returns
    -------
    CostDifference
        The other minus the actual one.

    Raises
    ------
    PeriodError
        If the stretches differ.
    """
    if (actual.start_s, actual.end_s) != (other.start_s, other.end_s):
        raise PeriodError(
            f"two costs of one stretch were expected: {actual.start_s} to {actual.end_s} s and "
            f"{other.start_s} to {other.end_s} s were given"
        )
    return CostDifference(
        energy_eur=sum(other.energy_eur.values()) - sum(actual.energy_eur.values()),
        subscription_eur=other.subscription_eur - actual.subscription_eur,
    )


def _report(
    timeline: RateTimeline,
    subscription: float,
    *,
    known_wh: NDArray[np.float64],
    estimated_wh: float,
    covered_s: float,
) -> CostReport:
    energy_wh = np.nan_to_num(known_wh, nan=0.0)
    columns = {
        "energy_eur": energy_wh / 1000 * timeline.price_eur_per_kwh,
        "energy_wh": energy_wh,
        "length_s": np.diff(timeline.edges_s),
    }
    rates = [rate for rate in Rate if rate in timeline.rates]
    index = np.array([rates.index(rate) for rate in timeline.rates])
    sums = {
        name: dict(zip(rates, np.bincount(index, values).tolist(), strict=True))
        for name, values in columns.items()
    }
    return CostReport(
        start_s=float(timeline.edges_s[0]),
        end_s=float(timeline.edges_s[-1]),
        energy_eur=sums["energy_eur"],
        energy_wh=sums["energy_wh"],
        length_s=sums["length_s"],
        subscription_eur=subscription,
        estimated_wh=estimated_wh,
        covered_s=covered_s,
        known=not np.isnan(known_wh).all(),
        price_lists=timeline.price_lists,
    )
