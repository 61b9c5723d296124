"""A big load that runs at the same time every day, as a water heater does, and when it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.errors import SeriesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SLOTS = 48
LEAST_STEP_W = 800.0
"""A tank heats with 1,200 W and more; part of it is lost where it begins within a half-hour."""

LEAST_SLOTS = 2
LEAST_DAYS = 14
LEAST_SHARE = 0.6
MOST_SHIFT_SLOTS = 3
"""It counts as the same time if it begins within an hour and a half of the usual."""

_HALF_HOURS_PER_H = 2.0


@dataclass(frozen=True, slots=True)
class DailyLoad:
    """A load that comes back every day.

    Parameters
    ----------
    start_slot : int
        The usual half-hour of the day at which it begins, 0 to 47, on the clock of the rows.
    days : int
        On how many of the days looked at it ran, near that time.
    looked_at : int
        How many days could be looked at.
    above_wh : (d, 48) float64
        The energy of the load alone, by day and half-hour, 0 where it does not run. [Wh]
    """

    start_slot: int
    days: int
    looked_at: int
    above_wh: NDArray[np.float64]


def find_daily_load(energy_wh: NDArray[np.float64]) -> DailyLoad | None:
    """Find the load that runs longest at the same time of nearly every day.

    Parameters
    ----------
    energy_wh : (d, 48) float64
        Half-hours, a row a day that begins at noon, so that a load of the night is in one piece; NaN
        where unknown. A row with an unknown half-hour is not looked at. [Wh]

    Returns
    -------
    DailyLoad or None
        None if fewer than `LEAST_DAYS` rows can be looked at, or the load runs on fewer than
        `LEAST_SHARE` of them.

    Raises
    ------
    SeriesError
        If rows are not of 48 half-hours.

    Notes
    -----
    Of each day it takes the longest run of half-hours that stand at least `LEAST_STEP_W` above the
    median of the day, of `LEAST_SLOTS` or more; the usual beginning is the median of the beginnings.
    Slots are counted from noon.
    """
    if energy_wh.ndim != 2 or energy_wh.shape[1] != SLOTS:
        raise SeriesError(f"days of {SLOTS} half-hours were expected, not {energy_wh.shape}")
    whole = energy_wh[np.isfinite(energy_wh).all(axis=1)]
    if len(whole) < LEAST_DAYS:
        return None
    step_wh = whole - np.median(whole, axis=1, keepdims=True)
    runs = [_longest_run(row >= LEAST_STEP_W / _HALF_HOURS_PER_H) for row in step_wh]
    begins = np.array([first for first, stop in runs if stop - first >= LEAST_SLOTS])
    if not len(begins):
        return None
    usual = int(np.median(begins))
    above_wh = np.zeros_like(whole)
    days = 0
    for row, (first, stop) in enumerate(runs):
        if stop - first >= LEAST_SLOTS and abs(first - usual) <= MOST_SHIFT_SLOTS:
            above_wh[row, first:stop] = step_wh[row, first:stop]
            days += 1
    if days < LEAST_SHARE * len(whole):
        return None
    return DailyLoad(usual, days, len(whole), above_wh)


def _longest_run(flags: NDArray[np.bool_]) -> tuple[int, int]:
    """Where the longest unbroken run begins and ends; equal if there is none."""
    edges = np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8))
    first, stop = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    if not len(first):
        return 0, 0
    longest = int(np.argmax(stop - first))
    return int(first[longest]), int(stop[longest])
