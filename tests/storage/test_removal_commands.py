"""The commands that take data away do so, on a real database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.testing import CliRunner

from commonwatt.cli import app
from commonwatt.storage.pool import connect
from tests.simulated import START_S, move_in, rows_of, write

if TYPE_CHECKING:
    from pathlib import Path


def run(database: str, list_path: Path, *words: str) -> str:
    told = {"COMMONWATT_DATABASE_URL": database, "COMMONWATT_ERASURE_LIST": str(list_path)}
    result = CliRunner().invoke(app, list(words), env=told, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_old_data_go_and_the_erased_stay_erased(database: str, tmp_path: Path) -> None:
    list_path = tmp_path / "erasures.jsonl"
    with connect(database) as connection:
        home = move_in(connection)
        write(connection, rows_of(home.meter, [START_S + 60, START_S + 120], [1.0, 2.0]))
    assert "removed" in run(database, list_path, "retain")
    with connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM readings").fetchone() == (0,)
    assert "is erased" in run(database, list_path, "erase", str(home.viewer.occupancy_id))
    assert "0 households" in run(database, list_path, "erase", "--replay", "--rewrite")
