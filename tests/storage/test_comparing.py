"""Homes that agreed are compared with those like them: eleven at least, a month once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from commonwatt.access import Guest
from commonwatt.cli import app
from commonwatt.comparing import compare_due
from commonwatt.core.similar import EnergySource
from commonwatt.errors import AccessError, InputError
from commonwatt.reports.similar_homes import SimilarReport, load_similar
from commonwatt.storage import consents, households, similar_homes
from commonwatt.storage.consents import Purpose
from commonwatt.storage.similar_homes import HomeProfile
from tests.simulated import Home, move_in

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

MARCH = date(2026, 3, 1)
BEFORE_UTC = datetime(2026, 2, 1, tzinfo=UTC)
NOW_UTC = datetime(2026, 4, 4, 6, tzinfo=UTC)
FLAT = HomeProfile(EnergySource.COLLECTIVE, EnergySource.ELECTRICITY, 52, 2)
DAY_S = {29: 82_800}
"""The 29th of March has 23 hours."""


def settle_in(
    connection: Connection, number: int, profile: HomeProfile = FLAT, kwh: float = 100.0
) -> Home:
    """A home that agrees, and used so much in March, the same every day."""
    home = move_in(
        connection,
        f"B{number:02d}",
        serial=f"cw-{number:07d}".replace("1", "k"),
        start_utc=BEFORE_UTC,
    )
    similar_homes.tell_profile(connection, home.viewer, profile, BEFORE_UTC)
    agree(connection, home)
    measure(connection, home, 31, kwh)
    return home


def agree(connection: Connection, home: Home) -> None:
    occupancy_id = home.viewer.occupancy_id
    consents.give_consent(connection, occupancy_id, BEFORE_UTC, Purpose.SIMILAR_HOMES)


def measure(connection: Connection, home: Home, days: int, kwh: float) -> None:
    connection.execute("DELETE FROM days WHERE meter_id = %s", (home.meter.meter_id,))
    for day in range(1, days + 1):
        connection.execute(
            "INSERT INTO days VALUES (%s, %s, %s, 0, 0, %s)",
            (
                home.meter.meter_id,
                MARCH.replace(day=day),
                1000 * kwh / days,
                DAY_S.get(day, 86_400),
            ),
        )


@pytest.fixture
def homes(connection: Connection) -> list[Home]:
    """Eleven homes alike, from 100 to 200 kWh."""
    return [settle_in(connection, n, kwh=100 + 10 * n) for n in range(11)]


def report(connection: Connection, home: Home) -> SimilarReport:
    return load_similar(connection, home.viewer)


def test_eleven_homes_find_their_place(connection: Connection, homes: list[Home]) -> None:
    assert compare_due(connection, NOW_UTC) == 11
    place = report(connection, homes[2]).place
    assert place is not None
    assert (place.month, place.homes) == (MARCH, 11)
    assert (place.own_kwh, place.median_kwh, place.best_kwh) == pytest.approx((120, 150, 120))
    assert place.percentile == pytest.approx(100 * 2.5 / 11)


def test_a_month_is_compared_once(connection: Connection, homes: list[Home]) -> None:
    compare_due(connection, NOW_UTC)
    before = report(connection, homes[0]).place
    settle_in(connection, 11, kwh=5000)
    assert compare_due(connection, NOW_UTC + timedelta(days=1)) == 0
    assert report(connection, homes[0]).place == before


def test_late_readings_are_waited_for(connection: Connection, homes: list[Home]) -> None:
    assert compare_due(connection, datetime(2026, 4, 3, 20, tzinfo=UTC)) == 0
    assert report(connection, homes[0]).place is None
    assert compare_due(connection, datetime(2026, 4, 3, 22, 1, tzinfo=UTC)) == 11


def take_back(connection: Connection, home: Home) -> None:
    consents.withdraw_consent(
        connection, home.viewer.occupancy_id, BEFORE_UTC, Purpose.SIMILAR_HOMES
    )


def pause(connection: Connection, home: Home) -> None:
    occupancy_id = home.viewer.occupancy_id
    consents.give_consent(connection, occupancy_id, BEFORE_UTC, Purpose.OWN_VIEW)
    consents.withdraw_consent(connection, occupancy_id, NOW_UTC, Purpose.OWN_VIEW)


def grow(connection: Connection, home: Home) -> None:
    other = replace(FLAT, surface_m2=75)
    similar_homes.tell_profile(connection, home.viewer, other, NOW_UTC)


def lose_days(connection: Connection, home: Home) -> None:
    measure(connection, home, 27, 100)


def move_out(connection: Connection, home: Home) -> None:
    end_utc = datetime(2026, 3, 20, tzinfo=UTC)
    households.move_out(connection, home.viewer.occupancy_id, end_utc)


@pytest.mark.parametrize("change", [take_back, pause, grow, lose_days, move_out])
def test_without_the_eleventh_nobody_is_compared(
    connection: Connection, homes: list[Home], change: object
) -> None:
    assert callable(change)
    change(connection, homes[10])
    assert compare_due(connection, NOW_UTC) == 0
    assert report(connection, homes[0]).place is None


def test_who_takes_back_the_consent_sees_no_place_any_more(
    connection: Connection, homes: list[Home]
) -> None:
    compare_due(connection, NOW_UTC)
    take_back(connection, homes[0])
    told = report(connection, homes[0])
    assert (told.agrees, told.place) == (False, None)
    assert report(connection, homes[1]).place is not None


def test_a_coach_sees_nothing_of_it(connection: Connection, homes: list[Home]) -> None:
    compare_due(connection, NOW_UTC)
    coach = Guest(homes[0].viewer.occupancy_id)
    assert load_similar(connection, coach) == SimilarReport(None, False, None, False)
    with pytest.raises(AccessError):
        similar_homes.tell_profile(connection, coach, FLAT, NOW_UTC)


@pytest.mark.parametrize(("surface_m2", "people"), [(4, 2), (float("nan"), 2), (50, 0), (50, 21)])
def test_a_home_has_a_size_and_people(surface_m2: float, people: int) -> None:
    with pytest.raises(InputError):
        HomeProfile(EnergySource.GAS, EnergySource.GAS, surface_m2, people)


def test_the_command_compares_the_last_month(
    connection: Connection, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMONWATT_DATABASE_URL", database)
    answer = CliRunner().invoke(app, ["compare"])
    assert (answer.exit_code, answer.output) == (0, "0 homes found their place\n")
    assert connection.execute("SELECT count(*) FROM compared_months").fetchone() == (1,)
