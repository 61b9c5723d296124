"""CitizenWatt's radio packets of 2014, handed on by a gateway: 16 bytes, encrypted, no receipt."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.errors import PayloadError
from ingest.adapters.aes128 import BLOCK_BYTES, decrypt_block
from ingest.adapters.assembly import Channels, Pace, Part, assemble, assembly_of, connected, quiet
from ingest.adapters.values import require_size, text_of

if TYPE_CHECKING:
    from ingest.adapters.message import Memory, Message, Telegram

PACE = Pace(usual_s=20, power_held_s=20)
"""A packet comes each 9 s or so; at one reading in 10 s at most, a reading stands for two."""

SLACK_S = 60
"""By how much the sensor's timer may run ahead of ours, and packets wait in a gateway."""

MAX_VA = 32_767
"""The sensor counts in 16 bits with a sign: what it says beyond has overflown."""

_PACKET = struct.Struct("<HHHLlH")
_WRAP_MS = 2**32
_SUBTOPIC = "packet"
_HEX_PACKET = re.compile(rb"[0-9a-fA-F]{32}")
_HEX_KEY = re.compile(r"[0-9a-fA-F]{32}")
_NO_VOLTAGE = 0
_VOLTAGES_V = range(100, 261)
_BATTERIES_MV = range(1500, 6001)
_HOME = "home"
_KEY = "last_packet"


@dataclass(frozen=True, slots=True)
class _Heard:
    """The timer of the last packet that was believed, and when it came."""

    timer_ms: int
    at_s: float


def parse(telegram: Telegram, memory: Memory) -> Message:
    """Translate one packet; raise PayloadError if it cannot be used."""
    require_size(telegram.payload)
    if telegram.subtopic == "status":
        return _parse_status(telegram, memory)
    if telegram.subtopic != _SUBTOPIC or telegram.retained:
        return quiet(memory)
    apparent_va, timer_ms = _open(telegram.payload, memory)
    if not _is_new(timer_ms, telegram.received_s, memory):
        return quiet(memory)
    part = Part(apparent_va=float(apparent_va))
    at_s = int(telegram.received_s)
    return assemble(memory, {_HOME: part}, Channels(apparent=(_HOME,)), at_s, PACE)


def _parse_status(telegram: Telegram, memory: Memory) -> Message:
    text = text_of(telegram.payload)
    if text not in {"online", "offline"}:
        raise PayloadError("wrong_shape", "status: online or offline was expected")
    return connected(memory, online=text == "online")


def _open(payload: bytes, memory: Memory) -> tuple[int, int]:
    """Decrypt a packet: apparent power and timer.

    Nothing in it proves who sent it: what no sensor says shows a wrong key or a broken packet.
    """
    if _HEX_PACKET.fullmatch(payload):
        payload = bytes.fromhex(payload.decode("ascii"))
    if len(payload) != BLOCK_BYTES:
        raise PayloadError("wrong_shape", f"{len(payload)} bytes, not 16 or 32 digits")
    clear = decrypt_block(_key(memory), payload)
    apparent_va, voltage_v, battery_mv, timer_ms, _, _ = _PACKET.unpack(clear)
    plausible_v = voltage_v == _NO_VOLTAGE or voltage_v in _VOLTAGES_V
    if not plausible_v or battery_mv not in _BATTERIES_MV:
        raise PayloadError("wrong_shape", "no packet comes out: another key, or a broken packet")
    if apparent_va > MAX_VA:
        raise PayloadError("power_absurd", f"beyond {MAX_VA} VA")
    return apparent_va, timer_ms


def _key(memory: Memory) -> bytes:
    key_hex = memory.get("key_hex")
    if not isinstance(key_hex, str) or not _HEX_KEY.fullmatch(key_hex):
        raise PayloadError("wrong_shape", "setting key_hex: 32 hexadecimal digits were expected")
    return bytes.fromhex(key_hex)


def _is_new(timer_ms: int, received_s: float, memory: Memory) -> bool:
    """Compare a packet with the last one: False if it is the same, an error if it is an old one.

    The timer counts the milliseconds that the sensor is awake, in 32 bits. Since the last packet it
    cannot have counted more than has gone by, across the wrap or not; nor, after a reboot, can it
    have counted more since then. Everything else was recorded earlier, or made up, and changes
    nothing here: the sensor's own next packet is believed as before.
    """
    last = memory.get(_KEY)
    if isinstance(last, _Heard):
        gone_ms = (max(0.0, received_s - last.at_s) + SLACK_S) * 1000
        ahead_ms = (timer_ms - last.timer_ms) % _WRAP_MS
        if ahead_ms == 0:
            return False
        if ahead_ms > gone_ms and timer_ms > gone_ms:
            raise PayloadError("replayed", "its timer is not that of a packet sent just now")
        if ahead_ms > gone_ms:
            assembly_of(memory).boot += 1
    memory[_KEY] = _Heard(timer_ms, received_s)
    return True
