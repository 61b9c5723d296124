"""Sensors that are told apart by their unit: which is the home's register, which its power."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.errors import PayloadError
from ingest.adapters.assembly import Channels, Part, assemble, assembly_of, quiet
from ingest.adapters.values import (
    VA_UNITS,
    W_UNITS,
    WH_UNITS,
    bare_number,
    require_apparent,
    require_power,
    require_register,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingest.adapters.assembly import Pace
    from ingest.adapters.message import Memory, Message, Telegram

SETTLE_S = 10
"""Descriptions come in a burst: before it is over, the one sensor known may be one of several."""

MOST_SENSORS = 64

_UNITS = WH_UNITS | W_UNITS | VA_UNITS
_WORD = re.compile(r"[a-zè]+")
_OTHER_WORD = re.compile(
    r"daily|today|day|yesterday|hourly|week|weekly|month|monthly"
    r"|jours?|journali[eè]re?|quotidien(?:ne)?|hier|semaine|mois"
    r"|exported|export|returned|inject(?:ed|ion)|produced|production|solar|solaire|pv"
)
"""Words for registers that begin anew each day or month, and for energy that leaves the home."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """What a description says of a sensor: its unit, empty if it is neither energy nor power.

    `usable` unless it speaks of something else than what the home takes for good.
    """

    unit: str
    usable: bool = True

    @classmethod
    def described(cls, unit: str, *, usable: bool) -> Sensor:
        """A sensor with the unit as it was told, which may be any text."""
        return cls(unit if unit in _UNITS else "", usable)


def is_settled(changed_s: float, now_s: float) -> bool:
    """Whether the burst of descriptions is over; a clock put back does not make it longer."""
    return not 0 <= now_s - changed_s < SETTLE_S


def speaks_of_something_else(*names: str) -> bool:
    """Whether a name says that it counts a day, or energy that leaves the home."""
    words = _WORD.findall(" ".join(names).lower())
    return any(_OTHER_WORD.fullmatch(word) for word in words)


def units_setting(memory: Memory) -> dict[str, str]:
    """The units of the home's sensors, if the mount's settings name them."""
    setting = memory.get("units", {})
    if not isinstance(setting, dict) or not set(map(str, setting.values())) <= _UNITS.keys():
        raise PayloadError("unknown_unit", f"setting units: only {', '.join(_UNITS)}")
    return {str(key): str(unit) for key, unit in setting.items()}


def scaled(value: float, unit: str, what: str) -> Part:
    """Turn a value into the house's own unit; an empty part if it is no energy and no power."""
    if unit in WH_UNITS:
        return Part(register_wh=require_register(value * WH_UNITS[unit], what))
    if unit in W_UNITS:
        return Part(power_w=require_power(value * W_UNITS[unit], what))
    if unit in VA_UNITS:
        return Part(apparent_va=require_apparent(value * VA_UNITS[unit], what))
    return Part()


def take_set(
    memory: Memory, key: str, units: Mapping[str, str], telegram: Telegram, pace: Pace
) -> Message:
    """Take a value whose unit the settings say: sensors of one quantity are added up."""
    if key not in units:
        return quiet(memory)
    part = scaled(bare_number(telegram.payload, key), units[key], key)
    expected = Channels(*(_of(units, table) for table in (WH_UNITS, W_UNITS, VA_UNITS)))
    return assemble(memory, {key: part}, expected, int(telegram.received_s), pace)


def take_described(
    memory: Memory, key: str, sensors: Mapping[str, Sensor], telegram: Telegram, pace: Pace
) -> Message:
    """Take a value of a described sensor, if it is the only one of its quantity."""
    sensor = sensors[key]
    if not sensor.unit or not sensor.usable or _given_up(memory, key):
        return quiet(memory)
    usable = {
        name: each.unit
        for name, each in sensors.items()
        if each.usable and not _given_up(memory, name)
    }
    registers, powers = _of(usable, WH_UNITS), _of(usable, W_UNITS)
    if len(registers) > 1 or (len(powers) > 1 and not registers):
        count = max(len(registers), len(powers))
        raise PayloadError("unclear_channels", f"{count} sensors of one kind, no setting units")
    part = scaled(bare_number(telegram.payload, key), sensor.unit, key)
    _require_register_of_its_own(memory, key, part)
    apparent = _of(usable, VA_UNITS)
    expected = Channels(
        register=registers,
        power=powers if len(powers) == 1 else (),
        apparent=apparent if len(apparent) == 1 else (),
    )
    return assemble(memory, {key: part}, expected, int(telegram.received_s), pace)


def _of(units: Mapping[str, str], table: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(sorted(key for key, unit in units.items() if unit in table))


def _given_up(memory: Memory, key: str) -> bool:
    counters = memory.get("day_counters", ())
    return isinstance(counters, tuple) and key in counters


def _require_register_of_its_own(memory: Memory, key: str, part: Part) -> None:
    """Give up a register that falls by half and more though the device did not restart.

    That is what a counter of the day does at midnight, whatever it is called.
    """
    own = assembly_of(memory)
    before_wh, after_wh = own.known(key).register_wh, part.register_wh
    if before_wh is None or after_wh is None or own.restarted or after_wh >= before_wh / 2:
        return
    counters = memory.get("day_counters", ())
    own.register_s = None
    memory["day_counters"] = (*(counters if isinstance(counters, tuple) else ()), key)
    raise PayloadError("unclear_channels", f"{key}: falls like a counter of the day")
