"""The service's figures follow what happens in its database, and tell of nobody."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import pytest

from commonwatt import erasure, rollups
from commonwatt.operations.figures import Collector
from commonwatt.servers.ports import free_port
from commonwatt.storage import readings, tickets
from commonwatt.storage.pool import connect
from commonwatt.storage.readings import Refused, Sign
from commonwatt.storage.removal import Erasure
from tests.operations.scraping import Figures, fires, moved, names, shown
from tests.operations.test_alerts import expression
from tests.simulated import START_S, move_in, rows_of, write
from tests.storage.workshops import MINUTE, NOW_UTC, open_one, pass_test

if TYPE_CHECKING:
    from pathlib import Path

    from commonwatt.storage.pool import Connection

EVERYTHING = {
    "commonwatt_database_up",
    "commonwatt_schema_current",
    "commonwatt_meters",
    "commonwatt_tickets_open",
    "commonwatt_refused_today",
    "commonwatt_last_heard_age_seconds",
    "commonwatt_rollup_marks",
    "commonwatt_rollup_age_seconds",
    "commonwatt_erasures_standing",
}


def look(collector: Collector) -> Figures:
    return shown(collector.figures())


def make_everything_happen(connection: Connection, listed: Path) -> None:
    """One of each: a reading, a refusal, a sign of life, a ticket, a household that came back."""
    home = move_in(connection)
    write(connection, rows_of(home.meter, START_S + 60 * np.arange(1, 3), np.arange(2.0)))
    now_s = time.time()
    readings.see_meters(connection, [Sign(home.meter.meter_id, now_s - 3600)])
    readings.count_refused(
        connection, {(home.meter.meter_id, "too_old"): 2}, datetime.now(UTC).date()
    )
    erasure.append(listed, Erasure(uuid4(), NOW_UTC))


def test_every_figure_moves(database: str, connection: Connection, tmp_path: Path) -> None:
    listed = tmp_path / "erasures.jsonl"
    collector = Collector(database, listed)
    before = look(collector)
    assert names(before) == EVERYTHING - {
        "commonwatt_refused_today",
        "commonwatt_last_heard_age_seconds",
    }
    make_everything_happen(connection, listed)
    look(collector)
    time.sleep(0.05)
    after = look(collector)
    states = {"commonwatt_database_up", "commonwatt_schema_current", "commonwatt_tickets_open"}
    assert names(after) == EVERYTHING
    assert moved(before, after) == EVERYTHING - states
    assert after["commonwatt_meters", (("state", "live"),)] == 1
    assert after["commonwatt_refused_today", (("reason", "too_old"),)] == 2
    assert after["commonwatt_last_heard_age_seconds", ()] == pytest.approx(3600, abs=60)
    assert after["commonwatt_rollup_marks", ()] == 1
    assert after["commonwatt_rollup_age_seconds", ()] >= 0.05
    assert after["commonwatt_erasures_standing", ()] == 1


def test_rollups_that_are_done_have_no_age(
    database: str, connection: Connection, tmp_path: Path
) -> None:
    collector = Collector(database, tmp_path / "none")
    make_everything_happen(connection, tmp_path / "other")
    look(collector)
    rollups.settle(connection)
    after = look(collector)
    assert after["commonwatt_rollup_marks", ()] == after["commonwatt_rollup_age_seconds", ()] == 0


def test_a_replayed_list_leaves_nobody_standing(
    database: str, connection: Connection, tmp_path: Path
) -> None:
    listed = tmp_path / "erasures.jsonl"
    erasure.append(listed, Erasure(uuid4(), NOW_UTC))
    erasure.replay(connection, listed)
    assert look(Collector(database, listed))["commonwatt_erasures_standing", ()] == 0


def test_an_open_ticket_is_counted(database: str, connection: Connection, tmp_path: Path) -> None:
    opened = open_one(connection)
    pass_test(connection, opened)
    meter_id = opened.maker(connection).meter_id
    connection.execute("UPDATE meters SET state = 'live' WHERE meter_id = %s", (meter_id,))
    readings.see_meters(connection, [Sign(meter_id, NOW_UTC.timestamp())])
    tickets.look_after_meters(connection, NOW_UTC + timedelta(days=2) + MINUTE)
    told = look(Collector(database, tmp_path / "none"))
    causes = [value for (name, _), value in told.items() if name == "commonwatt_tickets_open"]
    assert fires(expression("RepairsWait"), told)
    assert sum(causes) == 1
    assert len(causes) == 5


def test_a_database_that_is_away_is_all_there_is_to_say(tmp_path: Path) -> None:
    nowhere = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    told = look(Collector(nowhere, tmp_path / "none"))
    assert told == {("commonwatt_database_up", ()): 0}
    assert fires(expression("DatabaseAway"), told)


def test_an_old_schema_is_told(empty_database: str, tmp_path: Path) -> None:
    told = look(Collector(empty_database, tmp_path / "none"))
    assert told == {("commonwatt_database_up", ()): 1, ("commonwatt_schema_current", ()): 0}
    assert fires(expression("SchemaOld"), told)


def test_no_figure_tells_of_anybody(database: str, connection: Connection, tmp_path: Path) -> None:
    """Labels are stages, causes and reasons alone; no serial, dwelling, building or topic is there."""
    make_everything_happen(connection, tmp_path / "other")
    refused = Refused(time.time(), 1, "cw/v1/cw-7k3f9qx/readings", "too_old", "A01", b"{}")
    readings.put_aside(connection, [refused])
    labels = {label for _, pairs in look(Collector(database, tmp_path / "none")) for label in pairs}
    assert {name for name, _ in labels} == {"state", "cause", "reason"}
    with connect(database) as other:
        told = {text for row in other.execute("SELECT serial FROM meters") for text in row}
    assert not told & {value for _, value in labels}
