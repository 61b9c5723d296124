"""The load that comes back every day, and what is no such load."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatt.core.water_heater import LEAST_DAYS, find_daily_load
from commonwatt.errors import SeriesError

DAYS = 27
GENERATOR = np.random.default_rng(3)


def quiet(days: int = DAYS) -> np.ndarray:
    return 60 + 40 * np.random.default_rng(1).random((days, 48))


def with_tank(start: int, slots: int = 5, power_w: float = 2000, days: int = DAYS) -> np.ndarray:
    energy_wh = quiet(days)
    energy_wh[:, start : start + slots] += power_w / 2
    return energy_wh


@pytest.mark.parametrize("start", [0, 12, 21, 40])
def test_a_tank_is_found_at_its_time(start: int) -> None:
    found = find_daily_load(with_tank(start))
    assert found is not None
    assert (found.start_slot, found.days, found.looked_at) == (start, DAYS, DAYS)
    assert found.above_wh.sum() == pytest.approx(DAYS * 5 * 1000, rel=0.02)
    assert (found.above_wh > 0).sum() == DAYS * 5


def test_it_may_begin_a_little_earlier_or_later() -> None:
    energy_wh = quiet()
    for row, shift in enumerate(GENERATOR.integers(-2, 3, DAYS)):
        energy_wh[row, 20 + shift : 25 + shift] += 900
    found = find_daily_load(energy_wh)
    assert found is not None
    assert abs(found.start_slot - 20) <= 1
    assert found.days == DAYS


def test_cooking_at_any_hour_is_none() -> None:
    energy_wh = quiet()
    for row, start in enumerate(GENERATOR.integers(0, 44, DAYS)):
        energy_wh[row, start : start + 3] += 1000
    assert find_daily_load(energy_wh) is None


@pytest.mark.parametrize(
    "energy_wh",
    [
        quiet(),
        with_tank(20, slots=1),
        with_tank(20, power_w=500),
        with_tank(20, days=LEAST_DAYS - 1),
        np.full((DAYS, 48), np.nan),
    ],
)
def test_a_quiet_home_has_none(energy_wh: np.ndarray) -> None:
    assert find_daily_load(energy_wh) is None


def test_days_that_are_not_whole_are_not_looked_at() -> None:
    energy_wh = with_tank(20)
    energy_wh[:5, 3] = np.nan
    found = find_daily_load(energy_wh)
    assert found is not None
    assert (found.days, found.looked_at) == (DAYS - 5, DAYS - 5)


def test_another_shape_is_refused() -> None:
    with pytest.raises(SeriesError, match="48 half-hours"):
        find_daily_load(np.zeros((3, 47)))
