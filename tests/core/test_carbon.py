"""Greenhouse gases: energy times the factor of its year, and never a factor of another scope."""

from __future__ import annotations

import math

import numpy as np
import pytest

from commonwatt.core.carbon import (
    CONSUMPTION_MIX,
    PRODUCTION_INTENSITY,
    EmissionFactor,
    choose_factor,
    emissions,
)
from commonwatt.errors import CatalogueError, SeriesError

NAN = float("nan")


def factor(year: int, kg_per_kwh: float, scope: str = CONSUMPTION_MIX) -> EmissionFactor:
    return EmissionFactor("set-1", year, scope, kg_per_kwh, "a page")


FACTORS = (factor(2022, 0.05), factor(2023, 0.06), factor(2023, 0.03, PRODUCTION_INTENSITY))


def years(*each: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(each, np.int64)


def test_each_year_has_its_factor() -> None:
    # 1000 kWh * 0.05 + 500 kWh * 0.06 = 50 + 30 = 80 kg
    found = emissions(years(2022, 2023), np.array([1e6, 5e5]), FACTORS)
    assert found.co2e_kg == pytest.approx(80)
    assert found.energy_wh == 1.5e6
    assert found.factors == FACTORS[:2]
    assert found.borrowed_years == ()


def test_a_year_not_yet_published_borrows_the_last_one_and_says_so() -> None:
    # (1000 + 500) kWh * 0.06 = 90 kg
    found = emissions(years(2023, 2025), np.array([1e6, 5e5]), FACTORS)
    assert found.co2e_kg == pytest.approx(90)
    assert [each.year for each in found.factors] == [2023, 2023]
    assert found.borrowed_years == (2025,)


def test_scopes_are_never_mixed() -> None:
    found = emissions(years(2023), np.array([1e6]), FACTORS, PRODUCTION_INTENSITY)
    assert found.co2e_kg == pytest.approx(30)
    with pytest.raises(CatalogueError, match=r"production_intensity.* for 2022"):
        emissions(years(2022), np.array([1e6]), FACTORS, PRODUCTION_INTENSITY)


def test_a_year_before_all_factors_has_none() -> None:
    with pytest.raises(CatalogueError, match="for 2021 or a year before"):
        choose_factor(FACTORS, 2021, CONSUMPTION_MIX)


def test_a_later_set_replaces_an_earlier_one() -> None:
    revised = EmissionFactor("set-2", 2023, CONSUMPTION_MIX, 0.07, "a later page")
    assert choose_factor((*FACTORS, revised), 2023, CONSUMPTION_MIX) is revised


def test_what_is_not_known_is_neither_nothing_nor_scaled_up() -> None:
    part = emissions(years(2023, 2019), np.array([1e6, NAN]), FACTORS)
    assert part.co2e_kg == pytest.approx(60)
    assert part.energy_wh == 1e6
    nothing = emissions(years(2023), np.array([NAN]), FACTORS)
    assert math.isnan(nothing.co2e_kg)
    assert math.isnan(nothing.energy_wh)
    assert nothing.factors == ()


def test_columns_of_one_length_are_asked_for() -> None:
    with pytest.raises(SeriesError, match="1 years were given, and 2 energies"):
        emissions(years(2023), np.array([1.0, 2.0]), FACTORS)


@pytest.mark.parametrize(
    ("version", "year", "scope", "kg_per_kwh", "source", "message"),
    [
        ("", 2023, CONSUMPTION_MIX, 0.05, "a page", "the name of its set"),
        ("a", 2023, CONSUMPTION_MIX, 0.05, "", "its source"),
        ("a", 23, CONSUMPTION_MIX, 0.05, "a page", "not 23"),
        ("a", 2023, "by use", 0.05, "a page", "'by use'"),
        ("a", 2023, CONSUMPTION_MIX, 52.0, "a page", "not 52"),
        ("a", 2023, CONSUMPTION_MIX, 0.0, "a page", "not 0"),
        ("a", 2023, CONSUMPTION_MIX, NAN, "a page", "not nan"),
    ],
)
def test_a_factor_cannot_exist_wrong(
    version: str, year: int, scope: str, kg_per_kwh: float, source: str, message: str
) -> None:
    with pytest.raises(CatalogueError, match=message):
        EmissionFactor(version, year, scope, kg_per_kwh, source)
