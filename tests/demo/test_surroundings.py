"""The demo's homes live in the weather that the service is told of, and have a contract."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt.core.tariff import Option
from commonwatt.demo.surroundings import STATION, give_contract, give_weather, simulate_weather
from commonwatt.storage.contracts import load_contracts
from commonwatt.storage.weather import load_days
from tests.simulated import START_UTC, move_in

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection


def test_weather_is_that_of_a_temperate_place() -> None:
    year = simulate_weather(date(2025, 1, 1), date(2025, 12, 31))
    assert len(year) == 365
    assert (year.low_c <= year.mean_c).all()
    assert (year.mean_c <= year.high_c).all()
    assert year.mean_c.mean() == pytest.approx(12, abs=1)
    january, july = year.mean_c[:31], year.mean_c[181:212]
    assert january.mean() < 7
    assert july.mean() > 17


def test_two_stretches_join() -> None:
    whole = simulate_weather(date(2025, 3, 1), date(2025, 3, 31))
    part = simulate_weather(date(2025, 3, 20), date(2025, 3, 31))
    np.testing.assert_array_equal(whole.mean_c[19:], part.mean_c)


def test_a_building_gets_weather_and_a_home_its_contract(connection: Connection) -> None:
    home = move_in(connection)
    give_weather(connection, home.building_id, START_UTC, datetime(2026, 4, 1, tzinfo=UTC))
    give_contract(connection, home.viewer.occupancy_id, START_UTC)
    known = load_days(connection, home.building_id, date(2026, 3, 1), date(2026, 3, 31))
    assert known is not None
    assert (known.station.key, len(known.day)) == (STATION.key, 31)
    (contract,) = load_contracts(connection, home.viewer).contracts
    assert (contract.option, contract.valid_from) == (Option.BASE, date(2026, 3, 1))
