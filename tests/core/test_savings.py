"""Avoided energy: exact where homes are exact, its interval by hand, and the laws it obeys."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt.core.baseline import Baseline, expect, fit_baseline
from commonwatt.core.savings import estimate_saving, guideline_14_wh
from commonwatt.core.student import t_quantile
from commonwatt.errors import SeriesError
from tests.core.homes import MONDAY, daily, flat_wh, heated_wh, seasons_c

if TYPE_CHECKING:
    from commonwatt.core.daily import DailySeries

NAN = float("nan")
YEAR_C = seasons_c(364)
LATER = MONDAY + 364


@pytest.fixture(scope="module")
def heated() -> Baseline:
    return fit_baseline(daily(heated_wh(YEAR_C, noise=0.2), YEAR_C))


@pytest.fixture(scope="module")
def exact() -> Baseline:
    return fit_baseline(daily(heated_wh(YEAR_C), YEAR_C))


def reporting(energy_wh: object = None, days: int = 364) -> DailySeries:
    """The days after the baseline, at the same temperatures."""
    use_wh = heated_wh(YEAR_C) if energy_wh is None else np.asarray(energy_wh)
    return daily(use_wh[:days], YEAR_C[:days], start=LATER)


def test_an_exact_home_that_saved_a_tenth(exact: Baseline) -> None:
    truth_wh = heated_wh(YEAR_C).sum()
    saving = estimate_saving(exact, reporting(0.9 * heated_wh(YEAR_C)))
    assert saving.expected_wh == pytest.approx(truth_wh, rel=1e-6)
    assert saving.saved_wh == pytest.approx(0.1 * truth_wh, rel=1e-5)
    assert saving.share == pytest.approx(0.1, rel=1e-5)
    assert saving.days == 364


def test_the_same_days_again_saved_nothing(heated: Baseline) -> None:
    again = replace(heated.days, day=heated.days.day + 364)
    saving = estimate_saving(heated, again)
    assert saving.saved_wh == pytest.approx(0, abs=2e-3 * saving.expected_wh)
    best = np.zeros_like(heated.weight)
    best[int(np.argmax(heated.weight))] = 1.0
    # Of the one model with all the weight, residuals add up to 0 exactly.
    assert estimate_saving(replace(heated, weight=best), again).saved_wh == pytest.approx(
        0, abs=1e-6
    )


def test_swapping_identical_periods_gives_nothing_either_way() -> None:
    """A flat home whose two years are the same days has nothing to tell, whichever comes first."""
    use_wh = flat_wh(364, noise=0.2)
    first, second = daily(use_wh, YEAR_C), daily(use_wh, YEAR_C, start=LATER)
    forth = estimate_saving(fit_baseline(first), second)
    back = estimate_saving(fit_baseline(second), first)
    assert forth.saved_wh == pytest.approx(back.saved_wh, abs=1e-6)
    assert forth.saved_wh == pytest.approx(0, abs=1e-4 * forth.expected_wh)


def test_the_interval_is_t_times_the_error(heated: Baseline) -> None:
    saving = estimate_saving(heated, reporting())
    expected = expect(heated, reporting())
    assert saving.standard_error_wh == pytest.approx(expected.standard_error_wh)
    degrees = np.floor(heated.quality.effective_days - heated.quality.coefficients)
    wide, narrow = saving.interval(0.9), saving.interval(0.8)
    half_wh = t_quantile(0.95, degrees) * saving.standard_error_wh
    assert wide.high_wh - saving.saved_wh == pytest.approx(half_wh)
    assert saving.saved_wh - wide.low_wh == pytest.approx(half_wh)
    half_wh = t_quantile(0.9, degrees) * saving.standard_error_wh
    assert narrow.high_wh - narrow.low_wh == pytest.approx(2 * half_wh)


def test_guideline_14_by_hand(heated: Baseline) -> None:
    # 12 months of 30.4375 days: k = -0.03456 + 0.4242 + 1.00286 = 1.3925
    quality = replace(heated.quality, days=365, effective_days=200.0, coefficients=4, cv_rmse=0.25)
    expected_wh = np.full(365, 10_000.0)
    months = 365 / 30.4375
    factor = -0.00024 * months**2 + 0.03535 * months + 1.00286
    assert factor == pytest.approx(1.3925, abs=1e-3)
    by_hand = 1.6490 * factor * 10_000 * 0.25 * np.sqrt(365 * (365 / 200) * 1.01)
    assert guideline_14_wh(quality, expected_wh, 0.9) == pytest.approx(by_hand, rel=1e-4)


def test_more_was_used_than_expected(exact: Baseline) -> None:
    saving = estimate_saving(exact, reporting(1.2 * heated_wh(YEAR_C)))
    assert saving.share == pytest.approx(-0.2, rel=1e-5)


def test_days_partly_covered_are_taken_for_whole_ones(exact: Baseline) -> None:
    whole = reporting(0.9 * heated_wh(YEAR_C))
    part = replace(whole, energy_wh=whole.energy_wh * 0.92, coverage=np.full(364, 0.92))
    assert estimate_saving(exact, part).saved_wh == pytest.approx(
        estimate_saving(exact, whole).saved_wh
    )


def test_an_appliance_that_was_declared_is_taken_out(exact: Baseline) -> None:
    """From day 100 on a freezer adds 1.2 kWh a day; the rest of the home saves a tenth."""
    use_wh = 0.9 * heated_wh(YEAR_C) + np.where(np.arange(364) >= 100, 1200.0, 0.0)
    days = reporting(use_wh)
    blind = estimate_saving(exact, days)
    told = estimate_saving(exact, days, event_days=[LATER + 100])
    [step] = told.steps
    assert (step.day, step.days) == (LATER + 100, 264)
    assert step.daily_wh == pytest.approx(1200, abs=1)
    assert told.used_wh == pytest.approx(days.energy_wh.sum() - 264 * step.daily_wh)
    assert told.share == pytest.approx(0.1, abs=1e-3)
    assert blind.share < 0.08
    assert told.standard_error_wh >= blind.standard_error_wh


def test_the_error_of_a_step_is_added(heated: Baseline) -> None:
    days = reporting()
    plain = estimate_saving(heated, days)
    told = estimate_saving(heated, days, event_days=[LATER + 200])
    [step] = told.steps
    assert step.standard_error_wh > 0
    assert told.standard_error_wh**2 == pytest.approx(
        plain.standard_error_wh**2 + (step.days * step.standard_error_wh) ** 2
    )


def test_an_event_needs_days_on_both_sides(exact: Baseline) -> None:
    with pytest.raises(SeriesError, match=f"on both sides of {LATER + 6}"):
        estimate_saving(exact, reporting(), event_days=[LATER + 6])
    assert estimate_saving(exact, reporting(), event_days=[LATER + 7]).steps


@pytest.mark.parametrize("scale", [0.5, 4.0])
def test_scaling_use_scales_the_saving(heated: Baseline, scale: float) -> None:
    days = reporting(0.93 * heated_wh(YEAR_C, noise=0.2, seed=8))
    ours = estimate_saving(heated, days)
    scaled_days = replace(heated.days, energy_wh=scale * heated.days.energy_wh)
    theirs = estimate_saving(
        fit_baseline(scaled_days), replace(days, energy_wh=scale * days.energy_wh)
    )
    assert theirs.saved_wh == pytest.approx(scale * ours.saved_wh)
    assert theirs.share == pytest.approx(ours.share)
    assert theirs.interval(0.9).low_wh == pytest.approx(scale * ours.interval(0.9).low_wh)


def test_a_constant_load_leaves_the_saving_as_it_is(heated: Baseline) -> None:
    days = reporting(0.93 * heated_wh(YEAR_C, noise=0.2, seed=8))
    lifted = fit_baseline(replace(heated.days, energy_wh=heated.days.energy_wh + 3000))
    more = estimate_saving(lifted, replace(days, energy_wh=days.energy_wh + 3000))
    assert more.saved_wh == pytest.approx(estimate_saving(heated, days).saved_wh)


def test_unknown_days_are_refused(exact: Baseline) -> None:
    use_wh = heated_wh(YEAR_C)
    use_wh[5] = NAN
    with pytest.raises(SeriesError, match="known days were expected in the reporting period"):
        estimate_saving(exact, reporting(use_wh))
    covered = reporting()
    with pytest.raises(SeriesError, match="known days"):
        estimate_saving(exact, replace(covered, coverage=np.append(np.ones(363), 0.0)))


def test_a_share_of_nothing_is_unknown() -> None:
    nothing = fit_baseline(daily(np.zeros(60), YEAR_C[:60]))
    assert np.isnan(estimate_saving(nothing, daily(np.zeros(9), YEAR_C[:9], LATER)).share)
