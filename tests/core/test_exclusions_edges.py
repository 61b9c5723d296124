"""Days at the very edges of counting."""

from __future__ import annotations

import numpy as np

from commonwatt.core.daily import DailySeries
from commonwatt.core.exclusions import ABSENCE_FACTOR, Reason, find_absence
from tests.core.homes import MONDAY


def quiet(energy_wh: float, coverage: float) -> DailySeries:
    """Three days alike."""
    day = np.arange(MONDAY, MONDAY + 3)
    return DailySeries(
        day, np.full(3, energy_wh, float), np.full(3, coverage, float), np.full(3, 12.0)
    )


def test_days_covered_by_nine_tenths_may_be_an_absence() -> None:
    assert find_absence(quiet(100, 0.9), 100).all()
    assert not find_absence(quiet(100, 0.8999), 100).any()


def test_exactly_the_most_of_an_absence_is_one() -> None:
    most_wh = ABSENCE_FACTOR * 24 * 100
    assert find_absence(quiet(most_wh, 1), 100).all()
    assert not find_absence(quiet(np.nextafter(most_wh, np.inf), 1), 100).any()


def test_no_two_reasons_are_one_and_the_first_that_holds_is_told_in_this_order() -> None:
    assert [reason.name for reason in sorted(Reason)] == [
        "COUNTED",
        "OTHER_TENANT",
        "METER_FAULT",
        "NOT_MEASURED",
        "NO_TEMPERATURE",
        "ABSENCE",
        "OUTSIDE_TEMPERATURES",
    ]
