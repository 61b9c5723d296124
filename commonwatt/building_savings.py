"""Finds what buildings saved since their actions, and keeps what landlords may be told of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from commonwatt.core.assessment import BASELINE_DAYS, Plan
from commonwatt.core.calendar import local_day_edges_s
from commonwatt.core.compared_home import compare_groups, compare_home, weeks_to_go
from commonwatt.core.daily import DailySeries
from commonwatt.core.exclusions import Tenancy
from commonwatt.core.portfolio import CLAIM_CONFIDENCE, Estimator
from commonwatt.core.publication import judge_portfolio
from commonwatt.core.tiers import Verdict
from commonwatt.model import SMALLEST_GROUP, ZONE, Period
from commonwatt.releases import SETTLED_AFTER, choose_homes, month_after, month_period
from commonwatt.storage import building_savings, releases, weather
from commonwatt.storage.building_savings import SavingFigures, ToldSaving
from commonwatt.storage.pool import database_errors
from commonwatt.storage.releases import ToldCohort

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonwatt.core.compared_home import ComparedHome
    from commonwatt.core.publication import PortfolioJudgement
    from commonwatt.storage.building_savings import DueAction, HomeDays
    from commonwatt.storage.pool import Connection
    from commonwatt.storage.releases import HomeMonth
    from commonwatt.weather.days import BuildingDays

LEAST_DAYS = 84
"""Three months: one month says little, and figures end as soon as one of their homes leaves."""

MOST_DAYS = 365
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The days of an action that are compared: a year before `change_day`, and a stretch since."""

    action_id: int
    change_day: date
    start_day: date
    end_day: date

    @property
    def first_day(self) -> date:
        return self.change_day - timedelta(days=BASELINE_DAYS)

    @property
    def months(self) -> list[date]:
        """The months it tells of, whole or in part."""
        months = [self.first_day.replace(day=1)]
        while (later := month_after(months[-1])) < self.end_day:
            months.append(later)
        return months


@dataclass(frozen=True, slots=True)
class Group:
    """Homes that were found fit to be compared, or the reason why they may not be told of."""

    homes: Mapping[int, ComparedHome]
    reason: str | None

    @property
    def members(self) -> tuple[int, ...]:
        return tuple(self.homes)


def refresh_savings(connection: Connection, now_utc: datetime) -> int:
    """Decide about every action of which more months are over; return how many."""
    decided = 0
    with database_errors(), connection.transaction():
        releases.lock_releases(connection)
        for action in building_savings.begun_actions(connection, _local_date(now_utc)):
            comparison = _compared_days(action, now_utc)
            if comparison is None or action.is_frozen or comparison.end_day == action.decided_to:
                continue
            _decide(connection, action, comparison, now_utc)
            decided += 1
    return decided


def _compared_days(action: DueAction, now_utc: datetime) -> Comparison | None:
    """Up to the last month that is over and settled; None below twelve weeks."""
    start = action.end_day + timedelta(days=1) if action.end_day else action.start_day
    closed = _local_date(now_utc - SETTLED_AFTER).replace(day=1)
    end = min(closed, start + timedelta(days=MOST_DAYS))
    if (end - start).days < LEAST_DAYS:
        return None
    return Comparison(action.action_id, action.start_day, start, end)


def _decide(
    connection: Connection, action: DueAction, comparison: Comparison, now_utc: datetime
) -> None:
    before = building_savings.told_groups(connection, action.action_id)
    others = building_savings.waiting_buildings(
        connection, action.building_id, comparison.first_day, comparison.end_day
    )
    told = releases.told_cohorts(connection)
    treated = _choose(connection, [action.building_id], comparison, told, before.get(False))
    waiting = _choose(connection, others, comparison, told, before.get(True))
    if before:
        same = treated.members == before[False] and waiting.members == before[True]
        if not same or treated.reason or waiting.reason:
            building_savings.freeze_saving(connection, action.action_id, "cohort_changed")
            return
    saving = _judge(comparison, treated, waiting)
    if before and saving.figures is None:
        building_savings.freeze_saving(connection, action.action_id, saving.reason or "no_figures")
        return
    building_savings.put_saving(connection, action, saving, now_utc)
    if before:
        building_savings.extend_groups(connection, action.action_id, comparison.months[-1])
    elif saving.figures is not None:
        _keep(connection, action, comparison, treated, waiting, now_utc)


def _keep(
    connection: Connection,
    action: DueAction,
    comparison: Comparison,
    treated: Group,
    waiting: Group,
    now_utc: datetime,
) -> None:
    """Both groups are told of from now on: no later figure may differ from them by a few homes."""
    first, last = comparison.months[0], comparison.months[-1]
    own = ToldCohort(action.building_id, first, last, treated.members, action.action_id)
    releases.keep_cohort(connection, own, now_utc)
    others = replace(own, building_id=None, occupancies=waiting.members)
    releases.keep_cohort(connection, others, now_utc)


def _choose(
    connection: Connection,
    places: Sequence[int],
    comparison: Comparison,
    told: Sequence[ToldCohort],
    fixed: tuple[int, ...] | None,
) -> Group:
    """The homes of these buildings that took part in all months, as the gate lets them be told of."""
    months = comparison.months
    agreed: list[dict[int, HomeMonth]] = [{} for _ in months]
    fit: dict[int, ComparedHome] = {}
    for place in places:
        known = weather.load_days(
            connection, place, comparison.first_day, comparison.end_day - timedelta(days=1)
        )
        here = [
            releases.home_months(connection, place, month_period(m), m, month_after(m))
            for m in months
        ]
        for row, month in zip(agreed, here, strict=True):
            row.update({h: e for h, e in month.items() if fixed is None or h in fixed})
        if known is not None:
            lasting = sorted(set(here[0]).intersection(*here))
            fit |= _fit_homes(connection, lasting, comparison, known)
    if len(set(agreed[0]).intersection(*agreed)) < SMALLEST_GROUP:
        return Group({}, "too_few_homes")
    if len(fit) < SMALLEST_GROUP:
        return Group({}, "thin_data")
    return _pass_gate(connection, places, comparison, told, agreed, fit)


def _pass_gate(
    connection: Connection,
    places: Sequence[int],
    comparison: Comparison,
    told: Sequence[ToldCohort],
    agreed: Sequence[Mapping[int, HomeMonth]],
    fit: Mapping[int, ComparedHome],
) -> Group:
    months = comparison.months
    present = [{h: e for h, e in month.items() if h in fit} for month in agreed]
    span = Period(month_period(months[0]).start_utc, month_period(months[-1]).end_utc)
    metered = [releases.residents(connection, place, span) for place in places]
    everybody = [*metered, *present, *(cohort.occupancies for cohort in told)]
    homes = sorted({home for each in everybody for home in each})
    one = places[0] if len(places) == 1 else None
    cohort = choose_homes(one, homes, months, present, told, metered)
    if cohort.members is None:
        return Group({}, cohort.finding.code if cohort.finding else "too_few_homes")
    chosen = [home for home, inside in zip(homes, cohort.members, strict=True) if inside]
    return Group({home: fit[home] for home in chosen}, None)


def _fit_homes(
    connection: Connection, homes: Sequence[int], comparison: Comparison, known: BuildingDays
) -> dict[int, ComparedHome]:
    days = building_savings.home_days(connection, homes, comparison.first_day, comparison.end_day)
    start, end = _number(comparison.start_day), _number(comparison.end_day)
    tenancy = Tenancy(_number(comparison.first_day), end)
    plan = Plan(_number(comparison.change_day), start, end, tenancy)
    found = {
        home: compare_home(_daily(each, comparison, known), plan) for home, each in days.items()
    }
    return {home: each for home, each in found.items() if each is not None}


def _daily(home: HomeDays, comparison: Comparison, known: BuildingDays) -> DailySeries:
    first = _number(comparison.first_day)
    count = _number(comparison.end_day) - first
    length_s = np.diff(local_day_edges_s(comparison.first_day, count, ZONE))
    energy_wh, coverage = np.full(count, np.nan), np.zeros(count)
    energy_wh[home.day - first] = home.energy_wh
    coverage[home.day - first] = home.covered_s
    day = first + np.arange(count)
    return DailySeries(
        day=day,
        energy_wh=energy_wh,
        coverage=np.clip(coverage / length_s, 0.0, 1.0),
        temperature_c=known.mean_on(day),
    )


def _judge(comparison: Comparison, treated: Group, waiting: Group) -> ToldSaving:
    reason = treated.reason
    if reason is None and waiting.reason:
        reason = f"waiting_{waiting.reason}"
    if reason is not None:
        return _untold(comparison, reason)
    after, placebo = compare_groups(list(treated.homes.values()), list(waiting.homes.values()))
    judgement = judge_portfolio(after, placebo, Estimator.DIFFERENCE)
    if not judgement.published:
        return _untold(comparison, judgement.findings[0].code)
    measured = [home.measured for home in treated.homes.values()]
    figures = _figures(comparison, judgement, float(np.mean(measured)))
    return ToldSaving(
        comparison.start_day, comparison.end_day, judgement.verdict, None, None, figures
    )


def _untold(comparison: Comparison, reason: str) -> ToldSaving:
    return ToldSaving(
        comparison.start_day, comparison.end_day, Verdict.NOT_ENOUGH_DATA, reason, None, None
    )


def _figures(
    comparison: Comparison, judgement: PortfolioJudgement, coverage: float
) -> SavingFigures | None:
    """Rounded before they are kept: to a thousandth and to whole kWh."""
    saving, placebo = judgement.saving, judgement.placebo
    if saving is None or placebo is None:
        return None
    interval = saving.interval(CLAIM_CONFIDENCE)
    days = (comparison.end_day - comparison.start_day).days
    done = saving.differs or days >= MOST_DAYS
    return SavingFigures(
        homes=saving.homes[0],
        waiting_homes=saving.homes[1],
        share=round(saving.share, 3),
        low=round(interval.low, 3),
        high=round(interval.high, 3),
        saved_kwh=round(saving.saved_wh / 1000),
        expected_kwh=round(saving.counterfactual_wh / 1000),
        detectable=round(saving.detectable, 3),
        placebo_low=round(placebo.low, 3),
        placebo_high=round(placebo.high, 3),
        coverage=round(min(coverage, 1.0), 3),
        weeks_to_go=0 if done else weeks_to_go(saving.detectable, days),
    )


def _local_date(at_utc: datetime) -> date:
    return at_utc.astimezone(ZoneInfo(ZONE)).date()


def _number(day: date) -> int:
    return (day - _EPOCH).days
