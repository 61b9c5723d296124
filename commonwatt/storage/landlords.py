"""Which buildings a landlord's staff may choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.access import Landlord, Staff
from commonwatt.errors import AccessError
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection

_SQL = queries("landlords")


@dataclass(frozen=True, slots=True)
class BuildingChoice:
    """A building that the viewer may open."""

    building_id: int
    name: str


def list_buildings(connection: Connection, viewer: Viewer | None) -> list[BuildingChoice]:
    """All buildings of the staff's landlord; of a link for one building, that one."""
    match viewer:
        case Staff(landlord_id, _):
            where = {"landlord_id": landlord_id, "building_id": None}
        case Landlord(building_id):
            where = {"landlord_id": None, "building_id": building_id}
        case _:
            raise AccessError
    with database_errors():
        rows = connection.execute(_SQL["buildings_of"], where)
        return [BuildingChoice(*row) for row in rows]


def choose_building(connection: Connection, viewer: Viewer | None, building_id: int) -> Landlord:
    """The viewer as somebody who looks at this one building, if it is one of theirs."""
    if building_id not in {choice.building_id for choice in list_buildings(connection, viewer)}:
        raise AccessError
    return Landlord(building_id)


def may_change(viewer: Viewer | None) -> bool:
    """Whoever holds a building's link, or an account that may change things."""
    return isinstance(viewer, Landlord) or (isinstance(viewer, Staff) and viewer.may_change)


def choose_to_change(connection: Connection, viewer: Viewer | None, building_id: int) -> Landlord:
    """As `choose_building`, for those who may do more than read."""
    if not may_change(viewer):
        raise AccessError
    return choose_building(connection, viewer, building_id)
