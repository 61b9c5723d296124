"""Whoever looks at a household's data from the command line is noted for the household, too."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from commonwatt.cli import app
from commonwatt.storage import listing, readings
from commonwatt.storage.pool import connect
from commonwatt.storage.readings import Refused
from tests.simulated import START_S, move_in, rows_of, write


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("explain", "energy", "1", "2026-03-01", "2026-03-02"), "energy"),
        (("quarantine",), "quarantine"),
    ],
)
def test_a_look_from_the_command_line_is_noted(
    database: str, words: tuple[str, ...], what: str
) -> None:
    with connect(database) as connection:
        home = move_in(connection)
        other = move_in(connection, "A02", serial="cw-2222222")
        write(connection, rows_of(home.meter, [START_S + 60, START_S + 120], [1.0, 2.0]))
        refused = Refused(START_S + 60.0, home.meter.meter_id, "t", "future_time", "", b"")
        readings.put_aside(connection, [refused])
        told = {"COMMONWATT_DATABASE_URL": database}
        result = CliRunner().invoke(app, list(words), env=told, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        (visit,) = listing.who_looked(connection, home.viewer)
        assert (visit.viewer, visit.what) == ("operator 0", what)
        assert listing.who_looked(connection, other.viewer) == []
