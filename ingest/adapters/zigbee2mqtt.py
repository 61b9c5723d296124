"""Zigbee2MQTT: plugs and clamps whose whole state comes in one JSON object."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from commonwatt.errors import PayloadError
from ingest.adapters.assembly import (
    Channels,
    Pace,
    Part,
    assemble,
    channels_setting,
    connected,
    learn_channels,
    quiet,
)
from ingest.adapters.values import (
    number_of,
    object_of,
    require_power,
    require_register,
    require_size,
    text_of,
    trusted_time_s,
    word_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.adapters.message import Memory, Message, Telegram

    PartOf = Callable[[dict[str, Any], Memory], Part]

PACE = Pace(usual_s=300, power_held_s=300)
"""Plugs report when something changes, and their energy at least each few minutes."""

WH_PER_KWH = 1000.0
_COMMANDS = {"set", "get"}
_PHASES = ("power_phase_b", "power_phase_c")


def parse(telegram: Telegram, memory: Memory) -> Message:
    """Translate one message; raise PayloadError if it cannot be used."""
    return hear(telegram, memory, _part)


def hear(telegram: Telegram, memory: Memory, part_of: PartOf) -> Message:
    """Translate one message of a kind of device, whose state `part_of` reads."""
    require_size(telegram.payload)
    device, _, last = telegram.subtopic.rpartition("/")
    if telegram.subtopic.partition("/")[0] == "bridge" or _COMMANDS & set(
        telegram.subtopic.split("/")
    ):
        return quiet(memory)
    if last == "availability":
        return _parse_availability(telegram, memory, device)
    return quiet(memory) if telegram.retained else _take(telegram, memory, part_of)


def _parse_availability(telegram: Telegram, memory: Memory, device: str) -> Message:
    """Whether a device is there; older versions say it in a bare word."""
    setting = channels_setting(memory)
    if setting is not None and device not in setting:
        return quiet(memory)
    text = text_of(telegram.payload)
    state = word_of(object_of(telegram.payload), "state") if text.startswith("{") else text
    if state not in {"online", "offline"}:
        raise PayloadError("wrong_shape", "availability: online or offline was expected")
    return connected(memory, online=state == "online")


def _take(telegram: Telegram, memory: Memory, part_of: PartOf) -> Message:
    values = object_of(telegram.payload)
    part = part_of(values, memory)
    at_s = trusted_time_s(_last_seen_s(values.get("last_seen")), telegram.received_s)
    if part == Part():
        return quiet(memory)
    device = telegram.subtopic
    expected = _expected(memory, device, at_s)
    known = expected is not None and device in expected.register
    if expected is None or not known:
        return quiet(memory)
    return assemble(memory, {device: part}, expected, at_s, PACE)


def _expected(memory: Memory, device: str, at_s: int) -> Channels | None:
    setting = channels_setting(memory)
    if setting is not None:
        return Channels.all_of(setting)
    if not device:
        return Channels.all_of(("",))
    return learn_channels(memory, device, "", at_s)


def _part(values: dict[str, Any], _memory: Memory) -> Part:
    energy_kwh = number_of(values.get("energy"), "energy")
    power_w = number_of(values.get("power"), "power")
    if any(values.get(phase) is not None for phase in _PHASES):
        power_w = None
    return Part(
        register_wh=None
        if energy_kwh is None
        else require_register(energy_kwh * WH_PER_KWH, "energy"),
        power_w=None if power_w is None else require_power(power_w, "power"),
    )


def _last_seen_s(told: object) -> float | None:
    """When the device was heard: milliseconds, or a text with its zone; else nobody knows."""
    try:
        if isinstance(told, int | float):
            return told / 1000
        heard_utc = datetime.fromisoformat(str(told))
        return heard_utc.timestamp() if heard_utc.tzinfo else None
    except (ValueError, OverflowError):
        return None
