"""Tells home automation what a household wants it to hear, in the form that Home Assistant discovers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from commonwatt import __version__
from commonwatt.storage.announcements import ended_listeners, forget_listener, tell_listeners
from commonwatt.storage.readings import instant

if TYPE_CHECKING:
    from commonwatt.storage.announcements import Told
    from commonwatt.storage.pool import Connection

EVERY_S = 10.0
CONFIG_EVERY_S = 3600.0
FRESH_S = 300.0
"""A power older than this is not the present one: the household's sensors are shown as away."""

_SENSORS: dict[str, dict[str, str]] = {
    "power": {
        "device_class": "power",
        "state_class": "measurement",
        "unit_of_measurement": "W",
        "value_template": "{{ value_json.power_w }}",
    },
    "energy": {
        "device_class": "energy",
        "state_class": "total_increasing",
        "unit_of_measurement": "kWh",
        "value_template": "{{ value_json.energy_kwh }}",
    },
}


class Retained(NamedTuple):
    """A message the broker is to keep; an empty payload takes one back."""

    topic: str
    payload: bytes


class Announcer:
    """What is to be published, every few seconds; configurations again every hour."""

    def __init__(self) -> None:
        self._next_s = 0.0
        self._configured: dict[str, float] = {}

    def words(self, connection: Connection, now_s: float) -> list[Retained]:
        """The messages that are due now."""
        if self._next_s - EVERY_S <= now_s < self._next_s:
            return []
        self._next_s = now_s + EVERY_S
        said = self._take_back(connection, now_s)
        for told in tell_listeners(connection, instant(now_s)):
            if now_s - self._configured.get(told.listener, -CONFIG_EVERY_S) >= CONFIG_EVERY_S:
                said += _configs(told.listener)
                self._configured[told.listener] = now_s
            said += _state(told, now_s)
        return said

    def _take_back(self, connection: Connection, now_s: float) -> list[Retained]:
        """Empty messages for those who may listen no more; with them they are forgotten."""
        said: list[Retained] = []
        for name in ended_listeners(connection, instant(now_s)):
            said += [Retained(topic, b"") for topic, _ in _configs(name)]
            said += [
                Retained(topic, b"") for topic in (_availability_topic(name), _state_topic(name))
            ]
            forget_listener(connection, name)
            self._configured.pop(name, None)
        return said


def _configs(listener: str) -> list[Retained]:
    return [
        Retained(f"homeassistant/sensor/{listener}/{sensor}/config", _config(listener, sensor))
        for sensor in _SENSORS
    ]


def _config(listener: str, sensor: str) -> bytes:
    """Without a name: Home Assistant then names the sensor by its class, in the reader's language."""
    body: dict[str, Any] = {
        **_SENSORS[sensor],
        "unique_id": f"{listener}_{sensor}",
        "state_topic": _state_topic(listener),
        "availability_topic": _availability_topic(listener),
        "device": {
            "identifiers": [listener],
            "name": "commonwatt",
            "manufacturer": "commonwatt",
            "model": "open electricity meter",
        },
        "origin": {"name": "commonwatt", "sw_version": __version__},
    }
    return msgspec.json.encode(body)


def _state(told: Told, now_s: float) -> list[Retained]:
    is_fresh = told.power_utc is not None and now_s - told.power_utc.timestamp() <= FRESH_S
    body = {
        "power_w": told.power_w if is_fresh else None,
        "energy_kwh": round(told.energy_wh / 1000, 3),
    }
    return [
        Retained(_availability_topic(told.listener), b"online" if is_fresh else b"offline"),
        Retained(_state_topic(told.listener), msgspec.json.encode(body)),
    ]


def _state_topic(listener: str) -> str:
    return f"cw/out/{listener}/state"


def _availability_topic(listener: str) -> str:
    return f"cw/out/{listener}/availability"
