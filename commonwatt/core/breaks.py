"""Signs that a household or its habits changed: a question to ask, never an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonwatt.model import Finding, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonwatt.core.baseline import Baseline

CUSUM_LIMIT = 1.628
"""1 % point of the largest absolute value of a Brownian bridge (Kolmogorov)."""

RHYTHM_LIMIT = 2.576
"""1 % point of the normal, two-sided."""

LEAST_DAYS = 28
"""Days on each side of a break, so that weekends can be told from weekdays."""


def suspect_break(baseline: Baseline) -> Finding | None:
    """Notice that a baseline looks like two households one after the other.

    Parameters
    ----------
    baseline : Baseline
        Fitted to days of one tenancy.

    Returns
    -------
    Finding or None
        `something_changed`, information, if the level steps and the rhythm of weekdays and weekends
        changes at the same place; facts `day` (first after the break, counted from 1970-01-01) and
        `step_share` (change of level as a share of what was expected).

    Notes
    -----
    The level steps where the cumulative sum of relative residuals, over
    spread * sqrt(n) * sqrt((1 + rho) / (1 - rho)), leaves +-1.628. The rhythm changes where the
    weekend's mean residual less the weekday's differs between the sides by 2.58 standard errors.
    """
    days, quality = baseline.quality.days, baseline.quality
    if days < 2 * LEAST_DAYS or quality.spread == 0:
        return None
    residual_wh = baseline.days.energy_wh / baseline.days.coverage - baseline.expected_wh
    relative = residual_wh / baseline.level_wh
    inflation = np.sqrt((1 + quality.correlation) / (1 - quality.correlation))
    path = np.cumsum(relative - relative.mean()) / (quality.spread * np.sqrt(days) * inflation)
    inner = slice(LEAST_DAYS - 1, days - LEAST_DAYS)
    place = LEAST_DAYS + int(np.argmax(np.abs(path[inner])))
    if abs(path[place - 1]) < CUSUM_LIMIT:
        return None
    if abs(_rhythm_change(relative, baseline.days.weekend, place, quality.spread)) < RHYTHM_LIMIT:
        return None
    step = float(relative[place:].mean() - relative[:place].mean())
    facts = {"day": int(baseline.days.day[place]), "step_share": step}
    return Finding("something_changed", Severity.INFO, "home", facts)


def _rhythm_change(
    relative: NDArray[np.float64], weekend: NDArray[np.bool_], place: int, spread: float
) -> float:
    """Change of the weekend's contrast at a place, in standard errors; 0 where it has none."""
    after = np.arange(len(relative)) >= place
    groups = [relative[side & kind] for side in (after, ~after) for kind in (weekend, ~weekend)]
    if min(len(group) for group in groups) < 2:
        return 0.0
    means = [float(group.mean()) for group in groups]
    error = spread * np.sqrt(sum(1 / len(group) for group in groups))
    return float((means[0] - means[1] - means[2] + means[3]) / error)
