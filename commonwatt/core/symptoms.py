"""Signs that a meter measures wrongly although its readings arrive: stuck, reversed, out of step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonwatt.model import NO_LOG, Finding, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonwatt.core.series import ReadingSeries

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]

STUCK_S = 24 * 3600.0
"""A home's power is never the same to the last digit for so long. [s]"""

STUCK_READINGS = 100
"""Fewer readings than this may be alike by chance."""

STUCK_W = 50.0
"""A constant load below this may be all there is: a box, a router, an empty flat. [W]"""

REVERSED_W = -20.0
"""Below this a home gives power away; noise around 0 does not go so far. [W]"""

REVERSED_SHARE = 0.5
"""Of the nights' readings: the sun does not shine on them."""

NIGHT_UTC_H = (21, 3)
"""Dark in France on every day of the year. [h]"""

NIGHT_READINGS = 60

DRIFT = 0.005
"""Share by which a clock may run fast or slow: 7 minutes a day."""

STEP_S = 60.0
"""A clock that is put right by more than this took a step. [s]"""

DRIFT_S = 6 * 3600.0
"""Length of records that follow one another which tells a drift. [s]"""

_HOUR_S = 3600.0


def find_flatline(readings: ReadingSeries) -> Finding | None:
    """Notice a power that has not moved for a day.

    Parameters
    ----------
    readings : ReadingSeries
        Readings of one meter.

    Returns
    -------
    Finding or None
        `flatline`, a warning, if the last readings tell one and the same power of 50 W or more, to
        the last digit, over 24 hours or more and in 100 readings or more, with no hole longer than
        ten durations; facts `hours`.

    Notes
    -----
    A fridge goes on and off, so that a stuck sensor is told from a quiet home; but 0 W, or a few,
    may be a flat whose fridge is off, and its maker need not know. A register by itself is not
    looked at: one that counts in whole watt-hours climbs evenly at a low load.
    """
    power_w, end_s = readings.power_w, readings.end_s
    if len(power_w) < STUCK_READINGS or not power_w[-1] >= STUCK_W:
        return None
    holes = np.diff(end_s) > 10 * readings.duration_s[1:]
    breaks = np.flatnonzero((power_w[1:] != power_w[:-1]) | holes)
    first = int(breaks[-1]) + 1 if len(breaks) else 0
    length_s = float(end_s[-1] - end_s[first] + readings.duration_s[first])
    if length_s < STUCK_S or len(power_w) - first < STUCK_READINGS:
        return None
    facts = {"hours": int(length_s // _HOUR_S)}
    return Finding("flatline", Severity.WARNING, "meter", facts)


def find_reversed_clamp(readings: ReadingSeries) -> Finding | None:
    """Notice a clamp that sits the wrong way round.

    Parameters
    ----------
    readings : ReadingSeries
        Readings of one meter. [W]

    Returns
    -------
    Finding or None
        `clamp_reversed`, a fault, if most of at least 60 readings between 21 and 3 h UTC are below
        -20 W; facts `share` (of those readings, in percent) and `day_share` (of all others). Power
        given away by day alone is that of solar panels, and nothing is said.

    Notes
    -----
    A clamp on the wrong phase of three cannot be told from one total; the workshop's kettle test
    tells it.
    """
    hour = (readings.end_s - readings.duration_s / 2) % 86_400 / _HOUR_S
    known = np.isfinite(readings.power_w)
    night = known & ((hour >= NIGHT_UTC_H[0]) | (hour < NIGHT_UTC_H[1]))
    count = int(np.count_nonzero(night))
    away = np.nan_to_num(readings.power_w) < REVERSED_W
    if count < NIGHT_READINGS or np.count_nonzero(away & night) <= REVERSED_SHARE * count:
        return None
    facts = {
        "share": round(100 * _share(away, night)),
        "day_share": round(100 * _share(away, known & ~night)),
    }
    return Finding("clamp_reversed", Severity.FAULT, "meter", facts)


def find_clock_fault(readings: ReadingSeries) -> Finding | None:
    """Notice a meter's clock that runs fast or slow, or was put right in a step.

    Parameters
    ----------
    readings : ReadingSeries
        Readings of one meter that numbers its records.

    Returns
    -------
    Finding or None
        `clock_drift`, a warning, if over at least 6 hours of records that follow one another the
        stamps advance by 0.5 % more or less than the durations, steps left out; facts `drift_s`
        (seconds a day; above 0 the clock is fast). Else `clock_step`, a warning, if between two
        such records the clock jumped by more than a minute; facts `count`, `seconds` of the largest.

    Notes
    -----
    A record says for how long it counted by the meter's own timer, and when it ended by its clock:
    between the records n and n + 1 of one boot the two must agree. `find_clock_offset` compares
    with the service's clock where the times of arrival are known.
    """
    order = np.lexsort((readings.n, readings.log))
    log, boot, n = readings.log[order], readings.boot[order], readings.n[order]
    follows = (np.diff(n) == 1) & (np.diff(log) == 0)
    follows &= (np.diff(boot) == 0) & (log[1:] != NO_LOG)
    lengths_s = readings.duration_s[order][1:][follows]
    ahead_s = np.diff(readings.end_s[order])[follows] - lengths_s
    stepped = np.abs(ahead_s) > STEP_S
    steady_s = float(lengths_s[~stepped].sum())
    if steady_s >= DRIFT_S:
        drift = float(ahead_s[~stepped].sum()) / steady_s
        if abs(drift) > DRIFT:
            facts: dict[str, float | int | str] = {"drift_s": round(drift * 86_400)}
            return Finding("clock_drift", Severity.WARNING, "meter", facts)
    if not stepped.any():
        return None
    largest_s = float(ahead_s[np.argmax(np.abs(ahead_s))])
    told: dict[str, float | int | str] = {
        "count": int(np.count_nonzero(stepped)),
        "seconds": round(largest_s),
    }
    return Finding("clock_step", Severity.WARNING, "meter", told)


def find_clock_offset(end_s: Floats, boot: NDArray[np.int64], received_s: Floats) -> Floats:
    """Say how far a meter's clock is off, boot by boot, where times of arrival are known.

    Parameters
    ----------
    end_s : (n,) float64
        The meter's own stamps. [s]
    boot : (n,) int64
        Boot of each record.
    received_s : (n,) float64
        When each record arrived, by the service's clock; NaN where it waited in the log first. [s]

    Returns
    -------
    (n,) float64
        Median over the record's boot of received - end, to be added to the stamps; 0 where it is
        within 5 seconds or unknown. [s]
    """
    offset_s = np.zeros(len(end_s))
    for each in np.unique(boot):
        own = boot == each
        known_s = (received_s - end_s)[own]
        known_s = known_s[np.isfinite(known_s)]
        middle_s = float(np.median(known_s)) if len(known_s) else 0.0
        offset_s[own] = middle_s if abs(middle_s) > 5 else 0.0
    return offset_s


def _share(chosen: Booleans, among: Booleans) -> float:
    total = np.count_nonzero(among)
    return np.count_nonzero(chosen & among) / total if total else 0.0
