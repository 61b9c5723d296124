"""A home with a meter, and readings of it, for tests that need a database with something in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from commonwatt.access import HouseholdMember
from commonwatt.demo.registration import register_home
from commonwatt.storage import buildings, readings
from commonwatt.storage.rows import ReadingRows

if TYPE_CHECKING:
    from commonwatt.storage.meters import Meter
    from commonwatt.storage.pool import Connection

START_UTC = datetime(2026, 3, 1, tzinfo=UTC)
START_S = int(START_UTC.timestamp())


@dataclass(frozen=True, slots=True)
class Home:
    """A registered home whose meter counts from zero."""

    viewer: HouseholdMember
    meter: Meter
    building_id: int


def move_in(
    connection: Connection,
    label: str = "A01",
    *,
    start_utc: datetime = START_UTC,
    building: str = "Tilleuls",
    serial: str = "cw-7k3f9qx",
) -> Home:
    building_id = buildings.find_building(connection, building)
    if building_id is None:
        building_id = buildings.add_building(connection, building)
    home = register_home(
        connection, building_id, stairwell="A", label=label, serial=serial, start_utc=start_utc
    )
    return Home(HouseholdMember(home.occupancy_id), home.meter, building_id)


def rows_of(meter: Meter, end_s: Any, register_wh: Any, **columns: Any) -> ReadingRows:
    """Readings of one log, numbered in the order given; minutes unless told otherwise."""
    same = np.ones(len(end_s), dtype=np.int64)
    table = {
        "meter_id": meter.meter_id * same,
        "end_s": np.asarray(end_s, dtype=np.int64),
        "log": 7 * same,
        "n": np.arange(1, len(end_s) + 1),
        "boot": same,
        "duration_s": 60 * same,
        "flags": 0 * same,
        "register_wh": np.asarray(register_wh, dtype=np.float64),
        "power_w": np.full(len(end_s), np.nan),
        "apparent_va": np.full(len(end_s), np.nan),
    }
    return ReadingRows(**(table | columns))


def pick(rows: ReadingRows, chosen: Any) -> ReadingRows:
    return ReadingRows(**{name: getattr(rows, name)[chosen] for name in rows.__slots__})


def write(connection: Connection, rows: ReadingRows) -> None:
    """Write as ingest does: the rows and the mark of what they change, together."""
    with connection.transaction():
        if readings.write_readings(connection, rows).new:
            readings.mark_dirty(connection, rows)
