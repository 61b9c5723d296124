"""Shelly of the first generation: one value a topic; EM and 3EM clamps, plugs and relays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonwatt.errors import PayloadError
from ingest.adapters.assembly import (
    Channels,
    Pace,
    Part,
    assemble,
    assembly_of,
    channels_setting,
    connected,
    learn_channels,
    note_restart,
    quiet,
)
from ingest.adapters.values import (
    bare_number,
    require_power,
    require_register,
    require_size,
    text_of,
)

if TYPE_CHECKING:
    from ingest.adapters.message import Memory, Message, Telegram

PACE = Pace(usual_s=30, power_held_s=90)
"""Every value comes each 30 s unless set otherwise; two rounds may be lost."""

WATT_MINUTES_PER_WH = 60.0
THREE_PHASES = ("emeter/0", "emeter/1", "emeter/2")

_MEASURED = re.compile(r"(?P<channel>(?P<family>emeter|relay)/[0-9])/(?P<what>power|total|energy)")
_CLAMPS = "clamps"


def parse(telegram: Telegram, memory: Memory) -> Message:
    """Translate one message; raise PayloadError if it cannot be used."""
    require_size(telegram.payload)
    if telegram.subtopic == "online":
        return _parse_online(telegram, memory)
    found = _MEASURED.fullmatch(telegram.subtopic)
    if telegram.retained or not found:
        return quiet(memory)
    family, what = found["family"], found["what"]
    if family == "emeter":
        memory[_CLAMPS] = True
    elsewhere = what == ("energy" if family == "emeter" else "total")
    if elsewhere or (family == "relay" and _CLAMPS in memory):
        return quiet(memory)
    return _parse_value(telegram, memory, found["channel"], family, what)


def _parse_online(telegram: Telegram, memory: Memory) -> Message:
    text = text_of(telegram.payload)
    if text not in {"true", "false"}:
        raise PayloadError("wrong_shape", "online: true or false was expected")
    return connected(memory, online=text == "true")


def _parse_value(
    telegram: Telegram, memory: Memory, channel: str, family: str, what: str
) -> Message:
    part = _part(bare_number(telegram.payload, telegram.subtopic), telegram.subtopic, what)
    at_s = int(telegram.received_s)
    expected = _expected(memory, channel, family, at_s)
    if expected is None:
        return quiet(memory)
    before_wh = assembly_of(memory).known(channel).register_wh
    volatile_wh = part.register_wh if what == "energy" else None
    if before_wh is not None and volatile_wh is not None and volatile_wh < before_wh:
        note_restart(memory)
    return assemble(memory, {channel: part}, expected, at_s, PACE)


def _part(value: float, topic: str, what: str) -> Part:
    if what == "power":
        return Part(power_w=require_power(value, topic))
    divisor = WATT_MINUTES_PER_WH if what == "energy" else 1.0
    return Part(register_wh=require_register(value / divisor, topic))


def _expected(memory: Memory, channel: str, family: str, at_s: int) -> Channels | None:
    """The channels that make up the home: as set, or all there are."""
    setting = channels_setting(memory)
    if setting is not None:
        named = tuple(each if "/" in each else f"{family}/{each}" for each in setting)
        return Channels.all_of(named)
    return learn_channels(memory, channel, family, at_s, THREE_PHASES)
