"""The commands about moves do what the pages tell of them, on a real database."""

from __future__ import annotations

from datetime import timedelta

from typer.testing import CliRunner

from commonwatt.cli import app
from commonwatt.storage import buildings, households, meters, moves
from commonwatt.storage.pool import connect
from tests.simulated import START_UTC, move_in

AT = ("--at", "2026-03-05T12:10")
AT_UTC = START_UTC + timedelta(days=4, hours=11)


def run(database: str, *words: str) -> tuple[int, str]:
    told = {"COMMONWATT_DATABASE_URL": database}
    result = CliRunner().invoke(app, list(words), env=told)
    return result.exit_code, result.output


def test_a_household_leaves_with_a_whole_half_hour(database: str) -> None:
    with connect(database) as connection:
        home = move_in(connection)
        assert run(database, "move", "out", "1", *AT)[0] == 0
        assert households.load_household(connection, home.viewer).end_utc == AT_UTC


def test_a_meter_moves_and_another_takes_its_place(database: str) -> None:
    with connect(database) as connection:
        home = move_in(connection, serial="cw-7k3f9qy")
        empty = buildings.add_dwelling(connection, home.building_id, "A", "A09")
        other = meters.add_meter(connection, "cw-0000000")
        assert run(database, "move", "swap", "1", other.serial, *AT)[0] == 0
        assert moves.meter_in(connection, 1, AT_UTC) == other.meter_id
        assert (
            run(database, "move", "meter", other.serial, str(empty), "--at", "2026-03-06T12:00")[0]
            == 0
        )
        assert moves.dwelling_of(connection, other.meter_id, AT_UTC + timedelta(days=1)) == empty
        assert moves.meter_in(connection, 1, AT_UTC + timedelta(days=1)) is None


def test_a_building_without_dwellings_gets_no_letters(database: str) -> None:
    code, _ = run(database, "letters", "Nowhere")
    assert code != 0
