"""ZLinky_TIC by Zigbee2MQTT: a French meter's customer output as one JSON object with names of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commonwatt.errors import PayloadError
from ingest.adapters.assembly import Part
from ingest.adapters.values import number_of, require_apparent, require_register
from ingest.adapters.zigbee2mqtt import WH_PER_KWH, hear

if TYPE_CHECKING:
    from ingest.adapters.message import Memory, Message, Telegram

TOTAL = "current_summ_delivered"
TIERS = {
    "BASE": (TOTAL,),
    "HC": ("current_tier1_summ_delivered", "current_tier2_summ_delivered"),
    "EJP": ("current_tier1_summ_delivered", "current_tier2_summ_delivered"),
    "BBR": tuple(f"current_tier{number}_summ_delivered" for number in range(1, 7)),
}
"""Which registers add up to the home, by how the name of a historic contract begins."""
LARGEST_KWH = 1_000_000
"""No home has drawn more than this: a larger number is in watt-hours."""
WHOLE_NUMBERS = 4
"""So many different numbers in a row without a fraction: they are watt-hours."""
FALLS = 3
"""A register that falls is misread, the first times; then the meter has been changed."""

_CONTRACT, _UNIT, _WHOLE, _LAST, _FALLEN = "contract", "wh_per_unit", "whole", "last_wh", "fallen"


def parse(telegram: Telegram, memory: Memory) -> Message:
    """Translate one message; raise PayloadError if it cannot be used."""
    return hear(telegram, memory, _part)


def _part(values: dict[str, Any], memory: Memory) -> Part:
    return Part(register_wh=_register_wh(values, memory), apparent_va=_apparent_va(values))


def _register_wh(values: dict[str, Any], memory: Memory) -> float | None:
    """The sum of a contract's registers, once its contract and its unit are known."""
    names = _registers(values, memory)
    told = [number_of(values.get(name), name) for name in names]
    known = [number for number in told if number is not None]
    if not known or len(known) < len(told):
        return None
    scale = _wh_per_unit(known, memory)
    return None if scale is None else _steady(scale * sum(known), memory)


def _registers(values: dict[str, Any], memory: Memory) -> tuple[str, ...]:
    """The total where it counts, as in standard mode; else the registers of the contract."""
    total = number_of(values.get(TOTAL), TOTAL)
    if total:
        return (TOTAL,)
    told = values.get("current_tarif")
    if isinstance(told, str) and told:
        memory[_CONTRACT] = told
    contract = str(memory.get(_CONTRACT, ""))
    return next((names for name, names in TIERS.items() if contract.startswith(name)), ())


def _wh_per_unit(numbers: list[float], memory: Memory) -> float | None:
    """What a number stands for: older converters tell watt-hours, and no message says which it is.

    A fraction, or the setting `unit`, means kilowatt-hours; a number beyond any home's, or several
    different ones without a fraction, watt-hours. Until it is clear there is no register.
    """
    setting = memory.get("unit")
    if setting is not None:
        if setting not in {"kWh", "Wh"}:
            raise PayloadError("wrong_shape", "setting unit: kWh or Wh was expected")
        return WH_PER_KWH if setting == "kWh" else 1.0
    if any(not number.is_integer() for number in numbers):
        memory[_UNIT] = WH_PER_KWH
    elif memory.get(_UNIT) is None:
        seen = memory.setdefault(_WHOLE, set())
        if isinstance(seen, set):
            seen.add(tuple(numbers))
            if max(numbers) > LARGEST_KWH or len(seen) >= WHOLE_NUMBERS:
                memory[_UNIT] = 1.0
    unit = memory.get(_UNIT)
    return unit if isinstance(unit, float) else None


def _steady(register_wh: float, memory: Memory) -> float:
    """A register that falls is refused as misread, unless it stays so."""
    last_wh = memory.get(_LAST)
    if isinstance(last_wh, float) and register_wh < last_wh:
        fallen = int(str(memory.get(_FALLEN, 0))) + 1
        memory[_FALLEN] = fallen
        if fallen < FALLS:
            raise PayloadError("register_absurd", "a register was lower than before")
    memory[_FALLEN] = 0
    memory[_LAST] = require_register(register_wh, "sum")
    return register_wh


def _apparent_va(values: dict[str, Any]) -> float | None:
    """The whole home's; None where phases are told and their total is not."""
    total = number_of(values.get("total_apparent_power"), "total_apparent_power")
    if total:
        return require_apparent(total, "total_apparent_power")
    if any(values.get(f"apparent_power_ph_{phase}") for phase in "bc"):
        return None
    single = number_of(values.get("apparent_power"), "apparent_power")
    return None if single is None else require_apparent(single, "apparent_power")
