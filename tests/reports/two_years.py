"""A home that was measured for two years, in weather that is known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.core.calendar import local_day_edges_s
from commonwatt.core.series import EnergySeries
from commonwatt.model import ZONE
from commonwatt.storage import rollups as tiers
from commonwatt.storage import weather
from commonwatt.weather.days import DayKind, Station, StationDays
from tests.core.homes import heated_wh, seasons_c
from tests.simulated import Home, move_in

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

FIRST = date(2023, 1, 2)
DAYS = 730
CHANGE = FIRST + timedelta(days=365)
END = FIRST + timedelta(days=DAYS)
START_UTC = datetime(2023, 1, 1, 23, tzinfo=UTC)
END_UTC = datetime(2024, 12, 31, 23, tzinfo=UTC)
STATION = Station("ormes", "Ormes")
EPOCH = date(1970, 1, 1)
HOLE_S = datetime(2024, 6, 10, 10, tzinfo=UTC).timestamp()


def number(day: date) -> int:
    return (day - EPOCH).days


TEMPERATURE_C = seasons_c(DAYS, start=number(FIRST))


def live(connection: Connection, saving: float = 0.2, hole: str = "none") -> Home:
    """Two years of half-hours; nights from 0 to 6 use a third of what the hours of the day do."""
    home = move_in(connection, start_utc=START_UTC)
    use_wh = heated_wh(TEMPERATURE_C, noise=0.1)
    use_wh[365:] *= 1 - saving
    midnights_s = local_day_edges_s(FIRST, DAYS, ZONE)
    edges_s = np.arange(midnights_s[0], midnights_s[-1] + 1, 1800)
    day = np.searchsorted(midnights_s, edges_s[:-1], side="right") - 1
    shape = np.where(edges_s[:-1] - midnights_s[day] < 6 * 3600, 1.0, 3.0)
    energy_wh = shape * (use_wh / np.bincount(day, shape))[day]
    lost = (edges_s[:-1] >= HOLE_S) & (edges_s[:-1] < HOLE_S + 3 * 86_400) & (hole != "none")
    bridged, zeros = lost & (hole == "bridged"), np.zeros_like(energy_wh)
    series = EnergySeries(
        edges_s=edges_s,
        energy_wh=np.where(lost & ~bridged, np.nan, energy_wh),
        register_wh=np.where(lost, 0.0, energy_wh),
        power_wh=zeros,
        estimated_wh=np.where(bridged, energy_wh, 0.0),
        covered_s=np.where(lost, 0.0, 1800.0),
    )
    with connection.transaction():
        tiers.replace_half_hours(connection, home.meter.meter_id, series)
    return home


def know_weather(connection: Connection, home: Home) -> None:
    day = np.arange(number(FIRST), number(FIRST) + DAYS)
    unknown = np.full(DAYS, np.nan)
    kind = DayKind.LOCAL_DAY
    days = StationDays(STATION, kind, day, TEMPERATURE_C, unknown, unknown, unknown)
    weather.replace_days(connection, [days])
    weather.choose_station(connection, home.building_id, STATION.key)
