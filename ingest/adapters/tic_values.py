"""Values of a French meter's customer output that a gateway has put into JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonwatt.errors import PayloadError
from ingest.adapters.assembly import Part
from ingest.adapters.tic_frames import REGISTERS, SUPPLIER_REGISTERS, number_in, register_wh_of
from ingest.adapters.values import require_apparent, require_register

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingest.adapters.message import Memory

_KEY = "tic"
_REGISTER_LABELS = {"EAST", *SUPPLIER_REGISTERS}.union(*REGISTERS.values())


def part_of(values: Mapping[str, object], memory: Memory) -> Part:
    """Register and apparent power; a gateway may leave out what has not changed.

    A whole frame, which names its contract, must have every register of it.
    """
    registers = {label: _text(values[label], label) for label in _REGISTER_LABELS & values.keys()}
    for label, text in registers.items():
        require_register(number_in(text, label), label)
    contract = _contract_of(values.get("OPTARIF"))
    known = memory.get(_KEY)
    known = dict(known) if isinstance(known, dict) and not contract else {}
    groups = {**known, **contract, **registers}
    register_wh = None
    if contract or (registers and _is_whole(groups)):
        register_wh = require_register(register_wh_of(groups), "sum")
    memory[_KEY] = groups
    return Part(register_wh=register_wh, apparent_va=_apparent_va(values))


def _contract_of(option: object) -> dict[str, str]:
    """The contract by our own name for it; empty if the message does not tell it."""
    if option is None:
        return {}
    found = next((name for name in REGISTERS if str(option).startswith(name)), None)
    if found is None:
        raise PayloadError("wrong_shape", "OPTARIF: an unknown contract")
    return {"OPTARIF": found}


def _is_whole(groups: Mapping[str, str]) -> bool:
    if "EAST" in groups:
        return True
    names = REGISTERS.get(groups.get("OPTARIF", ""), SUPPLIER_REGISTERS)
    return all(name in groups for name in names)


def _apparent_va(values: Mapping[str, object]) -> float | None:
    label = "SINSTS" if "SINSTS" in values else "PAPP"
    if label not in values:
        return None
    return require_apparent(number_in(_text(values[label], label), label), label)


def _text(value: object, label: str) -> str:
    """Digits as the meter printed them, or the whole number that a gateway made of them."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**10:
        raise PayloadError("wrong_shape", f"{label}: a whole number was expected")
    return str(value)
