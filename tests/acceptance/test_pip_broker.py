"""Without mosquitto: the broker from pip forgets what a crashed service held, receipts do not."""

from __future__ import annotations

import shutil
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from commonwatt.demo.studies import replay_file
from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.broker import BrokerKind
from commonwatt.storage.pool import connect
from tests.acceptance.conftest import Service, await_true

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

MINUTES = 12_000
KILLED_AT = (500, 3000, 8000)
START_UTC = datetime(2026, 1, 1, tzinfo=UTC)


def test_killing_the_service_loses_nothing() -> None:
    folder = make_open_folder("commonwatt-pip-broker-")
    file = folder / "steady.csv"
    ends = (START_UTC + timedelta(minutes=minute) for minute in range(1, MINUTES + 1))
    lines = [f"{end_utc.isoformat()},60,120" for end_utc in ends]
    file.write_text("\n".join(["end_utc,duration_s,power_w", *lines]) + "\n", "utf-8")
    with Service(folder, kind=BrokerKind.AMQTT) as service:
        killer = threading.Thread(target=kill_as_readings_come, args=(service,))
        killer.start()
        (home,) = replay_file(
            file,
            database_url=service.postgres.url,
            broker=service.address,
            building="Recorded",
            p_max_w=12_000,
        )
        killer.join()
        with connect(service.postgres.url) as connection:
            stored = connection.execute(
                "SELECT count(*), count(DISTINCT end_utc), max(register_wh) FROM readings"
            ).fetchone()
    shutil.rmtree(folder)
    assert home.records == MINUTES
    assert stored == (MINUTES, MINUTES, pytest.approx(2.0 * MINUTES))


def kill_as_readings_come(service: Service) -> None:
    """kill -9 of ingest each time another part of the file has arrived."""
    with connect(service.postgres.url) as connection:
        for part in KILLED_AT:
            await_true(partial(reached, connection, part))
            service.kill("ingest")


def reached(connection: Connection, records: int) -> bool:
    row = connection.execute("SELECT count(*) FROM readings").fetchone()
    return row is not None and row[0] >= records
