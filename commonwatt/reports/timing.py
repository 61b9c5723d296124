"""A household's energy with its gaps timed by the home's own week, whatever period is asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from commonwatt import rollups
from commonwatt.access import occupancy_of
from commonwatt.core.calendar import half_hour_edges_s
from commonwatt.core.profile import (
    AROUND_DAYS,
    find_estimated_runs,
    profiles_around,
    reshape_estimated,
    reshape_spans,
    week_slots,
)
from commonwatt.model import ZONE, Period
from commonwatt.reports.half_hours import load_half_hours
from commonwatt.storage import households
from commonwatt.storage.readings import instant

if TYPE_CHECKING:
    from commonwatt.access import Viewer
    from commonwatt.core.series import EnergySeries, EnergySpans
    from commonwatt.storage.households import Stay
    from commonwatt.storage.meters import Meter
    from commonwatt.storage.pool import Connection

_AROUND = timedelta(days=2 * AROUND_DAYS)
"""A gap of the longest length timed, that ends where the stretch begins, and the weeks before it."""


def time_gaps(energy: EnergySeries, *, p_max_w: float) -> EnergySeries:
    """The half-hours of one household with the energy of each gap where the home uses it."""
    first, stop = find_estimated_runs(energy)
    if not len(first):
        return energy
    slot = week_slots(energy.edges_s[:-1], ZONE)
    weights = profiles_around(energy, slot, first, stop)
    return reshape_estimated(energy, slot, weights, p_max_w=p_max_w)


def load_timed_half_hours(
    connection: Connection, viewer: Viewer | None, meter: Meter, start_s: float, end_s: float
) -> EnergySeries:
    """Half-hours of a stretch of the viewer's stay, timed alike by every stretch with them."""
    return _time_stretch(connection, viewer, meter, start_s, end_s)[1]


def load_timed_spans(
    connection: Connection, viewer: Viewer | None, meter: Meter, start_s: float, end_s: float
) -> EnergySpans:
    """What is known of a stretch, and a little beyond, timed as its half-hours are."""
    spans = rollups.load_spans(connection, meter, start_s, end_s)
    return reshape_spans(spans, *_time_stretch(connection, viewer, meter, start_s, end_s))


def _time_stretch(
    connection: Connection, viewer: Viewer | None, meter: Meter, start_s: float, end_s: float
) -> tuple[EnergySeries, EnergySeries]:
    """The half-hours of a stretch as they are stored, and as they are timed."""
    occupancy_of(viewer)
    edges_s = half_hour_edges_s(start_s, end_s)
    even = load_half_hours(connection, meter.meter_id, edges_s[0], edges_s[-1])
    timed = even
    if even.estimated_wh.any():
        around = Period(instant(edges_s[0]) - _AROUND, instant(edges_s[-1]) + _AROUND)
        for stay in households.stays_of(connection, viewer, around):
            if stay.meter_id == meter.meter_id:
                timed = _put(timed, _time_stay(connection, meter, stay))
    return even, timed


def _time_stay(connection: Connection, meter: Meter, stay: Stay) -> EnergySeries:
    start_s, end_s = stay.start_utc.timestamp(), stay.end_utc.timestamp()
    energy = load_half_hours(connection, meter.meter_id, start_s, end_s)
    return time_gaps(energy, p_max_w=meter.p_max_w)


def _put(into: EnergySeries, other: EnergySeries) -> EnergySeries:
    """Take from another series the half-hours that both have."""
    _, here, there = np.intersect1d(
        into.edges_s[:-1], other.edges_s[:-1], assume_unique=True, return_indices=True
    )
    energy_wh, estimated_wh = into.energy_wh.copy(), into.estimated_wh.copy()
    energy_wh[here] = other.energy_wh[there]
    estimated_wh[here] = other.estimated_wh[there]
    return replace(into, energy_wh=energy_wh, estimated_wh=estimated_wh)
