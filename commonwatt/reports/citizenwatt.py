"""Energy by steps of any length, as displays of the Citizen Watt project of 2014 ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonwatt import rollups
from commonwatt.core.energy import bucket_energy
from commonwatt.errors import PeriodError
from commonwatt.storage import households, meters

if TYPE_CHECKING:
    from commonwatt.access import Viewer
    from commonwatt.model import Period
    from commonwatt.storage.pool import Connection

MOST_STEPS = 5000
MOST_S = 62 * 86_400


def energy_by_steps(
    connection: Connection, viewer: Viewer | None, period: Period, step_s: int
) -> list[float | None]:
    """The watt-hours of each step from the readings that are kept; None where nothing is known."""
    length_s = period.end_s - period.start_s
    if step_s < 1 or length_s > MOST_S or length_s / step_s > MOST_STEPS:
        raise PeriodError(f"ask for at most 62 days and {MOST_STEPS} steps at once")
    edges_s = np.append(np.arange(period.start_s, period.end_s, step_s), period.end_s)
    total_wh = np.full(len(edges_s) - 1, np.nan)
    for stay in households.stays_of(connection, viewer, period):
        meter = meters.meter_by_id(connection, stay.meter_id)
        start_s, end_s = stay.start_utc.timestamp(), stay.end_utc.timestamp()
        spans = rollups.load_spans(connection, meter, start_s, end_s)
        cut_s = np.clip(edges_s, start_s, end_s)
        own = np.flatnonzero(np.diff(cut_s) > 0)
        if len(own):
            inside_s = cut_s[own[0] : own[-1] + 2]
            total_wh[own] = _add(total_wh[own], bucket_energy(spans, inside_s).energy_wh)
    return [None if np.isnan(each_wh) else float(each_wh) for each_wh in total_wh]


def _add(known_wh: np.ndarray, more_wh: np.ndarray) -> np.ndarray:
    """Sums in which what is not known adds nothing."""
    both = np.isnan(known_wh) & np.isnan(more_wh)
    return np.where(both, np.nan, np.nan_to_num(known_wh) + np.nan_to_num(more_wh))
