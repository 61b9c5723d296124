"""No spike is ever booked: whatever a meter says, energy never flows faster than the connection lets.

A register that counts whole watt-hours may be one ahead; so much a span may hold above the limit.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.core.energy import bucket_energy, spans_of
from commonwatt.core.quality import findings_of
from commonwatt.core.registers import CLOCK_STEP_S, RESOLUTION_WH, Step, register_spans
from commonwatt.core.series import POWER, EnergySpans, RegisterSeries
from commonwatt.model import NO_LOG
from tests.core.readings import COLUMNS, readings, series_of

P_MAX_W = 12_000.0
ROUNDING = 1 + 1e-9

laws = settings(deadline=None, max_examples=150)


@st.composite
def absurd_rows(
    draw: st.DrawFn, logs: tuple[int, ...] = (NO_LOG, 7, 7, 8)
) -> list[tuple[float, ...]]:
    """Meters gone mad: registers near every rollover, resets, leaps, powers of a power station."""
    register = st.one_of(
        st.just(np.nan),
        st.sampled_from([0.0, 5.0, 65_530.0, 65_536.0, 4_294_967_290.0, 99_999_990.0, 1e8, 53.7e6]),
        st.floats(0, 4.3e9),
        st.integers(0, 500).map(float),
    )
    power = st.one_of(st.just(np.nan), st.floats(-1e5, 1e5), st.sampled_from([12_000.0, 12_001.0]))
    cell = st.tuples(
        st.integers(1, 400).map(lambda tick: 10.0 * tick),
        st.sampled_from([1.0, 10.0, 60.0, 3600.0]),
        st.sampled_from(logs),
        st.integers(1, 3),
        st.integers(1, 60),
        register,
        power,
    )
    return draw(st.lists(cell, max_size=50))


def book(rows: list[tuple[float, ...]], *, zero_based: bool) -> EnergySpans:
    columns = {
        name: np.array([row[place] for row in rows], np.float64)
        for place, name in enumerate(COLUMNS)
    }
    return spans_of(series_of(columns), zero_based=zero_based, p_max_w=P_MAX_W)


@laws
@given(absurd_rows(), st.booleans())
def test_energy_never_flows_faster_than_the_connection(
    rows: list[tuple[float, ...]], zero_based: bool
) -> None:
    """Where a clock was put back the true time is longer than the clock's, by so much at most."""
    spans = book(rows, zero_based=zero_based)
    register = spans.source != POWER
    length_s = spans.end_s - spans.start_s + np.where(register, CLOCK_STEP_S, 0.0)
    most_wh = P_MAX_W * length_s / 3600 + np.where(register, RESOLUTION_WH, 0.0)
    assert (np.abs(spans.energy_wh) <= most_wh * ROUNDING).all()


@laws
@given(absurd_rows(logs=(NO_LOG,)))
def test_without_a_log_the_clock_alone_decides(rows: list[tuple[float, ...]]) -> None:
    spans = book(rows, zero_based=False)
    resolution_wh = np.where(spans.source == POWER, 0.0, RESOLUTION_WH)
    most_wh = P_MAX_W * (spans.end_s - spans.start_s) / 3600 + resolution_wh
    assert (np.abs(spans.energy_wh) <= most_wh * ROUNDING).all()
    edges_s = np.arange(0.0, 8000.0, 97.0)
    energy_wh = np.nan_to_num(bucket_energy(spans, edges_s).energy_wh)
    touching = [
        np.count_nonzero((spans.end_s > a) & (spans.start_s < b)) for a, b in pairwise(edges_s)
    ]
    most_wh = P_MAX_W * np.diff(edges_s) / 3600 + RESOLUTION_WH * np.array(touching)
    assert (np.abs(energy_wh) <= most_wh * ROUNDING).all()


def test_a_new_log_that_began_before_the_old_one_ended_is_not_squeezed() -> None:
    """An hour of a new log's first record, of which 10 seconds are left: 9 kWh are no spike."""
    series = readings(
        [3590, 3600, 3660],
        [100, 9000, 9010],
        log=[7, 8, 8],
        n=[9, 1, 2],
        duration_s=[60, 3600, 60],
    )
    spans = spans_of(series, zero_based=True, p_max_w=P_MAX_W)
    assert spans.energy_wh.tolist() == [10]
    found = register_spans(RegisterSeries.of(series), P_MAX_W, zero_based=True)
    assert found.step.tolist() == [Step.NONE, Step.LEAP, Step.RISE]


def test_a_reading_of_another_log_takes_its_time_from_the_step_around_it() -> None:
    """150 Wh fit into a minute, and not into the 10 s that the other log's reading leaves."""
    for last_wh, step in ((250, Step.LEAP), (130, Step.RISE)):
        series = readings([600, 650, 660], [100, 7, last_wh], log=[7, 8, 7], n=[9, 5, 10])
        found = register_spans(RegisterSeries.of(series), P_MAX_W)
        assert found.step.tolist() == [Step.NONE, Step.NONE, step]
        assert found.start_s[2] == 650


def test_a_power_station_in_the_cupboard_is_no_energy() -> None:
    series = readings([60, 120, 180], power_w=[600, 90_000, 600])
    spans = spans_of(series, zero_based=False, p_max_w=P_MAX_W)
    assert spans.end_s.tolist() == [60, 180]
    found = findings_of(series, spans, p_max_w=P_MAX_W, now_s=180)
    assert [(each.code, each.facts) for each in found] == [
        ("implausible_power", {"count": 1, "last_s": 120})
    ]


def test_what_the_connection_just_lets_through_counts() -> None:
    series = readings([60, 120], power_w=[12_000, 12_000.5])
    spans = spans_of(series, zero_based=False, p_max_w=P_MAX_W)
    assert spans.energy_wh.tolist() == [200]
