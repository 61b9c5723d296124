"""A period beside an earlier one: as far as both have gone, and only where both are measured."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt import rollups
from commonwatt.reports.energy import load_energy
from commonwatt.reports.household import day_of
from commonwatt.reports.past import Past, load_past
from tests.simulated import START_S, START_UTC, Home, move_in, rows_of, write

if TYPE_CHECKING:
    from datetime import date

    from commonwatt.storage.pool import Connection

DAYS = 4
FIRST = START_UTC.date() + timedelta(days=1)


@pytest.fixture
def home(connection: Connection) -> Home:
    """From midnight 1 W more every hour: what a day used more than the one before is 24 * 24 Wh."""
    home = move_in(connection)
    minutes = np.arange(0, 1440 * DAYS)
    register_wh = np.cumsum((minutes // 60) / 60.0)
    write(connection, rows_of(home.meter, START_S + 60 * minutes, register_wh))
    rollups.settle(connection)
    return home


def past(connection: Connection, home: Home, day: date, now_utc: datetime) -> Past | None:
    total = load_energy(connection, home.viewer, day_of(day), None, now_utc).total
    earlier = day_of(day - timedelta(days=1))
    return load_past(connection, home.viewer, total, earlier, now_utc)


def test_whole_days_are_compared_whole(connection: Connection, home: Home) -> None:
    told = past(connection, home, FIRST + timedelta(days=1), START_UTC + timedelta(days=4))
    assert told is not None
    assert told.kwh - told.earlier_kwh == pytest.approx(24 * 24 / 1000, rel=0.01)
    assert told.share == pytest.approx(told.kwh / told.earlier_kwh - 1)


def test_a_day_that_runs_is_compared_up_to_the_same_moment(
    connection: Connection, home: Home
) -> None:
    day = FIRST + timedelta(days=1)
    six_utc = day_of(day).start_utc.astimezone(UTC) + timedelta(hours=6)
    told = past(connection, home, day, six_utc)
    assert told is not None
    begun = load_energy(connection, home.viewer, day_of(day), None, six_utc).total.kwh
    assert begun is not None
    whole = past(connection, home, day, six_utc + timedelta(days=2))
    assert whole is not None
    assert told.earlier_kwh < whole.earlier_kwh / 2


def test_what_was_not_measured_is_not_compared(connection: Connection, home: Home) -> None:
    day = START_UTC.date()
    assert past(connection, home, day, START_UTC + timedelta(days=4)) is None
    later = START_UTC.date() + timedelta(days=DAYS + 2)
    assert past(connection, home, later, START_UTC + timedelta(days=DAYS + 4)) is None
