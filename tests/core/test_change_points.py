"""The grid search is the regression that it stands for, model by model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt.core.change_points import Family, Hinges, Search, search_grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GRID_C = np.array([10.0, 13.0, 16.0, 20.0])
DAYS = 90


@pytest.fixture(scope="module")
def temperature_c() -> Floats:
    return np.random.default_rng(1).uniform(-3, 30, DAYS)


@pytest.fixture(scope="module")
def levels() -> Floats:
    return np.stack([np.ones(DAYS), np.arange(DAYS) % 7 >= 5], axis=1).astype(float)


@pytest.fixture(scope="module")
def observed(temperature_c: Floats, levels: Floats) -> Floats:
    noise = np.random.default_rng(2).normal(0, 4, DAYS)
    heat, cool = np.maximum(14 - temperature_c, 0), np.maximum(temperature_c - 18, 0)
    return 20 + 3 * levels[:, 1] + 1.5 * heat + 0.7 * cool + noise


@pytest.fixture(scope="module")
def search(observed: Floats, levels: Floats, temperature_c: Floats) -> Search:
    return search_grid(observed, levels, Hinges.of(temperature_c, GRID_C))


def design_of(search: Search, place: int, levels: Floats, temperature_c: Floats) -> Floats:
    found, columns = search.candidates, [levels]
    if found.family[place] & Family.HEATING:
        columns.append(np.maximum(GRID_C[found.heating[place]] - temperature_c, 0)[:, None])
    if found.family[place] & Family.COOLING:
        columns.append(np.maximum(temperature_c - GRID_C[found.cooling[place]], 0)[:, None])
    return np.concatenate(columns, axis=1)


def test_products_are_those_of_the_hinges_written_out(temperature_c: Floats) -> None:
    hinges = Hinges.of(temperature_c, GRID_C)
    columns = np.random.default_rng(3).normal(0, 1, (2, DAYS))
    written = np.stack([hinges.column(place) for place in range(8)])
    assert written[1] == pytest.approx(np.maximum(13 - temperature_c, 0))
    assert written[5] == pytest.approx(np.maximum(temperature_c - 13, 0))
    assert hinges.products(columns) == pytest.approx(columns @ written.T)
    assert hinges.degree_days() == pytest.approx(written.sum(axis=1))


def test_one_flat_four_heating_four_cooling_ten_pairs(search: Search) -> None:
    family = search.candidates.family
    assert np.bincount(family).tolist() == [1, 4, 4, 10]
    pairs = family == Family.BOTH
    assert (search.candidates.heating[pairs] <= search.candidates.cooling[pairs]).all()


def test_every_model_is_its_regression(
    search: Search, observed: Floats, levels: Floats, temperature_c: Floats
) -> None:
    found = search.candidates
    for place in range(len(found.family)):
        design = design_of(search, place, levels, temperature_c)
        coefficients, rss, *_ = np.linalg.lstsq(design, observed)
        assert found.rss[place] == pytest.approx(float(rss[0]))
        slopes = [s for s in (found.heating_slope[place], found.cooling_slope[place]) if s]
        assert slopes == pytest.approx(coefficients[2:].tolist())
        assert found.allowed[place] == (coefficients[2:] > 0).all()


def test_sums_and_their_spread_are_those_of_the_regression(
    search: Search, observed: Floats, levels: Floats, temperature_c: Floats
) -> None:
    asked_c, asked_levels = temperature_c[:30] + 2, levels[30:60]
    total, spread = search.sums(asked_levels, Hinges.of(asked_c, GRID_C))
    for place in range(len(total)):
        design = design_of(search, place, levels, temperature_c)
        coefficients = np.linalg.lstsq(design, observed)[0]
        asked = design_of(search, place, asked_levels, asked_c).sum(axis=0)
        assert total[place] == pytest.approx(float(asked @ coefficients))
        inverse = np.linalg.inv(design.T @ design)
        assert spread[place] == pytest.approx(float(asked @ inverse @ asked))


def test_levels_follow_from_hinges(
    search: Search, observed: Floats, levels: Floats, temperature_c: Floats
) -> None:
    coefficients = np.linalg.lstsq(design_of(search, 2, levels, temperature_c), observed)[0]
    hinges = np.zeros(8)
    hinges[search.candidates.heating[2]] = coefficients[2]
    assert search.level_coefficients(hinges) == pytest.approx(coefficients[:2])


@pytest.mark.parametrize(
    ("temperature_c", "enough"),
    [
        # 9 days of 3 degrees below 10: too few days; 10 days: enough, 30 degree days.
        (np.repeat([7.0, 12.0], [9, 40]), False),
        (np.repeat([7.0, 12.0], [10, 40]), True),
        # 10 days of 1.9 degrees below: 19 degree days; of 2 degrees: 20.
        (np.repeat([8.1, 12.0], [10, 40]), False),
        (np.repeat([8.0, 12.0], [10, 40]), True),
    ],
)
def test_a_term_needs_ten_days_and_twenty_degree_days(
    temperature_c: Floats, *, enough: bool
) -> None:
    hinges = Hinges.of(temperature_c, np.array([10.0]))
    degree_days = hinges.degree_days()
    assert hinges.enough(degree_days)[0] == enough


def test_a_point_beyond_all_days_is_not_allowed(levels: Floats) -> None:
    warm_c = np.random.default_rng(3).uniform(21, 30, DAYS)
    found = search_grid(100 - 3 * warm_c, levels, Hinges.of(warm_c, GRID_C)).candidates
    assert found.allowed.tolist() == [True] + [False] * (len(found.family) - 1)
    assert np.isfinite(found.rss).all()


@pytest.mark.parametrize(
    ("temperature_c", "enough"),
    [
        # 9 and 10 days of 3 degrees above 10; a day of 10 degrees itself needs no cooling.
        (np.repeat([13.0, 8.0], [9, 40]), False),
        (np.repeat([13.0, 8.0], [10, 40]), True),
        (np.repeat([13.0, 10.0, 8.0], [9, 1, 40]), False),
        (np.repeat([11.9, 8.0], [10, 40]), False),
    ],
)
def test_a_cooling_term_needs_as_much(temperature_c: Floats, *, enough: bool) -> None:
    hinges = Hinges.of(temperature_c, np.array([10.0]))
    assert hinges.enough(hinges.degree_days())[1] == enough


def test_what_is_allowed_does_not_hang_on_the_unit(
    search: Search, observed: Floats, levels: Floats, temperature_c: Floats
) -> None:
    small = search_grid(observed / 1e6, levels, Hinges.of(temperature_c, GRID_C)).candidates
    found = search.candidates
    assert 0 < np.count_nonzero(found.allowed) < len(found.allowed)
    assert small.allowed.tolist() == found.allowed.tolist()
    assert small.rss * 1e12 == pytest.approx(found.rss)


def test_temperatures_that_differ_little_still_give_the_slope() -> None:
    # Forty days in turn 2.0 and 2.1 degrees below 10: what is left of their squares is 0.1.
    temperature_c = np.tile([8.0, 7.9], 20)
    hinges = Hinges.of(temperature_c, np.array([10.0]))
    observed = 100 + 50 * (10 - temperature_c)
    found = search_grid(observed, np.ones((40, 1)), hinges).candidates
    assert found.allowed.tolist() == [True, True, False, False]
    assert found.heating_slope[1] == pytest.approx(50)
    assert found.rss[1] == pytest.approx(0, abs=1e-9)


def test_a_slope_below_nothing_is_no_term_of_a_pair() -> None:
    """Less is used on cold days and more on hot ones: a cooling term, and no pair."""
    temperature_c = np.linspace(0, 30, 60)
    use = 0.1 - 0.001 * np.maximum(14 - temperature_c, 0) + 0.02 * np.maximum(temperature_c - 22, 0)
    hinges = Hinges.of(temperature_c, np.array([14.0, 22.0]))
    found = search_grid(use, np.ones((60, 1)), hinges).candidates
    pair = (found.family == Family.BOTH) & (found.heating == 0) & (found.cooling == 1)
    assert found.heating_slope[pair] == pytest.approx([-0.001])
    assert found.cooling_slope[pair] == pytest.approx([0.02])
    assert found.allowed[pair].tolist() == [False]
