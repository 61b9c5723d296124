"""The checker sees every kind of breach; without this no clean campaign would mean anything."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING

import pytest

from commonwatt import rollups
from commonwatt.demo.registration import register_home
from commonwatt.faults.flaky import FlakyMeter
from commonwatt.faults.invariants import Breach, Violation, check
from commonwatt.storage import buildings
from ingest.batch import BatchWriter, Envelope

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

START_S = 1_790_000_000
SERIAL = "cw-7k3f9qz"


@pytest.fixture
def meter(connection: Connection) -> FlakyMeter:
    """A flaky meter whose messages are stored and added up."""
    home = register_home(
        connection,
        buildings.add_building(connection, "Faults"),
        stairwell="A",
        label="1",
        serial=SERIAL,
        start_utc=datetime.fromtimestamp(START_S - 86_400, UTC),
        backlog_days=None,
    )
    meter = FlakyMeter(home, Random(5), START_S)
    topic = f"cw/v1/{home.meter.serial}/readings"
    batch = [Envelope(topic, meter.next_message().payload, START_S) for _ in range(120)]
    BatchWriter().write(connection, batch, START_S + 30 * 86_400)
    rollups.settle(connection)
    return meter


def breaches(connection: Connection, meter: FlakyMeter) -> dict[Breach, int]:
    return {each.breach: each.count for each in check(connection, [meter])}


def test_a_good_history_has_no_breach(connection: Connection, meter: FlakyMeter) -> None:
    assert check(connection, [meter]) == ()
    assert len({record.log for record in meter.truth}) > 1
    assert meter.refused > 0
    times = [record.end_s for record in meter.truth]
    assert times != sorted(times), "its clock never went back"


def test_a_lost_row(connection: Connection, meter: FlakyMeter) -> None:
    lost = meter.truth[7]
    connection.execute("DELETE FROM readings WHERE log = %s AND n = %s", (lost.log, lost.n))
    found = check(connection, [meter])
    assert Violation(Breach.LOST, SERIAL, 1) in found


def test_a_row_with_other_content(connection: Connection, meter: FlakyMeter) -> None:
    changed = meter.truth[7]
    connection.execute(
        "UPDATE readings SET register_wh = register_wh + 1 WHERE log = %s AND n = %s",
        (changed.log, changed.n),
    )
    assert breaches(connection, meter)[Breach.CHANGED] == 1


def test_a_doubled_row_and_a_foreign_one(connection: Connection, meter: FlakyMeter) -> None:
    row = meter.truth[7]
    for n, shift in ((row.n, "1 second"), (5000, "2 seconds")):
        connection.execute(
            "INSERT INTO readings (meter_id, end_utc, log, n, boot, duration_s, flags, register_wh)"
            " SELECT meter_id, end_utc + %s::interval, log, %s, boot, duration_s, flags, register_wh"
            " FROM readings WHERE log = %s AND n = %s LIMIT 1",
            (shift, n, row.log, row.n),
        )
    found = breaches(connection, meter)
    assert (found[Breach.DOUBLED], found[Breach.FOREIGN]) == (1, 1)


def test_a_refusal_without_a_reason(connection: Connection, meter: FlakyMeter) -> None:
    connection.execute("DELETE FROM quarantine")
    assert breaches(connection, meter) == {Breach.UNEXPLAINED: meter.refused}


def test_rollups_that_are_not_the_readings(connection: Connection, meter: FlakyMeter) -> None:
    connection.execute("UPDATE half_hours SET register_wh = register_wh + 1")
    assert set(breaches(connection, meter)) == {Breach.STALE}
    assert check(connection, [meter]) == (), "the check itself adds up anew"
