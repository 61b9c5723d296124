"""The daily chores: all of them, in order, and one that fails does not keep the others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from commonwatt import chores
from commonwatt.chores import do_chores, next_morning
from commonwatt.cli import app
from commonwatt.engines import Serial
from commonwatt.errors import StorageError
from commonwatt.storage import alerts
from commonwatt.storage.alerts import AlertKind
from tests.storage.test_alerts import DAYS, NOW_UTC, home

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection
    from tests.simulated import Home

__all__ = ["home"]
NAMES = [
    *("months decided", "savings decided", "homes compared"),
    *("old readings removed", "alerts"),
]


def test_each_chore_says_what_it_did(connection: Connection, database: str, home: Home) -> None:
    alerts.choose_alert(connection, home.viewer, AlertKind.DAY, 11, NOW_UTC)
    done = do_chores(database, Serial(), NOW_UTC)
    assert list(done) == NAMES
    assert done == dict.fromkeys(NAMES, 0) | {"alerts": 1}
    later = do_chores(database, Serial(), NOW_UTC + timedelta(days=40))
    assert later["old readings removed"] or later["old readings removed"] == 0
    left = connection.execute("SELECT count(*) FROM readings").fetchone()
    assert left is not None
    assert left[0] < 1440 * DAYS


def test_a_chore_that_fails_is_said_and_the_others_are_done(
    database: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise StorageError("the disk is full")

    monkeypatch.setattr(chores, "compare_due", fail)
    done = do_chores(database, Serial(), NOW_UTC)
    assert [name for name, count in done.items() if count is None] == ["homes compared"]
    monkeypatch.setenv("COMMONWATT_DATABASE_URL", database)
    told = CliRunner().invoke(app, ["daily", "--once"])
    assert (told.exit_code, "homes compared: failed" in told.output) == (1, True)


@pytest.mark.parametrize(
    ("now", "morning"),
    [
        ("2026-01-10T04:59", "2026-01-10T05:00"),
        ("2026-01-10T05:00", "2026-01-11T05:00"),
        ("2026-03-28T12:00", "2026-03-29T04:00"),
        ("2026-10-24T12:00", "2026-10-25T05:00"),
    ],
)
def test_morning_is_what_clocks_in_the_homes_show(now: str, morning: str) -> None:
    at_utc = datetime.fromisoformat(now).replace(tzinfo=UTC)
    told = next_morning(at_utc, 6)
    assert told.astimezone(UTC) == datetime.fromisoformat(morning).replace(tzinfo=UTC)
