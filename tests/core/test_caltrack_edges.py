"""CalTRACK's choice of a model, tried with numpy's own least squares for every kind of term."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from commonwatt.core.caltrack import GRID_F, fit_caltrack
from commonwatt.core.change_points import Family

TEMPERATURE_F = np.random.default_rng(4).uniform(25, 92, 150)
NOISE = np.random.default_rng(5).normal(0, 1, 150)
BELOW = np.maximum(58 - TEMPERATURE_F, 0)
ABOVE = np.maximum(TEMPERATURE_F - 70, 0)


def adjusted_of(observed: np.ndarray, *hinges: np.ndarray) -> float:
    """1 - (1 - R2) (n - 1) / (n - 1 - p), or minus infinity for a slope or level below 0."""
    design = np.stack([np.ones(len(observed)), *hinges], axis=1)
    coefficients, *_ = np.linalg.lstsq(design, observed)
    if (coefficients[1:] <= 0).any() or coefficients[0] < 0:
        return -np.inf
    rss = ((observed - design @ coefficients) ** 2).sum()
    total = ((observed - observed.mean()) ** 2).sum()
    spare = len(observed) - 1
    return float(1 - rss / total * spare / (spare - len(hinges)))


def best_adjusted(observed: np.ndarray) -> tuple[float, Family]:
    found = [(0.0, Family.FLAT)]
    for heating_f, cooling_f in itertools.combinations_with_replacement(GRID_F[::7], 2):
        below = np.maximum(heating_f - TEMPERATURE_F, 0)
        above = np.maximum(TEMPERATURE_F - cooling_f, 0)
        enough = [(hinge > 0).sum() >= 10 and hinge.sum() >= 20 for hinge in (below, above)]
        if enough[0]:
            found.append((adjusted_of(observed, below), Family.HEATING))
        if enough[1]:
            found.append((adjusted_of(observed, above), Family.COOLING))
        if all(enough):
            found.append((adjusted_of(observed, below, above), Family.BOTH))
    return max(found)


@pytest.mark.parametrize("scale", [1.0, 1e-6])
@pytest.mark.parametrize(
    ("observed", "family"),
    [
        (9 + 0.2 * BELOW + NOISE, Family.HEATING),
        (9 + 0.3 * ABOVE + NOISE, Family.COOLING),
        (9 + 0.2 * BELOW + 0.3 * ABOVE + NOISE, Family.BOTH),
    ],
    ids=["heating", "cooling", "both"],
)
def test_the_choice_is_at_least_the_best_that_was_tried(
    observed: np.ndarray, family: Family, scale: float
) -> None:
    model = fit_caltrack(scale * observed, TEMPERATURE_F)
    best, best_family = best_adjusted(observed)
    assert (model.family, best_family) == (family, family)
    # Every seventh balance point was tried here, and every one there.
    assert best - 1e-9 <= model.adjusted_r_squared < best + 0.03
    left = scale * observed - model.predict(TEMPERATURE_F)
    mean_square = left @ left / 150
    assert model.cv_rmse == pytest.approx(np.sqrt(mean_square) / (scale * observed.mean()))
    r_squared = 1 - mean_square / (scale * observed).var()
    assert model.r_squared == pytest.approx(r_squared)
    terms = {Family.HEATING: 1, Family.COOLING: 1, Family.BOTH: 2}[family]
    adjusted = 1 - (1 - r_squared) * 149 / (149 - terms)
    assert model.adjusted_r_squared == pytest.approx(adjusted)
    assert np.isnan(model.heating_balance_f) == (family is Family.COOLING)
    assert np.isnan(model.cooling_balance_f) == (family is Family.HEATING)


def test_a_flat_home_has_an_adjusted_r_squared_of_nothing() -> None:
    # Nine days are too few for any term, whatever they say.
    model = fit_caltrack(9 + 0.2 * BELOW[:9] + NOISE[:9], TEMPERATURE_F[:9])
    assert model.family is Family.FLAT
    assert (model.r_squared, model.adjusted_r_squared) == pytest.approx((0, 0))
    assert np.isnan([model.heating_balance_f, model.cooling_balance_f]).all()


def test_a_level_below_nothing_is_refused_however_small() -> None:
    # Exactly 0.3 (50 - T) - 0.1 on cold days: the perfect fit has a level of -0.1 and is not taken.
    temperature_f = np.linspace(30, 49, 60)
    observed = 0.3 * (50 - temperature_f) - 0.1
    model = fit_caltrack(observed, temperature_f, cooling=False)
    assert model.intercept >= 0
    assert model.family is Family.HEATING


def test_four_days_are_enough_for_a_level() -> None:
    model = fit_caltrack(np.array([4.0, 5.0, 6.0, 5.0]), np.full(4, 60.0))
    assert (model.family, model.intercept) == (Family.FLAT, 5)


def test_the_grid_is_the_methods() -> None:
    assert (GRID_F[0], GRID_F[-1], len(GRID_F)) == (30, 90, 61)
