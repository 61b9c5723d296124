"""Tells households what they chose to be told of, once a day."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from commonwatt.access import HouseholdMember
from commonwatt.model import ZONE
from commonwatt.reports.cost import load_cost
from commonwatt.reports.energy import load_total
from commonwatt.reports.household import day_of, month_of
from commonwatt.reports.savings import load_always_on
from commonwatt.storage.alerts import (
    Alert,
    AlertKind,
    Choices,
    count_raised,
    raise_alert,
    watched_homes,
)
from commonwatt.storage.pool import connect, database_errors

if TYPE_CHECKING:
    from commonwatt.engines import Engine
    from commonwatt.storage.pool import Connection


def watch(connection: Connection, now_utc: datetime) -> int:
    """Look at yesterday, the nights and this month; return how many alerts are new.

    A day is told of once, what is always on and what a month costs once a month.
    """
    for home in watched_homes(connection, now_utc).items():
        watch_home(connection, now_utc, home)
    return count_raised(connection, now_utc)


def watch_on(engine: Engine, database_url: str, now_utc: datetime) -> int:
    """The same, home by home, wherever an engine does its work."""
    with connect(database_url) as connection:
        homes = list(watched_homes(connection, now_utc).items())
        engine.run(partial(_watch_from_afar, database_url, now_utc), homes)
        return count_raised(connection, now_utc)


def _watch_from_afar(database_url: str, now_utc: datetime, home: tuple[int, Choices]) -> None:
    with connect(database_url) as connection:
        watch_home(connection, now_utc, home)


def watch_home(connection: Connection, now_utc: datetime, home: tuple[int, Choices]) -> None:
    """Tell one household; what it was told of before is not told again, however often this is done."""
    occupancy_id, choices = home
    with database_errors(), connection.transaction():
        for kind, above in choices.items():
            found = _look(connection, HouseholdMember(occupancy_id), kind, now_utc)
            if found is not None and found[1] > above:
                raise_alert(connection, occupancy_id, Alert(kind, *found, above, now_utc))


def _look(
    connection: Connection, viewer: HouseholdMember, kind: AlertKind, now_utc: datetime
) -> tuple[date, float] | None:
    """The day, or the first of the month, and what was found; None if that is not known."""
    today = now_utc.astimezone(ZoneInfo(ZONE)).date()
    if kind is AlertKind.DAY:
        day = today - timedelta(days=1)
        return _told(day, load_total(connection, viewer, day_of(day), now_utc).kwh)
    first = today.replace(day=1)
    if kind is AlertKind.ALWAYS_ON:
        return _told(first, load_always_on(connection, viewer, today, now_utc).power_w)
    return _told(first, load_cost(connection, viewer, month_of(today), now_utc).total_eur)


def _told(day: date, found: float | None) -> tuple[date, float] | None:
    return None if found is None or math.isnan(found) else (day, found)
