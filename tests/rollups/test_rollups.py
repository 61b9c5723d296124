"""Rollups always equal a recomputation from the readings, in whatever order these came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonwatt import rollups
from commonwatt.storage.pool import connect
from commonwatt.storage.rollups import DirtySpan, count_dirty
from tests.simulated import START_S, move_in, pick, rows_of, write

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection
    from commonwatt.storage.rows import ReadingRows
    from tests.simulated import Home

DAY_S = 86_400


def stored(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    columns = "register_wh, power_wh, estimated_wh, covered_s"
    return {
        "half_hours": connection.execute(
            f"SELECT start_utc, {columns} FROM half_hours ORDER BY start_utc"
        ).fetchall(),
        "days": connection.execute(f"SELECT day, {columns} FROM days ORDER BY day").fetchall(),
    }


def refresh_all(connection: Connection) -> None:
    while rollups.refresh(connection):
        pass
    assert count_dirty(connection) == 0


def check_equal_to_a_recomputation(connection: Connection, home: Home) -> None:
    kept = stored(connection)
    connection.execute("TRUNCATE half_hours, days")
    rollups.rebuild(connection, home.meter)
    assert stored(connection) == kept


def eventful_rows(home: Home, seed: int) -> ReadingRows:
    """Two days of minutes with holes, a reset, a rollover, a spike, and a second log."""
    chance = np.random.default_rng(seed)
    count = 2880
    end_s = START_S + 60 * np.arange(1, count + 1)
    used_wh = chance.integers(0, 60, count).astype(float)
    register_wh = np.cumsum(used_wh) + 60_000
    register_wh[register_wh >= 65_536] -= 65_536
    boot = np.ones(count, dtype=np.int64)
    boot[1200:] = 2
    register_wh[1200:] -= register_wh[1200] - 5
    register_wh[700] = 900_000.0
    log = np.where(np.arange(count) >= 2000, 8, 7)
    n = np.where(log == 8, np.arange(count) - 1999, np.arange(count) + 1)
    power_w = np.where(chance.random(count) < 0.5, used_wh * 60, np.nan)
    register_wh[chance.random(count) < 0.02] = np.nan
    columns = {"boot": boot, "log": log, "n": n, "power_w": power_w}
    rows = rows_of(home.meter, end_s, np.abs(register_wh), **columns)
    kept = np.ones(count, dtype=np.bool_)
    for start in chance.integers(0, count, 6):
        kept[start : start + chance.integers(1, 200)] = False
    return pick(rows, kept)


@pytest.mark.parametrize("seed", range(3))
def test_in_any_order_and_any_pieces(connection: Connection, seed: int) -> None:
    home = move_in(connection)
    rows = eventful_rows(home, seed)
    chance = np.random.default_rng(seed + 100)
    for piece in np.array_split(chance.permutation(len(rows)), 12):
        write(connection, pick(rows, np.sort(piece)))
        if chance.random() < 0.7:
            refresh_all(connection)
    refresh_all(connection)
    check_equal_to_a_recomputation(connection, home)


@given(data=st.data())
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_law_for_small_histories(connection: Connection, data: st.DataObject) -> None:
    connection.execute("TRUNCATE readings, half_hours, days, dirty_spans")
    home = move_in_once(connection)
    minutes = data.draw(st.lists(st.integers(1, 400), min_size=1, max_size=25, unique=True))
    steps = data.draw(st.lists(st.integers(-3, 300), min_size=25, max_size=25))
    order = data.draw(st.permutations(range(len(minutes))))
    minute = np.sort(np.array(minutes))
    register_wh = np.abs(np.cumsum(steps[: len(minutes)])).astype(float)
    rows = rows_of(home.meter, START_S + 60 * minute, register_wh, n=minute)
    for one in order:
        write(connection, pick(rows, np.array([one])))
        refresh_all(connection)
    check_equal_to_a_recomputation(connection, home)


def move_in_once(connection: Connection) -> Home:
    connection.execute("TRUNCATE buildings, meters CASCADE")
    return move_in(connection)


def test_a_reading_that_fills_a_gap_moves_energy_to_where_it_was(connection: Connection) -> None:
    """600 Wh across an hour and a half, then a reading says that all was used in its first half."""
    home = move_in(connection)
    ends = rows_of(home.meter, [START_S, START_S + 5400], [0, 600], n=np.array([2, 4]))
    write(connection, ends)
    refresh_all(connection)
    spread = [row[3] for row in stored(connection)["half_hours"]]
    assert spread == pytest.approx([200, 200, 200])
    write(connection, rows_of(home.meter, [START_S + 2700], [600], n=np.array([3])))
    refresh_all(connection)
    spread = [row[3] for row in stored(connection)["half_hours"]]
    assert spread == pytest.approx([400, 200, 0])
    check_equal_to_a_recomputation(connection, home)


def test_days_are_local_and_have_23_or_25_hours(connection: Connection) -> None:
    """60 W all through the last weekend of March 2026: 23 h on the 29th are 1380 Wh."""
    home = move_in(connection)
    start_s = START_S + 26 * DAY_S
    end_s = start_s + 60 * np.arange(1, 5 * 1440)
    write(connection, rows_of(home.meter, end_s, np.arange(1.0, 5 * 1440)))
    refresh_all(connection)
    days = {row[0].isoformat(): (row[1], row[4]) for row in stored(connection)["days"]}
    assert days["2026-03-28"] == pytest.approx((1440, 24 * 3600))
    assert days["2026-03-29"] == pytest.approx((1380, 23 * 3600))
    assert days["2026-03-30"] == pytest.approx((1440, 24 * 3600))


def test_a_second_refresher_leaves_the_first_alone(connection: Connection, database: str) -> None:
    home = move_in(connection)
    write(connection, rows_of(home.meter, [START_S + 60], [1]))
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(6357219002)")
        with connect(database) as other:
            assert rollups.refresh(other) == 0
    refresh_all(connection)


def test_marks_less_than_a_day_apart_are_joined() -> None:
    spans = [DirtySpan(1, 0, 10), DirtySpan(2, 5, 6), DirtySpan(1, 86_405, 86_500)]
    spans.append(DirtySpan(1, 400_000, 400_001))
    assert rollups.join_spans(spans) == [
        DirtySpan(1, 0, 86_500),
        DirtySpan(1, 400_000, 400_001),
        DirtySpan(2, 5, 6),
    ]
