"""Energy by hand: what each reading tells, what each bucket holds, what is missing."""

from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import pytest

from commonwatt.core.calendar import half_hour_edges_s, local_day_edges_s
from commonwatt.core.energy import (
    bucket_energy,
    find_gaps,
    power_spans,
    sampled_power,
    spans_of,
)
from commonwatt.core.series import (
    ESTIMATED,
    POWER,
    REGISTER,
    EnergySpans,
    PowerSeries,
    ReadingSeries,
)
from commonwatt.errors import SeriesError
from commonwatt.model import NO_LOG, ZONE
from tests.core.readings import readings, rows_of

NAN = float("nan")
P_MAX_W = 12_000.0


def spans(*rows: tuple[float, float, float, int]) -> EnergySpans:
    start_s, end_s, energy_wh, source = zip(*rows, strict=True)
    return EnergySpans(
        np.array(start_s, float),
        np.array(end_s, float),
        np.array(energy_wh, float),
        np.array(source, np.uint8),
    )


def energy_of(series: ReadingSeries, *, zero_based: bool = False) -> EnergySpans:
    return spans_of(series, zero_based=zero_based, p_max_w=P_MAX_W)


def test_a_register_comes_before_power() -> None:
    # 3000 W over a minute are 50 Wh; the register says 40 Wh where it can.
    series = readings([60, 120], [100, 140], 3000)
    assert rows_of(energy_of(series)) == [(0, 60, 50, POWER), (60, 120, 40, REGISTER)]


def test_power_speaks_where_the_register_cannot() -> None:
    # A reset without a new boot at 180 s: 600 W over a minute are 10 Wh.
    series = readings([60, 120, 180, 240], [100, 110, 0, 9], 600)
    assert rows_of(energy_of(series))[1:] == [
        (60, 120, 10, REGISTER),
        (120, 180, 10, POWER),
        (180, 240, 9, REGISTER),
    ]


def test_power_never_counts_a_second_twice() -> None:
    # 360 W are 0.1 Wh/s; the second minute begins 20 s before the first one ends.
    series = readings([60, 100], power_w=360)
    assert rows_of(energy_of(series)) == [(0, 60, 6, POWER), (60, 100, 4, POWER)]


def test_power_leaves_holes_open() -> None:
    series = readings([60, 300], power_w=360)
    assert rows_of(energy_of(series)) == [(0, 60, 6, POWER), (240, 300, 6, POWER)]


def test_the_register_covers_a_reading_that_has_only_power() -> None:
    series = readings([60, 120, 180], [1, NAN, 5], 60)
    assert rows_of(energy_of(series)) == [(0, 60, 1, POWER), (60, 180, 4, REGISTER)]


def test_an_outlier_is_bridged_and_gives_no_power() -> None:
    series = readings([60, 120, 180], [1, 9e6, 5], 60)
    assert rows_of(energy_of(series)) == [(0, 60, 1, POWER), (60, 180, 4, REGISTER)]


def test_each_log_of_a_zero_based_meter_begins_at_nothing() -> None:
    # The second log begins after a hole of two minutes that nobody measured.
    series = readings([60, 120, 300, 360], [2, 5, 1, 4], log=[7, 7, 3, 3], n=[1, 2, 1, 2])
    assert rows_of(energy_of(series, zero_based=True)) == [
        (0, 60, 2, REGISTER),
        (60, 120, 3, REGISTER),
        (240, 300, 1, REGISTER),
        (300, 360, 3, REGISTER),
    ]
    assert len(energy_of(series)) == 2


def test_two_logs_at_the_same_time_do_not_overlap() -> None:
    # Log 7 goes on while log 9 speaks: every span begins where the reading before it ends.
    series = readings([60, 90, 120, 150], [1, 10, 3, 14], log=[7, 9, 7, 9], n=[5, 5, 6, 6])
    assert rows_of(energy_of(series)) == [(90, 120, 2, REGISTER), (120, 150, 4, REGISTER)]


def test_nothing_said_is_nothing_known() -> None:
    assert len(energy_of(ReadingSeries.empty())) == 0
    assert len(energy_of(readings([60, 120]))) == 0
    assert len(energy_of(readings([60], [5]))) == 0


def test_export_is_negative() -> None:
    assert rows_of(energy_of(readings([60], power_w=-600))) == [(0, 60, -10, POWER)]


def test_samples_are_held_until_the_next_one_or_the_limit() -> None:
    power = sampled_power(np.array([0.0, 10.0, 100.0]), np.array([360.0, 720.0, 36.0]), 30)
    assert rows_of(power_spans(power)) == [
        (0, 10, 1, POWER),
        (10, 40, 6, POWER),
        (100, 130, 0.3, POWER),
    ]


def test_an_unknown_sample_is_unknown_until_the_next_one() -> None:
    power = sampled_power(np.array([0.0, 10.0, 20.0]), np.array([360.0, NAN, 360.0]), 30)
    assert rows_of(power_spans(power)) == [(0, 10, 1, POWER), (20, 50, 3, POWER)]


def test_samples_out_of_order_are_refused() -> None:
    with pytest.raises(SeriesError, match="end_s - start_s"):
        sampled_power(np.array([10.0, 0.0]), np.ones(2), 30)
    with pytest.raises(SeriesError, match="end_s - start_s"):
        sampled_power(np.array([0.0, 10.0]), np.ones(2), 0)
    with pytest.raises(SeriesError, match="1 powers"):
        sampled_power(np.array([0.0, 10.0]), np.ones(1), 30)


def test_buckets_say_how_their_energy_is_known() -> None:
    known = spans(
        (0, 100, 10, REGISTER),
        (100, 150, 20, POWER),
        (200, 400, 8, ESTIMATED),
        (500, 510, 1, POWER),
    )
    energy = bucket_energy(known, np.array([50.0, 120.0, 300.0, 450.0, 480.0]))
    # 50 s of 10 Wh in 100 s, then 20 s of 20 Wh in 50 s; 30 s of the latter and half of 8 Wh.
    np.testing.assert_allclose(energy.register_wh, [5, 0, 0, 0])
    np.testing.assert_allclose(energy.power_wh, [8, 12, 0, 0])
    np.testing.assert_allclose(energy.estimated_wh, [0, 4, 4, 0])
    np.testing.assert_allclose(energy.energy_wh, [13, 16, 4, NAN])
    np.testing.assert_allclose(energy.covered_s, [70, 30, 0, 0])


def test_a_bucket_is_never_covered_for_longer_than_it_lasts() -> None:
    # Added up, the odd lengths of a hundred spans now and then come out a rounding error too long.
    length_s = 1800.1
    for seed in range(200):
        inner_s = np.sort(np.random.default_rng(seed).random(99)) * length_s
        cuts_s = np.concatenate([[0.0], inner_s, [length_s]])
        known = spans(*((a, b, 1, POWER) for a, b in itertools.pairwise(cuts_s)))
        covered_s = bucket_energy(known, np.array([0.0, length_s])).covered_s[0]
        assert covered_s == pytest.approx(length_s)
        assert covered_s <= length_s


def test_no_energy_is_not_the_same_as_nothing_known() -> None:
    energy = bucket_energy(spans((0, 60, 0, REGISTER)), np.array([0.0, 60.0, 120.0]))
    np.testing.assert_equal(energy.energy_wh, [0, NAN])


def test_buckets_of_nothing() -> None:
    energy = bucket_energy(energy_of(ReadingSeries.empty()), np.array([0.0, 60.0]))
    np.testing.assert_equal(energy.energy_wh, [NAN])
    assert energy.register_wh.tolist() == [0]
    assert energy.covered_s.tolist() == [0]


def test_buckets_need_edges() -> None:
    with pytest.raises(SeriesError, match="two edges"):
        bucket_energy(spans((0, 60, 0, REGISTER)), np.array([0.0]))
    with pytest.raises(SeriesError, match="increasing"):
        bucket_energy(spans((0, 60, 0, REGISTER)), np.array([60.0, 0.0]))


def test_gaps_are_merged_by_kind_and_cut_to_the_period() -> None:
    known = spans(
        (0, 60, 1, REGISTER),
        (60, 300, 1, ESTIMATED),
        (300, 400, 1, ESTIMATED),
        (500, 560, 1, POWER),
        (560, 620, 1, POWER),
    )
    gaps = find_gaps(known, -50, 700)
    assert list(zip(*(column.tolist() for column in gaps), strict=True)) == [
        (-50, 0, False),
        (60, 400, True),
        (400, 500, False),
        (620, 700, False),
    ]
    inside = find_gaps(known, 100, 200)
    assert [column.tolist() for column in inside] == [[100], [200], [True]]
    assert [column.tolist() for column in find_gaps(known, 500, 620)] == [[], [], []]
    assert [column.tolist() for column in find_gaps(known, 9, 9)] == [[], [], []]


def test_without_readings_all_is_gap() -> None:
    gaps = find_gaps(energy_of(ReadingSeries.empty()), 0, 60)
    assert [column.tolist() for column in gaps] == [[0], [60], [False]]


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_constant_load_over_the_days_of_clock_changes(day: date, hours: int) -> None:
    # 500 W: 250 Wh a half-hour, 11.5 kWh in 23 h, 12.5 kWh in 25 h.
    start_s, end_s = local_day_edges_s(day, 1, ZONE)
    ends_s = np.arange(start_s + 60, end_s + 1, 60)
    register_wh = 500 * (ends_s - start_s) / 3600
    for series in (
        readings(ends_s, power_w=500, log=NO_LOG),
        readings(ends_s, register_wh),
        readings(ends_s, register_wh, 500),
    ):
        known = energy_of(series, zero_based=True)
        day_energy = bucket_energy(known, np.array([start_s, end_s]))
        np.testing.assert_allclose(day_energy.energy_wh, [500 * hours], rtol=1e-12)
        assert day_energy.covered_s.tolist() == [hours * 3600]
        half_hours = bucket_energy(known, half_hour_edges_s(start_s, end_s))
        assert len(half_hours) == 2 * hours
        np.testing.assert_allclose(half_hours.energy_wh, 250, rtol=1e-9)


def test_a_square_wave() -> None:
    # 2000 W for 10 min, nothing for 20 min: 333.3 Wh a half-hour, all of it in its first third.
    ends_s = 60.0 * np.arange(1, 181)
    power_w = np.where((ends_s - 60) % 1800 < 600, 2000.0, 0.0)
    register_wh = np.cumsum(power_w) / 60
    for series in (readings(ends_s, power_w=power_w), readings(ends_s, register_wh)):
        known = energy_of(series, zero_based=True)
        thirds = bucket_energy(known, np.arange(0, 10_801, 600.0))
        np.testing.assert_allclose(thirds.energy_wh, [1000 / 3, 0, 0] * 6, atol=1e-9)
        total = bucket_energy(known, np.array([0.0, 10_800.0]))
        np.testing.assert_allclose(total.energy_wh, [2000], rtol=1e-12)


def test_a_ramp() -> None:
    # P = t, in watts and seconds, for an hour: 3600^2 / 2 J = 1800 Wh; a quarter in the first half.
    starts_s = np.arange(0, 3600, 60.0)
    mean_w = starts_s + 30
    power = PowerSeries(starts_s, starts_s + 60, mean_w)
    register = readings(starts_s + 60, (starts_s + 60) ** 2 / 7200)
    for known in (power_spans(power), energy_of(register, zero_based=True)):
        halves = bucket_energy(known, np.array([0.0, 1800.0, 3600.0]))
        np.testing.assert_allclose(halves.energy_wh, [450, 1350], rtol=1e-12)
