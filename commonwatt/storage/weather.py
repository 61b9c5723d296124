"""Daily temperatures: put away by station, given back by building."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.errors import RegistryError
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors
from commonwatt.weather.days import BuildingDays, Station

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonwatt.storage.pool import Connection
    from commonwatt.weather.days import StationDays

_SQL = queries("weather")
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class KnownStation:
    """A station and how much is known of it; a day may be known in both kinds."""

    station: Station
    first_day: date | None
    last_day: date | None
    local_days: int
    utc_days: int


def replace_days(connection: Connection, files: Iterable[StationDays]) -> int:
    """Put days in place of those of the same station, kind and stretch; all of them or none."""
    stored = 0
    with database_errors(), connection.transaction():
        for each in files:
            if len(each):
                _replace(connection, each)
                stored += len(each)
    return stored


def _replace(connection: Connection, days: StationDays) -> None:
    station = days.station
    place = {
        "key": station.key,
        "name": station.name,
        "latitude": station.latitude,
        "longitude": station.longitude,
        "altitude_m": station.altitude_m,
    }
    row = connection.execute(_SQL["put_station"], place).fetchone()
    where = {
        "station_id": None if row is None else row[0],
        "kind": days.kind.value,
        "first": _date(int(days.day[0])),
        "last": _date(int(days.day[-1])),
    }
    connection.execute(_SQL["drop_days"], where)
    columns = {
        name: getattr(days, name).tolist()
        for name in ("day", "mean_c", "low_c", "high_c", "coverage")
    }
    connection.execute(_SQL["add_days"], where | columns)


def choose_station(connection: Connection, building_id: int, key: str) -> None:
    """Let a station stand for a building, in place of the one before."""
    with database_errors():
        row = connection.execute(
            _SQL["choose_station"], {"building_id": building_id, "key": key}
        ).fetchone()
    if row is None:
        raise RegistryError(f"there is no weather station {key!r}; import its days first")


def known_stations(connection: Connection) -> list[KnownStation]:
    with database_errors():
        rows = connection.execute(_SQL["stations"])
        return [KnownStation(Station(*row[:5]), *row[5:]) for row in rows]


def load_days(
    connection: Connection, building_id: int, first: date, last: date
) -> BuildingDays | None:
    """Load what is known from one day to another, both included; None without a station."""
    where = {"building_id": building_id, "first": first, "last": last}
    with database_errors():
        row = connection.execute(_SQL["station_of"], (building_id,)).fetchone()
        days = connection.execute(_SQL["building_days"], where).fetchall()
    if row is None:
        return None
    columns = list(zip(*days, strict=True)) or [()] * 5
    mean_c, low_c, high_c = (np.array(column, np.float64) for column in columns[1:4])
    return BuildingDays(
        station=Station(*row),
        day=np.array(columns[0], np.int64),
        mean_c=mean_c,
        low_c=low_c,
        high_c=high_c,
        is_local=np.array(columns[4], np.bool_),
    )


def station_name(connection: Connection, building_id: int) -> str | None:
    """The name of the station that stands for a building."""
    with database_errors():
        row = connection.execute(_SQL["station_of"], (building_id,)).fetchone()
    return Station(*row).name if row else None


def _date(day: int) -> date:
    return _EPOCH + timedelta(days=day)
