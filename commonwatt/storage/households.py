"""Households: who lives where between which dates, and which meter measured them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.access import member_of, occupancy_of
from commonwatt.errors import AccessError, RegistryError
from commonwatt.model import whole_half_hour
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.access import Viewer
    from commonwatt.model import Period
    from commonwatt.storage.pool import Connection

_SQL = queries("households")


@dataclass(frozen=True, slots=True)
class Household:
    """A household in its dwelling, since when and, if it left, until when."""

    occupancy_id: int
    dwelling_label: str
    stairwell: str
    building_name: str
    start_utc: datetime
    end_utc: datetime | None


@dataclass(frozen=True, slots=True)
class Stay:
    """One meter measuring one household from `start_utc` up to `end_utc`."""

    meter_id: int
    start_utc: datetime
    end_utc: datetime


def move_in(
    connection: Connection,
    dwelling_id: int,
    start_utc: datetime,
    end_utc: datetime | None = None,
) -> int:
    row = {"dwelling_id": dwelling_id, "start_utc": start_utc, "end_utc": end_utc}
    with database_errors():
        added = connection.execute(_SQL["add_occupancy"], row).fetchone()
    if added is None:
        raise RegistryError(f"nobody moved into dwelling {dwelling_id}")
    return int(added[0])


def move_out(connection: Connection, occupancy_id: int, end_utc: datetime) -> None:
    with database_errors():
        connection.execute(
            _SQL["end_occupancy"], {"occupancy_id": occupancy_id, "end_utc": end_utc}
        )


def leave(connection: Connection, viewer: Viewer | None, end_utc: datetime) -> None:
    """End the viewer's own stay with a whole half-hour, earlier than it ends by now."""
    asked = {"occupancy_id": member_of(viewer), "end_utc": whole_half_hour(end_utc)}
    with database_errors():
        if not connection.execute(_SQL["leave"], asked).rowcount:
            raise RegistryError("the stay begins after that day, or ended before it")


def load_household(connection: Connection, viewer: Viewer | None) -> Household:
    with database_errors():
        row = connection.execute(_SQL["household"], (occupancy_of(viewer),)).fetchone()
    if row is None:
        raise AccessError
    return Household(*row)


def building_of(connection: Connection, viewer: Viewer | None) -> int:
    """The building the viewer's household lives in."""
    with database_errors():
        row = connection.execute(_SQL["building_of"], (occupancy_of(viewer),)).fetchone()
    if row is None:
        raise AccessError
    return int(row[0])


def stays_of(connection: Connection, viewer: Viewer | None, period: Period) -> list[Stay]:
    """The stretches of the period during which a meter measured the viewer's household."""
    stretch = {
        "occupancy_id": occupancy_of(viewer),
        "start_utc": period.start_utc,
        "end_utc": period.end_utc,
    }
    with database_errors():
        rows = connection.execute(_SQL["stays"], stretch)
        return [Stay(meter, max(start, period.start_utc), end) for meter, start, end in rows]


def latest_power(connection: Connection, viewer: Viewer | None) -> tuple[float, datetime] | None:
    """Watts and when, or None if no meter of the household has told its power."""
    with database_errors():
        row = connection.execute(
            _SQL["latest_power"], {"occupancy_id": occupancy_of(viewer)}
        ).fetchone()
    return (float(row[0]), row[1]) if row else None


def occupancy_at(connection: Connection, meter_id: int, at_utc: datetime) -> int | None:
    """The household a meter measures at an instant."""
    where = {"meter_id": meter_id, "at_utc": at_utc}
    with database_errors():
        row = connection.execute(_SQL["occupancy_at"], where).fetchone()
    return int(row[0]) if row else None
