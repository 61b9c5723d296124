"""What the readings say about the meter itself, as findings without words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonwatt.core.energy import bucket_energy
from commonwatt.core.registers import Step, register_spans
from commonwatt.core.series import REGISTER, EnergySpans, RegisterSeries
from commonwatt.core.symptoms import find_clock_fault, find_flatline, find_reversed_clamp
from commonwatt.model import Finding, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonwatt.core.series import ReadingSeries

DISAGREEMENT = 0.01
"""Share of a day's energy by which power may differ from the register."""

_DAY_S = 86_400
_FULL_DAY_S = 0.99 * _DAY_S
_QUIET_S = 3600.0
_QUIET_READINGS = 10
_RESOLUTION_WH = 1.0


def findings_of(
    readings: ReadingSeries, spans: EnergySpans, *, p_max_w: float, now_s: float
) -> tuple[Finding, ...]:
    """Notice what a maker or an operator should look at.

    Parameters
    ----------
    readings : ReadingSeries
        Readings of one meter.
    spans : EnergySpans
        What `spans_of` made of them. [Wh]
    p_max_w : float
        The most that the home's connection lets through. [W]
    now_s : float
        The present instant, seconds since 1970-01-01T00:00Z. [s]

    Returns
    -------
    tuple of Finding
        At most one of each code, whose facts are numbers:

        - `register_reset`: the register fell; `count`, `last_s`. A warning.
        - `register_rollover`: the register began anew as it does; `count`, `last_s`. Information.
        - `implausible_power`: a power above what the connection lets through, never counted as
          energy; `count`, `last_s`. A warning.
        - `implausible_step`: a step or a lone point that no home can cause, never counted as
          energy; `count`, `last_s`. A warning.
        - `power_disagrees`: over a whole UTC day integrated power differs from the register by more
          than 1 % and 1 Wh; `count` of such days, `day_s` of the worst one, its `power_wh` and its
          `register_wh`. A fault: one of them is calibrated wrongly.
        - `flatline`, `clamp_reversed`, `clock_drift` or `clock_step`: see `core.symptoms`.
        - `silent`: no reading for more than an hour and more than ten durations; `minutes`,
          `last_s`. A warning.
    """
    found = [
        *_step_findings(readings, p_max_w),
        _absurd_power(readings, p_max_w),
        _disagreement(readings, spans),
        find_flatline(readings),
        find_reversed_clamp(readings),
        find_clock_fault(readings),
        _silence(readings, now_s),
    ]
    return tuple(finding for finding in found if finding)


def _step_findings(readings: ReadingSeries, p_max_w: float) -> list[Finding | None]:
    step = register_spans(RegisterSeries.of(readings), p_max_w).step

    def finding(code: str, severity: Severity, *steps: Step) -> Finding | None:
        at_s = readings.end_s[np.isin(step, steps)]
        facts = {"count": len(at_s), "last_s": float(at_s[-1])} if len(at_s) else {}
        return Finding(code, severity, "meter", facts) if facts else None

    return [
        finding("register_reset", Severity.WARNING, Step.FALL, Step.RESTART),
        finding("register_rollover", Severity.INFO, Step.ROLLOVER),
        finding("implausible_step", Severity.WARNING, Step.LEAP, Step.OUTLIER),
    ]


def _absurd_power(readings: ReadingSeries, p_max_w: float) -> Finding | None:
    at_s = readings.end_s[np.abs(readings.power_w) > p_max_w]
    if not len(at_s):
        return None
    facts = {"count": len(at_s), "last_s": float(at_s[-1])}
    return Finding("implausible_power", Severity.WARNING, "meter", facts)


def _disagreement(readings: ReadingSeries, spans: EnergySpans) -> Finding | None:
    register, power = _both_ways(readings, spans)
    if not len(register):
        return None
    edges_s = _utc_day_edges_s(register)
    by_register, by_power = bucket_energy(register, edges_s), bucket_energy(power, edges_s)
    register_wh, power_wh = by_register.register_wh, by_power.register_wh
    apart_wh = np.where(by_register.covered_s >= _FULL_DAY_S, np.abs(power_wh - register_wh), 0.0)
    wrong = apart_wh > np.maximum(DISAGREEMENT * np.abs(register_wh), _RESOLUTION_WH)
    if not wrong.any():
        return None
    worst = int(np.argmax(np.where(wrong, apart_wh, 0.0)))
    facts = {
        "count": int(wrong.sum()),
        "day_s": float(edges_s[worst]),
        "power_wh": float(power_wh[worst]),
        "register_wh": float(register_wh[worst]),
    }
    return Finding("power_disagrees", Severity.FAULT, "meter", facts)


def _both_ways(readings: ReadingSeries, spans: EnergySpans) -> tuple[EnergySpans, EnergySpans]:
    """Take the spans of single readings that have both, by register and by power."""
    owner = np.searchsorted(readings.end_s, spans.end_s, side="right") - 1
    power_w, duration_s = readings.power_w[owner], readings.duration_s[owner]
    seconds = spans.end_s - spans.start_s
    both = (spans.source == REGISTER) & np.isfinite(power_w)
    both &= np.abs(seconds - duration_s) <= duration_s / 2
    start_s, end_s, source = spans.start_s[both], spans.end_s[both], spans.source[both]
    power_wh = (power_w * seconds / 3600)[both]
    return (
        EnergySpans(start_s, end_s, spans.energy_wh[both], source),
        EnergySpans(start_s, end_s, power_wh, source),
    )


def _utc_day_edges_s(spans: EnergySpans) -> NDArray[np.float64]:
    first, last = spans.start_s[0] // _DAY_S, np.ceil(spans.end_s[-1] / _DAY_S)
    return np.arange(first, last + 1) * _DAY_S


def _silence(readings: ReadingSeries, now_s: float) -> Finding | None:
    if not len(readings):
        return None
    last_s = float(readings.end_s[-1])
    quiet_s = now_s - last_s
    if quiet_s <= max(_QUIET_S, _QUIET_READINGS * float(readings.duration_s[-1])):
        return None
    facts = {"minutes": int(quiet_s // 60), "last_s": last_s}
    return Finding("silent", Severity.WARNING, "meter", facts)
