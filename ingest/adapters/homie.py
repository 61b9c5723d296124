"""Homie 3, 4 and 5: properties whose units are attributes beside them or in one description."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from commonwatt.errors import PayloadError
from ingest.adapters.assembly import Pace, assembly_of, connected, note_restart, quiet
from ingest.adapters.sensors import (
    MOST_SENSORS,
    Sensor,
    is_settled,
    speaks_of_something_else,
    take_described,
    take_set,
    units_setting,
)
from ingest.adapters.values import (
    MAX_DESCRIPTION_BYTES,
    member_of,
    object_of,
    require_size,
    text_of,
)

if TYPE_CHECKING:
    from ingest.adapters.message import Memory, Message, Telegram

PACE = Pace(usual_s=60, power_held_s=180)
"""Homie names no interval: a minute is what its meters are advised to keep."""

_STATES = {
    "init": True,
    "ready": True,
    "sleeping": True,
    "alert": True,
    "disconnected": False,
    "lost": False,
    "": False,
}
"""Whether a device is there; an empty state is that of a device which was removed."""

_KEY = "description"


@dataclass(slots=True)
class _Description:
    sensors: dict[str, Sensor] = field(default_factory=dict)
    changed_s: float = 0.0


def parse(telegram: Telegram, memory: Memory) -> Message:
    """Translate one message; raise PayloadError if it cannot be used."""
    levels = telegram.subtopic.split("/")
    if telegram.subtopic == "$description":
        return _learn_device(telegram, memory)
    require_size(telegram.payload)
    if telegram.subtopic == "$state":
        return _parse_state(telegram, memory)
    if len(levels) == 3 and levels[2] == "$unit":
        return _learn_property(telegram, memory, "/".join(levels[:2]))
    measures = len(levels) == 2 and not any(level.startswith("$") for level in levels)
    return _take(telegram, memory) if measures and not telegram.retained else quiet(memory)


def _parse_state(telegram: Telegram, memory: Memory) -> Message:
    state = text_of(telegram.payload)
    if state not in _STATES:
        raise PayloadError("wrong_shape", "$state: none of Homie's states")
    if state == "init" or not assembly_of(memory).online:
        note_restart(memory)
    return connected(memory, online=_STATES[state])


def _learn_device(telegram: Telegram, memory: Memory) -> Message:
    """Take a description as a whole: what it no longer names is gone."""
    sensors: dict[str, Sensor] = {}
    if telegram.payload:
        nodes = member_of(object_of(telegram.payload, MAX_DESCRIPTION_BYTES), "nodes")
        for node in nodes:
            properties = member_of(member_of(nodes, node), "properties")
            for name in properties:
                unit = member_of(properties, name).get("unit")
                if isinstance(unit, str) and len(sensors) < MOST_SENSORS:
                    sensors[f"{node}/{name}"] = _sensor(unit, f"{node}/{name}")
    _note(memory, sensors, telegram.received_s)
    return quiet(memory)


def _learn_property(telegram: Telegram, memory: Memory, key: str) -> Message:
    unit = text_of(telegram.payload)
    sensors = {name: each for name, each in _description_of(memory).sensors.items() if name != key}
    if unit and len(sensors) < MOST_SENSORS:
        sensors[key] = _sensor(unit, key)
    _note(memory, sensors, telegram.received_s)
    return quiet(memory)


def _note(memory: Memory, sensors: dict[str, Sensor], at_s: float) -> None:
    description = _description_of(memory)
    if description.sensors != sensors:
        description.sensors, description.changed_s = sensors, at_s


def _sensor(unit: str, key: str) -> Sensor:
    return Sensor.described(unit, usable=not speaks_of_something_else(key))


def _description_of(memory: Memory) -> _Description:
    found = memory.get(_KEY)
    if not isinstance(found, _Description):
        found = memory[_KEY] = _Description()
    return found


def _take(telegram: Telegram, memory: Memory) -> Message:
    units = units_setting(memory)
    if units:
        return take_set(memory, telegram.subtopic, units, telegram, PACE)
    description = _description_of(memory)
    if not description.sensors:
        raise PayloadError("unknown_unit", f"{telegram.subtopic}: no description yet")
    settled = is_settled(description.changed_s, telegram.received_s)
    if telegram.subtopic not in description.sensors or not settled:
        return quiet(memory)
    return take_described(memory, telegram.subtopic, description.sensors, telegram, PACE)
