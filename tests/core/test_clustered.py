"""Errors of clustered least squares, where they can be had by hand."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatt.core.clustered import ClusteredFit
from commonwatt.errors import SeriesError

ONE = np.array([1.0])


def test_a_mean_has_the_usual_error() -> None:
    # 2, 4, 4, 10: mean 5, squares 9 + 1 + 1 + 25 = 36, variance 36 / 3 = 12, error sqrt(12 / 4).
    values = np.array([2.0, 4, 4, 10])
    fit = ClusteredFit.of(np.ones((4, 1)), values, np.arange(4), np.ones(4))
    mean = fit.contrast(ONE)
    assert (mean.value, mean.standard_error) == pytest.approx((5, np.sqrt(3)))
    assert mean.degrees == pytest.approx(3)


def test_rows_that_repeat_one_another_say_nothing_more() -> None:
    values = np.repeat([2.0, 4, 4, 10], 5)
    cluster = np.repeat([7, 3, 9, 100], 5)
    mean = ClusteredFit.of(np.ones((20, 1)), values, cluster, np.ones(20)).contrast(ONE)
    assert (mean.value, mean.standard_error) == pytest.approx((5, np.sqrt(3)))
    assert mean.degrees == pytest.approx(3)


def test_two_groups_are_welch() -> None:
    # 1, 3, 5 and 2, 2, 4, 8: means 3 and 4, variances 4 and 8, error sqrt(4 / 3 + 8 / 4).
    values = np.array([1.0, 3, 5, 2, 2, 4, 8])
    first = np.array([1.0, 1, 1, 0, 0, 0, 0])
    design = np.stack([first, 1 - first], axis=1)
    fit = ClusteredFit.of(design, values, np.arange(7), np.ones(7))
    difference = fit.contrast(np.array([-1.0, 1.0]))
    assert (difference.value, difference.standard_error) == pytest.approx((1, np.sqrt(10 / 3)))
    # Equal variances: (1/3 + 1/4)^2 / (1/(9 * 2) + 1/(16 * 3)).
    assert difference.degrees == pytest.approx((7 / 12) ** 2 / (1 / 18 + 1 / 48))


def test_a_weight_counts_as_a_ratio() -> None:
    """Ratios weighted by what was expected have the ratio of the sums as their mean."""
    expected, observed = np.array([100.0, 300, 50]), np.array([90.0, 330, 20])
    fit = ClusteredFit.of(np.ones((3, 1)), observed / expected, np.arange(3), expected)
    assert fit.contrast(ONE).value == pytest.approx(440 / 450)


def test_clusters_that_move_together_widen_the_error() -> None:
    generator = np.random.default_rng(4)
    cluster = np.repeat(np.arange(10), 8)
    values = generator.normal(0, 1, 10)[cluster] + generator.normal(0, 1, 80)
    together = ClusteredFit.of(np.ones((80, 1)), values, cluster, np.ones(80)).contrast(ONE)
    apart = ClusteredFit.of(np.ones((80, 1)), values, np.arange(80), np.ones(80)).contrast(ONE)
    assert together.standard_error > 1.5 * apart.standard_error
    assert together.degrees == pytest.approx(9)


def test_columns_that_say_the_same_are_refused() -> None:
    with pytest.raises(SeriesError, match="2 columns of full rank"):
        ClusteredFit.of(np.ones((4, 2)), np.ones(4), np.arange(4), np.ones(4))


def test_a_cluster_that_alone_knows_a_column_adds_no_error() -> None:
    """The one home of an arm fits exactly; its corrected residual is 0, not infinite."""
    design = np.array([[1.0, 1], [1, 0], [1, 0]])
    fit = ClusteredFit.of(design, np.array([5.0, 1, 3]), np.arange(3), np.ones(3))
    effect = fit.contrast(np.array([0.0, 1]))
    assert np.isfinite(effect.standard_error)
    assert effect.standard_error == pytest.approx(1)
