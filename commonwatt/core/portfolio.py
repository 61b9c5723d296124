"""What a group of homes saved against homes that wait: the estimate and its interval."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from commonwatt.core.clustered import ClusteredFit
from commonwatt.core.student import t_quantile
from commonwatt.errors import SeriesError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from commonwatt.core.clustered import Contrast
    from commonwatt.core.daily import DailySeries

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]
    Integers = NDArray[np.int64]

CONFIDENCES: Final = (0.8, 0.9)
CLAIM_CONFIDENCE: Final = 0.9
"""A saving is claimed where the interval of this confidence excludes 0."""

MOST_CHANCE: Final = 0.1
"""And where no more of the assignments than this are as far from 0."""

POWER: Final = 0.8
"""How often a saving as large as the minimum detectable effect would be claimed."""

LEAST_CLUSTERS: Final = 2
LEAST_KNOWN: Final = 0.9
"""Share of a period's days that must be known of a home."""

_ROUNDING = 1e-9


class Estimator(StrEnum):
    """How the arms are compared.

    DIFFERENCE: difference in differences of totals in percent form, for arms that were not drawn.
    ANCOVA: use regressed on arm and on use before, for arms that were drawn at random.
    """

    DIFFERENCE = "difference_in_differences"
    ANCOVA = "ancova"


@dataclass(frozen=True, slots=True, eq=False)
class Portfolio:
    """Homes with the display and homes that wait, over one period.

    Parameters
    ----------
    expected_wh : (n,) float64
        What each home would have used as things were before: its use of a period before, or what
        its baseline expects of the same days. Above 0. [Wh]
    observed_wh : (n,) float64
        What it used, 0 or more. [Wh]
    treated : (n,) bool
        Whether it has the display.
    cluster : (n,) int64
        What was drawn or chosen as a whole: the home itself, its stairwell or its building.

    Raises
    ------
    SeriesError
        If columns differ in length or type, a value is not finite, an expected energy is not above
        0, or an observed one is below 0.
    """

    expected_wh: Floats
    observed_wh: Floats
    treated: Booleans
    cluster: Integers

    def __post_init__(self) -> None:
        kinds = {"expected_wh": "f", "observed_wh": "f", "treated": "b", "cluster": "i"}
        for name, kind in kinds.items():
            column = getattr(self, name)
            if column.ndim != 1 or column.dtype.kind != kind:
                raise SeriesError(f"{name}: (n,) {kind} was expected, not {column.dtype}")
            view = column.view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)
        lengths = {len(getattr(self, name)) for name in kinds}
        if len(lengths) != 1:
            raise SeriesError(f"columns of one length were expected, not {sorted(lengths)}")
        if not (np.isfinite(self.expected_wh) & (self.expected_wh > 0)).all():
            raise SeriesError("expected_wh holds a value that is not finite and above 0")
        if not (np.isfinite(self.observed_wh) & (self.observed_wh >= 0)).all():
            raise SeriesError("observed_wh holds a value that is not finite and 0 or more")

    def __len__(self) -> int:
        return len(self.treated)

    @property
    def homes(self) -> tuple[int, int]:
        """Homes with the display, and homes that wait."""
        treated = int(self.treated.sum())
        return treated, len(self) - treated

    @property
    def clusters(self) -> tuple[int, int]:
        """Clusters that hold homes with the display, and clusters that hold homes that wait."""
        arms = (self.treated, ~self.treated)
        treated, waiting = (len(np.unique(self.cluster[arm])) for arm in arms)
        return treated, waiting


@dataclass(frozen=True, slots=True)
class ShareInterval:
    """An interval of a saving in shares, and how often such intervals are meant to hold the truth."""

    confidence: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        return not self.low <= 0 <= self.high


@dataclass(frozen=True, slots=True)
class PortfolioSaving:
    """What the homes with the display saved, never without its interval and what it could see.

    Parameters
    ----------
    estimator : Estimator
        How it was estimated.
    share : float
        Saved energy over what those homes would have used; below 0 where they used more.
    saved_wh : float
        Of all homes with the display, over the period. [Wh]
    counterfactual_wh : float
        What they would have used, as the homes that wait tell. [Wh]
    intervals : tuple of ShareInterval
        At 80 % and 90 %.
    detectable : float
        Minimum detectable effect: the true share whose interval would exclude 0 with a probability
        of 80 %. Infinite where no result could ever be claimed.
    degrees : float
        Degrees of freedom of the intervals.
    permutation_p : float
        Two-sided p-value of randomisation inference; NaN without a drawn design.
    homes, clusters : tuple of int
        With the display, and waiting.
    """

    estimator: Estimator
    share: float
    saved_wh: float
    counterfactual_wh: float
    intervals: tuple[ShareInterval, ...]
    detectable: float
    degrees: float
    permutation_p: float
    homes: tuple[int, int]
    clusters: tuple[int, int]

    def interval(self, confidence: float) -> ShareInterval:
        """The interval of one of `CONFIDENCES`."""
        return next(each for each in self.intervals if each.confidence == confidence)

    @property
    def differs(self) -> bool:
        """Whether both the interval and, if there was a draw, its permutations exclude 0."""
        by_draw = np.isnan(self.permutation_p) or self.permutation_p <= MOST_CHANCE
        return self.interval(CLAIM_CONFIDENCE).excludes_zero and bool(by_draw)


def period_energy_wh(homes: Sequence[DailySeries], first: int, last: int) -> Floats:
    """Give the energy of each home over one period, lost days made up for.

    Parameters
    ----------
    homes : sequence of DailySeries
        One for each home. [Wh]
    first, last : int
        The period's first day, and the day after its last, counted from 1970-01-01.

    Returns
    -------
    (n,) float64
        Energy of the period; NaN where less than 90 % of the days are known. [Wh]

    Raises
    ------
    SeriesError
        If the period has no day.

    Notes
    -----
    The known energy is divided by the share of the period that its days have in an ordinary home:
    sum over the known days of the mean day's share. So a home that lost its coldest days is not
    taken for a frugal one. A day counts with its coverage.
    """
    if last <= first:
        raise SeriesError(f"a period of a day or more was expected, not {first} to {last}")
    energy_wh, coverage = np.zeros((2, len(homes), last - first))
    for row, home in enumerate(homes):
        inside = (home.day >= first) & (home.day < last) & np.isfinite(home.energy_wh)
        place = home.day[inside] - first
        energy_wh[row, place] = home.energy_wh[inside]
        coverage[row, place] = home.coverage[inside]
    ordinary_wh = energy_wh.sum(axis=0) / np.maximum(coverage.sum(axis=0), _ROUNDING)
    known = coverage.mean(axis=1) >= LEAST_KNOWN
    share = coverage @ ordinary_wh / max(float(ordinary_wh.sum()), _ROUNDING)
    return np.where(known, energy_wh.sum(axis=1) / np.where(known & (share > 0), share, 1), np.nan)


def estimate_portfolio(
    portfolio: Portfolio,
    estimator: Estimator,
    assignments: Booleans | None = None,
) -> PortfolioSaving:
    """Compare the homes with the display with those that wait.

    Parameters
    ----------
    portfolio : Portfolio
        Both arms. [Wh]
    estimator : Estimator
        How they are compared; to be chosen before the data are seen.
    assignments : (p, n) bool, optional
        What could have been drawn (`PhaseIn.assignments`), the real draw among them.

    Returns
    -------
    PortfolioSaving
        The share with its intervals and the least share that could be seen.

    Raises
    ------
    SeriesError
        If an arm has fewer than two clusters, or the assignments are not about these homes.

    Notes
    -----
    DIFFERENCE. With r = sum(observed) / sum(expected) of each arm, share = 1 - r_T / r_C: in energy
    (expected_T - observed_T) - (expected_T / expected_C) (expected_C - observed_C), over what the
    treated would have used. Intervals are those of ln(r_C / r_T), so that exchanging the arms
    changes its sign and a shock common to both changes nothing.

    ANCOVA. observed = a + b expected + tau treated; share = -tau / (mean observed_T - tau).

    Errors are CR2 by cluster with Satterthwaite's degrees of freedom, at most clusters - 2. The
    least detectable effect is (t_0.95 + t_0.80) standard errors, infinite if the draw knows so few
    assignments that none could reach a p-value of 0.1. The permutation p-value is the share of
    assignments whose estimate is as far from 0 as the real one; it is exact.

    References
    ----------
    Bell and McCaffrey (2002) and Bloom (1995) for errors and detectable effect; McKenzie (2012) for
    ANCOVA in experiments; Fisher (1935) for the permutations.
    """
    if min(portfolio.clusters) < LEAST_CLUSTERS:
        raise SeriesError(f"two clusters in each arm were expected, not {portfolio.clusters}")
    effect = _EFFECTS[estimator](portfolio)
    half = (1 + CLAIM_CONFIDENCE) / 2
    reach = t_quantile(half, effect.degrees) + t_quantile(POWER, effect.degrees)
    p_value, could_claim = _permute(portfolio, estimator, assignments)
    detectable = effect.detectable(reach * effect.standard_error)
    return PortfolioSaving(
        estimator=estimator,
        share=effect.share(effect.value),
        saved_wh=effect.counterfactual_wh - effect.observed_wh,
        counterfactual_wh=effect.counterfactual_wh,
        intervals=tuple(effect.interval(confidence) for confidence in CONFIDENCES),
        detectable=detectable if could_claim else float("inf"),
        degrees=effect.degrees,
        permutation_p=p_value,
        homes=portfolio.homes,
        clusters=portfolio.clusters,
    )


def before_after(portfolio: Portfolio) -> ShareInterval:
    """Give what a comparison without waiting homes would claim, to be shown beside the estimate.

    Parameters
    ----------
    portfolio : Portfolio
        Of which the homes with the display alone are looked at, at least two.

    Returns
    -------
    ShareInterval
        1 - sum(observed) / sum(expected) of those homes, with the 90 % interval of a ratio of homes
        that are independent. It takes the weather, prices and all else for the display's doing.

    Raises
    ------
    SeriesError
        If fewer than two homes have the display.
    """
    chosen = portfolio.treated
    homes = int(chosen.sum())
    if homes < LEAST_CLUSTERS:
        raise SeriesError(f"two homes with the display were expected, not {homes}")
    expected_wh, observed_wh = portfolio.expected_wh[chosen], portfolio.observed_wh[chosen]
    total_wh = float(expected_wh.sum())
    ratio = float(observed_wh.sum()) / total_wh
    residual_wh = observed_wh - ratio * expected_wh
    error = np.sqrt(float(residual_wh @ residual_wh) * homes / (homes - 1)) / total_wh
    half = t_quantile((1 + CLAIM_CONFIDENCE) / 2, homes - 1) * float(error)
    return ShareInterval(CLAIM_CONFIDENCE, 1 - ratio - half, 1 - ratio + half)


@dataclass(frozen=True, slots=True)
class _Effect:
    """An effect on the scale where its errors are symmetrical; above 0 where energy was saved.

    That scale is logarithmic (`relative`), or it is energy per home.
    """

    value: float
    standard_error: float
    degrees: float
    observed_wh: float
    homes: int
    relative: bool

    @property
    def counterfactual_wh(self) -> float:
        if self.relative:
            return self.observed_wh * float(np.exp(self.value))
        return self.observed_wh + self.homes * self.value

    def share(self, value: float) -> float:
        if self.relative:
            return -float(np.expm1(-value))
        would_have_wh = self.observed_wh + self.homes * value
        return self.homes * value / would_have_wh if would_have_wh > 0 else -float("inf")

    def interval(self, confidence: float) -> ShareInterval:
        half = t_quantile((1 + confidence) / 2, self.degrees) * self.standard_error
        low, high = self.share(self.value - half), self.share(self.value + half)
        return ShareInterval(confidence, low, high)

    def detectable(self, value: float) -> float:
        if self.relative:
            return self.share(value)
        base_wh = self.counterfactual_wh
        return self.homes * value / base_wh if base_wh > 0 else float("inf")


def _difference(portfolio: Portfolio) -> _Effect:
    treated = portfolio.treated.astype(np.float64)
    fit = ClusteredFit.of(
        np.stack([treated, 1 - treated], axis=1),
        portfolio.observed_wh / portfolio.expected_wh,
        portfolio.cluster,
        portfolio.expected_wh / portfolio.expected_wh.mean(),
    )
    if not (fit.coefficients > 0).all():
        raise SeriesError("an arm used nothing")
    contrast = fit.contrast(np.array([-1.0, 1.0]) / fit.coefficients)
    value = float(np.log(fit.coefficients[1] / fit.coefficients[0]))
    return _effect(portfolio, value, contrast, relative=True)


def _ancova(portfolio: Portfolio) -> _Effect:
    expected = portfolio.expected_wh / portfolio.expected_wh.mean()
    columns = [np.ones(len(portfolio)), expected - 1, portfolio.treated.astype(np.float64)]
    fit = ClusteredFit.of(
        np.stack(columns, axis=1)[:, [0, 2] if np.ptp(expected) < _ROUNDING else [0, 1, 2]],
        portfolio.observed_wh,
        portfolio.cluster,
        np.ones(len(portfolio)),
    )
    direction = np.zeros(len(fit.coefficients))
    direction[-1] = -1.0
    contrast = fit.contrast(direction)
    return _effect(portfolio, contrast.value, contrast, relative=False)


_EFFECTS: Final[dict[Estimator, Callable[[Portfolio], _Effect]]] = {
    Estimator.DIFFERENCE: _difference,
    Estimator.ANCOVA: _ancova,
}


def _effect(portfolio: Portfolio, value: float, contrast: Contrast, *, relative: bool) -> _Effect:
    most_degrees = len(np.unique(portfolio.cluster)) - 2.0
    return _Effect(
        value=value,
        standard_error=contrast.standard_error,
        degrees=max(min(contrast.degrees, most_degrees), 1.0),
        observed_wh=float(portfolio.observed_wh[portfolio.treated].sum()),
        homes=portfolio.homes[0],
        relative=relative,
    )


def _permute(
    portfolio: Portfolio, estimator: Estimator, assignments: Booleans | None
) -> tuple[float, bool]:
    """Give the p-value of the real draw, and whether any draw could be claimed."""
    if assignments is None:
        return float("nan"), True
    same = assignments.ndim == 2 and assignments.shape[1] == len(portfolio)
    if not same or not (assignments == portfolio.treated).all(axis=1).any():
        raise SeriesError("assignments of these homes were expected, the real one among them")
    statistic = _ratio_statistic if estimator == Estimator.DIFFERENCE else _ancova_statistic
    distance = np.abs(statistic(portfolio, assignments))
    real = float(np.abs(statistic(portfolio, portfolio.treated[None]))[0])
    slack = _ROUNDING * float(distance.max())
    least = float(np.mean(distance >= distance.max() - slack))
    return float(np.mean(distance >= real - slack)), least <= MOST_CHANCE


def _ratio_statistic(portfolio: Portfolio, masks: Booleans) -> Floats:
    """Give ln(r_C / r_T) as each mask would have it."""
    drawn = masks.astype(np.float64)
    observed_wh, expected_wh = drawn @ portfolio.observed_wh, drawn @ portfolio.expected_wh
    others_wh = portfolio.observed_wh.sum() - observed_wh
    others_expected_wh = portfolio.expected_wh.sum() - expected_wh
    ratios = others_wh * expected_wh / np.maximum(others_expected_wh * observed_wh, _ROUNDING)
    return np.asarray(np.log(np.maximum(ratios, _ROUNDING)))


def _ancova_statistic(portfolio: Portfolio, masks: Booleans) -> Floats:
    """Give tau as each mask would have it, by the theorem of Frisch, Waugh and Lovell."""
    drawn = masks.astype(np.float64)
    before = portfolio.expected_wh - portfolio.expected_wh.mean()
    square = max(float(before @ before), _ROUNDING)
    after = portfolio.observed_wh - portfolio.observed_wh.mean()
    rest = after - before * (before @ after) / square
    count = drawn.sum(axis=1)
    free = count - count**2 / len(portfolio) - (drawn @ before) ** 2 / square
    return np.asarray((drawn @ rest) / np.maximum(free, _ROUNDING))
