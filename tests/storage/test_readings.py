"""What is written is there once, exactly, whatever is written again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonwatt.errors import RowRefusedError, SeriesError
from commonwatt.storage import meters, readings
from commonwatt.storage.readings import Refused, Sign, instant
from commonwatt.storage.rows import ReadingRows

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

T0 = 1_790_000_000


def rows(*ns: int, meter_id: int = 1, log: int = 7, **columns: Any) -> ReadingRows:
    """One-minute readings numbered `ns`, with a register of 10 Wh each."""
    n = np.array(ns, dtype=np.int64)
    same = np.ones(len(n), dtype=np.int64)
    table = {
        "meter_id": meter_id * same,
        "end_s": T0 + 60 * n,
        "log": log * same,
        "n": n,
        "boot": same,
        "duration_s": 60 * same,
        "flags": 0 * same,
        "register_wh": 10.0 * n,
        "power_w": np.full(len(n), 600.0),
        "apparent_va": np.full(len(n), np.nan),
    }
    return ReadingRows(**(table | columns))


def stored(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT meter_id, extract(epoch FROM end_utc)::bigint, log, n, register_wh, power_w,"
        " apparent_va FROM readings ORDER BY meter_id, end_utc, log, n"
    ).fetchall()


def write(connection: Connection, batch: ReadingRows, *, doubt: bool = False) -> int:
    """Write a batch whose rows are all thought new, or all thought repeated; how many were new."""
    repeats = np.full(len(batch), doubt)
    with connection.transaction():
        written = readings.write_readings(connection, batch, repeats)
    assert written.conflicts == []
    return written.new


def test_a_batch_is_written_exactly(connection: Connection) -> None:
    nothing = np.array([np.nan, np.nan, 5.5])
    batch = rows(1, 2, 3, power_w=np.array([1.0, np.nan, np.nan]), apparent_va=nothing)
    assert write(connection, batch) == 3
    assert stored(connection) == [
        (1, T0 + 60, 7, 1, 10.0, 1.0, None),
        (1, T0 + 120, 7, 2, 20.0, None, None),
        (1, T0 + 180, 7, 3, 30.0, None, 5.5),
    ]


@pytest.mark.parametrize("doubt", [True, False])
def test_what_is_there_is_not_written_again(connection: Connection, doubt: bool) -> None:
    write(connection, rows(1, 2, 3))
    assert write(connection, rows(2, 3, 4), doubt=doubt) == 1
    assert [row[3] for row in stored(connection)] == [1, 2, 3, 4]


def test_duplicates_within_a_batch_fall(connection: Connection) -> None:
    assert write(connection, rows(1, 1, 2)) == 2


def test_several_batches_share_a_transaction(connection: Connection) -> None:
    with connection.transaction():
        assert readings.write_readings(connection, rows(1, 2)).new == 2
        assert readings.write_readings(connection, rows(1, 2, 3)).new == 1
        assert readings.write_readings(connection, rows(3, 4)).new == 1
    assert len(stored(connection)) == 4


def test_the_same_number_in_another_log_is_another_reading(connection: Connection) -> None:
    write(connection, rows(1, 2))
    assert write(connection, rows(1, 2, log=8)) == 2


def test_an_empty_batch_is_nothing(connection: Connection) -> None:
    assert write(connection, rows()) == 0


@given(
    batches=st.lists(st.lists(st.integers(1, 30), max_size=12), max_size=6),
    doubt=st.booleans(),
)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_batches_leave_each_reading_once(
    connection: Connection, batches: list[list[int]], doubt: bool
) -> None:
    connection.execute("TRUNCATE readings")
    written = sum(write(connection, rows(*batch), doubt=doubt) for batch in batches)
    distinct = {n for batch in batches for n in batch}
    assert written == len(distinct)
    assert [row[3] for row in stored(connection)] == sorted(distinct)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("register_wh", np.inf),
        ("register_wh", -1.0),
        ("register_wh", 5e9),
        ("power_w", np.inf),
        ("power_w", 2e5),
        ("apparent_va", -3.0),
        ("duration_s", 0),
        ("duration_s", 3601),
        ("n", -1),
    ],
)
def test_the_table_refuses_nonsense(connection: Connection, column: str, value: float) -> None:
    columns: dict[str, Any] = {column: np.array([value])}
    with pytest.raises(RowRefusedError):
        write(connection, rows(1, **columns))
    assert stored(connection) == []


def test_the_table_refuses_nan_even_from_elsewhere(connection: Connection) -> None:
    """A NaN would pass a check written with >= and poison every sum."""
    for column in ("register_wh", "power_w", "apparent_va"):
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(
                f"INSERT INTO readings (meter_id, end_utc, log, n, boot, duration_s, flags, {column})"
                " VALUES (1, now(), 1, 1, 1, 60, 0, 'NaN')"
            )


def test_columns_of_unequal_length_cannot_exist() -> None:
    with pytest.raises(SeriesError, match="unequal length"):
        rows(1, 2, boot=np.array([1]))


def test_commits_are_synchronous(connection: Connection) -> None:
    assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)


def test_a_series_comes_back_with_its_neighbours(connection: Connection) -> None:
    write(connection, rows(*range(1, 11), power_w=np.full(10, np.nan)))
    series = readings.load_series(connection, 1, T0 + 240, T0 + 360, neighbours=2)
    assert series.n.tolist() == [2, 3, 4, 5, 6, 7, 8]
    assert series.register_wh.tolist() == [20, 30, 40, 50, 60, 70, 80]
    assert np.isnan(series.power_w).all()
    assert len(readings.load_series(connection, 2, 0, T0, neighbours=2)) == 0
    assert readings.count_readings(connection, 1, T0 + 240, T0 + 360) == (2, 120)


def test_the_newest_power_stays(connection: Connection) -> None:
    meter = meters.add_meter(connection, "cw-0000000")
    first = Sign(meter.meter_id, T0 + 9.0, power_w=100, power_s=T0 + 5)
    readings.see_meters(connection, [first, Sign(meter.meter_id, T0 + 10.0, online=False)])
    sign = meters.last_sign(connection, meter.meter_id)
    assert sign == meters.LastSign(instant(T0 + 10), False, 100, instant(T0 + 5))
    late = Sign(meter.meter_id, T0 + 20.0, power_w=999, power_s=T0 + 1)
    readings.see_meters(connection, [late])
    sign = meters.last_sign(connection, meter.meter_id)
    assert sign == meters.LastSign(instant(T0 + 20), True, 100, instant(T0 + 5))


def test_the_first_anchor_of_a_boot_is_kept(connection: Connection) -> None:
    meter = meters.add_meter(connection, "cw-0000000")
    readings.learn_boots(connection, {(meter.meter_id, 1): T0})
    readings.learn_boots(connection, {(meter.meter_id, 1): T0 + 99, (meter.meter_id, 2): T0 + 5})
    known = readings.boots_of(connection, [meter.meter_id])
    assert known == {(meter.meter_id, 1): T0, (meter.meter_id, 2): T0 + 5}


def test_the_quarantine_keeps_any_bytes(connection: Connection) -> None:
    hostile = Refused(T0, None, "cw/\0\udcff", "unknown_topic", "x" * 900 + "\0", bytes(range(256)))
    readings.put_aside(connection, [hostile])
    (entry,) = readings.last_refused(connection)
    assert entry.code == "unknown_topic"
    assert len(entry.detail) == 500
    assert connection.execute("SELECT payload FROM quarantine").fetchone() == (bytes(range(256)),)


def test_a_batch_of_new_and_repeated_rows_is_written_exactly(connection: Connection) -> None:
    write(connection, rows(1, 2, 3))
    with connection.transaction():
        mixed = rows(2, 4, 3, 5)
        written = readings.write_readings(connection, mixed, np.array([True, False, True, False]))
    assert written == readings.Written(2, [])
    assert [row[3] for row in stored(connection)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("doubt", [True, False])
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("register_wh", 20.5),
        ("register_wh", np.nan),
        ("power_w", 601.0),
        ("apparent_va", 1.0),
        ("boot", 2),
        ("duration_s", 59),
        ("flags", 1),
    ],
)
def test_other_content_at_the_same_key_is_told_and_not_stored(
    connection: Connection, column: str, value: float, doubt: bool
) -> None:
    write(connection, rows(1, 2, 3))
    before = stored(connection)
    columns: dict[str, Any] = {column: np.array([value])}
    with connection.transaction():
        written = readings.write_readings(connection, rows(2, **columns), np.array([doubt]))
    assert written == readings.Written(0, [readings.Conflict(1, T0 + 120, 7, 2)])
    assert stored(connection) == before


@pytest.mark.parametrize("shift_s", [-86_400, -1, 1, 3600, 86_400])
def test_a_number_of_a_log_stands_for_one_time(connection: Connection, shift_s: int) -> None:
    write(connection, rows(1, 2, 3))
    before = stored(connection)
    again = rows(2, end_s=np.array([T0 + 120 + shift_s]))
    with connection.transaction():
        written = readings.write_readings(connection, again, np.array([True]))
    assert written == readings.Written(0, [readings.Conflict(1, T0 + 120 + shift_s, 7, 2)])
    assert stored(connection) == before


def test_refusals_are_counted_by_day_and_reason(connection: Connection) -> None:
    meter = meters.add_meter(connection, "cw-0000000")
    today, tomorrow = instant(T0).date(), instant(T0 + 86_400).date()
    known = meter.meter_id
    readings.count_refused(connection, {(known, "undated"): 3, (None, "unknown_topic"): 1}, today)
    readings.count_refused(connection, {(known, "undated"): 2}, today)
    readings.count_refused(connection, {(None, "unknown_topic"): 9}, tomorrow)
    readings.count_refused(connection, {}, tomorrow)
    found = readings.refused_since(connection, today)
    assert list(found.items()) == [("unknown_topic", 10), ("undated", 5)]
    assert readings.refused_since(connection, tomorrow) == {"unknown_topic": 9}
    assert readings.refused_since(connection, today, meter_id=known) == {"undated": 5}
