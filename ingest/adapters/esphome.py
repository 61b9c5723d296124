"""ESPHome: bare values, whose units only the discovery messages or the mount's settings tell."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from commonwatt.errors import PayloadError
from ingest.adapters.assembly import Pace, connected, note_restart, quiet
from ingest.adapters.ha_discovery import is_config, read_config
from ingest.adapters.sensors import (
    MOST_SENSORS,
    Sensor,
    is_settled,
    speaks_of_something_else,
    take_described,
    take_set,
    units_setting,
)
from ingest.adapters.values import WH_UNITS, require_size, text_of

if TYPE_CHECKING:
    from ingest.adapters.ha_discovery import Discovered
    from ingest.adapters.message import Memory, Message, Telegram

PACE = Pace(usual_s=60, power_held_s=180)
"""Most sensors are read each 60 s unless set otherwise."""

_STATE = re.compile(r"sensor/(?P<object_id>[^/]+)/state")
_KEY = "discovery"


@dataclass(slots=True)
class _Discovery:
    """Sensors by the topic of the message that told of them, and when the last one was new."""

    told: dict[str, tuple[tuple[str, Sensor], ...]] = field(default_factory=dict)
    changed_s: float = 0.0


def parse(telegram: Telegram, memory: Memory) -> Message:
    """Translate one message; raise PayloadError if it cannot be used."""
    if is_config(telegram.subtopic):
        return _learn(telegram, memory)
    require_size(telegram.payload)
    if telegram.subtopic == "status":
        return _parse_status(telegram, memory)
    return quiet(memory) if telegram.retained else _take(telegram, memory)


def _parse_status(telegram: Telegram, memory: Memory) -> Message:
    text = text_of(telegram.payload)
    if text not in {"online", "offline"}:
        raise PayloadError("wrong_shape", "status: online or offline was expected")
    if not telegram.retained:
        note_restart(memory)
    return connected(memory, online=text == "online")


def _learn(telegram: Telegram, memory: Memory) -> Message:
    discovery = _discovery_of(memory)
    sensors = tuple(
        (each.state_topic, _sensor(each)) for each in read_config(telegram.payload)[:MOST_SENSORS]
    )
    if not sensors:
        discovery.told.pop(telegram.subtopic, None)
    elif discovery.told.get(telegram.subtopic) != sensors:
        if telegram.subtopic in discovery.told or len(discovery.told) < MOST_SENSORS:
            discovery.told[telegram.subtopic] = sensors
        discovery.changed_s = telegram.received_s
    return quiet(memory)


def _sensor(discovered: Discovered) -> Sensor:
    """Of energy only what counts up for good; the names stay here."""
    object_id = discovered.state_topic.removesuffix("/state").rpartition("/")[2]
    usable = not speaks_of_something_else(object_id, discovered.name)
    if discovered.unit in WH_UNITS:
        usable &= discovered.device_class in {"", "energy"}
        usable &= discovered.state_class in {"", "total", "total_increasing"}
    return Sensor.described(discovered.unit, usable=usable)


def _discovery_of(memory: Memory) -> _Discovery:
    found = memory.get(_KEY)
    if not isinstance(found, _Discovery):
        found = memory[_KEY] = _Discovery()
    return found


def _take(telegram: Telegram, memory: Memory) -> Message:
    state = _STATE.fullmatch(telegram.subtopic)
    units = units_setting(memory)
    if units:
        key = state["object_id"] if state else telegram.subtopic
        return take_set(memory, key, units, telegram, PACE)
    sensors = _sensors_beside(memory, telegram.subtopic)
    if telegram.subtopic not in sensors:
        if state:
            raise PayloadError("unknown_unit", f"{state['object_id']}: no discovery message yet")
        return quiet(memory)
    if not is_settled(_discovery_of(memory).changed_s, telegram.received_s):
        return quiet(memory)
    return take_described(memory, telegram.subtopic, sensors, telegram, PACE)


def _sensors_beside(memory: Memory, subtopic: str) -> dict[str, Sensor]:
    """The sensors of the device that a topic belongs to, by their topics below its place.

    Discovery names whole topics; of the topic at hand only its end is known.
    """
    told = [each for group in _discovery_of(memory).told.values() for each in group]
    ending = f"/{subtopic}"
    prefixes = {
        f"/{topic}".removesuffix(ending) for topic, _ in told if f"/{topic}".endswith(ending)
    }
    if len(prefixes) > 1:
        raise PayloadError("unclear_channels", f"{len(prefixes)} devices tell of {subtopic}")
    start = f"{prefixes.pop()}/" if prefixes else None
    return {
        f"/{topic}"[len(start) :]: sensor
        for topic, sensor in told
        if start is not None and f"/{topic}".startswith(start)
    }
