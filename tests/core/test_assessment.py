"""One home from its days to its verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt.core.assessment import Plan, assess_home, is_heated, passes_placebo
from commonwatt.core.baseline import fit_baseline
from commonwatt.core.exclusions import ExcludedRun, Reason, Tenancy
from commonwatt.core.tiers import Gate, Tier, Verdict
from commonwatt.errors import PeriodError, SeriesError
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


@pytest.fixture(scope="module")
def flat() -> DailySeries:
    return daily(flat_wh(730, noise=0.2), TWO_YEARS_C)


def test_a_home_that_saved_a_lot_is_told() -> None:
    found = assess_home(home(0.2), PLAN)
    assert (found.judgement.tier, found.judgement.verdict) == (Tier.A, Verdict.PROVEN_DROP)
    assert found.saving is not None
    assert found.saving.share == pytest.approx(0.2, abs=0.05)
    assert (found.measured, found.placebo_ok, found.heated) == (1, True, True)
    assert found.findings == ()


def test_a_home_that_changed_nothing_is_told() -> None:
    assert assess_home(home(0.0), PLAN).judgement.verdict is Verdict.NO_VISIBLE_CHANGE


def test_a_home_that_uses_more_is_told() -> None:
    assert assess_home(home(-0.2), PLAN).judgement.verdict is Verdict.RISE


def test_eight_weeks_of_baseline_claim_nothing() -> None:
    days = home(0.4)
    found = assess_home(days.take(days.day >= CHANGE - 56), PLAN)
    assert (found.judgement.tier, found.judgement.verdict) == (Tier.C, Verdict.NOT_ENOUGH_DATA)
    assert not found.judgement.may_show_saving


def test_no_days_at_all_are_an_answer() -> None:
    days = home(0.4)
    found = assess_home(days.take(days.day < 0), PLAN)
    assert (found.judgement.tier, found.saving, found.baseline) == (Tier.D, None, None)
    assert Gate.TOO_FEW_DAYS in found.judgement.gates
    assert (found.measured, found.counted) == (0, 0)


def test_a_baseline_is_a_year_at_most() -> None:
    days = daily(heated_wh(seasons_c(1095)), seasons_c(1095))
    third = MONDAY + 730
    plan = Plan(third, third, third + 365, Tenancy(0, third + 365))
    found = assess_home(days, plan)
    assert found.baseline is not None
    assert found.baseline.quality.days == 365


def test_the_last_tenants_days_never_count() -> None:
    moved = replace(PLAN, tenancy=Tenancy(CHANGE - 100, END))
    found = assess_home(home(0.2), moved)
    assert found.baseline is not None
    assert found.baseline.quality.days == 100
    assert found.judgement.tier is Tier.B
    expected = ExcludedRun(MONDAY, CHANGE - 101, Reason.OTHER_TENANT)
    assert found.baseline_exclusions == (expected,)


def test_moving_out_ends_the_reporting_days() -> None:
    gone = replace(PLAN, tenancy=Tenancy(MONDAY, CHANGE + 200))
    found = assess_home(home(0.2), gone)
    assert found.measured == pytest.approx(200 / 365)
    assert found.judgement.gates == (Gate.TOO_MANY_HOLES,)


def test_an_absence_is_no_saving() -> None:
    """Two months away: without the rule they would be the saving."""
    days = home(0.0)
    use_wh = days.energy_wh.copy()
    use_wh[400:460] = 2000
    away = replace(days, energy_wh=use_wh)
    blind = assess_home(away, PLAN)
    told = assess_home(away, replace(PLAN, always_on_w=80.0))
    assert blind.judgement.verdict is Verdict.PROVEN_DROP
    assert told.judgement.verdict is Verdict.NO_VISIBLE_CHANGE
    assert told.reporting_exclusions == (ExcludedRun(MONDAY + 400, MONDAY + 459, Reason.ABSENCE),)
    # Nobody was there, but the meter was: those days are measured.
    assert told.measured == 1
    assert told.counted == pytest.approx(305 / 365)


def test_days_colder_than_the_baseline_are_not_extrapolated() -> None:
    days = home(0.0)
    warm = days.take((days.temperature_c > 8) | (days.day >= CHANGE))
    found = assess_home(warm, PLAN)
    assert found.saving is not None
    assert found.counted < 0.8
    assert Reason.OUTSIDE_TEMPERATURES in {run.reason for run in found.reporting_exclusions}
    cold = np.count_nonzero((days.day >= CHANGE) & (days.temperature_c < 7))
    assert found.saving.days <= 365 - cold


def test_faulty_days_are_left_out() -> None:
    days = home(0.0)
    faulty = (days.day >= CHANGE) & (days.day < CHANGE + 10)
    found = assess_home(days, PLAN, faulty)
    assert found.reporting_exclusions == (ExcludedRun(CHANGE, CHANGE + 9, Reason.METER_FAULT),)
    assert found.measured == pytest.approx(355 / 365)
    with pytest.raises(SeriesError, match="marks of faults"):
        assess_home(days, PLAN, faulty[:5])


def test_an_event_is_taken_out() -> None:
    days = home(0.0)
    use_wh = days.energy_wh + np.where(days.day >= CHANGE + 60, 4000.0, 0.0)
    changed = replace(days, energy_wh=use_wh)
    assert assess_home(changed, PLAN).judgement.verdict is Verdict.RISE
    told = assess_home(changed, replace(PLAN, event_days=(CHANGE + 60,)))
    assert told.judgement.verdict is Verdict.NO_VISIBLE_CHANGE


def test_a_baseline_that_fails_its_placebo_claims_nothing() -> None:
    """Every second fortnight of the baseline is half as much: nothing can be said of such a home."""
    days = home(0.3, noise=0.02)
    fortnight = (days.day - MONDAY) // 14 % 2 == 0
    uneven = np.where((days.day < CHANGE) & fortnight, 0.5, 1.0)
    odd = replace(days, energy_wh=days.energy_wh * uneven)
    known = odd.take(odd.day < CHANGE)
    assert not passes_placebo(known)
    assert passes_placebo(days.take(days.day < CHANGE))


def test_a_placebo_needs_days_on_both_sides() -> None:
    assert not passes_placebo(home(0.0).take(np.arange(730) < 27))
    assert passes_placebo(home(0.0).take(np.arange(730) < 28))


def test_heating_is_confirmed_by_slope_and_share(flat: DailySeries) -> None:
    year = np.arange(730) < 365
    assert is_heated(fit_baseline(home(0.0).take(year)))
    assert not is_heated(fit_baseline(flat.take(year)))
    # 60 Wh a kelvin are a real slope, but nobody's heating.
    mild_wh = 6000 + 60 * np.maximum(15 - TWO_YEARS_C[:365], 0)
    mild = fit_baseline(daily(mild_wh, TWO_YEARS_C[:365]))
    assert mild.model.heating_t > 3
    assert not is_heated(mild)


@pytest.mark.parametrize(
    ("start", "end"), [(CHANGE - 1, END), (CHANGE, CHANGE), (CHANGE + 9, CHANGE + 5)]
)
def test_a_plan_compares_before_with_after(start: int, end: int) -> None:
    with pytest.raises(PeriodError, match=f"not {start} to {end}"):
        Plan(CHANGE, start, end, Tenancy(MONDAY, END))


def test_days_that_nobody_measured_are_not_measured() -> None:
    days = home(0.0)
    lost = (days.day >= CHANGE) & (days.day < CHANGE + 20)
    unknown = replace(days, energy_wh=np.where(lost, np.nan, days.energy_wh))
    cold = replace(days, temperature_c=np.where(lost, np.nan, days.temperature_c))
    assert assess_home(unknown, PLAN).measured == pytest.approx(345 / 365)
    assert assess_home(cold, PLAN).measured == 1
    assert assess_home(cold, PLAN).counted == pytest.approx(345 / 365)
