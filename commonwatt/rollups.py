"""Keeps half-hours and days equal to what a recomputation from the readings would give."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from commonwatt.core.calendar import half_hour_edges_s
from commonwatt.core.energy import bucket_energy, spans_of
from commonwatt.storage import meters, readings, rollups
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonwatt.core.series import EnergySeries, EnergySpans, ReadingSeries
    from commonwatt.storage.meters import Meter
    from commonwatt.storage.pool import Connection
    from commonwatt.storage.rollups import DirtySpan

NEIGHBOURS = 3
"""How many readings on each side of a stretch its energy depends on (`core.energy.spans_of`)."""

MARKS_AT_ONCE = 2000
_JOIN_S = 86_400
_LOOK_AGAIN_S = 0.05


def refresh(connection: Connection) -> int:
    """Recompute what writers marked; return how many marks were taken, 0 when none is left."""
    with database_errors(), connection.transaction():
        if not rollups.lock_rollups(connection):
            return 0
        marks = rollups.take_dirty(connection, MARKS_AT_ONCE)
        for span in join_spans(marks):
            meter = meters.meter_by_id(connection, span.meter_id)
            recompute(connection, meter, span.start_s, span.end_s)
    return len(marks)


def settle(connection: Connection) -> None:
    """Return when every mark made so far has been taken, by us or by another refresher."""
    newest = rollups.newest_mark(connection)
    while rollups.count_dirty(connection, newest):
        if not refresh(connection):
            time.sleep(_LOOK_AGAIN_S)


def join_spans(spans: Iterable[DirtySpan]) -> list[DirtySpan]:
    """Merge the marks of each meter that lie less than a day apart."""
    joined: list[DirtySpan] = []
    for span in sorted(spans, key=lambda s: (s.meter_id, s.start_s)):
        last = joined[-1] if joined else None
        if last and last.meter_id == span.meter_id and span.start_s <= last.end_s + _JOIN_S:
            joined[-1] = type(span)(span.meter_id, last.start_s, max(last.end_s, span.end_s))
        else:
            joined.append(span)
    return joined


def recompute(connection: Connection, meter: Meter, start_s: float, end_s: float) -> None:
    """Compute the half-hours that the readings of a stretch can touch, and store them."""
    near = load_around(connection, meter, start_s, end_s)
    if len(near):
        first_s = min(start_s, float((near.end_s - near.duration_s).min()))
        last_s = max(end_s, float(near.end_s.max()))
        energy = half_hours_of(connection, meter, first_s, last_s)
        rollups.replace_half_hours(connection, meter.meter_id, energy)


def rebuild(connection: Connection, meter: Meter) -> None:
    """Compute all of a meter's half-hours again from its readings."""
    extent = rollups.readings_extent(connection, meter.meter_id)
    if extent:
        with database_errors(), connection.transaction():
            recompute(connection, meter, *extent)


def half_hours_of(
    connection: Connection, meter: Meter, start_s: float, end_s: float
) -> EnergySeries:
    """The energy of each half-hour that overlaps a stretch, computed from the readings."""
    edges_s = half_hour_edges_s(start_s, end_s)
    return bucket_energy(load_spans(connection, meter, edges_s[0], edges_s[-1]), edges_s)


def load_spans(connection: Connection, meter: Meter, start_s: float, end_s: float) -> EnergySpans:
    """What is known of a meter's energy in a stretch, and a little beyond."""
    series = load_around(connection, meter, start_s, end_s)
    return spans_of(series, zero_based=meter.zero_based, p_max_w=meter.p_max_w)


def load_around(
    connection: Connection, meter: Meter, start_s: float, end_s: float
) -> ReadingSeries:
    """The readings of a stretch and all others that may change its energy."""
    return readings.load_series(connection, meter.meter_id, start_s, end_s, neighbours=NEIGHBOURS)
