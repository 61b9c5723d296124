"""The forecast of a month: exact where days are alike, honest where they scatter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatt.core.forecast import LEAST_DAYS, forecast_sum

ANY_DAYS = st.lists(st.floats(0, 1e4), min_size=LEAST_DAYS, max_size=28)


def test_days_that_are_alike_leave_no_doubt() -> None:
    found = forecast_sum(np.full(28, 3.0), 10.5)
    assert found is not None
    assert (found.expected, found.low, found.high) == (31.5, 31.5, 31.5)
    assert (found.days, found.confidence) == (28, 0.8)


def test_only_the_last_four_weeks_count() -> None:
    found = forecast_sum(np.concatenate([np.full(50, 900.0), np.full(28, 2.0)]), 1)
    assert found is not None
    assert found.expected == 2


def test_a_week_is_the_least() -> None:
    daily = np.full(28, np.nan)
    daily[:6] = 1
    assert forecast_sum(daily, 3) is None
    daily[20] = 1
    assert forecast_sum(daily, 3) is not None


def test_nothing_is_left_at_the_end() -> None:
    found = forecast_sum(np.arange(28.0), 0)
    assert found is not None
    assert (found.expected, found.low, found.high) == (0, 0, 0)


@given(daily=ANY_DAYS, ahead=st.floats(0, 31))
def test_the_interval_holds_what_is_expected_and_never_less_than_nothing(
    daily: list[float], ahead: float
) -> None:
    found = forecast_sum(np.array(daily), ahead)
    assert found is not None
    assert 0 <= found.low <= found.expected * (1 + 1e-12)
    assert found.expected <= found.high * (1 + 1e-12)


@given(daily=ANY_DAYS, factor=st.floats(0.001, 1000))
def test_the_unit_does_not_matter(daily: list[float], factor: float) -> None:
    one, other = (forecast_sum(np.array(daily) * scale, 12) for scale in (1, factor))
    assert one is not None
    assert other is not None
    assert other.high == pytest.approx(factor * one.high, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.6])
def test_eight_of_ten_intervals_hold_the_truth(correlation: float) -> None:
    """Days that scatter around a level, each like the one before; 2,000 homes."""
    generator = np.random.default_rng(7)
    homes, past, ahead = 2000, 28, 12
    noise = generator.normal(size=(homes, past + ahead))
    for day in range(1, past + ahead):
        noise[:, day] = correlation * noise[:, day - 1] + noise[:, day] * np.sqrt(
            1 - correlation**2
        )
    daily = 20 + 3 * noise
    held = 0
    for home in daily:
        found = forecast_sum(home[:past], ahead)
        assert found is not None
        held += found.low <= home[past:].sum() <= found.high
    assert 0.72 <= held / homes <= 0.9
