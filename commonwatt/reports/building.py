"""What a landlord may see of a building: months of groups of homes, never a household."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from commonwatt.access import may_publish
from commonwatt.model import SMALLEST_GROUP, ZONE
from commonwatt.reports.household import month_of
from commonwatt.storage import buildings
from commonwatt.storage.buildings import ReleasedMonth

if TYPE_CHECKING:
    from datetime import date, datetime

    from commonwatt.access import Viewer
    from commonwatt.model import Period
    from commonwatt.storage.buildings import HomeMonth
    from commonwatt.storage.pool import Connection


SETTLED_AFTER = timedelta(days=3)
"""How long after its end a month waits for late readings before it is released."""

LEAST_COVERAGE = 0.9
"""A home counts in a month if it was measured for at least this share of it."""


@dataclass(frozen=True, slots=True)
class BuildingMonth:
    """One closed local month of one building; `kwh` is None where the month is withheld.

    `withheld` names the reason: "too_few_homes", "one_home_dominates" or "thin_data".
    """

    month: date
    homes: int
    kwh: float | None
    coverage: float | None
    withheld: str | None


@dataclass(frozen=True, slots=True)
class BuildingReport:
    """A building's dwellings, how many homes agreed to be counted, and its released months."""

    building_name: str
    now_utc: datetime
    zone: str
    dwellings: int
    consenting_homes: int
    live_meters: int
    months: tuple[BuildingMonth, ...]


def load_building(
    connection: Connection, viewer: Viewer | None, now_utc: datetime
) -> BuildingReport:
    """Release the months that are due, then show every closed month, released or withheld."""
    building = buildings.load_building(connection, viewer, now_utc)
    released = {month.month: month for month in buildings.released_months(connection, viewer)}
    months = []
    for period in _closed_months(buildings.first_day(connection, viewer), now_utc):
        month = period.start_utc.date()
        shown = _shown(released[month]) if month in released else None
        months.append(shown or _release(connection, viewer, period, now_utc))
    return BuildingReport(
        building_name=building.name,
        now_utc=now_utc,
        zone=ZONE,
        dwellings=building.dwellings,
        consenting_homes=building.consenting_homes,
        live_meters=building.live_meters,
        months=tuple(months),
    )


def _closed_months(first_day: date | None, now_utc: datetime) -> list[Period]:
    """The local months that ended long enough ago, oldest first."""
    periods: list[Period] = []
    day = first_day
    while day and (period := month_of(day)).end_utc + SETTLED_AFTER <= now_utc:
        periods.append(period)
        day = period.end_utc.date()
    return periods


def _release(
    connection: Connection, viewer: Viewer | None, period: Period, now_utc: datetime
) -> BuildingMonth:
    month, next_month = period.start_utc.date(), period.end_utc.date()
    homes = buildings.home_months(connection, viewer, period, month, next_month)
    measured = [h for h in homes if h.covered_s >= LEAST_COVERAGE * period.length_s]
    withheld = _reason_to_withhold(homes, measured)
    if withheld:
        return BuildingMonth(month, len(measured), None, None, withheld)
    total = ReleasedMonth(
        month=month,
        homes=len(measured),
        energy_wh=sum(home.energy_wh for home in measured),
        coverage=sum(home.covered_s for home in measured) / (len(measured) * period.length_s),
    )
    buildings.release_month(connection, viewer, total, now_utc)
    return _shown(total)


def _reason_to_withhold(homes: list[HomeMonth], measured: list[HomeMonth]) -> str | None:
    if len(homes) < SMALLEST_GROUP:
        return "too_few_homes"
    if len(measured) < SMALLEST_GROUP:
        return "thin_data"
    if not may_publish([home.energy_wh for home in measured]):
        return "one_home_dominates"
    return None


def _shown(month: ReleasedMonth) -> BuildingMonth:
    return BuildingMonth(month.month, month.homes, month.energy_wh / 1000, month.coverage, None)
