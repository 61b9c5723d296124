"""From readings to energy: spans whose energy is known, buckets of energy, gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonwatt.core.registers import register_spans
from commonwatt.core.series import (
    ESTIMATED,
    POWER,
    REGISTER,
    EnergySeries,
    EnergySpans,
    PowerSeries,
    RegisterSeries,
    check_edges,
)
from commonwatt.errors import SeriesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonwatt.core.series import ReadingSeries

_UNKNOWN, _BRIDGED, _MEASURED = range(3)


def spans_of(readings: ReadingSeries, *, zero_based: bool, p_max_w: float) -> EnergySpans:
    """Say what energy each reading tells of: from its register, else from its power.

    Parameters
    ----------
    readings : ReadingSeries
        Readings of one meter.
    zero_based : bool
        Whether the register of each log starts at 0 when the log is created, so that the reading
        number 1 tells its energy by itself.
    p_max_w : float
        The most that the home's connection lets through. [W]

    Returns
    -------
    EnergySpans
        At most one span for each reading.

    Notes
    -----
    A reading whose register step is accepted (see `register_spans`) gives that span. Another one
    that has a power of p_max at most, and whose time the next reading's register does not cover,
    gives power * seconds / 3600 over its duration, from the end of the previous reading at the earliest.

    The spans that touch [a, b) depend on the readings that end in [a, b], on the last three that
    end before a and on the first three that end after b, and on nothing else: computed from those
    alone they are the same to the last bit.
    """
    register = register_spans(RegisterSeries.of(readings), p_max_w, zero_based=zero_based)
    start_s = readings.end_s - readings.duration_s
    start_s[1:] = np.maximum(start_s[1:], readings.end_s[:-1])
    power_wh = readings.power_w * (readings.end_s - start_s) / 3600
    by_register = np.isfinite(register.energy_wh)
    believable = np.abs(readings.power_w) <= p_max_w
    by_power = ~by_register & ~register.bridged & believable & np.isfinite(power_wh)
    known = by_register | (by_power & (start_s < readings.end_s))
    return EnergySpans(
        start_s=np.where(by_register, register.start_s, start_s)[known],
        end_s=readings.end_s[known],
        energy_wh=np.where(by_register, register.energy_wh, power_wh)[known],
        source=np.where(by_register, register.source, POWER)[known],
    )


def sampled_power(
    time_s: NDArray[np.float64], power_w: NDArray[np.float64], hold_s: float
) -> PowerSeries:
    """Let each sample of power stand until the next one, for a limited time.

    Parameters
    ----------
    time_s : (n,) float64
        Instants of the samples, increasing, seconds since 1970-01-01T00:00Z. [s]
    power_w : (n,) float64
        Real power at those instants; NaN where unknown, and unknown until the next one. [W]
    hold_s : float
        The longest time that a sample stands for; more than 0. [s]

    Returns
    -------
    PowerSeries
        Stretches [t_i, min(t_{i+1}, t_i + hold)); the last sample stands for the whole hold.

    Raises
    ------
    SeriesError
        If the columns differ in length, times do not increase, or the hold is not positive.
    """
    if len(time_s) != len(power_w):
        raise SeriesError(f"{len(time_s)} times were given, and {len(power_w)} powers")
    end_s = time_s + hold_s
    end_s[:-1] = np.minimum(end_s[:-1], time_s[1:])
    return PowerSeries(time_s, end_s, power_w)


def power_spans(power: PowerSeries) -> EnergySpans:
    """Integrate mean power over its stretches.

    Parameters
    ----------
    power : PowerSeries
        Mean power; a stretch of NaN gives no span. [W]

    Returns
    -------
    EnergySpans
        power * seconds / 3600 for each stretch of known power. [Wh]
    """
    known = np.isfinite(power.power_w)
    start_s, end_s, power_w = power.start_s[known], power.end_s[known], power.power_w[known]
    return EnergySpans(
        start_s=start_s,
        end_s=end_s,
        energy_wh=power_w * (end_s - start_s) / 3600,
        source=np.full(len(start_s), POWER, np.uint8),
    )


def bucket_energy(spans: EnergySpans, edges_s: NDArray[np.float64]) -> EnergySeries:
    """Count energy into buckets.

    Parameters
    ----------
    spans : EnergySpans
        What is known. [Wh]
    edges_s : (m + 1,) float64
        Edges of the buckets, increasing. [s]

    Returns
    -------
    EnergySeries
        For each bucket the sum over spans of energy * seconds inside / seconds of the span; NaN
        where no span touches it.

    Raises
    ------
    SeriesError
        If there are fewer than two edges, or they do not increase.

    Notes
    -----
    Each span is cut at the edges and its pieces are added in order of time. Compared with reading
    a running total at the edges, a bucket depends only on the spans that touch it, to the last
    bit, and energy that is not negative never becomes so by rounding.
    """
    check_edges(edges_s)
    span, bucket = _cut(spans, edges_s)
    seconds = np.minimum(spans.end_s[span], edges_s[bucket + 1]) - np.maximum(
        spans.start_s[span], edges_s[bucket]
    )
    piece_wh = spans.energy_wh[span] * (seconds / (spans.end_s - spans.start_s)[span])
    source, buckets = spans.source[span], len(edges_s) - 1

    def total(chosen: NDArray[np.bool_], values: NDArray[np.float64]) -> NDArray[np.float64]:
        sums = np.bincount(bucket, np.where(chosen, values, 0.0), minlength=buckets)
        return sums.astype(np.float64, copy=False)

    parts = [total(source == kind, piece_wh) for kind in (REGISTER, POWER, ESTIMATED)]
    known = np.bincount(bucket, minlength=buckets) > 0
    return EnergySeries(
        edges_s=edges_s,
        energy_wh=np.where(known, parts[0] + parts[1] + parts[2], np.nan),
        register_wh=parts[0],
        power_wh=parts[1],
        estimated_wh=parts[2],
        covered_s=np.minimum(total(source != ESTIMATED, seconds), np.diff(edges_s)),
    )


def _cut(
    spans: EnergySpans, edges_s: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair every span with every bucket that it touches, in order of time."""
    first = np.maximum(np.searchsorted(edges_s, spans.start_s, side="right") - 1, 0)
    last = np.minimum(np.searchsorted(edges_s, spans.end_s, side="left") - 1, len(edges_s) - 2)
    pieces = np.maximum(last - first + 1, 0)
    span = np.repeat(np.arange(len(spans)), pieces)
    place = np.arange(len(span)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    return span, first[span] + place


def find_gaps(
    spans: EnergySpans, start_s: float, end_s: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Find the stretches in which nothing was measured.

    Parameters
    ----------
    spans : EnergySpans
        What is known.
    start_s, end_s : float
        The period to look at. [s]

    Returns
    -------
    start_s, end_s : (g,) float64
        The gaps, cut to the period, in order of time. [s]
    energy_known : (g,) bool
        True where a register bridges the gap (`ESTIMATED` spans), False where no span is. Gaps of
        one kind that touch are one gap.
    """
    inside = (spans.end_s > start_s) & (spans.start_s < end_s)
    begin_s = np.maximum(spans.start_s[inside], start_s)
    finish_s = np.minimum(spans.end_s[inside], end_s)
    edges_s = np.concatenate([[start_s], np.stack([begin_s, finish_s], axis=1).ravel(), [end_s]])
    kind = np.full(len(edges_s) - 1, _UNKNOWN)
    kind[1::2] = np.where(spans.source[inside] == ESTIMATED, _BRIDGED, _MEASURED)
    real = np.diff(edges_s) > 0
    left_s, right_s, kind = edges_s[:-1][real], edges_s[1:][real], kind[real]
    turns = np.flatnonzero(np.diff(kind, prepend=-1))
    merged_end_s = right_s[np.append(turns[1:], len(kind)) - 1] if len(kind) else right_s
    gap = kind[turns] != _MEASURED
    return left_s[turns][gap], merged_end_s[gap], (kind[turns] == _BRIDGED)[gap]
