"""Energy read at the edges: as the general path says, whatever the readings, and off a clean register."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.core.bulk import EnergyTable, reading_energy, register_energy
from commonwatt.core.energy import bucket_energy, spans_of
from commonwatt.errors import SeriesError
from commonwatt.model import NO_LOG
from tests.core.readings import Rows, readings
from tests.core.test_laws import P_MAX_W, any_rows, meter

if TYPE_CHECKING:
    from commonwatt.core.series import EnergySeries, ReadingSeries

WHOLE_PARTS = ("energy_wh", "register_wh", "power_wh", "estimated_wh")
NAN = float("nan")
laws = settings(deadline=None, max_examples=150)


@st.composite
def edges(draw: st.DrawFn) -> np.ndarray:
    cuts = draw(st.sets(st.integers(-20, 800), min_size=2, max_size=12))
    return 7.5 * np.array(sorted(cuts), float)


@st.composite
def clean_rows(draw: st.DrawFn) -> Rows:
    """Rows of a register that only rises, at irregular times, with and without gaps."""
    count = draw(st.integers(2, 60))
    steps_s = draw(st.lists(st.floats(1, 300), min_size=count, max_size=count))
    use_w = draw(st.lists(st.floats(0, P_MAX_W), min_size=count, max_size=count))
    end_s = np.cumsum(steps_s)
    start_wh = draw(st.sampled_from([0.0, 5e7]))
    register_wh = start_wh + np.cumsum(np.array(use_w) * steps_s / 3600)
    log = draw(st.sampled_from([NO_LOG, 7]))
    power_w = draw(st.sampled_from([NAN, 600.0, 50_000.0]))
    lost, many = draw(st.integers(1, 2 * count)), draw(st.integers(1, 6))
    return [
        (float(end_s[i]), 60.0, log, 1, i + 1 + many * (i >= lost), float(register_wh[i]), power_w)
        for i in range(count)
    ]


def general(series: ReadingSeries, edges_s: np.ndarray, *, zero_based: bool) -> EnergySeries:
    return bucket_energy(spans_of(series, zero_based=zero_based, p_max_w=P_MAX_W), edges_s)


def assert_equal(found: EnergySeries, wanted: EnergySeries) -> None:
    np.testing.assert_array_equal(np.isnan(found.energy_wh), np.isnan(wanted.energy_wh))
    for part in WHOLE_PARTS:
        np.testing.assert_allclose(getattr(found, part), getattr(wanted, part), rtol=0, atol=1e-6)
    np.testing.assert_allclose(found.covered_s, wanted.covered_s, rtol=0, atol=1e-6)
    assert np.nanmin(found.energy_wh, initial=0) >= 0
    assert not (found.register_wh + found.power_wh)[found.covered_s == 0].any()


def table_of(*meters: ReadingSeries, edges_s: np.ndarray, duration_s: float = 60) -> EnergyTable:
    first = np.cumsum([0, *map(len, meters)])
    time_s = np.concatenate([series.end_s for series in meters])
    register_wh = np.concatenate([series.register_wh for series in meters])
    return register_energy(
        time_s, register_wh, first, edges_s, duration_s=duration_s, p_max_w=P_MAX_W
    )


def bare(series: ReadingSeries) -> ReadingSeries:
    """The same registers, of no log, one a time and without powers."""
    times, at = np.unique(series.end_s, return_index=True)
    return readings(times, series.register_wh[at], log=NO_LOG, n=np.zeros(len(times)))


@laws
@given(st.one_of(any_rows, clean_rows()), edges(), st.booleans())
def test_a_meter_is_read_as_the_general_path_reads_it(
    rows: Rows, edges_s: np.ndarray, zero_based: bool
) -> None:
    series = meter(rows)
    found = reading_energy(series, edges_s, zero_based=zero_based, p_max_w=P_MAX_W)
    assert_equal(found, general(series, edges_s, zero_based=zero_based))


@laws
@given(st.lists(st.one_of(any_rows, clean_rows()), min_size=1, max_size=4), edges())
def test_many_registers_are_read_as_the_general_path_reads_each(
    homes: list[Rows], edges_s: np.ndarray
) -> None:
    meters = [bare(meter(rows)) for rows in homes]
    table = table_of(*meters, edges_s=edges_s)
    for place, series in enumerate(meters):
        assert_equal(table.series(place), general(series, edges_s, zero_based=False))


@laws
@given(clean_rows(), edges())
def test_a_clean_register_is_interpolated(rows: Rows, edges_s: np.ndarray) -> None:
    assert table_of(bare(meter(rows)), edges_s=edges_s).interpolated.all()


def test_edges_cut_steps_in_proportion() -> None:
    # 60 s for 6 Wh, 60 s for 12 Wh, up to 360 s; from 90 s on half of the second step is left:
    # 12 / 2 + 6 = 12 Wh up to 180 s; then 12 + 6 + 12 = 30 Wh up to 360 s. Nothing is known after.
    series = readings([0, 60, 120, 180, 240, 300, 360], [100, 106, 118, 124, 136, 142, 154])
    table = table_of(series, edges_s=np.array([90.0, 180, 360, 600]))
    found = table.series(0)
    assert table.interpolated.all()
    np.testing.assert_allclose(found.energy_wh, [12, 30, NAN])
    np.testing.assert_array_equal(found.covered_s, [90, 180, 0])


def test_what_lies_in_a_gap_is_estimated_and_not_covered() -> None:
    # 10 Wh measured up to 60 s, then a gap of 600 s with 100 Wh, then 10 Wh in 60 s. The buckets
    # hold: 10 Wh and 240 s = 40 Wh of the gap; 300 s = 50 Wh; 60 s = 10 Wh and 10 Wh.
    series = readings([0, 60, 660, 720], [0, 10, 110, 120], log=NO_LOG)
    table = table_of(series, edges_s=np.array([0.0, 300, 600, 900]))
    found = table.series(0)
    assert table.interpolated.all()
    np.testing.assert_allclose(found.register_wh, [10, 0, 10])
    np.testing.assert_allclose(found.estimated_wh, [40, 50, 10])
    np.testing.assert_array_equal(found.covered_s, [60, 0, 60])


def test_the_first_reading_tells_its_energy_by_itself() -> None:
    # A log that began at 0 tells 7 Wh for the minute that ends at 60 s.
    series = readings([60, 120], [7, 9])
    found = reading_energy(series, np.array([0.0, 60, 120]), zero_based=True, p_max_w=P_MAX_W)
    np.testing.assert_array_equal(found.energy_wh, [7, 2])
    np.testing.assert_array_equal(found.covered_s, [60, 60])


def test_lost_numbers_may_be_a_gap() -> None:
    # From number 2 to number 7 are five minutes by count, though the clock says one: a gap.
    series = readings([60, 120, 180], [10, 20, 30], n=[1, 2, 7])
    found = reading_energy(series, np.array([60.0, 180]), zero_based=False, p_max_w=P_MAX_W)
    assert found.register_wh.tolist() == found.estimated_wh.tolist() == [10]
    assert found.covered_s.tolist() == [60]


@pytest.mark.parametrize(
    "register_wh",
    [
        [0, 10, 5, 15],
        [0, 10, NAN, 30],
        [0, 10, 5000, 30],
        [NAN, 10, 20, 30],
        [0, 10, 20, NAN],
        [65_530, 65_535, 4, 9],
        [4e9, 4e9 + 10, 4e9 + 20, 4e9 + 30],
    ],
)
def test_a_register_that_is_not_clean_takes_the_general_path(register_wh: list[float]) -> None:
    series = readings([60, 120, 180, 240], register_wh, log=NO_LOG)
    edges_s = np.array([0.0, 90, 240])
    table = table_of(series, edges_s=edges_s)
    assert not table.interpolated.any()
    assert_equal(table.series(0), general(series, edges_s, zero_based=False))


def test_a_step_just_within_the_connection_is_clean_and_one_beyond_is_not() -> None:
    # 12,000 W over 60 s is 200 Wh, and 1 Wh for the resolution; the step of 30 s may be 101 Wh.
    edges_s = np.array([0.0, 90])
    for rise_wh, clean in ((201.0, True), (201.5, False)):
        series = readings([0, 60, 90], [0, rise_wh, rise_wh + 1], log=NO_LOG)
        assert table_of(series, edges_s=edges_s).interpolated.all() == clean


def test_meters_do_not_touch_each_other() -> None:
    # The second meter begins earlier and lower than the first one ends.
    one = readings([0, 60, 120], [1000, 1010, 1020], log=NO_LOG)
    other = readings([30, 90], [0, 6], log=NO_LOG)
    table = table_of(one, readings([], []), other, edges_s=np.array([0.0, 60, 120]))
    np.testing.assert_allclose(table.series(0).energy_wh, [10, 10])
    assert np.isnan(table.series(1).energy_wh).all()
    np.testing.assert_allclose(table.series(2).energy_wh, [3, 3])
    np.testing.assert_array_equal(table.series(2).covered_s, [30, 30])


@pytest.mark.parametrize(
    ("time_s", "register_wh", "first", "message"),
    [
        ([0.0, 60.0], [0.0], [0, 2], "2 times were given, and 1 registers"),
        ([0.0, 60.0], [0.0, 1.0], [0, 1], r"0 up to 2, never falling, was expected, not \(0, 1\)"),
        ([0.0, 60.0], [0.0, 1.0], [0, 2, 1, 2], "never falling"),
        ([0.0, 60.0], [0.0, 1.0], [], "not None"),
        ([60.0, 0.0], [0.0, 1.0], [0, 2], "not in order of time"),
        ([60.0, 59.9], [0.0, 0.0], [0, 2], "not in order of time"),
        ([0.0, NAN], [0.0, 1.0], [0, 2], "end_s holds a value that is not finite"),
        ([0.0, np.inf], [0.0, 1.0], [0, 2], "end_s holds a value that is not finite"),
    ],
)
def test_bad_input_is_refused(
    time_s: list[float], register_wh: list[float], first: list[int], message: str
) -> None:
    with pytest.raises(SeriesError, match=message):
        register_energy(
            np.array(time_s),
            np.array(register_wh),
            np.array(first, np.int64),
            np.array([0.0, 60.0]),
            duration_s=60,
            p_max_w=P_MAX_W,
        )


def test_edges_that_make_no_bucket_are_refused() -> None:
    with pytest.raises(SeriesError, match="two edges or more"):
        reading_energy(readings([], []), np.array([0.0]), zero_based=True, p_max_w=P_MAX_W)
    with pytest.raises(SeriesError, match="not finite and increasing"):
        table_of(readings([0], [0]), edges_s=np.array([0.0, 0.0]))


def test_a_table_of_another_shape_is_refused() -> None:
    column, known = np.zeros((2, 3)), np.ones((2, 3), bool)
    with pytest.raises(SeriesError, match=r"known: \(2, 3\) was expected, not \(3, 2\)"):
        EnergyTable(np.arange(4.0), column, column, column, known.T, np.ones(2, bool))
