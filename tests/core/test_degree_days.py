"""Degree days by hand, by both methods, and the seasons of a landlord's table."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.core.degree_days import Method, degree_days, in_heating_season, season_table
from commonwatt.errors import SeriesError

NAN = float("nan")
EPOCH = date(1970, 1, 1)


def one(low_c: float, high_c: float, method: Method, base_c: float = 18.0) -> float:
    return float(degree_days(np.array([low_c]), np.array([high_c]), method, base_c)[0])


def days(first: date, last: date) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange((first - EPOCH).days, (last - EPOCH).days + 1, dtype=np.int64)


def test_a_cold_day_is_the_same_by_both() -> None:
    # 18 - (2 + 8) / 2 = 13
    assert one(2, 8, Method.METEO) == one(2, 8, Method.PRO) == 13


def test_a_warm_day_is_none_by_both() -> None:
    assert one(18, 30, Method.METEO) == one(18, 30, Method.PRO) == 0


def test_a_mild_day_differs() -> None:
    # Low 10, high 20: the middle is 15, so 3 by the meteorological method.
    # By the trade's: 8 * (0.08 + 0.42 * 8 / 10) = 8 * 0.416 = 3.328.
    assert one(10, 20, Method.METEO) == 3
    assert one(10, 20, Method.PRO) == pytest.approx(3.328)


def test_a_cold_night_of_a_hot_day_counts_only_by_the_trade() -> None:
    # Low 12, high 28: the middle is 20. 6 * (0.08 + 0.42 * 6 / 16) = 6 * 0.2375 = 1.425.
    assert one(12, 28, Method.METEO) == 0
    assert one(12, 28, Method.PRO) == pytest.approx(1.425)


def test_another_base() -> None:
    # 16 - (10 + 14) / 2 = 4
    assert one(10, 14, Method.METEO, 16) == 4


def test_an_unknown_extreme_is_an_unknown_day() -> None:
    for method in Method:
        assert np.isnan(one(NAN, 20, method))
        assert np.isnan(one(5, NAN, method))


def test_low_above_high_is_refused_with_its_row() -> None:
    with pytest.raises(SeriesError, match="row 1: a low of 9 C above a high of 8 C"):
        degree_days(np.array([1.0, 9.0]), np.array([2.0, 8.0]))
    with pytest.raises(SeriesError, match="1 lows were given, and 2 highs"):
        degree_days(np.array([1.0]), np.array([2.0, 8.0]))


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.floats(-30, 40), st.floats(0, 25), st.floats(0, 1))
def test_both_methods_are_continuous_and_fall_with_warmth(
    low_c: float, range_c: float, warmer_c: float
) -> None:
    for method in Method:
        cold, warm = (
            one(low_c, low_c + range_c, method),
            one(low_c + warmer_c, low_c + range_c + warmer_c, method),
        )
        assert 0 <= warm <= cold + 1e-9
        assert cold - warm <= warmer_c + 1e-9


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.floats(0.1, 20))
def test_the_trade_joins_its_own_borders(range_c: float) -> None:
    # High at the base: range * (0.08 + 0.42) is half the range, as 18 - (low + 18) / 2 is.
    assert one(18 - range_c, 18 + 1e-9, Method.PRO) == pytest.approx(range_c / 2, abs=1e-6)
    assert one(18 - 1e-9, 18 + range_c, Method.PRO) == pytest.approx(0, abs=1e-6)


def test_the_season_is_from_october_to_the_20th_of_may() -> None:
    asked = [date(2025, 9, 30), date(2025, 10, 1), date(2026, 2, 28), date(2026, 5, 20)]
    asked.append(date(2026, 5, 21))
    number = np.array([(day - EPOCH).days for day in asked], np.int64)
    assert in_heating_season(number).tolist() == [False, True, True, True, False]
    assert in_heating_season(days(date(2025, 7, 1), date(2026, 6, 30))).sum() == 232
    assert in_heating_season(days(date(2023, 7, 1), date(2024, 6, 30))).sum() == 233


def test_a_table_of_seasons() -> None:
    # Every day 3 K below the base: 232 * 3 = 696, and 31 * 3 = 93 for one known October.
    day = days(date(2024, 8, 1), date(2025, 10, 31))
    low_c, high_c = np.full(len(day), 13.0), np.full(len(day), 17.0)
    full, begun = season_table(day, low_c, high_c)
    assert (full.first_year, full.degree_days, full.days_known, full.season_days) == (
        2024,
        696,
        232,
        232,
    )
    assert full.coverage == 1
    assert (begun.first_year, begun.degree_days, begun.days_known) == (2025, 93, 31)
    assert begun.coverage == pytest.approx(31 / 232)
    assert (full.method, full.base_c) == (Method.METEO, 18.0)


def test_unknown_days_are_not_filled_in() -> None:
    day = days(date(2023, 10, 1), date(2024, 5, 20))
    low_c = np.where(np.arange(len(day)) < 33, NAN, 8.0)
    (season,) = season_table(day, low_c, np.full(len(day), 12.0), Method.PRO)
    # 233 days, 200 of them known at 18 - 10 = 8.
    assert (season.degree_days, season.days_known, season.season_days) == (1600, 200, 233)


def test_a_day_counts_once() -> None:
    day, flat = np.array([20_000, 20_000], np.int64), np.array([5.0, 5.0])
    with pytest.raises(SeriesError, match="a day comes twice"):
        season_table(day, flat, flat)
    with pytest.raises(SeriesError, match="2 days were given, and 1 lows"):
        season_table(day, flat[:1], flat[:1])
