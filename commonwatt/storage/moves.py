"""Meters that move or are swapped, and dates that turn out wrong: history follows, readings stay.

Energy belongs to a household through dwelling and dates, so that nothing needs to be computed again;
the tables refuse two households at once in a dwelling and a meter in two places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commonwatt.errors import RegistryError
from commonwatt.storage import meters
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.storage.pool import Connection

_SQL = queries("moves")


def take_down(connection: Connection, meter_id: int, at_utc: datetime) -> int:
    """End a meter's installation; return the dwelling it hung in."""
    with database_errors():
        asked = {"meter_id": meter_id, "at_utc": at_utc}
        row = connection.execute(_SQL["end_installation"], asked).fetchone()
    if row is None:
        raise RegistryError(f"meter {meter_id} hangs nowhere at {at_utc:%Y-%m-%d %H:%M}")
    return int(row[0])


def meter_in(connection: Connection, dwelling_id: int, at_utc: datetime) -> int | None:
    """The meter that hangs in a dwelling at an instant."""
    with database_errors():
        asked = {"dwelling_id": dwelling_id, "at_utc": at_utc}
        row = connection.execute(_SQL["meter_in"], asked).fetchone()
    return int(row[0]) if row else None


def dwelling_of(connection: Connection, meter_id: int, at_utc: datetime) -> int | None:
    """Where a meter hangs at an instant."""
    with database_errors():
        asked = {"meter_id": meter_id, "at_utc": at_utc}
        row = connection.execute(_SQL["dwelling_of"], asked).fetchone()
    return int(row[0]) if row else None


def move_meter(connection: Connection, meter_id: int, dwelling_id: int, at_utc: datetime) -> None:
    """Hang a meter in another dwelling from an instant on."""
    with database_errors(), connection.transaction():
        take_down(connection, meter_id, at_utc)
        meters.install(connection, meter_id, dwelling_id, at_utc)


def swap_meter(connection: Connection, dwelling_id: int, meter_id: int, at_utc: datetime) -> None:
    """Hang another meter in the place of the one that hangs in a dwelling."""
    with database_errors(), connection.transaction():
        hanging = meter_in(connection, dwelling_id, at_utc)
        if hanging is None:
            raise RegistryError(f"no meter hangs in dwelling {dwelling_id}: install one instead")
        take_down(connection, hanging, at_utc)
        meters.install(connection, meter_id, dwelling_id, at_utc)


def correct_occupancy(
    connection: Connection, occupancy_id: int, start_utc: datetime, end_utc: datetime | None
) -> None:
    """Say when a household really lived where it lived; an erased one stays as it is."""
    asked = {"occupancy_id": occupancy_id, "start_utc": start_utc, "end_utc": end_utc}
    _correct(connection, "correct_occupancy", asked)


def correct_installation(
    connection: Connection,
    meter_id: int,
    believed_utc: datetime,
    start_utc: datetime,
    end_utc: datetime | None,
) -> None:
    """Say when a meter really hung where it was believed to hang from an instant on."""
    asked = {"meter_id": meter_id, "believed_utc": believed_utc}
    ends = {"start_utc": start_utc, "end_utc": end_utc}
    _correct(connection, "correct_installation", asked | ends)


def _correct(connection: Connection, name: str, asked: dict[str, Any]) -> None:
    with database_errors():
        if connection.execute(_SQL[name], asked).rowcount != 1:
            raise RegistryError("there is nothing of that date to correct")
