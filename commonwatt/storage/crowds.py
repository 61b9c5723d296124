"""A year of many made-up homes at once, for whoever measures how long pages take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonwatt.model import ZONE
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.model import Period
    from commonwatt.storage.pool import Connection

_SQL = queries("crowds")


def fill_meters(connection: Connection, period: Period, fine_utc: datetime) -> None:
    """Give every meter half-hours and days of a period, and readings by the minute from `fine_utc`."""
    span = {"start_utc": period.start_utc, "end_utc": period.end_utc}
    told = {**span, "fine_utc": fine_utc, "zone": ZONE}
    with database_errors():
        connection.execute(_SQL["crowd_half_hours"], told)
        connection.execute(_SQL["crowd_days"], told)
        connection.execute(_SQL["crowd_readings"], told)
        connection.execute(_SQL["crowd_signs"], told)
        connection.execute(_SQL["crowd_statistics"])


def read_once(connection: Connection, meter_id: int, period: Period) -> int:
    """Read one meter's half-hours by their index; return how many there are."""
    row = {"meter_id": meter_id, "start_utc": period.start_utc, "end_utc": period.end_utc}
    with database_errors():
        return len(connection.execute(_SQL["one_read"], row).fetchall())


def table_sizes(connection: Connection) -> dict[str, tuple[int, int]]:
    """Bytes on disk and rows of readings, half-hours and days."""
    with database_errors():
        return {name: (size, rows) for name, size, rows in connection.execute(_SQL["table_sizes"])}
