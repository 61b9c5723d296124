"""Two workers share what meters tell; one is killed, and nothing is lost or doubled."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
import time
from typing import TYPE_CHECKING, Any

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
from commonwatt.servers.credentials import SERVICE_USER, SERVICE_USERS
from commonwatt.servers.processes import Child, default_guard
from commonwatt.storage import meters, readings
from commonwatt.storage.pool import connect
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERIALS = ("cw-0000000", "cw-1111111", "cw-2222222")
SECRET = secrets.token_hex(16)
WITHIN_S = 60.0
EACH = 300

pytestmark = pytest.mark.skipif(
    find_mosquitto() is None, reason="shared subscriptions need mosquitto"
)


@pytest.fixture
def folder() -> Iterator[Path]:
    made = make_open_folder("commonwatt-workers-")
    yield made
    shutil.rmtree(made)


@pytest.fixture
def broker(folder: Path) -> Iterator[Broker]:
    hashed = hash_secret(SECRET)
    write_credentials(folder / "credentials", dict.fromkeys((*SERVICE_USERS, *SERIALS), hashed))
    with Broker(folder / "broker", folder / "credentials", kind=BrokerKind.MOSQUITTO) as running:
        yield running


class Crew:
    """Workers as processes of their own."""

    def __init__(self, folder: Path, broker: Broker, database: str) -> None:
        self._folder = folder
        self._environment = {
            "COMMONWATT_DATABASE_URL": database,
            "COMMONWATT_BROKER_PORT": str(broker.port),
            "COMMONWATT_BROKER_USERNAME": SERVICE_USER,
            "COMMONWATT_BROKER_PASSWORD": SECRET,
            "PYTHONPATH": str(ROOT),
        }
        self.children: dict[int, Child] = {}

    def start(self, worker: int) -> None:
        log = self._folder / f"{worker}.log"
        connections = log.read_text("utf-8").count("connected to") if log.exists() else 0
        self.children[worker] = Child.start(
            [sys.executable, "-m", "commonwatt", "ingest", "--worker", str(worker)],
            log=log,
            guard=default_guard(),
            env={**os.environ, **self._environment},
        )
        await_true(lambda: log.read_text("utf-8").count("connected to") > connections)

    def stop(self) -> None:
        for child in self.children.values():
            child.stop(10)


@pytest.fixture
def crew(folder: Path, broker: Broker, database: str) -> Iterator[Crew]:
    with connect(database) as connection:
        for serial in SERIALS:
            meters.add_meter(connection, serial)
    made = Crew(folder, broker, database)
    for worker in (1, 2):
        made.start(worker)
    time.sleep(0.5)
    yield made
    made.stop()


def await_true(condition: Any) -> None:
    deadline_s = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline_s, "it never came true"
        time.sleep(0.05)


class Chatter:
    """A meter without a clock, that says hello and then one record a message."""

    def __init__(self, broker: Broker, serial: str) -> None:
        self.serial = serial
        self.receipted: set[int] = set()
        self._said = 0
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, serial)
        self._client.username_pw_set(serial, SECRET)
        self._client.max_inflight_messages_set(0)
        self._client.on_message = lambda *given: self._note(json.loads(given[2].payload))
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()
        self._client.subscribe(f"cw/v1/{serial}/ack")
        anchor = {"boot": 1, "up_s": 0, "t": int(time.time()) - 100_000}
        self._say("hello", {"v": 1, "id": serial, "boot": 1, "anchor": anchor})

    def say(self, count: int) -> None:
        for n in range(self._said + 1, self._said + count + 1):
            record = {"n": n, "up_s": 60 * n, "d_s": 60, "e_wh": n}
            head = {"v": 1, "id": self.serial, "log": "0000000a", "boot": 1, "src": "led"}
            told = self._say("readings", head | {"r": [record]})
        self._said += count
        told.wait_for_publish(WITHIN_S)

    def leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _say(self, kind: str, body: dict[str, Any]) -> mqtt.MQTTMessageInfo:
        return self._client.publish(f"cw/v1/{self.serial}/{kind}", json.dumps(body), qos=1)

    def _note(self, receipt: dict[str, Any]) -> None:
        assert "refused" not in receipt
        self.receipted |= set(range(receipt["from"], receipt["n"] + 1))


def numbers(database: str) -> list[tuple[str, int]]:
    with connect(database) as connection:
        rows = connection.execute(
            "SELECT serial, n FROM readings JOIN meters USING (meter_id) ORDER BY 1, 2"
        )
        return [(serial, n) for serial, n in rows]


def test_a_killed_worker_loses_and_doubles_nothing(
    crew: Crew, broker: Broker, database: str
) -> None:
    chatters = [Chatter(broker, serial) for serial in SERIALS]
    for chatter in chatters:
        chatter.say(EACH // 3)
    crew.children[2].kill()
    for chatter in chatters:
        chatter.say(EACH // 3)
    crew.start(2)
    for chatter in chatters:
        chatter.say(EACH // 3)
    await_true(lambda: len(numbers(database)) == len(SERIALS) * EACH)
    assert numbers(database) == [(s, n) for s in SERIALS for n in range(1, EACH + 1)]
    for chatter in chatters:
        await_true(lambda spoken=chatter: len(spoken.receipted) > EACH // 3)
        assert chatter.receipted <= set(range(1, EACH + 1))
        chatter.leave()
    with connect(database) as connection:
        assert readings.last_refused(connection) == []


def test_each_worker_has_a_share(crew: Crew, broker: Broker, database: str) -> None:
    """With the other one dead, a worker writes its own share; the rest waits for the other."""
    crew.children[1].kill()
    chatter = Chatter(broker, SERIALS[0])
    chatter.say(100)
    await_true(lambda: len(numbers(database)) > 0)
    crew.start(1)
    await_true(lambda: len(numbers(database)) == 100)
    chatter.leave()
