"""A heating model for a home with few weeks, which borrows slope and balance point from neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonwatt.core.shrinkage import shrink
from commonwatt.core.student import t_quantile
from commonwatt.errors import SeriesError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from commonwatt.core.daily import DailySeries

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]

GRID_C: Final[Floats] = np.arange(8.0, 21.25, 0.5)
"""Balance points that are tried. [degrees Celsius]"""

LEAST_NEIGHBOURS: Final = 6
"""Heated neighbours with enough days; with fewer nothing is lent."""

LEAST_NEIGHBOUR_DAYS: Final = 120
"""Known days of a neighbour that lends; which season they are of shows in its precision."""

LEAST_DAYS: Final = 14
SUPPORT_MARGIN_C: Final = 1.0
"""How far beyond the temperatures of its own days a home may be asked about. [K]"""

_PASSES = 4
_FLAT = 1e-18
_LEAST_LEVEL = 0.1
_LEAST_SPREAD = 1e-4
_WEEKEND_SHARE = 0.3
_SPREAD_DAYS = 6.0
_CORRELATION_DAYS = 60.0
_MOST_CORRELATION = 0.9
_TERMS_AND_BALANCE = 4
_LEVEL, _WEEKEND, _SLOPE = range(3)


@dataclass(frozen=True, slots=True)
class BuildingPrior:
    """What the homes of a building say of a neighbour whose days are few.

    Parameters
    ----------
    slope_wh_per_k, slope_variance : float
        Heating of a day per kelvin: mean of the homes, and variance of a further home around it.
        [Wh/K], [Wh2/K2]
    balance_c, balance_variance : float
        The same for the temperature below which homes heat. [degrees Celsius], [K2]
    heated : float
        Share of homes that heat with electricity, (heated + 1) / (homes + 2).
    spread : float
        Median deviation of a day as a share of the level expected of it.
    correlation : float
        Mean lag-1 correlation of those deviations.
    homes : int
        Heated homes it was learnt from.
    """

    slope_wh_per_k: float
    slope_variance: float
    balance_c: float
    balance_variance: float
    heated: float
    spread: float
    correlation: float
    homes: int

    def __post_init__(self) -> None:
        if min(self.slope_variance, self.balance_variance, self.spread) <= 0:
            raise SeriesError(f"variances and a spread above 0 were expected: {self}")
        if not (0 < self.heated < 1 and 0 <= self.correlation < 1):
            raise SeriesError(f"shares between 0 and 1 were expected: {self}")


@dataclass(frozen=True, slots=True, eq=False)
class SharedBaseline:
    """What a home with few weeks is expected to use, as its own days and its neighbours say.

    Parameters
    ----------
    coldest_c, warmest_c : float
        Of its own days. [degrees Celsius]
    weight : (k + 1,) float64
        Posterior weight of each balance point of `GRID_C`, and of no heating at all in last place.
    coefficients : (k + 1, 3) float64
        Level, weekend and slope for each; the slope of the last is 0. [Wh], [Wh], [Wh/K]
    covariance : (k + 1, 3, 3) float64
        Of those.
    spread, correlation : float
        Deviation of a day as a share of its level, and how neighbouring days go together.
    degrees : float
        Degrees of freedom of its intervals.
    """

    coldest_c: float
    warmest_c: float
    weight: Floats
    coefficients: Floats
    covariance: Floats
    spread: float
    correlation: float
    degrees: float

    @property
    def heated(self) -> float:
        """Probability that the home heats with electricity."""
        return 1 - float(self.weight[-1])

    @property
    def mean(self) -> Floats:
        """Level [Wh], slope [Wh/K] and balance point [degrees Celsius] of a home that heats, (3,)."""
        weight, values = self._heating()
        return np.asarray(weight @ values)

    @property
    def mean_covariance(self) -> Floats:
        """Covariance of `mean`, (3, 3)."""
        weight, values = self._heating()
        apart = values - weight @ values
        total = np.einsum("k,ki,kj->ij", weight, apart, apart)
        chosen = np.ix_(range(len(weight)), (_LEVEL, _SLOPE), (_LEVEL, _SLOPE))
        total[:2, :2] += np.einsum("k,kij->ij", weight, self.covariance[chosen])
        return np.asarray(total)

    def _heating(self) -> tuple[Floats, Floats]:
        weight = self.weight[:-1] / max(float(self.weight[:-1].sum()), 1e-300)
        kept = self.coefficients[:-1][:, [_LEVEL, _SLOPE]]
        return weight, np.concatenate([kept, GRID_C[:, None]], axis=1)

    def supports(self, daily: DailySeries) -> Booleans:
        """Say which days, (m,) bool, are no more than 1 K outside the temperatures of its own."""
        lowest_c, highest_c = self.coldest_c - SUPPORT_MARGIN_C, self.warmest_c + SUPPORT_MARGIN_C
        asked_c = daily.temperature_c
        return np.asarray((asked_c >= lowest_c) & (asked_c <= highest_c))


@dataclass(frozen=True, slots=True, eq=False)
class SharedExpectation:
    """What a `SharedBaseline` expects of other days.

    Parameters
    ----------
    daily_wh : (m,) float64
        Mean of each day. [Wh]
    total_wh : float
        Their sum. [Wh]
    standard_error_wh : float
        Of what is really used in those days without a change, around that sum. [Wh]
    degrees : float
        Degrees of freedom of its intervals.
    """

    daily_wh: Floats
    total_wh: float
    standard_error_wh: float
    degrees: float

    def interval_wh(self, confidence: float) -> tuple[float, float]:
        """Give the ends of the interval of total_wh, in Wh, at a confidence such as 0.9."""
        reach = t_quantile((1 + confidence) / 2, self.degrees) * self.standard_error_wh
        return self.total_wh - reach, self.total_wh + reach


def learn_building(homes: Sequence[DailySeries]) -> BuildingPrior:
    """Learn from the homes of a building what a neighbour is likely to be.

    Parameters
    ----------
    homes : sequence of DailySeries
        Days before any display or advice, of homes other than the one that borrows. Homes with
        fewer than 120 known days are passed over. [Wh]

    Returns
    -------
    BuildingPrior
        Mean and variance of slopes and balance points among the homes that heat.

    Raises
    ------
    SeriesError
        If fewer than six homes with enough days heat with electricity.

    Notes
    -----
    Each home is fitted alone for every balance point, and its models are weighted by BIC over
    effective days. A home heats if the weight of heating is above one half. Slopes and balance
    points are pooled by their precision with the variance between homes by REML (`shrink`). The
    variance of a further home is (tau2 + var(mean)) (h - 1) / (h - 3), as tau2 was learnt from h
    homes only, with tau at least 15 % of the slope and 0.75 K.
    """
    known = [days for days in map(_known, homes) if len(days) >= LEAST_NEIGHBOUR_DAYS]
    alone = [_fit_alone(days) for days in known]
    heated = [fit for fit in alone if fit.heated > 0.5]
    if len(heated) < LEAST_NEIGHBOURS:
        raise SeriesError(
            f"{LEAST_NEIGHBOURS} neighbours that heat and have {LEAST_NEIGHBOUR_DAYS} known days"
            f" were expected, not {len(heated)}"
        )
    slope, slope_variance = _pool([(fit.mean[1], fit.mean_covariance[1, 1]) for fit in heated])
    balance, balance_variance = _pool([(fit.mean[2], fit.mean_covariance[2, 2]) for fit in heated])
    return BuildingPrior(
        slope_wh_per_k=slope,
        slope_variance=max(slope_variance, (0.15 * slope) ** 2),
        balance_c=balance,
        balance_variance=max(balance_variance, 0.75**2),
        heated=(len(heated) + 1) / (len(alone) + 2),
        spread=max(float(np.median([fit.spread for fit in heated])), 1e-3),
        correlation=float(np.clip(np.mean([fit.correlation for fit in heated]), 0, 0.9)),
        homes=len(heated),
    )


def fit_with_neighbours(days: DailySeries, prior: BuildingPrior) -> SharedBaseline:
    """Fit a home with few days, its neighbours' heating taken as what was known before.

    Parameters
    ----------
    days : DailySeries
        Days of the home's baseline; those that are not known are passed over. [Wh]
    prior : BuildingPrior
        Learnt from its neighbours.

    Returns
    -------
    SharedBaseline
        The posterior of level, weekend, slope and balance point.

    Raises
    ------
    SeriesError
        If fewer than 14 days are known.

    Notes
    -----
    y_t = level + weekend + slope max(0, Tb - T_t) + e_t, with e_t of variance (spread L_t)^2, L_t
    the expected level, and AR(1) correlation. For each Tb of `GRID_C` the posterior of the three
    coefficients is normal: precision P = P0 + k X'WX, mean P^-1 (P0 m0 + k X'Wy), where
    W = 1 / (spread L)^2, P0 holds the precision of the prior slope alone, and k = (1 - rho) /
    (1 + rho) says that neighbouring days tell less. Each Tb is weighted by its normal prior times
    its marginal likelihood; a home without heating is one more model. Spread and correlation are
    the home's own, pooled with its neighbours' as if those were 6 and 60 days.
    """
    known = _known(days)
    if len(known) < LEAST_DAYS:
        raise SeriesError(f"{LEAST_DAYS} known days or more were expected, not {len(known)}")
    return _fit(known, prior)


def expect_with_neighbours(baseline: SharedBaseline, days: DailySeries) -> SharedExpectation:
    """Ask what other days would have used.

    Parameters
    ----------
    baseline : SharedBaseline
        Of the home.
    days : DailySeries
        Days with a known temperature no more than 1 K outside those of the baseline, at least one;
        their energies are not looked at.

    Returns
    -------
    SharedExpectation
        The sum over the days and its standard error.

    Raises
    ------
    SeriesError
        If there is no day, or a temperature is unknown or outside the support.

    Notes
    -----
    With S_k the sum that model k predicts and a its summed design, the variance is
    sum_k w_k ((S_k - S)^2 + a' C_k a) + spread^2 sum_ij L_i L_j rho^|i - j|.
    """
    if not len(days) or not baseline.supports(days).all():
        raise SeriesError("days within the baseline's temperatures were expected, at least one")
    designs = _designs(days)
    predicted_wh = np.einsum("kmi,ki->km", designs, baseline.coefficients)
    daily_wh = baseline.weight @ predicted_wh
    sums_wh, asked = predicted_wh.sum(axis=1), designs.sum(axis=1)
    total_wh = float(daily_wh.sum())
    models = float(baseline.weight @ (sums_wh - total_wh) ** 2)
    inner = np.einsum("ki,kij,kj->k", asked, baseline.covariance, asked)
    apart = np.abs(days.day[:, None] - days.day)
    noise = float(daily_wh @ (baseline.correlation**apart) @ daily_wh)
    variance = models + float(baseline.weight @ inner) + baseline.spread**2 * noise
    return SharedExpectation(daily_wh, total_wh, float(np.sqrt(variance)), baseline.degrees)


def _known(days: DailySeries) -> DailySeries:
    known = np.isfinite(days.energy_wh) & np.isfinite(days.temperature_c) & (days.coverage > 0)
    return days.take(known)


def _pool(estimates: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Give the mean of homes and the variance of a further home around it."""
    values = np.array(estimates)
    pooled = shrink(values[:, 0], np.maximum(values[:, 1], 1e-9))
    homes = len(values)
    inflation = (homes - 1) / (homes - 3)
    return pooled.mean, (pooled.between + pooled.mean_variance) * inflation


def _designs(days: DailySeries) -> Floats:
    """Columns of every model, (k + 1, n, 3): ones, weekends, kelvins below each balance point."""
    lacking_k = np.maximum(GRID_C[:, None] - days.temperature_c, 0.0)
    lacking_k = np.concatenate([lacking_k, np.zeros((1, len(days)))])
    designs = np.ones((len(GRID_C) + 1, len(days), 3))
    designs[:, :, _WEEKEND] = days.weekend
    designs[:, :, _SLOPE] = lacking_k
    return designs


def _fit_alone(days: DailySeries) -> SharedBaseline:
    return _fit(days, None)


def _fit(days: DailySeries, prior: BuildingPrior | None) -> SharedBaseline:
    """Alternate between the models, given how days scatter, and how days scatter around them."""
    use_wh, designs = days.energy_wh / days.coverage, _designs(days)
    mean_wh = max(float(np.abs(use_wh).mean()), 1.0)
    level_wh = np.full(len(days), mean_wh)
    scatter = _Scatter(prior.spread, prior.correlation) if prior else _Scatter(0.25, 0.3)
    for _ in range(_PASSES):
        models = _Models.of(designs, use_wh, scatter.precision(level_wh), prior)
        weight = models.weight(prior, scatter.effective(len(days)))
        expected_wh = weight @ np.einsum("kni,ki->kn", designs, models.coefficients)
        level_wh = np.maximum(expected_wh, _LEAST_LEVEL * mean_wh)
        scatter = _Scatter.of(days.day, (use_wh - expected_wh) / level_wh, prior)
    lent_days = _SPREAD_DAYS if prior else 0.0
    return SharedBaseline(
        coldest_c=float(days.temperature_c.min()),
        warmest_c=float(days.temperature_c.max()),
        weight=weight,
        coefficients=models.coefficients,
        covariance=models.covariance,
        spread=scatter.spread,
        correlation=scatter.correlation,
        degrees=max(scatter.effective(len(days)) - _TERMS_AND_BALANCE + lent_days, 3.0),
    )


@dataclass(frozen=True, slots=True)
class _Scatter:
    """How days scatter around what is expected of them, as a share of it."""

    spread: float
    correlation: float

    @classmethod
    def of(cls, day: NDArray[np.int64], relative: Floats, prior: BuildingPrior | None) -> _Scatter:
        """Estimate from residuals, and pool with what neighbours say."""
        count = len(relative)
        neighbours = np.diff(day) == 1
        product = float((relative[1:] * relative[:-1])[neighbours].sum())
        square = float(relative @ relative)
        pairs = max(int(neighbours.sum()), 1)
        raw = product / pairs * count / square if square > 0 else 0.0
        correlation = (raw + _TERMS_AND_BALANCE / count) / (1 - 3 / count) if square > 0 else 0.0
        lent, own = (_CORRELATION_DAYS, float(count)) if prior else (0.0, 1.0)
        lent_correlation = prior.correlation if prior else 0.0
        pooled = (own * max(correlation, 0.0) + lent * lent_correlation) / (own + lent)
        pooled = min(pooled, _MOST_CORRELATION)
        effective = count * (1 - pooled) / (1 + pooled)
        variance = square / count / max(1 - _TERMS_AND_BALANCE / effective, 0.25)
        if prior:
            lent_variance = _SPREAD_DAYS * prior.spread**2
            variance = (effective * variance + lent_variance) / (effective + _SPREAD_DAYS)
        return cls(max(float(np.sqrt(variance)), _LEAST_SPREAD), pooled)

    def effective(self, days: int) -> float:
        return days * (1 - self.correlation) / (1 + self.correlation)

    def precision(self, level_wh: Floats) -> Floats:
        """Give what each day tells, (n,): one over its variance, less for going together."""
        return self.effective(1) / (self.spread * level_wh) ** 2


@dataclass(frozen=True, slots=True, eq=False)
class _Models:
    """Every balance point, and no heating: coefficients, their covariance, and how well they fit."""

    coefficients: Floats
    covariance: Floats
    misfit: Floats
    log_volume: Floats

    @classmethod
    def of(
        cls, designs: Floats, use_wh: Floats, precision: Floats, prior: BuildingPrior | None
    ) -> _Models:
        weekend = (_WEEKEND_SHARE * max(float(np.abs(use_wh).mean()), 1.0)) ** -2
        slope = 1 / prior.slope_variance if prior else _FLAT
        before = np.tile(np.diag([_FLAT, weekend, slope]), (len(designs), 1, 1))
        middle = np.zeros((len(designs), 3))
        middle[:-1, _SLOPE] = prior.slope_wh_per_k if prior else 0.0
        before[-1, _SLOPE, _SLOPE] = 1.0
        weighted = designs * precision[:, None]
        total = before + weighted.transpose(0, 2, 1) @ designs
        pulled = np.einsum("kij,kj->ki", before, middle)
        pulled += np.einsum("kni,n->ki", weighted, use_wh)
        coefficients = np.linalg.solve(total, pulled[:, :, None])[:, :, 0]
        covariance = np.linalg.inv(total)
        covariance[-1, _SLOPE, _SLOPE] = 0.0
        square = float(precision @ use_wh**2) + np.einsum("ki,kij,kj->k", middle, before, middle)
        misfit = square - np.einsum("ki,ki->k", coefficients, pulled)
        volume = np.linalg.slogdet(total)[1]
        volume[:-1] -= np.log(slope)
        return cls(coefficients, np.asarray(covariance, np.float64), misfit, volume)

    def weight(self, prior: BuildingPrior | None, effective_days: float) -> Floats:
        """Give posterior weights: by marginal likelihood with a prior, by BIC without."""
        log_weight = -self.misfit / 2
        if prior:
            distance = (GRID_C - prior.balance_c) ** 2 / prior.balance_variance
            balance = np.exp((distance.min() - distance) / 2)
            shares = np.append(prior.heated * balance / balance.sum(), 1 - prior.heated)
            log_weight += np.log(np.maximum(shares, 1e-300)) - self.log_volume / 2
        else:
            log_weight[:-1] -= np.log(max(effective_days, 2.0))
        log_weight[:-1][self.coefficients[:-1, _SLOPE] <= 0] = -np.inf
        weight = np.exp(log_weight - log_weight.max())
        return np.asarray(weight / weight.sum())
