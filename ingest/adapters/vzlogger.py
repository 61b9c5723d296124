"""vzlogger: readings of utility meters, one channel a topic; OBIS codes say what they are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from commonwatt.errors import PayloadError
from ingest.adapters.assembly import Channels, Pace, assemble, quiet
from ingest.adapters.sensors import is_settled, scaled, units_setting
from ingest.adapters.values import (
    bare_number,
    number_of,
    object_of,
    require_size,
    text_of,
    trusted_time_s,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingest.adapters.message import Memory, Message, Telegram

PACE = Pace(usual_s=60, power_held_s=180)
"""Utility meters speak each second or each minute, as their channel is set."""

UNITS = {"1.8": "Wh", "16.7": "W", "1.7": "W", "36.7": "W", "56.7": "W", "76.7": "W", "9.7": "VA"}
"""The unit vzlogger gives each OBIS quantity unless the mount's settings say otherwise."""

PHASES = ("36.7.0", "56.7.0", "76.7.0")

_TOPIC = re.compile(r"(?P<channel>chn[0-9]{1,3})/(?P<what>raw|id)")
_OBIS = re.compile(
    r"(?:(?P<medium>[0-9]+)-[0-9]+:)?(?P<code>[0-9]+\.[0-9]+\.[0-9]+)(?:\*(?P<period>[0-9]+))?"
)
_ELECTRICITY = {None, "1", "255"}
_NOW = {None, "255"}
_MOST_CHANNELS = 64
_KEY = "announced"


@dataclass(slots=True)
class _Announced:
    """The OBIS code of each channel; empty if it is none that speaks of this home's energy."""

    codes: dict[str, str] = field(default_factory=dict)
    changed_s: float = 0.0


def parse(telegram: Telegram, memory: Memory) -> Message:
    """Translate one message; raise PayloadError if it cannot be used."""
    require_size(telegram.payload)
    found = _TOPIC.fullmatch(telegram.subtopic)
    if not found:
        return quiet(memory)
    if found["what"] == "id":
        return _learn(telegram, memory, found["channel"])
    return quiet(memory) if telegram.retained else _take(telegram, memory, found["channel"])


def _learn(telegram: Telegram, memory: Memory, channel: str) -> Message:
    announced = _announced_of(memory)
    code = _code(text_of(telegram.payload))
    new = announced.codes.get(channel) != code
    if new and (channel in announced.codes or len(announced.codes) < _MOST_CHANNELS):
        announced.codes[channel], announced.changed_s = code, telegram.received_s
    return quiet(memory)


def _code(identifier: str) -> str:
    """The quantity of an OBIS code, such as 1.8.0; empty if it is another one than ours.

    Other media have codes that look alike, and `*01` is the value of an earlier month.
    """
    found = _OBIS.fullmatch(identifier)
    if not found or found["medium"] not in _ELECTRICITY or found["period"] not in _NOW:
        return ""
    return found["code"] if found["code"].rpartition(".")[0] in UNITS else ""


def _announced_of(memory: Memory) -> _Announced:
    found = memory.get(_KEY)
    if not isinstance(found, _Announced):
        found = memory[_KEY] = _Announced()
    return found


def _take(telegram: Telegram, memory: Memory, channel: str) -> Message:
    codes, settled = _codes(memory, telegram.received_s)
    if channel not in codes:
        raise PayloadError("unknown_unit", f"{channel}: not announced, and no setting obis")
    expected = _expected(codes)
    wanted = {*expected.register, *expected.power, *expected.apparent}
    if channel not in wanted or not settled:
        return quiet(memory)
    value, at_s = _value(telegram, channel)
    unit = units_setting(memory).get(channel, UNITS[codes[channel].rpartition(".")[0]])
    return assemble(memory, {channel: scaled(value, unit, channel)}, expected, at_s, PACE)


def _codes(memory: Memory, received_s: float) -> tuple[dict[str, str], bool]:
    """What each channel tells, as set or as announced, and whether that is all."""
    setting = memory.get("obis")
    if setting is None:
        announced = _announced_of(memory)
        return announced.codes, is_settled(announced.changed_s, received_s)
    if not isinstance(setting, dict):
        raise PayloadError("unknown_unit", "setting obis: a channel for each code was expected")
    return {str(channel): _code(str(each)) for channel, each in setting.items()}, True


def _value(telegram: Telegram, channel: str) -> tuple[float, int]:
    """A bare number, or one with its time in milliseconds."""
    if not telegram.payload.lstrip().startswith(b"{"):
        return bare_number(telegram.payload, channel), int(telegram.received_s)
    values = object_of(telegram.payload)
    value = number_of(values.get("value"), f"{channel} value")
    if value is None:
        raise PayloadError("wrong_shape", f"{channel}: no value")
    told_ms = number_of(values.get("timestamp"), f"{channel} timestamp")
    return value, trusted_time_s(None if told_ms is None else told_ms / 1000, telegram.received_s)


def _expected(codes: Mapping[str, str]) -> Channels:
    """The home's total where there is one, else the sum of its tariffs or of its phases."""
    by_code: dict[str, str] = {}
    for channel, code in codes.items():
        if code and code in by_code:
            raise PayloadError("unclear_channels", f"{code}: several channels, no setting obis")
        by_code[code] = channel
    tariffs = tuple(by_code[code] for code in sorted(by_code) if code.startswith("1.8."))
    powers = [by_code[code] for code in ("16.7.0", "1.7.0") if code in by_code]
    phases = tuple(by_code[code] for code in PHASES if code in by_code)
    return Channels(
        register=(by_code["1.8.0"],) if "1.8.0" in by_code else tariffs,
        power=tuple(powers[:1]) or (phases if len(phases) == len(PHASES) else ()),
        apparent=(by_code["9.7.0"],) if "9.7.0" in by_code else (),
    )
