"""Meters of other makers through a real broker: stored, shown, and kept to their own place."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from commonwatt.access import Audience
from commonwatt.demo.registration import RegisteredHome, register_home
from commonwatt.storage import buildings
from commonwatt.storage.links import make_link
from commonwatt.storage.mounts import add_mount
from commonwatt.storage.pool import connect
from tests.acceptance.conftest import await_true

if TYPE_CHECKING:
    from tests.acceptance.conftest import Service

SHELLY, PLUG = "shellies/shellyem-D3B45C", "zigbee2mqtt/flat12"
LANGUAGES = {SHELLY: "shelly_gen1", PLUG: "zigbee2mqtt"}
SETTINGS: dict[str, dict[str, Any]] = {SHELLY: {"channels": [0]}, PLUG: {"channels": ["mains"]}}
RISE_KWH = 0.02
FIRST_KWH = 480 * 300 / 3600 / 1000
"""At most: 480 W for the five minutes within which such devices speak."""
SERIALS = {SHELLY: "cw-7k3f9qz", PLUG: "cw-3333333"}


@pytest.fixture(scope="module")
def homes(service: Service) -> dict[str, RegisteredHome]:
    """Two homes whose meters are another maker's."""
    found = {}
    with connect(service.postgres.url) as connection:
        building = buildings.add_building(connection, "Saules")
        for prefix, language in LANGUAGES.items():
            found[prefix] = register_home(
                connection,
                building,
                stairwell="A",
                label=language,
                serial=SERIALS[prefix],
                start_utc=datetime.now(UTC) - timedelta(days=1),
            )
            meter_id = found[prefix].meter.meter_id
            add_mount(connection, meter_id, prefix, language, SETTINGS[prefix])
    return found


def connected(service: Service, home: RegisteredHome) -> mqtt.Client:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=home.meter.serial)
    client.username_pw_set(home.meter.serial, home.secret)
    client.reconnect_delay_set(1, 1)
    client.connect(*service.address)
    client.loop_start()
    await_true(client.is_connected)
    return client


def say(client: mqtt.Client, **said: str) -> None:
    for topic, payload in said.items():
        client.publish(topic, payload, qos=1).wait_for_publish(10)


def tell(client: mqtt.Client, prefix: str, total_wh: float) -> None:
    """What the device says in one round."""
    if prefix == SHELLY:
        say(client, **{f"{SHELLY}/emeter/0/power": "480.0"})
        say(client, **{f"{SHELLY}/emeter/0/total": str(total_wh)})
    else:
        payload = f'{{"energy": {total_wh / 1000}, "power": 480, "linkquality": 81}}'
        say(client, **{f"{PLUG}/mains": payload})


def registers_wh(service: Service, home: RegisteredHome) -> list[float]:
    with connect(service.postgres.url) as connection:
        rows = connection.execute(
            "SELECT register_wh FROM readings WHERE meter_id = %s AND register_wh IS NOT NULL"
            " ORDER BY end_utc",
            (home.meter.meter_id,),
        )
        return [register_wh for (register_wh,) in rows]


def shown_kwh(service: Service, home: RegisteredHome) -> float:
    """What the household reads of this hour and its neighbours."""
    now_utc = datetime.now(UTC)
    with connect(service.postgres.url) as connection:
        token = make_link(connection, Audience.HOUSEHOLD, home.occupancy_id, now_utc)
    start, end = now_utc - timedelta(hours=1), now_utc + timedelta(hours=1)
    span = {"from": f"{start:%Y-%m-%dT%H:00:00Z}", "to": f"{end:%Y-%m-%dT%H:00:00Z}"}
    energy = service.ask(token, "/api/v1/household/energy", **span).json()
    return float(energy["total"]["kwh"] or 0)


def test_mounted_meters_end_on_the_api_and_keep_to_their_places(
    service: Service, homes: dict[str, RegisteredHome]
) -> None:
    clients = {prefix: connected(service, home) for prefix, home in homes.items()}

    def heard() -> bool:
        """Subscriptions come within seconds; until then the devices say it again."""
        for prefix, client in clients.items():
            tell(client, prefix, 10_000.0)
            tell(client, next(each for each in LANGUAGES if each != prefix), 99_000.0)
        time.sleep(1)
        return all(registers_wh(service, home) for home in homes.values())

    await_true(heard)
    time.sleep(11)
    for prefix, client in clients.items():
        tell(client, prefix, 10_020.0)
    for home in homes.values():
        await_true(lambda home=home: registers_wh(service, home)[-1] == 10_020.0)
        assert set(registers_wh(service, home)) == {10_000.0, 10_020.0}
    for client in clients.values():
        client.disconnect()
        client.loop_stop()
    for home in homes.values():
        # The register rose by 20 Wh; before it began, 480 W of the device's interval count.
        await_true(lambda home=home: shown_kwh(service, home) >= RISE_KWH - 1e-6, 20)
        assert shown_kwh(service, home) <= RISE_KWH + FIRST_KWH + 1e-6
