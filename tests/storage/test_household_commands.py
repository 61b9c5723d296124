"""What an operator does for a household that cannot do it itself, and that the household sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from commonwatt.cli import app
from commonwatt.storage import consents, listing, pins
from commonwatt.storage.consents import Purpose
from tests.simulated import START_UTC, Home, move_in

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection


@pytest.fixture
def home(connection: Connection, database: str, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("COMMONWATT_DATABASE_URL", database)
    return move_in(connection)


def run(*arguments: str) -> tuple[int, str]:
    answer = CliRunner().invoke(app, list(arguments))
    return answer.exit_code, answer.output + str(answer.exception or "")


def visits(connection: Connection, home: Home) -> list[str]:
    return [visit.what for visit in listing.who_looked(connection, home.viewer)]


def test_a_lost_pin_is_taken_off_and_the_household_sees_it(
    connection: Connection, home: Home
) -> None:
    occupancy_id = home.viewer.occupancy_id
    pins.set_pin(connection, occupancy_id, "271828", START_UTC)
    status, told = run("unlock", str(occupancy_id))
    assert (status, "may choose a new one" in told) == (0, True)
    assert not pins.has_pin(connection, occupancy_id)
    assert visits(connection, home) == ["pin"]


def test_who_has_no_pin_cannot_lose_it(connection: Connection, home: Home) -> None:
    status, told = run("unlock", str(home.viewer.occupancy_id))
    assert (status, "has no PIN" in told) == (1, True)
    assert visits(connection, home) == []


def test_a_consent_on_paper_is_given_and_taken_back(connection: Connection, home: Home) -> None:
    occupancy_id = str(home.viewer.occupancy_id)
    assert run("consent", occupancy_id, "paper")[0] == 0
    (given,) = consents.load_consents(connection, home.viewer)
    assert (given.purpose, given.text, given.withdrawn_utc) == (Purpose.PAPER, consents.PAPER, None)
    assert run("consent", occupancy_id, "paper", "--withdrawn")[0] == 0
    assert consents.standing_purposes(connection, home.viewer) == set()
    assert visits(connection, home) == ["consent", "consent"]


def test_nobody_consents_for_a_household_that_is_not_there(
    connection: Connection, home: Home
) -> None:
    status, told = run("consent", "999999", "paper")
    assert (status, told != "") == (1, True)
