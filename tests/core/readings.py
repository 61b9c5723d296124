"""Builds the readings that the tests of the core look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonwatt.core.series import ReadingSeries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from commonwatt.core.series import EnergySpans

Rows = list[tuple[float, ...]]
COLUMNS = ("end_s", "duration_s", "log", "boot", "n", "register_wh", "power_w")


def columns_of(
    end_s: ArrayLike,
    register_wh: ArrayLike = np.nan,
    power_w: ArrayLike = np.nan,
    *,
    duration_s: ArrayLike = 60,
    log: ArrayLike = 7,
    boot: ArrayLike = 1,
    n: ArrayLike | None = None,
) -> Mapping[str, NDArray[np.float64]]:
    """Columns of readings in order of arrival; numbered from 1 unless told otherwise."""
    ends_s = np.asarray(end_s, np.float64)
    numbers = np.arange(1, len(ends_s) + 1) if n is None else n
    given = (ends_s, duration_s, log, boot, numbers, register_wh, power_w)
    return {
        name: np.broadcast_to(np.asarray(values, np.float64), ends_s.shape)
        for name, values in zip(COLUMNS, given, strict=True)
    }


def series_of(columns: Mapping[str, NDArray[np.float64]]) -> ReadingSeries:
    whole = {name: columns[name].astype(np.int64) for name in ("log", "boot", "n")}
    real = {name: np.array(columns[name]) for name in COLUMNS if name not in whole}
    return ReadingSeries.from_unordered(
        end_s=real["end_s"],
        duration_s=real["duration_s"],
        log=whole["log"],
        boot=whole["boot"],
        n=whole["n"],
        register_wh=real["register_wh"],
        power_w=real["power_w"],
    )


def readings(
    end_s: ArrayLike,
    register_wh: ArrayLike = np.nan,
    power_w: ArrayLike = np.nan,
    *,
    duration_s: ArrayLike = 60,
    log: ArrayLike = 7,
    boot: ArrayLike = 1,
    n: ArrayLike | None = None,
) -> ReadingSeries:
    """Readings of one meter, sorted; every one of a minute and of one log unless told otherwise."""
    return series_of(
        columns_of(end_s, register_wh, power_w, duration_s=duration_s, log=log, boot=boot, n=n)
    )


def rows_of(spans: EnergySpans) -> list[tuple[float, float, float, int]]:
    """Spans as (start, end, energy, source)."""
    columns = (spans.start_s, spans.end_s, spans.energy_wh, spans.source)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def take(series: ReadingSeries, rows: Sequence[int] | NDArray[np.int64]) -> ReadingSeries:
    """Some rows of a series, in the order given."""
    chosen = {name: getattr(series, name)[rows].astype(np.float64) for name in COLUMNS}
    return series_of(chosen)
