"""What ingest tells about itself follows what it does, at the broker and at the database."""

from __future__ import annotations

import json
import shutil
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.broker import Broker, hash_secret, write_credentials
from commonwatt.servers.credentials import SERVICE_USER
from commonwatt.servers.ports import free_port
from commonwatt.storage import meters
from commonwatt.storage.pool import connect
from ingest.receive import Source
from ingest.service import IngestService
from tests.operations.scraping import Figures, fires, moved, names, shown
from tests.operations.test_alerts import expression

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from commonwatt.storage.pool import Connection

SERIAL, SECRET = "cw-0000000", "secret"
WITHIN_S = 30.0
OUTCOME = "commonwatt_ingest_records_total"


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    folder = make_open_folder("commonwatt-figures-")
    users = dict.fromkeys((SERVICE_USER, SERIAL), hash_secret(SECRET))
    write_credentials(folder / "credentials", users)
    with Broker(folder / "broker", folder / "credentials") as running:
        yield running
    shutil.rmtree(folder)


@contextmanager
def serving(database_url: str, broker: Broker) -> Iterator[IngestService]:
    service = IngestService(database_url, Source(broker.host, broker.port, SERVICE_USER, SECRET))
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        await_true(service._client.is_connected)
        time.sleep(0.2)
        yield service
    finally:
        service.stop()
        thread.join()


def await_true(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline_s, "it never came true"
        time.sleep(0.02)


def say(broker: Broker, *payloads: bytes) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, SERIAL)
    client.username_pw_set(SERIAL, SECRET)
    client.max_inflight_messages_set(0)
    client.connect(broker.host, broker.port)
    client.loop_start()
    for payload in payloads:
        told = client.publish(f"cw/v1/{SERIAL}/readings", payload, qos=1)
    told.wait_for_publish(WITHIN_S)
    client.disconnect()
    client.loop_stop()


def readings_of(*records: dict[str, object]) -> bytes:
    head = {"v": 1, "id": SERIAL, "log": "0000000a", "boot": 1, "src": "led"}
    return json.dumps(head | {"r": records}).encode()


def record(n: int, **more: object) -> dict[str, object]:
    start_s = int(time.time()) // 60 * 60 - 100_000
    return {"n": n, "t": start_s + 60 * n, "up_s": 60 * n, "d_s": 60, "e_wh": n} | more


def look(service: IngestService) -> Figures:
    return shown(service.figures())


def count(service: IngestService, outcome: str, reason: str = "") -> float:
    return look(service).get((OUTCOME, (("outcome", outcome), ("reason", reason))), 0.0)


def test_every_figure_moves(database: str, connection: Connection, broker: Broker) -> None:
    meters.add_meter(connection, SERIAL)
    absent = Source("127.0.0.1", free_port(), SERVICE_USER, SECRET)
    before = look(IngestService(database, absent))
    with serving(database, broker) as service:
        say(broker, readings_of(record(1), record(2)))
        await_true(lambda: count(service, "stored") == 2)
        say(broker, readings_of(record(1), record(2)), b"{", readings_of(record(3, e_wh=-5)))
        await_true(lambda: count(service, "refused", "malformed_json") == 1)
        await_true(lambda: count(service, "repeated") == 2)
        after = look(service)
    everything = names(after)
    assert moved(before, after) == everything - {"commonwatt_ingest_queue_messages"}
    assert after["commonwatt_ingest_messages_total", (("outcome", "malformed_json"),)] == 1
    assert after["commonwatt_ingest_last_commit_timestamp_seconds", ()] <= time.time()
    assert 0 < after["commonwatt_ingest_lag_seconds", ()] < WITHIN_S
    refused = [v for (n, told), v in after.items() if n == OUTCOME and told[0][1] == "refused"]
    with connect(database) as other:
        [(counted,)] = other.execute("SELECT sum(refusals) FROM refused_counts").fetchall()
    assert sum(refused) == counted
    labels = {value for _, told in after for _, value in told}
    assert SERIAL not in labels


def test_away_from_the_database_it_says_so_and_its_queue_fills(broker: Broker) -> None:
    nowhere = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    rules = ("IngestWithoutDatabase", "QueueFills")
    with serving(nowhere, broker) as service:
        assert [fires(expression(rule), look(service)) for rule in rules] == [True, False]
        assert not fires(expression("IngestWithoutBroker"), look(service))
        say(broker, *[b"{}"] * 6_000)
        await_true(lambda: look(service)["commonwatt_ingest_queue_messages", ()] > 5_000)
        assert [fires(expression(rule), look(service)) for rule in rules] == [True, True]


def test_away_from_the_broker_it_says_so(database: str) -> None:
    absent = Source("127.0.0.1", free_port(), SERVICE_USER, SECRET)
    service = IngestService(database, absent)
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        await_true(lambda: look(service)["commonwatt_ingest_database_connected", ()] == 1)
        assert fires(expression("IngestWithoutBroker"), look(service))
        assert not fires(expression("IngestWithoutDatabase"), look(service))
    finally:
        service.stop()
        thread.join()


def test_who_waits_for_a_lock_is_late(
    database: str, connection: Connection, broker: Broker
) -> None:
    meters.add_meter(connection, SERIAL)
    with serving(database, broker) as service:
        with connection.transaction():
            connection.execute("LOCK TABLE readings IN ACCESS EXCLUSIVE MODE")
            say(broker, readings_of(record(1)))
            time.sleep(10.5)
        await_true(lambda: count(service, "stored") == 1)
        assert fires(expression("IngestLate"), look(service))
        say(broker, readings_of(record(2)))
        await_true(lambda: count(service, "stored") == 2)
        assert not fires(expression("IngestLate"), look(service))
