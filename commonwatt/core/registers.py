"""Cumulative registers: what their steps mean, and the energy that can be read off them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from commonwatt.core.series import ESTIMATED, REGISTER
from commonwatt.model import NO_LOG

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonwatt.core.series import RegisterSeries

_T = TypeVar("_T", bound=np.generic)

ROLLOVERS_WH = (2.0**16, 1e8, 2.0**32)
"""Where registers begin anew: 16 bits, eight digits (99,999,999 and then 0), 32 bits. [Wh]"""

RESOLUTION_WH = 1.0
"""A register of whole watt-hours may show one more than was used between two points. [Wh]"""

CLOCK_STEP_S = 600.0
"""By how much a meter's clock may be put back without losing the energy of that time. [s]"""


class Step(IntEnum):
    """What a point of a register is, seen from the point it is compared with."""

    NONE = 0
    """It is compared with nothing: no register, or no earlier point of its segment at hand."""
    RISE = 1
    """It is as much higher as a home can use in that time; the energy is the difference."""
    ROLLOVER = 2
    """It began anew at one of the rollovers; the energy is the difference plus the rollover."""
    RESTART = 3
    """It began at 0 with a new boot; the energy is what it shows."""
    FALL = 4
    """It is lower and nothing says why; the energy is unknown."""
    LEAP = 5
    """It is higher than a home can make it in that time; the energy is unknown."""
    OUTLIER = 6
    """Its neighbours agree with each other and not with it; it is left out."""


@dataclass(frozen=True, slots=True, eq=False)
class RegisterSpans:
    """What each point of a register tells, aligned with the points it was read from.

    Parameters
    ----------
    start_s : (n,) float64
        Where the span that ends at the point begins; meaningless without energy. [s]
    energy_wh : (n,) float64
        Energy of the span; NaN where the point closes none. [Wh]
    source : (n,) uint8
        `REGISTER`, or `ESTIMATED` where the span bridges a gap.
    step : (n,) uint8
        The `Step`.
    bridged : (n,) bool
        Whether the next point's span covers this point's time as well.
    """

    start_s: NDArray[np.float64]
    energy_wh: NDArray[np.float64]
    source: NDArray[np.uint8]
    step: NDArray[np.uint8]
    bridged: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """Each point compared with the one `lag` places before it."""

    step: NDArray[np.uint8]
    energy_wh: NDArray[np.float64]
    elapsed_s: NDArray[np.float64]


def hold_limit_s(duration_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the longest time between two readings that is not a gap.

    Parameters
    ----------
    duration_s : array of float64
        Usual time between readings. [s]

    Returns
    -------
    array of float64
        Longest time that the later reading speaks for. [s]

    Notes
    -----
    min(3 d, d + 120): two lost readings of a fast meter are no gap, and a slow meter may be two
    minutes late. 10 s gives 30 s, 60 s gives 180 s, 1800 s gives 1920 s.
    """
    return np.minimum(3 * duration_s, duration_s + 120)


def register_spans(
    series: RegisterSeries,
    p_max_w: float,
    *,
    zero_based: bool = False,
    rollovers_wh: tuple[float, ...] = ROLLOVERS_WH,
) -> RegisterSpans:
    """Read the energy between successive points of a register, where it can be trusted.

    Parameters
    ----------
    series : RegisterSeries
        The points. [Wh]
    p_max_w : float
        The most that the home's connection lets through. [W]
    zero_based : bool
        Whether a segment's register was 0 when its record number 1 began.
    rollovers_wh : tuple of float
        Where a register may begin anew. [Wh]

    Returns
    -------
    RegisterSpans
        At most one span for each point; they do not overlap.

    Notes
    -----
    With `d` the difference of two points and `dt` the time between them:

    - d >= 0 is accepted up to `p_max_w * dt / 3600 + 1` Wh, one watt-hour for the resolution;
    - d < 0 is a rollover at M if the points are above 0.9 M and below 0.1 M and d + M is
      acceptable; else a restart, worth the later point, if the boot changed and that is
      acceptable; else unknown;
    - a step longer than `hold_limit_s` has an exact amount and an uncertain timing: `ESTIMATED`.

    A point is compared with the point before it, or with the one before that if the point between
    is left out, has no register or belongs to another segment. Three kinds of point are left out:

    - a lone outlier: its neighbours agree, and it fits neither, or falls between close neighbours;
    - one at the same time as the next of its segment, so that the last stays;
    - one that follows a higher number of its segment. After a clock was put back two runs of
      numbers alternate in time; the later one is kept. The step into it spans more readings than
      seconds, so its time is taken from their durations, up to `CLOCK_STEP_S` beyond the clock's.

    Where a point of another segment or another record took part of the time, the energy has to fit
    what is left of it, or it is unknown: nothing is ever booked faster than the connection lets.

    A point's span depends on the three points before it and the two points after it.
    """
    one = _compare(series, 1, p_max_w, rollovers_wh)
    two = _compare(series, 2, p_max_w, rollovers_wh)
    outlier = _find_outliers(series, one, two)
    usable = np.isfinite(series.register_wh) & ~outlier & ~_find_displaced(series)
    back = _find_predecessors(series.segment, usable)
    step = np.choose(back, [np.uint8(Step.NONE), one.step, two.step])
    energy_wh = np.choose(back, [np.nan, one.energy_wh, two.energy_wh])
    elapsed_s = np.choose(back, [series.duration_s, one.elapsed_s, two.elapsed_s])
    begins = zero_based & usable & (back == 0) & (series.n == 1) & (series.segment != NO_LOG)
    fits = begins & (series.register_wh <= _most_wh(p_max_w, elapsed_s))
    step[begins] = np.where(fits[begins], Step.RISE, Step.LEAP)
    step[outlier] = Step.OUTLIER
    energy_wh = np.where(fits, series.register_wh, energy_wh)
    bridges = (back == 2) & ~_shift(usable, 1) & np.isfinite(energy_wh)
    held = elapsed_s <= hold_limit_s(series.duration_s)
    start_s = _find_starts(series, begins, bridges)
    set_back_s = elapsed_s - np.choose(back, [series.duration_s, *_clock_lengths(series)])
    length_s = series.time_s - start_s
    crowded = energy_wh > _most_wh(p_max_w, np.maximum(length_s + set_back_s, 0.0))
    step[crowded] = Step.LEAP
    energy_wh[crowded | (length_s <= 0)] = np.nan
    return RegisterSpans(
        start_s=start_s,
        energy_wh=energy_wh,
        source=np.where(held, np.uint8(REGISTER), np.uint8(ESTIMATED)),
        step=step,
        bridged=np.append(bridges[1:], np.zeros(min(1, len(series)), bool)),
    )


def _compare(
    series: RegisterSeries, lag: int, p_max_w: float, rollovers_wh: tuple[float, ...]
) -> _Steps:
    """Compare each point with the one `lag` places before it."""
    before_wh, after_wh = series.register_wh[:-lag], series.register_wh[lag:]
    comparable, elapsed_s = _elapsed(series, lag)
    rise_wh = after_wh - before_wh
    most_wh = _most_wh(p_max_w, elapsed_s)
    step = np.where(rise_wh > most_wh, np.uint8(Step.LEAP), np.uint8(Step.RISE))
    step[np.isnan(rise_wh) | ~comparable] = Step.NONE
    falls = np.flatnonzero((rise_wh < 0) & comparable)
    rebooted = series.boot[lag:][falls] != series.boot[:-lag][falls]
    step[falls], rise_wh[falls] = _explain_falls(
        before_wh[falls], after_wh[falls], most_wh[falls], rebooted, rollovers_wh
    )
    accepted = (step >= Step.RISE) & (step <= Step.RESTART)
    return _Steps(
        step=_pad(step, lag, len(series)),
        energy_wh=_pad(np.where(accepted, rise_wh, np.nan), lag, len(series)),
        elapsed_s=_pad(elapsed_s, lag, len(series)),
    )


def _elapsed(series: RegisterSeries, lag: int) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Tell which points belong together and what time lies between them, by clock and by count."""
    clock_s = series.time_s[lag:] - series.time_s[:-lag]
    counted = series.segment[lag:] != NO_LOG
    advance = np.where(counted, series.n[lag:] - series.n[:-lag], 1)
    later_s = series.duration_s[lag:]
    shorter_s = np.minimum(later_s, series.duration_s[:-lag])
    count_s = np.where(counted, (advance - 1) * shorter_s + later_s, clock_s)
    same = series.segment[lag:] == series.segment[:-lag]
    comparable = same & (clock_s > 0) & (advance >= 0)
    return comparable, np.clip(count_s, clock_s, clock_s + CLOCK_STEP_S)


def _clock_lengths(series: RegisterSeries) -> list[NDArray[np.float64]]:
    """Seconds of the clock from the point one place before, and from that two places before."""
    return [_pad(series.time_s[lag:] - series.time_s[:-lag], lag, len(series)) for lag in (1, 2)]


def _most_wh(p_max_w: float, elapsed_s: NDArray[np.float64]) -> NDArray[np.float64]:
    return p_max_w * elapsed_s / 3600 + RESOLUTION_WH


def _explain_falls(
    before_wh: NDArray[np.float64],
    after_wh: NDArray[np.float64],
    most_wh: NDArray[np.float64],
    rebooted: NDArray[np.bool_],
    rollovers_wh: tuple[float, ...],
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    step = np.full(len(before_wh), Step.FALL, np.uint8)
    energy_wh = np.full(len(before_wh), np.nan)
    for rollover_wh in rollovers_wh:
        wrapped_wh = after_wh - before_wh + rollover_wh
        rolled = (before_wh > 0.9 * rollover_wh) & (after_wh < 0.1 * rollover_wh)
        rolled &= (wrapped_wh >= 0) & (wrapped_wh <= most_wh) & (step == Step.FALL)
        step[rolled], energy_wh[rolled] = Step.ROLLOVER, wrapped_wh[rolled]
    restarted = (step == Step.FALL) & rebooted & (after_wh <= most_wh)
    step[restarted], energy_wh[restarted] = Step.RESTART, after_wh[restarted]
    return step, energy_wh


def _find_outliers(series: RegisterSeries, one: _Steps, two: _Steps) -> NDArray[np.bool_]:
    """Find lone points that do not fit between neighbours which agree with each other."""
    outlier = np.zeros(len(series), bool)
    into, out = one.step[1:-1], one.step[2:]
    agree = (two.step[2:] == Step.RISE) | (two.step[2:] == Step.ROLLOVER)
    refused = (into >= Step.FALL) & (out >= Step.FALL)
    falls = (into == Step.FALL) | (out == Step.FALL)
    close = two.elapsed_s[2:] <= hold_limit_s(series.duration_s[2:])
    compared = (into != Step.NONE) & (out != Step.NONE)
    outlier[1:-1] = agree & compared & (refused | (falls & close))
    return outlier


def _find_displaced(series: RegisterSeries) -> NDArray[np.bool_]:
    """Find points that another one of their segment takes the place of, the clock being put back."""
    displaced = np.zeros(len(series), bool)
    same = series.segment[1:] == series.segment[:-1]
    counted = same & (series.segment[1:] != NO_LOG)
    displaced[1:] |= counted & (series.n[1:] < series.n[:-1])
    at_once = same & (series.time_s[1:] == series.time_s[:-1])
    displaced[:-1] |= at_once & np.isfinite(series.register_wh[1:])
    return displaced


def _find_predecessors(segment: NDArray[np.int64], usable: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Say how many places back the point lies that each point is compared with; 0 for none."""
    back = np.zeros(len(segment), np.int64)
    same_two = usable[2:] & usable[:-2] & (segment[2:] == segment[:-2])
    back[2:][same_two] = 2
    same_one = usable[1:] & usable[:-1] & (segment[1:] == segment[:-1])
    back[1:][same_one] = 1
    return back


def _find_starts(
    series: RegisterSeries, begins: NDArray[np.bool_], bridges: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Begin each span where the point before ends, or one earlier where it bridges that point."""
    previous_s = np.where(bridges, _shift(series.time_s, 2), _shift(series.time_s, 1))
    first_s = np.where(np.arange(len(series)) == 0, -np.inf, previous_s)
    return np.where(begins, np.maximum(series.time_s - series.duration_s, first_s), previous_s)


def _shift(values: NDArray[_T], lag: int) -> NDArray[_T]:
    return _pad(values[:-lag], lag, len(values))


def _pad(values: NDArray[_T], lag: int, size: int) -> NDArray[_T]:
    """Put zeros before values so that each stands at the later of its two points."""
    padded = np.zeros(size, values.dtype)
    padded[lag:] = values
    return padded
