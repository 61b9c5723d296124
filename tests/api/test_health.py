"""Whether the process lives is asked apart from whether it can serve."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from commonwatt import erasure
from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.postgres import PostgresServer
from commonwatt.storage.migrate import migrate
from commonwatt.storage.pool import connect
from commonwatt.storage.removal import Erasure
from tests.api.conftest import NOW_UTC

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.api.conftest import Doors


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that a test may stop."""
    folder = make_open_folder("commonwatt-health-")
    with PostgresServer(folder / "cluster") as server:
        with connect(server.url) as connection:
            migrate(connection)
        yield server
    shutil.rmtree(folder)


def test_a_service_that_can_serve_says_so(doors: Doors) -> None:
    assert doors.client.get("/healthz").text == "ok\n"
    ready = doors.client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"ready": True, "reason": None}


def test_without_its_database_it_lives_and_is_not_ready(own_server: PostgresServer) -> None:
    with TestClient(create_app(own_server.url)) as client:
        assert client.get("/readyz").status_code == 200
        own_server.kill()
        assert client.get("/healthz").status_code == 200
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json() == {"ready": False, "reason": "database_away"}
        own_server.start()
        assert client.get("/readyz").json()["ready"]


def test_with_another_schema_it_is_not_ready(doors: Doors) -> None:
    with connect(doors.database) as connection:
        connection.execute("DELETE FROM migrations WHERE version = 11")
    answer = doors.client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["reason"] == "schema_not_current"


def test_with_somebody_brought_back_it_is_not_ready(doors: Doors, tmp_path: Path) -> None:
    listed = doors.app.state.erasure_list = tmp_path / "erasures.jsonl"
    erasure.append(listed, Erasure(uuid4(), NOW_UTC))
    assert doors.client.get("/readyz").json()["reason"] == "erasures_not_replayed"
    with connect(doors.database) as connection:
        erasure.replay(connection, listed)
    assert doors.client.get("/readyz").status_code == 200


def test_figures_are_not_among_the_pages(doors: Doors) -> None:
    assert doors.client.get("/metrics").status_code == 404
