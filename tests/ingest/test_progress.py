"""What is said again is known before it is written, whatever the order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonwatt.model import NO_LOG
from commonwatt.storage import readings
from commonwatt.storage.meter_logs import known_logs
from commonwatt.storage.rows import ReadingRows
from ingest.progress import Progress

if TYPE_CHECKING:
    import pytest

    from commonwatt.storage.pool import Connection

T0 = 1_790_000_000


def rows(*keys: tuple[int, int, int]) -> ReadingRows:
    """One-minute readings of (meter, log, n)."""
    table = np.array(keys, dtype=np.int64).reshape(len(keys), 3)
    meter_id, log, n = table.T
    same = np.ones(len(keys), dtype=np.int64)
    nothing = np.full(len(keys), np.nan)
    number = np.where(log == NO_LOG, 0, n)
    return ReadingRows(
        meter_id, T0 + 60 * n, log, number, same, 60 * same, 0 * same, nothing, nothing, nothing
    )


def write(connection: Connection, progress: Progress, batch: ReadingRows) -> list[bool]:
    with connection.transaction():
        repeats = progress.find_repeats(connection, batch)
        readings.write_readings(connection, batch, repeats)
    progress.learn()
    found: list[bool] = repeats.tolist()
    return found


def test_a_log_grows_and_what_it_has_passed_is_a_repeat(connection: Connection) -> None:
    progress = Progress()
    assert write(connection, progress, rows((1, 7, 1), (1, 7, 2), (2, 7, 1))) == [False] * 3
    assert write(connection, progress, rows((1, 7, 2), (1, 7, 3), (2, 7, 2))) == [
        True,
        False,
        False,
    ]
    assert write(connection, progress, rows((1, 8, 1), (2, 7, 1))) == [False, True]


def test_within_a_batch_too(connection: Connection) -> None:
    said = rows((1, 7, 1), (1, 7, 1), (1, 7, 5), (2, 7, 1), (1, 7, 4), (1, 7, 6))
    assert write(connection, Progress(), said) == [False, True, False, False, True, False]


def test_a_meter_without_a_log_is_known_by_its_time(connection: Connection) -> None:
    progress = Progress()
    assert write(connection, progress, rows((1, NO_LOG, 5), (1, NO_LOG, 5))) == [False, True]
    assert write(connection, progress, rows((1, NO_LOG, 4), (1, NO_LOG, 6))) == [True, False]


def test_a_new_process_asks_the_database(connection: Connection) -> None:
    write(connection, Progress(), rows((1, 7, 1), (1, 7, 2), (1, NO_LOG, 9)))
    again = rows((1, 7, 2), (1, 7, 3), (1, NO_LOG, 9), (1, 9, 1))
    assert write(connection, Progress(), again) == [True, False, True, False]
    begun = {(1, 7): (3, T0 + 180), (1, NO_LOG): (T0 + 540,) * 2, (1, 9): (1, T0 + 60)}
    assert known_logs(connection, [*begun, (1, 10), (2, 7)]) == begun


def test_what_is_rolled_back_was_not_said(connection: Connection) -> None:
    progress = Progress()
    batch = rows((1, 7, 1))
    with connection.transaction(force_rollback=True):
        progress.find_repeats(connection, batch)
        readings.write_readings(connection, batch)
    assert known_logs(connection, [(1, 7)]) == {}
    assert write(connection, progress, batch) == [False]
    assert write(connection, progress, batch) == [True]


def test_an_absurd_number_harms_nobody(connection: Connection) -> None:
    progress = Progress()
    write(connection, progress, rows((1, 7, 3)))
    far = rows((1, 7, 4), (2, 7, 1))
    far.n[0] = 2**53
    assert write(connection, progress, far) == [False, False]
    assert write(connection, progress, rows((1, 7, 5), (2, 7, 2))) == [True, False]


def test_advance_is_time_told_for_the_first_time(connection: Connection) -> None:
    progress = Progress()
    assert progress.advance_s(1, rows((1, 7, 1), (1, 7, 31), (2, 7, 900))) == 1800
    write(connection, progress, rows((1, 7, 31)))
    assert progress.advance_s(1, rows((1, 7, 31), (1, 7, 2))) == 0
    assert progress.advance_s(1, rows((1, 7, 33))) == 120
    assert progress.advance_s(3, rows((1, 7, 33))) == 0


Key = tuple[int, int, int]
KEYS = st.tuples(st.integers(1, 3), st.sampled_from([NO_LOG, 0, 7]), st.integers(1, 12))


@given(batches=st.lists(st.lists(KEYS, max_size=15), max_size=6), restarts=st.integers(0, 3))
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_repeat_is_taken_for_new(
    connection: Connection, batches: list[list[Key]], restarts: int
) -> None:
    """The table ends as a set would, and COPY never meets a key that is there."""
    connection.execute("TRUNCATE readings, meter_logs")
    said: set[Key] = set()
    progress = Progress()
    for number, batch in enumerate(batches):
        if restarts and number % restarts == 0:
            progress = Progress()
        repeats = write(connection, progress, rows(*batch))
        for key, is_repeat in zip(batch, repeats, strict=True):
            assert is_repeat or key not in said
            said.add(key)
    found = connection.execute("SELECT count(*) FROM readings").fetchone()
    assert found == (len(said),)


Told = tuple[int, int, int]
TOLD = st.tuples(st.sampled_from([0, 7]), st.integers(1, 6), st.integers(0, 1439))


@given(batches=st.lists(st.lists(TOLD, max_size=12), max_size=6), restarts=st.integers(0, 3))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_one_number_is_stored_once_whatever_clocks_do(
    connection: Connection, batches: list[list[Told]], restarts: int
) -> None:
    """Numbers of one meter at any minute of a day, in any order; the first time told stands."""
    connection.execute("TRUNCATE readings, meter_logs")
    first: dict[tuple[int, int], int] = {}
    progress = Progress()
    for number, batch in enumerate(batches):
        if restarts and number % restarts == 0:
            progress = Progress()
        some = rows(*((1, log, n) for log, n, _ in batch))
        some.end_s[:] = [T0 + 60 * minute for *_, minute in batch]
        write(connection, progress, some)
        for (log, n, _), end_s in zip(batch, some.end_s.tolist(), strict=True):
            first.setdefault((log, n), end_s)
    found = connection.execute("SELECT log, n, extract(epoch FROM end_utc)::bigint FROM readings")
    assert sorted(found.fetchall()) == sorted((*key, end_s) for key, end_s in first.items())


def test_the_fast_way_is_taken_for_what_is_new(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress, whole = Progress(), readings._admit
    slow: list[int] = []

    def admit(connection: Connection, some: ReadingRows) -> readings.Written:
        slow.append(len(some))
        return whole(connection, some)

    monkeypatch.setattr(readings, "_admit", admit)
    write(connection, progress, rows((1, 7, 1), (1, 7, 2)))
    write(connection, progress, rows((1, 7, 3), (1, 7, 4)))
    assert slow == []
    write(connection, progress, rows((1, 7, 4), (1, 7, 5)))
    assert slow == [1]
