"""Stuck, reversed, out of step: noticed where they are, and not in homes that are well."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatt.core.symptoms import (
    find_clock_fault,
    find_clock_offset,
    find_flatline,
    find_reversed_clamp,
)
from commonwatt.model import NO_LOG, Severity
from tests.core.readings import readings

DAY_S = 86_400
MINUTES = np.arange(1, 1441)


def lively_w(count: int = 1440, seed: int = 1) -> np.ndarray:
    return np.round(np.random.default_rng(seed).uniform(60, 900, count))


def test_a_power_that_does_not_move_for_a_day() -> None:
    found = find_flatline(readings(60 * MINUTES, power_w=240))
    assert found is not None
    assert (found.code, found.severity, found.facts) == (
        "flatline",
        Severity.WARNING,
        {"hours": 24},
    )
    assert find_flatline(readings(60 * MINUTES[:-1], power_w=240)) is None


def test_the_last_day_counts() -> None:
    power_w = np.concatenate([lively_w(100), np.full(1500, 50.0)])
    found = find_flatline(readings(60 * np.arange(1, 1601), power_w=power_w))
    assert found is not None
    assert found.facts == {"hours": 25}


@pytest.mark.parametrize("power_w", [0, 7, 49])
def test_an_empty_flat_is_not_stuck(power_w: float) -> None:
    assert find_flatline(readings(60 * MINUTES, power_w=power_w)) is None


def test_one_watt_more_or_less_is_alive() -> None:
    power_w = np.full(1440, 240.0)
    power_w[700] = 241
    assert find_flatline(readings(60 * MINUTES, power_w=power_w)) is None


def test_few_or_unknown_powers_are_not_stuck() -> None:
    assert find_flatline(readings(900 * MINUTES[:99], power_w=500, duration_s=900)) is None
    assert find_flatline(readings(900 * MINUTES[:100], power_w=500, duration_s=900)) is not None
    assert find_flatline(readings(60 * MINUTES, register_wh=MINUTES)) is None
    assert find_flatline(readings([])) is None


def test_a_hole_begins_anew() -> None:
    end_s = np.concatenate([60 * MINUTES[:800], 60 * MINUTES[:1000] + 60 * 812])
    assert find_flatline(readings(end_s, power_w=240)) is None


def test_a_reversed_clamp_gives_power_away_at_night() -> None:
    found = find_reversed_clamp(readings(60 * MINUTES, power_w=-lively_w()))
    assert found is not None
    assert (found.code, found.severity) == ("clamp_reversed", Severity.FAULT)
    assert found.facts == {"share": 100, "day_share": 100}


def test_solar_panels_give_power_away_by_day() -> None:
    hour = MINUTES / 60
    power_w = np.where((hour > 7) & (hour < 19), -1500.0, 200.0)
    assert find_reversed_clamp(readings(60 * MINUTES, power_w=power_w)) is None


def test_noise_around_nothing_is_not_reversed() -> None:
    assert find_reversed_clamp(readings(60 * MINUTES, power_w=-20)) is None
    assert find_reversed_clamp(readings(60 * MINUTES, power_w=-21)) is not None


def test_half_of_the_nights_readings_are_not_most() -> None:
    night = (MINUTES <= 180) | (MINUTES > 1260)
    power_w = np.where(night & (MINUTES % 2 == 0), -300.0, 300.0)
    assert find_reversed_clamp(readings(60 * MINUTES, power_w=power_w)) is None
    power_w[0] = -300
    found = find_reversed_clamp(readings(60 * MINUTES, power_w=power_w))
    assert found is not None
    assert found.facts["day_share"] == 0


def test_a_few_readings_of_the_night_say_nothing() -> None:
    assert find_reversed_clamp(readings(60 * MINUTES[:59], power_w=-300)) is None
    assert find_reversed_clamp(readings(60 * MINUTES[:60], power_w=-300)) is not None


def test_a_clock_that_runs_fast() -> None:
    # Each minute of the timer is 60.6 s of the clock: 1 %, 864 s a day.
    found = find_clock_fault(readings(60.6 * MINUTES[:361], power_w=1))
    assert found is not None
    assert (found.code, found.facts) == ("clock_drift", {"drift_s": 864})
    slow = find_clock_fault(readings(59.4 * MINUTES[:361], power_w=1))
    assert slow is not None
    assert slow.facts == {"drift_s": -864}


def test_half_a_percent_and_short_stretches_are_let_pass() -> None:
    assert find_clock_fault(readings(60.29 * MINUTES, power_w=1)) is None
    assert find_clock_fault(readings(60.6 * MINUTES[:360], power_w=1)) is None
    assert find_clock_fault(readings([], power_w=1)) is None


def test_a_clock_that_was_put_right() -> None:
    end_s = 60.0 * MINUTES
    end_s[700:] += 3600
    end_s[900:] += 90
    found = find_clock_fault(readings(end_s, power_w=1))
    assert found is not None
    assert (found.code, found.severity) == ("clock_step", Severity.WARNING)
    assert found.facts == {"count": 2, "seconds": 3600}


@pytest.mark.parametrize("back_s", [90, 300, 3600])
def test_a_clock_that_was_put_back(back_s: float) -> None:
    end_s = 60.0 * MINUTES
    end_s[500:] -= back_s
    found = find_clock_fault(readings(end_s, power_w=1))
    assert found is not None
    assert (found.code, found.facts) == ("clock_step", {"count": 1, "seconds": -back_s})


@pytest.mark.parametrize(
    "changes",
    [
        {"log": NO_LOG},
        {
            "log": np.where(MINUTES > 700, 8, 7),
            "n": np.where(MINUTES > 700, MINUTES - 700, MINUTES),
        },
        {"boot": np.where(MINUTES > 700, 2, 1)},
        {"n": np.where(MINUTES > 700, MINUTES + 60, MINUTES)},
    ],
)
def test_another_log_boot_or_lost_records_are_no_step(changes: dict[str, np.ndarray]) -> None:
    end_s = 60.0 * MINUTES
    end_s[700:] += 3600
    assert find_clock_fault(readings(end_s, power_w=1, **changes)) is None


def test_offsets_boot_by_boot() -> None:
    end_s = np.arange(0.0, 360, 60)
    boot = np.array([1, 1, 1, 2, 2, 3])
    late_s = np.array([300.0, 301, np.nan, 4, 5, np.nan])
    offset_s = find_clock_offset(end_s, boot, end_s + late_s)
    assert offset_s.tolist() == [300.5, 300.5, 300.5, 0, 0, 0]
