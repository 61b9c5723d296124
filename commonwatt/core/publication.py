"""What may be published of a portfolio, and which gates stand in the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonwatt.core.portfolio import (
    CLAIM_CONFIDENCE,
    LEAST_CLUSTERS,
    estimate_portfolio,
)
from commonwatt.core.tiers import Verdict
from commonwatt.errors import SeriesError
from commonwatt.model import SMALLEST_GROUP, Finding, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonwatt.core.portfolio import Estimator, Portfolio, PortfolioSaving, ShareInterval

    Booleans = NDArray[np.bool_]

LARGEST_SHARE: Final = 1 / 3
"""No home may be more of its arm's energy than this."""


@dataclass(frozen=True, slots=True)
class PortfolioJudgement:
    """What may be published of a portfolio, and what stands in the way.

    Parameters
    ----------
    verdict : Verdict
        `NOT_ENOUGH_DATA` where a gate is closed.
    saving : PortfolioSaving or None
        None where a gate is closed: what is not published is not handed on.
    placebo : ShareInterval or None
        What the same code found between two periods before, at 90 %; None if it could not be run.
    findings : tuple of Finding
        The closed gates, and what the reader of a published figure should know.
    """

    verdict: Verdict
    saving: PortfolioSaving | None
    placebo: ShareInterval | None
    findings: tuple[Finding, ...]

    @property
    def published(self) -> bool:
        return self.verdict != Verdict.NOT_ENOUGH_DATA


def judge_portfolio(
    portfolio: Portfolio,
    placebo: Portfolio | None,
    estimator: Estimator,
    assignments: Booleans | None = None,
) -> PortfolioJudgement:
    """Say what may be published of a portfolio.

    Parameters
    ----------
    portfolio : Portfolio
        Both arms, before and after. [Wh]
    placebo : Portfolio or None
        The same homes in the same order over two periods before, the earlier one as expected; None
        if there are none, and then nothing is published. [Wh]
    estimator : Estimator
        How the arms are compared.
    assignments : (p, n) bool, optional
        What could have been drawn.

    Returns
    -------
    PortfolioJudgement
        A drop or a rise only if the 90 % interval excludes 0 and, where there was a draw, no more
        than 10 % of the assignments are as far from 0. Nothing at all if a gate is closed:

        - `portfolio_too_few_homes`: fewer than 11 in an arm; `homes`, `needed`.
        - `portfolio_too_few_clusters`: the clusters are too few for any result; `clusters`.
        - `portfolio_dominant_home`: one home is more than a third of its arm; `percent`.
        - `portfolio_no_placebo`: no test on two periods before could be run.
        - `portfolio_placebo_failed`: the same code found something before there was anything to
          find; `low_percent`, `high_percent`.

        And `portfolio_not_drawn`, for information, where the arms were not drawn at random.

    Raises
    ------
    SeriesError
        If the placebo or the assignments are not about the same homes.
    """
    _check_same_homes(portfolio, placebo)
    gates = [_few_homes(portfolio), _few_clusters(portfolio), _dominant_home(portfolio)]
    closed = [gate for gate in gates if gate]
    if closed or placebo is None:
        if placebo is None:
            closed.append(Finding("portfolio_no_placebo", Severity.WARNING, "portfolio"))
        return PortfolioJudgement(Verdict.NOT_ENOUGH_DATA, None, None, tuple(closed))
    saving = estimate_portfolio(portfolio, estimator, assignments)
    before = estimate_portfolio(placebo, estimator).interval(CLAIM_CONFIDENCE)
    closed = [gate for gate in (_blind(saving), _placebo_failed(before)) if gate]
    if closed:
        return PortfolioJudgement(Verdict.NOT_ENOUGH_DATA, None, before, tuple(closed))
    told = Finding("portfolio_not_drawn", Severity.INFO, "portfolio")
    findings = (told,) if assignments is None else ()
    return PortfolioJudgement(_verdict(saving), saving, before, findings)


def _verdict(saving: PortfolioSaving) -> Verdict:
    if not saving.differs:
        return Verdict.NO_VISIBLE_CHANGE
    return Verdict.PROVEN_DROP if saving.share > 0 else Verdict.RISE


def _check_same_homes(portfolio: Portfolio, placebo: Portfolio | None) -> None:
    if placebo is not None and not (
        np.array_equal(portfolio.treated, placebo.treated)
        and np.array_equal(portfolio.cluster, placebo.cluster)
    ):
        raise SeriesError("a placebo of the same homes, arms and clusters was expected")


def _few_homes(portfolio: Portfolio) -> Finding | None:
    homes = min(portfolio.homes)
    facts = {"homes": homes, "needed": SMALLEST_GROUP}
    if homes >= SMALLEST_GROUP:
        return None
    return Finding("portfolio_too_few_homes", Severity.WARNING, "portfolio", facts)


def _few_clusters(portfolio: Portfolio) -> Finding | None:
    clusters = min(portfolio.clusters)
    return None if clusters >= LEAST_CLUSTERS else _too_few_clusters(portfolio.clusters)


def _blind(saving: PortfolioSaving) -> Finding | None:
    """A draw of so few clusters that no result could be claimed has no detectable effect."""
    return None if np.isfinite(saving.detectable) else _too_few_clusters(saving.clusters)


def _too_few_clusters(clusters: tuple[int, int]) -> Finding:
    facts = {"clusters": sum(clusters)}
    return Finding("portfolio_too_few_clusters", Severity.WARNING, "portfolio", facts)


def _dominant_home(portfolio: Portfolio) -> Finding | None:
    arms_wh = [portfolio.observed_wh[arm] for arm in (portfolio.treated, ~portfolio.treated)]
    shares = [float(arm.max() / arm.sum()) for arm in arms_wh if arm.sum() > 0]
    largest = max(shares, default=0.0)
    if largest <= LARGEST_SHARE:
        return None
    facts = {"percent": round(100 * largest)}
    return Finding("portfolio_dominant_home", Severity.WARNING, "portfolio", facts)


def _placebo_failed(before: ShareInterval) -> Finding | None:
    if not before.excludes_zero:
        return None
    facts = {"low_percent": round(100 * before.low, 1), "high_percent": round(100 * before.high, 1)}
    return Finding("portfolio_placebo_failed", Severity.FAULT, "portfolio", facts)
