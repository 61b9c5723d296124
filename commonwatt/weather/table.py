"""Our own table of daily temperatures, described in docs/weather.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonwatt.weather.days import DayKind, Station, StationDays
from commonwatt.weather.lines import day_number

if TYPE_CHECKING:
    from collections.abc import Container

    from commonwatt.weather.lines import WeatherLines

NEEDED = ("station", "day", "mean_c", "min_c", "max_c")
KNOWN = frozenset(NEEDED) | {"kind"}
MOST_KEY_LETTERS = 40

Figures = tuple[float, float, float]


def read(lines: WeatherLines, wanted: Container[str] | None) -> list[StationDays]:
    """Read the days of every station asked, whatever the order of the lines."""
    for name in lines.columns:
        if name not in KNOWN:
            raise lines.error(f"columns of {', '.join(sorted(KNOWN))}", name)
    found: dict[tuple[str, DayKind], dict[int, Figures]] = {}
    for key, day_text, mean, low, high, kind_text in lines.rows((*NEEDED, "kind")):
        if not 0 < len(key) <= MOST_KEY_LETTERS or not key.isprintable():
            raise lines.error(f"a station of 1 to {MOST_KEY_LETTERS} letters", key[:80])
        day = day_number(day_text) if "-" in day_text else None
        if day is None:
            raise lines.error("a local day such as 2026-01-31", day_text)
        kind = _kind(lines, kind_text)
        figures = _figures(lines, (mean, low, high), kind)
        days = found.setdefault((key, kind), {})
        if day in days:
            raise lines.error("each day of a station once", f"{key} {day_text}")
        days[day] = figures
    return [
        as_station_days(Station(key, key), kind, days)
        for (key, kind), days in found.items()
        if wanted is None or key in wanted
    ]


def as_station_days(station: Station, kind: DayKind, days: dict[int, Figures]) -> StationDays:
    """Put the mean, low and high of days in order; their coverage is unknown."""
    day = np.array(sorted(days), np.int64)
    figures = np.array([days[int(each)] for each in day], np.float64).reshape(-1, 3)
    return StationDays(
        station=station,
        kind=kind,
        day=day,
        mean_c=figures[:, 0].copy(),
        low_c=figures[:, 1].copy(),
        high_c=figures[:, 2].copy(),
        coverage=np.full(len(day), np.nan),
    )


def _kind(lines: WeatherLines, text: str) -> DayKind:
    if not text:
        return DayKind.LOCAL_DAY
    if text not in tuple(DayKind):
        raise lines.error(f"a kind of {', '.join(DayKind)}, or none", text)
    return DayKind(text)


def _figures(lines: WeatherLines, cells: tuple[str, str, str], kind: DayKind) -> Figures:
    mean_c, low_c, high_c = (
        lines.celsius(cell, what)
        for cell, what in zip(cells, ("a mean", "a minimum", "a maximum"), strict=True)
    )
    if not any(cells):
        raise lines.error("a mean, a minimum or a maximum", "none of them")
    mean_outside = kind is DayKind.LOCAL_DAY and (mean_c < low_c or mean_c > high_c)
    if low_c > high_c or mean_outside:
        raise lines.error("minimum <= mean <= maximum", ", ".join((cells[1], cells[0], cells[2])))
    return mean_c, low_c, high_c
