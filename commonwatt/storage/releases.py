"""What was told to landlords and of whom; for the program that releases, never for a viewer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.storage.consents import Purpose
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from commonwatt.model import Period
    from commonwatt.storage.buildings import ReleasedMonth
    from commonwatt.storage.pool import Connection

_SQL = queries("releases")


@dataclass(frozen=True, slots=True)
class HomeMonth:
    """One consenting home's month, on its way into a sum; never leaves the house alone."""

    energy_wh: float
    covered_s: float


@dataclass(frozen=True, slots=True)
class ToldCohort:
    """The homes and the months of published sums: a building's, or of homes that wait."""

    building_id: int | None
    first_month: date
    last_month: date
    occupancies: tuple[int, ...]
    action_id: int | None = None


def lock_releases(connection: Connection) -> None:
    """Wait for any other release to end; held up to the end of the transaction."""
    with database_errors():
        connection.execute(_SQL["lock"])


def next_months(connection: Connection) -> list[tuple[int, date]]:
    """Each building, and the first month that is neither released nor withheld."""
    with database_errors():
        return connection.execute(_SQL["next_months"]).fetchall()


def home_months(
    connection: Connection, building_id: int, period: Period, month: date, next_month: date
) -> dict[int, HomeMonth]:
    """The homes that may be counted in a local month, whose instants are `period`."""
    where = _stretch(building_id, period) | {
        "purpose": Purpose.BUILDING_FIGURES,
        "month": month,
        "next_month": next_month,
    }
    with database_errors():
        rows = connection.execute(_SQL["home_months"], where)
        return {home: HomeMonth(energy_wh, covered_s) for home, energy_wh, covered_s in rows}


def residents(connection: Connection, building_id: int, period: Period) -> list[int]:
    """Everybody whom the main meter measures, if somebody else reads it; else nobody."""
    with database_errors():
        rows = connection.execute(_SQL["residents"], _stretch(building_id, period))
        return [row[0] for row in rows]


def _stretch(building_id: int, period: Period) -> dict[str, object]:
    return {
        "building_id": building_id,
        "start_utc": period.start_utc,
        "end_utc": period.end_utc,
    }


def told_cohorts(connection: Connection) -> list[ToldCohort]:
    with database_errors():
        rows = connection.execute(_SQL["cells"])
        return [
            ToldCohort(building_id, first, last, tuple(homes))
            for building_id, first, last, homes in rows
        ]


def keep_cohort(connection: Connection, cohort: ToldCohort, now_utc: datetime) -> None:
    row = {
        "building_id": cohort.building_id,
        "first_month": cohort.first_month,
        "last_month": cohort.last_month,
        "action_id": cohort.action_id,
        "occupancies": list(cohort.occupancies),
        "now_utc": now_utc,
    }
    with database_errors():
        connection.execute(_SQL["add_cell"], row)


def release_month(
    connection: Connection, building_id: int, month: ReleasedMonth, now_utc: datetime
) -> None:
    row = {
        "building_id": building_id,
        "month": month.month,
        "homes": month.homes,
        "energy_wh": month.energy_wh,
        "coverage": month.coverage,
        "now_utc": now_utc,
    }
    with database_errors():
        connection.execute(_SQL["release"], row)


def withhold_months(
    connection: Connection, building_id: int, reasons: Iterable[tuple[date, str]], now_utc: datetime
) -> None:
    with database_errors():
        for month, reason in reasons:
            row = {"building_id": building_id, "month": month, "reason": reason}
            connection.execute(_SQL["withhold"], row | {"now_utc": now_utc})
