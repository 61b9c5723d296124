"""Values that bear a name, as OpenEnergyMonitor's programs send them: what a name says of a unit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonwatt.errors import PayloadError
from ingest.adapters.assembly import Channels, Part
from ingest.adapters.sensors import scaled, speaks_of_something_else
from ingest.adapters.values import VA_UNITS, W_UNITS, WH_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ingest.adapters.message import Memory

MOST_NAMES = 64
PULSE = "pulse"
SATURATED_W = frozenset({32_767, -32_767, -32_768})
"""The transmitters send power in 16 bits; at its end it may be anything beyond."""

_BY_NAME = (
    ("W", re.compile(r"(?:p|power|real_?power|ct)_?[0-9]{0,2}|watts?|\w+_w")),
    ("Wh", re.compile(r"e[0-9]{1,2}|wh_?[0-9]{0,2}|\w+_wh")),
    ("kWh", re.compile(r"kwh_?[0-9]{0,2}|\w+_kwh")),
    ("VA", re.compile(r"papp|sinsts|va_?[0-9]{0,2}|apparent_?power_?[0-9]{0,2}|\w+_va")),
    (PULSE, re.compile(r"pulse_?(?:count)?_?[0-9]{0,2}")),
)
_TARIFF_REGISTERS = (
    frozenset({"base"}),
    frozenset({"hchc", "hchp"}),
    frozenset({"ejphn", "ejphpm"}),
    frozenset({"bbrhcjb", "bbrhpjb", "bbrhcjw", "bbrhpjw", "bbrhcjr", "bbrhpjr"}),
    frozenset({"east"}),
)
"""The registers of a French meter, in watt-hours: those of one contract add up to the home."""

_UNITS = WH_UNITS | W_UNITS | VA_UNITS


def unit_of(name: str) -> str | None:
    """The unit that a name stands for by convention; None if it stands for none of ours."""
    lowered = name.lower()
    if any(lowered in registers for registers in _TARIFF_REGISTERS):
        return "Wh"
    if len(name) > MOST_NAMES or speaks_of_something_else(lowered):
        return None
    return next((unit for unit, pattern in _BY_NAME if pattern.fullmatch(lowered)), None)


def units_of_home(memory: Memory) -> dict[str, str] | None:
    """The values that measure the home, with their units, if the settings name them."""
    units, channels = memory.get("units", {}), memory.get("channels", [])
    if not isinstance(units, dict) or not set(map(str, units.values())) <= _UNITS.keys():
        raise PayloadError("unknown_unit", f"setting units: only {', '.join(_UNITS)}")
    if not isinstance(channels, list) or len(channels) + len(units) > MOST_NAMES:
        raise PayloadError("unclear_channels", "setting channels: a list was expected")
    home = {str(name): str(unit) for name, unit in units.items()}
    for name in map(str, channels):
        unit = home.get(name) or unit_of(name)
        if unit is None or not _is_usable(unit, memory):
            raise PayloadError("unknown_unit", f"{name}: no unit by its name, and none in settings")
        home[name] = unit
    return home or None


def units_by_name(names: Iterable[str], memory: Memory) -> dict[str, str]:
    """Those of these values that could measure the home, with the units their names stand for."""
    units = {name: unit_of(name) for name in names}
    return {name: unit for name, unit in units.items() if unit and _is_usable(unit, memory)}


def channels_of(units: Mapping[str, str], *, chosen: bool) -> Channels:
    """Which values add up to the home: all that were chosen, else the only one of its kind.

    The registers of one French contract belong together. Other values of one kind may be a solar
    panel or a room.
    """
    registers = _of(units, {**WH_UNITS, PULSE: 1.0})
    powers, apparent = _of(units, W_UNITS), _of(units, VA_UNITS)
    if chosen:
        return Channels(registers, powers, apparent)
    if not _belong_together(registers) or (len(powers) > 1 and not registers):
        count = max(len(registers), len(powers))
        raise PayloadError("unclear_channels", f"{count} values of one kind, no setting channels")
    only = powers if len(powers) == 1 else ()
    return Channels(registers, only, apparent if len(apparent) == 1 else ())


def part_of(value: float, unit: str, name: str, memory: Memory) -> Part:
    """Turn a value into the house's own unit."""
    if unit == PULSE:
        return scaled(value * _wh_per_pulse(memory), "Wh", name)
    if unit in W_UNITS and value in SATURATED_W:
        raise PayloadError("power_absurd", f"{name}: at the end of its 16 bits")
    return scaled(value, unit, name)


def _of(units: Mapping[str, str], table: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(sorted(name for name, unit in units.items() if unit in table))


def _belong_together(registers: tuple[str, ...]) -> bool:
    """Whether these are a single register, or all those of one French contract."""
    lowered = frozenset(name.lower() for name in registers)
    if any(lowered & contract for contract in _TARIFF_REGISTERS):
        return len(lowered) == len(registers) and lowered in _TARIFF_REGISTERS
    return len(registers) < 2


def _is_usable(unit: str, memory: Memory) -> bool:
    """Of pulses it must be said what they are worth."""
    return unit != PULSE or "wh_per_pulse" in memory


def _wh_per_pulse(memory: Memory) -> float:
    setting = memory.get("wh_per_pulse")
    if isinstance(setting, bool) or not isinstance(setting, int | float) or not 0 < setting <= 1e4:
        raise PayloadError("unknown_unit", "setting wh_per_pulse: a number above 0 was expected")
    return float(setting)
