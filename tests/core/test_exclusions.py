"""Which days count, which do not, and that the reason is told."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatt.core.daily import DailySeries
from commonwatt.core.exclusions import (
    ExcludedRun,
    Reason,
    Tenancy,
    find_absence,
    judge_days,
    list_exclusions,
)
from commonwatt.errors import SeriesError
from tests.core.homes import MONDAY, daily

NAN = float("nan")
ALWAYS = Tenancy(0, 100_000)
MILD_C = np.full(10, 12.0)


def series(
    energy_wh: list[float], coverage: list[float] | None = None, temperature_c: float = 12
) -> DailySeries:
    count = len(energy_wh)
    return DailySeries(
        np.arange(MONDAY, MONDAY + count),
        np.array(energy_wh, float),
        np.ones(count) if coverage is None else np.array(coverage, float),
        np.full(count, float(temperature_c)),
    )


def reasons(days: DailySeries, tenancy: Tenancy = ALWAYS, always_on_w: float = NAN) -> list[int]:
    return list(judge_days(days, tenancy=tenancy, always_on_w=always_on_w))


def test_a_good_day_counts() -> None:
    assert reasons(series([5000, 6000])) == [Reason.COUNTED] * 2


def test_a_day_needs_nine_tenths() -> None:
    assert reasons(series([5000, 5000, 5000], [0.9, 0.899, 0])) == [
        Reason.COUNTED,
        Reason.NOT_MEASURED,
        Reason.NOT_MEASURED,
    ]


def test_a_true_zero_counts_and_an_unknown_day_does_not() -> None:
    assert reasons(series([0, NAN])) == [Reason.COUNTED, Reason.NOT_MEASURED]


def test_a_day_needs_a_temperature() -> None:
    assert reasons(series([5000], temperature_c=NAN)) == [Reason.NO_TEMPERATURE]


def test_other_tenants_never_count() -> None:
    days = series([5000] * 4)
    found = reasons(days, Tenancy(MONDAY + 1, MONDAY + 3))
    other, counted = Reason.OTHER_TENANT, Reason.COUNTED
    assert found == [other, counted, counted, other]


def test_a_fault_is_told_before_a_hole() -> None:
    days = series([NAN, 5000, 5000])
    faulty = np.array([True, True, False])
    found = judge_days(days, tenancy=ALWAYS, always_on_w=NAN, faulty=faulty)
    assert found.tolist() == [Reason.METER_FAULT, Reason.METER_FAULT, Reason.COUNTED]
    with pytest.raises(SeriesError, match="3 days were given, and 2 marks of faults"):
        judge_days(days, tenancy=ALWAYS, always_on_w=NAN, faulty=faulty[:2])


def test_three_quiet_days_are_an_absence() -> None:
    # 100 W always on: at most 1.3 * 24 * 100 = 3120 Wh a day.
    assert find_absence(series([9000, 3120, 3000, 2400, 9000]), 100).tolist() == [
        False,
        True,
        True,
        True,
        False,
    ]
    assert not find_absence(series([9000, 3121, 3000, 2400, 9000]), 100).any()
    assert not find_absence(series([3000, 3000]), 100).any()
    assert find_absence(series([3000, 3000, 3000]), 100).all()
    assert not find_absence(series([]), 100).any()


def test_two_absences_are_judged_apart() -> None:
    quiet = find_absence(series([1, 1, 9000, 1, 1, 1, 9000, 1]), 100)
    assert np.flatnonzero(quiet).tolist() == [3, 4, 5]


def test_a_hole_ends_an_absence() -> None:
    assert not find_absence(series([3000, 3000, NAN, 3000, 3000]), 100).any()
    broken = series([3000] * 5).take(np.array([True, True, False, True, True]))
    assert not find_absence(broken, 100).any()
    assert not find_absence(series([3000] * 4, [1, 1, 0.5, 1]), 100).any()


def test_a_partly_covered_day_is_quiet_in_proportion() -> None:
    assert find_absence(series([2964] * 3, [0.95] * 3), 100).all()
    assert not find_absence(series([2965] * 3, [0.95] * 3), 100).any()


def test_without_an_always_on_load_no_absence_is_seen() -> None:
    assert reasons(series([0] * 5)) == [Reason.COUNTED] * 5
    assert reasons(series([0] * 5), always_on_w=100) == [Reason.ABSENCE] * 5


def test_runs_are_listed() -> None:
    day = np.array([10, 11, 12, 13, 15, 16, 17])
    hole, away, fine = Reason.NOT_MEASURED, Reason.ABSENCE, Reason.COUNTED
    reason = np.array([fine, hole, hole, away, away, fine, away])
    assert list_exclusions(day, reason) == (
        ExcludedRun(11, 12, hole),
        ExcludedRun(13, 13, away),
        ExcludedRun(15, 15, away),
        ExcludedRun(17, 17, away),
    )
    assert list_exclusions(day[:4], np.array([away, hole, hole, away])) == (
        ExcludedRun(10, 10, away),
        ExcludedRun(11, 12, hole),
        ExcludedRun(13, 13, away),
    )
    assert list_exclusions(day[:0], reason[:0]) == ()
    assert list_exclusions(day, np.zeros(7, int)) == ()


def test_a_tenancy_ends_after_it_begins() -> None:
    with pytest.raises(SeriesError, match="from day 5 cannot end on 5"):
        Tenancy(5, 5)


def test_days_that_are_no_days_are_refused() -> None:
    with pytest.raises(SeriesError, match="the days do not increase"):
        DailySeries(np.array([2, 2]), np.ones(2), np.ones(2), np.ones(2))
    with pytest.raises(SeriesError, match="outside 0 to 1"):
        series([1], [1.01])
    with pytest.raises(SeriesError, match="outside 0 to 1"):
        series([1], [NAN])
    with pytest.raises(SeriesError, match="infinite"):
        series([float("inf")])
    with pytest.raises(SeriesError, match="no outdoor air has, in Celsius"):
        daily(np.ones(1), np.array([75.0]))
    with pytest.raises(SeriesError, match="one length"):
        DailySeries(np.arange(2), np.ones(1), np.ones(2), np.ones(2))
    assert daily(np.ones(7), MILD_C[:7]).weekend.tolist() == [False] * 5 + [True] * 2
