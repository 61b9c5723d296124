"""What a household takes with it is all of it, of nobody else, and adds up elsewhere."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zipfile import ZipFile

import numpy as np
import pyarrow.parquet as pq
import pytest

from commonwatt import rollups
from commonwatt.access import Guest
from commonwatt.errors import AccessError
from commonwatt.reports.takeout import takeout
from commonwatt.storage import consents, households
from commonwatt.storage.takeout import TABLES
from tests.simulated import START_S, START_UTC, Home, move_in, rows_of, write

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

TOTAL = "SELECT sum(register_wh), sum(estimated_wh) FROM half_hours WHERE meter_id = %s"
COLUMNS = ("log", "n", "boot", "duration_s", "flags")


@pytest.fixture
def home(connection: Connection) -> Home:
    """A household of one day beside another one, and a tenant after it."""
    home, other = move_in(connection), move_in(connection, "A02", serial="cw-0000000")
    for each, step_wh in ((home, 12.5), (other, 99.0)):
        end_s = START_S + np.arange(60, 86_401, 60)
        write(connection, rows_of(each.meter, end_s, step_wh * np.arange(1, 1441)))
    rollups.settle(connection)
    consents.give_consent(connection, home.viewer.occupancy_id, START_UTC)
    return home


def read_archive(connection: Connection, home: Home) -> ZipFile:
    return ZipFile(io.BytesIO(b"".join(takeout(connection, home.viewer))))


def read_csv(archive: ZipFile, table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(f"{table}.csv").decode())))


def test_every_table_is_there_three_times(connection: Connection, home: Home) -> None:
    archive = read_archive(connection, home)
    assert archive.testzip() is None
    kinds = ("csv", "json", "parquet")
    assert set(archive.namelist()) == {f"{table}.{kind}" for table in TABLES for kind in kinds}
    for table in TABLES:
        rows = read_csv(archive, table)
        assert len(json.loads(archive.read(f"{table}.json"))) == len(rows)
        assert pq.read_table(io.BytesIO(archive.read(f"{table}.parquet"))).num_rows == len(rows)
    assert len(read_csv(archive, "readings")) == 1440
    assert [row["purpose"] for row in read_csv(archive, "consents")] == ["building_figures"]
    assert {row["serial"] for row in read_csv(archive, "half_hours")} == {home.meter.serial}


def test_read_again_it_gives_the_same_totals(connection: Connection, home: Home) -> None:
    rows = read_csv(read_archive(connection, home), "readings")
    again = move_in(connection, "A03", serial="cw-1111111")
    end_s = [int(datetime.fromisoformat(row["end_utc"]).timestamp()) for row in rows]
    register_wh = [float(row["register_wh"]) for row in rows]
    columns = {name: np.array([int(row[name]) for row in rows]) for name in COLUMNS}
    write(connection, rows_of(again.meter, end_s, register_wh, **columns))
    rollups.settle(connection)
    totals = [
        connection.execute(TOTAL, (each.meter.meter_id,)).fetchone() for each in (home, again)
    ]
    assert totals[0] == totals[1]


def test_what_the_next_tenant_used_is_not_in_it(connection: Connection, home: Home) -> None:
    households.move_out(connection, home.viewer.occupancy_id, START_UTC + timedelta(hours=6))
    archive = read_archive(connection, home)
    assert len(read_csv(archive, "readings")) == 6 * 60
    assert len(read_csv(archive, "half_hours")) == 12


def test_a_guest_takes_nothing(connection: Connection, home: Home) -> None:
    with pytest.raises(AccessError):
        b"".join(takeout(connection, Guest(home.viewer.occupancy_id)))
