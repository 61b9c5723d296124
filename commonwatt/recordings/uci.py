"""The UCI household format: one house near Paris, minute by minute, in local winter time."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.recordings.lines import amount
from commonwatt.recordings.recording import Recording, Rows, from_power

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonwatt.recordings.lines import Lines

COLUMNS = frozenset({"Date", "Time", "Global_active_power"})
MINUTE_S = 60
CLOCK_AHEAD_S = 3600
"""The file's clock is UTC+1 all year: it has neither a missing nor a doubled hour."""


def read(lines: Lines) -> list[Recording]:
    """Read every measured minute; a minute marked `?`, empty or absent is a hole."""
    rows = Rows()
    for start_s, power_w in _minutes(lines):
        rows.add(start_s + MINUTE_S, MINUTE_S, power_w)
    if not rows.end_s:
        raise lines.error("at least one measured minute", "none")
    end_s = np.array(rows.end_s)
    durations_s = np.array(rows.duration_s)
    key = PurePath(lines.file).stem
    return [from_power(key, end_s, durations_s, np.array(rows.power_w))]


def _minutes(lines: Lines) -> Iterator[tuple[int, float]]:
    date, clock, power = map(lines.columns.index, ("Date", "Time", "Global_active_power"))
    earliest_s = 0
    for cells in lines:
        start_s = _start_s(lines, cells[date], cells[clock])
        if start_s < earliest_s:
            found = f"{cells[date]} {cells[clock]}"
            raise lines.error("a minute after the one on the line before", found)
        earliest_s = start_s + MINUTE_S
        power_w = _power_w(cells[power])
        if power_w is None:
            raise lines.error("a power in kW, or ? where it is missing", cells[power])
        if power_w == power_w:  # noqa: PLR0124 (quicker than isnan, a quarter of a million times)
            yield start_s, power_w


def _start_s(lines: Lines, date: str, clock: str) -> int:
    day_s, second = _day_s(date), _second_of_day(clock)
    if day_s is None:
        raise lines.error("a date day/month/year such as 16/12/2006", date)
    if second is None:
        raise lines.error("a time hours:minutes:seconds such as 17:24:00", clock)
    return day_s + second - CLOCK_AHEAD_S


@lru_cache(maxsize=4096)
def _day_s(text: str) -> int | None:
    try:
        day, month, year = map(int, text.split("/"))
        midnight = datetime(year + 2000 if year < 100 else year, month, day, tzinfo=UTC)
    except ValueError:
        return None
    return int(midnight.timestamp())


@lru_cache(maxsize=4096)
def _second_of_day(text: str) -> int | None:
    try:
        instant = datetime.strptime(text, "%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return instant.hour * 3600 + instant.minute * 60 + instant.second


@lru_cache(maxsize=65_536)
def _power_w(text: str) -> float | None:
    power_kw = amount(text)
    return None if power_kw is None else round(power_kw * 1000, 6)
