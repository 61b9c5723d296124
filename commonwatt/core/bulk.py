"""Energy of long, clean registers, read off at the edges of buckets alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonwatt.core.energy import bucket_energy, spans_of
from commonwatt.core.registers import RESOLUTION_WH, hold_limit_s
from commonwatt.core.series import EnergySeries, check_edges
from commonwatt.model import NO_LOG

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonwatt.core.series import ReadingSeries

    Floats = NDArray[np.float64]


def bulk_energy(
    readings: ReadingSeries, edges_s: Floats, *, zero_based: bool, p_max_w: float
) -> EnergySeries:
    """Count energy into buckets, fast where the register is clean, and always right.

    Parameters
    ----------
    readings : ReadingSeries
        Readings of one meter.
    edges_s : (m + 1,) float64
        Edges of the buckets, increasing. [s]
    zero_based, p_max_w
        As for `spans_of`.

    Returns
    -------
    EnergySeries
        What `bucket_energy` makes of `spans_of`, to a millionth of a watt-hour: sums are differences
        of a running total here. Rollups, which have to be equal to the last bit, do not use it.

    Raises
    ------
    SeriesError
        If there are fewer than two edges, or they do not increase.
    """
    check_edges(edges_s)
    first_begins = zero_based and len(readings) and readings.n[0] == 1
    if len(readings) > 1 and not first_begins and _is_one_log(readings):
        hold_s = float(hold_limit_s(readings.duration_s.min()))
        energy_wh = clean_energy_wh(
            readings.end_s, readings.register_wh, edges_s, hold_s=hold_s, p_max_w=p_max_w
        )
        if energy_wh is not None:
            return _series(readings.end_s, energy_wh, edges_s)
    return bucket_energy(spans_of(readings, zero_based=zero_based, p_max_w=p_max_w), edges_s)


def clean_energy_wh(
    time_s: Floats, register_wh: Floats, edges_s: Floats, *, hold_s: float, p_max_w: float
) -> Floats | None:
    """Read a register off at the edges, if it is proved clean.

    Parameters
    ----------
    time_s : (n,) float64
        When it was read; two or more. [s]
    register_wh : (n,) float64
        What it showed. [Wh]
    edges_s : (m + 1,) float64
        Edges of the buckets, increasing. [s]
    hold_s : float
        The longest step that is no gap. [s]
    p_max_w : float
        The most that the home's connection lets through. [W]

    Returns
    -------
    (m,) float64 or None
        Energy of each bucket, 0 beyond the register's ends; None if the register is not clean: a
        step is not longer than 0 or longer than the hold limit, the register falls, climbs faster
        than the connection lets through, or is NaN anywhere. [Wh]

    Notes
    -----
    Between two readings the register is a straight line, so that a bucket's energy is the
    difference of two interpolated values. The proof is four comparisons of minima and maxima of
    the steps; any NaN makes one of them false.
    """
    steps_s, steps_wh = np.diff(time_s), np.diff(register_wh)
    excess_wh = steps_wh - steps_s * (p_max_w / 3600)
    clean = steps_s.min() > 0 and steps_s.max() <= hold_s and steps_wh.min() >= 0
    if not (clean and excess_wh.max() <= RESOLUTION_WH):
        return None
    return np.diff(np.interp(edges_s, time_s, register_wh))


def _is_one_log(readings: ReadingSeries) -> bool:
    """Whether the records are of one log, in its order, or of a meter that keeps none."""
    log, n = readings.log, readings.n
    if (log[1:] != log[0]).any():
        return False
    return bool(log[0] == NO_LOG or (np.diff(n) == 1).all())


def _series(time_s: Floats, energy_wh: Floats, edges_s: Floats) -> EnergySeries:
    covered_s = np.diff(np.clip(edges_s, time_s[0], time_s[-1]))
    none = np.zeros_like(energy_wh)
    return EnergySeries(
        edges_s=edges_s,
        energy_wh=np.where(covered_s > 0, energy_wh, np.nan),
        register_wh=energy_wh,
        power_wh=none,
        estimated_wh=none,
        covered_s=covered_s,
    )
