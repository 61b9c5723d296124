"""What is not committed is not acknowledged: with the database away, the broker keeps everything."""

from __future__ import annotations

import json
import shutil
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.broker import (
    Broker,
    BrokerKind,
    find_mosquitto,
    hash_secret,
    write_credentials,
)
from commonwatt.servers.credentials import SERVICE_USER
from commonwatt.servers.ports import free_port
from commonwatt.storage import meters
from commonwatt.storage.pool import connect
from ingest.receive import Receiver, Source
from ingest.service import IngestService

if TYPE_CHECKING:
    from collections.abc import Iterator

SERIAL, SECRET = "cw-0000000", "secret"
COUNT = 200
WITHIN_S = 30.0

pytestmark = pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed")


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    folder = make_open_folder("commonwatt-uncommitted-")
    users = dict.fromkeys((SERVICE_USER, f"{SERVICE_USER}-1", SERIAL), hash_secret(SECRET))
    write_credentials(folder / "credentials", users)
    with Broker(folder / "broker", folder / "credentials", kind=BrokerKind.MOSQUITTO) as running:
        yield running
    shutil.rmtree(folder)


@pytest.fixture(params=list(Receiver))
def source(broker: Broker, request: pytest.FixtureRequest) -> Source:
    return Source(broker.host, broker.port, SERVICE_USER, SECRET, receiver=request.param)


@contextmanager
def serving(database_url: str, source: Source) -> Iterator[IngestService]:
    service = IngestService(database_url, source)
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        await_true(service._client.is_connected)
        time.sleep(0.2)
        yield service
    finally:
        service.stop()
        thread.join()


def await_true(condition: object) -> None:
    assert callable(condition)
    deadline_s = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline_s, "it never came true"
        time.sleep(0.02)


def say(broker: Broker, log: str) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, SERIAL)
    client.username_pw_set(SERIAL, SECRET)
    client.max_inflight_messages_set(0)
    client.connect(broker.host, broker.port)
    client.loop_start()
    start_s = int(time.time()) - 100_000
    for n in range(1, COUNT + 1):
        record = {"n": n, "t": start_s + 60 * n, "up_s": 60 * n, "d_s": 60, "e_wh": n}
        body = {"v": 1, "id": SERIAL, "log": log, "boot": 1, "src": "led", "r": [record]}
        told = client.publish(f"cw/v1/{SERIAL}/readings", json.dumps(body), qos=1)
    told.wait_for_publish(WITHIN_S)
    client.disconnect()
    client.loop_stop()


def numbers(database: str, log: str) -> list[int]:
    with connect(database) as connection:
        found = connection.execute("SELECT n FROM readings WHERE log = %s", (int(log, 16),))
        return sorted(n for (n,) in found)


@pytest.mark.parametrize("worker", [0, 1], ids=["3.1.1", "5"])
def test_with_the_database_away_nothing_is_acknowledged(
    source: Source, worker: int, broker: Broker, database: str
) -> None:
    username = f"{SERVICE_USER}-{worker}" if worker else SERVICE_USER
    source = replace(source, worker=worker, username=username)
    nowhere = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    with connect(database) as connection:
        meters.add_meter(connection, SERIAL)
    log = f"{time.monotonic_ns() % 2**32:08x}"
    with serving(nowhere, source) as service:
        say(broker, log)
        await_true(lambda: len(service._inbox) >= COUNT)
    with serving(database, source):
        await_true(lambda: len(numbers(database, log)) == COUNT)
        time.sleep(0.2)
    with serving(database, source) as service:
        time.sleep(0.3)
        assert not len(service._inbox)
    assert numbers(database, log) == list(range(1, COUNT + 1))
