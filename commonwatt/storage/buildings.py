"""Buildings: their dwellings, and the months of them that a landlord has been shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.access import building_of
from commonwatt.errors import AccessError, RegistryError
from commonwatt.model import ZONE
from commonwatt.storage.consents import Purpose
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import date, datetime

    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection

_SQL = queries("buildings")


@dataclass(frozen=True, slots=True)
class Building:
    """What may be said of a building without saying anything of a home."""

    name: str
    dwellings: int
    consenting_homes: int
    live_meters: int
    meters: int


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


def only_dwelling(connection: Connection, building_id: int) -> int:
    """The one dwelling of a home that stands for itself."""
    return _added(connection, "only_dwelling", (building_id,))


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


def first_day(connection: Connection, viewer: Viewer | None) -> date | None:
    with database_errors():
        asked = {"building_id": building_of(viewer), "zone": ZONE}
        row = connection.execute(_SQL["first_day"], asked).fetchone()
    return row[0] if row else None


def released_months(connection: Connection, viewer: Viewer | None) -> list[ReleasedMonth]:
    with database_errors():
        rows = connection.execute(_SQL["released"], (building_of(viewer),))
        return [ReleasedMonth(*row) for row in rows]


def withheld_months(connection: Connection, viewer: Viewer | None) -> list[tuple[date, str]]:
    """The months that are not told, each with the reason's code."""
    with database_errors():
        return connection.execute(_SQL["withheld"], (building_of(viewer),)).fetchall()


def find_building(connection: Connection, name: str) -> int | None:
    with database_errors():
        row = connection.execute(_SQL["building_by_name"], (name,)).fetchone()
    return int(row[0]) if row else None
