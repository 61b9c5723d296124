"""Contracts are corrected without forgetting, and never overlap; colours of days are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from commonwatt.access import Landlord, Maker
from commonwatt.core.tariff import Contract, OffPeakWindows, Option, Season, Window
from commonwatt.core.tempo import Colour, TempoColours
from commonwatt.errors import AccessError, RegistryError, RowRefusedError, TariffError
from commonwatt.storage import contracts
from tests.simulated import START_UTC, Home, move_in

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

FIRST = date(2025, 11, 1)
DAY = timedelta(days=1)
WINDOWS = OffPeakWindows(
    FIRST,
    (
        Season(4, 1, (Window(60, 360), Window(840, 1020))),
        Season(11, 1, (Window(1350, 390),)),
    ),
)
CONTRACT = Contract(FIRST, Option.OFF_PEAK, 9, (WINDOWS,), date(2026, 10, 31), "another")


@pytest.fixture
def home(connection: Connection) -> Home:
    return move_in(connection)


def enter(connection: Connection, home: Home, contract: Contract, days: int = 0) -> None:
    occupancy_id = home.viewer.occupancy_id
    contracts.enter_contract(connection, occupancy_id, contract, START_UTC + days * DAY)


def test_a_contract_comes_back_as_it_was_entered(connection: Connection, home: Home) -> None:
    later = Contract(date(2026, 11, 1), Option.TEMPO, 6)
    enter(connection, home, later)
    enter(connection, home, CONTRACT)
    history = contracts.load_contracts(connection, home.viewer)
    assert history.contracts == (CONTRACT, later)


def test_a_household_without_a_contract_has_none(connection: Connection, home: Home) -> None:
    assert contracts.load_contracts(connection, home.viewer).contracts == ()


def test_a_correction_replaces_and_what_was_believed_is_kept(
    connection: Connection, home: Home
) -> None:
    corrected = replace(CONTRACT, subscribed_kva=6)
    enter(connection, home, CONTRACT)
    enter(connection, home, corrected, days=10)
    assert contracts.load_contracts(connection, home.viewer).contracts == (corrected,)
    for days, expected in ((-1, ()), (0, (CONTRACT,)), (9, (CONTRACT,)), (10, (corrected,))):
        known_utc = START_UTC + days * DAY
        history = contracts.load_contracts(connection, home.viewer, known_utc)
        assert history.contracts == expected


def test_a_contract_entered_by_mistake_is_taken_back(connection: Connection, home: Home) -> None:
    enter(connection, home, CONTRACT)
    occupancy_id = home.viewer.occupancy_id
    contracts.withdraw_contract(connection, occupancy_id, FIRST, START_UTC + DAY)
    assert contracts.load_contracts(connection, home.viewer).contracts == ()
    assert contracts.load_contracts(connection, home.viewer, START_UTC).contracts == (CONTRACT,)
    with pytest.raises(RegistryError, match="has no contract from 2025-11-01"):
        contracts.withdraw_contract(connection, occupancy_id, FIRST, START_UTC + DAY)


def test_an_overlap_is_refused_and_changes_nothing(connection: Connection, home: Home) -> None:
    enter(connection, home, CONTRACT)
    with pytest.raises(TariffError, match="one is valid 2025-11-01 to 2026-10-31, the next one"):
        enter(connection, home, Contract(date(2026, 10, 31), Option.BASE, 6))
    longer = replace(CONTRACT, valid_to=None)
    enter(connection, home, longer)
    enter(connection, home, Contract(date(2026, 10, 31), Option.BASE, 6))
    with pytest.raises(TariffError, match="contracts overlap"):
        enter(connection, home, CONTRACT)
    first, second = contracts.load_contracts(connection, home.viewer).contracts
    assert (first, second.option) == (longer, Option.BASE)


def test_a_contract_is_of_a_household_that_exists(connection: Connection) -> None:
    with pytest.raises(RegistryError):
        contracts.enter_contract(connection, 999, CONTRACT, START_UTC)


@pytest.mark.parametrize("viewer", [None, Maker(1), Landlord(1)])
def test_only_the_household_reads_its_contracts(
    connection: Connection, viewer: Maker | Landlord | None
) -> None:
    with pytest.raises(AccessError):
        contracts.load_contracts(connection, viewer)


def test_a_neighbours_contract_is_not_read(connection: Connection, home: Home) -> None:
    enter(connection, home, CONTRACT)
    neighbour = move_in(connection, "A02", serial="cw-2222222")
    assert contracts.load_contracts(connection, neighbour.viewer).contracts == ()


def test_colours_are_kept_and_the_last_word_stands(connection: Connection) -> None:
    told = {FIRST: Colour.BLUE, FIRST + DAY: Colour.WHITE, FIRST + 2 * DAY: Colour.RED}
    contracts.save_colours(connection, TempoColours(told), "made up for a test")
    corrected = {FIRST + DAY: Colour.RED}
    contracts.save_colours(connection, TempoColours(corrected), "made up again")
    found = contracts.load_colours(connection, FIRST, FIRST + DAY)
    assert found.by_day == {FIRST: Colour.BLUE, FIRST + DAY: Colour.RED}
    assert contracts.load_colours(connection, FIRST - DAY, FIRST - DAY).by_day == {}


def test_a_colour_says_whence_it_is(connection: Connection) -> None:
    with pytest.raises(RowRefusedError):
        contracts.save_colours(connection, TempoColours({FIRST: Colour.BLUE}), "")
