"""Savings at the very edges: steps by hand, one degree of freedom, homes that expect nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from commonwatt.core.baseline import Baseline, correlated_square, expect, fit_baseline
from commonwatt.core.savings import estimate_saving, guideline_14_wh
from commonwatt.core.student import t_quantile
from tests.core.homes import MONDAY, daily, flat_wh, heated_wh, seasons_c

YEAR_C = seasons_c(364)
LATER = MONDAY + 364
DAYS = daily(0.9 * heated_wh(YEAR_C[:100], noise=0.3, seed=8), YEAR_C[:100], LATER)


@pytest.fixture
def heated() -> Baseline:
    return fit_baseline(daily(heated_wh(YEAR_C, noise=0.2), YEAR_C))


def test_a_step_by_hand(heated: Baseline) -> None:
    # Event on day 40: the four weeks before are days 12 to 39, those after days 40 to 67.
    before, after = slice(12, 40), slice(40, 68)
    expected_wh, quality = expect(heated, DAYS).daily_wh, heated.quality
    former_wh, latter_wh = expected_wh[before].mean(), expected_wh[after].mean()
    kept = DAYS.energy_wh[before].mean() / former_wh
    scatter = [
        quality.spread**2
        * correlated_square(DAYS.day[side], expected_wh[side] / 28, quality.correlation)
        for side in (before, after)
    ]
    [step] = estimate_saving(heated, DAYS, [LATER + 40]).steps
    assert step.daily_wh == pytest.approx(DAYS.energy_wh[after].mean() - kept * latter_wh)
    variance = (latter_wh / former_wh) ** 2 * scatter[0] + scatter[1]
    assert step.standard_error_wh == pytest.approx(np.sqrt(variance))
    assert abs(latter_wh / former_wh - 1) > 0.1


def test_a_step_of_a_home_that_expects_less_than_nothing() -> None:
    # 3 kWh a day are fed in, then 4 kWh: the share that was used before says nothing.
    fed_wh = -flat_wh(364, noise=0.2) / 2
    fitted = fit_baseline(daily(fed_wh, YEAR_C))
    days = daily(np.repeat([-3000.0, -4000.0], 28), YEAR_C[:56], LATER)
    expected_wh, quality = expect(fitted, days).daily_wh, fitted.quality
    [step] = estimate_saving(fitted, days, [LATER + 28]).steps
    assert step.daily_wh == pytest.approx(-4000 - expected_wh[28:].mean())
    scatter = [
        correlated_square(days.day[side], expected_wh[side] / 28, quality.correlation)
        for side in (slice(28), slice(28, 56))
    ]
    assert step.standard_error_wh == pytest.approx(quality.spread * np.sqrt(sum(scatter)))


def test_a_step_where_nothing_at_all_is_expected() -> None:
    nothing = fit_baseline(daily(np.zeros(364), YEAR_C))
    days = daily(np.repeat([0.0, 500.0], 28), YEAR_C[:56], LATER)
    [step] = estimate_saving(nothing, days, [LATER + 28]).steps
    assert (step.daily_wh, step.standard_error_wh) == (500, 0)


def test_a_very_small_home_has_shares_too(heated: Baseline) -> None:
    # The same home in hundred-thousandths: tenths of a watt-hour a day.
    small = 1e-5
    tiny = fit_baseline(replace(heated.days, energy_wh=small * heated.days.energy_wh))
    ours = estimate_saving(heated, DAYS, [LATER + 40])
    theirs = estimate_saving(tiny, replace(DAYS, energy_wh=small * DAYS.energy_wh), [LATER + 40])
    [own], [other] = ours.steps, theirs.steps
    assert other.daily_wh == pytest.approx(small * own.daily_wh)
    assert other.standard_error_wh == pytest.approx(small * own.standard_error_wh)
    few = DAYS.take(np.arange(100) < 3)
    fewer = replace(few, energy_wh=small * few.energy_wh)
    assert estimate_saving(tiny, fewer).expected_wh < 1
    assert estimate_saving(tiny, fewer).share == pytest.approx(estimate_saving(heated, few).share)


def test_the_interval_has_one_degree_of_freedom_at_least(heated: Baseline) -> None:
    # t at 0.95 and one degree is 6.3138.
    poor = replace(heated, quality=replace(heated.quality, effective_days=4.5, coefficients=4))
    saving = estimate_saving(poor, DAYS)
    reach_wh = saving.interval(0.9).high_wh - saving.saved_wh
    assert reach_wh / saving.standard_error_wh == pytest.approx(6.3138, abs=1e-4)


@pytest.mark.parametrize(("days", "degrees"), [(10, 6), (4, 1), (3, 1)])
def test_guideline_14_with_few_days(heated: Baseline, days: int, degrees: int) -> None:
    # Against a year with the same effective days: t and sqrt(n) differ and nothing else does.
    quality = replace(heated.quality, coefficients=4, effective_days=3.0)
    few = guideline_14_wh(replace(quality, days=days), np.full(30, 8000.0), 0.9)
    year = guideline_14_wh(replace(quality, days=365), np.full(30, 8000.0), 0.9)
    t_ratio = t_quantile(0.95, degrees) / t_quantile(0.95, 361)
    assert few / year == pytest.approx(t_ratio * np.sqrt(days / 365))


def test_a_saving_carries_what_it_rests_on(heated: Baseline) -> None:
    saving, expected = estimate_saving(heated, DAYS), expect(heated, DAYS)
    np.testing.assert_array_equal(saving.expectation.daily_wh, expected.daily_wh)
    assert saving.expectation.noise_variance == expected.noise_variance
    by_guideline = guideline_14_wh(heated.quality, expected.daily_wh, 0.9)
    assert saving.guideline_14_wh == by_guideline


def test_the_saving_of_each_day(heated: Baseline) -> None:
    # Days half covered; both events' steps from their own first day on.
    half = replace(DAYS, energy_wh=DAYS.energy_wh / 2, coverage=np.full(100, 0.5))
    saving = estimate_saving(heated, half, [LATER + 30, LATER + 70])
    one, other = saving.steps
    counterfactual_wh = expect(heated, DAYS).daily_wh.copy()
    counterfactual_wh[30:] += one.daily_wh
    counterfactual_wh[70:] += other.daily_wh
    assert saving.counterfactual_wh == pytest.approx(counterfactual_wh)
    assert saving.daily_wh == pytest.approx(counterfactual_wh - DAYS.energy_wh)
    assert saving.daily_wh.sum() == pytest.approx(saving.saved_wh)
