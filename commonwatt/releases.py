"""Releases what landlords may be told: a building's year when it is over, once and for all."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from commonwatt.core.release import COHORT_MONTHS, ReleaseCells, choose_cohort, judge_shares
from commonwatt.model import SMALLEST_GROUP, ZONE, Period
from commonwatt.storage import releases
from commonwatt.storage.buildings import ReleasedMonth
from commonwatt.storage.pool import database_errors
from commonwatt.storage.releases import ToldCohort

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from commonwatt.core.release import Cohort
    from commonwatt.storage.pool import Connection
    from commonwatt.storage.releases import HomeMonth

    HomeMonths = dict[int, HomeMonth]

SETTLED_AFTER = timedelta(days=3)
"""How long after its end a year waits for late readings before it is released."""

LEAST_COVERAGE = 0.9
"""A home counts in a month if it was measured for at least this share of it."""


def release_due(connection: Connection, now_utc: datetime) -> int:
    """Release or withhold the months of every building's years that are over; return how many."""
    decided = 0
    with database_errors(), connection.transaction():
        releases.lock_releases(connection)
        for building_id, first_month in releases.next_months(connection):
            months = _year_from(first_month)
            while month_period(months[-1]).end_utc + SETTLED_AFTER <= now_utc:
                _decide_year(connection, building_id, months, now_utc)
                decided += len(months)
                months = _year_from(month_after(months[-1]))
    return decided


def month_period(month: date) -> Period:
    """The instants of a local month, given its first day."""
    first, last = (
        datetime(day.year, day.month, 1, tzinfo=ZoneInfo(ZONE))
        for day in (month, month_after(month))
    )
    return Period(first, last)


def month_after(month: date) -> date:
    """The first day of the next month."""
    return (month + timedelta(days=31)).replace(day=1)


def _year_from(month: date) -> list[date]:
    months = [month]
    while len(months) < COHORT_MONTHS:
        months.append(month_after(months[-1]))
    return months


def _decide_year(
    connection: Connection, building_id: int, months: list[date], now_utc: datetime
) -> None:
    agreed = [
        releases.home_months(connection, building_id, month_period(m), m, month_after(m))
        for m in months
    ]
    told = releases.told_cohorts(connection)
    year = Period(month_period(months[0]).start_utc, month_period(months[-1]).end_utc)
    whole = releases.residents(connection, building_id, year)
    homes = sorted({*whole, *(h for month in agreed for h in month)}.union(*_members(told)))
    cohort = choose_homes(building_id, homes, months, agreed, told, [whole])
    if cohort.members is None:
        reason = _reason(agreed, cohort)
        releases.withhold_months(connection, building_id, [(m, reason) for m in months], now_utc)
        return
    chosen = [home for home, inside in zip(homes, cohort.members, strict=True) if inside]
    kept = ToldCohort(building_id, months[0], months[-1], tuple(chosen))
    releases.keep_cohort(connection, kept, now_utc)
    _tell(connection, building_id, kept, months, agreed, now_utc)


def _members(told: Sequence[ToldCohort]) -> list[tuple[int, ...]]:
    return [cohort.occupancies for cohort in told]


def choose_homes(
    building_id: int | None,
    homes: list[int],
    months: list[date],
    agreed: Sequence[HomeMonths],
    told: Sequence[ToldCohort],
    metered: Sequence[list[int]],
) -> Cohort:
    """Ask the gate for the homes that took part in all months; main meters may measure some."""
    cells = ReleaseCells.none(len(homes))
    earlier = None
    for cohort in told:
        row = np.isin(homes, cohort.occupancies)
        cells = cells.with_cell(
            row, month_number(cohort.first_month), month_number(cohort.last_month)
        )
        earlier = row if building_id and cohort.building_id == building_id else earlier
    present = np.array(
        [
            [is_measured(month, home, m) for m, month in zip(months, agreed, strict=True)]
            for home in homes
        ],
        dtype=np.bool_,
    ).reshape(len(homes), len(months))
    rows = [np.isin(homes, each) for each in metered if each]
    known = np.array(rows, dtype=np.bool_) if rows else None
    return choose_cohort(cells, present, month_number(months[0]), earlier, known)


def month_number(month: date) -> int:
    """Months counted from any one."""
    return 12 * month.year + month.month


def is_measured(agreed: HomeMonths, home: int, month: date) -> bool:
    """Whether a home may be counted in a month and was measured for nearly all of it."""
    least_s = LEAST_COVERAGE * month_period(month).length_s
    return home in agreed and agreed[home].covered_s >= least_s


def _reason(agreed: Sequence[HomeMonths], cohort: Cohort) -> str:
    """Why a year is withheld; too few were measured where enough agreed."""
    code = cohort.finding.code if cohort.finding else "too_few_homes"
    lasting = set(agreed[0]).intersection(*agreed)
    return "thin_data" if code == "too_few_homes" and len(lasting) >= SMALLEST_GROUP else code


def _tell(
    connection: Connection,
    building_id: int,
    cohort: ToldCohort,
    months: list[date],
    agreed: Sequence[HomeMonths],
    now_utc: datetime,
) -> None:
    use_wh = _table(cohort, agreed, "energy_wh")
    covered_s = _table(cohort, agreed, "covered_s")
    for column, month in enumerate(months):
        if not judge_shares(use_wh[:, [column]])[0]:
            reasons = [(month, "one_home_dominates")]
            releases.withhold_months(connection, building_id, reasons, now_utc)
            continue
        coverage = float(covered_s[:, column].mean() / month_period(month).length_s)
        total_wh = float(use_wh[:, column].sum())
        sums = ReleasedMonth(month, len(use_wh), total_wh, min(coverage, 1.0))
        releases.release_month(connection, building_id, sums, now_utc)


def _table(cohort: ToldCohort, agreed: Sequence[HomeMonths], figure: str) -> NDArray[np.float64]:
    """One figure of each home and month. (n, m) float64."""
    rows = [[getattr(month[home], figure) for month in agreed] for home in cohort.occupancies]
    return np.array(rows, dtype=np.float64)
