"""What a home is expected to use: a daily change-point model, averaged over its balance points."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonwatt.core.change_points import Candidates, Family, Hinges, Search, search_grid
from commonwatt.errors import SeriesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonwatt.core.daily import DailySeries

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]

GRID_C: Final[Floats] = np.arange(8.0, 26.25, 0.5)
"""Balance points that are tried. [degrees Celsius]"""

MIN_DAYS = 14
"""With fewer days nothing is said of a baseline (tier D)."""

SUPPORT_MARGIN_C = 1.0
"""How far beyond the temperatures of its own days a baseline may be asked. [K]"""

MOST_CORRELATION = 0.95

_LEAST_LEVEL = 0.1
_KNOTS_C = np.concatenate([[-100.0], GRID_C, [100.0]])
_AT_KNOTS = np.maximum(
    np.outer([-1, 1], _KNOTS_C)[:, :, None] - np.outer([-1, 1], GRID_C)[:, None], 0.0
)
_AT_KNOTS = np.concatenate(list(_AT_KNOTS), axis=1)
_NEGLIGIBLE_CORRELATION = 1e-3
_TERMS = np.array([0, 2, 2, 4])
_HEATS, _COOLS = (1, 3), (2, 3)


@dataclass(frozen=True, slots=True)
class DailyModel:
    """The model of the grid with the most weight.

    Parameters
    ----------
    family : Family
        Its terms; `FLAT` is a home whose use does not follow the weather.
    level_wh : float
        Energy of a weekday without heating or cooling. [Wh]
    weekend_wh : float
        What a Saturday or a Sunday adds; 0 if the days are all of one kind. [Wh]
    heating_balance_c, cooling_balance_c : float
        NaN where it has no such term. [degrees Celsius]
    heating_wh_per_k, cooling_wh_per_k : float
        Energy of a day per kelvin; 0 where it has no such term. [Wh/K]
    heating_t : float
        Heating slope over its standard error; 0 where it has no such term.
    """

    family: Family
    level_wh: float
    weekend_wh: float
    heating_balance_c: float
    cooling_balance_c: float
    heating_wh_per_k: float
    cooling_wh_per_k: float
    heating_t: float


@dataclass(frozen=True, slots=True)
class FitQuality:
    """How well a baseline knows its days.

    Parameters
    ----------
    days : int
        Days that were fitted.
    effective_days : float
        days * (1 - correlation) / (1 + correlation).
    coefficients : int
        Of the model with the most weight, balance points included.
    correlation : float
        Lag-1 correlation of the residuals of neighbouring days, corrected for its bias in small
        samples, 0 to 0.95.
    spread : float
        Standard deviation of a day's residual as a share of the level expected of that day.
    r_squared, cv_rmse, nmbe : float
        Of the model with the most weight, as ASHRAE Guideline 14 defines them (shares).
    """

    days: int
    effective_days: float
    coefficients: int
    correlation: float
    spread: float
    r_squared: float
    cv_rmse: float
    nmbe: float


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """A fitted baseline, ready to be asked about other days.

    Parameters
    ----------
    days : DailySeries
        The days that were fitted.
    extremes_c : (float, float)
        Temperature of the coldest and of the warmest of them. [degrees Celsius]
    model : DailyModel
        The model with the most weight.
    quality : FitQuality
        How well it knows its days.
    search : Search
        Every model of the grid.
    weight : (k,) float64
        Posterior weight of each; they add up to 1.
    design : (n, p) float64
        Columns of the model with the most weight on the fitted days.
    inverse : (p, p) float64
        Inverse of the design's normal matrix.
    expected_wh : (n,) float64
        What that model expects of the fitted days. [Wh]
    level_wh : (n,) float64
        The same, a tenth of the mean at least: what the scatter is in proportion to. [Wh]
    """

    days: DailySeries
    extremes_c: tuple[float, float]
    model: DailyModel
    quality: FitQuality
    search: Search
    weight: Floats
    design: Floats
    inverse: Floats
    expected_wh: Floats
    level_wh: Floats

    def supports(self, daily: DailySeries) -> Booleans:
        """Say which days, (m,) bool, are no more than 1 K outside the baseline's temperatures."""
        (coldest_c, warmest_c), asked_c = self.extremes_c, daily.temperature_c
        warm_enough = asked_c >= coldest_c - SUPPORT_MARGIN_C
        return np.asarray(warm_enough & (asked_c <= warmest_c + SUPPORT_MARGIN_C))


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    """What a baseline expects of other days, summed.

    Parameters
    ----------
    daily_wh : (m,) float64
        Averaged over the models. [Wh]
    total_wh : float
        Their sum. [Wh]
    balance_variance, parameter_variance, noise_variance : float
        Variance of that sum because balance points and terms are uncertain, because coefficients
        are, and because days scatter. [Wh2]
    """

    daily_wh: Floats
    total_wh: float
    balance_variance: float
    parameter_variance: float
    noise_variance: float

    @property
    def standard_error_wh(self) -> float:
        parts = (self.balance_variance, self.parameter_variance, self.noise_variance)
        return float(np.sqrt(sum(parts)))


def fit_baseline(days: DailySeries) -> Baseline:
    """Fit the daily model to the days of a baseline.

    Parameters
    ----------
    days : DailySeries
        Days to be fitted, all of them known: energy and temperature are finite, coverage above 0.
        The energy of a day is taken for the whole day: energy / coverage. [Wh]

    Returns
    -------
    Baseline
        The model of every balance point with its weight.

    Raises
    ------
    SeriesError
        If there are fewer than 14 days, or a day is not known.

    Notes
    -----
    y = level + weekend + heating * max(0, Th - T) + cooling * max(0, T - Tc) + e, with slopes above
    0 and Th <= Tc, by least squares for each Th and Tc of `GRID_C`. With n' effective days and p
    coefficients (a balance point is one) the weight of a model is proportional to
    exp(-BIC / 2), BIC = n' ln(RSS / n) + p ln n': autocorrelated days say less than they are many,
    and without n' a flat home would be given a weather term.

    References
    ----------
    CalTRACK Methods 2.0, 3.1 to 3.4. Raftery (1995), Bayesian model selection in social research,
    for the weights. Kendall (1954) for the bias of the lag-1 correlation.
    """
    _check_known(days)
    observed_wh = days.energy_wh / days.coverage
    levels, hinges = _fitted_levels(days), Hinges.of(days.temperature_c, GRID_C)
    search = search_grid(observed_wh, levels, hinges)
    terms = _TERMS[search.candidates.family] + levels.shape[1]

    def regress(best: int) -> _Regression:
        design = _columns(search.candidates, best, levels, hinges)
        return _Regression.of(days.day, observed_wh, design, int(terms[best]))

    log_scatter = _log_scatter(search.candidates, len(days))
    first = int(np.argmin(_bic(log_scatter, terms, float(len(days)))))
    fitted = regress(first)
    bic = _bic(log_scatter, terms, fitted.effective_days)
    best = int(np.argmin(bic))
    if best != first:
        fitted = regress(best)
    weight = np.exp((bic[best] - bic) / 2)
    return Baseline(
        days=days,
        extremes_c=(float(hinges.ordered[0]), float(hinges.ordered[-1])),
        model=_model(search.candidates, best, fitted),
        quality=fitted.quality(),
        search=search,
        weight=weight / weight.sum(),
        design=fitted.design,
        inverse=fitted.inverse,
        expected_wh=fitted.expected_wh,
        level_wh=fitted.level_wh,
    )


def expect(baseline: Baseline, days: DailySeries) -> Expectation:
    """Ask a baseline what other days would have used.

    Parameters
    ----------
    baseline : Baseline
        The model of every balance point with its weight.
    days : DailySeries
        Days with a known temperature, each within the baseline's temperatures and 1 K; their
        energies are not looked at. At least one.

    Returns
    -------
    Expectation
        The sum over the days, and the three variances of what was really used without a change.

    Raises
    ------
    SeriesError
        If there is no day, or a temperature is unknown or outside the support.

    Notes
    -----
    The mean over the models is sum_k w_k S_k with S_k the sum that model k predicts; the variance
    of the balance points is sum_k w_k (S_k - mean)^2. That of the coefficients is the sandwich of
    the model with the most weight, for a scatter in proportion to the level and with AR(1)
    correlation over the real days, holes included: with l = X (X'X)^-1 x the weight of each
    baseline day in the sum, spread^2 sum_ij (l L)_i (l L)_j rho^|i - j|; other models take it in
    proportion to x' (X'X)^-1 x. The scatter of the asked days is spread^2 sum_ij L_i L_j rho^|i-j|.
    """
    if not len(days) or not baseline.supports(days).all():
        raise SeriesError("days within the baseline's temperatures were expected, at least one")
    levels = _level_terms(days)[:, : len(baseline.search.inverse)]
    hinges = Hinges.of(days.temperature_c, GRID_C)
    sums_wh, spreads = baseline.search.sums(levels, hinges)
    total_wh = float(baseline.weight @ sums_wh)
    hinge_wh = _averaged_hinges(baseline)
    daily_wh = levels @ baseline.search.level_coefficients(hinge_wh)
    daily_wh += np.interp(days.temperature_c, _KNOTS_C, _AT_KNOTS @ hinge_wh)
    quality, best = baseline.quality, int(np.argmax(baseline.weight))
    asked = _columns(baseline.search.candidates, best, levels, hinges).sum(axis=0)
    pull = baseline.design @ (baseline.inverse @ asked)
    sandwich = quality.spread**2 * correlated_square(
        baseline.days.day, pull * baseline.level_wh, quality.correlation
    )
    noise = quality.spread**2 * correlated_square(days.day, daily_wh, quality.correlation)
    return Expectation(
        daily_wh=daily_wh,
        total_wh=total_wh,
        balance_variance=float(baseline.weight @ (sums_wh - total_wh) ** 2),
        parameter_variance=float(baseline.weight @ spreads) * sandwich / float(spreads[best]),
        noise_variance=noise,
    )


def correlated_square(day: NDArray[np.int64], values: Floats, correlation: float) -> float:
    """Give the variance of a weighted sum of AR(1) residuals of variance 1.

    Parameters
    ----------
    day : (n,) int64
        Their days, increasing; days that are missing keep their distance.
    values : (n,) float64
        Their weights.
    correlation : float
        Lag-1 correlation, 0 to less than 1.

    Returns
    -------
    float
        sum_ij values_i values_j correlation^|day_i - day_j|, lags left out whose power is below
        a thousandth.
    """
    line = np.zeros(int(day[-1] - day[0]) + 1)
    line[day - day[0]] = values
    lags = _lags(correlation)
    apart = np.correlate(np.concatenate([line, np.zeros(lags)]), line, "valid")
    powers = correlation ** np.arange(lags + 1)
    return max(2 * float(powers @ apart) - float(apart[0]), 0.0)


def _lags(correlation: float) -> int:
    """The last lag whose power of the correlation is not negligible."""
    if correlation <= _NEGLIGIBLE_CORRELATION:
        return 0
    return math.ceil(math.log(_NEGLIGIBLE_CORRELATION) / math.log(correlation)) - 1


@dataclass(frozen=True, slots=True, eq=False)
class _Regression:
    """Least squares of one design: residuals as they scatter around a level that varies."""

    observed_wh: Floats
    design: Floats
    inverse: Floats
    coefficients: Floats
    expected_wh: Floats
    level_wh: Floats
    relative: Floats
    terms: int
    correlation: float

    @classmethod
    def of(
        cls, day: NDArray[np.int64], observed_wh: Floats, design: Floats, terms: int
    ) -> _Regression:
        inverse: Floats = np.asarray(np.linalg.inv(design.T @ design))
        coefficients = inverse @ (design.T @ observed_wh)
        expected_wh = design @ coefficients
        residual_wh = observed_wh - expected_wh
        least_wh = _LEAST_LEVEL * abs(float(observed_wh.mean()))
        level_wh = np.maximum(expected_wh, least_wh)
        relative = _shares(residual_wh, level_wh)
        correlation = _correlation(day, residual_wh, terms)
        return cls(
            observed_wh=observed_wh,
            design=design,
            inverse=inverse,
            coefficients=coefficients,
            expected_wh=expected_wh,
            level_wh=level_wh,
            relative=relative,
            terms=terms,
            correlation=correlation,
        )

    @property
    def effective_days(self) -> float:
        return len(self.observed_wh) * (1 - self.correlation) / (1 + self.correlation)

    @property
    def spread(self) -> float:
        days = len(self.observed_wh)
        spare = max(days * (1 - self.terms / self.effective_days), 1.0)
        return float(np.sqrt(self.relative @ self.relative / spare))

    def standard_error_of(self, place: int) -> float:
        """Standard error of one coefficient, with the scatter and correlation of the days."""
        pull = self.design @ self.inverse[:, place]
        inflation = (1 + self.correlation) / (1 - self.correlation)
        return float(self.spread * np.sqrt(((pull * self.level_wh) ** 2).sum() * inflation))

    def quality(self) -> FitQuality:
        residual_wh = self.observed_wh - self.expected_wh
        days, mean_wh = len(residual_wh), float(self.observed_wh.mean())
        around_mean = float(((self.observed_wh - mean_wh) ** 2).sum())
        rss, spare = float(residual_wh @ residual_wh), max(days - self.terms, 1)
        return FitQuality(
            days=days,
            effective_days=self.effective_days,
            coefficients=self.terms,
            correlation=self.correlation,
            spread=self.spread,
            r_squared=1 - rss / around_mean if around_mean else 0.0,
            cv_rmse=float(np.sqrt(rss / spare)) / mean_wh if mean_wh else float("nan"),
            nmbe=float(residual_wh.sum()) / (spare * mean_wh) if mean_wh else float("nan"),
        )


def _check_known(days: DailySeries) -> None:
    if len(days) < MIN_DAYS:
        raise SeriesError(f"{MIN_DAYS} days or more were expected, not {len(days)}")
    known = np.isfinite(days.energy_wh) & np.isfinite(days.temperature_c) & (days.coverage > 0)
    if not known.all():
        raise SeriesError(f"known days were expected; {np.count_nonzero(~known)} are not")


def _level_terms(days: DailySeries) -> Floats:
    terms = np.ones((len(days), 2))
    terms[:, 1] = days.weekend
    return terms


def _fitted_levels(days: DailySeries) -> Floats:
    """A column of ones, and one of weekends where there are two days or more of each kind."""
    terms = _level_terms(days)
    weekends = terms[:, 1].sum()
    return terms if 2 <= weekends <= len(days) - 2 else terms[:, :1]


def _log_scatter(found: Candidates, days: int) -> Floats:
    """ln(RSS / n) of each model; infinite for those that are not allowed."""
    least = np.finfo(np.float64).tiny
    return np.where(found.allowed, np.log(np.maximum(found.rss / days, least)), np.inf)


def _bic(log_scatter: Floats, terms: NDArray[np.int64], effective_days: float) -> Floats:
    return np.asarray(effective_days * log_scatter + terms * math.log(max(effective_days, 2.0)))


def _columns(found: Candidates, place: int, levels: Floats, hinges: Hinges) -> Floats:
    """The design of one model."""
    family, columns = int(found.family[place]), [levels]
    if family in _HEATS:
        columns.append(hinges.column(int(found.heating[place]))[:, None])
    if family in _COOLS:
        columns.append(hinges.column(int(found.cooling[place]) + len(hinges.grid))[:, None])
    return np.concatenate(columns, axis=1)


def _averaged_hinges(baseline: Baseline) -> Floats:
    """Coefficients of the 2 g hinges, averaged over the models."""
    found, weight = baseline.search.candidates, baseline.weight
    below = np.bincount(found.heating, weight * found.heating_slope, len(GRID_C))
    above = np.bincount(found.cooling, weight * found.cooling_slope, len(GRID_C))
    return np.concatenate([below, above])


def _shares(residual_wh: Floats, level_wh: Floats) -> Floats:
    return np.divide(residual_wh, level_wh, out=np.zeros_like(level_wh), where=level_wh > 0)


def _correlation(day: NDArray[np.int64], residual_wh: Floats, terms: int) -> float:
    next_day = day[1:] == day[:-1] + 1
    days, pairs = len(residual_wh), int(np.count_nonzero(next_day))
    square = float(residual_wh @ residual_wh) / days
    if not pairs or square <= 0:
        return 0.0
    seen = float((residual_wh[1:] * residual_wh[:-1])[next_day].sum()) / pairs / square
    return min(max(seen + (3 * seen + terms) / days, 0.0), MOST_CORRELATION)


def _model(found: Candidates, best: int, fitted: _Regression) -> DailyModel:
    family = Family(int(found.family[best]))
    heats, cools = family in _HEATS, family in _COOLS
    hinges = fitted.design.shape[1] - heats - cools
    slope = float(found.heating_slope[best])
    error = fitted.standard_error_of(hinges) if heats else 0.0
    return DailyModel(
        family=family,
        level_wh=float(fitted.coefficients[0]),
        weekend_wh=float(fitted.coefficients[1]) if hinges > 1 else 0.0,
        heating_balance_c=float(GRID_C[found.heating[best]]) if heats else float("nan"),
        cooling_balance_c=float(GRID_C[found.cooling[best]]) if cools else float("nan"),
        heating_wh_per_k=slope,
        cooling_wh_per_k=float(found.cooling_slope[best]),
        heating_t=slope / error if error else 0.0,
    )
