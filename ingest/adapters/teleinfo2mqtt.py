"""teleinfo2mqtt: frames of a French meter in JSON, on a topic that names the meter."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Any

from commonwatt.errors import PayloadError
from ingest.adapters.assembly import Channels, Part, assemble, connected, quiet
from ingest.adapters.tic_frames import PACE
from ingest.adapters.tic_values import part_of
from ingest.adapters.values import member_of, object_of, require_size, text_of

if TYPE_CHECKING:
    from ingest.adapters.message import Memory, Message, Telegram

_METER = re.compile(r"[0-9]{10,14}|")
_STATES = {"up": True, "down": False}
_MARK = "mark"


def parse(telegram: Telegram, memory: Memory) -> Message:
    """Translate one message; raise PayloadError if it cannot be used."""
    require_size(telegram.payload)
    if telegram.subtopic == "status":
        return _parse_state(telegram, memory)
    if telegram.retained or not _METER.fullmatch(telegram.subtopic):
        return quiet(memory)
    told = object_of(telegram.payload)
    _require_same_meter(telegram.subtopic, memory)
    part = part_of({label: _value(told, label) for label in told}, memory)
    if part == Part():
        return quiet(memory)
    at_s = int(telegram.received_s)
    return assemble(memory, {"home": part}, Channels.all_of(("home",)), at_s, PACE)


def _parse_state(telegram: Telegram, memory: Memory) -> Message:
    state = text_of(telegram.payload)
    if state not in _STATES:
        raise PayloadError("wrong_shape", "status: up or down was expected")
    return connected(memory, online=_STATES[state])


def _value(told: dict[str, Any], label: str) -> object:
    """What the meter printed; `value` may have lost zeros or been put into other words."""
    group = member_of({"a group": told[label]}, "a group")
    return group.get("raw", group.get("value"))


def _require_same_meter(subtopic: str, memory: Memory) -> None:
    """Two meters below one mount are not one home. Eight bits tell them apart and name neither."""
    mark = zlib.crc32(subtopic.encode()) & 0xFF
    if memory.setdefault(_MARK, mark) != mark:
        raise PayloadError("unclear_channels", "two meters below one mount")
