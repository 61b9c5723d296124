"""Buildings whose told months everybody may read, because their landlord opened them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.access import building_of
from commonwatt.errors import AccessError
from commonwatt.storage.buildings import ReleasedMonth
from commonwatt.storage.landlords import choose_to_change
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection

_SQL = queries("open_buildings")


@dataclass(frozen=True, slots=True)
class OpenBuilding:
    """A building that everybody may read about, the name in its address, and since when."""

    building_id: int
    slug: str
    name: str
    opened_utc: datetime


def switch_building(
    connection: Connection,
    viewer: Viewer | None,
    building_id: int,
    *,
    is_open: bool,
    now_utc: datetime,
) -> None:
    """Open a building to everybody, or close it."""
    choose_to_change(connection, viewer, building_id)
    with database_errors():
        row = connection.execute(_SQL["building_name"], (building_id,)).fetchone()
        name = row[0] if row else ""
        told = {
            "building_id": building_id,
            "slug": slug_of(name, building_id),
            "name": name,
            "now_utc": now_utc,
        }
        connection.execute(_SQL["open_building" if is_open else "close_building"], told)


def slug_of(name: str, building_id: int) -> str:
    """A name as it stands in an address; the number tells two of one name apart."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    letters = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]
    return f"{letters or 'building'}-{building_id}"


def opening_of(connection: Connection, viewer: Viewer | None) -> OpenBuilding | None:
    with database_errors():
        row = connection.execute(_SQL["opening_of"], (building_of(viewer),)).fetchone()
    return OpenBuilding(*row) if row else None


def find_open_building(connection: Connection, slug: str) -> OpenBuilding:
    """The open building of an address; for anybody."""
    with database_errors():
        row = connection.execute(_SQL["open_building_at"], (slug,)).fetchone()
    if row is None:
        raise AccessError
    return OpenBuilding(*row)


def open_months(connection: Connection, slug: str) -> list[ReleasedMonth]:
    with database_errors():
        return [ReleasedMonth(*row) for row in connection.execute(_SQL["open_months"], (slug,))]
