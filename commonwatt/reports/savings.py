"""What a household saved: its days and the weather's, assessed by the core."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from commonwatt.catalogue.factors import shipped_factors
from commonwatt.catalogue.prices import shipped_prices
from commonwatt.core.always_on import (
    YEAR_NIGHTS,
    AlwaysOn,
    NightMinima,
    always_on,
    night_minima,
)
from commonwatt.core.assessment import BASELINE_DAYS, Assessment, Plan, assess_home
from commonwatt.core.avoided_cost import AvoidedCost, avoided_cost
from commonwatt.core.calendar import half_hour_edges_s, local_day_edges_s
from commonwatt.core.carbon import Emissions, emissions
from commonwatt.core.daily import DailySeries
from commonwatt.core.exclusions import Tenancy
from commonwatt.core.rates import find_holes
from commonwatt.core.series import REGISTER, EnergySeries, EnergySpans
from commonwatt.errors import PeriodError
from commonwatt.model import HALF_HOUR_S, ZONE, Finding, Period, Severity
from commonwatt.reports.cost import hole_finding, load_tariff
from commonwatt.reports.timing import load_timed_half_hours
from commonwatt.storage import contracts, households, meters, weather

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonwatt.access import Viewer
    from commonwatt.core.savings import Saving
    from commonwatt.storage.households import Household, Stay
    from commonwatt.storage.pool import Connection
    from commonwatt.weather.days import BuildingDays, Station

LEAST_REPORTING = 28
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class HouseholdSaving:
    """What can be said of a household's saving since a day, and what it rests on.

    `always_on` and `assessment` are None where the building has no weather; a finding says so.
    `worth` and `emissions` are None where no saving may be shown, and `worth` where a day of it
    cannot be priced.
    """

    change_day: date
    end_day: date
    station: Station | None
    always_on: AlwaysOn | None
    assessment: Assessment | None
    worth: AvoidedCost | None
    emissions: Emissions | None
    findings: tuple[Finding, ...]

    @property
    def shown(self) -> Saving | None:
        """The saving, if it may be shown."""
        if self.assessment is None or not self.assessment.judgement.may_show_saving:
            return None
        return self.assessment.saving


def load_saving(
    connection: Connection, viewer: Viewer | None, change_day: date, now_utc: datetime
) -> HouseholdSaving:
    """Compare a household since a local day with its own year before."""
    household = households.load_household(connection, viewer)
    end_day = _local_date(min(now_utc, household.end_utc or now_utc))
    if change_day >= end_day:
        raise PeriodError(f"a day before {end_day} was expected, not {change_day}")
    first_day = change_day - timedelta(days=BASELINE_DAYS)
    stays = households.stays_of(connection, viewer, _midnights(first_day, end_day))
    measured = [_load_stay(connection, viewer, stay) for stay in stays]
    building_id = households.building_of(connection, viewer)
    known = weather.load_days(connection, building_id, first_day, end_day)
    if known is None:
        lacking = Finding("no_weather", Severity.WARNING, "building")
        return HouseholdSaving(change_day, end_day, None, None, None, None, None, (lacking,))
    plan = Plan(
        change_day=_number(change_day),
        reporting_start_day=_number(change_day),
        reporting_end_day=_number(end_day),
        tenancy=_tenancy(household, end_day),
    )
    load, assessment = _assess(_daily(measured, first_day, end_day, known), plan, measured)
    saving = assessment.saving if assessment.judgement.may_show_saving else None
    worth: AvoidedCost | None = None
    lacks: tuple[Finding, ...] = ()
    if saving is not None:
        reporting = _midnights(change_day, end_day)
        worth, lacks = _worth(connection, viewer, reporting, measured, saving)
    return HouseholdSaving(
        change_day=change_day,
        end_day=end_day,
        station=known.station,
        always_on=load,
        assessment=assessment,
        worth=worth,
        emissions=None if saving is None else _emissions(saving),
        findings=(*assessment.findings, *lacks),
    )


def first_comparable_day(connection: Connection, viewer: Viewer | None, now_utc: datetime) -> date:
    """The first day with a year of the household before it; four weeks back while there is none."""
    household = households.load_household(connection, viewer)
    end_day = _local_date(min(now_utc, household.end_utc or now_utc))
    known = households.stays_of(connection, viewer, Period(household.start_utc, now_utc))
    first_utc = min((stay.start_utc for stay in known), default=household.start_utc)
    after_a_year = _local_date(first_utc) + timedelta(days=BASELINE_DAYS + 1)
    return min(after_a_year, end_day - timedelta(days=LEAST_REPORTING))


def load_always_on(
    connection: Connection, viewer: Viewer | None, end_day: date, now_utc: datetime
) -> AlwaysOn:
    """The always-on load of the nights before a local day; heating is told by the year's weather."""
    household = households.load_household(connection, viewer)
    end_day = min(end_day, _local_date(household.end_utc or now_utc))
    first_day = end_day - timedelta(days=BASELINE_DAYS)
    stays = households.stays_of(connection, viewer, _midnights(first_day, end_day))
    measured = [_load_stay(connection, viewer, stay) for stay in stays]
    known = weather.load_days(
        connection, households.building_of(connection, viewer), first_day, end_day
    )
    if known is None:
        return _always_on(measured, heated=False)
    plan = Plan(
        change_day=_number(end_day) - 1,
        reporting_start_day=_number(end_day) - 1,
        reporting_end_day=_number(end_day),
        tenancy=_tenancy(household, end_day),
    )
    return _assess(_daily(measured, first_day, end_day, known), plan, measured)[0]


def _worth(
    connection: Connection,
    viewer: Viewer | None,
    period: Period,
    measured: list[EnergySeries],
    saving: Saving,
) -> tuple[AvoidedCost | None, tuple[Finding, ...]]:
    """Price a saving, or say what lacks for it."""
    history = contracts.load_contracts(connection, viewer)
    tariff = load_tariff(connection, period, history, shipped_prices())
    holes = find_holes(tariff, period.start_s, period.end_s)
    if holes:
        return None, tuple(hole_finding(hole) for hole in holes)
    first_day, end_day = (_local_date(at_utc) for at_utc in (period.start_utc, period.end_utc))
    edges_s = local_day_edges_s(first_day, (end_day - first_day).days, ZONE)
    curve = _curve(measured, half_hour_edges_s(period.start_s, period.end_s))
    return avoided_cost(curve, _number(first_day), edges_s, saving, tariff), ()


def _emissions(saving: Saving) -> Emissions:
    """What was not emitted, by the factor of each year."""
    days = saving.reporting.day.astype("datetime64[D]")
    year = days.astype("datetime64[Y]").astype(np.int64) + _EPOCH.year
    return emissions(year, saving.daily_wh, shipped_factors())


def _curve(measured: list[EnergySeries], edges_s: NDArray[np.float64]) -> EnergySeries:
    """The half-hours of all stays on one grid; only their energy is told."""
    energy_wh = np.full(len(edges_s) - 1, np.nan)
    for series in measured:
        told = ~np.isnan(series.energy_wh)
        told &= (series.edges_s[:-1] >= edges_s[0]) & (series.edges_s[1:] <= edges_s[-1])
        place = np.searchsorted(edges_s, series.edges_s[:-1][told])
        energy_wh[place] = np.nan_to_num(energy_wh[place]) + series.energy_wh[told]
    zeros = np.zeros_like(energy_wh)
    return EnergySeries(edges_s, energy_wh, zeros, zeros, zeros, zeros)


def _assess(
    daily: DailySeries, plan: Plan, measured: list[EnergySeries]
) -> tuple[AlwaysOn, Assessment]:
    """Assess twice: whether the home is heated says how its always-on load is read."""
    first = assess_home(daily, plan)
    load = _always_on(measured, heated=first.heated)
    return load, assess_home(daily, replace(plan, always_on_w=load.power_w))


def _always_on(measured: list[EnergySeries], *, heated: bool) -> AlwaysOn:
    last = max(measured, key=lambda series: series.edges_s[-1], default=None)
    return always_on(_no_nights() if last is None else nights_of(last), heated=heated)


def _load_stay(connection: Connection, viewer: Viewer | None, stay: Stay) -> EnergySeries:
    meter = meters.meter_by_id(connection, stay.meter_id)
    start_s, end_s = stay.start_utc.timestamp(), stay.end_utc.timestamp()
    return load_timed_half_hours(connection, viewer, meter, start_s, end_s)


def _daily(
    measured: list[EnergySeries], first_day: date, end_day: date, known: BuildingDays
) -> DailySeries:
    """Days from half-hours; one across which a register counted is known, whenever it was used."""
    days = (end_day - first_day).days
    edges_s = local_day_edges_s(first_day, days, ZONE)
    energy_wh, known_s, seen = np.zeros(days), np.zeros(days), np.zeros(days, bool)
    for series in measured:
        told = ~np.isnan(series.energy_wh)
        place = np.searchsorted(edges_s, series.edges_s[:-1][told], side="right") - 1
        known_here_s = np.where(series.estimated_wh > 0, HALF_HOUR_S, series.covered_s)[told]
        energy_wh += np.bincount(place, series.energy_wh[told], days)
        known_s += np.bincount(place, known_here_s, days)
        seen[place] = True
    day = _number(first_day) + np.arange(days)
    return DailySeries(
        day=day,
        energy_wh=np.where(seen, energy_wh, np.nan),
        coverage=np.clip(known_s / np.diff(edges_s), 0.0, 1.0),
        temperature_c=known.mean_on(day),
    )


def nights_of(series: EnergySeries) -> NightMinima:
    """The lowest half-hours of the last year's nights."""
    end_s = float(series.edges_s[-1])
    end_day = _local_date(datetime.fromtimestamp(end_s, UTC))
    begun_day = _local_date(datetime.fromtimestamp(float(series.edges_s[0]), UTC))
    nights = min((end_day - begun_day).days, YEAR_NIGHTS)
    if nights < 1:
        return _no_nights()
    measured_wh = series.register_wh + series.power_wh
    told = series.covered_s > 0
    spans = EnergySpans(
        start_s=series.edges_s[:-1][told],
        end_s=series.edges_s[:-1][told] + series.covered_s[told],
        energy_wh=measured_wh[told],
        source=np.full(int(told.sum()), REGISTER, np.uint8),
    )
    return night_minima(spans, end_day - timedelta(days=nights), nights, ZONE)


def _no_nights() -> NightMinima:
    nothing: NDArray[np.float64] = np.empty(0)
    return NightMinima(np.empty(0, np.int64), nothing, nothing)


def _tenancy(household: Household, end_day: date) -> Tenancy:
    """Whole days of the household: the day it moved in is shared with others, if not at midnight."""
    moved_in = household.start_utc.astimezone(ZoneInfo(ZONE))
    start = _number(moved_in.date()) + int(moved_in.time() != time.min)
    return Tenancy(start, max(_number(end_day), start + 1))


def _midnights(first_day: date, last_day: date) -> Period:
    zone = ZoneInfo(ZONE)
    start, end = (datetime(d.year, d.month, d.day, tzinfo=zone) for d in (first_day, last_day))
    return Period(start, end)


def _local_date(at_utc: datetime) -> date:
    return at_utc.astimezone(ZoneInfo(ZONE)).date()


def _number(day: date) -> int:
    return (day - _EPOCH).days
