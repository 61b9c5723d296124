"""What everybody may read of a building that its landlord opened: months told before, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from commonwatt.reports.building import BuildingMonth
from commonwatt.storage.open_buildings import find_open_building, open_months

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.storage.pool import Connection

LICENCES: Final = ("etalab-2.0", "CC-BY-4.0")
"""Who takes the figures chooses one of these, by its SPDX name."""


@dataclass(frozen=True, slots=True)
class OpenData:
    """A building's name, its address here, since when it is open, and its told months."""

    slug: str
    building_name: str
    opened_utc: datetime
    licences: tuple[str, ...]
    months: tuple[BuildingMonth, ...]


def load_open_data(connection: Connection, slug: str) -> OpenData:
    building = find_open_building(connection, slug)
    return OpenData(
        slug=building.slug,
        building_name=building.name,
        opened_utc=building.opened_utc,
        licences=LICENCES,
        months=tuple(
            BuildingMonth(each.month, each.homes, each.energy_wh / 1000, each.coverage, None)
            for each in open_months(connection, slug)
        ),
    )
