"""A streaming meter tells what the batch tells, to the last bit, from a state of at most 2 kB."""

from __future__ import annotations

import pickle
import sys
from collections import Counter
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from commonwatt.core.calendar import half_hour_edges_s
from commonwatt.core.energy import bucket_energy, spans_of
from commonwatt.core.series import EnergySeries, ReadingSeries
from commonwatt.core.stream import (
    MOST_HELD,
    MOST_LATE,
    NEIGHBOURS,
    Advance,
    OpenHalfHour,
    StreamState,
    Stretch,
    advance,
    conclude,
)
from commonwatt.errors import SeriesError
from commonwatt.model import HALF_HOUR_S, NO_LOG
from tests.core.readings import Rows, readings, take
from tests.core.test_laws import P_MAX_W, any_rows, meter

if TYPE_CHECKING:
    from random import Random

BUDGET_BYTES = 2048
Told = dict[int, tuple[float, ...]]
laws = settings(deadline=None, max_examples=80)
arrivals = st.randoms(use_true_random=False)


def told_by(energy: EnergySeries | None) -> Told:
    """What is known of each half-hour; one of which nothing is known is not told."""
    if energy is None:
        return {}
    places = (energy.edges_s[:-1] / HALF_HOUR_S).astype(int).tolist()
    names = ("energy_wh", "register_wh", "power_wh", "estimated_wh", "covered_s")
    rows = zip(*(getattr(energy, name).tolist() for name in names), strict=True)
    return {place: row for place, row in zip(places, rows, strict=True) if row[0] == row[0]}


def batch(
    series: ReadingSeries, start_s: float = 0, end_s: float = 0, *, zero_based: bool = True
) -> Told:
    spans = spans_of(series, zero_based=zero_based, p_max_w=P_MAX_W)
    if not len(spans):
        return {}
    stretch = (start_s, end_s) if end_s else (spans.start_s[0], spans.end_s[-1])
    return told_by(bucket_energy(spans, half_hour_edges_s(*stretch)))


def state_bytes(thing: Any, seen: set[int] | None = None) -> int:
    """The size of an object and of all that it holds, each counted once."""
    seen = set() if seen is None else seen
    if id(thing) in seen or thing is None:
        return 0
    seen.add(id(thing))
    inside = [getattr(thing, each.name) for each in fields(thing)] if is_dataclass(thing) else []
    return sys.getsizeof(thing) + sum(state_bytes(each, seen) for each in inside)


def check_size(state: StreamState) -> None:
    assert state_bytes(state) <= BUDGET_BYTES
    assert len(pickle.dumps(state)) <= BUDGET_BYTES


class Home:
    """Follows a meter as a service would: stores readings and half-hours, recomputes stale ones."""

    def __init__(self, *, zero_based: bool = True, lateness: int = MOST_LATE) -> None:
        self.state, self.told, self.stale = StreamState(), Told(), 0
        self.stored = ReadingSeries.empty()
        self.zero_based, self.lateness = zero_based, lateness

    def take(self, arrived: ReadingSeries) -> None:
        self.stored = ReadingSeries.concatenate([self.stored, arrived])
        self.keep(
            advance(
                self.state,
                arrived,
                zero_based=self.zero_based,
                p_max_w=P_MAX_W,
                lateness=self.lateness,
            )
        )
        check_size(self.state)

    def conclude(self) -> None:
        self.keep(conclude(self.state, zero_based=self.zero_based, p_max_w=P_MAX_W))

    def keep(self, found: Advance) -> None:
        closed = told_by(found.energy)
        assert not self.told.keys() & closed.keys() or self.stale
        self.told |= closed
        self.state = found.state
        self.stale += len(found.stale)
        for stretch in found.stale:
            self.recompute(stretch)

    def recompute(self, stretch: Stretch) -> None:
        """Compute again what the readings of a stretch and three on each side can touch."""
        end_s = self.stored.end_s
        first = int((end_s < stretch.start_s).sum()) - NEIGHBOURS
        last = int((end_s <= stretch.end_s).sum()) + NEIGHBOURS
        near = take(self.stored, np.arange(max(first, 0), min(last, len(end_s))))
        start_s = min(stretch.start_s, *(near.end_s - near.duration_s))
        edges_s = half_hour_edges_s(start_s, max(stretch.end_s, *near.end_s))
        for place in (edges_s[:-1] / HALF_HOUR_S).astype(int).tolist():
            self.told.pop(place, None)
        spans = spans_of(self.stored, zero_based=self.zero_based, p_max_w=P_MAX_W)
        self.told |= told_by(bucket_energy(spans, edges_s))


def deal(order: list[int], series: ReadingSeries, random: Random) -> list[ReadingSeries]:
    """Cut rows in order of arrival into parts of random sizes."""
    parts = []
    while order:
        size = random.choice([1, 1, 2, 5, 40])
        parts.append(take(series, order[:size]))
        order = order[size:]
    return parts


@laws
@given(any_rows, arrivals, st.integers(0, MOST_LATE), st.booleans())
def test_readings_in_time_give_the_batch_and_leave_nothing_to_recompute(
    rows: Rows, random: Random, lateness: int, zero_based: bool
) -> None:
    series = meter(rows)
    assume(max(Counter(series.end_s.tolist()).values(), default=0) <= 4)
    again = random.choices(range(len(series)), k=len(series) // 2) if len(series) else []
    order = sorted([*range(len(series)), *again], key=lambda i: i + random.uniform(0, lateness))
    home = Home(zero_based=zero_based, lateness=lateness)
    for part in deal(order, series, random):
        home.take(part)
    home.conclude()
    assert home.told == batch(series, zero_based=zero_based)
    assert not home.stale


@laws
@given(any_rows, arrivals, st.integers(0, MOST_LATE), st.booleans())
def test_any_order_gives_the_batch_once_the_stale_is_recomputed(
    rows: Rows, random: Random, lateness: int, zero_based: bool
) -> None:
    series = meter(rows)
    order = [*range(len(series)), *range(0, len(series), 2)]
    random.shuffle(order)
    home = Home(zero_based=zero_based, lateness=lateness)
    for part in deal(order, series, random):
        home.take(part)
    home.conclude()
    assert home.told == batch(series, zero_based=zero_based)


@laws
@given(any_rows, st.integers(0, 40), arrivals)
def test_to_conclude_is_to_count_what_has_come(rows: Rows, cut: int, random: Random) -> None:
    # In order of time, what is told plus what is concluded is the batch of what came so far.
    series = meter(rows)
    assume(max(Counter(series.end_s.tolist()).values(), default=0) <= 4)
    so_far = take(series, np.arange(min(cut, len(series))))
    home = Home()
    for part in deal(list(range(len(so_far))), so_far, random):
        home.take(part)
    home.conclude()
    assert home.told == batch(so_far)


def minutes(count: int, step_s: float = 60, **columns: Any) -> ReadingSeries:
    """A register that rises by 10 Wh with each reading, from 1,800,000,000 s on."""
    end_s = 1.8e9 + step_s * np.arange(1, count + 1)
    return readings(end_s, 10.0 * np.arange(1, count + 1), duration_s=step_s, **columns)


def feed(series: ReadingSeries, rows: list[int], **options: Any) -> tuple[Advance, Told]:
    told, state = Told(), StreamState()
    for row in rows:
        found = advance(state, take(series, [row]), zero_based=True, p_max_w=P_MAX_W, **options)
        told |= told_by(found.energy)
        state = found.state
    return found, told


@pytest.mark.parametrize("lateness", [0, 16])
def test_a_half_hour_closes_when_its_last_reading_has_its_neighbours(lateness: int) -> None:
    # 30 readings of 10 Wh make a half-hour; the reading 30 + 3 + lateness closes it.
    series = minutes(60)
    found, told = feed(series, list(range(32 + lateness)), lateness=lateness)
    assert told == {}
    found, told = feed(series, list(range(33 + lateness)), lateness=lateness)
    assert told == {1_000_000: (300.0, 300.0, 0.0, 0.0, 1800.0)}
    assert found.state.half_hour == OpenHalfHour(1_000_001)


def test_a_reading_that_is_too_late_is_reported_and_so_is_its_half_hour() -> None:
    # Reading 10 comes after reading 31, which has 21 readings that belong after reading 10.
    series = minutes(70)
    order = [*range(9), *range(10, 31), 9, *range(31, 70)]
    found, _ = feed(series, order[:31])
    assert found.stale == (Stretch(1.8e9 + 540, 1.8e9 + 600),)
    assert found.state.doubted_s > 1.8e9
    stale: list[Stretch] = []
    state = found.state
    for row in order[31:]:
        found = advance(state, take(series, [row]), zero_based=True, p_max_w=P_MAX_W)
        stale += found.stale
        state = found.state
    assert stale == [Stretch(1.8e9, 1.8e9 + 1800)]


def test_a_reading_that_repeats_a_settled_one_is_no_news_and_another_value_is() -> None:
    series = minutes(40)
    found, _ = feed(series, list(range(40)))
    settled = 40 - MOST_LATE - 1
    same = advance(found.state, take(series, [settled]), zero_based=True, p_max_w=P_MAX_W)
    assert same.state == found.state
    assert not same.stale
    other = minutes(40, n=np.arange(1, 41), power_w=1.0)
    changed = advance(found.state, take(other, [settled]), zero_based=True, p_max_w=P_MAX_W)
    assert len(changed.stale) == 1


def test_a_gap_closes_many_half_hours_at_once_and_leaves_one_open() -> None:
    # 100 Wh over ten hours after a first hour: the gap's 20 half-hours have 5 Wh each.
    end_s = 1800.0 * np.array([1, 2, 22, 23, 24, 25])
    series = readings(end_s, [10, 20, 120, 130, 140, 150], duration_s=1800)
    found, told = feed(series, list(range(6)), lateness=0)
    assert told == {0: (10, 10, 0, 0, 1800), 1: (10, 10, 0, 0, 1800)} | dict.fromkeys(
        range(2, 22), (5, 0, 0, 5, 0)
    )
    assert found.state.half_hour == OpenHalfHour(22)


def test_what_nobody_knows_is_nan_between_half_hours() -> None:
    # The register falls for no known reason: nothing is known from 1800 s to 5400 s.
    series = readings(
        1800.0 * np.arange(1, 10),
        [10, 20, 5, 15, 25, 35, 45, 55, 65],
        duration_s=1800,
        n=np.arange(2, 11),
    )
    state = StreamState()
    found = advance(state, series, zero_based=True, p_max_w=P_MAX_W, lateness=0)
    assert found.energy is not None
    np.testing.assert_array_equal(found.energy.energy_wh, [10, np.nan, 10, 10, 10])
    np.testing.assert_array_equal(found.energy.covered_s, [1800, 0, 1800, 1800, 1800])


def test_more_logs_at_one_instant_than_a_state_can_hold_are_reported() -> None:
    count = 3 * MOST_HELD
    series = readings(np.full(count, 1.8e9), np.arange(count), log=np.arange(count))
    home = Home()
    for row in range(count):
        home.take(take(series, [row]))
    assert home.stale
    assert len(home.state.held) <= 56 * MOST_HELD


def test_a_home_of_a_month_of_ten_second_readings_stays_small() -> None:
    # Values without a short form, in disorder, through the worst of what a state may hold.
    rng = np.random.default_rng(5)
    count = 30 * 24 * 36
    end_s = 1.7664e9 + np.cumsum(rng.uniform(6, 14, count))
    register_wh = 1e7 + np.cumsum(rng.uniform(0, 5, count))
    same = {"duration_s": 10.0, "log": 2**60 + 7, "boot": 2**40 + 1}
    n = 2**50 + np.arange(count)
    power_w = rng.uniform(0, 9000, count)
    order = np.argsort(np.arange(count) + rng.uniform(0, MOST_LATE, count), kind="stable")
    state, sizes = StreamState(), []
    for part in np.array_split(order, 400):
        arrived = readings(end_s[part], register_wh[part], power_w[part], n=n[part], **same)
        state = advance(state, arrived, zero_based=False, p_max_w=P_MAX_W).state
        check_size(state)
        sizes.append(len(state.held))
    assert max(sizes) == 56 * (2 * NEIGHBOURS + MOST_LATE)


def test_the_fullest_state_fits() -> None:
    rows = np.random.default_rng(1).bytes(56 * MOST_HELD)
    half_hour = OpenHalfHour(2**30 + 1, 1.1, 2.2, 3.3, 1799.9, touched=True)
    check_size(StreamState(rows, NEIGHBOURS, half_hour, 1.8e9))


def test_a_meter_without_a_log_is_followed_too() -> None:
    series = minutes(70, log=NO_LOG)
    home = Home()
    for row in [*range(0, 70, 2), *range(1, 70, 2)]:
        home.take(take(series, [row]))
    home.conclude()
    assert home.stale
    assert home.told == batch(series)


def test_a_reading_without_a_log_is_known_by_its_time() -> None:
    # The same minutes numbered otherwise are the same readings: the last that came stays.
    series, again = minutes(5, log=NO_LOG), minutes(5, log=NO_LOG, n=9)
    home = Home()
    home.take(series)
    home.take(again)
    assert len(home.state.held) == 5 * 56
    assert b"\x09" in home.state.held


def test_a_lateness_out_of_range_is_refused() -> None:
    for lateness in (-1, MOST_LATE + 1):
        with pytest.raises(SeriesError, match=f"0 to {MOST_LATE} was expected, not {lateness}"):
            advance(StreamState(), minutes(1), zero_based=True, p_max_w=P_MAX_W, lateness=lateness)
