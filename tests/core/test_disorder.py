"""Energy survives what happens to meters: rollovers, moved clocks, late and repeated batches."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatt.core.energy import find_gaps, spans_of
from commonwatt.core.series import ReadingSeries
from commonwatt.model import NO_LOG
from tests.core.readings import readings, rows_of, take

P_MAX_W = 12_000.0
LOAD_W = 500.0


def energy_wh(series: ReadingSeries) -> float:
    return float(spans_of(series, zero_based=True, p_max_w=P_MAX_W).energy_wh.sum())


@pytest.mark.parametrize(
    "values", [2.0**16, 2.0**32, 1e8, 99_999_999.0], ids=["16bit", "32bit", "8digits", "1short"]
)
@pytest.mark.parametrize("log", [NO_LOG, 7])
def test_a_rollover_conserves_energy(values: float, log: int) -> None:
    # 500 W for 10 h, whole watt-hours; the register begins anew after 2000 Wh.
    ends_s = 60.0 * np.arange(1, 601)
    counted_wh = np.floor(values - 2000 + LOAD_W * ends_s / 3600)
    shown_wh = counted_wh % values
    assert (np.diff(shown_wh) < 0).sum() == 1
    used_wh = counted_wh[-1] - counted_wh[0]
    assert energy_wh(readings(ends_s, shown_wh, log=log)) == pytest.approx(used_wh, abs=1)


@pytest.mark.parametrize("moved_s", [-600, -300, -299, -297, -60, -11, 11, 300, 3600])
@pytest.mark.parametrize("duration_s", [10, 60])
@pytest.mark.parametrize("load_w", [40.0, 500.0, 6000.0])
def test_a_moved_clock_conserves_the_energy_of_the_register(
    moved_s: int, duration_s: int, load_w: float
) -> None:
    ends_s = 1000.0 + duration_s * np.arange(1, 301)
    register_wh = load_w * (ends_s - 1000) / 3600
    ends_s[150:] += moved_s
    series = readings(ends_s, register_wh, duration_s=duration_s)
    assert energy_wh(series) == pytest.approx(register_wh[-1], abs=1)


def test_a_clock_put_back_does_not_invent_time() -> None:
    # Five minutes that the clock showed twice: ten minutes of energy in them, no gap, no overlap.
    ends_s = 60.0 * np.arange(1, 61)
    register_wh = LOAD_W * ends_s / 3600
    ends_s[30:] -= 300
    spans = spans_of(readings(ends_s, register_wh), zero_based=True, p_max_w=P_MAX_W)
    assert spans.end_s[-1] == 55 * 60
    start_s, end_s, energy_known = find_gaps(spans, 0, 55 * 60)
    assert energy_known.all()
    assert (end_s - start_s).sum() <= 60


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_repeated_and_split_readings_give_the_same_spans(seed: int) -> None:
    random = np.random.default_rng(seed)
    ends_s = 60.0 * np.arange(1, 501)
    series = readings(ends_s, np.cumsum(random.integers(0, 150, 500)) % 2**16, LOAD_W)
    arrived = random.permutation(np.concatenate([np.arange(500), random.integers(0, 500, 200)]))
    parts = [take(series, part) for part in np.array_split(arrived, 7)]
    whole = spans_of(series, zero_based=True, p_max_w=P_MAX_W)
    joined = spans_of(ReadingSeries.concatenate(parts), zero_based=True, p_max_w=P_MAX_W)
    assert rows_of(joined) == rows_of(whole)


def test_a_late_batch_turns_an_estimate_into_readings() -> None:
    ends_s = 60.0 * np.arange(1, 101)
    series = readings(ends_s, LOAD_W * ends_s / 3600)
    early = take(series, [*range(30), *range(70, 100)])
    assert energy_wh(early) == pytest.approx(energy_wh(series), abs=1e-9)
    spans = spans_of(early, zero_based=True, p_max_w=P_MAX_W)
    assert [column.tolist() for column in find_gaps(spans, 0, 6000)] == [[1800], [4260], [True]]
    full = ReadingSeries.concatenate([early, take(series, range(30, 70))])
    assert rows_of(spans_of(full, zero_based=True, p_max_w=P_MAX_W)) == rows_of(
        spans_of(series, zero_based=True, p_max_w=P_MAX_W)
    )
