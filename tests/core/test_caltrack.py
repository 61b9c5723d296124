"""Parity with CalTRACK 2.0 (V4), and what the method does on data of known shape."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt.core.caltrack import GRID_F, fit_caltrack
from commonwatt.core.change_points import Family
from commonwatt.errors import SeriesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "il-samples-daily.csv"
NAN = float("nan")

needs_samples = pytest.mark.skipif(not SAMPLES.exists(), reason="the samples are not here")


def read_samples(column: str) -> tuple[Floats, Floats, Floats, Floats]:
    """Energy and temperature of the 365 baseline days and of the 365 reporting days."""
    with SAMPLES.open() as file:
        rows = list(csv.DictReader(file))
    day = np.array([np.datetime64(row["day_utc"][:10]) for row in rows])
    observed = np.array([float(row[column] or NAN) for row in rows])
    temperature_f = np.array([float(row["temperature_f"] or NAN) for row in rows])
    before = (day >= np.datetime64("2015-12-27")) & (day < np.datetime64("2016-12-26"))
    after = (day >= np.datetime64("2017-01-04")) & (day < np.datetime64("2018-01-04"))
    return observed[before], temperature_f[before], observed[after], temperature_f[after]


@needs_samples
@pytest.mark.parametrize(
    ("column", "cooling", "points_f", "coefficients", "shares", "sums"),
    [
        pytest.param(
            "il-electricity-cdd-hdd-daily",
            True,
            (53, 68),
            (13.472386, 1.112295, 2.516255),
            (0.769745, 0.253615),
            (9876.148496, 793.908),
            id="both",
        ),
        pytest.param(
            "il-electricity-cdd-only-daily",
            True,
            (NAN, 64),
            (8.512271, 0, 4.076758),
            (0.885598, 0.343106),
            (9279.928999, 308.769),
            id="cooling",
        ),
        pytest.param(
            "il-gas-hdd-only-daily",
            False,
            (60, NAN),
            (0.772121, 0.218483, 0),
            (0.914768, 0.303539),
            (1043.866487, 83.646),
            id="heating",
        ),
        pytest.param(
            "il-gas-intercept-only-daily",
            False,
            (71, NAN),
            (2.698229, 0.001833, 0),
            (0.003539, 0.191208),
            (995.751048, 103.111),
            id="a spurious slope, as the peers find it",
        ),
    ],
)
def test_v4(
    column: str,
    *,
    cooling: bool,
    points_f: tuple[float, float],
    coefficients: tuple[float, float, float],
    shares: tuple[float, float],
    sums: tuple[float, float],
) -> None:
    observed, temperature_f, later, later_f = read_samples(column)
    model = fit_caltrack(observed, temperature_f, cooling=cooling)
    points = (model.heating_balance_f, model.cooling_balance_f)
    assert points == pytest.approx(points_f, abs=0, nan_ok=True)
    found = (model.intercept, model.heating_slope, model.cooling_slope)
    assert found == pytest.approx(coefficients, abs=1e-6)
    assert (model.r_squared, model.cv_rmse) == pytest.approx(shares, abs=1e-6)
    predicted = model.predict(later_f)
    # Counterfactuals are given to six decimals, savings to three.
    assert predicted.sum() == pytest.approx(sums[0], abs=1e-5)
    assert (predicted - later).sum() == pytest.approx(sums[1], abs=5e-4)


@needs_samples
def test_savings_to_a_hundred_thousandth() -> None:
    # 9876.148496 kWh expected, less the meter's own sum of the reporting year.
    _, _, later, later_f = read_samples("il-electricity-cdd-hdd-daily")
    observed, temperature_f, *_ = read_samples("il-electricity-cdd-hdd-daily")
    saved = (fit_caltrack(observed, temperature_f).predict(later_f) - later).sum()
    assert saved == pytest.approx(9876.148496 - 9082.24, abs=1e-5)


def test_an_exact_home_is_found_exactly() -> None:
    temperature_f = np.linspace(20, 95, 200)
    observed = 5 + 0.4 * np.maximum(55 - temperature_f, 0) + 0.9 * np.maximum(temperature_f - 72, 0)
    model = fit_caltrack(observed, temperature_f)
    assert (model.family, model.heating_balance_f, model.cooling_balance_f) == (Family.BOTH, 55, 72)
    found = (model.intercept, model.heating_slope, model.cooling_slope, model.r_squared)
    assert found == pytest.approx((5, 0.4, 0.9, 1))
    assert model.predict(temperature_f) == pytest.approx(observed)


def test_every_candidate_is_a_full_regression() -> None:
    """The answer is what numpy's own least squares give, tried one by one."""
    generator = np.random.default_rng(4)
    temperature_f = generator.uniform(25, 92, 120)
    observed = 9 + 0.2 * np.maximum(58 - temperature_f, 0) + generator.normal(0, 1.5, 120)
    total = ((observed - observed.mean()) ** 2).sum()
    best = (0.0, NAN)
    for point_f in GRID_F:
        below = np.maximum(point_f - temperature_f, 0)
        if (below > 0).sum() < 10 or below.sum() < 20:
            continue
        design = np.stack([np.ones(120), below], axis=1)
        found, rss, *_ = np.linalg.lstsq(design, observed)
        if found[1] > 0:
            best = max(best, (1 - float(rss[0]) / total * 119 / 118, float(point_f)))
    model = fit_caltrack(observed, temperature_f, cooling=False)
    assert (model.adjusted_r_squared, model.heating_balance_f) == pytest.approx(best)


def test_whole_days_shifted_change_nothing() -> None:
    generator = np.random.default_rng(5)
    temperature_f = generator.uniform(25, 92, 120)
    observed = 9 + 0.2 * np.maximum(58 - temperature_f, 0) + generator.normal(0, 1.5, 120)
    turned = fit_caltrack(np.roll(observed, 37), np.roll(temperature_f, 37))
    assert turned.predict(temperature_f) == pytest.approx(
        fit_caltrack(observed, temperature_f).predict(temperature_f)
    )


def test_unknown_days_are_left_out() -> None:
    temperature_f = np.linspace(20, 70, 60)
    observed = 5 + 0.4 * np.maximum(55 - temperature_f, 0)
    holes_f, holes = temperature_f.copy(), observed.copy()
    holes_f[3], holes[7] = NAN, NAN
    known = np.isfinite(holes_f) & np.isfinite(holes)
    model, of_known = fit_caltrack(holes, holes_f), fit_caltrack(observed[known], holes_f[known])
    np.testing.assert_array_equal(model.predict(holes_f), of_known.predict(holes_f))
    assert np.isnan(model.predict(holes_f)).sum() == 1


def test_a_constant_home_is_flat() -> None:
    model = fit_caltrack(np.full(50, 8.0), np.linspace(20, 90, 50))
    assert model.family is Family.FLAT
    assert (model.intercept, model.r_squared) == pytest.approx((8, 0))


@pytest.mark.parametrize(
    ("observed", "temperature_f", "message"),
    [
        (np.ones(5), np.ones(4), r"one length were expected, not \(5,\) and \(4,\)"),
        (np.ones((5, 2)), np.ones((5, 2)), r"one length were expected"),
        (np.array([1, 2, NAN, NAN, 3]), np.ones(5), "4 known days or more were expected, not 3"),
        (np.array([]), np.array([]), "4 known days or more were expected, not 0"),
    ],
)
def test_what_cannot_be_fitted_is_refused(
    observed: Floats, temperature_f: Floats, message: str
) -> None:
    with pytest.raises(SeriesError, match=message):
        fit_caltrack(observed, temperature_f)
