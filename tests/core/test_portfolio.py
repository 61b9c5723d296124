"""Portfolios by hand, and laws that any comparison of two arms must keep."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.core.daily import DailySeries
from commonwatt.core.portfolio import (
    CONFIDENCES,
    Estimator,
    Portfolio,
    ShareInterval,
    _ancova_statistic,
    _ratio_statistic,
    before_after,
    estimate_portfolio,
    period_energy_wh,
)
from commonwatt.core.student import t_quantile
from commonwatt.errors import SeriesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIFFERENCE, ANCOVA = Estimator.DIFFERENCE, Estimator.ANCOVA
NAN = float("nan")

laws = settings(deadline=None, max_examples=60, derandomize=True)


def portfolio(
    expected_wh: list[float],
    observed_wh: list[float],
    treated: str,
    cluster: list[int] | None = None,
) -> Portfolio:
    """Homes from lists; `treated` is such as "TTCC"."""
    numbers = list(range(len(treated))) if cluster is None else cluster
    return Portfolio(
        np.array(expected_wh, np.float64),
        np.array(observed_wh, np.float64),
        np.array([arm == "T" for arm in treated]),
        np.array(numbers, np.int64),
    )


def simulated(seed: int, homes: int = 40, saving: float = 0.0) -> Portfolio:
    generator = np.random.default_rng(seed)
    expected_wh = 9000 * generator.lognormal(0, 0.4, homes)
    observed_wh = expected_wh * generator.lognormal(0, 0.15, homes)
    treated = generator.permutation(np.arange(homes) % 2 == 0)
    observed_wh[treated] *= 1 - saving
    return Portfolio(expected_wh, observed_wh, treated, np.arange(homes) // 2 + 50 * treated)


@st.composite
def portfolios(draw: st.DrawFn) -> Portfolio:
    return simulated(draw(st.integers(0, 10_000)), draw(st.integers(8, 40)))


def every_half(clusters: int, homes_each: int) -> NDArray[np.bool_]:
    masks = np.zeros((0, clusters), bool)
    for chosen in combinations(range(clusters), clusters // 2):
        masks = np.concatenate([masks, np.isin(np.arange(clusters), chosen)[None]])
    return np.repeat(masks, homes_each, axis=1)


def test_difference_in_differences_by_hand() -> None:
    # T: expected 400, used 300; C: expected 200, used 180, which is 0.9 of it.
    # T would have used 360: saved 60 of 360. As (400 - 300) - (400 / 200) (200 - 180) = 60.
    found = estimate_portfolio(
        portfolio([100, 300, 80, 120], [90, 210, 70, 110], "TTCC"), DIFFERENCE
    )
    assert found.counterfactual_wh == pytest.approx(360)
    assert found.saved_wh == pytest.approx(60)
    assert found.share == pytest.approx(1 / 6)
    assert (found.homes, found.clusters) == ((2, 2), (2, 2))
    assert np.isnan(found.permutation_p)


def test_the_error_of_a_difference_by_hand() -> None:
    # Homes of one size: r_T from 0.8, 0.9, 1.0; r_C from 0.9, 1.0, 1.1. Variances 0.01 each.
    # ln(1.0 / 0.9), variance 0.01 / 3 / 0.81 + 0.01 / 3 / 1.
    found = estimate_portfolio(
        portfolio([100] * 6, [80, 90, 100, 90, 100, 110], "TTTCCC"), DIFFERENCE
    )
    error = np.sqrt(0.01 / 3 / 0.81 + 0.01 / 3)
    # Welch with equal variances and weights 1 / 0.81 and 1: (a + b)^2 / (a^2 / 2 + b^2 / 2).
    a, b = 1 / 0.81, 1.0
    degrees = (a + b) ** 2 / (a**2 / 2 + b**2 / 2)
    assert found.degrees == pytest.approx(degrees)
    for confidence in CONFIDENCES:
        reach = t_quantile((1 + confidence) / 2, degrees) * error
        interval = found.interval(confidence)
        expected = [1 - 0.9 * np.exp(reach), 1 - 0.9 * np.exp(-reach)]
        assert [interval.low, interval.high] == pytest.approx(expected)
    reach = (t_quantile(0.95, degrees) + t_quantile(0.8, degrees)) * error
    assert found.detectable == pytest.approx(1 - np.exp(-reach))


def test_ancova_with_equal_homes_is_a_difference_of_means() -> None:
    # Means 90 and 100, variances 100 and 100, three homes each: error sqrt(200 / 3), 4 degrees.
    found = estimate_portfolio(portfolio([100] * 6, [80, 90, 100, 90, 100, 110], "TTTCCC"), ANCOVA)
    error, reach = np.sqrt(200 / 3), t_quantile(0.95, 4)
    assert found.saved_wh == pytest.approx(30)
    assert (found.share, found.counterfactual_wh) == pytest.approx((0.1, 300))
    assert found.degrees == pytest.approx(4)
    low, high = 10 - reach * error, 10 + reach * error
    interval = found.interval(0.9)
    assert (interval.low, interval.high) == pytest.approx((low / (90 + low), high / (90 + high)))
    detectable = (reach + t_quantile(0.8, 4)) * error / 100
    assert found.detectable == pytest.approx(detectable)
    assert not found.differs


def test_ancova_takes_the_use_before_into_account() -> None:
    """Exact: observed = 10 + 0.8 expected - 7 for the treated."""
    expected_wh = [50.0, 80, 120, 60, 90, 200]
    observed_wh = [10 + 0.8 * each for each in expected_wh]
    observed_wh[:3] = [each - 7 for each in observed_wh[:3]]
    found = estimate_portfolio(portfolio(expected_wh, observed_wh, "TTTCCC"), ANCOVA)
    assert found.saved_wh == pytest.approx(21)
    assert found.counterfactual_wh == pytest.approx(30 + 0.8 * 250)
    assert found.differs


def test_permutations_by_hand() -> None:
    # Four stairwells of two homes; T used least. 6 assignments, this one and its mirror as far.
    homes = portfolio(
        [100] * 8, [70, 71, 72, 73, 100, 101, 102, 103], "TTTTCCCC", [0, 0, 1, 1, 2, 2, 3, 3]
    )
    for estimator in Estimator:
        found = estimate_portfolio(homes, estimator, every_half(4, 2))
        assert found.permutation_p == pytest.approx(2 / 6)
        # No draw of four stairwells can reach 0.1.
        assert found.detectable == np.inf
        assert not found.differs


@pytest.mark.parametrize("estimator", Estimator)
def test_six_stairwells_are_enough_for_the_clearest_result(estimator: Estimator) -> None:
    observed_wh = np.array([70.0, 71, 72, 100, 101, 102])
    homes = portfolio([100] * 6, list(observed_wh), "TTTCCC")
    found = estimate_portfolio(homes, estimator, every_half(6, 1))
    assert found.permutation_p == pytest.approx(0.1)
    assert np.isfinite(found.detectable)
    assert found.differs


@pytest.mark.parametrize("estimator", Estimator)
def test_the_permutation_test_is_exact(estimator: Estimator) -> None:
    """Whichever assignment is the real one: at most 10 % of them have a p of 0.1 or less."""
    homes = simulated(3, homes=24)
    masks = every_half(8, 3)
    cluster = np.repeat(np.arange(8), 3)
    p_values = np.array(
        [
            estimate_portfolio(
                replace(homes, treated=mask, cluster=cluster), estimator, masks
            ).permutation_p
            for mask in masks
        ]
    )
    assert len(masks) == 70
    for level in (0.05, 0.1, 0.3):
        assert level - 2 / 70 <= np.mean(p_values <= level) <= level


def test_permuted_estimates_are_those_of_the_estimators() -> None:
    homes = simulated(9, homes=12)
    masks = every_half(6, 2)
    each = [replace(homes, treated=mask, cluster=np.repeat(np.arange(6), 2)) for mask in masks]
    shares = np.array([estimate_portfolio(one, DIFFERENCE).share for one in each])
    assert _ratio_statistic(homes, masks) == pytest.approx(-np.log1p(-shares))
    saved_wh = np.array([estimate_portfolio(one, ANCOVA).saved_wh for one in each])
    assert _ancova_statistic(homes, masks) == pytest.approx(-saved_wh / 6)
    p_value = estimate_portfolio(each[4], ANCOVA, masks).permutation_p
    assert p_value == pytest.approx((np.abs(saved_wh) >= abs(saved_wh[4]) * (1 - 1e-9)).mean())


@pytest.mark.parametrize(
    ("low", "high", "excluded"),
    [(0.01, 0.2, True), (-0.2, -0.01, True), (0, 0.2, False), (-0.2, 0, False), (-1, 1, False)],
)
def test_an_interval_that_ends_at_0_holds_it(low: float, high: float, *, excluded: bool) -> None:
    assert ShareInterval(0.9, low, high).excludes_zero is excluded


def test_columns_of_a_portfolio_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        simulated(1).observed_wh[0] = 1.0


def test_a_real_saving_is_found_within_its_interval() -> None:
    for estimator in Estimator:
        inside = [
            found.interval(0.9).low <= 0.1 <= found.interval(0.9).high
            for seed in range(200)
            if (found := estimate_portfolio(simulated(seed, 60, saving=0.1), estimator))
        ]
        assert 0.85 <= np.mean(inside) <= 0.96


@given(portfolios(), st.floats(0.01, 100))
@laws
def test_scaling_scales_energy_and_leaves_shares(homes: Portfolio, scale: float) -> None:
    scaled = replace(
        homes, expected_wh=homes.expected_wh * scale, observed_wh=homes.observed_wh * scale
    )
    for estimator in Estimator:
        ours, theirs = estimate_portfolio(homes, estimator), estimate_portfolio(scaled, estimator)
        assert theirs.saved_wh == pytest.approx(scale * ours.saved_wh, rel=1e-6, abs=1e-6 * scale)
        assert theirs.share == pytest.approx(ours.share, abs=1e-9)
        assert theirs.detectable == pytest.approx(ours.detectable, rel=1e-6)


@given(portfolios(), st.floats(0.5, 2))
@laws
def test_a_shock_common_to_both_arms_changes_no_share(homes: Portfolio, shock: float) -> None:
    shocked = replace(homes, observed_wh=homes.observed_wh * shock)
    for estimator in Estimator:
        ours, theirs = estimate_portfolio(homes, estimator), estimate_portfolio(shocked, estimator)
        assert theirs.share == pytest.approx(ours.share, abs=1e-9)
        assert theirs.interval(0.9).low == pytest.approx(ours.interval(0.9).low, abs=1e-9)


@given(portfolios(), st.floats(0, 5000))
@laws
def test_a_load_added_to_every_home_leaves_the_energy_of_ancova(
    homes: Portfolio, load_wh: float
) -> None:
    loaded = replace(homes, observed_wh=homes.observed_wh + load_wh)
    ours, theirs = estimate_portfolio(homes, ANCOVA), estimate_portfolio(loaded, ANCOVA)
    assert theirs.saved_wh == pytest.approx(ours.saved_wh, abs=1e-6)


@given(portfolios())
@laws
def test_exchanging_the_arms_negates(homes: Portfolio) -> None:
    exchanged = replace(homes, treated=~homes.treated)
    ours, theirs = (estimate_portfolio(each, DIFFERENCE) for each in (homes, exchanged))
    assert np.log1p(-theirs.share) == pytest.approx(-np.log1p(-ours.share), abs=1e-9)
    ours, theirs = (estimate_portfolio(each, ANCOVA) for each in (homes, exchanged))
    each_ours, each_theirs = ours.saved_wh / ours.homes[0], theirs.saved_wh / theirs.homes[0]
    assert each_theirs == pytest.approx(-each_ours, abs=1e-6)


@given(portfolios(), st.sampled_from(Estimator))
@laws
def test_nothing_changed_is_nothing_saved(homes: Portfolio, estimator: Estimator) -> None:
    same = replace(homes, observed_wh=homes.expected_wh)
    found = estimate_portfolio(same, estimator)
    assert found.share == pytest.approx(0, abs=1e-12)
    assert found.interval(0.9).high == pytest.approx(0, abs=1e-9)


@given(portfolios(), st.sampled_from(Estimator), st.integers(0, 100))
@laws
def test_the_order_of_homes_means_nothing(
    homes: Portfolio, estimator: Estimator, seed: int
) -> None:
    order = np.random.default_rng(seed).permutation(len(homes))
    mixed = Portfolio(
        homes.expected_wh[order],
        homes.observed_wh[order],
        homes.treated[order],
        homes.cluster[order] * 3 - 1,
    )
    ours, theirs = estimate_portfolio(homes, estimator), estimate_portfolio(mixed, estimator)
    assert theirs.share == pytest.approx(ours.share, abs=1e-9)
    assert theirs.interval(0.8).low == pytest.approx(ours.interval(0.8).low, abs=1e-9)


def test_an_interval_wider_than_all_use_has_no_end() -> None:
    """Two stairwells in each arm, far apart: below, the saving could be anything."""
    found = estimate_portfolio(portfolio([100] * 4, [10, 200, 150, 300], "TTCC"), ANCOVA)
    assert found.interval(0.9).low == -np.inf


def test_before_and_after_by_hand() -> None:
    # Treated: 300 of 400. Residuals 90 - 75 = 15 and 210 - 225 = -15: 450 * 2 / 1 = 900, root 30.
    naive = before_after(portfolio([100, 300, 80, 120], [90, 210, 70, 110], "TTCC"))
    half = t_quantile(0.95, 1) * 30 / 400
    assert (naive.low, naive.high) == pytest.approx((0.25 - half, 0.25 + half))
    with pytest.raises(SeriesError, match="two homes with the display were expected, not 1"):
        before_after(portfolio([1, 1, 1], [1, 1, 1], "TCC"))


def test_energy_of_a_period_makes_up_for_lost_days() -> None:
    # Twenty days; the second home is half the first, and lost the last day, a cold one.
    day = np.arange(100, 120)
    shape_wh = np.append(np.full(19, 10.0), 30.0)
    whole = DailySeries(day, shape_wh, np.ones(20), np.zeros(20))
    lost = DailySeries(day[:19], shape_wh[:19] / 2, np.ones(19), np.zeros(19))
    energy_wh = period_energy_wh([whole, lost], 100, 120)
    # An ordinary day: 15 / 2 = 7.5 on 19 days, 30 on the last: 172.5; known to the second 142.5.
    assert energy_wh == pytest.approx([220, 95 * 172.5 / 142.5])
    assert period_energy_wh([whole, whole], 100, 110) == pytest.approx([100, 100])


def test_a_home_with_many_lost_days_has_no_energy() -> None:
    day = np.arange(20)
    whole = DailySeries(day, np.full(20, 5.0), np.ones(20), np.zeros(20))
    unknown = np.where(day < 3, NAN, 5.0)
    holes = replace(whole, energy_wh=unknown)
    part = DailySeries(day, np.full(20, 4.0), np.full(20, 0.95), np.zeros(20))
    energy_wh = period_energy_wh([whole, holes, part], 0, 20)
    assert energy_wh[[0, 2]] == pytest.approx([100, 80 / 0.95])
    assert np.isnan(energy_wh[1])
    assert np.isnan(period_energy_wh([whole], 40, 50)).all()
    with pytest.raises(SeriesError, match="a period of a day or more was expected, not 5 to 5"):
        period_energy_wh([whole], 5, 5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"expected_wh": np.array([1.0, 0, 1, 1])}, "expected_wh holds a value"),
        ({"expected_wh": np.array([1.0, NAN, 1, 1])}, "expected_wh holds a value"),
        ({"observed_wh": np.array([1.0, -1, 1, 1])}, "observed_wh holds a value"),
        ({"observed_wh": np.array([1.0, np.inf, 1, 1])}, "observed_wh holds a value"),
        ({"treated": np.array([1, 0, 1, 0])}, r"treated: \(n,\) b was expected, not int64"),
        ({"cluster": np.arange(3)}, r"columns of one length were expected, not \[3, 4\]"),
    ],
)
def test_bad_columns(change: dict[str, object], message: str) -> None:
    with pytest.raises(SeriesError, match=message):
        replace(portfolio([1] * 4, [1] * 4, "TTCC"), **change)  # type: ignore[arg-type]


def test_what_cannot_be_compared() -> None:
    with pytest.raises(SeriesError, match=r"two clusters in each arm were expected, not \(1, 2\)"):
        estimate_portfolio(portfolio([1] * 4, [1] * 4, "TTCC", [0, 0, 1, 2]), ANCOVA)
    with pytest.raises(SeriesError, match="an arm used nothing"):
        estimate_portfolio(portfolio([1] * 4, [0, 0, 1, 1], "TTCC"), DIFFERENCE)
    homes = portfolio([1] * 4, [1, 2, 3, 4], "TTCC")
    for masks in (np.ones((3, 5), bool), np.array([[True, False, True, False]])):
        with pytest.raises(SeriesError, match="the real one among them"):
            estimate_portfolio(homes, ANCOVA, masks)
