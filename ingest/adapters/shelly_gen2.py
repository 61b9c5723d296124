"""Shelly of the second generation and later: status topics and remote procedure calls, in JSON."""

from __future__ import annotations

import re
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
    note_restart,
    quiet,
)
from ingest.adapters.values import (
    member_of,
    number_of,
    object_of,
    require_apparent,
    require_power,
    require_register,
    require_size,
    text_of,
    trusted_time_s,
    word_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingest.adapters.message import Memory, Message, Telegram

PACE = Pace(usual_s=60, power_held_s=180)
"""Energy is told each minute, power when it changes."""

FAMILIES = ("em", "em1", "pm1", "switch", "light", "cover")
"""Where a device measures, the mains first: a clamp meter's own relay is not another home."""

SINGLE = ("em", "pm1")
"""A device has one of these at most: nothing has to be learned."""

_COMPONENT = re.compile(r"(?P<family>em|em1|pm1|switch|light|cover)(?:data)?:(?P<number>[0-9])")
_PHASES = ("a", "b", "c")
_FIELDS, _FAMILY, _UPTIME = "fields", "family", "uptime_s"


def parse(telegram: Telegram, memory: Memory) -> Message:
    """Translate one message; raise PayloadError if it cannot be used."""
    require_size(telegram.payload)
    if telegram.subtopic == "online":
        return _parse_online(telegram, memory)
    if telegram.retained:
        return quiet(memory)
    place, _, component = telegram.subtopic.partition("/")
    if place == "status" and component:
        return _parse_status(telegram, memory, component)
    if telegram.subtopic == "events/rpc":
        return _parse_notification(telegram, memory)
    return quiet(memory)


def _parse_online(telegram: Telegram, memory: Memory) -> Message:
    text = text_of(telegram.payload)
    if text not in {"true", "false"}:
        raise PayloadError("wrong_shape", "online: true or false was expected")
    return connected(memory, online=text == "true")


def _parse_status(telegram: Telegram, memory: Memory, component: str) -> Message:
    if component != "sys" and not _COMPONENT.fullmatch(component):
        return quiet(memory)
    return _take(memory, {component: object_of(telegram.payload)}, int(telegram.received_s))


def _parse_notification(telegram: Telegram, memory: Memory) -> Message:
    """Lay changes over what is known; events repeat it in another form, and are let pass."""
    frame = object_of(telegram.payload)
    if word_of(frame, "method") not in {"NotifyStatus", "NotifyFullStatus"}:
        return quiet(memory)
    params = member_of(frame, "params")
    at_s = trusted_time_s(number_of(params.get("ts"), "ts"), telegram.received_s)
    wanted = [key for key in params if key == "sys" or _COMPONENT.fullmatch(key)]
    return _take(memory, {key: member_of(params, key) for key in wanted}, at_s)


def _take(memory: Memory, components: Mapping[str, dict[str, Any]], at_s: int) -> Message:
    """Take all components of one telegram at once; only the family nearest the mains counts."""
    uptime_s = number_of(components.get("sys", {}).get("uptime"), "sys uptime")
    told: dict[str, Part] = {}
    for key, values in components.items():
        found = _COMPONENT.fullmatch(key)
        if found:
            channel = f"{found['family']}:{found['number']}"
            part = _part(memory, channel, key, values)
            told[channel] = _join(told.get(channel, Part()), part)
    _note_uptime(memory, uptime_s)
    own = {channel: part for channel, part in told.items() if part != Part()}
    family = _choose_family(memory, {channel.partition(":")[0] for channel in own})
    own = {channel: part for channel, part in own.items() if channel.startswith(f"{family}:")}
    if not own:
        return quiet(memory)
    expected = _expected(memory, own, family, at_s)
    return quiet(memory) if expected is None else assemble(memory, own, expected, at_s, PACE)


def _note_uptime(memory: Memory, uptime_s: float | None) -> None:
    before_s = memory.get(_UPTIME)
    if uptime_s is None:
        return
    if isinstance(before_s, float) and uptime_s < before_s:
        note_restart(memory)
    memory[_UPTIME] = uptime_s


def _choose_family(memory: Memory, seen: set[str]) -> str:
    known = memory.get(_FAMILY)
    best = min((each for each in {*seen, known} if each in FAMILIES), key=_rank, default="")
    if best:
        memory[_FAMILY] = best
    return best


def _rank(family: object) -> int:
    return FAMILIES.index(str(family))


def _expected(memory: Memory, told: Mapping[str, Part], family: str, at_s: int) -> Channels | None:
    """The channels that make up the home: as set, or the only one there is."""
    setting = channels_setting(memory)
    if setting is not None:
        named = tuple(each if ":" in each else f"{family}:{each}" for each in setting)
        return Channels.all_of(named)
    if family in SINGLE:
        return Channels.all_of((f"{family}:0",))
    return [learn_channels(memory, channel, f"{family}:", at_s) for channel in told][-1]


def _part(memory: Memory, channel: str, key: str, values: dict[str, Any]) -> Part:
    if channel.startswith("em:"):
        return _part_of_phases(memory, key, values)
    if channel.startswith("em1:"):
        return Part(
            _register(values, "total_act_energy", key),
            _power(values, "act_power", key),
            _apparent(values, "aprt_power", key),
        )
    return Part(
        _register(member_of(values, "aenergy"), "total", key), _power(values, "apower", key)
    )


def _part_of_phases(memory: Memory, key: str, values: dict[str, Any]) -> Part:
    """Three phases: the device's own sum, else that of its phases as far as changes told them."""
    if "data" in key:
        keys = ("total_act", *(f"{phase}_total_act_energy" for phase in _PHASES))
        register_wh = _total(memory, key, values, keys)
        return Part(None if register_wh is None else require_register(register_wh, key))
    power_w = _total(memory, key, values, ("total_act_power", *_named("act_power")))
    apparent_va = _total(memory, key, values, ("total_aprt_power", *_named("aprt_power")))
    return Part(
        power_w=None if power_w is None else require_power(power_w, key),
        apparent_va=None if apparent_va is None else require_apparent(apparent_va, key),
    )


def _named(what: str) -> tuple[str, ...]:
    return tuple(f"{phase}_{what}" for phase in _PHASES)


def _total(
    memory: Memory, component: str, values: dict[str, Any], keys: tuple[str, ...]
) -> float | None:
    """The told total; of a device that never tells one, the sum of its phases as they are known."""
    told = {key: number_of(values[key], f"{component} {key}") for key in keys if key in values}
    fields = memory.setdefault(_FIELDS, {})
    if not told or not isinstance(fields, dict):
        return None
    fields.update({(component, key): value for key, value in told.items()})
    if fields.get((component, keys[0])) is not None:
        return told.get(keys[0])
    phases = [fields.get((component, key)) for key in keys[1:]]
    numbers = [phase for phase in phases if phase is not None]
    return sum(numbers) if len(numbers) == len(phases) else None


def _register(values: dict[str, Any], key: str, component: str) -> float | None:
    value = number_of(values.get(key), f"{component} {key}")
    return None if value is None else require_register(value, f"{component} {key}")


def _power(values: dict[str, Any], key: str, component: str) -> float | None:
    value = number_of(values.get(key), f"{component} {key}")
    return None if value is None else require_power(value, f"{component} {key}")


def _apparent(values: dict[str, Any], key: str, component: str) -> float | None:
    value = number_of(values.get(key), f"{component} {key}")
    return None if value is None else require_apparent(value, f"{component} {key}")


def _join(one: Part, other: Part) -> Part:
    """A live part and an energy part of the same channel."""
    return Part(
        other.register_wh if other.register_wh is not None else one.register_wh,
        other.power_w if other.power_w is not None else one.power_w,
        other.apparent_va if other.apparent_va is not None else one.apparent_va,
    )
