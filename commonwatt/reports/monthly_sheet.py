"""One month of one home for its fridge door: days, cost a day, months before, and one thing to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from commonwatt.access import HouseholdMember, require_operator
from commonwatt.core.always_on import YEAR_NIGHTS, always_on
from commonwatt.core.tariff import Rate
from commonwatt.errors import PeriodError, RegistryError
from commonwatt.model import HALF_HOUR_S, ZONE, Period, whole_half_hour
from commonwatt.reports.cost import load_cost
from commonwatt.reports.energy import load_energy
from commonwatt.reports.half_hours import load_half_hours
from commonwatt.reports.household import month_of
from commonwatt.reports.savings import nights_of
from commonwatt.storage import audit, consents, households

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.access import Viewer
    from commonwatt.core.price_lists import PriceBook
    from commonwatt.model import Finding
    from commonwatt.reports.cost import HouseholdCost
    from commonwatt.reports.energy import EnergyFigure
    from commonwatt.storage.households import Household, Stay
    from commonwatt.storage.pool import Connection

DAY_S = 86_400.0
ENOUGH_KNOWN = 0.95
"""Share of a month whose energy has to be known before its sum is told or compared."""

HIGH_ALWAYS_ON_W = 150.0
"""A fridge, a freezer, a box and a few standbys stay below this."""

FEWEST_NIGHTS = 28
LITTLE_OFF_PEAK = 0.3
"""Eight hours of 24 are a third: who uses less than this in them heats no water then."""


class Tip(StrEnum):
    """The one thing a household is asked to do."""

    METER = "meter"
    ALWAYS_ON = "always_on"
    OFF_PEAK = "off_peak"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class SheetDay:
    """One local day; `kwh` is None where nothing is known.

    `is_outside` is a day that is not the household's: still to come, or it did not live there.
    """

    day: date
    kwh: float | None
    estimated_kwh: float
    is_outside: bool


@dataclass(frozen=True, slots=True)
class MonthEnergy:
    """The energy of a month, and the mean of a day that is known.

    `lived` is the share of the month, up to now, during which the household lived there, and `known`
    the share of that during which its energy is known.
    """

    month: date
    kwh: float | None
    lived: float
    known: float
    daily_kwh: float | None

    @property
    def is_whole(self) -> bool:
        return self.known >= ENOUGH_KNOWN

    @property
    def is_comparable(self) -> bool:
        return self.is_whole and self.lived >= ENOUGH_KNOWN and self.kwh is not None


@dataclass(frozen=True, slots=True)
class MonthlySheet:
    """What a home's sheet says of a month.

    `before` and `year_before` are None where either month is not comparable. `daily_eur` is the mean of a
    day that was measured, with its share of the subscription; None where it cannot be told, and
    `cost_findings` say why. `always_on_w` and `off_peak_share` are what the tip rests on.
    """

    building_name: str
    stairwell: str
    dwelling_label: str
    now_utc: datetime
    energy: MonthEnergy
    is_over: bool
    days: tuple[SheetDay, ...]
    before: MonthEnergy | None
    year_before: MonthEnergy | None
    daily_eur: float | None
    cost_findings: tuple[Finding, ...]
    tip: Tip
    always_on_w: float | None
    off_peak_share: float | None

    @property
    def unknown_days(self) -> int:
        return sum(day.kwh is None and not day.is_outside for day in self.days)


def load_monthly_sheet(
    connection: Connection,
    viewer: Viewer | None,
    month: date,
    now_utc: datetime,
    prices: PriceBook | None = None,
) -> MonthlySheet:
    """The sheet of the local month that holds a day; one that still runs is told up to now."""
    household = households.load_household(connection, viewer)
    period = _begun_month(month, now_utc)
    energy, bars = _load_month(connection, viewer, household, period, now_utc)
    cost = load_cost(connection, viewer, period, now_utc, prices)
    always_on_w = _always_on_w(connection, viewer, period, now_utc)
    off_peak_share = _off_peak_share(cost)
    is_over = period.end_utc <= now_utc
    first = energy.month
    compared = ((first - timedelta(days=1)), first.replace(year=first.year - 1))
    before, year_before = (
        _past(connection, viewer, household, day, now_utc)
        if is_over and energy.is_comparable
        else None
        for day in compared
    )
    return MonthlySheet(
        building_name=household.building_name,
        stairwell=household.stairwell,
        dwelling_label=household.dwelling_label,
        now_utc=now_utc,
        energy=energy,
        is_over=is_over,
        days=tuple(_day(bar, household, now_utc) for bar in bars),
        before=before,
        year_before=year_before,
        daily_eur=_daily_eur(cost, energy),
        cost_findings=cost.findings,
        tip=choose_tip(energy, always_on_w, off_peak_share),
        always_on_w=always_on_w,
        off_peak_share=off_peak_share,
    )


def load_stairwell_sheets(
    connection: Connection,
    viewer: Viewer | None,
    building: str,
    stairwell: str,
    month: date,
    now_utc: datetime,
) -> list[MonthlySheet]:
    """The sheets of the homes of a stairwell that agreed to be printed; each home is told of it."""
    require_operator(viewer)
    before_utc = min(_begun_month(month, now_utc).end_utc, now_utc)
    homes = consents.paper_homes(connection, building, stairwell, before_utc, now_utc)
    if not homes:
        raise RegistryError(f"no home in stairwell {stairwell} of {building} agreed to paper")
    sheets: list[MonthlySheet] = []
    for occupancy_id in homes:
        audit.note(connection, viewer, "sheet", now_utc=now_utc, occupancy_id=occupancy_id)
        member = HouseholdMember(occupancy_id)
        sheets.append(load_monthly_sheet(connection, member, month, now_utc))
    return sheets


def choose_tip(energy: MonthEnergy, always_on_w: float | None, off_peak_share: float | None) -> Tip:
    """The first that fits: a silent meter hides all else, and a night costs more than a water heater."""
    if energy.kwh is None:
        return Tip.METER if energy.lived else Tip.NEUTRAL
    if always_on_w is not None and always_on_w >= HIGH_ALWAYS_ON_W:
        return Tip.ALWAYS_ON
    if off_peak_share is not None and off_peak_share < LITTLE_OFF_PEAK:
        return Tip.OFF_PEAK
    return Tip.NEUTRAL


def _begun_month(month: date, now_utc: datetime) -> Period:
    period = month_of(month)
    if period.start_utc >= now_utc:
        raise PeriodError(f"the month {month:%Y-%m} has not begun")
    return period


def _past(
    connection: Connection,
    viewer: Viewer | None,
    household: Household,
    day: date,
    now_utc: datetime,
) -> MonthEnergy | None:
    energy, _ = _load_month(connection, viewer, household, month_of(day), now_utc)
    return energy if energy.is_comparable else None


def _load_month(
    connection: Connection,
    viewer: Viewer | None,
    household: Household,
    period: Period,
    now_utc: datetime,
) -> tuple[MonthEnergy, tuple[EnergyFigure, ...]]:
    """A month and its days."""
    report = load_energy(connection, viewer, period, "day", now_utc)
    passed_s = min(period.end_s, now_utc.timestamp()) - period.start_s
    lived_s = _lived_s(household, period, now_utc)
    stays = households.stays_of(connection, viewer, period)
    known_s = min(lived_s, sum(_known_s(connection, stay) for stay in stays))
    kwh = report.total.kwh
    energy = MonthEnergy(
        month=_local_date(period.start_utc),
        kwh=kwh,
        lived=lived_s / passed_s,
        known=known_s / lived_s if lived_s else 0.0,
        daily_kwh=kwh * DAY_S / known_s if kwh is not None and known_s else None,
    )
    return energy, report.bars


def _lived_s(household: Household, period: Period, now_utc: datetime) -> float:
    start_utc = max(period.start_utc, household.start_utc)
    end_utc = min(period.end_utc, now_utc, household.end_utc or now_utc)
    return max(0.0, end_utc.timestamp() - start_utc.timestamp())


def _known_s(connection: Connection, stay: Stay) -> float:
    """How long of a stay was measured, or lies in a half-hour that a register bridges."""
    start_s, end_s = (whole_half_hour(at).timestamp() for at in (stay.start_utc, stay.end_utc))
    if start_s >= end_s:
        return 0.0
    series = load_half_hours(connection, stay.meter_id, start_s, end_s)
    return float(np.where(series.estimated_wh > 0, HALF_HOUR_S, series.covered_s).sum())


def _day(bar: EnergyFigure, household: Household, now_utc: datetime) -> SheetDay:
    return SheetDay(
        day=_local_date(bar.period.start_utc),
        kwh=bar.kwh,
        estimated_kwh=bar.estimated_kwh,
        is_outside=not _lived_s(household, bar.period, now_utc),
    )


def _daily_eur(cost: HouseholdCost, energy: MonthEnergy) -> float | None:
    """The energy of a known day and the subscription of any; cost and energy are of the time lived."""
    if cost.period is None or cost.energy_eur is None or cost.subscription_eur is None:
        return None
    if not energy.known:
        return None
    known_s = energy.known * cost.period.length_s
    return DAY_S * (cost.energy_eur / known_s + cost.subscription_eur / cost.period.length_s)


def _off_peak_share(cost: HouseholdCost) -> float | None:
    """The share of energy used off-peak, of a contract with peak and off-peak hours."""
    by_rate = {each.rate: each.energy_kwh for each in cost.rates}
    total_kwh = by_rate.get(Rate.PEAK, 0.0) + by_rate.get(Rate.OFF_PEAK, 0.0)
    return by_rate.get(Rate.OFF_PEAK, 0.0) / total_kwh if total_kwh else None


def _always_on_w(
    connection: Connection, viewer: Viewer | None, period: Period, now_utc: datetime
) -> float | None:
    """The load of the calmest nights of a year: heating at night passes for no forgotten device."""
    end_utc = whole_half_hour(min(period.end_utc, now_utc))
    year = Period(end_utc - timedelta(days=YEAR_NIGHTS), end_utc)
    stays = households.stays_of(connection, viewer, year)
    if not stays:
        return None
    last = max(stays, key=lambda stay: stay.end_utc)
    start_s, end_s = (whole_half_hour(at).timestamp() for at in (last.start_utc, last.end_utc))
    if start_s >= end_s:
        return None
    minima = nights_of(load_half_hours(connection, last.meter_id, start_s, end_s))
    load = always_on(minima, heated=True)
    nights = int((minima.minimum_w >= 0).sum())
    return load.power_w if nights >= FEWEST_NIGHTS else None


def _local_date(at_utc: datetime) -> date:
    return at_utc.astimezone(ZoneInfo(ZONE)).date()
