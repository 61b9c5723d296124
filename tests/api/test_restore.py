"""A restored database brings erased households back; the service erases them again before it serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.testclient import TestClient

from api.app import create_app
from commonwatt import erasure
from commonwatt.access import HouseholdMember
from commonwatt.storage import removal
from commonwatt.storage.pool import connect
from commonwatt.storage.removal import Erasure
from tests.api.conftest import NOW_UTC

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import Doors


def test_nothing_is_served_of_who_was_erased(doors: Doors, tmp_path: Path) -> None:
    """The list is as it was written before the backup was brought back; the neighbour stays."""
    listed = tmp_path / "erasures.jsonl"
    with connect(doors.database) as connection:
        person = removal.person_of(connection, HouseholdMember(1))
    erasure.append(listed, Erasure(person, NOW_UTC))
    report = "/api/v1/household/report"
    assert doors.client.get(report, headers=doors.headers("household")).status_code == 200
    with TestClient(create_app(doors.database, erasure_list=listed)) as restored:
        assert restored.get(report, headers=doors.headers("household")).status_code == 404
        assert restored.get(report, headers=doors.headers("neighbour")).status_code == 200
    with connect(doors.database) as connection:
        assert connection.execute("SELECT count(*) FROM readings").fetchone() == (0,)
