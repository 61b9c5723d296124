"""Which period a reader chose: a day, week, month or year, and those beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from commonwatt.errors import PeriodError
from commonwatt.model import ZONE, Period
from commonwatt.reports.household import day_of, local_period, month_of, week_of

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.reports.energy import By

EARLIEST: Final = date(2000, 1, 1)


class View(StrEnum):
    """How long a stretch a page shows at once."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


BARS: Final[dict[View, By]] = {
    View.DAY: "half_hour",
    View.WEEK: "day",
    View.MONTH: "day",
    View.YEAR: "month",
}
"""Into what a view is divided."""

DETAILED_BARS: Final[dict[View, By]] = {**BARS, View.WEEK: "half_hour", View.YEAR: "day"}
"""Into what a view is divided where the reader can zoom."""


class Beside(StrEnum):
    """What a period is drawn beside."""

    NOTHING = "nothing"
    BEFORE = "before"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Choice:
    """A view and a local day in it."""

    view: View
    day: date

    @property
    def period(self) -> Period:
        if self.view is View.DAY:
            return day_of(self.day)
        if self.view is View.WEEK:
            return week_of(self.day)
        if self.view is View.MONTH:
            return month_of(self.day)
        return local_period(date(self.day.year, 1, 1), date(self.day.year + 1, 1, 1))

    @property
    def first_day(self) -> date:
        return local_date(self.period.start_utc)

    @property
    def last_day(self) -> date:
        return local_date(self.period.end_utc) - timedelta(days=1)

    @property
    def query(self) -> str:
        return f"view={self.view}&date={self.day.isoformat()}"

    @property
    def before(self) -> Choice:
        return Choice(self.view, self.first_day - timedelta(days=1))

    @property
    def after(self) -> Choice:
        return Choice(self.view, self.last_day + timedelta(days=1))

    @property
    def year_before(self) -> Choice:
        """The same a year ago: the same day of the week, or the same month."""
        if self.view in {View.DAY, View.WEEK}:
            return Choice(self.view, self.first_day - timedelta(days=364))
        return Choice(self.view, self.first_day.replace(year=self.first_day.year - 1))

    def other(self, beside: Beside) -> Choice | None:
        """The period that is drawn beside this one, if one is."""
        if beside is Beside.NOTHING:
            return None
        return self.before if beside is Beside.BEFORE else self.year_before

    def holds(self, at_utc: datetime) -> bool:
        return self.period.start_utc <= at_utc < self.period.end_utc


def read_choice(view: str | None, day: str | None, now_utc: datetime) -> Choice:
    """The choice written in an address; today where it names no day.

    A day to come is today: the reader's clock may be ahead of ours.
    """
    today = local_date(now_utc)
    try:
        chosen = min(date.fromisoformat(day), today) if day else today
        choice = Choice(View(view or View.DAY), chosen)
    except ValueError as error:
        raise PeriodError("view=day, week, month or year; date=2026-01-31") from error
    if chosen < EARLIEST:
        raise PeriodError(f"nothing is older than {EARLIEST.isoformat()}")
    return choice


def read_number(told: str) -> float | None:
    """A number as a person types it, with a comma or a point; None for nothing, NaN for anything else."""
    if not told.strip():
        return None
    try:
        return float(told.strip().replace(",", "."))
    except ValueError:
        return float("nan")


def local_date(at_utc: datetime) -> date:
    return at_utc.astimezone(ZoneInfo(ZONE)).date()
