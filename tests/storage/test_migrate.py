"""The schema is brought up to date once, in order, and never behind anybody's back."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from commonwatt.errors import MigrationError
from commonwatt.storage.migrate import Migration, migrate, require_current, shipped_migrations
from commonwatt.storage.pool import connect


def test_steps_are_numbered_without_a_hole() -> None:
    versions = [step.version for step in shipped_migrations()]
    assert versions == list(range(1, len(versions) + 1))


def test_a_second_run_does_nothing(empty_database: str) -> None:
    with connect(empty_database) as connection:
        assert migrate(connection) == shipped_migrations()
        assert migrate(connection) == []
        require_current(connection)


def test_a_database_without_schema_is_refused(empty_database: str) -> None:
    with (
        connect(empty_database) as connection,
        pytest.raises(MigrationError, match="commonwatt migrate"),
    ):
        require_current(connection)


def test_a_changed_step_is_refused(empty_database: str) -> None:
    with connect(empty_database) as connection:
        migrate(connection)
        first, *others = shipped_migrations()
        with pytest.raises(MigrationError, match="changed after it was applied"):
            migrate(connection, [replace(first, text=first.text + " "), *others])


def test_a_newer_database_is_refused(empty_database: str) -> None:
    steps = shipped_migrations()
    newer = Migration(len(steps) + 1, "tomorrow", "SELECT 1;")
    with connect(empty_database) as connection:
        migrate(connection, [*steps, newer])
        with pytest.raises(MigrationError, match="newer version"):
            require_current(connection)


def test_a_step_that_fails_leaves_nothing(empty_database: str) -> None:
    good = Migration(1, "good", "CREATE TABLE kept (x integer);")
    bad = Migration(2, "bad", "CREATE TABLE half (x integer); SELECT 1/0;")
    with connect(empty_database) as connection:
        with pytest.raises(Exception, match="division by zero"):
            migrate(connection, [good, bad])
        assert migrate(connection, [good]) == [good]
        half = connection.execute("SELECT to_regclass('half')").fetchone()
        assert half == (None,)


def test_two_at_once_take_turns(empty_database: str) -> None:
    applied: list[int] = []

    def run() -> None:
        with connect(empty_database) as connection:
            applied.append(len(migrate(connection)))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(applied) == [0, 0, 0, len(shipped_migrations())]


def test_timescale_is_used_where_it_is(connection: object, database: str) -> None:
    with connect(database) as session:
        preloaded, extension = session.execute(
            "SELECT current_setting('shared_preload_libraries') LIKE '%timescaledb%',"
            " EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')"
        ).fetchone() or (None, None)
        assert preloaded == extension
        if extension:
            row = session.execute(
                "SELECT hypertable_name FROM timescaledb_information.hypertables"
            ).fetchone()
            assert row == ("readings",)
