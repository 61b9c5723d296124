"""One home's part in a comparison of groups, and how long a comparison has to wait."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatt.core.assessment import Plan
from commonwatt.core.compared_home import (
    MOST_WEEKS,
    ComparedHome,
    compare_groups,
    compare_home,
    weeks_to_go,
)
from commonwatt.core.daily import DailySeries
from commonwatt.core.exclusions import Tenancy
from tests.core.homes import heated_wh, seasons_c


def live(days: int, saving: float = 0.0) -> DailySeries:
    temperature_c = seasons_c(days, start=0)
    energy_wh = heated_wh(temperature_c, noise=0.1)
    energy_wh[365:] *= 1 - saving
    return DailySeries(np.arange(days), energy_wh, np.ones(days), temperature_c)


def plan_of(days: int) -> Plan:
    return Plan(365, 365, days, Tenancy(0, days))


def test_a_home_brings_what_was_expected_and_a_placebo() -> None:
    found = compare_home(live(600, saving=0.2), plan_of(600))
    assert found is not None
    assert found.used_wh / found.expected_wh == pytest.approx(0.8, abs=0.03)
    assert found.placebo_used_wh / found.placebo_expected_wh == pytest.approx(1, abs=0.03)
    assert found.measured == 1


def test_a_home_of_few_days_brings_nothing() -> None:
    series = live(600)
    assert compare_home(series.take(series.day >= 340), plan_of(600)) is None


def test_a_home_with_holes_brings_nothing() -> None:
    series = live(600)
    lost = (series.day >= 400) & (series.day < 440)
    assert compare_home(series.take(~lost), plan_of(600)) is None


def test_groups_keep_their_homes_in_order() -> None:
    home, other = ComparedHome(10, 8, 5, 5, 1), ComparedHome(20, 20, 9, 9, 1)
    after, placebo = compare_groups([home, home], [other])
    assert after.treated.tolist() == placebo.treated.tolist() == [True, True, False]
    assert after.expected_wh.tolist() == [10, 10, 20]
    assert placebo.observed_wh.tolist() == [5, 5, 9]


@pytest.mark.parametrize(
    ("detectable", "days", "weeks"),
    [(0.03, 70, 0), (0.02, 70, 0), (0.06, 70, 30), (0.2, 70, None), (float("inf"), 70, None)],
)
def test_twice_as_fine_takes_four_times_as_long(
    detectable: float, days: int, weeks: int | None
) -> None:
    assert weeks_to_go(detectable, days) == weeks


def test_nobody_waits_for_more_than_two_years() -> None:
    told = [weeks_to_go(share / 1000, 70) for share in range(1, 500)]
    assert max(weeks for weeks in told if weeks is not None) <= MOST_WEEKS
    assert told[-1] is None
