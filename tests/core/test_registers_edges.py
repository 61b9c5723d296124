"""Registers at the very edges of what a step may be; 12 kW for 60 s are at most 201 Wh."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatt.core.registers import Step, register_spans
from commonwatt.core.series import RegisterSeries
from tests.core.readings import readings

P_MAX_W = 12_000.0
NAN = float("nan")
MINUTES_S = 60.0 * np.arange(1, 6)


def steps_of(series: RegisterSeries) -> list[Step]:
    return [Step(step) for step in register_spans(series, P_MAX_W).step]


def points(*values_wh: float, **columns: list[int] | int) -> RegisterSeries:
    """One point a minute."""
    return RegisterSeries.of(readings(MINUTES_S[: len(values_wh)], values_wh, **columns))


@pytest.mark.parametrize(
    ("first_wh", "step", "energy_wh"),
    [(0, Step.RISE, 0), (201, Step.RISE, 201), (201.5, Step.LEAP, NAN)],
)
def test_the_first_record_is_worth_what_a_home_can_use_in_its_time(
    first_wh: float, step: Step, energy_wh: float
) -> None:
    spans = register_spans(points(first_wh), P_MAX_W, zero_based=True)
    assert spans.step.tolist() == [step]
    np.testing.assert_equal(spans.energy_wh, [energy_wh])


def test_the_first_record_speaks_for_its_whole_time() -> None:
    # It begins where its own duration says, even before the clock's first second.
    series = RegisterSeries.of(readings([30], [5]))
    assert register_spans(series, P_MAX_W, zero_based=True).start_s.tolist() == [-30]


def test_a_new_log_begins_where_the_reading_before_it_ends() -> None:
    # Its first record speaks for 60 s, of which log 7 has told 40 s.
    series = RegisterSeries.of(readings([60, 100, 120], [1, 2, 1], log=[7, 7, 9], n=[1, 2, 1]))
    spans = register_spans(series, P_MAX_W, zero_based=True)
    assert spans.start_s.tolist() == [0, 60, 100]


@pytest.mark.parametrize(("after_wh", "step"), [(12_001, Step.RISE), (12_002, Step.LEAP)])
def test_the_most_of_an_hour(after_wh: float, step: Step) -> None:
    # 12 kW for 3600 s are 12000 Wh, and one for the resolution.
    series = RegisterSeries.of(readings([3600, 7200], [0, after_wh], duration_s=3600))
    assert steps_of(series) == [Step.NONE, step]


@pytest.mark.parametrize(
    ("number", "after_wh", "step"),
    [
        # 2 records of 60 s in 60 s by the clock: 12000 * 120 / 3600 + 1 = 401 Wh.
        (3, 501, Step.RISE),
        (3, 501.5, Step.LEAP),
        # 99 records, but never more than 600 s beyond the clock: 12000 * 660 / 3600 + 1 = 2201 Wh.
        (100, 2301, Step.RISE),
        (100, 2301.5, Step.LEAP),
    ],
)
def test_records_tell_the_time_that_a_clock_put_back_hides(
    number: int, after_wh: float, step: Step
) -> None:
    assert steps_of(points(100, after_wh, n=[1, number])) == [Step.NONE, step]


def test_the_shorter_of_two_durations_counts_the_records_between() -> None:
    # From 10 s to 60 s: two lost records of 10 s and one of 60 s, 80 s: 267.7 Wh at most.
    series = [
        RegisterSeries.of(readings([60, 120], [0, most], duration_s=[10, 60], n=[1, 4]))
        for most in (267, 268)
    ]
    assert [steps_of(each)[1] for each in series] == [Step.RISE, Step.LEAP]


def test_a_number_that_comes_twice_is_in_order() -> None:
    spans = register_spans(points(100, 101, 103, n=[5, 5, 6]), P_MAX_W)
    np.testing.assert_equal(spans.energy_wh, [NAN, 1, 2])


@pytest.mark.parametrize(
    ("before_wh", "after_wh", "step", "energy_wh"),
    [
        # At 10,000 Wh: above 9000, below 1000, from 0 to 201 Wh.
        (9000, 0, Step.FALL, NAN),
        (9900, 101, Step.ROLLOVER, 201),
        (9900, 101.5, Step.FALL, NAN),
        (10_050, 50, Step.ROLLOVER, 0),
        (10_050, 49.5, Step.FALL, NAN),
    ],
)
def test_the_edges_of_a_rollover(
    before_wh: float, after_wh: float, step: Step, energy_wh: float
) -> None:
    spans = register_spans(points(before_wh, after_wh), P_MAX_W, rollovers_wh=(10_000.0,))
    assert spans.step.tolist() == [Step.NONE, step]
    np.testing.assert_equal(spans.energy_wh[1], energy_wh)


@pytest.mark.parametrize(
    ("before_wh", "after_wh", "step"),
    [
        (900, 50, Step.FALL),
        (900.5, 50, Step.ROLLOVER),
        (950, 100, Step.FALL),
        (950, 99.5, Step.ROLLOVER),
    ],
)
def test_a_rollover_is_near_both_ends(before_wh: float, after_wh: float, step: Step) -> None:
    # Above 0.9 * 1000 and below 0.1 * 1000, and not at them.
    spans = register_spans(points(before_wh, after_wh), P_MAX_W, rollovers_wh=(1000.0,))
    assert spans.step.tolist() == [Step.NONE, step]


def test_a_restart_is_worth_at_most_what_a_home_can_use() -> None:
    assert steps_of(points(5000, 201, boot=[1, 2])) == [Step.NONE, Step.RESTART]
    assert steps_of(points(5000, 201.5, boot=[1, 2])) == [Step.NONE, Step.FALL]


@pytest.mark.parametrize("stray_wh", [5, 900_000])
def test_what_fits_neither_neighbour_is_an_outlier_even_before_a_gap(stray_wh: float) -> None:
    # From 60 s to 460 s at most 1334.3 Wh: 1300 Wh fit. From 120 s to 460 s at most 1134.3 Wh:
    # neither 1395 Wh nor a fall does.
    series = RegisterSeries.of(readings([60, 120, 460], [100, stray_wh, 1400]))
    assert steps_of(series) == [Step.NONE, Step.OUTLIER, Step.RISE]


@pytest.mark.parametrize(("last_s", "step"), [(240, Step.OUTLIER), (241, Step.FALL)])
def test_a_fall_is_an_outlier_up_to_the_hold_limit(last_s: int, step: Step) -> None:
    # 60 s to 240 s are 180 s, the hold limit of readings of a minute.
    series = RegisterSeries.of(readings([60, 120, last_s], [100, 60, 102]))
    assert steps_of(series)[1] == step


def test_a_point_is_no_outlier_beside_one_that_it_cannot_be_compared_with() -> None:
    # Number 2 after number 9 is displaced: it does not tell what is wrong with 50 Wh.
    assert steps_of(points(100, 50, 102, n=[1, 9, 2])) == [Step.NONE, Step.FALL, Step.NONE]


def test_the_last_of_two_points_at_one_time_stays_even_where_it_is_wrong() -> None:
    series = RegisterSeries.of(readings([60, 120, 120, 180], [1, 3, 9e6, 5]))
    assert steps_of(series) == [Step.NONE, Step.NONE, Step.LEAP, Step.FALL]


def test_displaced_points_are_found_in_every_log() -> None:
    # In log 9 number 3 follows number 5; number 6 goes on from number 5: 13 - 10 Wh.
    series = points(100, 10, 4, 13, log=[7, 9, 9, 9], n=[1, 5, 3, 6])
    np.testing.assert_equal(register_spans(series, P_MAX_W).energy_wh, [NAN, NAN, NAN, 3])


def test_no_two_steps_are_one_and_what_is_accepted_comes_before_what_is_not() -> None:
    names = ["NONE", "RISE", "ROLLOVER", "RESTART", "FALL", "LEAP", "OUTLIER"]
    assert [step.name for step in sorted(Step)] == names
