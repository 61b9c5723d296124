"""Reads a weather file of any format known, whole, before anybody uses a line of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonwatt.model import ZONE
from commonwatt.weather import meteo_france, table
from commonwatt.weather.lines import open_lines

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from commonwatt.weather.days import StationDays
    from commonwatt.weather.lines import WeatherLines


def read_weather(
    path: Path, *, stations: Collection[str] | None = None, zone: str = ZONE
) -> list[StationDays]:
    """Read the days of a file, of all its stations or of those asked; every line is checked."""
    with open_lines(path) as lines:
        found = _read(lines, None if stations is None else frozenset(stations), zone)
        if stations is not None:
            for key in sorted(set(stations) - {each.station.key for each in found}):
                raise lines.error(f"a day of the station {key}", "none")
        if not found:
            raise lines.error("at least one day", "none")
    return found


def _read(lines: WeatherLines, wanted: frozenset[str] | None, zone: str) -> list[StationDays]:
    columns = frozenset(lines.columns)
    if meteo_france.HOURLY in columns:
        _check_columns(lines, meteo_france.HOURLY_NEEDED)
        return meteo_france.read_hourly(lines, wanted, zone)
    if meteo_france.DAILY in columns:
        _check_columns(lines, meteo_france.DAILY_NEEDED)
        return meteo_france.read_daily(lines, wanted)
    _check_columns(lines, table.NEEDED)
    return table.read(lines, wanted)


def _check_columns(lines: WeatherLines, needed: tuple[str, ...]) -> None:
    for name in needed:
        if name not in lines.columns:
            raise lines.error(f"a column {name}", ", ".join(lines.columns)[:80])
