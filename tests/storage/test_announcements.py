"""What a household's own listener may hear: its energy since it began, and never another's."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt import rollups
from commonwatt.access import Landlord
from commonwatt.errors import AccessError, RegistryError, RowRefusedError
from commonwatt.storage import announcements, consents, households, readings
from commonwatt.storage.announcements import begin_announcing, end_announcing, tell_listeners
from commonwatt.storage.consents import Purpose
from commonwatt.storage.readings import Sign
from tests.simulated import START_S, START_UTC, Home, move_in, rows_of, write

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

HOUR = timedelta(hours=1)
DAYS = 4


@pytest.fixture
def home(connection: Connection) -> Home:
    """Four days of 6 Wh a minute, from one in the morning in Paris."""
    home = move_in(connection)
    end_s = START_S + 60 * np.arange(0, DAYS * 1440 + 1)
    write(connection, rows_of(home.meter, end_s, 6.0 * np.arange(len(end_s))))
    while rollups.refresh(connection):
        pass
    return home


def told_wh(connection: Connection, at_utc: datetime) -> list[float]:
    return [round(each.energy_wh, 6) for each in tell_listeners(connection, at_utc)]


@pytest.mark.parametrize("begun_after_h", [0, 5, 23, 30])
def test_energy_counts_from_the_half_hour_it_began(
    connection: Connection, home: Home, begun_after_h: int
) -> None:
    begin_announcing(connection, home.viewer, START_UTC + begun_after_h * HOUR)
    expected_wh = 360.0 * (24 * DAYS - begun_after_h)
    assert told_wh(connection, START_UTC + DAYS * 24 * HOUR) == [expected_wh]


def test_energy_ends_with_the_household_and_the_next_hears_its_own(
    connection: Connection, home: Home
) -> None:
    moved_utc = START_UTC + 30 * HOUR
    begin_announcing(connection, home.viewer, START_UTC)
    dwelling = connection.execute("SELECT dwelling_id FROM occupancies").fetchone()
    assert dwelling
    households.move_out(connection, home.viewer.occupancy_id, moved_utc)
    next_id = households.move_in(connection, dwelling[0], moved_utc)
    just_before = moved_utc - timedelta(seconds=1)
    assert told_wh(connection, just_before) == [360.0 * 30]
    assert told_wh(connection, moved_utc) == []
    begin_announcing(connection, type(home.viewer)(next_id), moved_utc)
    assert told_wh(connection, moved_utc) == [360.0 * (24 * DAYS - 30)]


def test_energy_once_told_never_falls(connection: Connection, home: Home) -> None:
    begin_announcing(connection, home.viewer, START_UTC)
    before = told_wh(connection, START_UTC + 100 * HOUR)
    connection.execute("UPDATE days SET register_wh = register_wh - 50")
    connection.execute("UPDATE half_hours SET register_wh = register_wh - 50")
    assert told_wh(connection, START_UTC + 100 * HOUR) == before


def test_power_is_the_newest_of_its_own_meter(connection: Connection, home: Home) -> None:
    begin_announcing(connection, home.viewer, START_UTC)
    assert [each.power_w for each in tell_listeners(connection, START_UTC)] == [None]
    sign = Sign(home.meter.meter_id, START_S + 60.0, power_w=412.0, power_s=START_S + 60.0)
    readings.see_meters(connection, [sign])
    (told,) = tell_listeners(connection, START_UTC + HOUR)
    assert (told.power_w, told.power_utc) == (412.0, START_UTC + timedelta(minutes=1))


def test_only_a_household_decides_and_only_once(connection: Connection, home: Home) -> None:
    with pytest.raises(AccessError):
        begin_announcing(connection, Landlord(1), START_UTC)
    with pytest.raises(AccessError):
        end_announcing(connection, None, START_UTC)
    with pytest.raises(RegistryError):
        end_announcing(connection, home.viewer, START_UTC)
    begin_announcing(connection, home.viewer, START_UTC)
    with pytest.raises(RowRefusedError):
        begin_announcing(connection, home.viewer, START_UTC)


def test_ended_is_ended_at_once_and_forgotten_later(connection: Connection, home: Home) -> None:
    listener = begin_announcing(connection, home.viewer, START_UTC)
    assert listener.secret not in str(connection.execute("TABLE announcements").fetchall())
    assert list(announcements.listener_hashes(connection, START_UTC)) == [listener.name]
    assert announcements.ended_listeners(connection, START_UTC) == []
    end_announcing(connection, home.viewer, START_UTC)
    assert announcements.listener_hashes(connection, START_UTC) == {}
    assert told_wh(connection, START_UTC) == []
    assert announcements.ended_listeners(connection, START_UTC) == [listener.name]
    announcements.forget_listener(connection, listener.name)
    assert announcements.ended_listeners(connection, START_UTC) == []
    assert begin_announcing(connection, home.viewer, START_UTC).name != listener.name


def test_a_paused_household_is_announced_no_more(connection: Connection, home: Home) -> None:
    listener = begin_announcing(connection, home.viewer, START_UTC)
    household = home.viewer.occupancy_id
    consents.give_consent(connection, household, START_UTC, Purpose.OWN_VIEW)
    assert list(announcements.listener_hashes(connection, START_UTC)) == [listener.name]
    consents.withdraw_consent(connection, household, START_UTC, Purpose.OWN_VIEW)
    assert announcements.listener_hashes(connection, START_UTC) == {}
    assert announcements.ended_listeners(connection, START_UTC) == [listener.name]
    assert told_wh(connection, START_UTC) == []
