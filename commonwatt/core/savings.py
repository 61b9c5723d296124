"""Avoided energy: what a baseline expected less what was used, with the interval of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonwatt.core.baseline import correlated_square, expect
from commonwatt.core.student import t_quantile
from commonwatt.errors import SeriesError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from commonwatt.core.baseline import Baseline, Expectation, FitQuality
    from commonwatt.core.daily import DailySeries

CONFIDENCES: Final = (0.8, 0.9)

STEP_WINDOW_DAYS = 28
"""Days before and after an event whose residuals tell its step."""

STEP_LEAST_DAYS = 7
"""Days that are needed on either side."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval and how often such intervals are meant to hold the truth (0 to 1)."""

    confidence: float
    low_wh: float
    high_wh: float


@dataclass(frozen=True, slots=True)
class Step:
    """What an event, such as a new appliance or a birth, changed for good.

    Parameters
    ----------
    day : int
        First day after it, counted from 1970-01-01.
    daily_wh : float
        Change of a day's energy. [Wh]
    days : int
        Counted days after it.
    standard_error_wh : float
        Of `daily_wh`. [Wh]
    """

    day: int
    daily_wh: float
    days: int
    standard_error_wh: float


@dataclass(frozen=True, slots=True)
class Saving:
    """Avoided energy over the counted days of a reporting period.

    Parameters
    ----------
    saved_wh : float
        expected_wh - used_wh; below 0 where more was used than expected. [Wh]
    expected_wh, used_wh : float
        Over the counted days, declared steps taken out of the use. [Wh]
    standard_error_wh : float
        Of `saved_wh`, all variances together. [Wh]
    intervals : tuple of Interval
        At 80 % and 90 %.
    reporting : DailySeries
        The counted days. [Wh]
    guideline_14_wh : float
        Half width of the 90 % interval by ASHRAE Guideline 14, for comparison alone. [Wh]
    expectation : Expectation
        The parts of the variance.
    steps : tuple of Step
        What was taken out for declared events.
    """

    saved_wh: float
    expected_wh: float
    used_wh: float
    standard_error_wh: float
    intervals: tuple[Interval, ...]
    reporting: DailySeries
    guideline_14_wh: float
    expectation: Expectation
    steps: tuple[Step, ...] = ()

    @property
    def days(self) -> int:
        """How many days are counted."""
        return len(self.reporting)

    @property
    def counterfactual_wh(self) -> NDArray[np.float64]:
        """What each counted day would have used, declared steps included; (m,), in Wh."""
        daily_wh = self.expectation.daily_wh.copy()
        for step in self.steps:
            daily_wh[self.reporting.day >= step.day] += step.daily_wh
        return daily_wh

    @property
    def daily_wh(self) -> NDArray[np.float64]:
        """What was saved on each counted day; (m,), in Wh."""
        used_wh = self.reporting.energy_wh / self.reporting.coverage
        return np.asarray(self.counterfactual_wh - used_wh)

    @property
    def share(self) -> float:
        """Saved energy over expected energy; NaN where nothing was expected."""
        return self.saved_wh / self.expected_wh if self.expected_wh > 0 else float("nan")

    def interval(self, confidence: float) -> Interval:
        """The interval of one of `CONFIDENCES`."""
        return next(each for each in self.intervals if each.confidence == confidence)


def estimate_saving(
    baseline: Baseline, reporting: DailySeries, event_days: Sequence[int] = ()
) -> Saving:
    """Compare the use of a reporting period with what the baseline expects of it.

    Parameters
    ----------
    baseline : Baseline
        Fitted to days before.
    reporting : DailySeries
        The counted days: known, and within the baseline's temperatures and 1 K. [Wh]
    event_days : sequence of int
        First days after declared events inside the reporting period, counted from 1970-01-01.

    Returns
    -------
    Saving
        sum(expected) - sum(used), its intervals, and the steps that were taken out.

    Raises
    ------
    SeriesError
        If a day is not known or outside the support, or an event has fewer than seven counted days
        within four weeks on one side.

    Notes
    -----
    The interval is saved +- t * standard error with n' - p degrees of freedom, rounded down, one at
    least; the variance is the sum of those of balance points, coefficients, scatter (see `expect`) and steps.
    A step is the mean use of the four weeks after an event, less what is expected of them times
    the share that was used in the four weeks before. It is taken out of every day from the event
    on, so that a new fridge is not a failed effort.
    """
    used_wh = reporting.energy_wh / np.where(reporting.coverage > 0, reporting.coverage, np.nan)
    if not np.isfinite(used_wh).all():
        raise SeriesError("known days were expected in the reporting period")
    expectation = expect(baseline, reporting)
    steps = tuple(
        _step(baseline, reporting.day, used_wh, expectation.daily_wh, event)
        for event in sorted(event_days)
    )
    stepped_wh = sum(step.daily_wh * step.days for step in steps)
    variance = expectation.standard_error_wh**2
    variance += sum((step.days * step.standard_error_wh) ** 2 for step in steps)
    error_wh = float(np.sqrt(variance))
    total_wh = float(used_wh.sum()) - stepped_wh
    saved_wh = expectation.total_wh - total_wh
    return Saving(
        saved_wh=saved_wh,
        expected_wh=expectation.total_wh,
        used_wh=total_wh,
        standard_error_wh=error_wh,
        intervals=tuple(_interval(baseline.quality, saved_wh, error_wh, c) for c in CONFIDENCES),
        reporting=reporting,
        guideline_14_wh=guideline_14_wh(baseline.quality, expectation.daily_wh, 0.9),
        expectation=expectation,
        steps=steps,
    )


def guideline_14_wh(
    quality: FitQuality, expected_wh: NDArray[np.float64], confidence: float
) -> float:
    """Give the uncertainty of a saving by ASHRAE Guideline 14, for comparison with others.

    Parameters
    ----------
    quality : FitQuality
        Of the baseline.
    expected_wh : (m,) float64
        Expected energy of the reporting days. [Wh]
    confidence : float
        Such as 0.9.

    Returns
    -------
    float
        t * k * (sum(expected) / m) * CV(RMSE) * sqrt(m * (n / n') * (1 + 2 / n')), with
        k = -0.00024 M^2 + 0.03535 M + 1.00286 for M months of reporting. [Wh]

    References
    ----------
    ASHRAE Guideline 14-2014; Sun and Baltazar (2013) for k. Such formulas understate (Granderson
    et al., LBNL), which is why our own interval decides.
    """
    days, months = len(expected_wh), len(expected_wh) / (365.25 / 12)
    effective = quality.effective_days
    factor = -0.00024 * months**2 + 0.03535 * months + 1.00286
    t = t_quantile((1 + confidence) / 2, max(quality.days - quality.coefficients, 1))
    growth = np.sqrt(days * (quality.days / effective) * (1 + 2 / effective))
    return float(t * factor * expected_wh.mean() * quality.cv_rmse * growth)


def degrees_of_freedom(quality: FitQuality) -> float:
    """Give effective days less coefficients, rounded down to a whole number, one at least."""
    return max(float(np.floor(quality.effective_days - quality.coefficients)), 1.0)


def _interval(quality: FitQuality, saved_wh: float, error_wh: float, confidence: float) -> Interval:
    degrees = degrees_of_freedom(quality)
    half_wh = t_quantile((1 + confidence) / 2, degrees) * error_wh
    return Interval(confidence, saved_wh - half_wh, saved_wh + half_wh)


def _step(
    baseline: Baseline,
    day: NDArray[np.int64],
    used_wh: NDArray[np.float64],
    expected_wh: NDArray[np.float64],
    event: int,
) -> Step:
    before = (day >= event - STEP_WINDOW_DAYS) & (day < event)
    after = (day >= event) & (day < event + STEP_WINDOW_DAYS)
    if min(np.count_nonzero(side) for side in (before, after)) < STEP_LEAST_DAYS:
        raise SeriesError(f"{STEP_LEAST_DAYS} counted days were expected on both sides of {event}")
    former_wh, latter_wh = float(expected_wh[before].mean()), float(expected_wh[after].mean())
    kept = float(used_wh[before].mean()) / former_wh if former_wh > 0 else 1.0
    growth = latter_wh / former_wh if former_wh > 0 else 1.0
    variance = _mean_variance(baseline, day[after], expected_wh[after])
    variance += growth**2 * _mean_variance(baseline, day[before], expected_wh[before])
    return Step(
        day=event,
        daily_wh=float(used_wh[after].mean()) - kept * latter_wh,
        days=int(np.count_nonzero(day >= event)),
        standard_error_wh=float(np.sqrt(variance)),
    )


def _mean_variance(
    baseline: Baseline, day: NDArray[np.int64], expected_wh: NDArray[np.float64]
) -> float:
    quality = baseline.quality
    share = expected_wh / len(day)
    return quality.spread**2 * correlated_square(day, share, quality.correlation)
