"""Households choose what they are told of, are told of it once, and see that they were."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from typer.testing import CliRunner

from commonwatt import rollups
from commonwatt.access import Guest
from commonwatt.cli import app
from commonwatt.core.tariff import Contract, Option
from commonwatt.errors import AccessError, InputError
from commonwatt.storage import alerts, consents
from commonwatt.storage.alerts import AlertKind
from commonwatt.storage.consents import Purpose
from commonwatt.storage.contracts import enter_contract
from commonwatt.watching import watch
from tests.simulated import START_S, START_UTC, Home, move_in, rows_of, write

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

DAYS = 12
NOW_UTC = START_UTC + timedelta(days=DAYS, hours=9)
YESTERDAY = (NOW_UTC - timedelta(days=1)).date()
FIRST = YESTERDAY.replace(day=1)


@pytest.fixture
def home(connection: Connection) -> Home:
    """A home that uses 500 W day and night: 12 kWh a day."""
    home = move_in(connection)
    minutes = np.arange(0, 1440 * DAYS + 540)
    write(connection, rows_of(home.meter, START_S + 60 * minutes, 500 / 60 * minutes))
    rollups.settle(connection)
    enter_contract(
        connection, home.viewer.occupancy_id, Contract(date(2025, 8, 1), Option.BASE, 6), START_UTC
    )
    return home


def choose(connection: Connection, home: Home, kind: AlertKind, above: float | None) -> None:
    alerts.choose_alert(connection, home.viewer, kind, above, NOW_UTC)


def told(connection: Connection, home: Home) -> list[tuple[AlertKind, date, int]]:
    return [
        (alert.kind, alert.day, round(alert.found))
        for alert in alerts.unseen_alerts(connection, home.viewer)
    ]


def test_nobody_is_told_who_did_not_choose(connection: Connection, home: Home) -> None:
    assert watch(connection, NOW_UTC) == 0
    assert told(connection, home) == []


@pytest.mark.parametrize(
    ("kind", "below", "above", "day", "found"),
    [
        (AlertKind.DAY, 11.9, 12.1, YESTERDAY, 12),
        (AlertKind.ALWAYS_ON, 499, 501, FIRST, 500),
        (AlertKind.MONTH, 10, 500, FIRST, None),
    ],
)
def test_what_is_above_the_choice_is_told_once(
    connection: Connection,
    home: Home,
    kind: AlertKind,
    below: float,
    above: float,
    day: date,
    found: int | None,
) -> None:
    choose(connection, home, kind, above)
    assert watch(connection, NOW_UTC) == 0
    choose(connection, home, kind, below)
    assert watch(connection, NOW_UTC) == 1
    assert watch(connection, NOW_UTC + timedelta(hours=1)) == 0
    ((told_kind, told_day, told_found),) = told(connection, home)
    assert (told_kind, told_day) == (kind, day)
    assert found is None or told_found == found


def test_the_next_day_is_told_anew_and_the_next_month_too(
    connection: Connection, home: Home
) -> None:
    choose(connection, home, AlertKind.DAY, 11)
    assert watch(connection, NOW_UTC - timedelta(days=1)) == 1
    assert watch(connection, NOW_UTC) == 1
    days = [day for _, day, _ in told(connection, home)]
    assert days == [YESTERDAY, YESTERDAY - timedelta(days=1)]


def test_what_is_not_known_is_not_told(connection: Connection, home: Home) -> None:
    choose(connection, home, AlertKind.DAY, 1)
    assert watch(connection, NOW_UTC + timedelta(days=30)) == 0


def test_who_paused_or_left_is_told_nothing(connection: Connection, home: Home) -> None:
    choose(connection, home, AlertKind.DAY, 11)
    occupancy_id = home.viewer.occupancy_id
    consents.give_consent(connection, occupancy_id, START_UTC, Purpose.OWN_VIEW)
    consents.withdraw_consent(connection, occupancy_id, NOW_UTC, Purpose.OWN_VIEW)
    assert alerts.watched_homes(connection, NOW_UTC) == {}


def test_seen_is_seen_and_stays_in_the_list(connection: Connection, home: Home) -> None:
    choose(connection, home, AlertKind.DAY, 11)
    watch(connection, NOW_UTC)
    alerts.see_alerts(connection, home.viewer, NOW_UTC)
    assert told(connection, home) == []
    (kept,) = alerts.alerts_since(connection, home.viewer, NOW_UTC - timedelta(hours=1))
    assert kept.seen_utc == NOW_UTC
    assert alerts.alerts_since(connection, home.viewer, NOW_UTC + timedelta(hours=1)) == ()


def test_a_choice_ends_with_an_empty_field(connection: Connection, home: Home) -> None:
    choose(connection, home, AlertKind.DAY, 11)
    assert alerts.load_choices(connection, home.viewer) == {AlertKind.DAY: 11}
    choose(connection, home, AlertKind.DAY, None)
    assert alerts.load_choices(connection, home.viewer) == {}
    assert watch(connection, NOW_UTC) == 0


@pytest.mark.parametrize("above", [0.0, -1.0, 1e6, float("nan")])
def test_choices_have_bounds(connection: Connection, home: Home, above: float) -> None:
    with pytest.raises(InputError):
        choose(connection, home, AlertKind.DAY, above)


def test_a_coach_neither_chooses_nor_sees(connection: Connection, home: Home) -> None:
    coach = Guest(home.viewer.occupancy_id)
    with pytest.raises(AccessError):
        alerts.choose_alert(connection, coach, AlertKind.DAY, 5, NOW_UTC)
    with pytest.raises(AccessError):
        alerts.unseen_alerts(connection, coach)


def test_the_command_says_how_many(
    connection: Connection, home: Home, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMONWATT_DATABASE_URL", database)
    answer = CliRunner().invoke(app, ["watch"])
    assert (answer.exit_code, answer.output) == (0, "0 alerts are new\n")
