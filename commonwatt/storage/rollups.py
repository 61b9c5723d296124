"""The two rollup tiers: half-hours, and local days as their sums."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from commonwatt.model import ZONE
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors
from commonwatt.storage.readings import instant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonwatt.core.series import EnergySeries
    from commonwatt.storage.pool import Connection

_SQL = queries("rollups")


@dataclass(frozen=True, slots=True)
class Cells:
    """Stored energy, one row a half-hour or a day, by how it is known; no row where nothing is."""

    start_s: NDArray[np.float64]
    register_wh: NDArray[np.float64]
    power_wh: NDArray[np.float64]
    estimated_wh: NDArray[np.float64]
    covered_s: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DirtySpan:
    """A stretch of one meter whose rollups are to be computed again."""

    meter_id: int
    start_s: float
    end_s: float


def lock_rollups(connection: Connection) -> bool:
    """Whether this transaction is now the only refresher."""
    with database_errors():
        return connection.execute(_SQL["lock_rollups"]).fetchone() == (True,)


def take_dirty(connection: Connection, limit: int) -> list[DirtySpan]:
    with database_errors():
        rows = connection.execute(_SQL["take_dirty"], {"limit": limit})
        return [DirtySpan(*row) for row in rows]


def newest_mark(connection: Connection) -> int:
    """The number of the newest mark that waits; 0 if none does."""
    with database_errors():
        row = connection.execute(_SQL["newest_mark"]).fetchone()
    return int(row[0]) if row else 0


def count_dirty(connection: Connection, up_to: int | None = None) -> int:
    """How many marks wait, of all or of those up to a number."""
    with database_errors():
        row = connection.execute(_SQL["count_dirty"], {"up_to": up_to}).fetchone()
    return int(row[0]) if row else 0


def readings_extent(connection: Connection, meter_id: int) -> tuple[float, float] | None:
    with database_errors():
        row = connection.execute(_SQL["readings_extent"], {"meter_id": meter_id}).fetchone()
    return None if row is None or row[0] is None else (float(row[0]), float(row[1]))


def replace_half_hours(connection: Connection, meter_id: int, energy: EnergySeries) -> None:
    """Put computed half-hours in the place of the stored ones, and sum their days again.

    Those whose readings were removed stay as they are.
    """
    edges_s = energy.edges_s
    open_half_hours = _open_half_hours(connection, meter_id, edges_s)
    turns = np.flatnonzero(np.diff(np.concatenate(([False], open_half_hours, [False]))))
    for first, last in turns.reshape(-1, 2).tolist():
        _replace(connection, meter_id, energy, slice(first, last))


def _open_half_hours(
    connection: Connection, meter_id: int, edges_s: NDArray[np.float64]
) -> NDArray[np.bool_]:
    stretch = {
        "meter_id": meter_id,
        "start_utc": instant(edges_s[0]),
        "end_utc": instant(edges_s[-1]),
    }
    is_open = np.ones(len(edges_s) - 1, dtype=np.bool_)
    with database_errors():
        for start_s, end_s in connection.execute(_SQL["sealed_between"], stretch):
            is_open &= (edges_s[1:] <= start_s) | (edges_s[:-1] >= end_s)
    return is_open


def _replace(connection: Connection, meter_id: int, energy: EnergySeries, cells: slice) -> None:
    start_utc, end_utc = instant(energy.edges_s[cells.start]), instant(energy.edges_s[cells.stop])
    stretch = {"meter_id": meter_id, "start_utc": start_utc, "end_utc": end_utc}
    known = cells.start + np.flatnonzero(~np.isnan(energy.energy_wh[cells]))
    columns = (
        energy.edges_s[known],
        energy.register_wh[known],
        energy.power_wh[known],
        energy.estimated_wh[known],
        energy.covered_s[known],
    )
    with database_errors():
        connection.execute(_SQL["clear_half_hours"], stretch)
        with connection.cursor() as cursor, cursor.copy(_SQL["copy_half_hours"]) as copy:
            for start_s, *parts in zip(*(column.tolist() for column in columns), strict=True):
                copy.write_row((meter_id, instant(start_s), *parts))
        days = {"meter_id": meter_id, "zone": ZONE, **_day_range(start_utc, end_utc)}
        connection.execute(_SQL["clear_days"], days)
        connection.execute(_SQL["sum_days"], days)


def _day_range(start_utc: datetime, end_utc: datetime) -> dict[str, date]:
    zone = ZoneInfo(ZONE)
    last_s = end_utc.timestamp() - 1
    return {
        "first_day": start_utc.astimezone(zone).date(),
        "last_day": datetime.fromtimestamp(last_s, UTC).astimezone(zone).date(),
    }


def load_half_hours(connection: Connection, meter_id: int, start_s: float, end_s: float) -> Cells:
    stretch = {"meter_id": meter_id, "start_utc": instant(start_s), "end_utc": instant(end_s)}
    with database_errors():
        rows = connection.execute(_SQL["half_hours_between"], stretch, binary=True).fetchall()
    return _cells(rows)


def load_days(connection: Connection, meter_id: int, start_s: float, end_s: float) -> Cells:
    """The local days that lie between two local midnights."""
    days = {"meter_id": meter_id, "zone": ZONE, **_day_range(instant(start_s), instant(end_s))}
    with database_errors():
        rows = connection.execute(_SQL["days_between"], days, binary=True).fetchall()
    return _cells(rows)


def _cells(rows: list[tuple[Any, ...]]) -> Cells:
    table = np.array(rows, dtype=np.float64).reshape(len(rows), 5)
    return Cells(*(table[:, column] for column in range(5)))
