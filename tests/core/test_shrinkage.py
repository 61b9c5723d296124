"""Homes drawn towards their group: by hand, at the ends, and as laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.core.shrinkage import SAVINGS_PRIOR, Prior, Spread, shrink
from commonwatt.errors import SeriesError

laws = settings(deadline=None, max_examples=80, derandomize=True)

homes = st.lists(
    st.tuples(st.floats(-0.5, 0.5), st.floats(0.001, 0.2)), min_size=2, max_size=30
).map(np.array)


def test_moments_by_hand() -> None:
    # Variances 1: mean 4, Q = 16 + 0 + 16 = 32, C = 3 - 3 / 3 = 2, tau2 = (32 - 2) / 2 = 15.
    found = shrink(np.array([0.0, 4, 8]), np.ones(3), Spread.DERSIMONIAN_LAIRD)
    assert (found.between, found.mean) == pytest.approx((15, 4))
    # 4 +- 15 / 16 * 4.
    assert found.value == pytest.approx([0.25, 4, 7.75])
    assert found.mean_variance == pytest.approx(16 / 3)
    assert found.variance == pytest.approx(15 / 16 + (1 / 16) ** 2 * 16 / 3)


def test_moments_with_unequal_variances_by_hand() -> None:
    # w = 4, 1: mean 0.2, Q = 4 * 0.04 + 0.64 = 0.8 < 1: chance alone.
    found = shrink(np.array([0.0, 1]), np.array([0.25, 1]), Spread.DERSIMONIAN_LAIRD)
    assert found.between == 0
    assert found.value == pytest.approx([0.2, 0.2])
    assert found.mean_variance == pytest.approx(0.2)


def test_with_equal_variances_both_ways_agree() -> None:
    """Both are the sample variance less the variance of an estimate."""
    estimate = np.array([1.0, 3, 3, 9, 14])
    by_hand = float(estimate.var(ddof=1)) - 2
    for spread in Spread:
        assert shrink(estimate, np.full(5, 2.0), spread).between == pytest.approx(by_hand)


def test_the_restricted_likelihood_is_greatest_where_it_stops() -> None:
    estimate = np.array([0.02, 0.11, -0.05, 0.3, 0.08, 0.01])
    variance = np.array([0.001, 0.02, 0.003, 0.01, 0.0005, 0.004])

    def restricted(between: float) -> float:
        weight = 1 / (between + variance)
        mean = weight @ estimate / weight.sum()
        misfit = weight @ (estimate - mean) ** 2
        return float(np.log(weight).sum() - np.log(weight.sum()) - misfit) / 2

    found = shrink(estimate, variance).between
    assert found > 0
    assert restricted(found) > max(restricted(found * 0.99), restricted(found * 1.01))


def test_homes_that_differ_by_chance_alone_are_all_the_group() -> None:
    """On the placebo of EDRP: no spread, and an error of 14 points a home."""
    for spread in Spread:
        found = shrink(np.array([0.05, -0.08, 0.02, 0.11, -0.04]), np.full(5, 0.14**2), spread)
        assert found.between == 0
        assert found.value == pytest.approx(np.full(5, found.mean))


def test_a_known_spread_is_found_again() -> None:
    generator = np.random.default_rng(8)
    variance = generator.uniform(0.001, 0.02, 4000)
    truth = generator.normal(0.03, 0.1, 4000)
    estimate = truth + generator.normal(0, 1, 4000) * np.sqrt(variance)
    for spread in Spread:
        found = shrink(estimate, variance, spread)
        assert found.between == pytest.approx(0.01, rel=0.08)
        assert found.mean == pytest.approx(0.03, abs=0.006)
        assert np.mean((found.value - truth) ** 2) < 0.9 * np.mean((estimate - truth) ** 2)
        inside = np.abs(found.value - truth) <= 1.645 * np.sqrt(found.variance)
        assert inside.mean() == pytest.approx(0.9, abs=0.015)


def test_a_prior_is_one_more_estimate_of_the_mean() -> None:
    # tau2 = 0; two homes of variance 2, a prior of variance 1 / 4: (8 / 1 + 4 * 3) / (1 + 4) = 4.
    found = shrink(np.array([8.0, 8]), np.full(2, 2.0), prior=Prior(3.0, 0.5))
    assert found.mean == pytest.approx(4)
    assert found.mean_variance == pytest.approx(0.2)
    assert (SAVINGS_PRIOR.mean, SAVINGS_PRIOR.deviation) == (0.025, 0.03)


@given(homes)
@laws
def test_values_lie_between_the_estimate_and_the_mean(rows: np.ndarray[tuple[int, int]]) -> None:
    estimate, variance = rows[:, 0], rows[:, 1]
    found = shrink(estimate, variance)
    low, high = np.minimum(estimate, found.mean), np.maximum(estimate, found.mean)
    assert ((found.value >= low - 1e-9) & (found.value <= high + 1e-9)).all()
    assert (found.variance > 0).all()


@given(homes, st.floats(0.01, 100))
@laws
def test_scaling_scales(rows: np.ndarray[tuple[int, int]], scale: float) -> None:
    once = shrink(rows[:, 0], rows[:, 1])
    scaled = shrink(rows[:, 0] * scale, rows[:, 1] * scale**2)
    assert scaled.value == pytest.approx(once.value * scale, rel=1e-4, abs=1e-6 * scale)


@pytest.mark.parametrize(
    ("estimate", "variance", "message"),
    [
        ([1.0], [1.0], "two homes or more"),
        ([1.0, 2], [1.0], r"not \(2,\) and \(1,\)"),
        ([1.0, np.nan], [1.0, 1], "an estimate is not finite"),
        ([1.0, 2], [1.0, 0], "variances above 0 were expected, not 0"),
        ([1.0, 2], [1.0, np.inf], "variances above 0 were expected"),
    ],
)
def test_bad_input(estimate: list[float], variance: list[float], message: str) -> None:
    with pytest.raises(SeriesError, match=message):
        shrink(np.array(estimate), np.array(variance))
