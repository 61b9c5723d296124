"""The simulated building: the same each time, plausible, and continuous into its live meters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatt.demo.homes import (
    SIMULATED,
    THRIFT,
    DemoHome,
    Heating,
    demo_building,
    habits_of,
    simulate_history,
    simulate_home,
)
from commonwatt.errors import PeriodError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonwatt.recordings.recording import Recording

SERIAL = "cw-7k3f9qx"
DAY_S = 86_400
END_S = 1_790_812_800  # 2026-10-01T00:00Z
YEAR_AGO_S = END_S - 365 * DAY_S
JANUARY_S = 1_767_571_200  # Monday 2026-01-05T00:00Z
JULY_S = 1_783_296_000  # Monday 2026-07-06T00:00Z


@pytest.fixture(scope="module")
def building() -> list[DemoHome]:
    return demo_building(homes=24, seed=1)


@pytest.fixture(scope="module")
def years_w(building: list[DemoHome]) -> dict[str, NDArray[np.float64]]:
    return {home.flat: simulate_home(home.seed, YEAR_AGO_S, END_S, 1800) for home in building}


def test_building_has_labelled_flats_of_both_heatings(building: list[DemoHome]) -> None:
    assert len({home.flat for home in building}) == 24
    assert {home.stairwell for home in building} == set("ABCD")
    assert {home.heating for home in building} == set(Heating)
    assert all(home.heating is habits_of(home.seed).heating for home in building)
    assert building == demo_building(homes=24, seed=1)
    assert building != demo_building(homes=24, seed=2)


@pytest.mark.parametrize("homes", [1, 3, 11, 50])
def test_any_number_of_homes_has_distinct_flats(homes: int) -> None:
    assert len({home.flat for home in demo_building(homes)}) == homes


def test_yearly_energy_is_that_of_french_flats(
    building: list[DemoHome], years_w: dict[str, NDArray[np.float64]]
) -> None:
    for home in building:
        energy_kwh = years_w[home.flat].sum() / 2000
        low_kwh, high_kwh = (2500, 9000) if home.heating is Heating.ELECTRIC else (800, 6000)
        assert low_kwh < energy_kwh < high_kwh


def test_power_is_never_less_than_what_is_always_on(
    building: list[DemoHome], years_w: dict[str, NDArray[np.float64]]
) -> None:
    for home in building:
        assert years_w[home.flat].min() >= habits_of(home.seed).always_on_w
        assert years_w[home.flat].max() < 12_000


def winter_to_summer(home: DemoHome) -> float:
    winter_w = simulate_home(home.seed, JANUARY_S, JANUARY_S + 28 * DAY_S, 1800)
    summer_w = simulate_home(home.seed, JULY_S, JULY_S + 28 * DAY_S, 1800)
    return float(winter_w.mean() / summer_w.mean())


def test_electric_heating_follows_the_season(building: list[DemoHome]) -> None:
    ratios = {home.flat: winter_to_summer(home) for home in building}
    electric = [ratios[home.flat] for home in building if home.heating is Heating.ELECTRIC]
    collective = [ratios[home.flat] for home in building if home.heating is Heating.COLLECTIVE]
    assert min(electric) > 1.5
    assert np.median(collective) < 1.5


def test_evenings_are_busier_than_nights(building: list[DemoHome]) -> None:
    flats = [home for home in building if not habits_of(home.seed).tank_w]
    days_w = [simulate_home(home.seed, JULY_S, JULY_S + 28 * DAY_S, 1800) for home in flats]
    by_half_hour_w = np.mean(days_w, axis=0).reshape(28, 48).mean(axis=0)
    evening_utc, night_utc = slice(34, 38), slice(2, 8)
    assert by_half_hour_w[evening_utc].mean() > 2 * by_half_hour_w[night_utc].mean()


def test_hot_water_is_heated_in_off_peak_hours(building: list[DemoHome]) -> None:
    home = next(h for h in building if habits_of(h.seed).tank_w and h.heating is Heating.COLLECTIVE)
    power_w = simulate_home(home.seed, JANUARY_S, JANUARY_S + 28 * DAY_S, 1800).reshape(28, 48)
    off_peak_utc = [*range(43, 48), *range(11)]  # 22:30 to 06:30 in winter time
    peak = np.setdiff1d(np.arange(48), off_peak_utc)
    heated = power_w > 0.9 * habits_of(home.seed).tank_w
    assert heated[:, off_peak_utc].any(axis=1).mean() > 0.6
    assert heated[:, peak].mean() < 0.01


@given(
    st.integers(0, 10_000),
    st.integers(0, 2000),
    st.integers(1, 50),
    st.integers(1, 50),
    st.sampled_from([60, 300, 1800]),
)
def test_stretches_simulated_apart_equal_the_whole(
    seed: int, offset: int, before: int, after: int, step_s: int
) -> None:
    start_s = YEAR_AGO_S + offset * 3600
    joint_s, end_s = start_s + before * step_s, start_s + (before + after) * step_s
    whole_w = simulate_home(seed, start_s, end_s, step_s)
    parts_w = [
        simulate_home(seed, start_s, joint_s, step_s),
        simulate_home(seed, joint_s, end_s, step_s),
    ]
    assert np.array_equal(whole_w, np.concatenate(parts_w))


def history(home: DemoHome) -> Recording:
    return simulate_history(home, END_S - 30 * DAY_S, END_S - 2 * DAY_S, END_S)


def test_history_is_one_log_of_half_hours_then_minutes(building: list[DemoHome]) -> None:
    recording = history(building[0])
    assert recording.duration_s.tolist() == [1800] * 48 * 28 + [60] * 1440 * 2
    assert recording.end_s[-1] == END_S
    assert not recording.log_index.any()
    assert recording.flags == SIMULATED
    energy_wh = (recording.power_w * recording.duration_s).sum() / 3600
    assert recording.register_wh[-1] == pytest.approx(energy_wh, abs=0.001)


def test_history_of_broken_half_hours_is_refused(building: list[DemoHome]) -> None:
    with pytest.raises(PeriodError, match="half-hours"):
        simulate_history(building[0], END_S - DAY_S - 60, END_S - DAY_S, END_S)


def test_a_thrifty_home_uses_less_from_then_on_alone() -> None:
    start_s, change_s, end_s = (JULY_S + days * DAY_S for days in (0, 3, 7))
    usual = simulate_home(5, start_s, end_s, 1800)
    thrifty = simulate_home(5, start_s, end_s, 1800, thrift_from_s=change_s)
    before = (change_s - start_s) // 1800
    assert thrifty[:before].tolist() == usual[:before].tolist()
    assert thrifty[before:] == pytest.approx(usual[before:] * (1 - THRIFT))
