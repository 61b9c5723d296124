"""Student's t against printed tables and against the degrees that have a closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest

from commonwatt.core.student import _expansion, normal_quantile, t_cdf, t_quantile
from commonwatt.errors import SeriesError

PROBABILITIES = [0.5001, 0.55, 0.6, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.9995, 1 - 1e-6]

PRINTED = {
    3: (1.638, 2.353, 3.182, 4.541, 5.841),
    5: (1.476, 2.015, 2.571, 3.365, 4.032),
    10: (1.372, 1.812, 2.228, 2.764, 3.169),
    30: (1.310, 1.697, 2.042, 2.457, 2.750),
    120: (1.289, 1.658, 1.980, 2.358, 2.617),
}
"""The common table: one-sided 10, 5, 2.5, 1 and 0.5 %."""


def closed_form(probability: float, degrees: int) -> float:
    """Degrees 1, 2 and 4, whose distribution functions are turned round by hand."""
    centred = 2 * probability - 1
    alpha = 4 * probability * (1 - probability)
    if degrees == 1:
        return math.tan(math.pi * centred / 2)
    if degrees == 2:
        return centred * math.sqrt(2 / alpha)
    root = math.sqrt(alpha)
    q = math.cos(math.acos(root) / 3) / root
    return math.copysign(2 * math.sqrt(q - 1), centred)


@pytest.mark.parametrize("degrees", PRINTED)
def test_the_printed_table(degrees: int) -> None:
    found = [t_quantile(p, degrees) for p in (0.9, 0.95, 0.975, 0.99, 0.995)]
    assert found == pytest.approx(PRINTED[degrees], abs=5.1e-4)


@pytest.mark.parametrize("degrees", [1, 2, 4])
@pytest.mark.parametrize("probability", PROBABILITIES)
def test_closed_forms(probability: float, degrees: int) -> None:
    expected = closed_form(probability, degrees)
    assert t_quantile(probability, degrees) == pytest.approx(expected, rel=1e-9)
    assert t_quantile(1 - probability, degrees) == pytest.approx(-expected, rel=1e-9)


@pytest.mark.parametrize("degrees", [0.4, 0.9, 1.5, 3.7, 17.3, 140.0, 1999.5, 2000.5, 60_000.0])
@pytest.mark.parametrize("probability", PROBABILITIES)
def test_the_quantile_turns_the_distribution_round(probability: float, degrees: float) -> None:
    value = t_quantile(probability, degrees)
    assert t_cdf(value, degrees) == pytest.approx(probability, rel=1e-11)
    assert 1 - t_cdf(-value, degrees) == pytest.approx(probability, rel=1e-11)


def test_the_distribution_of_one_and_two_degrees() -> None:
    # 1/2 + atan(t)/pi, and 1/2 + t / (2 sqrt(2 + t^2)).
    for value in (-30.0, -1.0, -0.01, 0.0, 0.3, 2.0, 400.0):
        assert t_cdf(value, 1) == pytest.approx(0.5 + math.atan(value) / math.pi, rel=1e-12)
        expected = 0.5 + value / (2 * math.sqrt(2 + value * value))
        assert t_cdf(value, 2) == pytest.approx(expected, rel=1e-9)


def test_many_degrees_are_the_normal_distribution() -> None:
    assert normal_quantile(0.975) == pytest.approx(1.959963984540054, abs=1e-14)
    assert t_quantile(0.975, math.inf) == normal_quantile(0.975)
    assert t_quantile(0.95, 1e12) == pytest.approx(1.6448536269514722, abs=1e-11)
    assert t_cdf(1.0, math.inf) == pytest.approx(0.8413447460685429, abs=1e-15)


def test_the_expansion_meets_the_iteration() -> None:
    below, above = t_quantile(0.999, 2000 - 1e-6), t_quantile(0.999, 2000.0)
    assert below == pytest.approx(above, rel=1e-11)


@pytest.mark.parametrize("probability", [0.9, 0.99, 0.9999])
def test_the_expansion_is_wrong_in_the_fifth_power_alone(probability: float) -> None:
    """Twice the degrees, a 32nd of the error."""
    errors = [
        _expansion(normal_quantile(probability), degrees) - t_quantile(probability, degrees)
        for degrees in (60.0, 120.0)
    ]
    assert errors[0] / errors[1] == pytest.approx(32, rel=0.15)
    assert abs(errors[0]) < 1e-5


def test_half_of_the_values_are_below_0() -> None:
    assert t_quantile(0.5, 3) == t_quantile(0.5, math.inf) == 0


def test_more_degrees_and_less_certainty_are_narrower() -> None:
    values = [t_quantile(0.95, degrees) for degrees in np.geomspace(0.3, 1e5, 60).tolist()]
    assert (np.diff(values) < 0).all()


@pytest.mark.parametrize("probability", [0.0, 1.0, -0.1, 1.5, math.nan])
def test_what_is_no_probability_is_refused(probability: float) -> None:
    with pytest.raises(SeriesError, match="strictly between 0 and 1 was expected, not"):
        t_quantile(probability, 5)
    with pytest.raises(SeriesError, match="strictly between 0 and 1"):
        normal_quantile(probability)


@pytest.mark.parametrize("degrees", [0.0, -1.0, math.nan])
def test_degrees_that_are_not_above_0_are_refused(degrees: float) -> None:
    with pytest.raises(SeriesError, match="degrees of freedom above 0 were expected"):
        t_quantile(0.9, degrees)
    with pytest.raises(SeriesError, match="degrees above 0 were expected"):
        t_cdf(1.0, degrees)
    with pytest.raises(SeriesError, match="a finite value"):
        t_cdf(math.inf, 3)
