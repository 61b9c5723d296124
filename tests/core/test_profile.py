"""The home's own week, and gaps that follow it: no total changes, and nothing else does."""

from __future__ import annotations

import math
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.core.calendar import half_hour_edges_s, local_day_edges_s
from commonwatt.core.energy import bucket_energy, power_spans, sampled_power, spans_of
from commonwatt.core.profile import (
    AROUND_DAYS,
    LEAST_HALF_HOURS,
    WEEK_SLOTS,
    fill_profile,
    find_estimated_runs,
    hour_of_week_profile,
    profiles_around,
    reshape_estimated,
    reshape_spans,
    week_slots,
)
from commonwatt.core.series import ESTIMATED, POWER, REGISTER, EnergySeries, EnergySpans
from commonwatt.errors import SeriesError
from commonwatt.model import ZONE
from tests.core.readings import readings, rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SCEAUX = Path(__file__).parents[3] / "shared" / "data" / "uci-sceaux-2007h1-minute.zip"
P_MAX_W = 12_000.0
FLAT = np.ones(WEEK_SLOTS)
NAN = float("nan")
MONDAY_S = datetime(2026, 3, 2, tzinfo=ZoneInfo(ZONE)).timestamp()


def half_hours(
    energy_wh: list[float] | Floats,
    estimated_wh: list[float] | Floats | float = 0.0,
    covered_s: list[float] | Floats | float = 1800.0,
    start_s: float | np.float64 = MONDAY_S,
) -> EnergySeries:
    """Half-hours in a row, read off a register but for what is estimated."""
    known_wh = np.array(energy_wh, np.float64)
    zeros = np.zeros(len(known_wh))
    part_wh = zeros + estimated_wh
    return EnergySeries(
        edges_s=float(start_s) + 1800.0 * np.arange(len(known_wh) + 1, dtype=np.float64),
        energy_wh=known_wh,
        register_wh=np.nan_to_num(known_wh) - part_wh,
        power_wh=zeros,
        estimated_wh=part_wh,
        covered_s=zeros + covered_s,
    )


def slots_of(energy: EnergySeries) -> NDArray[np.int64]:
    return week_slots(energy.edges_s[:-1], ZONE)


def spread(spans: EnergySpans, start_s: float, end_s: float) -> EnergySeries:
    return bucket_energy(spans, half_hour_edges_s(start_s, end_s))


def test_the_week_begins_on_monday() -> None:
    # 2026-03-02 is a Monday; Sunday 23:30 is the last of 7 * 48 slots.
    week_s = MONDAY_S + 1800.0 * np.arange(WEEK_SLOTS + 1, dtype=np.float64)
    slot = week_slots(week_s, ZONE)
    assert slot.tolist() == [*range(WEEK_SLOTS), 0]
    assert week_slots(np.empty(0), ZONE).tolist() == []


@pytest.mark.parametrize(
    ("day", "half_hours_of_day", "hour_two"),
    [(date(2026, 3, 29), 46, 0), (date(2026, 3, 28), 48, 2), (date(2026, 10, 25), 50, 4)],
)
def test_slots_of_days_on_which_clocks_change(
    day: date, half_hours_of_day: int, hour_two: int
) -> None:
    # From 2:00 to 3:00 there is nothing in spring, and everything twice in autumn.
    edges_s = local_day_edges_s(day, 1, ZONE)
    slot = week_slots(np.arange(edges_s[0], edges_s[1], 1800.0), ZONE)
    assert len(slot) == half_hours_of_day
    first = day.weekday() * 48
    assert (slot[0], slot[-1]) == (first, first + 47)
    assert np.isin(slot, [first + 4, first + 5]).sum() == hour_two


def test_a_profile_is_relative_and_knows_what_it_never_saw() -> None:
    # Monday 0:00 saw 100 and 300 Wh, 0:30 saw 400 Wh: means 200 and 400, their mean 300.
    energy = half_hours([100, 300, 400])
    profile = hour_of_week_profile(energy, np.array([0, 0, 1]))
    assert profile[:2] == pytest.approx([2 / 3, 4 / 3])
    assert np.isnan(profile[2:]).all()


def test_a_profile_leaves_out_a_tenth_at_either_end() -> None:
    # Of 20 values two go at either end: 1 .. 18, one of 5000 and one of -5000 leave 2 .. 17.
    values = [*range(1, 19), 5000.0, -5000.0]
    slot = np.repeat(np.array([0, 1]), [20, 2])
    profile = hour_of_week_profile(half_hours([*values, 20, 30]), slot)
    assert profile[0] / profile[1] == pytest.approx(np.mean(range(2, 18)) / 25)


@pytest.mark.parametrize(
    ("covered_s", "estimated_wh", "energy_wh"),
    [(1700.0, 0.0, 500.0), (1800.0, 1.0, 500.0), (1800.0, 0.0, NAN), (0.0, 500.0, 500.0)],
)
def test_only_whole_half_hours_tell_a_profile(
    covered_s: float, estimated_wh: float, energy_wh: float
) -> None:
    energy = half_hours([100, energy_wh], [0, estimated_wh], [1800, covered_s])
    profile = hour_of_week_profile(energy, np.array([0, 0]))
    assert profile[0] == 1
    assert np.isnan(profile[1:]).all()


def test_a_home_that_uses_nothing_has_a_flat_profile_and_one_that_gives_no_weight() -> None:
    nothing = hour_of_week_profile(half_hours([0, 0]), np.array([0, 1]))
    assert nothing[:2].tolist() == [1, 1]
    given_away = hour_of_week_profile(half_hours([-50, 100]), np.array([0, 1]))
    assert given_away[:2].tolist() == [0, 2]
    unknown = hour_of_week_profile(half_hours([NAN]), np.array([0]))
    assert np.isnan(unknown).all()


def test_a_slot_never_seen_is_filled_by_others_like_it() -> None:
    weights = np.full(WEEK_SLOTS, NAN)
    weights[10], weights[48 + 10], weights[6 * 48 + 10] = 2, 4, 8
    weights[6 * 48 + 20] = 3
    filled = fill_profile(weights).reshape(7, 48)
    assert filled[0, 10] == 2
    assert filled[2:5, 10].tolist() == [3, 3, 3], "other working days: (2 + 4) / 2"
    assert filled[5, 10] == 8, "the other day of the weekend"
    assert filled[0, 20] == 3, "any day"
    # On any day 10 is (2 + 4 + 8) / 3 and 20 is 3; 15 lies half-way.
    assert filled[0, 15] == pytest.approx((14 / 3 + 3) / 2)
    # Around midnight from 20 to 10 there are 38 half-hours, and 0 is 28 of them on.
    assert filled[3, 0] == pytest.approx(3 + (14 / 3 - 3) * 28 / 38)


def test_nothing_seen_is_flat_and_all_seen_is_kept() -> None:
    assert fill_profile(np.full(WEEK_SLOTS, NAN)).tolist() == FLAT.tolist()
    full = np.arange(WEEK_SLOTS, dtype=np.float64)
    assert fill_profile(full).tolist() == full.tolist()


def test_a_gap_follows_the_profile() -> None:
    # 600 Wh over three half-hours whose weights are 1, 4 and 1: 100, 400 and 100 Wh.
    energy = half_hours([50, 200, 200, 200, 70], [0, 200, 200, 200, 0], [1800, 0, 0, 0, 1800])
    weights = FLAT.copy()
    weights[2] = 4
    timed = reshape_estimated(energy, slots_of(energy), weights, p_max_w=P_MAX_W)
    assert timed.energy_wh == pytest.approx([50, 100, 400, 100, 70])
    assert timed.estimated_wh == pytest.approx([0, 100, 400, 100, 0])
    assert timed.register_wh.tolist() == energy.register_wh.tolist()
    assert timed.covered_s.tolist() == energy.covered_s.tolist()
    assert timed.energy_wh[[0, 4]].tolist() == [50, 70]


def test_the_ends_of_a_gap_have_their_part_of_it() -> None:
    # A gap of 15, 30 and 6 minutes, 510 Wh: evenly 150, 300 and 60. Weights 2, 1 and 5 give shares
    # of 30, 30 and 30 minutes: 170 Wh each.
    energy = half_hours([190, 300, 140], [150, 300, 60], [900, 0, 1440])
    weights = FLAT.copy()
    weights[:3] = 2, 1, 5
    timed = reshape_estimated(energy, slots_of(energy), weights, p_max_w=P_MAX_W)
    assert timed.estimated_wh == pytest.approx([170, 170, 170])
    assert timed.energy_wh == pytest.approx([40 + 170, 170, 80 + 170])


def test_two_gaps_that_touch_keep_their_own_totals() -> None:
    # Two steps of two half-hours: 200 Wh and then 600 Wh.
    energy = half_hours([100, 100, 300, 300], [100, 100, 300, 300], 0.0)
    first, stop = find_estimated_runs(energy)
    assert (first.tolist(), stop.tolist()) == ([0, 2], [2, 4])
    weights = FLAT.copy()
    weights[:4] = 3, 1, 1, 3
    timed = reshape_estimated(energy, slots_of(energy), weights, p_max_w=P_MAX_W)
    assert timed.estimated_wh == pytest.approx([150, 50, 150, 450])


def test_a_half_hour_of_two_gaps_or_partly_unknown_is_left_alone() -> None:
    # In the third half-hour one gap of 100 Wh ends and another one of 400 Wh begins.
    energy = half_hours([100, 100, 250, 400, 400], [100, 100, 250, 400, 400], 0.0)
    first, stop = find_estimated_runs(energy)
    assert (first.tolist(), stop.tolist()) == ([0, 3], [2, 5])
    lone = half_hours([40, 40, 40], [20, 0, 20], [900, 1800, 900])
    assert [column.tolist() for column in find_estimated_runs(lone)] == [[], []]


def test_no_half_hour_gets_more_than_the_connection_lets_through() -> None:
    # 9000 Wh in two hours, all the weight in one half-hour: 6000 Wh fit, 1000 each for the others.
    energy = half_hours([2250] * 4, [2250] * 4, 0.0)
    weights = np.zeros(WEEK_SLOTS)
    weights[1] = 1
    timed = reshape_estimated(energy, slots_of(energy), weights, p_max_w=P_MAX_W)
    assert timed.energy_wh == pytest.approx([1000, 6000, 1000, 1000])
    absurd = reshape_estimated(energy, slots_of(energy), weights, p_max_w=1000)
    assert absurd.energy_wh.tolist() == energy.energy_wh.tolist()


@pytest.mark.parametrize("weight", [NAN, 0.0, -1.0])
def test_a_profile_that_says_nothing_changes_nothing(weight: float) -> None:
    energy = half_hours([100, 100], [100, 100], 0.0)
    profile = np.full(WEEK_SLOTS, weight)
    timed = reshape_estimated(energy, slots_of(energy), profile, p_max_w=P_MAX_W)
    assert timed.energy_wh.tolist() == [100, 100]


def year(gaps: list[tuple[int, int]], days: int = 140) -> EnergySeries:
    """Half-hours of 100 Wh, and 900 Wh from 18:00 to 19:00 local; gaps are spread evenly."""
    edges_s = local_day_edges_s(date(2026, 1, 5), days, ZONE)
    starts_s = np.arange(edges_s[0], edges_s[-1], 1800.0)
    evening = np.isin(week_slots(starts_s, ZONE) % 48, [36, 37])
    used_wh = np.where(evening, 900.0, 100.0)
    estimated_wh, covered_s = np.zeros(len(used_wh)), np.full(len(used_wh), 1800.0)
    for a, b in gaps:
        used_wh[a:b] = estimated_wh[a:b] = used_wh[a:b].mean()
        covered_s[a:b] = 0
    return half_hours(used_wh, estimated_wh, covered_s, starts_s[0])


@pytest.mark.parametrize("day", [40, 83], ids=["winter", "the day clocks go forward"])
def test_a_gap_of_a_day_is_timed_as_it_was(day: int) -> None:
    # Day 83 from Monday 2026-01-05 is Sunday 2026-03-29; its evening is an hour earlier in UTC.
    a = day * 48
    lost, whole = year([(a + 10, a + 60)]), year([])
    first, stop = find_estimated_runs(lost)
    weights = profiles_around(lost, slots_of(lost), first, stop)
    timed = reshape_estimated(lost, slots_of(lost), weights, p_max_w=P_MAX_W)
    assert timed.energy_wh == pytest.approx(whole.energy_wh)
    assert timed.energy_wh[: a + 10].tolist() == lost.energy_wh[: a + 10].tolist()


def test_the_night_that_is_an_hour_longer_has_its_share() -> None:
    # Sunday 2026-10-25 has 50 half-hours; its weights are 1 but 3 from 2:00 to 3:00, which comes
    # twice: 46 * 1 + 4 * 3 = 58 parts of 5800 Wh.
    edges_s = local_day_edges_s(date(2026, 10, 25), 1, ZONE)
    energy = half_hours([116.0] * 50, [116.0] * 50, 0.0, edges_s[0])
    weights = FLAT.copy()
    weights[6 * 48 + 4 : 6 * 48 + 6] = 3
    timed = reshape_estimated(energy, slots_of(energy), weights, p_max_w=P_MAX_W)
    assert timed.energy_wh == pytest.approx([100] * 4 + [300] * 4 + [100] * 42)


def test_a_profile_is_learnt_from_the_weeks_around_and_from_enough_of_them() -> None:
    long = year([(100, 101 + AROUND_DAYS * 48)])
    assert np.isnan(profiles_around(long, slots_of(long), *find_estimated_runs(long))).all()
    just = year([(100, 100 + AROUND_DAYS * 48)])
    assert np.isfinite(profiles_around(just, slots_of(just), *find_estimated_runs(just))).all()
    gap = year([(100, 110)], days=8)
    for length, told in ((LEAST_HALF_HOURS + 10, True), (LEAST_HALF_HOURS + 9, False)):
        short = half_hours(
            gap.energy_wh[:length],
            gap.estimated_wh[:length],
            gap.covered_s[:length],
            gap.edges_s[0],
        )
        weights = profiles_around(short, slots_of(short), *find_estimated_runs(short))
        assert np.isfinite(weights).all() == told


def test_what_lies_farther_than_eight_weeks_is_not_looked_at() -> None:
    far = year([(70 * 48, 71 * 48)])
    energy_wh = far.energy_wh.copy()
    energy_wh[: 14 * 48] = 7000.0
    other = half_hours(energy_wh, far.estimated_wh, far.covered_s, far.edges_s[0])
    runs = find_estimated_runs(far)
    np.testing.assert_array_equal(
        profiles_around(other, slots_of(far), *runs), profiles_around(far, slots_of(far), *runs)
    )


def test_spans_are_timed_as_half_hours_are() -> None:
    # Minutes until 0:10, silence until 1:45, minutes again; 950 Wh in the gap.
    ends_s = MONDAY_S + 60.0 * np.concatenate([np.arange(11), np.arange(105, 121)])
    register_wh = np.concatenate([np.arange(11.0), 960.0 + np.arange(16)])
    spans = spans_of(readings(ends_s, register_wh), zero_based=False, p_max_w=P_MAX_W)
    even = spread(spans, MONDAY_S, MONDAY_S + 7200)
    weights = FLAT.copy()
    weights[1], weights[3] = 3, 0
    timed = reshape_estimated(even, slots_of(even), weights, p_max_w=P_MAX_W)
    cut = reshape_spans(spans, even, timed)
    again = bucket_energy(cut, even.edges_s)
    np.testing.assert_allclose(again.estimated_wh, timed.estimated_wh, rtol=1e-12)
    np.testing.assert_array_equal(again.register_wh, timed.register_wh)
    # 20, 30 and 30 minutes with the weights 1, 3 and 1, and 15 minutes with 0: 140 parts.
    assert timed.estimated_wh == pytest.approx([950 * p / 140 for p in (20, 90, 30, 0)])
    measured = [row for row in rows_of(spans) if row[3] != ESTIMATED]
    assert [row for row in rows_of(cut) if row[3] != ESTIMATED] == measured


def test_spans_beyond_the_half_hours_are_only_cut() -> None:
    spans = EnergySpans(
        np.array([0.0, 9000.0]),
        np.array([9000.0, 9060.0]),
        np.array([500.0, 1.0]),
        np.array([ESTIMATED, POWER], np.uint8),
    )
    even = bucket_energy(spans, np.array([1800.0, 3600.0, 5400.0]))
    timed = reshape_estimated(
        even, np.array([0, 1]), np.array([1.0, 3.0, *FLAT[2:]]), p_max_w=P_MAX_W
    )
    assert rows_of(reshape_spans(spans, even, timed)) == [
        (0, 1800, 100, ESTIMATED),
        (1800, 3600, 50, ESTIMATED),
        (3600, 5400, pytest.approx(150), ESTIMATED),
        (5400, 9000, 200, ESTIMATED),
        (9000, 9060, 1, POWER),
    ]


laws = settings(deadline=None, max_examples=100, derandomize=True)


@laws
@given(
    st.lists(
        st.tuples(st.integers(1, 30_000), st.integers(30, 40_000)),
        min_size=1,
        max_size=8,
    ),
    st.lists(st.floats(0, 50), min_size=WEEK_SLOTS, max_size=WEEK_SLOTS),
    st.integers(0, 400),
)
def test_no_total_changes_and_nothing_measured_does(
    steps: list[tuple[int, int]], weights: list[float], late_s: int
) -> None:
    """Steps of any length in seconds, and of at most 10 kW, in quarters of a watt."""
    length_s = np.array([length for length, _ in steps], np.float64)
    energy_wh = np.array([10_000 * length * (load / 40_000) / 3600 for length, load in steps])
    edges_s = MONDAY_S + late_s + np.concatenate([[0.0], np.cumsum(length_s)])
    source = np.where(length_s > 120, ESTIMATED, REGISTER).astype(np.uint8)
    spans = EnergySpans(edges_s[:-1], edges_s[1:], energy_wh, source)
    even = spread(spans, edges_s[0], edges_s[-1])
    timed = reshape_estimated(even, slots_of(even), np.array(weights), p_max_w=P_MAX_W)
    first, stop = find_estimated_runs(even)
    touched = np.zeros(len(even), bool)
    for a, b in zip(first.tolist(), stop.tolist(), strict=True):
        touched[a:b] = True
        assert math.fsum(timed.estimated_wh[a:b]) == pytest.approx(
            math.fsum(even.estimated_wh[a:b]), rel=0, abs=1e-9
        )
    np.testing.assert_array_equal(timed.energy_wh[~touched], even.energy_wh[~touched])
    np.testing.assert_array_equal(timed.covered_s, even.covered_s)
    np.testing.assert_array_equal(timed.register_wh, even.register_wh)
    assert (timed.estimated_wh >= 0).all()
    assert (timed.estimated_wh <= P_MAX_W * 0.5 * (1 + 1e-9)).all()
    cut = reshape_spans(spans, even, timed)
    again = bucket_energy(cut, even.edges_s)
    np.testing.assert_allclose(again.estimated_wh, timed.estimated_wh, rtol=1e-9, atol=1e-9)
    assert math.fsum(cut.energy_wh) == pytest.approx(math.fsum(energy_wh), rel=1e-12)


def test_bad_input_is_named() -> None:
    energy = half_hours([100, 100], [100, 100], 0.0)
    slot = slots_of(energy)
    with pytest.raises(SeriesError, match=r"weights of \(336,\) or \(1, 336\)"):
        reshape_estimated(energy, slot, np.ones(48), p_max_w=P_MAX_W)
    with pytest.raises(SeriesError, match="2 slots of int64"):
        reshape_estimated(energy, slot[:1], FLAT, p_max_w=P_MAX_W)
    with pytest.raises(SeriesError, match="0 to 335"):
        hour_of_week_profile(energy, slot + 335)
    hours = bucket_energy(
        EnergySpans(*(np.empty(0),) * 3, np.empty(0, np.uint8)), np.array([0.0, 3600.0])
    )
    with pytest.raises(SeriesError, match="half-hours were expected"):
        hour_of_week_profile(hours, np.array([0]))
    with pytest.raises(SeriesError, match="other edges"):
        reshape_spans(EnergySpans(*(np.empty(0),) * 3, np.empty(0, np.uint8)), energy, hours)


def sceaux_half_hours() -> EnergySeries:
    """Half a year of a real home; its clock is one hour ahead of UTC all year."""
    with zipfile.ZipFile(SCEAUX) as archive:
        lines = archive.read("household_power_consumption.csv").decode().splitlines()[1:]
    cells = [line.split(",", 4)[3] for line in lines]
    power_w = np.array([float(cell) * 1000 if cell not in {"", "?"} else NAN for cell in cells])
    first_s = datetime(2006, 12, 31, 23, tzinfo=UTC).timestamp()
    starts_s = first_s + 60.0 * np.arange(len(power_w), dtype=np.float64)
    known = ~np.isnan(power_w)
    spans = power_spans(sampled_power(starts_s[known], power_w[known], 60.0))
    return spread(spans, first_s, first_s + 60.0 * len(power_w))


def hide(energy: EnergySeries, a: int, b: int) -> EnergySeries:
    """The same half-hours as a register would tell them that was silent from `a` to `b`."""
    gap = np.zeros(len(energy), bool)
    gap[a:b] = True
    mean_wh = energy.energy_wh[gap].mean()
    return replace(
        energy,
        energy_wh=np.where(gap, mean_wh, energy.energy_wh),
        power_wh=np.where(gap, 0.0, energy.power_wh),
        estimated_wh=np.where(gap, mean_wh, 0.0),
        covered_s=np.where(gap, 0.0, energy.covered_s),
    )


@pytest.mark.skipif(not SCEAUX.exists(), reason="the recording is not here")
@pytest.mark.parametrize("hours", [12, 24, 48])
def test_hidden_stretches_of_a_real_home_are_timed_better_than_evenly(hours: int) -> None:
    """How wrong the share of the hours from 22 to 6 is, over stretches hidden one by one."""
    energy = sceaux_half_hours()
    slot = week_slots(energy.edges_s[:-1], "Etc/GMT-1")
    off_peak = (slot % 48 < 12) | (slot % 48 >= 44)
    wrong = []
    for a in range(1000, len(energy) - 1000, 31):
        gap = slice(a, a + 2 * hours)
        if (energy.covered_s[gap] < 1800).any():
            continue
        lost = hide(energy, gap.start, gap.stop)
        weights = profiles_around(lost, slot, *find_estimated_runs(lost))
        timed = reshape_estimated(lost, slot, weights, p_max_w=P_MAX_W)
        total_wh, *shares = (
            series.energy_wh[gap][off_peak[gap]].sum() for series in (energy, lost, timed)
        )
        wrong.append(np.abs(np.array(shares) - total_wh) / energy.energy_wh[gap].sum())
    evenly, by_profile = np.mean(wrong, axis=0)
    assert len(wrong) > 150
    assert by_profile < 0.7 * evenly
