"""Steps of a register, by hand: at 60 s and 12 kW, at most 12000 * 60 / 3600 + 1 = 201 Wh."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatt.core.registers import Step, hold_limit_s, register_spans
from commonwatt.core.series import ESTIMATED, REGISTER, RegisterSeries
from commonwatt.model import NO_LOG
from tests.core.readings import readings

P_MAX_W = 12_000.0
NAN = float("nan")


def register(*values_wh: float, **columns: list[int] | int) -> RegisterSeries:
    """One point a minute."""
    return RegisterSeries.of(readings(60 * np.arange(1, len(values_wh) + 1), values_wh, **columns))


def steps_of(series: RegisterSeries) -> list[Step]:
    return [Step(step) for step in register_spans(series, P_MAX_W).step]


def energies_of(series: RegisterSeries, *, zero_based: bool = False) -> list[float]:
    return list(register_spans(series, P_MAX_W, zero_based=zero_based).energy_wh)


def test_hold_limits() -> None:
    # min(3 d, d + 120)
    limits_s = hold_limit_s(np.array([10.0, 60.0, 1800.0]))
    assert limits_s.tolist() == [30, 180, 1920]


@pytest.mark.parametrize(
    ("after_wh", "step", "energy_wh"),
    [
        (1000.0, Step.RISE, 0.0),
        (1201.0, Step.RISE, 201.0),
        (1201.5, Step.LEAP, NAN),
        (999.5, Step.FALL, NAN),
        (NAN, Step.NONE, NAN),
    ],
)
def test_a_step(after_wh: float, step: Step, energy_wh: float) -> None:
    series = register(1000, after_wh)
    assert steps_of(series) == [Step.NONE, step]
    np.testing.assert_equal(energies_of(series), [NAN, energy_wh])


@pytest.mark.parametrize(
    ("before_wh", "after_wh", "energy_wh"),
    [
        (65_500, 20, 56),  # 20 - 65500 + 65536
        (99_999_990, 15, 25),  # 15 - 99999990 + 100000000
        (2**32 - 7, 3, 10),
    ],
)
def test_a_rollover(before_wh: float, after_wh: float, energy_wh: float) -> None:
    series = register(before_wh, after_wh)
    assert steps_of(series) == [Step.NONE, Step.ROLLOVER]
    assert energies_of(series)[1] == energy_wh


@pytest.mark.parametrize(
    ("before_wh", "after_wh", "minutes"), [(50_000, 20, 600), (65_500, 7_000, 600), (65_300, 20, 1)]
)
def test_no_rollover(before_wh: float, after_wh: float, minutes: int) -> None:
    # Not above 58982.4; not below 6553.6; 256 Wh in a minute is more than 201 Wh.
    series = RegisterSeries.of(readings([60, 60 + 60 * minutes], [before_wh, after_wh]))
    assert steps_of(series) == [Step.NONE, Step.FALL]


def test_a_fall_with_a_new_boot_is_worth_what_the_register_shows() -> None:
    restarted = register(5000, 12, boot=[1, 2])
    assert steps_of(restarted) == [Step.NONE, Step.RESTART]
    assert energies_of(restarted)[1] == 12
    assert steps_of(register(5000, 202, boot=[1, 2])) == [Step.NONE, Step.FALL]
    assert steps_of(register(5000, 12)) == [Step.NONE, Step.FALL]


def test_segments_are_not_compared() -> None:
    series = register(100, 101, 5, 7, log=[7, 7, 9, 9], n=[8, 9, 1, 2])
    np.testing.assert_equal(energies_of(series), [NAN, 1, NAN, 2])


def test_the_first_record_of_a_zero_based_register_tells_its_energy() -> None:
    series = register(100, 101, 5, 7, log=[7, 7, 9, 9], n=[8, 9, 1, 2])
    np.testing.assert_equal(energies_of(series, zero_based=True), [NAN, 1, 5, 2])
    absurd = register(202, 203)
    assert register_spans(absurd, P_MAX_W, zero_based=True).step.tolist() == [Step.LEAP, Step.RISE]
    no_log = register(5, 7, log=NO_LOG)
    np.testing.assert_equal(energies_of(no_log, zero_based=True), [NAN, 2])


def test_a_gap_is_estimated() -> None:
    # Points 60, 180 and 181 s apart; the hold limit is 180 s.
    series = RegisterSeries.of(readings([60, 120, 300, 481], [1, 2, 5, 8]))
    spans = register_spans(series, P_MAX_W)
    assert spans.source.tolist()[1:] == [REGISTER, REGISTER, ESTIMATED]
    assert spans.energy_wh.tolist()[1:] == [1, 3, 3]
    assert spans.start_s.tolist()[1:] == [60, 120, 300]


def test_a_meter_that_slows_down_leaves_no_gap() -> None:
    # Three readings of 10 s are lost, then one speaks for 1800 s: 30 + 1800 s fit into 1840 s,
    # and 1840 s are within its hold limit of 1920 s.
    series = RegisterSeries.of(readings([10, 1850], [1, 9], duration_s=[10, 1800], n=[1, 5]))
    assert register_spans(series, P_MAX_W).source[1] == REGISTER


@pytest.mark.parametrize("stray_wh", [900_000, 0, 150, 60])
def test_a_lone_outlier_costs_nothing(stray_wh: float) -> None:
    # 150 Wh is within reach of 100 Wh, but then the register would fall to 102 Wh.
    series = register(99, 100, stray_wh, 102, 103)
    spans = register_spans(series, P_MAX_W)
    assert steps_of(series) == [Step.NONE, Step.RISE, Step.OUTLIER, Step.RISE, Step.RISE]
    np.testing.assert_equal(spans.energy_wh, [NAN, 1, NAN, 2, 1])
    assert spans.start_s[3] == 120
    assert spans.bridged.tolist() == [False, False, True, False, False]


def test_a_register_that_jumps_for_good_is_no_outlier() -> None:
    series = register(99, 100, 900_000, 900_001)
    assert steps_of(series) == [Step.NONE, Step.RISE, Step.LEAP, Step.RISE]


def test_a_fall_before_a_gap_is_no_outlier() -> None:
    # Nothing says whether 5 Wh was wrong or the register began anew: the fall stays unknown.
    series = RegisterSeries.of(readings([60, 120, 90_000], [100, 5, 150]))
    assert steps_of(series) == [Step.NONE, Step.FALL, Step.RISE]


def test_a_reading_without_register_is_bridged() -> None:
    spans = register_spans(register(100, NAN, 104), P_MAX_W)
    np.testing.assert_equal(spans.energy_wh, [NAN, NAN, 4])
    assert spans.start_s[2] == 60
    assert spans.bridged.tolist() == [False, True, False]


def test_two_readings_without_register_are_not_bridged() -> None:
    np.testing.assert_equal(energies_of(register(100, NAN, NAN, 104)), [NAN, NAN, NAN, NAN])


def test_of_two_points_at_one_time_the_last_stays() -> None:
    # The clock was put back a minute: 3 Wh, then 4 Wh, both at 120 s.
    series = RegisterSeries.of(readings([60, 120, 120, 180], [1, 3, 4, 5]))
    spans = register_spans(series, P_MAX_W)
    np.testing.assert_equal(spans.energy_wh, [NAN, NAN, 3, 1])
    assert spans.start_s[2] == 60


def test_a_register_wraps_where_it_is_told_to() -> None:
    series = register(999, 1)
    spans = register_spans(series, P_MAX_W, rollovers_wh=(1000.0,))
    assert spans.energy_wh[1] == 2
