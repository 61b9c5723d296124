"""Laws that hold for any readings, looked for where they could break."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.core.calendar import local_day_edges_s
from commonwatt.core.energy import bucket_energy, find_gaps, spans_of
from commonwatt.core.series import EnergySpans, ReadingSeries
from commonwatt.model import NO_LOG, ZONE
from tests.core.readings import COLUMNS, Rows, readings, rows_of, series_of, take

if TYPE_CHECKING:
    from random import Random

P_MAX_W = 12_000.0
NEIGHBOURS = 3
NAN = float("nan")

laws = settings(deadline=None, max_examples=150)


@st.composite
def wild_rows(draw: st.DrawFn, smallest_w: float = 0) -> Rows:
    """Rows of anything: several logs, numbers in disorder, registers up and down, holes."""
    cell = st.tuples(
        st.integers(1, 120).map(lambda tick: 15.0 * tick),
        st.sampled_from([10.0, 60.0]),
        st.sampled_from([NO_LOG, 7, 7, 7, 8]),
        st.integers(1, 2),
        st.integers(1, 60),
        st.one_of(st.just(NAN), st.integers(0, 400).map(float), st.sampled_from([65_500.0, 9e6])),
        st.one_of(st.just(NAN), st.floats(smallest_w, 5000)),
    )
    return draw(st.lists(cell, max_size=40, unique_by=lambda row: (row[0], row[2], row[4])))


@st.composite
def troubled_rows(draw: st.DrawFn) -> Rows:
    """Rows of a steady meter to which things happened: losses, strays, a clock that was moved."""
    count = draw(st.integers(2, 60))
    use_wh = draw(st.lists(st.integers(0, 150), min_size=count, max_size=count))
    register_wh = np.cumsum(use_wh).astype(float)
    end_s = 60.0 * np.arange(1, count + 1)
    moved = draw(st.integers(0, count))
    end_s[moved:] += draw(st.sampled_from([-600, -300, -297, -60, -7, 0, 300, 86_400]))
    for stray in draw(st.lists(st.integers(0, count - 1), max_size=3)):
        register_wh[stray] = draw(st.sampled_from([NAN, 0, 9e6, register_wh[stray] + 90]))
    lost = draw(st.sets(st.integers(0, count - 1), max_size=count // 3))
    power_w = draw(st.sampled_from([NAN, 600.0]))
    log = draw(st.sampled_from([NO_LOG, 7]))
    return [
        (end_s[i], 60.0, log, 1, i + 1, register_wh[i], power_w)
        for i in range(count)
        if i not in lost and end_s[i] > 0
    ]


any_rows = st.one_of(wild_rows(), troubled_rows())


def meter(rows: Rows) -> ReadingSeries:
    table = np.array(rows, float).reshape(len(rows), len(COLUMNS))
    return series_of({name: table[:, i] for i, name in enumerate(COLUMNS)})


def energy_of(series: ReadingSeries, *, zero_based: bool = True) -> EnergySpans:
    return spans_of(series, zero_based=zero_based, p_max_w=P_MAX_W)


def touching(spans: EnergySpans, start_s: float, end_s: float) -> Rows:
    return [row for row in rows_of(spans) if row[1] > start_s and row[0] < end_s]


@laws
@given(any_rows, st.integers(0, 130), st.integers(1, 60), st.booleans())
def test_a_stretch_depends_on_three_neighbours_on_each_side(
    rows: Rows, first: int, length: int, zero_based: bool
) -> None:
    start_s, end_s = 15.0 * first, 15.0 * (first + length)
    series = meter(rows)
    before = np.flatnonzero(series.end_s < start_s)[-NEIGHBOURS:]
    within = np.flatnonzero((series.end_s >= start_s) & (series.end_s <= end_s))
    after = np.flatnonzero(series.end_s > end_s)[:NEIGHBOURS]
    near = energy_of(take(series, np.concatenate([before, within, after])), zero_based=zero_based)
    far = energy_of(series, zero_based=zero_based)
    assert touching(near, start_s, end_s) == touching(far, start_s, end_s)
    edges_s = np.linspace(start_s, end_s, 5)
    near_wh, far_wh = bucket_energy(near, edges_s), bucket_energy(far, edges_s)
    np.testing.assert_array_equal(near_wh.energy_wh, far_wh.energy_wh)
    np.testing.assert_array_equal(near_wh.covered_s, far_wh.covered_s)


@laws
@given(any_rows, st.integers(0, 60))
def test_a_new_reading_changes_nothing_beyond_three_neighbours_on_each_side(
    rows: Rows, place: int
) -> None:
    series = meter(rows)
    if not len(series):
        return
    new = place % len(series)
    end_s, start_s = series.end_s[new], series.end_s[new] - series.duration_s[new]
    before = np.flatnonzero(series.end_s < start_s)[-NEIGHBOURS:]
    within = np.flatnonzero((series.end_s >= start_s) & (series.end_s <= end_s))
    after = np.flatnonzero(series.end_s > end_s)[:NEIGHBOURS]
    near = take(series, np.concatenate([before, within, after]))
    first_s, last_s = (near.end_s - near.duration_s).min(), near.end_s.max()
    without = take(series, np.flatnonzero(np.arange(len(series)) != new))
    changed = set(rows_of(energy_of(series))) ^ set(rows_of(energy_of(without)))
    for span_start_s, span_end_s, *_ in changed:
        assert first_s <= span_start_s
        assert span_end_s <= last_s


@laws
@given(any_rows, st.randoms(use_true_random=False), st.integers(1, 4))
def test_order_duplicates_and_batches_do_not_matter(
    rows: Rows, random: Random, batches: int
) -> None:
    series = meter(rows)
    arrived = [*range(len(series)), *range(0, len(series), 2)]
    random.shuffle(arrived)
    parts = [take(series, arrived[batch::batches]) for batch in range(batches)]
    shuffled = ReadingSeries.concatenate(parts)
    assert rows_of(energy_of(shuffled)) == rows_of(energy_of(series))


@laws
@given(any_rows)
def test_energy_is_never_negative_nor_more_than_the_connection_lets_through(rows: Rows) -> None:
    for start_s, end_s, energy_wh, _ in rows_of(energy_of(meter(rows))):
        assert 0 <= energy_wh <= P_MAX_W * (end_s - start_s + 600 + 60) / 3600 + 1


@laws
@given(any_rows, st.sets(st.integers(-10, 6000), max_size=8))
def test_energy_is_additive_over_any_split(rows: Rows, cuts: set[int]) -> None:
    spans = energy_of(meter(rows))
    ends_s = np.array([-100.0, 100_000.0])
    edges_s = np.unique(np.concatenate([ends_s, np.array(sorted(cuts), float)]))
    whole, split = bucket_energy(spans, ends_s), bucket_energy(spans, edges_s)
    for part in ("register_wh", "power_wh", "estimated_wh", "covered_s"):
        total = getattr(whole, part).sum()
        np.testing.assert_allclose(getattr(split, part).sum(), total, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(np.nansum(whole.energy_wh), spans.energy_wh.sum(), rtol=1e-12)
    assert np.nanmin(split.energy_wh, initial=0) >= 0
    known = ~np.isnan(split.energy_wh)
    parts_wh = split.register_wh + split.power_wh + split.estimated_wh
    np.testing.assert_array_equal(parts_wh[known], split.energy_wh[known])
    assert not parts_wh[~known].any()
    assert (split.covered_s <= np.diff(edges_s)).all()


@laws
@given(any_rows, st.integers(-100, 2000), st.integers(1, 4000))
def test_gaps_and_coverage_fill_the_period(rows: Rows, start_s: int, length_s: int) -> None:
    spans = energy_of(meter(rows))
    end_s = start_s + length_s
    gap_start_s, gap_end_s, _ = find_gaps(spans, start_s, end_s)
    covered_s = bucket_energy(spans, np.array([start_s, end_s], float)).covered_s[0]
    np.testing.assert_allclose(covered_s + (gap_end_s - gap_start_s).sum(), length_s)


@laws
@given(st.lists(st.integers(0, 12_000), min_size=1, max_size=200), st.sampled_from([3, 10]))
def test_the_days_add_up_to_the_total(power_w: list[int], month: int) -> None:
    # Readings of half an hour around both clock changes of 2026.
    days_s = local_day_edges_s(date(2026, month, 24), 7, ZONE)
    ends_s = days_s[0] + 1800.0 * np.arange(1, len(power_w) + 1)
    series = readings(ends_s, power_w=power_w, duration_s=1800)
    days = bucket_energy(energy_of(series), days_s)
    np.testing.assert_allclose(np.nansum(days.energy_wh), sum(power_w) / 2)


@laws
@given(
    st.lists(st.integers(0, 200), min_size=2, max_size=60),
    st.sets(st.integers(1, 59), max_size=4),
    st.booleans(),
)
def test_a_reset_never_invents_energy(
    use_wh: list[int], resets: set[int], told_by_boot: bool
) -> None:
    register_wh, boot = [], []
    shown_wh, boots = 0, 1
    for i, step_wh in enumerate(use_wh):
        if i in resets:
            shown_wh, boots = 0, boots + 1
        shown_wh += step_wh
        register_wh.append(shown_wh)
        boot.append(boots if told_by_boot else 1)
    ends_s = 60 * np.arange(1, len(use_wh) + 1)
    known_wh = energy_of(readings(ends_s, register_wh, boot=boot)).energy_wh.sum()
    assert known_wh <= sum(use_wh)
    if not resets:
        assert known_wh == sum(use_wh)
