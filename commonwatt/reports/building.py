"""What a landlord may see of a building: months of groups of homes, never a household."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.access import building_of
from commonwatt.model import SMALLEST_GROUP, ZONE
from commonwatt.reports.household import month_of
from commonwatt.storage import actions, buildings, open_buildings

if TYPE_CHECKING:
    from datetime import date, datetime

    from commonwatt.access import Viewer
    from commonwatt.storage.actions import Action
    from commonwatt.storage.buildings import ReleasedMonth
    from commonwatt.storage.open_buildings import OpenBuilding
    from commonwatt.storage.pool import Connection

WAITING = "year_not_over"
"""Why a month is not told yet: who took part all year is not known before its end."""


@dataclass(frozen=True, slots=True)
class BuildingMonth:
    """One closed local month of one building; `homes` and `kwh` are None where it is withheld.

    `withheld` names the reason: "year_not_over", "too_few_homes", "thin_data", "differs_by_few",
    "would_reveal" or "one_home_dominates".
    """

    month: date
    homes: int | None
    kwh: float | None
    coverage: float | None
    withheld: str | None


@dataclass(frozen=True, slots=True)
class BuildingReport:
    """A building's dwellings, how many homes agreed, its months, and what was done there.

    `live_meters` and `silent_meters` are None where fewer than 11 meters hang.
    """

    building_id: int
    building_name: str
    now_utc: datetime
    zone: str
    dwellings: int
    consenting_homes: int
    live_meters: int | None
    silent_meters: int | None
    months: tuple[BuildingMonth, ...]
    actions: tuple[Action, ...]
    opening: OpenBuilding | None = None


def load_building(
    connection: Connection, viewer: Viewer | None, now_utc: datetime
) -> BuildingReport:
    """Show every closed month: released, withheld, or waiting for the end of its year."""
    building = buildings.load_building(connection, viewer, now_utc)
    decided = {
        month.month: _shown(month) for month in buildings.released_months(connection, viewer)
    }
    for month, reason in buildings.withheld_months(connection, viewer):
        decided[month] = BuildingMonth(month, None, None, None, reason)
    begun = buildings.first_day(connection, viewer)
    closed = _closed_months(min(decided, default=_month_after(begun)), now_utc)
    months = [
        decided.get(month) or BuildingMonth(month, None, None, None, WAITING) for month in closed
    ]
    counted = building.meters >= SMALLEST_GROUP
    return BuildingReport(
        building_id=building_of(viewer),
        building_name=building.name,
        now_utc=now_utc,
        zone=ZONE,
        dwellings=building.dwellings,
        consenting_homes=building.consenting_homes,
        live_meters=building.live_meters if counted else None,
        silent_meters=building.meters - building.live_meters if counted else None,
        months=tuple(months),
        actions=tuple(actions.load_actions(connection, viewer)),
        opening=open_buildings.opening_of(connection, viewer),
    )


def _closed_months(first: date | None, now_utc: datetime) -> list[date]:
    """The local months that have ended, oldest first, from the first one on."""
    months: list[date] = []
    day = first
    while day and (period := month_of(day)).end_utc <= now_utc:
        months.append(day)
        day = period.end_utc.date()
    return months


def _month_after(day: date | None) -> date | None:
    """The first whole month."""
    return month_of(day).end_utc.date() if day else None


def _shown(month: ReleasedMonth) -> BuildingMonth:
    return BuildingMonth(month.month, month.homes, month.energy_wh / 1000, month.coverage, None)
