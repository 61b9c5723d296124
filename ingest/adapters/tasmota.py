"""Tasmota: plugs and meters whose sensors come in one JSON object, and its reader of the TIC."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from commonwatt.errors import PayloadError
from ingest.adapters.assembly import (
    Channels,
    Pace,
    Part,
    assemble,
    connected,
    note_restart,
    quiet,
)
from ingest.adapters.tic_values import part_of
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
    from ingest.adapters.message import Memory, Message, Telegram

PACE = Pace(usual_s=300, power_held_s=300)
"""TelePeriod is 300 s unless set otherwise."""

WH_PER_KWH = 1000.0
_MOST_PHASES = 3
_STATES = {"Online": True, "Offline": False}
_MEASURED = {"SENSOR", "ENERGY", "STATUS8", "STATUS10"}
_BEGAN = "began"
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")


def parse(telegram: Telegram, memory: Memory) -> Message:
    """Translate one message; raise PayloadError if it cannot be used."""
    require_size(telegram.payload)
    kind = telegram.subtopic.rpartition("/")[2]
    if kind == "LWT":
        return _parse_state(telegram, memory)
    if kind not in _MEASURED or telegram.retained:
        return quiet(memory)
    told = object_of(telegram.payload)
    told = member_of(told, "StatusSNS") or told
    if "TIC" in told:
        part = part_of(member_of(told, "TIC"), memory)
    else:
        part = _part(told if kind == "ENERGY" else member_of(told, "ENERGY"), memory)
    if part == Part():
        return quiet(memory)
    at_s = trusted_time_s(_told_s(word_of(told, "Time")), telegram.received_s)
    return assemble(memory, {"home": part}, Channels.all_of(("home",)), at_s, PACE)


def _parse_state(telegram: Telegram, memory: Memory) -> Message:
    state = text_of(telegram.payload)
    if state not in _STATES:
        raise PayloadError("wrong_shape", "LWT: Online or Offline was expected")
    return connected(memory, online=_STATES[state])


def _part(energy: dict[str, Any], memory: Memory) -> Part:
    total_kwh = _sum_of(energy, "Total")
    power_w = _sum_of(energy, "Power")
    apparent_va = _sum_of(energy, "ApparentPower")
    part = Part(
        register_wh=None
        if total_kwh is None
        else require_register(total_kwh * WH_PER_KWH, "Total"),
        power_w=None if power_w is None else require_power(power_w, "Power"),
        apparent_va=None if apparent_va is None else require_apparent(apparent_va, "ApparentPower"),
    )
    _note_beginning(word_of(energy, "TotalStartTime"), memory)
    return part


def _sum_of(energy: dict[str, Any], key: str) -> float | None:
    """One number, or one for each phase: all of them or a fault."""
    told = energy.get(key)
    if not isinstance(told, list):
        return number_of(told, key)
    phases = [number_of(each, key) for each in told]
    known = [each for each in phases if each is not None]
    if len(known) < len(phases) or not 1 <= len(known) <= _MOST_PHASES:
        raise PayloadError("wrong_shape", f"{key}: one number for each phase was expected")
    return sum(known)


def _note_beginning(began: str, memory: Memory) -> None:
    """A total that began at another time than before was reset by its owner."""
    if not _TIME.fullmatch(began):
        return
    if memory.get(_BEGAN, began) != began:
        note_restart(memory)
    memory[_BEGAN] = began


def _told_s(time: str) -> float | None:
    """The device's time if it names its offset; local time without one is ambiguous in autumn."""
    try:
        told = datetime.fromisoformat(time)
        return told.timestamp() if told.tzinfo else None
    except (ValueError, OverflowError):
        return None
