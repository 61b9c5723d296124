"""What a household's energy cost, and what it would have cost with another contract."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from commonwatt.catalogue.prices import shipped_prices
from commonwatt.core.cost import price_series, price_spans, subscription_eur
from commonwatt.core.rates import HoleKind, Tariff, find_holes, rate_timeline
from commonwatt.core.tariff import ContractHistory, Rate
from commonwatt.model import HALF_HOUR_S, ZONE, Finding, Period, Severity
from commonwatt.reports.timing import load_timed_half_hours, load_timed_spans
from commonwatt.storage import contracts, households, meters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from commonwatt.access import Viewer
    from commonwatt.core.cost import CostReport
    from commonwatt.core.price_lists import PriceBook
    from commonwatt.core.rates import TariffHole
    from commonwatt.core.tariff import Contract
    from commonwatt.storage.households import Household, Stay
    from commonwatt.storage.meters import Meter
    from commonwatt.storage.pool import Connection

_PIECE_S = 31 * 86_400.0
"""Readings are loaded for so long a stretch at once."""


@dataclass(frozen=True, slots=True)
class RateCost:
    """The energy billed at one rate, and what it cost."""

    rate: Rate
    energy_kwh: float
    energy_eur: float


@dataclass(frozen=True, slots=True)
class HouseholdCost:
    """What the energy of a period cost; None where it cannot be told, and a finding says why.

    `period` is the part of the period asked for that has passed and in which the household lives
    there; None if there is none. The cost is that of the energy known: `coverage` is the share of
    the period during which something was measured, and `estimated_share` that of the energy whose
    amount is known and whose timing is not. `price_lists` names the versions of the prices.
    """

    period: Period | None
    energy_eur: float | None
    subscription_eur: float | None
    rates: tuple[RateCost, ...]
    estimated_share: float
    coverage: float
    price_lists: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def total_eur(self) -> float | None:
        if self.energy_eur is None or self.subscription_eur is None:
            return None
        return self.energy_eur + self.subscription_eur


@dataclass(frozen=True, slots=True)
class ContractComparison:
    """The same energy priced twice; the difference is the other minus the actual cost."""

    actual: HouseholdCost
    other: HouseholdCost

    @property
    def difference_eur(self) -> float | None:
        if self.actual.total_eur is None or self.other.total_eur is None:
            return None
        return self.other.total_eur - self.actual.total_eur


def load_cost(
    connection: Connection,
    viewer: Viewer | None,
    period: Period,
    now_utc: datetime,
    prices: PriceBook | None = None,
) -> HouseholdCost:
    """What a period cost the viewer's household, by its contracts as they are known now."""
    return load_costs(connection, viewer, (period,), now_utc, prices)[0]


def load_costs(
    connection: Connection,
    viewer: Viewer | None,
    periods: Sequence[Period],
    now_utc: datetime,
    prices: PriceBook | None = None,
) -> list[HouseholdCost]:
    """What each of some periods cost; what is the same for all of them is looked up once."""
    history = contracts.load_contracts(connection, viewer)
    household = households.load_household(connection, viewer)
    return [
        _load_cost(connection, viewer, _lived_and_passed(household, each, now_utc), history, prices)
        for each in periods
    ]


def compare_contracts(
    connection: Connection,
    viewer: Viewer | None,
    period: Period,
    now_utc: datetime,
    other: Contract,
    prices: PriceBook | None = None,
) -> ContractComparison:
    """What the household paid for a period, and what it would have paid with another contract."""
    actual = load_cost(connection, viewer, period, now_utc, prices)
    household = households.load_household(connection, viewer)
    lived = _lived_and_passed(household, period, now_utc)
    history = ContractHistory((other,))
    return ContractComparison(actual, _load_cost(connection, viewer, lived, history, prices))


def _load_cost(
    connection: Connection,
    viewer: Viewer | None,
    period: Period | None,
    history: ContractHistory,
    prices: PriceBook | None,
) -> HouseholdCost:
    if period is None:
        return _untold(None, Finding("no_time_to_price", Severity.INFO, "contract"))
    tariff = load_tariff(connection, period, history, prices or shipped_prices())
    holes = find_holes(tariff, period.start_s, period.end_s)
    if holes:
        return _untold(period, *(hole_finding(hole) for hole in holes))
    stays = households.stays_of(connection, viewer, period)
    pieces = [piece for stay in stays for piece in _price_stay(connection, viewer, stay, tariff)]
    return _report(period, pieces, tariff)


def _lived_and_passed(household: Household, asked: Period, now_utc: datetime) -> Period | None:
    """The part of a period before now in which the household lives in its dwelling."""
    start_utc = max(asked.start_utc, household.start_utc)
    end_utc = min(asked.end_utc, now_utc, household.end_utc or now_utc)
    return Period(start_utc, end_utc) if start_utc < end_utc else None


def load_tariff(
    connection: Connection, period: Period, history: ContractHistory, prices: PriceBook
) -> Tariff:
    """Contracts and prices, with the colours that a period needs."""
    first_day, last_day = (
        at_utc.astimezone(ZoneInfo(ZONE)).date() for at_utc in (period.start_utc, period.end_utc)
    )
    colours = contracts.load_colours(connection, first_day - timedelta(days=1), last_day)
    return Tariff(history, prices, colours)


def _price_stay(
    connection: Connection, viewer: Viewer | None, stay: Stay, tariff: Tariff
) -> Iterator[CostReport]:
    """Price a stay from its half-hours, and its ragged ends from the readings."""
    meter = meters.meter_by_id(connection, stay.meter_id)
    start_s, end_s = stay.start_utc.timestamp(), stay.end_utc.timestamp()
    first_s = min(math.ceil(start_s / HALF_HOUR_S) * HALF_HOUR_S, end_s)
    last_s = max(math.floor(end_s / HALF_HOUR_S) * HALF_HOUR_S, first_s)
    for a, b in ((start_s, first_s), (last_s, end_s)):
        if a < b:
            yield _price_readings(connection, viewer, meter, tariff, a, b)
    if first_s < last_s:
        yield from _price_half_hours(connection, viewer, meter, tariff, first_s, last_s)


def _price_half_hours(
    connection: Connection,
    viewer: Viewer | None,
    meter: Meter,
    tariff: Tariff,
    start_s: float,
    end_s: float,
) -> Iterator[CostReport]:
    """Price whole half-hours from what is stored of them, unless a rate turns within one."""
    turns_s = rate_timeline(tariff, start_s, end_s).turns_s
    if not (turns_s % HALF_HOUR_S).any():
        energy = load_timed_half_hours(connection, viewer, meter, start_s, end_s)
        yield price_series(energy, tariff, start_s, end_s)
        return
    edges_s = [*np.arange(start_s, end_s, _PIECE_S).tolist(), end_s]
    for first_s, last_s in pairwise(edges_s):
        yield _price_readings(connection, viewer, meter, tariff, first_s, last_s)


def _price_readings(
    connection: Connection,
    viewer: Viewer | None,
    meter: Meter,
    tariff: Tariff,
    start_s: float,
    end_s: float,
) -> CostReport:
    spans = load_timed_spans(connection, viewer, meter, start_s, end_s)
    return price_spans(spans, tariff, start_s, end_s)


def _report(period: Period, pieces: list[CostReport], tariff: Tariff) -> HouseholdCost:
    """Add up the pieces; the subscription runs where no meter hung as well."""
    known = any(piece.known for piece in pieces)
    timeline = rate_timeline(tariff, period.start_s, period.end_s)
    rates = [rate for rate in Rate if rate in timeline.rates]
    total_wh = sum(piece.total_wh for piece in pieces)
    return HouseholdCost(
        period=period,
        energy_eur=sum(sum(each.energy_eur.values()) for each in pieces) if known else None,
        subscription_eur=subscription_eur(tariff, period.start_s, period.end_s),
        rates=tuple(_rate_cost(rate, pieces) for rate in rates) if known else (),
        estimated_share=sum(each.estimated_wh for each in pieces) / total_wh if total_wh else 0.0,
        coverage=sum(piece.covered_s for piece in pieces) / period.length_s,
        price_lists=timeline.price_lists,
        findings=() if known else (Finding("no_energy", Severity.WARNING, "meter"),),
    )


def _rate_cost(rate: Rate, pieces: list[CostReport]) -> RateCost:
    return RateCost(
        rate=rate,
        energy_kwh=sum(piece.energy_wh.get(rate, 0.0) for piece in pieces) / 1000,
        energy_eur=sum(piece.energy_eur.get(rate, 0.0) for piece in pieces),
    )


def _untold(period: Period | None, *findings: Finding) -> HouseholdCost:
    return HouseholdCost(
        period=period,
        energy_eur=None,
        subscription_eur=None,
        rates=(),
        estimated_share=0.0,
        coverage=0.0,
        price_lists=(),
        findings=findings,
    )


def hole_finding(hole: TariffHole) -> Finding:
    """Say what lacks so that a stretch can be priced."""
    facts: dict[str, float | int | str] = {
        "first_day": hole.first_day.isoformat(),
        "last_day": hole.last_day.isoformat(),
        "count": hole.days,
    }
    if hole.kind == HoleKind.CONTRACT:
        return Finding("no_contract", Severity.WARNING, "contract", facts)
    if hole.kind == HoleKind.PRICES:
        return Finding("no_prices", Severity.WARNING, "prices", facts)
    return Finding("no_colour", Severity.WARNING, "prices", facts)
