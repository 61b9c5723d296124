"""A household's own Home Assistant finds its meter by itself, and hears nothing of the neighbours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from commonwatt.demo.registration import RegisteredHome, register_home
from commonwatt.storage import buildings
from commonwatt.storage.pool import connect
from tests.acceptance.conftest import await_true

if TYPE_CHECKING:
    from tests.acceptance.conftest import Service

REQUIRED = {
    "device_class",
    "state_class",
    "unit_of_measurement",
    "value_template",
    "unique_id",
    "state_topic",
    "availability_topic",
    "device",
    "origin",
}
SERIALS = ("cw-0000000", "cw-7k3f9qy")


@pytest.fixture(scope="module")
def homes(service: Service) -> list[RegisteredHome]:
    with connect(service.postgres.url) as connection:
        building = buildings.add_building(connection, "Ormes")
        start_utc = datetime.now(UTC) - timedelta(hours=2)
        return [
            register_home(
                connection,
                building,
                stairwell="A",
                label=serial,
                serial=serial,
                start_utc=start_utc,
            )
            for serial in SERIALS
        ]


class Automation:
    """Subscribes as Home Assistant does: to all configurations, then to what they name."""

    def __init__(self, service: Service, user: str, secret: str) -> None:
        self.heard: dict[str, bytes] = {}
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, user)
        self.client.username_pw_set(user, secret)
        self.client.reconnect_delay_set(1, 1)
        self.client.on_connect = self._subscribe
        self.client.on_message = lambda *given: self.heard.update(
            {given[2].topic: given[2].payload}
        )
        self.client.connect(*service.address)
        self.client.loop_start()

    def _subscribe(self, client: mqtt.Client, *_: Any) -> None:
        client.subscribe([("homeassistant/#", 0), ("cw/out/#", 0)])

    def configs(self) -> dict[str, dict[str, Any]]:
        return {
            topic.split("/")[3]: json.loads(payload)
            for topic, payload in self.heard.items()
            if topic.startswith("homeassistant/sensor/") and payload
        }

    def leave(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def announce(service: Service, home: RegisteredHome, *options: str) -> list[str]:
    command = [sys.executable, "-m", "commonwatt", "announce", str(home.occupancy_id), *options]
    environment = {**os.environ, "COMMONWATT_DATABASE_URL": service.postgres.url}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return done.stdout.split()


def say_power(service: Service, home: RegisteredHome, power_w: int) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, home.meter.serial)
    client.username_pw_set(home.meter.serial, home.secret)
    client.reconnect_delay_set(1, 1)
    client.connect(*service.address)
    client.loop_start()
    await_true(client.is_connected)
    body = json.dumps({"v": 1, "t": int(time.time()), "p_w": power_w})
    client.publish(f"cw/v1/{home.meter.serial}/live", body, qos=1).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


def test_a_household_is_announced_to_itself_alone(
    service: Service, homes: list[RegisteredHome]
) -> None:
    listeners = []
    for home in homes:
        words = announce(service, home)
        listeners.append(Automation(service, words[2], words[4]))
    mine, other = listeners
    await_true(lambda: set(mine.configs()) == set(other.configs()) == {"power", "energy"})
    say_power(service, homes[0], 412)
    for config in mine.configs().values():
        assert set(config) >= REQUIRED
    power = mine.configs()["power"]
    await_true(
        lambda: json.loads(mine.heard.get(power["state_topic"], b"{}")).get("power_w") == 412
    )
    assert mine.heard[power["availability_topic"]] == b"online"
    assert other.heard[other.configs()["power"]["availability_topic"]] == b"offline"
    assert set(mine.heard) & set(other.heard) == set()
    for automation in listeners:
        automation.leave()


def test_who_ends_it_is_cut_and_forgotten(service: Service, homes: list[RegisteredHome]) -> None:
    """The same name and password that let it in until now."""
    with connect(service.postgres.url) as connection:
        connection.execute("UPDATE announcements SET ended_utc = now()")
    await_nobody_announced(service)
    words = announce(service, homes[0])
    listener = Automation(service, words[2], words[4])
    await_true(listener.client.is_connected)
    announce(service, homes[0], "--off")
    await_true(lambda: not listener.client.is_connected())
    listener.leave()
    assert not may_connect(service, words[2], words[4])
    await_nobody_announced(service)
    fresh = announce(service, homes[0])
    again = Automation(service, fresh[2], fresh[4])
    await_true(lambda: set(again.configs()) == {"power", "energy"})
    again.leave()


def await_nobody_announced(service: Service) -> None:
    with connect(service.postgres.url) as connection:
        await_true(
            lambda: connection.execute("SELECT count(*) FROM announcements").fetchone() == (0,)
        )


def may_connect(service: Service, user: str, secret: str) -> bool:
    answers: list[bool] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2, user, reconnect_on_failure=False)
    client.username_pw_set(user, secret)
    client.on_connect = lambda *given: answers.append(not given[3].is_failure)
    client.connect(*service.address)
    client.loop_start()
    await_true(lambda: bool(answers))
    client.disconnect()
    client.loop_stop()
    return answers[0]
