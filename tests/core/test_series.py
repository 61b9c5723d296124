"""Series refuse what breaks them, and come out the same whatever the order of arrival."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatt.core.series import (
    REGISTER,
    EnergySeries,
    EnergySpans,
    PowerSeries,
    ReadingSeries,
    RegisterSeries,
)
from commonwatt.errors import SeriesError
from commonwatt.model import NO_LOG
from tests.core.readings import COLUMNS, columns_of, readings, series_of

NAN, INF = float("nan"), float("inf")
GOOD = {
    "end_s": np.array([60.0, 120.0]),
    "duration_s": np.array([60.0, 60.0]),
    "log": np.array([7, 7]),
    "boot": np.array([1, 1]),
    "n": np.array([1, 2]),
    "register_wh": np.array([5.0, NAN]),
    "power_w": np.array([NAN, 300.0]),
}


def test_a_good_series_is_kept_and_cannot_be_changed() -> None:
    series = ReadingSeries(**GOOD)
    assert len(series) == 2
    with pytest.raises(ValueError, match="read-only"):
        series.register_wh[0] = 1.0
    assert GOOD["register_wh"].flags.writeable


@pytest.mark.parametrize(
    ("column", "values", "told"),
    [
        ("end_s", np.array([60.0, NAN]), "end_s holds a value that is not finite"),
        ("end_s", np.array([120.0, 60.0]), "not in order of time"),
        ("end_s", np.array([60, 120]), "end_s: .* float64 was expected, not .*int64"),
        ("end_s", np.array([[60.0, 120.0]]), r"end_s: \(n,\) .* not .*\(1, 2\)"),
        ("end_s", [60.0, 120.0], "end_s: .* not .*list"),
        ("duration_s", np.array([60.0, 0.0]), "duration_s holds 0; more than 0 was expected"),
        ("log", np.array([7.0, 7.0]), "log: .* int64 was expected"),
        ("n", np.array([1]), r"columns of one length were expected, not of lengths \[1, 2\]"),
        ("register_wh", np.array([INF, 1.0]), "register_wh holds an infinite value"),
        ("power_w", np.array([1.0, -INF]), "power_w holds an infinite value"),
    ],
)
def test_a_broken_column_is_refused(column: str, values: np.ndarray, told: str) -> None:
    with pytest.raises(SeriesError, match=told):
        ReadingSeries(**{**GOOD, column: values})


@pytest.mark.parametrize(("log", "n"), [([8, 7], [1, 2]), ([7, 7], [2, 1])])
def test_equal_times_are_in_order_of_log_and_number(log: list[int], n: list[int]) -> None:
    rows = {**GOOD, "end_s": np.array([60.0, 60.0]), "log": np.array(log), "n": np.array(n)}
    with pytest.raises(SeriesError, match="from_unordered"):
        ReadingSeries(**rows)
    assert len(ReadingSeries.from_unordered(**rows)) == 2


def test_what_came_twice_is_kept_once_and_the_last_word_counts() -> None:
    # (log 7, n 2, 120 s) came three times; 9 Wh was said last.
    series = readings([120, 60, 120, 120], [3, 1, 4, 9], n=[2, 1, 2, 2])
    assert series.end_s.tolist() == [60, 120]
    assert series.register_wh.tolist() == [1, 9]


def test_the_number_of_a_meter_without_log_says_nothing() -> None:
    same = columns_of([60, 60], [1, 2], log=NO_LOG, n=[5, 3])
    assert series_of(same).register_wh.tolist() == [2]
    assert len(readings([60, 60], [1, 2], log=7, n=[5, 3])) == 2


def test_parts_in_any_split_are_the_whole() -> None:
    whole = readings([60, 120, 180], [1, 2, 3])
    parts = [readings([120, 180], [2, 3], n=[2, 3]), readings([60, 120], [1, 2])]
    joined = ReadingSeries.concatenate(parts)
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(joined, name), getattr(whole, name))


def test_nothing_is_a_series_too() -> None:
    assert len(ReadingSeries.empty()) == 0
    assert len(ReadingSeries.concatenate([])) == 0
    assert len(RegisterSeries.of(ReadingSeries.empty())) == 0


def test_columns_of_different_lengths_are_not_sorted() -> None:
    with pytest.raises(SeriesError, match="columns of one length"):
        ReadingSeries.from_unordered(**{**GOOD, "n": np.array([1])})


def test_a_register_series_is_in_order_of_time() -> None:
    ones = np.ones(2)
    whole = ones.astype(np.int64)
    with pytest.raises(SeriesError, match="not in order of time"):
        RegisterSeries(np.array([2.0, 1.0]), ones, whole, whole, whole, ones)
    assert len(RegisterSeries(np.array([1.0, 2.0]), ones, whole, whole, whole, ones)) == 2


@pytest.mark.parametrize(
    ("start_s", "end_s", "told"),
    [
        ([0.0, 50.0], [60.0, 120.0], "begins before the one before it ends"),
        ([0.0, 60.0], [0.0, 120.0], "end_s - start_s holds 0"),
        ([0.0, NAN], [60.0, 120.0], "start_s holds a value that is not finite"),
    ],
)
def test_stretches_follow_one_another(start_s: list[float], end_s: list[float], told: str) -> None:
    with pytest.raises(SeriesError, match=told):
        PowerSeries(np.array(start_s), np.array(end_s), np.ones(2))
    with pytest.raises(SeriesError, match=told):
        EnergySpans(np.array(start_s), np.array(end_s), np.ones(2), np.full(2, REGISTER, np.uint8))


def test_a_span_has_an_energy_and_a_known_source() -> None:
    start_s, end_s = np.array([0.0]), np.array([60.0])
    with pytest.raises(SeriesError, match="energy_wh"):
        EnergySpans(start_s, end_s, np.array([NAN]), np.array([REGISTER], np.uint8))
    with pytest.raises(SeriesError, match="neither 1, 2 nor 3"):
        EnergySpans(start_s, end_s, np.array([1.0]), np.array([4], np.uint8))


@pytest.mark.parametrize(
    ("edges_s", "told"),
    [([0.0, 0.0, 1.0], "increasing"), ([0.0, 1.0], "columns of one length"), ([0.0], "length")],
)
def test_buckets_have_one_edge_more(edges_s: list[float], told: str) -> None:
    with pytest.raises(SeriesError, match=told):
        EnergySeries(np.array(edges_s), *(np.ones(2) for _ in range(5)))
