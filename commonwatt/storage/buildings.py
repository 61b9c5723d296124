"""Buildings: their dwellings, and the months of them that a landlord has been shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.access import building_of
from commonwatt.errors import AccessError, RegistryError
from commonwatt.storage.consents import Purpose
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import date, datetime

    from commonwatt.access import Viewer
    from commonwatt.model import Period
    from commonwatt.storage.pool import Connection

_SQL = queries("buildings")


@dataclass(frozen=True, slots=True)
class Building:
    """What may be said of a building without saying anything of a home."""

    name: str
    dwellings: int
    consenting_homes: int
    live_meters: int


@dataclass(frozen=True, slots=True)
class HomeMonth:
    """One consenting home's month, on its way into a sum; never leaves the house alone."""

    energy_wh: float
    covered_s: float


@dataclass(frozen=True, slots=True)
class ReleasedMonth:
    """The sum of a month as a landlord was shown it."""

    month: date
    homes: int
    energy_wh: float
    coverage: float


def add_building(connection: Connection, name: str) -> int:
    return _added(connection, "add_building", (name,))


def add_dwelling(connection: Connection, building_id: int, stairwell: str, label: str) -> int:
    return _added(connection, "add_dwelling", (building_id, stairwell, label))


def _added(connection: Connection, name: str, row: tuple[int | str, ...]) -> int:
    with database_errors():
        added = connection.execute(_SQL[name], row).fetchone()
    if added is None:
        raise RegistryError(f"{name} added nothing")
    return int(added[0])


def load_building(connection: Connection, viewer: Viewer | None, now_utc: datetime) -> Building:
    where = {
        "building_id": building_of(viewer),
        "purpose": Purpose.BUILDING_FIGURES,
        "now_utc": now_utc,
    }
    with database_errors():
        row = connection.execute(_SQL["building"], where).fetchone()
    if row is None:
        raise AccessError
    return Building(*row)


def home_months(
    connection: Connection, viewer: Viewer | None, period: Period, month: date, next_month: date
) -> list[HomeMonth]:
    """The homes that may be counted in a local month, whose instants are `period`."""
    where = {
        "building_id": building_of(viewer),
        "purpose": Purpose.BUILDING_FIGURES,
        "month": month,
        "next_month": next_month,
        "start_utc": period.start_utc,
        "end_utc": period.end_utc,
    }
    with database_errors():
        rows = connection.execute(_SQL["home_months"], where)
        return [HomeMonth(energy_wh, covered_s) for _, energy_wh, covered_s in rows]


def first_day(connection: Connection, viewer: Viewer | None) -> date | None:
    with database_errors():
        row = connection.execute(_SQL["first_day"], (building_of(viewer),)).fetchone()
    return row[0] if row else None


def released_months(connection: Connection, viewer: Viewer | None) -> list[ReleasedMonth]:
    with database_errors():
        rows = connection.execute(_SQL["released"], (building_of(viewer),))
        return [ReleasedMonth(*row) for row in rows]


def release_month(
    connection: Connection, viewer: Viewer | None, month: ReleasedMonth, now_utc: datetime
) -> None:
    row = {
        "building_id": building_of(viewer),
        "month": month.month,
        "homes": month.homes,
        "energy_wh": month.energy_wh,
        "coverage": month.coverage,
        "now_utc": now_utc,
    }
    with database_errors():
        connection.execute(_SQL["release"], row)


def find_building(connection: Connection, name: str) -> int | None:
    with database_errors():
        row = connection.execute(_SQL["building_by_name"], (name,)).fetchone()
    return int(row[0]) if row else None
