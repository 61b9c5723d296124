"""An assessment at the very edges: the placebo test by hand, heating by hand, the fewest days."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt.core.assessment import Plan, assess_home, is_heated, passes_placebo
from commonwatt.core.baseline import expect, fit_baseline
from commonwatt.core.exclusions import Tenancy
from commonwatt.core.student import t_quantile
from commonwatt.core.tiers import Gate, Verdict
from tests.core.homes import MONDAY, daily, flat_wh, heated_wh, seasons_c

if TYPE_CHECKING:
    from commonwatt.core.daily import DailySeries

TWO_YEARS_C = seasons_c(730)
CHANGE = MONDAY + 365
END = MONDAY + 730
PLAN = Plan(CHANGE, CHANGE, END, Tenancy(MONDAY - 1000, END))


def home(saving: float, noise: float = 0.15) -> DailySeries:
    use_wh = heated_wh(TWO_YEARS_C, noise)
    use_wh[365:] *= 1 - saving
    return daily(use_wh, TWO_YEARS_C)


def test_a_claim_is_put_to_the_placebo_test() -> None:
    # Every second fortnight of the baseline is half as much; the drop after it is far larger.
    days = home(0.6, noise=0.02)
    fortnight = (days.day - MONDAY) // 14 % 2 == 0
    uneven = np.where((days.day < CHANGE) & fortnight, 0.5, 1.0)
    found = assess_home(replace(days, energy_wh=days.energy_wh * uneven), PLAN)
    assert not found.placebo_ok
    assert found.judgement.verdict is Verdict.NOT_ENOUGH_DATA
    assert found.judgement.gates == (Gate.PLACEBO_FAILED,)


def test_without_a_claim_there_is_no_placebo_test_to_fail() -> None:
    # Every second fortnight of both years is half as much: the same use, year for year.
    days = home(0.0, noise=0.02)
    uneven = np.where((days.day - MONDAY) // 14 % 2 == 0, 0.5, 1.0)
    odd = replace(days, energy_wh=days.energy_wh * uneven)
    assert not passes_placebo(odd.take(odd.day < CHANGE))
    found = assess_home(odd, PLAN)
    assert found.judgement.verdict is Verdict.NO_VISIBLE_CHANGE
    assert found.placebo_ok


def test_days_from_the_end_of_the_period_on_are_not_its_days() -> None:
    short = replace(PLAN, reporting_end_day=CHANGE + 100)
    found = assess_home(home(0.2), short)
    assert found.saving is not None
    assert found.saving.days == 100
    assert found.counted == found.measured == 1


@pytest.mark.parametrize(("known_days", "is_fitted"), [(13, False), (14, True)])
def test_a_fortnight_is_the_shortest_baseline(known_days: int, is_fitted: bool) -> None:
    days = home(0.2)
    found = assess_home(days.take(days.day >= CHANGE - known_days), PLAN)
    assert (found.baseline is not None) == is_fitted
    assert (found.saving is not None) == is_fitted


def test_a_baseline_without_reporting_days_has_no_saving() -> None:
    days = home(0.2)
    found = assess_home(days.take(days.day < CHANGE), PLAN)
    assert found.baseline is not None
    assert found.saving is None
    assert Gate.TOO_FEW_REPORTING_DAYS in found.judgement.gates


def test_a_suspected_break_is_among_the_findings() -> None:
    days = daily(flat_wh(730, 0.1), TWO_YEARS_C)
    late = (days.day >= MONDAY + 196) & (days.day < CHANGE)
    factor = np.where(days.weekend, np.where(late, 1.2, 1.0), np.where(late, 0.5, 1.1))
    found = assess_home(replace(days, energy_wh=days.energy_wh * factor), PLAN)
    assert [finding.code for finding in found.findings] == ["something_changed"]


@pytest.mark.parametrize(
    ("heating_wh_per_k", "heating_t", "heated"),
    [(80, 9, False), (80.01, 9, True), (100, 3, False), (100, 3.01, True), (100, 2.99, False)],
)
def test_heating_by_hand(heating_wh_per_k: float, heating_t: float, heated: bool) -> None:
    # 7 days lack 5 K, 7 days none: 35 K. 14 days of 500 Wh, half covered, are 14 kWh: a fifth is
    # 2800 Wh, which is 80 Wh a kelvin.
    temperature_c = np.repeat([10.0, 20.0], 7)
    whole = daily(np.full(14, 500.0), temperature_c)
    fitted = fit_baseline(replace(whole, coverage=np.full(14, 0.5)))
    model = replace(
        fitted.model,
        heating_balance_c=15.0,
        heating_wh_per_k=heating_wh_per_k,
        heating_t=heating_t,
    )
    assert is_heated(replace(fitted, model=model)) == heated


def steady() -> DailySeries:
    temperature_c = seasons_c(112)
    return daily(flat_wh(112, noise=0.2), temperature_c)


def drifting() -> DailySeries:
    """So slow a change that 28 days say no more than one."""
    temperature_c = np.full(56, 12.0)
    return daily(6000 + 2000 * np.sin(np.arange(56) / 9), temperature_c)


@pytest.mark.parametrize("days", [steady(), drifting()], ids=["steady", "drifting"])
@pytest.mark.parametrize("side", [1, -1])
def test_the_placebo_test_by_hand(days: DailySeries, side: int) -> None:
    # The first fortnight and every second one after it are fitted; what is added to the others
    # moves their saving and nothing else. 99 % on both sides: t at 0.995.
    fitted = (days.day - MONDAY) // 14 % 2 == 0
    half = fit_baseline(days.take(fitted))
    others = days.take(~fitted & half.supports(days))
    expected = expect(half, others)
    degrees = max(half.quality.effective_days - half.quality.coefficients, 1.0)
    reach_wh = t_quantile(0.995, degrees) * expected.standard_error_wh
    saved_wh = expected.total_wh - float(others.energy_wh.sum())
    to_limit_wh = (saved_wh - side * reach_wh) / len(others)
    for share, passes in ((1 - 1e-6, True), (1 + 1e-6, False)):
        centre_wh = saved_wh / len(others)
        added_wh = centre_wh + share * (to_limit_wh - centre_wh)
        moved_wh = np.where(fitted, days.energy_wh, days.energy_wh + added_wh)
        half_covered = replace(days, energy_wh=moved_wh / 2, coverage=np.full(len(days), 0.5))
        assert passes_placebo(half_covered) == passes


def test_a_placebo_needs_days_that_it_can_be_asked_about() -> None:
    # Mild fortnights are fitted; the others are 15 K warmer, beyond the baseline's temperatures.
    day = np.arange(112.0)
    temperature_c = np.where(day // 14 % 2 == 0, 11.0, 26.0) + day % 3
    assert not passes_placebo(daily(flat_wh(112, noise=0.1), temperature_c))
