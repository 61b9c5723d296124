"""The public climatological files of Meteo-France, by the day and by the hour."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from commonwatt.core.calendar import local_day_edges_s
from commonwatt.weather.days import DayKind, Station, StationDays
from commonwatt.weather.lines import day_number
from commonwatt.weather.table import as_station_days

if TYPE_CHECKING:
    from collections.abc import Container

    from numpy.typing import NDArray

    from commonwatt.weather.lines import WeatherLines
    from commonwatt.weather.table import Figures

DAILY = "AAAAMMJJ"
HOURLY = "AAAAMMJJHH"
PLACE = ("NUM_POSTE", "NOM_USUEL", "LAT", "LON", "ALTI")
DAILY_NEEDED = (*PLACE, DAILY, "TM", "QTM", "TN", "QTN", "TX", "QTX")
HOURLY_NEEDED = (*PLACE, HOURLY, "T", "QT")
HOURLY_WANTED = (*HOURLY_NEEDED, "TN", "QTN", "TX", "QTX")

MEAN_COVERAGE = 0.5
"""Share of a day's hours that a mean needs, as CalTRACK 2.0 asks."""

EXTREMES_COVERAGE = 0.9
"""Share of a day's hours that its lowest and highest need: an hour left out may be the one."""

_HOUR_S = 3600
_DAY_S = 86_400
_POST = re.compile(r"\d{8}", re.ASCII)
_DOUBTFUL = "2"
_QUALITY = frozenset({"", "0", "1", _DOUBTFUL, "9"})
_MOST_NAME_LETTERS = 80

Stations = dict[str, tuple[Station, "dict[int, Figures]"]]


def read_daily(lines: WeatherLines, wanted: Container[str] | None) -> list[StationDays]:
    """Read a "Q_" file: means over 0-24 h UTC, lows over 18-18 h, highs over 06-06 h."""
    found: Stations = {}
    for row in lines.rows(DAILY_NEEDED):
        key, day = _key(lines, row[0]), day_number(row[5])
        if day is None or "-" in row[5]:
            raise lines.error("a day such as 20260131", row[5])
        figures = _figures(lines, row[6:], ("a mean TM", "a low TN", "a high TX"))
        if figures[1] > figures[2]:
            raise lines.error("a low TN that is not above the high TX", f"{row[8]}, {row[10]}")
        _keep(lines, found, wanted, row, key, day, figures)
    return [as_station_days(place, DayKind.UTC_DAY, days) for place, days in found.values() if days]


def read_hourly(lines: WeatherLines, wanted: Container[str] | None, zone: str) -> list[StationDays]:
    """Read an "H_" file and compute the means of local days from its hours, which are UTC."""
    found: Stations = {}
    for row in lines.rows(HOURLY_WANTED):
        key = _key(lines, row[0])
        day, hour = day_number(row[5][:8]), row[5][8:]
        if day is None or "-" in row[5] or hour not in _HOURS:
            raise lines.error("a day and an hour such as 2026013123", row[5])
        figures = _figures(lines, row[6:], ("a temperature T", "a low TN", "a high TX"))
        _keep(lines, found, wanted, row, key, day * _DAY_S + int(hour) * _HOUR_S, figures)
    days = [_local_days(place, hours, zone) for place, hours in found.values() if hours]
    return [each for each in days if len(each)]


_HOURS = frozenset(f"{hour:02d}" for hour in range(24))


def _key(lines: WeatherLines, text: str) -> str:
    if not _POST.fullmatch(text):
        raise lines.error("a NUM_POSTE of 8 digits", text[:80])
    return text


def _figures(lines: WeatherLines, cells: tuple[str, ...], what: tuple[str, ...]) -> Figures:
    """Read three temperatures, each followed by its quality code; a doubtful one is unknown."""
    read_c = []
    for place, name in enumerate(what):
        value, quality = cells[2 * place], cells[2 * place + 1]
        if quality not in _QUALITY:
            raise lines.error(f"a quality code 0, 1, 2 or 9 for {name}", quality)
        value_c = lines.celsius(value, name)
        read_c.append(np.nan if quality == _DOUBTFUL else value_c)
    return read_c[0], read_c[1], read_c[2]


def _keep(
    lines: WeatherLines,
    found: Stations,
    wanted: Container[str] | None,
    row: tuple[str, ...],
    key: str,
    when: int,
    figures: Figures,
) -> None:
    """Keep the figures of one day or hour, if the station is wanted and one of them is known."""
    if wanted is not None and key not in wanted:
        return
    if key not in found:
        found[key] = _station(lines, row), {}
    kept = found[key][1]
    if when in kept:
        raise lines.error("each time of a station once", f"{key} {row[5]}")
    if any(value == value for value in figures):  # noqa: PLR0124 - not NaN, quicker than isnan
        kept[when] = figures


def _station(lines: WeatherLines, row: tuple[str, ...]) -> Station:
    name = row[1]
    if not 0 < len(name) <= _MOST_NAME_LETTERS or not name.isprintable() or "\ufffd" in name:
        raise lines.error(f"a NOM_USUEL of 1 to {_MOST_NAME_LETTERS} letters in UTF-8", name[:80])
    return Station(
        key=row[0],
        name=name,
        latitude=lines.place(row[2], "a latitude LAT", 90),
        longitude=lines.place(row[3], "a longitude LON", 180),
        altitude_m=lines.place(row[4], "an altitude ALTI", 9000),
    )


def _local_days(station: Station, hours: dict[int, Figures], zone: str) -> StationDays:
    """Take means over local days: the T of an hour is an instant, its TN and TX end there."""
    time_s = np.array(sorted(hours), np.float64)
    figures = np.array([hours[int(each)] for each in time_s], np.float64)
    clock = ZoneInfo(zone)
    first, last = (datetime.fromtimestamp(each, clock).date() for each in time_s[[0, -1]])
    count = (last - first).days + 2
    edges_s = local_day_edges_s(first - timedelta(days=1), count, zone)
    of_instant = np.searchsorted(edges_s, time_s, side="right") - 1
    of_past_hour = np.searchsorted(edges_s, time_s, side="left") - 1
    hours_of_day = np.rint(np.diff(edges_s) / _HOUR_S)
    total_c, known = _sum(of_instant, figures[:, 0], count)
    coverage = known / hours_of_day
    enough = coverage >= MEAN_COVERAGE
    mean_c = np.divide(total_c, known, out=np.full(count, np.nan), where=enough)
    low_c = _extreme(np.minimum, of_past_hour, figures[:, 1], hours_of_day)
    high_c = _extreme(np.maximum, of_past_hour, figures[:, 2], hours_of_day)
    said = np.isfinite(mean_c) | np.isfinite(low_c) | np.isfinite(high_c)
    epoch = datetime(1970, 1, 1, tzinfo=UTC).date()
    day = np.arange(count, dtype=np.int64) + (first - epoch).days - 1
    columns = (mean_c, low_c, high_c, coverage)
    return StationDays(station, DayKind.LOCAL_DAY, day[said], *(column[said] for column in columns))


def _sum(
    place: NDArray[np.int64], values: NDArray[np.float64], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    known = np.isfinite(values)
    total = np.bincount(place, np.where(known, values, 0.0), minlength=count)
    return total.astype(np.float64), np.bincount(place, known, minlength=count).astype(np.float64)


def _extreme(
    best: np.ufunc,
    place: NDArray[np.int64],
    values: NDArray[np.float64],
    hours_of_day: NDArray[np.float64],
) -> NDArray[np.float64]:
    known = np.isfinite(values)
    count = np.bincount(place[known], minlength=len(hours_of_day))
    found = np.full(len(hours_of_day), -np.inf if best is np.maximum else np.inf)
    best.at(found, place[known], values[known])
    return np.where(count >= EXTREMES_COVERAGE * hours_of_day, found, np.nan)
