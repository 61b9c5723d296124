"""MQTT packets as bytes: a stream cut anywhere becomes messages, and many acknowledgements one block."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

PUBACK = 0x40
_PUBLISH = 0x30
_KIND = 0xF0
_QOS = 0x06
_QOS_1 = 0x02
_RETAIN = 0x01


class BrokenStreamError(Exception):
    """These bytes are not MQTT."""


class Publish(msgspec.Struct, frozen=True, gc=False):
    """A message as the broker sent it; `mid` is 0 at QoS 0."""

    topic: bytes
    payload: bytes
    mid: int
    qos: int
    retained: bool


class PacketStream:
    """Cuts a stream into packets; what is not whole yet waits for the next block."""

    def __init__(self, *, properties: bool) -> None:
        """`properties` if messages carry some, as in MQTT 5."""
        self._properties = properties
        self._rest = bytearray()
        self._wanted_bytes = 0

    def feed(self, block: bytes) -> list[Publish | bytes]:
        """Each packet that is now whole: a message of QoS 0 or 1, or any other as its bytes."""
        if self._rest:
            self._rest += block
            if len(self._rest) < self._wanted_bytes:
                return []
            block = bytes(self._rest)
        found: list[Publish | bytes] = []
        start, total = 0, len(block)
        while start < total:
            body, length = _read_varint(block, start + 1)
            end = body + length
            if not body or end > total:
                self._wanted_bytes = end - start if body else 0
                break
            head = block[start]
            if head & _KIND == _PUBLISH and head & _QOS <= _QOS_1:
                found.append(self._publish(block, head, body, end))
            else:
                found.append(block[start:end])
            start = end
        self._rest = bytearray(block[start:])
        return found

    def _publish(self, block: bytes, head: int, body: int, end: int) -> Publish:
        start = body + 2
        at = start + (block[body] << 8 | block[body + 1]) if start <= end else end + 1
        topic_end = at
        mid = 0
        if head & _QOS:
            at += 2
            if at <= end:
                mid = block[at - 2] << 8 | block[at - 1]
        if self._properties:
            values, length = _read_varint(block, at)
            at = values + length if values else end + 1
        if at > end:
            raise BrokenStreamError
        qos = 1 if head & _QOS else 0
        return Publish(block[start:topic_end], block[at:end], mid, qos, bool(head & _RETAIN))


def _read_varint(block: bytes, at: int) -> tuple[int, int]:
    """Where the number ends and what it is; (0, 0) if it is not all there."""
    if at + 1 < len(block):
        low, high = block[at], block[at + 1]
        if low < 0x80:
            return at + 1, low
        if high < 0x80:
            return at + 2, low & 0x7F | high << 7
    return _read_long_varint(block, at)


def _read_long_varint(block: bytes, at: int) -> tuple[int, int]:
    """The same for a number of more than two bytes, and where the block ends."""
    value = shift = 0
    for place in range(at, min(at + 4, len(block))):
        byte = block[place]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return place + 1, value
        shift += 7
    if len(block) - at >= 4:
        raise BrokenStreamError
    return 0, 0


def encode_acks(mids: Sequence[int]) -> bytes:
    """PUBACKs of all these messages, in this order; the short form is right in MQTT 5 too."""
    words = [word for mid in mids for word in (PUBACK << 8 | 2, mid)]
    return struct.pack(f">{len(words)}H", *words)


def encode_message(topic: str, payload: bytes, *, properties: bool) -> bytes:
    """Encode a message of QoS 0."""
    name = topic.encode()
    body = struct.pack(">H", len(name)) + name + bytes(properties) + payload
    return bytes((_PUBLISH,)) + _varint(len(body)) + body


def _varint(value: int) -> bytes:
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*digits, value))
