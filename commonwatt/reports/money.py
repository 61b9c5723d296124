"""A household's month in euros: what it cost, what is likely to come, what is left of its budget."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from commonwatt.catalogue.prices import shipped_prices
from commonwatt.core.calendar import local_day_edges_s
from commonwatt.core.forecast import LAST_DAYS, Forecast, forecast_sum
from commonwatt.core.rates import find_holes, rate_timeline
from commonwatt.core.series import EnergySeries
from commonwatt.core.tariff import Option
from commonwatt.core.water_heater import SLOTS, DailyLoad, find_daily_load
from commonwatt.model import HALF_HOUR_S, ZONE, Period
from commonwatt.reports.cost import HouseholdCost, load_cost, load_tariff
from commonwatt.reports.household import month_of
from commonwatt.reports.timing import load_timed_half_hours
from commonwatt.storage import budgets, contracts, households, meters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonwatt.access import Viewer
    from commonwatt.core.price_lists import PriceBook
    from commonwatt.core.rates import RateTimeline, Tariff
    from commonwatt.storage.pool import Connection

    Floats = NDArray[np.float64]

WHOLE = 0.9
"""A day's cost is known if so much of its half-hours is."""

_DAYS_A_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Budget:
    """What a household wants to spend in a month, and what is left of it for each day to come.

    `left_eur` is negative once it is spent, None while nothing can be priced; `days_left` counts today.
    """

    month_eur: float
    left_eur: float | None
    days_left: int

    @property
    def left_per_day_eur(self) -> float | None:
        return None if self.left_eur is None else max(self.left_eur, 0.0) / self.days_left


@dataclass(frozen=True, slots=True)
class LateHeater:
    """A big load that comes back every day, and what it costs a month to run it at dearer hours.

    `start_minute` is of the local day.
    """

    start_minute: int
    days: int
    looked_at: int
    extra_eur: float


@dataclass(frozen=True, slots=True)
class MoneyReport:
    """A month up to now as `cost`, to its end as `forecast`, subscription included.

    `forecast` is None while too few days are known, `budget` while the household has set none,
    `heater` without a contract of several rates or without such a load.
    """

    now_utc: datetime
    month: Period
    cost: HouseholdCost
    forecast: Forecast | None
    budget: Budget | None
    heater: LateHeater | None


def load_money(
    connection: Connection,
    viewer: Viewer | None,
    now_utc: datetime,
    prices: PriceBook | None = None,
) -> MoneyReport:
    """Price the month, look ahead to its end, and look when the biggest load runs."""
    today = now_utc.astimezone(ZoneInfo(ZONE)).date()
    month = month_of(today)
    cost = load_cost(connection, viewer, month, now_utc, prices)
    month_eur = budgets.load_budget(connection, viewer)
    forecast: Forecast | None = None
    heater: LateHeater | None = None
    if cost.total_eur is not None and cost.period is not None:
        tariff, energy = _last_weeks(connection, viewer, today, prices or shipped_prices())
        if tariff is not None:
            forecast = _forecast(energy, tariff, cost, month, today)
            heater = _heater(energy, tariff, today)
    return MoneyReport(
        now_utc=now_utc,
        month=month,
        cost=cost,
        forecast=forecast,
        budget=_budget(month_eur, cost, month, today),
        heater=heater,
    )


def _budget(
    month_eur: float | None, cost: HouseholdCost, month: Period, today: date
) -> Budget | None:
    if month_eur is None:
        return None
    end = month.end_utc.astimezone(ZoneInfo(ZONE)).date()
    left_eur = None if cost.total_eur is None else month_eur - cost.total_eur
    return Budget(month_eur, left_eur, (end - today).days)


def _last_weeks(
    connection: Connection, viewer: Viewer | None, today: date, prices: PriceBook
) -> tuple[Tariff | None, EnergySeries]:
    """The half-hours of the last whole days; no tariff where one of them cannot be priced."""
    zone = ZoneInfo(ZONE)
    first = datetime.combine(today - timedelta(days=LAST_DAYS), time.min, zone)
    weeks = Period(first, datetime.combine(today, time.min, zone))
    stays = households.stays_of(connection, viewer, weeks)
    edges_s = np.arange(weeks.start_s, weeks.end_s + 1, HALF_HOUR_S)
    energy_wh = np.full(len(edges_s) - 1, np.nan)
    for stay in stays:
        meter = meters.meter_by_id(connection, stay.meter_id)
        start_s, end_s = stay.start_utc.timestamp(), stay.end_utc.timestamp()
        series = load_timed_half_hours(connection, viewer, meter, start_s, end_s)
        told = np.isfinite(series.energy_wh)
        told &= (series.edges_s[:-1] >= edges_s[0]) & (series.edges_s[1:] <= edges_s[-1])
        place = np.searchsorted(edges_s, series.edges_s[:-1][told])
        energy_wh[place] = np.nan_to_num(energy_wh[place]) + series.energy_wh[told]
    nothing = np.zeros_like(energy_wh)
    energy = EnergySeries(edges_s, energy_wh, nothing, nothing, nothing, nothing)
    if not stays:
        return None, energy
    tariff = load_tariff(connection, weeks, contracts.load_contracts(connection, viewer), prices)
    lived_s = max(weeks.start_s, stays[0].start_utc.timestamp())
    return (None if find_holes(tariff, lived_s, weeks.end_s) else tariff), energy


def _forecast(
    energy: EnergySeries, tariff: Tariff, cost: HouseholdCost, month: Period, today: date
) -> Forecast | None:
    """The month's cost: what it cost up to now, the days to come, and their subscription."""
    if cost.total_eur is None or cost.period is None:
        return None
    known_s = energy.edges_s[:-1][np.isfinite(energy.energy_wh)]
    if not len(known_s):
        return None
    daily_eur = _daily_eur(energy, _timeline(tariff, known_s[0], energy.edges_s[-1]), today)
    ahead_days = (month.end_s - cost.period.end_s) / 86_400
    ahead = forecast_sum(daily_eur, ahead_days)
    if ahead is None:
        return None
    fixed_eur = cost.total_eur
    if month.end_s > cost.period.end_s:
        fixed_eur += ahead_days * _subscription_a_day(cost)
    return Forecast(
        expected=fixed_eur + ahead.expected,
        low=fixed_eur + ahead.low,
        high=fixed_eur + ahead.high,
        days=ahead.days,
        confidence=ahead.confidence,
    )


def _subscription_a_day(cost: HouseholdCost) -> float:
    """What the subscription cost a day of this month up to now: so it goes on."""
    if cost.period is None or cost.subscription_eur is None:
        return 0.0
    return cost.subscription_eur / (cost.period.length_s / 86_400)


def _daily_eur(energy: EnergySeries, timeline: RateTimeline, today: date) -> Floats:
    """The energy cost of each whole day; NaN where too little of it is known."""
    edges_s = local_day_edges_s(today - timedelta(days=LAST_DAYS), LAST_DAYS, ZONE)
    day = np.searchsorted(edges_s, energy.edges_s[:-1], side="right") - 1
    told = np.isfinite(energy.energy_wh)
    eur = energy.energy_wh[told] / 1000 * _prices_at(timeline, energy.edges_s[:-1][told])
    sums = np.bincount(day[told], eur, LAST_DAYS)
    known = np.bincount(day[told], minlength=LAST_DAYS) * HALF_HOUR_S / np.diff(edges_s)
    return np.where(known >= WHOLE, sums / np.maximum(known, WHOLE), np.nan)


def _heater(energy: EnergySeries, tariff: Tariff, today: date) -> LateHeater | None:
    """What a month of the biggest daily load costs more than at the cheapest rate of its day."""
    contract = tariff.contracts.find(today)
    if contract is None or contract.option is Option.BASE:
        return None
    starts_s = _noons_s(energy.edges_s, today)
    place = np.searchsorted(energy.edges_s, starts_s)[:, None] + np.arange(SLOTS)
    found = find_daily_load(energy.energy_wh[place])
    if found is None:
        return None
    whole = np.isfinite(energy.energy_wh[place]).all(axis=1)
    timeline = _timeline(tariff, starts_s[whole][0], energy.edges_s[-1])
    price_eur = _prices_at(timeline, energy.edges_s[place[whole]])
    return _late(found, price_eur)


def _late(found: DailyLoad, price_eur: Floats) -> LateHeater:
    dearer_eur = price_eur - price_eur.min(axis=1, keepdims=True)
    extra_eur = float((found.above_wh / 1000 * dearer_eur).sum())
    return LateHeater(
        start_minute=(12 * 60 + 30 * found.start_slot) % (24 * 60),
        days=found.days,
        looked_at=found.looked_at,
        extra_eur=extra_eur / found.looked_at * _DAYS_A_MONTH,
    )


def _noons_s(edges_s: Floats, today: date) -> Floats:
    """The noons of the days whose next 24 hours are known of, but for those of clock changes."""
    noons = [
        datetime.combine(today - timedelta(days=back), time(12), ZoneInfo(ZONE))
        for back in range(LAST_DAYS, 1, -1)
    ]
    plain = [each.timestamp() for each in noons if not _clocks_change_after(each)]
    return np.array([noon_s for noon_s in plain if noon_s >= edges_s[0]])


def _clocks_change_after(start_local: datetime) -> bool:
    """Whether the clock is put forward or back in the next 24 hours."""
    end_utc = start_local.astimezone(UTC) + timedelta(days=1)
    return end_utc.astimezone(start_local.tzinfo).utcoffset() != start_local.utcoffset()


def _timeline(tariff: Tariff, start_s: float, end_s: float) -> RateTimeline:
    return rate_timeline(tariff, float(start_s), float(end_s))


def _prices_at(timeline: RateTimeline, at_s: Floats) -> Floats:
    place = np.searchsorted(timeline.edges_s, at_s, side="right") - 1
    last = len(timeline.price_eur_per_kwh) - 1
    return timeline.price_eur_per_kwh[np.clip(place, 0, last)]
