"""What so many meters need, from what was measured: the arithmetic behind a page."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

DAY_S = 86_400
RAW_DAYS, HALF_HOUR_DAYS, DAY_DAYS = 30, 395, 1095
"""How long readings, half-hours and days are kept unless somebody says otherwise."""

READINGS_A_DAY = 1440
HALF_HOURS_A_DAY = 48
MONTH_DAYS = 31

VIEWS_A_DAY = 2
PEAK = 10
"""The busiest hour of pages has ten times the mean."""

BUSY = 0.5
"""No core is planned to be busy for more than this share of the time."""

WEB_MB, INGEST_MB = 120, 80
SPARE_MB = 512
"""For the system, the broker and connections."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one machine was seen to do: bytes a row with its indexes, rates and times of one core.

    `rollup_s` is the time to bring one meter's half-hours up to date.
    """

    reading_b: float
    half_hour_b: float
    day_b: float
    readings_a_core_s: float
    page_s: float
    restore_mb_s: float
    rollup_s: float


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a number of meters needs that tell one reading a minute."""

    meters: int
    rate_per_s: float
    disk_gb: float
    memory_gb: float
    ingest_cores: int
    web_cores: int
    rollup_lag_s: float
    restore_h: float


def plan(meters: int, seen: Measured) -> Capacity:
    """Disk for all that is kept; memory for what is asked every day; cores for the busiest hour."""
    a_meter_b = (
        RAW_DAYS * READINGS_A_DAY * seen.reading_b
        + HALF_HOUR_DAYS * HALF_HOURS_A_DAY * seen.half_hour_b
        + DAY_DAYS * seen.day_b
    )
    hot_b = 2 * READINGS_A_DAY * seen.reading_b + MONTH_DAYS * HALF_HOURS_A_DAY * seen.half_hour_b
    rate_per_s = meters * READINGS_A_DAY / DAY_S
    ingest_cores = ceil(rate_per_s / seen.readings_a_core_s / BUSY)
    web_cores = ceil(meters * VIEWS_A_DAY / DAY_S * PEAK * seen.page_s / BUSY)
    programs_mb = ingest_cores * INGEST_MB + web_cores * WEB_MB + SPARE_MB
    return Capacity(
        meters=meters,
        rate_per_s=rate_per_s,
        disk_gb=meters * a_meter_b / 1e9,
        memory_gb=(meters * hot_b / 1e6 + programs_mb) / 1000,
        ingest_cores=ingest_cores,
        web_cores=web_cores,
        rollup_lag_s=meters * seen.rollup_s,
        restore_h=meters * a_meter_b / 1e6 / seen.restore_mb_s / 3600,
    )
