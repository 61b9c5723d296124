"""Days and months begin at local midnights, on the days of clock changes as well."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from commonwatt.core.calendar import half_hour_edges_s, local_day_edges_s, local_month_edges_s
from commonwatt.errors import PeriodError
from commonwatt.model import ZONE


def seconds(*moment: int) -> float:
    return datetime(*moment, tzinfo=UTC).timestamp()  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("day", "half_hours"),
    [(date(2026, 3, 29), 46), (date(2026, 10, 25), 50), (date(2026, 6, 1), 48)],
)
def test_a_local_day_has_its_half_hours(day: date, half_hours: int) -> None:
    start_s, end_s = local_day_edges_s(day, 1, ZONE)
    assert end_s - start_s == half_hours * 1800
    edges_s = half_hour_edges_s(start_s, end_s)
    assert len(edges_s) - 1 == half_hours
    assert (edges_s[0], edges_s[-1]) == (start_s, end_s)


def test_days_follow_one_another_across_a_clock_change() -> None:
    # Midnight in Paris is 23:00 UTC in winter and 22:00 UTC in summer.
    assert local_day_edges_s(date(2026, 3, 28), 3, ZONE).tolist() == [
        seconds(2026, 3, 27, 23),
        seconds(2026, 3, 28, 23),
        seconds(2026, 3, 29, 22),
        seconds(2026, 3, 30, 22),
    ]


def test_months_cross_the_year() -> None:
    assert local_month_edges_s(date(2025, 12, 17), 2, ZONE).tolist() == [
        seconds(2025, 11, 30, 23),
        seconds(2025, 12, 31, 23),
        seconds(2026, 1, 31, 23),
    ]


def test_months_are_made_of_days() -> None:
    months_s = local_month_edges_s(date(2026, 1, 1), 12, ZONE)
    days_s = local_day_edges_s(date(2026, 1, 1), 365, ZONE)
    assert np.isin(months_s, days_s).all()
    assert months_s[-1] == days_s[-1]


@pytest.mark.parametrize(
    ("start_s", "end_s", "expected"),
    [
        (0.0, 1800.0, [0, 1800]),
        (1.0, 1801.0, [0, 1800, 3600]),
        (1799.5, 1799.5, [0, 1800]),
        (1800.0, 1800.0, [1800, 3600]),
        (-1.0, 1.0, [-1800, 0, 1800]),
    ],
)
def test_half_hours_cover_the_stretch(start_s: float, end_s: float, expected: list[int]) -> None:
    assert half_hour_edges_s(start_s, end_s).tolist() == expected


def test_there_is_no_calendar_of_nothing() -> None:
    with pytest.raises(PeriodError, match="at least one day"):
        local_day_edges_s(date(2026, 1, 1), 0, ZONE)
    with pytest.raises(PeriodError, match="at least one month"):
        local_month_edges_s(date(2026, 1, 1), -1, ZONE)
    with pytest.raises(PeriodError, match="a stretch was expected"):
        half_hour_edges_s(2.0, 1.0)
    with pytest.raises(PeriodError, match="a stretch was expected"):
        half_hour_edges_s(0.0, float("inf"))
