"""What a baseline finds in homes made by formula, what it expects, and how sure it says it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from commonwatt.core.baseline import (
    GRID_C,
    Baseline,
    correlated_square,
    expect,
    fit_baseline,
)
from commonwatt.core.change_points import Family
from commonwatt.core.daily import DailySeries
from commonwatt.errors import SeriesError
from tests.core.homes import MONDAY, daily, flat_wh, heated_wh, seasons_c

NAN = float("nan")
YEAR_C = seasons_c(365)
NEXT_C = seasons_c(365, seed=9, start=MONDAY + 364)


@pytest.fixture(scope="module")
def heated() -> Baseline:
    return fit_baseline(daily(heated_wh(YEAR_C, noise=0.2), YEAR_C))


@pytest.fixture(scope="module")
def flat() -> Baseline:
    return fit_baseline(daily(flat_wh(365, noise=0.2), YEAR_C))


def test_an_exact_heated_home_is_found() -> None:
    weekend_wh = np.where(daily(YEAR_C, YEAR_C).weekend, 900.0, 0.0)
    baseline = fit_baseline(daily(heated_wh(YEAR_C) + weekend_wh, YEAR_C))
    model = baseline.model
    assert (model.family, model.heating_balance_c) == (Family.HEATING, 15)
    assert np.isnan(model.cooling_balance_c)
    found = (model.level_wh, model.weekend_wh, model.heating_wh_per_k, model.cooling_wh_per_k)
    assert found == pytest.approx((6000, 900, 1500, 0), abs=1e-6)
    assert baseline.quality.r_squared == pytest.approx(1)
    assert baseline.expected_wh == pytest.approx(heated_wh(YEAR_C) + weekend_wh)


def test_cooling_and_both_are_found() -> None:
    cooling_wh = 5000 + 800 * np.maximum(YEAR_C - 20, 0)
    assert fit_baseline(daily(cooling_wh, YEAR_C)).model.family == Family.COOLING
    both = fit_baseline(daily(cooling_wh + 700 * np.maximum(12 - YEAR_C, 0), YEAR_C)).model
    assert (both.family, both.heating_balance_c, both.cooling_balance_c) == (Family.BOTH, 12, 20)


def test_a_noisy_home_is_found_nearly(heated: Baseline) -> None:
    assert heated.model.heating_wh_per_k == pytest.approx(1500, rel=0.1)
    assert heated.model.heating_balance_c == pytest.approx(15, abs=1.5)
    assert heated.quality.spread == pytest.approx(0.2, abs=0.03)
    assert heated.quality.correlation < 0.15
    assert heated.model.heating_t > 10
    assert heated.weight.sum() == pytest.approx(1)
    assert heated.quality.nmbe == pytest.approx(0, abs=1e-12)


def test_a_flat_home_stays_flat(flat: Baseline) -> None:
    assert (flat.model.family, flat.model.heating_t) == (Family.FLAT, 0)
    assert np.isnan(flat.model.heating_balance_c)


def test_neighbouring_days_that_go_together_count_less() -> None:
    steps = np.random.default_rng(6).normal(0, 1, 365)
    noise = np.zeros(365)
    for place in range(1, 365):
        noise[place] = 0.6 * noise[place - 1] + 0.8 * steps[place]
    quality = fit_baseline(daily(6000 * (1 + 0.15 * noise), YEAR_C)).quality
    assert quality.correlation == pytest.approx(0.6, abs=0.1)
    assert quality.effective_days == pytest.approx(
        365 * (1 - quality.correlation) / (1 + quality.correlation)
    )


def test_days_far_apart_are_no_neighbours() -> None:
    """Every second day is lost: no pair of neighbours, no correlation."""
    series = daily(heated_wh(YEAR_C, noise=0.2), YEAR_C)
    assert fit_baseline(series.take(series.day % 2 == 0)).quality.correlation == 0


def test_guideline_14_figures_by_hand() -> None:
    # Alternately 90 and 110 Wh: mean 100, residuals 10, p = 1 + weekend; RSS = 5600 over 54.
    series = daily(np.tile([90.0, 110.0], 28), np.full(56, 10.0))
    quality = fit_baseline(series).quality
    assert quality.cv_rmse == pytest.approx(np.sqrt(5600 / 54) / 100)
    assert (quality.days, quality.coefficients, quality.correlation) == (56, 2, 0)
    assert quality.r_squared == pytest.approx(0, abs=1e-12)
    # The relative residual is 0.1 every day; two coefficients are spent.
    assert quality.spread == pytest.approx(0.1 * np.sqrt(56 / 54))


def test_a_partly_covered_day_is_taken_for_a_whole_one() -> None:
    whole = daily(heated_wh(YEAR_C), YEAR_C)
    part = DailySeries(whole.day, whole.energy_wh * 0.95, np.full(365, 0.95), YEAR_C)
    assert fit_baseline(part).model.level_wh == pytest.approx(fit_baseline(whole).model.level_wh)


def test_days_of_one_kind_have_no_weekend_term() -> None:
    series = daily(flat_wh(365, noise=0.1), YEAR_C)
    weekdays = fit_baseline(series.take(~series.weekend))
    assert weekdays.model.weekend_wh == 0
    assert weekdays.quality.coefficients == 1
    same_c = daily(np.full(7, NAN), np.full(7, 10.0))
    assert np.ptp(expect(weekdays, same_c).daily_wh) == pytest.approx(0, abs=1e-9)
    assert np.ptp(expect(fit_baseline(series), same_c).daily_wh) > 1


def test_expectation_of_an_exact_home_is_exact() -> None:
    baseline = fit_baseline(daily(heated_wh(YEAR_C), YEAR_C))
    asked = daily(np.full(365, NAN), NEXT_C, start=MONDAY + 364)
    asked = asked.take(baseline.supports(asked))
    expected = expect(baseline, asked)
    truth_wh = heated_wh(asked.temperature_c)
    assert expected.daily_wh == pytest.approx(truth_wh, abs=0.01)
    assert expected.total_wh == pytest.approx(truth_wh.sum(), abs=0.1)
    assert expected.standard_error_wh == pytest.approx(0, abs=1)


def test_days_add_up_to_the_sum(heated: Baseline) -> None:
    asked = heated.days.take(heated.days.day % 3 == 0)
    expected = expect(heated, asked)
    assert expected.daily_wh.sum() == pytest.approx(expected.total_wh)


def test_the_error_of_a_flat_home_by_hand(flat: Baseline) -> None:
    """With all weight on the level: spread^2 L^2 (m + m^2 / n), if days do not go together."""
    alone = np.zeros_like(flat.weight)
    alone[0] = 1.0
    quality = replace(flat.quality, correlation=0.0, spread=0.2)
    level_wh = np.full(len(flat.days), 6000.0)
    plain = replace(flat, weight=alone, quality=quality, level_wh=level_wh)
    asked = flat.days.take(flat.days.day < MONDAY + 70)
    expected = expect(plain, asked)
    square = 0.04 * 6000**2
    assert expected.balance_variance == 0
    # Weekdays and weekends have their own means: 50 of 261 days, and 20 of 104.
    parameters = square * (50**2 / 261 + 20**2 / 104)
    assert expected.parameter_variance == pytest.approx(parameters)
    noise = 0.04 * float(expected.daily_wh @ expected.daily_wh)
    assert expected.noise_variance == pytest.approx(noise)
    total = np.sqrt(parameters + noise)
    assert expected.standard_error_wh == pytest.approx(total)


def test_balance_points_that_are_uncertain_widen_the_error(heated: Baseline) -> None:
    best = np.zeros_like(heated.weight)
    best[int(np.argmax(heated.weight))] = 1.0
    one = expect(replace(heated, weight=best), heated.days)
    asked = heated.days.take(heated.days.temperature_c < 0)
    assert one.balance_variance == 0
    assert expect(heated, asked).balance_variance > 0


def test_correlated_sum_by_hand() -> None:
    # Days 0, 1 and 3 of weights 1, 2 and 3 at rho = 0.5:
    # 1 + 4 + 9 + 2 (2 * 0.5 + 3 * 0.125 + 6 * 0.25) = 14 + 5.75
    day = np.array([10, 11, 13])
    assert correlated_square(day, np.array([1.0, 2, 3]), 0.5) == pytest.approx(19.75)
    assert correlated_square(day, np.array([1.0, 2, 3]), 0.0) == 14


def test_support_is_the_baselines_own_temperatures_and_a_kelvin(heated: Baseline) -> None:
    coldest_c, warmest_c = YEAR_C.min(), YEAR_C.max()
    asked_c = np.array(
        [coldest_c - 1.01, coldest_c - 0.99, warmest_c + 0.99, warmest_c + 1.01, NAN]
    )
    supported = heated.supports(daily(np.zeros(5), asked_c))
    assert supported.tolist() == [False, True, True, False, False]


@pytest.mark.parametrize("scale", [0.25, 3.0])
def test_scaling_scales_everything(heated: Baseline, scale: float) -> None:
    scaled_days = replace(heated.days, energy_wh=heated.days.energy_wh * scale)
    scaled = fit_baseline(scaled_days)
    asked = heated.days.take(heated.days.temperature_c < 12)
    ours, theirs = expect(heated, asked), expect(scaled, asked)
    assert theirs.total_wh == pytest.approx(scale * ours.total_wh)
    assert theirs.standard_error_wh == pytest.approx(scale * ours.standard_error_wh)
    assert scaled.quality.cv_rmse == pytest.approx(heated.quality.cv_rmse)


def test_a_constant_load_is_added_and_nothing_else(heated: Baseline) -> None:
    lifted = fit_baseline(replace(heated.days, energy_wh=heated.days.energy_wh + 2400))
    asked = heated.days.take(heated.days.temperature_c < 12)
    more_wh = expect(lifted, asked).total_wh - expect(heated, asked).total_wh
    assert more_wh == pytest.approx(2400 * len(asked))
    assert lifted.weight == pytest.approx(heated.weight)


def test_whole_weeks_shifted_change_nothing(heated: Baseline) -> None:
    later = fit_baseline(replace(heated.days, day=heated.days.day + 7 * 60))
    assert later.model == replace(heated.model, cooling_balance_c=later.model.cooling_balance_c)
    assert later.quality == heated.quality


def test_fahrenheit_that_was_converted_is_celsius(heated: Baseline) -> None:
    celsius_c = (heated.days.temperature_c * 9 / 5 + 32 - 32) * 5 / 9
    again = fit_baseline(replace(heated.days, temperature_c=celsius_c))
    assert expect(again, heated.days).total_wh == pytest.approx(
        expect(heated, heated.days).total_wh
    )


def test_the_grid_is_half_degrees_from_8_to_26() -> None:
    assert (GRID_C[0], GRID_C[-1], len(GRID_C)) == (8, 26, 37)


def test_a_home_that_used_nothing_is_flat_at_nothing() -> None:
    baseline = fit_baseline(daily(np.zeros(60), YEAR_C[:60]))
    assert (baseline.model.family, baseline.model.level_wh) == (Family.FLAT, 0)
    assert np.isnan(baseline.quality.cv_rmse)
    expected = expect(baseline, baseline.days)
    assert (expected.total_wh, expected.standard_error_wh) == (0, 0)


@pytest.mark.parametrize(
    ("days", "message"),
    [
        (daily(np.ones(13), np.ones(13)), "14 days or more were expected, not 13"),
        (daily(np.append(np.ones(19), NAN), np.ones(20)), "known days were expected; 1 are not"),
        (daily(np.ones(20), np.append(np.ones(18), [NAN, NAN])), "expected; 2 are not"),
        (
            DailySeries(np.arange(20), np.ones(20), np.append(np.ones(19), 0), np.ones(20)),
            "known days were expected; 1 are not",
        ),
    ],
)
def test_days_that_are_not_known_are_refused(days: DailySeries, message: str) -> None:
    with pytest.raises(SeriesError, match=message):
        fit_baseline(days)


def test_days_outside_the_support_are_refused(heated: Baseline) -> None:
    outside = daily(np.ones(2), np.array([10.0, 45.0]))
    with pytest.raises(SeriesError, match="within the baseline's temperatures"):
        expect(heated, outside)
    with pytest.raises(SeriesError, match="at least one"):
        expect(heated, outside.take(np.zeros(2, bool)))
