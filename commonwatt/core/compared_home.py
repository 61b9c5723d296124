"""One home in a comparison of groups: what its baseline expected, what it used, and a placebo."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

import numpy as np

from commonwatt.core.assessment import assess_home, placebo_halves
from commonwatt.core.baseline import expect
from commonwatt.core.portfolio import Portfolio
from commonwatt.core.tiers import LEAST_MEASURED, Tier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonwatt.core.assessment import Plan
    from commonwatt.core.daily import DailySeries

EXPECTED_SHARE: Final = 0.03
"""What feedback saves at best in large trials: an effect as small as this should be seen."""

MOST_WEEKS: Final = 104
"""Who would have to wait longer than this needs more homes, not more weeks."""


@dataclass(frozen=True, slots=True)
class ComparedHome:
    """What a comparison of groups takes from one home.

    Parameters
    ----------
    expected_wh, used_wh : float
        Over the counted days since the change. [Wh]
    placebo_expected_wh, placebo_used_wh : float
        The same of every other fortnight of the year before, expected by the others. [Wh]
    measured : float
        Share of the days since the change whose energy is known, 0 to 1.
    """

    expected_wh: float
    used_wh: float
    placebo_expected_wh: float
    placebo_used_wh: float
    measured: float


def compare_home(daily: DailySeries, plan: Plan) -> ComparedHome | None:
    """Give one home's part in a comparison.

    Parameters
    ----------
    daily : DailySeries
        The home's days: a year before the change, and since. [Wh]
    plan : Plan
        What is compared with what.

    Returns
    -------
    ComparedHome or None
        None of tier C or D, where less than 90 % of the days are measured, and where a year is too
        short for a placebo or nothing was expected.
    """
    found = assess_home(daily, plan)
    saving, baseline = found.saving, found.baseline
    weak = found.judgement.tier not in {Tier.A, Tier.B} or found.measured < LEAST_MEASURED
    if weak or saving is None or baseline is None:
        return None
    halves = placebo_halves(baseline.days)
    if halves is None or not saving.expected_wh > 0:
        return None
    half, asked = halves
    placebo_expected_wh = expect(half, asked).total_wh
    if not placebo_expected_wh > 0:
        return None
    return ComparedHome(
        expected_wh=saving.expected_wh,
        used_wh=saving.used_wh,
        placebo_expected_wh=placebo_expected_wh,
        placebo_used_wh=float((asked.energy_wh / asked.coverage).sum()),
        measured=found.measured,
    )


def compare_groups(
    treated: Sequence[ComparedHome], waiting: Sequence[ComparedHome]
) -> tuple[Portfolio, Portfolio]:
    """Put two groups of homes beside each other.

    Parameters
    ----------
    treated, waiting : sequence of ComparedHome
        Where something was done, and where nothing was. Each home counts as a cluster.

    Returns
    -------
    tuple of Portfolio
        Since the change, and the placebo of the same homes in the same order. [Wh]
    """
    homes = [*treated, *waiting]
    arm = np.arange(len(homes)) < len(treated)
    cluster = np.arange(len(homes), dtype=np.int64)
    pairs = np.array([(h.expected_wh, h.used_wh) for h in homes], np.float64).reshape(-1, 2)
    before = np.array(
        [(h.placebo_expected_wh, h.placebo_used_wh) for h in homes], np.float64
    ).reshape(-1, 2)
    return (
        Portfolio(pairs[:, 0].copy(), pairs[:, 1].copy(), arm, cluster),
        Portfolio(before[:, 0].copy(), before[:, 1].copy(), arm, cluster),
    )


def weeks_to_go(detectable: float, days: int) -> int | None:
    """Say how much longer to wait before a small effect could be seen.

    Parameters
    ----------
    detectable : float
        Minimum detectable effect after so many days, a share.
    days : int
        Days since the change.

    Returns
    -------
    int or None
        Weeks, 0 if 3 % could be seen by now; None where more than two years would be needed in
        all. An effect is taken to shrink with the root of time, which is the best that it can do.
    """
    needed = days / 7 * (detectable / EXPECTED_SHARE) ** 2
    if not needed <= MOST_WEEKS:
        return None
    return max(ceil(needed - days / 7), 0)
