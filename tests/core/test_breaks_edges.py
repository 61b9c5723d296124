"""The two signs of a break, pinned to the value at which each of them begins to count."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from commonwatt.core.baseline import Baseline, fit_baseline
from commonwatt.core.breaks import suspect_break
from tests.core.homes import MONDAY, daily, seasons_c

Shares = tuple[float, float]


def relative(days: int, change: int, before: Shares, after: Shares) -> np.ndarray:
    """Residual shares of (weekdays, weekends) before and after a day."""
    weekend = np.arange(days) % 7 >= 5
    later = np.arange(days) >= change
    return np.where(later, np.where(weekend, *after[::-1]), np.where(weekend, *before[::-1]))


def baseline(shares: np.ndarray, spread: float, correlation: float = 0.0) -> Baseline:
    """Shares are of 1000 Wh, more than is expected of the first month; half days are covered."""
    temperature_c = seasons_c(len(shares))
    expected_wh = np.where(np.arange(len(shares)) < 30, 400.0, 1000.0)
    whole = daily(expected_wh + 1000 * shares, temperature_c)
    days = replace(whole, energy_wh=whole.energy_wh / 2, coverage=np.full(len(shares), 0.5))
    fitted = fit_baseline(days)
    level_wh = np.full(len(shares), 1000.0)
    quality = replace(fitted.quality, spread=spread, correlation=correlation)
    return replace(fitted, quality=quality, expected_wh=expected_wh, level_wh=level_wh)


STEP = relative(56, 28, (0.3, 0.0), (-0.3, 0.2))
"""20 weekdays and 8 days of weekends on each side.

The mean is (6 + 0 - 6 + 1.6) / 56 = 0.02857, the sum of 28 days less theirs 6 - 0.8 = 5.2, so that
the path is 5.2 / (sqrt(56) * spread) = 0.69488 / spread: 1.628 at a spread of 0.42683. The rhythm
changes by (0.2 + 0.3) - (0 - 0.3) = 0.8, over spread * sqrt(2/8 + 2/20): 1.352 / spread.
"""

RHYTHM = relative(56, 28, (1.0, 0.9), (-1.0, -0.9))
"""The step is large; the rhythm changes by 0.1 + 0.1 = 0.2, over 0.59161 * spread.

That is 0.33806 / spread: 2.576 at a spread of 0.13124.
"""


@pytest.mark.parametrize(
    ("shares", "correlation", "limit"),
    [
        (STEP, 0.0, 0.42683),
        # (1 + 0.5) / (1 - 0.5) = 3; 0.42683 / sqrt(3) = 0.24643.
        (STEP, 0.5, 0.24643),
        (-STEP, 0.0, 0.42683),
        (RHYTHM, 0.0, 0.13124),
        (-RHYTHM, 0.0, 0.13124),
    ],
)
def test_where_a_break_begins(shares: np.ndarray, correlation: float, limit: float) -> None:
    assert suspect_break(baseline(shares, 1.0005 * limit, correlation)) is None
    found = suspect_break(baseline(shares, 0.9995 * limit, correlation))
    assert found is not None
    assert found.facts["day"] == MONDAY + 28
    step = shares[28:].mean() - shares[:28].mean()
    assert found.facts["step_share"] == pytest.approx(step)


@pytest.mark.parametrize(("days", "is_asked"), [(55, False), (56, True), (57, True)])
def test_four_weeks_on_each_side(days: int, is_asked: bool) -> None:
    found = suspect_break(baseline(relative(days, 28, (0.3, 0.0), (-0.3, 0.2)), 0.1))
    assert (found is not None) == is_asked


@pytest.mark.parametrize(("change", "place"), [(70, 56), (14, 28)])
def test_a_break_is_looked_for_four_weeks_from_both_ends(change: int, place: int) -> None:
    shares = relative(84, change, (0.5, 0.45), (-0.5, 0.5))
    found = suspect_break(baseline(shares, 0.1))
    assert found is not None
    assert found.facts["day"] == MONDAY + place


@pytest.mark.parametrize(("weekends", "is_asked"), [(0, False), (1, False), (2, True)])
def test_a_rhythm_needs_two_days_of_each_kind(weekends: int, is_asked: bool) -> None:
    # Eight weeks with their weekends, then eight that lack most of them.
    shares = relative(112, 56, (0.3, 0.25), (-0.3, 0.2))
    fitted = baseline(shares, 0.05)
    late_weekend = fitted.days.weekend & (np.arange(112) >= 56)
    kept = ~late_weekend | (np.cumsum(late_weekend) <= weekends)
    thinned = replace(
        fitted,
        days=fitted.days.take(kept),
        expected_wh=fitted.expected_wh[kept],
        level_wh=fitted.level_wh[kept],
        quality=replace(fitted.quality, days=int(kept.sum())),
    )
    found = suspect_break(thinned)
    assert (found is not None) == is_asked
