"""A home among its likes: its place by hand, and silence where they are too few."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.core.similar import EnergySource, Stratum, compare_home
from commonwatt.errors import SeriesError
from commonwatt.model import SMALLEST_GROUP

NAN = float("nan")
FLAT = Stratum.of(EnergySource.COLLECTIVE, EnergySource.GAS, 62.0, 2)
OTHER = Stratum.of(EnergySource.ELECTRICITY, EnergySource.GAS, 62.0, 2)


def test_eleven_homes_are_enough_and_ten_are_not() -> None:
    energy_kwh = np.arange(1000.0, 2100.0, 100.0)
    assert compare_home(0, energy_kwh[:10], [FLAT] * 10) is None
    place = compare_home(0, energy_kwh, [FLAT] * 11)
    assert place is not None
    assert place.homes == SMALLEST_GROUP == 11


def test_a_place_by_hand() -> None:
    # 1000, 1100, ... 2000: the home of 1300 has 3 below it and itself by half: 3.5 / 11.
    # The middle is 1500; the quantile 0.2 stands at place 0.2 * 10 = 2, which is 1200.
    place = compare_home(3, np.arange(1000.0, 2100.0, 100.0), [FLAT] * 11)
    assert place is not None
    assert place.percentile == pytest.approx(100 * 3.5 / 11)
    assert (place.median_kwh, place.best_kwh) == (1500, 1200)
    assert place.stratum == FLAT


def test_only_known_homes_of_the_same_stratum_are_compared() -> None:
    energy_kwh = np.concatenate([np.arange(1.0, 12.0), [NAN], np.full(9, 500.0)])
    strata = [FLAT] * 12 + [OTHER] * 9
    place = compare_home(10, energy_kwh, strata)
    assert place is not None
    assert (place.homes, place.median_kwh) == (11, 6)
    assert compare_home(12, energy_kwh, strata) is None
    assert compare_home(11, energy_kwh, strata) is None
    energy_kwh[0] = NAN
    assert compare_home(10, energy_kwh, strata) is None


def test_homes_that_use_the_same_stand_in_the_middle() -> None:
    place = compare_home(4, np.full(12, 1500.0), [FLAT] * 12)
    assert place is not None
    assert place.percentile == 50


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=11, max_size=30), st.integers(1, 9))
def test_places_follow_order_and_not_units(whole: list[int], scale: int) -> None:
    energy_kwh, strata = np.array(whole, float), [FLAT] * len(whole)
    places = [compare_home(home, energy_kwh, strata) for home in range(len(whole))]
    scaled = [compare_home(home, energy_kwh * scale, strata) for home in range(len(whole))]
    percentiles = [place.percentile for place in places if place]
    assert percentiles == [place.percentile for place in scaled if place]
    assert len(percentiles) == len(whole)
    assert np.mean(percentiles) == pytest.approx(50)
    assert all(
        (energy_kwh[a] < energy_kwh[b]) == (percentiles[a] < percentiles[b])
        for a in range(len(whole))
        for b in range(len(whole))
    )


@pytest.mark.parametrize(
    ("surface_m2", "band"), [(18, 0), (29.9, 0), (30, 1), (59, 2), (60, 3), (99.9, 4), (250, 5)]
)
def test_surfaces_have_bands(surface_m2: float, band: int) -> None:
    assert Stratum.of(EnergySource.GAS, EnergySource.GAS, surface_m2, 1).surface_band == band


def test_five_people_and_more_are_alike() -> None:
    gas = EnergySource.GAS
    assert Stratum.of(gas, gas, 90, 5) == Stratum.of(gas, gas, 90, 8)
    assert Stratum.of(gas, gas, 90, 4) != Stratum.of(gas, gas, 90, 5)


def test_bad_input_is_named() -> None:
    gas = EnergySource.GAS
    with pytest.raises(SeriesError, match="not 0"):
        Stratum.of(gas, gas, 0, 1)
    with pytest.raises(SeriesError, match="1 to 5 people were expected, not 0"):
        Stratum.of(gas, gas, 50, 0)
    with pytest.raises(SeriesError, match="not 9"):
        Stratum(gas, gas, 9, 1)
    with pytest.raises(SeriesError, match="2 energies were given, and 1 strata"):
        compare_home(0, np.array([1.0, 2.0]), [FLAT])
    with pytest.raises(SeriesError, match="a home from 0 to 0 was expected, not 1"):
        compare_home(1, np.array([1.0]), [FLAT])
    with pytest.raises(SeriesError, match="infinite"):
        compare_home(0, np.array([np.inf]), [FLAT])
