"""A baseline's weights, errors and correlation, computed again by their formulas."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from commonwatt.core.baseline import (
    MOST_CORRELATION,
    Baseline,
    correlated_square,
    expect,
    fit_baseline,
)
from commonwatt.core.change_points import Family
from tests.core.homes import MONDAY, daily, flat_wh, heated_wh, seasons_c

YEAR_C = seasons_c(365)
COOLED_WH = 5000 + 800 * np.maximum(YEAR_C - 20, 0)
WAVES = 1 + 0.2 * np.sin(np.arange(365) / 4)


USES_WH = {
    "heated": heated_wh(YEAR_C, 0.2),
    "in waves": heated_wh(YEAR_C, 0.15) * WAVES,
    "flat": flat_wh(365, 0.2),
}


@pytest.fixture(params=USES_WH)
def home(request: pytest.FixtureRequest) -> Baseline:
    return fit_baseline(daily(USES_WH[request.param], YEAR_C))


@pytest.fixture
def in_waves() -> Baseline:
    return fit_baseline(daily(USES_WH["in waves"], YEAR_C))


def residual_wh(home: Baseline) -> np.ndarray:
    return np.asarray(home.days.energy_wh / home.days.coverage - home.expected_wh)


def weights_of(home: Baseline, log_days: float) -> np.ndarray:
    """BIC = n' ln(RSS / n) + p ln n'; p: level, weekend, and two for each term."""
    found, quality = home.search.candidates, home.quality
    terms = 2 + np.array([0, 2, 2, 4])[found.family]
    bic = quality.effective_days * np.log(found.rss / quality.days) + terms * np.log(log_days)
    weight = np.where(found.allowed, np.exp((bic[found.allowed].min() - bic) / 2), 0)
    return np.asarray(weight / weight.sum())


def test_weights_by_their_formula(home: Baseline) -> None:
    expected = weights_of(home, home.quality.effective_days)
    assert home.weight == pytest.approx(expected, abs=1e-12)


def test_coefficients_are_weighed_as_for_two_days_at_least() -> None:
    # 20 days in one slow wave are worth half a day, whose logarithm would be below 0.
    temperature_c = seasons_c(20)
    wave_wh = 3000 * np.sin(np.arange(20) / 3)
    use_wh = 6000 + 500 * np.maximum(15 - temperature_c, 0) + wave_wh
    home = fit_baseline(daily(use_wh, temperature_c))
    assert home.quality.effective_days < 1
    assert home.weight == pytest.approx(weights_of(home, 2.0), abs=1e-12)


def test_correlation_by_its_formula(home: Baseline) -> None:
    # Lag 1, and (3 r + p) / n for the bias of a small sample.
    left_wh, quality = residual_wh(home), home.quality
    seen = np.mean(left_wh[1:] * left_wh[:-1]) / np.mean(left_wh**2)
    corrected = seen + (3 * seen + quality.coefficients) / 365
    assert quality.correlation == pytest.approx(np.clip(corrected, 0, MOST_CORRELATION))


def test_quality_by_its_formulas(home: Baseline) -> None:
    left_wh, quality, used_wh = residual_wh(home), home.quality, home.days.energy_wh
    around_wh = used_wh - used_wh.mean()
    assert quality.r_squared == pytest.approx(1 - (left_wh @ left_wh) / (around_wh @ around_wh))
    spare = 365 - quality.coefficients
    assert quality.cv_rmse == pytest.approx(np.sqrt(left_wh @ left_wh / spare) / used_wh.mean())
    shares = left_wh / home.level_wh
    free = 365 * (1 - quality.coefficients / quality.effective_days)
    assert quality.spread == pytest.approx(np.sqrt(shares @ shares / max(free, 1)))


def test_the_error_of_the_heating_slope_by_its_formula(in_waves: Baseline) -> None:
    # Columns: level, weekend, heating. The sandwich for a scatter in proportion to the level.
    model, quality, design = in_waves.model, in_waves.quality, in_waves.design
    pull = design @ np.linalg.inv(design.T @ design)[2]
    inflation = (1 + quality.correlation) / (1 - quality.correlation)
    error = quality.spread * np.sqrt(((pull * in_waves.level_wh) ** 2).sum() * inflation)
    assert model.heating_t == pytest.approx(model.heating_wh_per_k / error)
    # Otherwise this would say nothing of correlation.
    assert 0.3 < quality.correlation < MOST_CORRELATION


def test_a_drift_leaves_one_degree_of_freedom() -> None:
    # At a correlation of 0.95, 56 days are worth 1.4, less than two coefficients: the shares'
    # squares are divided by 1.
    slow_wh = 6000 + 2000 * np.sin(np.arange(56) / 9)
    home = fit_baseline(daily(slow_wh, np.full(56, 12.0)))
    assert home.quality.correlation == MOST_CORRELATION
    shares = residual_wh(home) / home.level_wh
    assert home.quality.spread == pytest.approx(np.sqrt(shares @ shares))


def test_a_cooled_home_is_expected_to_cool() -> None:
    home = fit_baseline(daily(COOLED_WH, YEAR_C))
    assert (home.model.family, home.model.cooling_balance_c) == (Family.COOLING, 20)
    assert home.expected_wh == pytest.approx(COOLED_WH)
    assert home.design.shape == (365, 3)
    both_wh = COOLED_WH + 700 * np.maximum(12 - YEAR_C, 0)
    both = fit_baseline(daily(both_wh, YEAR_C))
    assert both.expected_wh == pytest.approx(both_wh)
    found = (both.model.heating_wh_per_k, both.model.cooling_wh_per_k)
    assert found == pytest.approx((700, 800))


def test_a_very_small_home_is_the_same_home(in_waves: Baseline) -> None:
    # In hundred-millionths: its squares are far below 1 Wh2, its levels below 1 Wh.
    days = in_waves.days
    tiny = fit_baseline(replace(days, energy_wh=1e-8 * days.energy_wh)).quality
    assert tiny.correlation == pytest.approx(in_waves.quality.correlation)
    assert tiny.spread == pytest.approx(in_waves.quality.spread)


def test_a_home_without_variance_has_no_share_explained() -> None:
    assert fit_baseline(daily(np.zeros(60), YEAR_C[:60])).quality.r_squared == 0


@pytest.mark.parametrize(
    ("weekdays", "weekends", "coefficients"), [(30, 2, 2), (30, 1, 1), (2, 30, 2), (1, 30, 1)]
)
def test_a_weekend_term_needs_two_days_of_each_kind(
    weekdays: int, weekends: int, coefficients: int
) -> None:
    days = daily(flat_wh(365, 0.1), np.full(365, 12.0))
    kept = np.where(
        days.weekend,
        np.cumsum(days.weekend) <= weekends,
        np.cumsum(~days.weekend) <= weekdays,
    )
    assert fit_baseline(days.take(kept)).quality.coefficients == coefficients


def test_support_ends_at_a_kelvin_and_not_before() -> None:
    home = fit_baseline(daily(flat_wh(28, 0.1), np.repeat([5.0, 25.0], 14)))
    asked = daily(np.zeros(2), np.array([4.0, 26.0]))
    assert home.supports(asked).all()
    assert len(expect(home, asked).daily_wh) == 2


def test_a_correlation_of_a_thousandth_is_none() -> None:
    day, values = np.array([MONDAY, MONDAY + 1]), np.array([0.5, 0.5])
    assert correlated_square(day, values, 0.001) == 0.5
    # 0.25 + 0.25 + 2 * 0.25 * 0.002
    assert correlated_square(day, values, 0.002) == pytest.approx(0.501)


def test_the_scatter_is_in_proportion_to_a_tenth_of_the_mean_at_least() -> None:
    # All but nothing is used on warm days.
    use_wh = 1 + 1500 * np.maximum(15 - YEAR_C, 0)
    home = fit_baseline(daily(use_wh, YEAR_C))
    least_wh = 0.1 * use_wh.mean()
    assert home.expected_wh.min() < least_wh
    assert home.level_wh == pytest.approx(np.maximum(home.expected_wh, least_wh))


def test_lags_whose_power_is_below_a_thousandth_are_left_out() -> None:
    # Six days of 1 at rho = 0.2: 6 + 2 (5 * 0.2 + 4 * 0.04 + 3 * 0.008 + 2 * 0.0016);
    # 0.2^5 = 0.00032 is left out.
    day = MONDAY + np.arange(6)
    assert correlated_square(day, np.ones(6), 0.2) == pytest.approx(8.3744, abs=1e-9)


def test_days_that_go_together_give_no_weather_term_to_a_flat_home() -> None:
    """Counted as 365 days, a heating term would win; as the 40 that they are worth, it does not."""
    chance = np.random.default_rng(1).normal(0, 1, 365)
    wave = chance.copy()
    for day in range(1, 365):
        wave[day] = 0.8 * wave[day - 1] + 0.6 * chance[day]
    home = fit_baseline(daily(6000 * (1 + 0.2 * wave), YEAR_C))
    found = home.search.candidates
    terms = 2 + np.array([0, 2, 2, 4])[found.family]
    bic = 365 * np.log(found.rss / 365) + terms * np.log(365)
    assert bic[found.allowed][1:].min() < bic[0]
    assert home.model.family is Family.FLAT
    assert home.design.shape == (365, 2)
    coefficients = np.linalg.lstsq(home.design, home.days.energy_wh)[0]
    assert home.expected_wh == pytest.approx(home.design @ coefficients)
    assert home.quality.coefficients == 2
