"""Series refuse, column by column and by name, what one test for all would let through."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatt.core.series import (
    ESTIMATED,
    POWER,
    REGISTER,
    EnergySeries,
    EnergySpans,
    PowerSeries,
    ReadingSeries,
    RegisterSeries,
    check_edges,
)
from commonwatt.errors import SeriesError

NAN, INF = float("nan"), float("inf")
POINTS = {
    "time_s": np.array([60.0, 120.0]),
    "register_wh": np.array([5.0, NAN]),
    "segment": np.array([7, 7]),
    "boot": np.array([1, 1]),
    "n": np.array([1, 2]),
    "duration_s": np.array([60.0, 60.0]),
}
STRETCHES = {
    "start_s": np.array([0.0, 60.0]),
    "end_s": np.array([60.0, 120.0]),
    "power_w": np.array([5.0, NAN]),
}


@pytest.mark.parametrize(
    ("column", "values", "told"),
    [
        ("time_s", np.array([60.0, INF]), "time_s holds a value that is not finite"),
        ("time_s", np.array([120.0, 60.0]), "not in order of time"),
        ("register_wh", np.array([INF, 1.0]), "register_wh holds an infinite value"),
        ("segment", np.array([7.0, 7.0]), "segment: .* int64 was expected"),
        ("boot", np.array([1.0, 1.0]), "boot: .* int64 was expected"),
        ("n", np.array([1.0, 2.0]), "n: .* int64 was expected"),
        ("n", np.array([1]), r"not of lengths \[1, 2\]"),
        ("duration_s", np.array([60.0, NAN]), "duration_s holds a value that is not finite"),
        ("duration_s", np.array([60.0, -1.0]), "duration_s holds -1; more than 0 was expected"),
    ],
)
def test_points_of_a_register(column: str, values: np.ndarray, told: str) -> None:
    assert len(RegisterSeries(**POINTS)) == 2
    with pytest.raises(SeriesError, match=told):
        RegisterSeries(**{**POINTS, column: values})


@pytest.mark.parametrize(
    ("column", "values", "told"),
    [
        ("power_w", np.array([1.0, INF]), "power_w holds an infinite value"),
        ("power_w", np.array([1.0]), r"not of lengths \[1, 2\]"),
        ("end_s", np.array([60.0, INF]), "end_s holds a value that is not finite"),
        ("start_s", [0.0, 60.0], "start_s: .* not .*list"),
    ],
)
def test_stretches_of_power(column: str, values: np.ndarray, told: str) -> None:
    series = PowerSeries(**STRETCHES)
    assert not series.power_w.flags.writeable
    with pytest.raises(SeriesError, match=told):
        PowerSeries(**{**STRETCHES, column: values})


def test_stretches_further_on_do_not_overlap_either() -> None:
    # The third begins 20 s before the second ends.
    start_s, end_s = np.array([0.0, 60.0, 100.0]), np.array([60.0, 120.0, 160.0])
    with pytest.raises(SeriesError, match="begins before the one before it ends"):
        PowerSeries(start_s, end_s, np.ones(3))


def test_a_reading_has_a_duration() -> None:
    real, whole = np.ones(1), np.ones(1, np.int64)
    assert len(ReadingSeries(real, real, whole, whole, whole, real, real)) == 1
    with pytest.raises(SeriesError, match="duration_s holds a value that is not finite"):
        ReadingSeries(real, np.array([NAN]), whole, whole, whole, real, real)


@pytest.mark.parametrize("edges_s", [[0.0, NAN], [NAN, NAN], [0.0, INF], [-INF, 0.0]])
def test_every_edge_is_finite(edges_s: list[float]) -> None:
    with pytest.raises(SeriesError, match="edges_s is not finite and increasing"):
        check_edges(np.array(edges_s))


def test_edges_are_one_row() -> None:
    with pytest.raises(SeriesError, match=r"two edges or more were expected, .* \(2, 2\)"):
        check_edges(np.array([[0.0, 1.0], [2.0, 3.0]]))


def test_the_three_sources_are_three() -> None:
    # 0, which an array begins with, is none of them.
    assert (REGISTER, POWER, ESTIMATED) == (1, 2, 3)
    with pytest.raises(SeriesError, match="neither 1, 2 nor 3"):
        EnergySpans(np.zeros(1), np.ones(1), np.ones(1), np.zeros(1, np.uint8))


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (np.ones(2, np.uint8), r"not of lengths \[1, 2\]"),
        (np.ones(1, np.int64), "source: .* uint8 was expected"),
    ],
)
def test_every_span_has_a_source(source: np.ndarray, told: str) -> None:
    spans = EnergySpans(np.zeros(1), np.ones(1), np.ones(1), np.ones(1, np.uint8))
    assert not spans.energy_wh.flags.writeable
    with pytest.raises(SeriesError, match=told):
        EnergySpans(np.zeros(1), np.ones(1), np.ones(1), source)


def test_columns_of_buckets_are_read_only_and_real() -> None:
    edges_s = np.array([0.0, 60.0, 120.0])
    names = ("energy_wh", "register_wh", "power_wh", "estimated_wh", "covered_s")
    columns = {"edges_s": edges_s, **{name: np.ones(2) for name in names}}
    series = EnergySeries(**columns)
    assert not series.covered_s.flags.writeable
    assert not series.edges_s.flags.writeable
    with pytest.raises(SeriesError, match=r"covered_s: \(n,\) float64 was expected"):
        EnergySeries(**{**columns, "covered_s": np.ones(2, np.int64)})
