"""What one household used: the report behind its page and its API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from commonwatt.model import ZONE, Period
from commonwatt.reports.energy import EnergyReport, load_energy
from commonwatt.reports.findings import LAST_HOURS, meter_findings
from commonwatt.storage import households, meters

if TYPE_CHECKING:
    from datetime import date

    from commonwatt.access import Viewer
    from commonwatt.model import Finding
    from commonwatt.storage.pool import Connection


FRESH = timedelta(minutes=10)
"""Power told longer ago than this is no longer the power of the moment."""


@dataclass(frozen=True, slots=True)
class LivePower:
    """The last power the household's meter told."""

    power_w: float
    at_utc: datetime

    def is_fresh(self, now_utc: datetime) -> bool:
        return now_utc - self.at_utc <= FRESH


@dataclass(frozen=True, slots=True)
class HouseholdReport:
    """The first view: now, today in half-hours, this week and this month in days."""

    dwelling_label: str
    building_name: str
    now_utc: datetime
    zone: str
    live: LivePower | None
    today: EnergyReport
    week: EnergyReport
    month: EnergyReport
    findings: tuple[Finding, ...]


def load_household(
    connection: Connection, viewer: Viewer | None, now_utc: datetime
) -> HouseholdReport:
    household = households.load_household(connection, viewer)
    live = load_live_power(connection, viewer)
    today = now_utc.astimezone(ZoneInfo(ZONE)).date()
    day, week, month = day_of(today), week_of(today), month_of(today)
    return HouseholdReport(
        dwelling_label=household.dwelling_label,
        building_name=household.building_name,
        now_utc=now_utc,
        zone=ZONE,
        live=live,
        today=load_energy(connection, viewer, day, "half_hour", now_utc),
        week=load_energy(connection, viewer, week, "day", now_utc),
        month=load_energy(connection, viewer, month, "day", now_utc),
        findings=_findings(connection, viewer, now_utc),
    )


def load_live_power(connection: Connection, viewer: Viewer | None) -> LivePower | None:
    latest = households.latest_power(connection, viewer)
    return LivePower(*latest) if latest else None


def day_of(day: date) -> Period:
    """The local day, of 23, 24 or 25 hours."""
    return local_period(day, day + timedelta(days=1))


def week_of(day: date) -> Period:
    """The local week, Monday to Sunday, that holds a day."""
    monday = day - timedelta(days=day.weekday())
    return local_period(monday, monday + timedelta(days=7))


def month_of(day: date) -> Period:
    """The local calendar month that holds a day."""
    first = day.replace(day=1)
    return local_period(first, (first + timedelta(days=32)).replace(day=1))


def local_period(first: date, after: date) -> Period:
    """From one local midnight to another."""
    zone = ZoneInfo(ZONE)
    return Period(
        datetime(first.year, first.month, first.day, tzinfo=zone),
        datetime(after.year, after.month, after.day, tzinfo=zone),
    )


def _findings(
    connection: Connection, viewer: Viewer | None, now_utc: datetime
) -> tuple[Finding, ...]:
    """What is to be said of the meter that measures the household now."""
    moment = Period(now_utc, now_utc + timedelta(seconds=1))
    measuring = [stay.meter_id for stay in households.stays_of(connection, viewer, moment)]
    return tuple(
        finding
        for meter_id in measuring
        for finding in meter_findings(
            connection, meters.meter_by_id(connection, meter_id), now_utc, LAST_HOURS
        )
    )
