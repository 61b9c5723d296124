"""A home's profile over the hours of the week, and the energy of gaps timed by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from commonwatt.core.daily import EPOCH_WEEKDAY
from commonwatt.core.series import ESTIMATED, EnergySpans
from commonwatt.errors import SeriesError
from commonwatt.model import HALF_HOUR_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonwatt.core.series import EnergySeries

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

DAY_SLOTS = 48
WEEK_SLOTS = 7 * DAY_SLOTS

AROUND_DAYS = 56
"""A gap is timed by eight weeks before it and eight after: one season, and each hour often."""

LEAST_HALF_HOURS = WEEK_SLOTS
"""Less than a week of measured half-hours around a gap tells no profile."""

TRIMMED_SHARE = 0.1
"""Share of the values of a slot that is left out at either end of their order."""

_WHOLE_S = 0.99 * HALF_HOUR_S
_SAME_RATE = 1e-9


def week_slots(start_s: Floats, zone: str) -> Integers:
    """Number half-hours by their place in the local week.

    Parameters
    ----------
    start_s : (m,) float64
        When each half-hour begins, seconds since 1970-01-01T00:00Z. [s]
    zone : str
        Name of the time zone, such as "Europe/Paris".

    Returns
    -------
    (m,) int64
        0 for Monday from 0:00 to 0:30 by the local clock, up to 335. The hour that autumn repeats
        has the same slots twice; the hour that spring leaves out has none.
    """
    clock = ZoneInfo(zone)
    offsets = (datetime.fromtimestamp(at_s, clock).utcoffset() for at_s in start_s.tolist())
    offset_s = np.array([offset.total_seconds() if offset else 0.0 for offset in offsets])
    local = (start_s + offset_s.reshape(start_s.shape)) // HALF_HOUR_S
    return np.asarray((local + EPOCH_WEEKDAY * DAY_SLOTS) % WEEK_SLOTS, np.int64)


def hour_of_week_profile(energy: EnergySeries, slot: Integers) -> Floats:
    """Say how a home's energy spreads over the half-hours of a week.

    Parameters
    ----------
    energy : EnergySeries
        Half-hours. [Wh]
    slot : (m,) int64
        Their place in the week, by `week_slots`.

    Returns
    -------
    (336,) float64
        Weight of each slot, 1 on average over those seen; NaN where never seen. Only half-hours
        that were measured whole (99 %, nothing estimated) are looked at. A weight is the mean of
        the slot's values without the lowest and the highest tenth of them, and not below 0.

    Raises
    ------
    SeriesError
        If the buckets are no half-hours, or the slots are not one for each.

    Notes
    -----
    A trimmed mean, because energy is to be shared out: a median would leave nothing to a water
    heater that runs on two nights of five, a plain mean too much to one evening of guests.
    """
    _check_half_hours(energy, slot)
    whole = (energy.covered_s >= _WHOLE_S) & (energy.estimated_wh == 0)
    whole &= np.isfinite(energy.energy_wh)
    seen, value_wh = slot[whole], energy.energy_wh[whole]
    order = np.lexsort((value_wh, seen))
    seen, value_wh = seen[order], value_wh[order]
    count = np.bincount(seen, minlength=WEEK_SLOTS)
    rank = np.arange(len(seen)) - (np.cumsum(count) - count)[seen]
    left_out = np.floor(TRIMMED_SHARE * count)[seen]
    kept = (rank >= left_out) & (rank < count[seen] - left_out)
    sums = np.bincount(seen[kept], value_wh[kept], minlength=WEEK_SLOTS)
    kept_count = np.bincount(seen[kept], minlength=WEEK_SLOTS)
    with np.errstate(invalid="ignore"):
        mean_wh = np.where(kept_count > 0, np.maximum(sums, 0.0) / kept_count, np.nan)
    level_wh = float(mean_wh[count > 0].mean()) if len(seen) else 0.0
    return mean_wh / level_wh if level_wh > 0 else np.where(count > 0, 1.0, np.nan)


def fill_profile(weights: Floats) -> Floats:
    """Give the slots never seen the weight of others that are like them.

    Parameters
    ----------
    weights : (336,) float64
        By `hour_of_week_profile`; NaN where never seen.

    Returns
    -------
    (336,) float64
        Without NaN. A slot never seen takes the mean of the same half-hour on the other days of
        its kind, Monday to Friday or the weekend; else of the same half-hour on any day; else the
        straight line between the nearest half-hours of the day before and after it, around
        midnight; and 1 where nothing was seen at all.
    """
    week = weights.reshape(7, DAY_SLOTS).copy()
    any_day = _mean_of_days(week)
    for kind in (slice(0, 5), slice(5, 7)):
        like = _mean_of_days(week[kind])
        week[kind] = np.where(np.isnan(week[kind]), like, week[kind])
    week = np.where(np.isnan(week), any_day, week)
    seen = np.flatnonzero(np.isfinite(any_day))
    if not len(seen):
        return np.ones(WEEK_SLOTS)
    line = np.interp(np.arange(DAY_SLOTS), seen, any_day[seen], period=DAY_SLOTS)
    return np.where(np.isnan(week), line, week).ravel()


def find_estimated_runs(energy: EnergySeries) -> tuple[Integers, Integers]:
    """Find the gaps that one step of a register bridges, as runs of half-hours.

    Parameters
    ----------
    energy : EnergySeries
        Half-hours whose gaps are spread evenly, as `bucket_energy` does. [Wh]

    Returns
    -------
    first, stop : (g,) int64
        The runs of two half-hours or more, from `first` up to, not including, `stop`.

    Notes
    -----
    The even spread tells one gap from the next that touches it: estimated energy over seconds not
    covered is the same all over one gap, to 1e-9. Two gaps that touch and have the same mean power
    are one run. A half-hour in which one gap ends and another one begins has a rate of its own and
    belongs to neither; so has one of which a part is unknown.
    """
    bare_s = np.diff(energy.edges_s) - energy.covered_s
    estimated = (energy.estimated_wh > 0) & (bare_s > 0)
    rate = np.where(estimated, energy.estimated_wh / np.where(estimated, bare_s, 1.0), 0.0)
    joined = estimated[1:] & estimated[:-1]
    joined &= np.abs(np.diff(rate)) <= _SAME_RATE * rate[1:]
    turns = np.diff(joined.astype(np.int8), prepend=0, append=0)
    return np.flatnonzero(turns > 0), np.flatnonzero(turns < 0) + 1


def profiles_around(
    energy: EnergySeries, slot: Integers, first: Integers, stop: Integers
) -> Floats:
    """Learn for each gap the home's profile from the weeks around it.

    Parameters
    ----------
    energy : EnergySeries
        Half-hours of one household. [Wh]
    slot : (m,) int64
        Their place in the week, by `week_slots`.
    first, stop : (g,) int64
        The gaps, by `find_estimated_runs`.

    Returns
    -------
    (g, 336) float64
        The filled profile of the `AROUND_DAYS` before each gap and as many after it; NaN where
        less than a week was measured in them, or where the gap is longer than that itself.

    Raises
    ------
    SeriesError
        As for `hour_of_week_profile`.
    """
    _check_half_hours(energy, slot)
    around = AROUND_DAYS * DAY_SLOTS
    weights = np.full((len(first), WEEK_SLOTS), np.nan)
    for gap, (a, b) in enumerate(zip(first.tolist(), stop.tolist(), strict=True)):
        begin, end = max(a - around, 0), min(b + around, len(energy))
        near = _take(energy, begin, end)
        known = np.count_nonzero((near.covered_s >= _WHOLE_S) & (near.estimated_wh == 0))
        if b - a <= around and known >= LEAST_HALF_HOURS:
            weights[gap] = fill_profile(hour_of_week_profile(near, slot[begin:end]))
    return weights


def reshape_estimated(
    energy: EnergySeries, slot: Integers, weights: Floats, *, p_max_w: float
) -> EnergySeries:
    """Time the energy of each gap by a profile instead of evenly.

    Parameters
    ----------
    energy : EnergySeries
        Half-hours whose gaps are spread evenly, as `bucket_energy` does. [Wh]
    slot : (m,) int64
        Their place in the week, by `week_slots`.
    weights : (336,) or (g, 336) float64
        One profile for all gaps, or one for each gap of `find_estimated_runs`. A gap whose profile
        has NaN or a negative weight in a slot of the gap, or 0 in all of them, is left as it is.
    p_max_w : float
        The most that the home's connection lets through. [W]

    Returns
    -------
    EnergySeries
        In each half-hour of a gap the gap's energy times weight * seconds not covered, over the
        sum of these; what exceeds p_max goes to the gap's other half-hours, in proportion to what
        they lack of p_max. The sum over each gap is what it was, and it still counts as estimated;
        nothing else is touched, to the last bit.

    Raises
    ------
    SeriesError
        If the buckets are no half-hours, the slots are not one for each, or the weights are neither
        one profile nor one for each gap.
    """
    _check_half_hours(energy, slot)
    first, stop = find_estimated_runs(energy)
    if weights.shape not in {(WEEK_SLOTS,), (len(first), WEEK_SLOTS)}:
        raise SeriesError(
            f"weights of (336,) or ({len(first)}, 336) were expected, not {weights.shape}"
        )
    each = np.broadcast_to(weights, (len(first), WEEK_SLOTS))
    bare_s = np.diff(energy.edges_s) - energy.covered_s
    estimated_wh, energy_wh = energy.estimated_wh.copy(), energy.energy_wh.copy()
    for a, b, profile in zip(first.tolist(), stop.tolist(), each, strict=True):
        run = slice(a, b)
        shaped_wh = _share_out(estimated_wh[run], bare_s[run], profile[slot[run]], p_max_w)
        estimated_wh[run] = shaped_wh
        energy_wh[run] = energy.register_wh[run] + energy.power_wh[run] + shaped_wh
    return replace(energy, energy_wh=energy_wh, estimated_wh=estimated_wh)


def reshape_spans(spans: EnergySpans, even: EnergySeries, timed: EnergySeries) -> EnergySpans:
    """Cut the spans of gaps at half-hours and give each piece its share of the timed energy.

    Parameters
    ----------
    spans : EnergySpans
        What is known. [Wh]
    even, timed : EnergySeries
        The same half-hours before and after `reshape_estimated`. [Wh]

    Returns
    -------
    EnergySpans
        Estimated spans cut at the edges, each piece scaled by the half-hour's timed over its even
        estimated energy; outside these half-hours, and where nothing is estimated, by 1. Other
        spans are as they were.

    Raises
    ------
    SeriesError
        If the two series have different edges.
    """
    if not np.array_equal(even.edges_s, timed.edges_s):
        raise SeriesError("two series of the same half-hours were expected, not of other edges")
    edges_s = even.edges_s
    some = even.estimated_wh > 0
    scale = np.where(some, timed.estimated_wh / np.where(some, even.estimated_wh, 1.0), 1.0)
    scale = np.concatenate([[1.0], scale, [1.0]])
    estimated = spans.source == ESTIMATED
    from_place = np.searchsorted(edges_s, spans.start_s, side="right")
    to_place = np.searchsorted(edges_s, spans.end_s, side="left")
    pieces = np.where(estimated, np.maximum(to_place - from_place, 0) + 1, 1)
    span = np.repeat(np.arange(len(spans)), pieces)
    nth = np.arange(len(span)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    place = from_place[span] + nth
    inner = np.concatenate([edges_s, edges_s[-1:]])
    start_s = np.where(nth == 0, spans.start_s[span], inner[np.maximum(place - 1, 0)])
    last = nth == pieces[span] - 1
    end_s = np.where(last, spans.end_s[span], inner[np.minimum(place, len(inner) - 1)])
    share = (end_s - start_s) / (spans.end_s - spans.start_s)[span]
    cut_wh = spans.energy_wh[span] * share * scale[place]
    energy_wh = np.where(estimated[span], cut_wh, spans.energy_wh[span])
    return EnergySpans(start_s, end_s, energy_wh, spans.source[span])


def _share_out(even_wh: Floats, bare_s: Floats, weight: Floats, p_max_w: float) -> Floats:
    share = weight * bare_s
    whole = float(share.sum())
    if not (weight >= 0).all() or whole <= 0:
        return even_wh
    total_wh, most_wh = float(even_wh.sum()), p_max_w * bare_s / 3600
    wanted_wh = total_wh * (share / whole)
    shaped_wh = np.minimum(wanted_wh, most_wh)
    room_wh = most_wh - shaped_wh
    over_wh = float((wanted_wh - shaped_wh).sum())
    if over_wh <= 0:
        return wanted_wh
    if over_wh > float(room_wh.sum()):
        return even_wh
    return np.asarray(shaped_wh + over_wh * (room_wh / room_wh.sum()), np.float64)


def _mean_of_days(days: Floats) -> Floats:
    """The mean of each half-hour of the day over the days that know it; NaN where none does."""
    known = np.isfinite(days)
    count = known.sum(axis=0)
    sums = np.where(known, days, 0.0).sum(axis=0)
    return np.where(count > 0, sums / np.maximum(count, 1), np.nan)


def _take(energy: EnergySeries, begin: int, end: int) -> EnergySeries:
    """Keep the buckets from `begin` up to, not including, `end`."""
    return replace(
        energy,
        edges_s=energy.edges_s[begin : end + 1],
        energy_wh=energy.energy_wh[begin:end],
        register_wh=energy.register_wh[begin:end],
        power_wh=energy.power_wh[begin:end],
        estimated_wh=energy.estimated_wh[begin:end],
        covered_s=energy.covered_s[begin:end],
    )


def _check_half_hours(energy: EnergySeries, slot: Integers) -> None:
    if (energy.edges_s % HALF_HOUR_S).any() or (np.diff(energy.edges_s) != HALF_HOUR_S).any():
        raise SeriesError("half-hours were expected, not buckets of other lengths or places")
    if slot.shape != energy.energy_wh.shape or slot.dtype != np.int64:
        raise SeriesError(
            f"{len(energy)} slots of int64 were expected, not {slot.shape} of {slot.dtype}"
        )
    if len(slot) and not (slot.min() >= 0 and slot.max() < WEEK_SLOTS):
        raise SeriesError("slots from 0 to 335 were expected")
