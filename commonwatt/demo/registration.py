"""Registers a home with its meter, as a workshop and a move-in would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.model import HALF_HOUR_S
from commonwatt.servers.credentials import new_secret
from commonwatt.storage import buildings, credentials, households, meters
from commonwatt.storage.pool import database_errors
from commonwatt.storage.readings import instant

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.storage.meters import Meter
    from commonwatt.storage.pool import Connection


@dataclass(frozen=True, slots=True)
class RegisteredHome:
    """A household, the meter in its dwelling, and that meter's secret."""

    occupancy_id: int
    meter: Meter
    secret: str


def register_home(
    connection: Connection,
    building_id: int,
    *,
    stairwell: str,
    label: str,
    serial: str,
    start_utc: datetime,
    backlog_days: int | None = 30,
    p_max_w: int = 12_000,
) -> RegisteredHome:
    """Add a dwelling, a household that moves in, and a simulated meter that hangs there."""
    secret = new_secret()
    since_utc = half_hour_before(start_utc)
    with database_errors(), connection.transaction():
        dwelling_id = buildings.add_dwelling(connection, building_id, stairwell, label)
        occupancy_id = households.move_in(connection, dwelling_id, since_utc)
        meter = meters.add_meter(
            connection,
            serial,
            state="live",
            backlog_days=backlog_days,
            p_max_w=p_max_w,
        )
        credentials.set_secret(connection, meter.meter_id, secret, since_utc)
        meters.install(connection, meter.meter_id, dwelling_id, since_utc)
    return RegisteredHome(occupancy_id, meter, secret)


def renew_secret(connection: Connection, meter: Meter, now_utc: datetime) -> str:
    """Give a meter a new secret; the broker learns of it within a second."""
    secret = new_secret()
    credentials.set_secret(connection, meter.meter_id, secret, now_utc)
    return secret


def half_hour_before(moment_utc: datetime) -> datetime:
    seconds = moment_utc.timestamp()
    return instant(seconds - seconds % HALF_HOUR_S)
