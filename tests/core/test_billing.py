"""Billing months begin on any day, and lose no day where months are short."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.core.billing import billing_days, billing_edges_s, billing_start
from commonwatt.core.calendar import local_month_edges_s
from commonwatt.errors import PeriodError
from commonwatt.model import ZONE

days = st.dates(date(1970, 3, 1), date(2199, 1, 1))
start_days = st.integers(1, 31)


@pytest.mark.parametrize(
    ("day", "start_day", "expected"),
    [
        (date(2026, 3, 17), 17, date(2026, 3, 17)),
        (date(2026, 3, 16), 17, date(2026, 2, 17)),
        (date(2026, 1, 3), 17, date(2025, 12, 17)),
        (date(2026, 2, 28), 31, date(2026, 2, 28)),
        (date(2026, 3, 30), 31, date(2026, 2, 28)),
        (date(2026, 3, 31), 31, date(2026, 3, 31)),
        (date(2028, 2, 29), 30, date(2028, 2, 29)),
        (date(2028, 2, 28), 30, date(2028, 1, 30)),
    ],
)
def test_a_day_lies_in_its_billing_month(day: date, start_day: int, expected: date) -> None:
    assert billing_start(day, start_day) == expected


def test_short_months_begin_on_their_last_day_and_long_ones_come_back() -> None:
    assert billing_days(date(2026, 1, 31), 4, 31) == (
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
        date(2026, 5, 31),
    )


def test_edges_are_local_midnights() -> None:
    # 17 March is in winter time, 17 April in summer time: 31 days less an hour.
    edges_s = billing_edges_s(date(2026, 3, 20), 1, 17, ZONE)
    assert edges_s[0] == datetime(2026, 3, 16, 23, tzinfo=UTC).timestamp()
    assert edges_s[1] - edges_s[0] == 31 * 86_400 - 3600


def test_the_first_of_the_month_gives_calendar_months() -> None:
    ours = billing_edges_s(date(2026, 1, 5), 12, 1, ZONE)
    np.testing.assert_array_equal(ours, local_month_edges_s(date(2026, 1, 1), 12, ZONE))


@settings(derandomize=True, max_examples=300)
@given(days, start_days)
def test_every_day_lies_in_exactly_one_billing_month(day: date, start_day: int) -> None:
    first, after = billing_days(day, 1, start_day)
    assert first <= day < after
    assert 28 <= (after - first).days <= 31
    assert billing_start(after, start_day) == after
    assert billing_start(after - timedelta(days=1), start_day) == first


def test_what_no_calendar_has_is_refused() -> None:
    with pytest.raises(PeriodError, match="from 1 to 31 was expected, not 0"):
        billing_start(date(2026, 1, 1), 0)
    with pytest.raises(PeriodError, match="not 32"):
        billing_start(date(2026, 1, 1), 32)
    with pytest.raises(PeriodError, match="at least one billing month was expected, not 0"):
        billing_days(date(2026, 1, 1), 0, 1)
