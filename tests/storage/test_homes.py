"""Who lives where, and which meter hangs where: never two at once, and only on half-hours."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from commonwatt.errors import RegistryError, RowRefusedError
from commonwatt.model import Period
from commonwatt.storage import buildings, households, meters
from tests.simulated import START_UTC, move_in

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

HOUR = timedelta(hours=1)


@pytest.fixture
def dwelling_id(connection: Connection) -> int:
    building_id = buildings.add_building(connection, "Ormes")
    return buildings.add_dwelling(connection, building_id, "B", "B01")


def test_one_household_at_a_time(connection: Connection, dwelling_id: int) -> None:
    first = households.move_in(connection, dwelling_id, START_UTC)
    with pytest.raises(RegistryError, match="one_household_at_a_time"):
        households.move_in(connection, dwelling_id, START_UTC + HOUR)
    households.move_out(connection, first, START_UTC + HOUR)
    assert households.move_in(connection, dwelling_id, START_UTC + HOUR) != first


def test_moves_happen_on_half_hours(connection: Connection, dwelling_id: int) -> None:
    with pytest.raises(RowRefusedError):
        households.move_in(connection, dwelling_id, START_UTC + timedelta(minutes=10))
    occupancy = households.move_in(connection, dwelling_id, START_UTC)
    with pytest.raises(RowRefusedError):
        households.move_out(connection, occupancy, START_UTC + timedelta(seconds=1))


def test_a_meter_hangs_in_one_place(connection: Connection, dwelling_id: int) -> None:
    meter = meters.add_meter(connection, "cw-0000000")
    other = meters.add_meter(connection, "cw-1111111")
    meters.install(connection, meter.meter_id, dwelling_id, START_UTC, START_UTC + HOUR)
    with pytest.raises(RegistryError, match="one_meter_a_dwelling"):
        meters.install(connection, other.meter_id, dwelling_id, START_UTC)
    elsewhere = buildings.add_dwelling(connection, 1, "B", "B02")
    with pytest.raises(RegistryError, match="hangs_in_one_place"):
        meters.install(connection, meter.meter_id, elsewhere, START_UTC)
    meters.install(connection, meter.meter_id, elsewhere, START_UTC + HOUR)


def test_a_stay_is_what_dwelling_meter_and_household_share(connection: Connection) -> None:
    home = move_in(connection)
    asked = Period(START_UTC - HOUR, START_UTC + HOUR)
    (stay,) = households.stays_of(connection, home.viewer, asked)
    assert (stay.meter_id, stay.start_utc, stay.end_utc) == (
        home.meter.meter_id,
        START_UTC,
        START_UTC + HOUR,
    )
    households.move_out(connection, home.viewer.occupancy_id, START_UTC + HOUR / 2)
    (stay,) = households.stays_of(connection, home.viewer, asked)
    assert stay.end_utc == START_UTC + HOUR / 2
    later = Period(START_UTC + HOUR, START_UTC + 2 * HOUR)
    assert households.stays_of(connection, home.viewer, later) == []


def test_the_measured_household_is_found_by_its_meter(connection: Connection) -> None:
    home = move_in(connection)
    found = households.occupancy_at(connection, home.meter.meter_id, START_UTC)
    assert found == home.viewer.occupancy_id
    assert households.occupancy_at(connection, home.meter.meter_id, START_UTC - HOUR) is None


def test_the_same_serial_is_registered_once(connection: Connection) -> None:
    meters.add_meter(connection, "cw-0000000")
    with pytest.raises(RowRefusedError):
        meters.add_meter(connection, "cw-0000000")
    with pytest.raises(RowRefusedError):
        meters.add_meter(connection, "not a serial")
