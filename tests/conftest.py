"""Real servers for every test: PostgreSQL with and without TimescaleDB, and a broker."""

from __future__ import annotations

import json
import os
import shutil
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql

from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.broker import find_mosquitto
from commonwatt.servers.postgres import PostgresServer, find_timescale
from commonwatt.storage.migrate import migrate
from commonwatt.storage.pool import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonwatt.storage.pool import Connection

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"

for name in [name for name in os.environ if name.startswith("COMMONWATT_")]:
    del os.environ[name]

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

_numbers = count(1)


def pytest_report_header() -> list[str]:
    """Say loudly which servers this run is about to use."""
    timescale = find_timescale(ROOT)
    embedded = PostgresServer(Path("unused"))
    lines = [f"embedded PostgreSQL {embedded.version}"]
    if timescale:
        versions = json.loads((ROOT / ".timescale" / "versions.json").read_text("utf-8"))
        lines.append("PostgreSQL {postgresql} with TimescaleDB {timescaledb}".format(**versions))
    else:
        lines.append("TimescaleDB is not here: run `make timescale`")
    lines.append(f"broker {find_mosquitto() or 'amqtt (mosquitto is not installed)'}")
    return lines


@pytest.fixture(scope="session", params=["embedded", "timescale"])
def postgres(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    """A running server; tests that use it run once on each kind."""
    programs = find_timescale(ROOT) if request.param == "timescale" else None
    if request.param == "timescale" and programs is None:
        pytest.skip("TimescaleDB is not here: run `make timescale`")
    folder = make_open_folder("commonwatt-postgres-")
    with PostgresServer(folder / "cluster", programs) as server:
        yield server
    shutil.rmtree(folder)


@pytest.fixture
def empty_database(postgres: PostgresServer) -> Iterator[str]:
    """The address of a database of the test's own, without a schema."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgres.url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield postgres.url_for(name)
    with psycopg.connect(postgres.url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def database(empty_database: str) -> str:
    """The address of a database with the schema."""
    with connect(empty_database) as connection:
        migrate(connection)
    return empty_database


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with connect(database) as connection:
        yield connection
