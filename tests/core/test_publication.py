"""Gates of a portfolio: what is published, and what is told instead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from commonwatt.core.phase_in import draw_phase_in
from commonwatt.core.portfolio import Estimator, Portfolio
from commonwatt.core.publication import judge_portfolio
from commonwatt.core.tiers import Verdict
from commonwatt.errors import SeriesError
from commonwatt.model import Severity

ANCOVA = Estimator.ANCOVA
HOMES = 60


def arms(
    seed: int = 1, saving: float = 0.0, homes: int = HOMES, early: int | None = None
) -> tuple[Portfolio, Portfolio]:
    """Homes of equal use, scattered by 5 %: after, and a placebo of two periods before."""
    generator = np.random.default_rng(seed)
    treated = np.arange(homes) < (homes // 2 if early is None else early)
    periods = 9000 * generator.normal(1, 0.05, (3, homes))
    after_wh = periods[2] * np.where(treated, 1 - saving, 1)
    number = np.arange(homes)
    return (
        Portfolio(periods[1], after_wh, treated, number),
        Portfolio(periods[0], periods[1], treated, number),
    )


def codes(portfolio: Portfolio, placebo: Portfolio | None) -> list[str]:
    judged = judge_portfolio(portfolio, placebo, ANCOVA)
    assert judged.saving is None
    assert not judged.published
    assert judged.verdict == Verdict.NOT_ENOUGH_DATA
    return [finding.code for finding in judged.findings]


@pytest.mark.parametrize(
    ("saving", "verdict"),
    [
        (0.1, Verdict.PROVEN_DROP),
        (0.0, Verdict.NO_VISIBLE_CHANGE),
        (-0.1, Verdict.RISE),
    ],
)
@pytest.mark.parametrize("estimator", Estimator)
def test_the_three_things_that_are_published(
    saving: float, verdict: Verdict, estimator: Estimator
) -> None:
    judged = judge_portfolio(*arms(saving=saving), estimator)
    assert judged.published
    assert judged.verdict == verdict
    assert judged.saving is not None
    assert judged.saving.interval(0.9).low <= saving <= judged.saving.interval(0.9).high
    assert 0 < judged.saving.detectable < 0.1
    assert judged.placebo is not None
    assert not judged.placebo.excludes_zero
    told = {finding.code: finding.severity for finding in judged.findings}
    assert told == {"portfolio_not_drawn": Severity.INFO}


def test_a_draw_decides_with_the_interval() -> None:
    portfolio, placebo = arms(saving=0.1)
    design = draw_phase_in(
        np.random.default_rng(3), np.arange(HOMES), np.zeros(HOMES, np.int64), 20_000, 70
    )
    drawn_after = replace(
        portfolio,
        treated=design.early,
        observed_wh=portfolio.expected_wh[::-1] * np.where(design.early, 0.9, 1.0),
    )
    drawn_before = replace(placebo, treated=design.early)
    judged = judge_portfolio(drawn_after, drawn_before, ANCOVA, design.assignments())
    assert judged.verdict == Verdict.PROVEN_DROP
    assert judged.findings == ()
    assert judged.saving is not None
    assert judged.saving.permutation_p <= 0.01


def test_ten_homes_in_an_arm_are_too_few() -> None:
    assert codes(*arms(saving=0.3, homes=40, early=10)) == ["portfolio_too_few_homes"]
    assert codes(*arms(saving=0.3, homes=40, early=30)) == ["portfolio_too_few_homes"]
    [finding] = judge_portfolio(*arms(homes=40, early=10), ANCOVA).findings
    assert finding.facts == {"homes": 10, "needed": 11}
    assert judge_portfolio(*arms(saving=0.3, homes=22), ANCOVA).published


def test_one_building_against_another_is_too_few_clusters() -> None:
    portfolio, placebo = arms(saving=0.2)
    buildings = portfolio.treated.astype(np.int64)
    found = codes(replace(portfolio, cluster=buildings), replace(placebo, cluster=buildings))
    assert found == ["portfolio_too_few_clusters"]


def test_four_stairwells_can_prove_nothing() -> None:
    portfolio, placebo = arms(saving=0.3)
    stairwell = np.arange(HOMES) // 15
    design = draw_phase_in(
        np.random.default_rng(3), stairwell, np.zeros(HOMES, np.int64), 20_000, 70
    )
    drawn, before = (
        replace(each, treated=design.early, cluster=stairwell) for each in (portfolio, placebo)
    )
    judged = judge_portfolio(drawn, before, ANCOVA, design.assignments())
    assert not judged.published
    [finding] = judged.findings
    assert (finding.code, finding.facts) == ("portfolio_too_few_clusters", {"clusters": 4})


def test_one_home_that_is_most_of_an_arm() -> None:
    portfolio, placebo = arms()
    use_wh = portfolio.observed_wh.copy()
    # 29 homes of about 9 kWh, and one of 150: 150 / 411.
    use_wh[-1] = 150_000
    large = replace(portfolio, observed_wh=use_wh)
    assert codes(large, placebo) == ["portfolio_dominant_home"]
    [finding] = judge_portfolio(large, placebo, ANCOVA).findings
    assert finding.facts == {"percent": pytest.approx(36, abs=1)}


def test_without_two_periods_before_nothing_is_published() -> None:
    portfolio, _ = arms(saving=0.3)
    assert codes(portfolio, None) == ["portfolio_no_placebo"]
    few, _ = arms(homes=12)
    assert codes(few, None) == ["portfolio_too_few_homes", "portfolio_no_placebo"]


def test_arms_that_parted_before_are_not_published() -> None:
    portfolio, placebo = arms(saving=0.1)
    parted = replace(placebo, observed_wh=placebo.observed_wh * np.where(placebo.treated, 0.9, 1.0))
    judged = judge_portfolio(portfolio, parted, ANCOVA)
    assert not judged.published
    assert judged.saving is None
    [finding] = judged.findings
    assert (finding.code, finding.severity) == ("portfolio_placebo_failed", Severity.FAULT)
    assert judged.placebo is not None
    low = finding.facts["low_percent"]
    assert isinstance(low, float)
    assert low == pytest.approx(100 * judged.placebo.low, abs=0.05)


def test_a_placebo_of_other_homes_is_refused() -> None:
    portfolio, placebo = arms()
    for other in (replace(placebo, treated=~placebo.treated), arms(homes=50)[1]):
        with pytest.raises(SeriesError, match="a placebo of the same homes"):
            judge_portfolio(portfolio, other, ANCOVA)
