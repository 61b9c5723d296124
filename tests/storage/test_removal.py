"""What is removed is gone, from tables and from the disk, and nothing computes it back."""

from __future__ import annotations

import struct
import subprocess
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from commonwatt import erasure, rollups
from commonwatt.access import Audience, Guest, HouseholdMember
from commonwatt.core.tariff import Contract, Option
from commonwatt.errors import AccessError
from commonwatt.storage import consents, contracts, households, links, removal
from commonwatt.storage.removal import Keeping
from tests.simulated import START_S, START_UTC, Home, move_in, rows_of, write

if TYPE_CHECKING:
    from pathlib import Path

    from commonwatt.servers.postgres import PostgresServer
    from commonwatt.storage.pool import Connection

DAY = timedelta(days=1)
DAY_S = 86_400
SLOWLY_WH = 7.25


def use_energy(
    connection: Connection, home: Home, days: int, first_wh: float = 0.0, first_day: int = 0
) -> None:
    """A reading every five minutes, each with a little more on the register."""
    end_s = START_S + first_day * DAY_S + np.arange(300, days * DAY_S + 1, 300)
    register_wh = first_wh + SLOWLY_WH * np.arange(1, len(end_s) + 1)
    number = first_day * 288 + np.arange(1, len(end_s) + 1)
    duration_s = np.full(len(end_s), 300)
    write(connection, rows_of(home.meter, end_s, register_wh, duration_s=duration_s, n=number))
    rollups.settle(connection)


def count(connection: Connection, table: str, where: str = "true") -> int:
    (found,) = connection.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone() or ()
    return int(found)


def half_hours(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute("SELECT * FROM half_hours ORDER BY meter_id, start_utc").fetchall()


@pytest.fixture
def list_path(tmp_path: Path) -> Path:
    return tmp_path / "erasures.jsonl"


def test_an_erased_household_leaves_nothing(connection: Connection, list_path: Path) -> None:
    home = move_in(connection)
    occupancy_id = home.viewer.occupancy_id
    use_energy(connection, home, 2)
    contracts.enter_contract(
        connection, occupancy_id, Contract(START_UTC.date(), Option.BASE, 6, ()), START_UTC
    )
    consents.give_consent(connection, occupancy_id, START_UTC)
    token = links.make_link(connection, Audience.HOUSEHOLD, occupancy_id, START_UTC)
    erasure.erase(connection, home.viewer, START_UTC + 2 * DAY, list_path)
    tables = ("readings", "half_hours", "days", "contracts", "dirty_spans", "consents")
    assert {table: count(connection, table) for table in tables} == dict.fromkeys(tables, 0)
    assert links.find_viewer(connection, token) is None
    assert count(connection, "consent_events") == 1, "the yes stands, and names nobody"


def test_neighbours_in_time_keep_theirs(connection: Connection, list_path: Path) -> None:
    """The tenant before and the tenant after, with moves in the middle of days."""
    home = move_in(connection)
    noon, next_noon = START_UTC + DAY / 2, START_UTC + 1.5 * DAY
    before = home.viewer.occupancy_id
    (dwelling_id,) = connection.execute("SELECT dwelling_id FROM occupancies").fetchone() or ()
    households.move_out(connection, before, noon)
    erased = households.move_in(connection, dwelling_id, noon, next_noon)
    households.move_in(connection, dwelling_id, next_noon)
    use_energy(connection, home, 3)
    kept = [row for row in half_hours(connection) if not noon <= row[1] < next_noon]
    erasure.erase(connection, HouseholdMember(erased), START_UTC + 3 * DAY, list_path)
    assert half_hours(connection) == kept
    sums = connection.execute(
        "SELECT day, register_wh + estimated_wh FROM days ORDER BY day"
    ).fetchall()
    assert [day for day, _ in sums] == [date(2026, 3, day) for day in (1, 2, 3, 4)][: len(sums)]
    assert sum(energy_wh for _, energy_wh in sums) == pytest.approx(sum(row[2] for row in kept))


def test_late_readings_bring_nothing_back(connection: Connection, list_path: Path) -> None:
    home = move_in(connection)
    use_energy(connection, home, 1)
    erasure.erase(connection, home.viewer, START_UTC + DAY, list_path)
    use_energy(connection, home, 1)
    assert count(connection, "half_hours") == 0
    removal.remove_old(connection, START_UTC + DAY)
    assert count(connection, "readings") == 0


def test_a_restore_does_not_bring_the_erased_back(connection: Connection, list_path: Path) -> None:
    home, other = move_in(connection), move_in(connection, "A02", serial="cw-0000000")
    use_energy(connection, home, 1)
    person = removal.person_of(connection, home.viewer)
    erasure.append(list_path, removal.Erasure(person, START_UTC + DAY))
    assert erasure.replay(connection, list_path) == 1
    assert count(connection, "readings") == 0
    use_energy(connection, other, 1)
    assert erasure.replay(connection, list_path) == 0, "a second replay finds nobody"
    assert count(connection, "readings") == 288


def test_a_guest_erases_nothing(connection: Connection, list_path: Path) -> None:
    home = move_in(connection)
    with pytest.raises(AccessError):
        erasure.erase(connection, Guest(home.viewer.occupancy_id), START_UTC, list_path)
    assert not list_path.exists()


def test_nothing_is_left_on_the_disk(
    connection: Connection, postgres: PostgresServer, list_path: Path
) -> None:
    """A register's value and an offer's name are looked for in every file of the server."""
    home = move_in(connection)
    canary_wh = 31_415_926.535897932
    use_energy(connection, home, 1, first_wh=canary_wh)
    offer = "canary-of-a-household"
    agreed = Contract(START_UTC.date(), Option.BASE, 6, (), offer=offer)
    contracts.enter_contract(connection, home.viewer.occupancy_id, agreed, START_UTC)
    connection.execute("ANALYZE")
    connection.execute("CHECKPOINT")
    traces = (struct.pack("<d", canary_wh + SLOWLY_WH), offer.encode())
    assert all(files_with(postgres.data, trace) for trace in traces)
    erasure.erase(connection, home.viewer, START_UTC + DAY, list_path)
    removal.rewrite_tables(connection)
    assert [files_with(postgres.data, trace) for trace in traces] == [[], []]


def files_with(folder: Path, trace: bytes) -> list[str]:
    pattern = "".join(f"\\x{byte:02x}" for byte in trace)
    found = subprocess.run(
        ["grep", "-rlaP", pattern, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C"},
    )
    return found.stdout.split()


def test_each_tier_is_kept_for_its_time(connection: Connection) -> None:
    home = move_in(connection)
    use_energy(connection, home, 6)
    before = half_hours(connection)
    now_utc = START_UTC + 6 * DAY
    removal.remove_old(connection, now_utc, Keeping(2, 4, 5))
    (oldest,) = connection.execute("SELECT min(end_utc) FROM readings").fetchone() or ()
    assert START_UTC + 3.9 * DAY < oldest <= now_utc - 2 * DAY
    kept = half_hours(connection)
    assert kept == before[-len(kept) :]
    assert START_UTC + 1.9 * DAY < kept[0][1] <= START_UTC + 2 * DAY
    assert connection.execute("SELECT min(day) FROM days").fetchone() == (date(2026, 3, 2),)


def test_rollups_are_not_computed_from_what_is_left(connection: Connection) -> None:
    home = move_in(connection)
    use_energy(connection, home, 6)
    removal.remove_old(connection, START_UTC + 6 * DAY, Keeping(2, 4, 5))
    days = "SELECT * FROM days ORDER BY day"
    before = half_hours(connection), connection.execute(days).fetchall()
    rollups.rebuild(connection, home.meter)
    assert (half_hours(connection), connection.execute(days).fetchall()) == before


def test_recordings_for_study_stay(connection: Connection) -> None:
    home = move_in(connection)
    connection.execute("UPDATE meters SET backlog_days = NULL")
    use_energy(connection, home, 3)
    before = count(connection, "readings"), half_hours(connection)
    removal.remove_old(connection, START_UTC + 3000 * DAY)
    assert (count(connection, "readings"), half_hours(connection)) == before


def test_a_household_may_want_less_kept(connection: Connection) -> None:
    home, other = move_in(connection), move_in(connection, "A02", serial="cw-0000000")
    for each in (home, other):
        use_energy(connection, each, 6)
    removal.keep_shorter(connection, home.viewer, Keeping(1, 2, 3))
    removal.remove_old(connection, START_UTC + 6 * DAY)
    mine, theirs = (f"meter_id = {each.meter.meter_id}" for each in (home, other))
    assert count(connection, "readings", theirs) == 6 * 288
    assert 288 <= count(connection, "readings", mine) < 2 * 288
    assert 2 * 48 <= count(connection, "half_hours", mine) < 3 * 48
    assert count(connection, "days", mine) == count(connection, "days", theirs) - 3


def test_whole_chunks_are_dropped_unless_they_hold_recordings(connection: Connection) -> None:
    home = move_in(connection)
    use_energy(connection, home, 20)
    study = move_in(connection, "A02", serial="cw-0000000")
    connection.execute("UPDATE meters SET backlog_days = NULL WHERE serial = 'cw-0000000'")
    use_energy(connection, study, 1)
    removed = removal.remove_old(connection, START_UTC + 60 * DAY)
    chunked = connection.execute(
        "SELECT count(*) FROM pg_extension WHERE extname = 'timescaledb'"
    ).fetchone() == (1,)
    assert (removed.chunks > 0) is chunked
    assert count(connection, "readings") == 288
