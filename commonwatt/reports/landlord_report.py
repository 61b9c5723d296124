"""A building's report on paper: what was told, what was not and why, and what the figures rest on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.core.release import COHORT_MONTHS, LARGEST_SHARE
from commonwatt.model import SMALLEST_GROUP
from commonwatt.releases import LEAST_COVERAGE
from commonwatt.reports.building import load_building
from commonwatt.reports.building_savings import load_building_savings

if TYPE_CHECKING:
    from datetime import date, datetime

    from commonwatt.access import Viewer
    from commonwatt.reports.building import BuildingMonth, BuildingReport
    from commonwatt.reports.building_savings import ActionSaving
    from commonwatt.storage.actions import Action
    from commonwatt.storage.pool import Connection


@dataclass(frozen=True, slots=True)
class ActionMonths:
    """An action, and how many of the year's months before it and of those after it are told."""

    action: Action
    told_before: int
    told_after: int

    @property
    def has_baseline(self) -> bool:
        return self.told_before == COHORT_MONTHS


@dataclass(frozen=True, slots=True)
class Rules:
    """The limits a month has to keep before it is told."""

    smallest_group: int = SMALLEST_GROUP
    least_coverage: float = LEAST_COVERAGE
    largest_share: float = LARGEST_SHARE


@dataclass(frozen=True, slots=True)
class LandlordReport:
    """A building's months, and its annex after IPMVP: boundary, periods, exclusions, data quality.

    `first_told` and `last_told` are None where no month is told, and so are the coverages and the
    numbers of homes.
    """

    building: BuildingReport
    first_told: date | None
    last_told: date | None
    told: int
    withheld: tuple[tuple[str, int], ...]
    homes: tuple[int, int] | None
    lowest_coverage: float | None
    mean_coverage: float | None
    actions: tuple[ActionMonths, ...]
    rules: Rules
    savings: tuple[ActionSaving, ...] = ()

    @property
    def told_savings(self) -> tuple[ActionSaving, ...]:
        """Those with figures."""
        return tuple(saving for saving in self.savings if saving.figures is not None)


def load_landlord_report(
    connection: Connection, viewer: Viewer | None, now_utc: datetime
) -> LandlordReport:
    savings = load_building_savings(connection, viewer, now_utc).actions
    return describe_building(load_building(connection, viewer, now_utc), savings)


def describe_building(
    building: BuildingReport, savings: tuple[ActionSaving, ...] = ()
) -> LandlordReport:
    """What can be said of months by themselves, without any model of them, beside what was saved."""
    told = [month for month in building.months if month.kwh is not None]
    coverages = [month.coverage for month in told if month.coverage is not None]
    homes = [month.homes for month in told if month.homes is not None]
    reasons = Counter(month.withheld for month in building.months if month.withheld)
    return LandlordReport(
        building=building,
        first_told=told[0].month if told else None,
        last_told=told[-1].month if told else None,
        told=len(told),
        withheld=tuple(reasons.most_common()),
        homes=(min(homes), max(homes)) if homes else None,
        lowest_coverage=min(coverages, default=None),
        mean_coverage=sum(coverages) / len(coverages) if coverages else None,
        actions=tuple(_months_around(action, told) for action in building.actions),
        rules=Rules(),
        savings=savings,
    )


def _months_around(action: Action, told: list[BuildingMonth]) -> ActionMonths:
    """Whole months alone: the one in which an action begins or ends is neither before nor after."""
    begun = _number(action.start_day)
    ended = None if action.end_day is None else _number(action.end_day)
    numbers = [_number(month.month) for month in told]
    return ActionMonths(
        action=action,
        told_before=sum(begun - COHORT_MONTHS <= number < begun for number in numbers),
        told_after=0 if ended is None else sum(number > ended for number in numbers),
    )


def _number(day: date) -> int:
    return 12 * day.year + day.month
