"""What a building lends to a home with few weeks, and how honest the answer is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt.core import neighbours
from commonwatt.core.neighbours import (
    GRID_C,
    BuildingPrior,
    SharedBaseline,
    _fit_alone,
    _Models,
    _pool,
    _Scatter,
    expect_with_neighbours,
    fit_with_neighbours,
    learn_building,
)
from commonwatt.core.student import t_quantile
from commonwatt.errors import SeriesError
from tests.core.homes import MONDAY, daily, flat_wh, heated_wh, seasons_c

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonwatt.core.daily import DailySeries

    Floats = NDArray[np.float64]

NAN = float("nan")
DAYS = 365 + 56 + 180
WEATHER_C = seasons_c(DAYS)
WINTER = slice(365, 365 + 28)

PRIOR = BuildingPrior(
    slope_wh_per_k=1500,
    slope_variance=300.0**2,
    balance_c=15,
    balance_variance=1.0,
    heated=0.9,
    spread=0.2,
    correlation=0.3,
    homes=12,
)


def home(generator: np.random.Generator, *, heats: bool = True) -> Floats:
    """A home of a building where slopes differ by a fifth and balance points by 0.8 K."""
    level_wh = 6000 * generator.lognormal(0, 0.3)
    slope = 1500 * generator.lognormal(0, 0.2) * heats
    use_wh = level_wh + slope * np.maximum(15 + generator.normal(0, 0.8) - WEATHER_C, 0)
    noise = np.zeros(DAYS)
    correlation = generator.uniform(0.2, 0.5)
    for place, step in enumerate(generator.normal(0, np.sqrt(1 - correlation**2), DAYS)):
        noise[place] = correlation * noise[place - 1] + step
    return np.asarray(use_wh * np.maximum(1 + generator.uniform(0.15, 0.3) * noise, 0.05))


def days_of(use_wh: Floats, chosen: slice) -> DailySeries:
    return daily(use_wh[chosen], WEATHER_C[chosen], MONDAY + chosen.start)


def supported(baseline: SharedBaseline, use_wh: Floats) -> DailySeries:
    after = days_of(use_wh, slice(WINTER.stop, DAYS))
    return after.take(baseline.supports(after))


@pytest.fixture(scope="module")
def building() -> list[DailySeries]:
    generator = np.random.default_rng(31)
    return [days_of(home(generator), slice(0, 365)) for _ in range(12)]


def test_a_building_is_learnt(building: list[DailySeries]) -> None:
    prior = learn_building(building)
    assert prior.slope_wh_per_k == pytest.approx(1500, rel=0.12)
    assert 150 < np.sqrt(prior.slope_variance) < 600
    assert prior.balance_c == pytest.approx(15, abs=0.7)
    assert 0.75 <= np.sqrt(prior.balance_variance) < 1.6
    assert prior.heated == pytest.approx(13 / 14)
    assert prior.homes == 12
    # Twelve homes were drawn whose median spread is 0.26 and whose mean correlation is 0.33.
    assert prior.spread == pytest.approx(0.26, abs=0.02)
    assert prior.correlation == pytest.approx(0.33, abs=0.05)


def test_homes_that_do_not_heat_lend_no_slope(building: list[DailySeries]) -> None:
    generator = np.random.default_rng(5)
    flat = [days_of(home(generator, heats=False), slice(0, 365)) for _ in range(4)]
    alone, mixed = learn_building(building), learn_building([*building, *flat])
    assert mixed.heated == pytest.approx(13 / 18)
    assert (mixed.homes, mixed.slope_wh_per_k) == (12, alone.slope_wh_per_k)


def test_few_neighbours_or_few_days_lend_nothing(building: list[DailySeries]) -> None:
    with pytest.raises(SeriesError, match=r"6 neighbours that heat .* were expected, not 5"):
        learn_building(building[:5])
    short = [each.take(each.day < MONDAY + 119) for each in building]
    with pytest.raises(SeriesError, match="120 known days were expected, not 0"):
        learn_building(short)
    with pytest.raises(SeriesError, match="not 0"):
        learn_building([daily(flat_wh(365, 0.2, seed), WEATHER_C[:365]) for seed in range(8)])


def test_an_exact_home_is_found_with_a_wrong_prior() -> None:
    """Days without scatter leave neighbours nothing to say."""
    days = days_of(heated_wh(WEATHER_C), slice(240, 365))
    prior = replace(PRIOR, slope_wh_per_k=1000, balance_c=13, spread=1e-3, correlation=0.0)
    baseline = fit_with_neighbours(days, prior)
    assert baseline.mean == pytest.approx([6000, 1500, 15], rel=1e-3)
    assert baseline.heated == pytest.approx(1)
    asked = supported(baseline, heated_wh(WEATHER_C))
    expected = expect_with_neighbours(baseline, asked)
    assert expected.daily_wh == pytest.approx(asked.energy_wh, rel=1e-3)


def test_cold_days_alone_leave_the_balance_point_to_the_neighbours() -> None:
    """All days are below every likely balance point: of slope and level, one line is known."""
    cold_c = np.linspace(-4, 4, 28)
    days = daily(heated_wh(cold_c, noise=0.02), cold_c)
    baseline = fit_with_neighbours(days, replace(PRIOR, spread=0.02, correlation=0.0))
    level, _, balance = baseline.mean
    assert balance == pytest.approx(15, abs=0.3)
    deviation = np.sqrt(np.diag(baseline.mean_covariance))
    assert deviation[2] == pytest.approx(1, abs=0.15)
    # A balance point higher by 1 K is a level lower by the slope.
    assert baseline.mean_covariance[0, 2] < 0
    assert deviation[0] == pytest.approx(1500, rel=0.3)
    asked = daily(heated_wh(cold_c), cold_c, MONDAY + 28)
    expected = expect_with_neighbours(baseline, asked)
    assert expected.total_wh == pytest.approx(asked.energy_wh.sum(), rel=0.02)
    assert expected.standard_error_wh < 0.02 * expected.total_wh
    assert level > 0


def test_weights_are_those_of_the_marginal_likelihood(monkeypatch: pytest.MonkeyPatch) -> None:
    """By force: use ~ N(X m0, X P0^-1 X' + W^-1) for every balance point, and without heating."""
    monkeypatch.setattr(neighbours, "_FLAT", 2500.0**-2)
    days = days_of(heated_wh(WEATHER_C, noise=0.4), WINTER)
    prior = replace(PRIOR, heated=0.6)
    precision = np.random.default_rng(4).uniform(0.5, 2, 28) / 60_000.0**2
    designs = neighbours._designs(days)
    models = _Models.of(designs, days.energy_wh, precision, prior)
    weekend = 0.3 * days.energy_wh.mean()
    logs = []
    for place, design in enumerate(designs):
        heats = place < len(GRID_C)
        deviation = np.array([2500, weekend, 300.0 * heats])
        spread = np.diag(1 / precision) + (design * deviation**2) @ design.T
        rest = days.energy_wh - design @ [0, 0, 1500]
        log = -(rest @ np.linalg.solve(spread, rest) + np.linalg.slogdet(spread)[1]) / 2
        before = np.exp(-((GRID_C - 15) ** 2) / 2)
        shares = 0.6 * before / before.sum()
        logs.append(log + np.log(shares[place] if heats else 0.4))
    by_force = np.exp(np.array(logs) - max(logs))
    assert models.weight(prior, 28) == pytest.approx(by_force / by_force.sum(), rel=1e-6)
    assert 0.01 < by_force[-1] / by_force.sum() < 0.99


def test_coefficients_are_those_of_a_normal_posterior() -> None:
    """For one balance point: precision P0 + X'WX, and the mean that goes with it."""
    days = days_of(heated_wh(WEATHER_C, noise=0.4), WINTER)
    precision = np.full(28, 3000.0**-2)
    place = int(np.flatnonzero(GRID_C == 15)[0])
    designs = neighbours._designs(days)
    models = _Models.of(designs, days.energy_wh, precision, PRIOR)
    weekend = 0.3 * days.energy_wh.mean()
    before = np.diag([0, weekend**-2, 300.0**-2])
    total = before + designs[place].T @ (precision[:, None] * designs[place])
    pulled = before @ [0, 0, 1500] + designs[place].T @ (precision * days.energy_wh)
    assert models.coefficients[place] == pytest.approx(np.linalg.solve(total, pulled), rel=1e-6)
    assert models.covariance[place] == pytest.approx(np.linalg.inv(total), rel=1e-6)
    assert np.array_equal(designs[place][:, 1], days.weekend)


def test_what_is_expected_adds_up_by_force() -> None:
    days = days_of(heated_wh(WEATHER_C, noise=0.3), WINTER)
    baseline = fit_with_neighbours(days, PRIOR)
    asked = supported(baseline, heated_wh(WEATHER_C))
    expected = expect_with_neighbours(baseline, asked)
    designs = neighbours._designs(asked)
    sums_wh = [float((x @ c).sum()) for x, c in zip(designs, baseline.coefficients, strict=True)]
    mean_wh = float(baseline.weight @ sums_wh)
    variance = 0.0
    for weight, design, covariance, sum_wh in zip(
        baseline.weight, designs, baseline.covariance, sums_wh, strict=True
    ):
        once = design.sum(axis=0)
        variance += weight * ((sum_wh - mean_wh) ** 2 + once @ covariance @ once)
    for first, one_wh in zip(asked.day, expected.daily_wh, strict=True):
        for second, other_wh in zip(asked.day, expected.daily_wh, strict=True):
            together = baseline.correlation ** abs(int(first - second))
            variance += baseline.spread**2 * one_wh * other_wh * together
    assert expected.total_wh == pytest.approx(mean_wh)
    assert expected.standard_error_wh == pytest.approx(np.sqrt(variance))
    low_wh, high_wh = expected.interval_wh(0.9)
    reach = t_quantile(0.95, baseline.degrees) * np.sqrt(variance)
    assert (low_wh, high_wh) == pytest.approx((mean_wh - reach, mean_wh + reach))


def test_scatter_by_hand() -> None:
    # 14 days of 0.1 and 14 of -0.1: squares 0.28, products 26 * 0.01 - 0.01 = 0.25 in 27 pairs.
    relative = np.repeat([0.1, -0.1], 14)
    found = _Scatter.of(np.arange(28), relative, PRIOR)
    own = (0.25 / 27 * 28 / 0.28 + 4 / 28) / (1 - 3 / 28)
    correlation = (28 * own + 60 * 0.3) / 88
    assert found.correlation == pytest.approx(correlation)
    effective = 28 * (1 - correlation) / (1 + correlation)
    variance = 0.01 / (1 - 4 / effective)
    assert found.spread**2 == pytest.approx((effective * variance + 6 * 0.04) / (effective + 6))
    alone = _Scatter.of(np.arange(28), relative, None)
    assert alone.correlation == 0.9
    # Of 28 days that go together so much 1.47 are left; the variance is at most four times 0.01.
    assert alone.spread == pytest.approx(0.2)
    apart = _Scatter.of(2 * np.arange(28), relative, None)
    assert apart.correlation == pytest.approx(4 / 28 / (1 - 3 / 28))
    assert found.precision(np.array([5000.0])) == pytest.approx(
        (1 - correlation) / (1 + correlation) / (found.spread * 5000) ** 2
    )


def test_the_variance_of_a_further_home_by_hand() -> None:
    # 0, 2, 4, 6, 8, 10: mean 5, variance 14; less 2 of each estimate: tau2 = 12.
    mean, variance = _pool([(float(value), 2.0) for value in (0, 2, 4, 6, 8, 10)])
    assert (mean, variance) == pytest.approx((5, (12 + 14 / 6) * 5 / 3))


def test_slopes_and_balance_points_are_pooled_by_their_own_precision(
    building: list[DailySeries],
) -> None:
    alone = [_fit_alone(days) for days in building]
    prior = learn_building(building)
    slope = _pool([(fit.mean[1], fit.mean_covariance[1, 1]) for fit in alone])
    balance = _pool([(fit.mean[2], fit.mean_covariance[2, 2]) for fit in alone])
    assert (prior.slope_wh_per_k, prior.slope_variance) == pytest.approx(slope)
    assert (prior.balance_c, prior.balance_variance) == pytest.approx(
        (balance[0], max(balance[1], 0.75**2))
    )


def test_the_mean_is_that_of_the_home_if_it_heats() -> None:
    """With 30 % on no heating, 49 % on 15 degrees and 21 % on 16: 15.3 degrees if it heats."""
    baseline = fit_with_neighbours(days_of(heated_wh(WEATHER_C, noise=0.2), WINTER), PRIOR)
    weight = np.zeros(len(GRID_C) + 1)
    weight[[14, 16, -1]] = [0.49, 0.21, 0.3]
    mixed = replace(baseline, weight=weight)
    assert (GRID_C[14], GRID_C[16]) == (15, 16)
    assert mixed.heated == pytest.approx(0.7)
    level, slope, balance = mixed.mean
    assert balance == pytest.approx(15.3)
    assert level == pytest.approx(baseline.coefficients[[14, 16], 0] @ [0.7, 0.3])
    slopes = baseline.coefficients[[14, 16], 2]
    assert slope == pytest.approx(slopes @ [0.7, 0.3])
    covariance = mixed.mean_covariance
    assert covariance[2, 2] == pytest.approx(0.7 * 0.3)
    assert covariance[1, 2] == pytest.approx(0.7 * 0.3 * (slopes[1] - slopes[0]))
    within = baseline.covariance[[14, 16], 2, 2] @ [0.7, 0.3]
    assert covariance[1, 1] == pytest.approx(within + 0.21 * (slopes[1] - slopes[0]) ** 2)


def test_homes_that_are_all_alike_still_leave_room_for_another() -> None:
    alike = [
        days_of(heated_wh(WEATHER_C, noise=0.05, seed=seed), slice(0, 365)) for seed in range(6)
    ]
    prior = learn_building(alike)
    assert prior.homes == 6
    assert prior.slope_variance == pytest.approx((0.15 * prior.slope_wh_per_k) ** 2)
    assert prior.balance_variance == pytest.approx(0.75**2)
    least = [each.take(each.day < MONDAY + 120) for each in alike]
    assert learn_building(least).homes == 6


def test_degrees_of_freedom_count_effective_days_and_lent_ones() -> None:
    baseline = fit_with_neighbours(days_of(heated_wh(WEATHER_C, noise=0.2), WINTER), PRIOR)
    effective = 28 * (1 - baseline.correlation) / (1 + baseline.correlation)
    assert baseline.degrees == pytest.approx(effective - 4 + 6)


def test_few_days_lean_on_the_slope_of_neighbours_and_many_do_not() -> None:
    use_wh = 6000 + 2400 * np.maximum(15 - WEATHER_C, 0)
    use_wh *= 1 + 0.2 * np.random.default_rng(3).normal(0, 1, DAYS)
    prior = replace(PRIOR, slope_variance=200.0**2, correlation=0.0)
    few = fit_with_neighbours(days_of(use_wh, slice(365, 379)), prior).mean[1]
    many = fit_with_neighbours(days_of(use_wh, slice(0, 365)), prior).mean[1]
    assert 1500 < few < many < 2500
    assert many > 2150


def test_a_home_that_does_not_heat_is_given_no_slope() -> None:
    use_wh = flat_wh(DAYS, noise=0.15)
    baseline = fit_with_neighbours(days_of(use_wh, slice(365, 421)), replace(PRIOR, heated=0.7))
    assert baseline.heated < 0.1
    expected = expect_with_neighbours(baseline, supported(baseline, use_wh))
    assert expected.daily_wh == pytest.approx(6000, rel=0.12)


@pytest.mark.parametrize("weeks", [4, 8])
def test_intervals_of_few_winter_weeks_hold_the_truth(
    building: list[DailySeries], weeks: int
) -> None:
    prior = learn_building(building)
    inside, half, errors = [], [], []
    for seed in range(120):
        use_wh = home(np.random.default_rng(1000 + seed))
        baseline = fit_with_neighbours(days_of(use_wh, slice(393 - 7 * weeks, 393)), prior)
        asked = supported(baseline, use_wh)
        expected = expect_with_neighbours(baseline, asked)
        truth_wh = float(asked.energy_wh.sum())
        low_wh, high_wh = expected.interval_wh(0.9)
        inside.append(low_wh <= truth_wh <= high_wh)
        half.append((high_wh - low_wh) / 2 / truth_wh)
        errors.append(expected.total_wh / truth_wh - 1)
    assert np.mean(inside) >= 0.85
    assert abs(np.mean(errors)) < 0.03
    assert np.mean(half) < 0.25


def test_neighbours_narrow_the_answer(building: list[DailySeries]) -> None:
    prior = learn_building(building)
    ignorant = replace(prior, slope_variance=1e8, balance_variance=1e4)
    days = days_of(home(np.random.default_rng(77)), WINTER)
    ours, alone = (fit_with_neighbours(days, each) for each in (prior, ignorant))
    assert np.linalg.det(ours.mean_covariance) < 0.1 * np.linalg.det(alone.mean_covariance)


def test_days_outside_the_support_are_refused() -> None:
    baseline = fit_with_neighbours(days_of(heated_wh(WEATHER_C, noise=0.1), WINTER), PRIOR)
    edges_c = np.array([baseline.coldest_c - 1.01, baseline.coldest_c - 0.99])
    edges_c = np.append(edges_c, [baseline.warmest_c + 0.99, baseline.warmest_c + 1.01, NAN])
    asked = daily(np.full(5, NAN), edges_c)
    assert baseline.supports(asked).tolist() == [False, True, True, False, False]
    with pytest.raises(SeriesError, match="within the baseline's temperatures"):
        expect_with_neighbours(baseline, asked)
    with pytest.raises(SeriesError, match="at least one"):
        expect_with_neighbours(baseline, asked.take(np.zeros(5, bool)))
    inside = asked.take(baseline.supports(asked))
    assert len(expect_with_neighbours(baseline, inside).daily_wh) == 2


def test_days_that_are_not_known_are_passed_over() -> None:
    days = days_of(heated_wh(WEATHER_C, noise=0.1), slice(365, 395))
    energy_wh = days.energy_wh.copy()
    energy_wh[[3, 9]] = NAN
    holes = replace(days, energy_wh=energy_wh)
    known = holes.take(np.isfinite(energy_wh))
    assert fit_with_neighbours(holes, PRIOR).mean == pytest.approx(
        fit_with_neighbours(known, PRIOR).mean
    )
    uncovered = replace(days, coverage=np.where(np.isfinite(energy_wh), 1.0, 0.0))
    assert fit_with_neighbours(uncovered, PRIOR).mean == pytest.approx(
        fit_with_neighbours(known, PRIOR).mean
    )
    with pytest.raises(SeriesError, match="14 known days or more were expected, not 13"):
        fit_with_neighbours(days.take(days.day < MONDAY + 365 + 13), PRIOR)


def test_a_partly_covered_day_is_taken_for_a_whole_one() -> None:
    whole = days_of(heated_wh(WEATHER_C, noise=0.1), WINTER)
    part = replace(whole, energy_wh=whole.energy_wh * 0.9, coverage=np.full(28, 0.9))
    assert fit_with_neighbours(part, PRIOR).mean == pytest.approx(
        fit_with_neighbours(whole, PRIOR).mean
    )


@pytest.mark.parametrize("scale", [0.2, 4.0])
def test_scaling_a_building_scales_its_answers(building: list[DailySeries], scale: float) -> None:
    scaled = [replace(each, energy_wh=each.energy_wh * scale) for each in building]
    days = days_of(home(np.random.default_rng(9)), WINTER)
    more = replace(days, energy_wh=days.energy_wh * scale)
    ours = fit_with_neighbours(days, learn_building(building))
    theirs = fit_with_neighbours(more, learn_building(scaled))
    assert theirs.mean == pytest.approx(ours.mean * [scale, scale, 1], rel=1e-5)
    once, again = expect_with_neighbours(ours, days), expect_with_neighbours(theirs, more)
    assert again.standard_error_wh == pytest.approx(scale * once.standard_error_wh, rel=1e-5)


def test_weights_are_those_of_the_grid_and_of_no_heating() -> None:
    baseline = fit_with_neighbours(days_of(heated_wh(WEATHER_C, noise=0.1), WINTER), PRIOR)
    assert baseline.weight.shape == (len(GRID_C) + 1,)
    assert baseline.weight.sum() == pytest.approx(1)
    assert (baseline.coefficients[-1, 2], baseline.covariance[-1, 2, 2]) == (0, 0)


def test_a_home_that_used_nothing_is_expected_to_use_nothing() -> None:
    baseline = fit_with_neighbours(days_of(np.zeros(DAYS), WINTER), PRIOR)
    asked = days_of(np.zeros(DAYS), WINTER)
    assert expect_with_neighbours(baseline, asked).total_wh == pytest.approx(0, abs=28)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"slope_variance": 0.0}, "variances and a spread above 0"),
        ({"spread": -1.0}, "variances and a spread above 0"),
        ({"heated": 1.0}, "shares between 0 and 1"),
        ({"correlation": 1.0}, "shares between 0 and 1"),
    ],
)
def test_priors_that_cannot_be(change: dict[str, float], message: str) -> None:
    with pytest.raises(SeriesError, match=message):
        replace(PRIOR, **change)  # type: ignore[arg-type]
