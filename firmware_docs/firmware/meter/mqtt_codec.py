"""Speaks MQTT 3.1.1 in bytes: no socket, no clock."""

import struct

CONNACK, PUBLISH, PUBACK, SUBACK, PINGRESP = 2, 3, 4, 9, 13
PINGREQ_BYTES = b"\xc0\x00"
DISCONNECT_BYTES = b"\xe0\x00"
MAX_PACKET_BYTES = 8192


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">H", len(encoded)) + encoded


def _packet(first: int, body: bytes) -> bytes:
    length, sizes = len(body), bytearray()
    while True:
        length, digit = length >> 7, length & 0x7F
        sizes.append(digit | (0x80 if length else 0))
        if not length:
            return bytes([first]) + bytes(sizes) + body


def connect(serial: str, secret: str, will_topic: str, will: bytes, keepalive_s: int = 60) -> bytes:
    """Return CONNECT: clean session, the last will retained at QoS 1."""
    head = _text("MQTT") + bytes([4, 0xEE]) + struct.pack(">H", keepalive_s)
    last_will = _text(will_topic) + struct.pack(">H", len(will)) + will
    return _packet(0x10, head + _text(serial) + last_will + _text(serial) + _text(secret))


def publish(topic: str, payload: bytes, packet_id: int = 0, *, is_retained: bool = False) -> bytes:
    """Return PUBLISH: at QoS 1 with a packet id, at QoS 0 without."""
    number = struct.pack(">H", packet_id) if packet_id else b""
    first = 0x30 | (2 if packet_id else 0) | (1 if is_retained else 0)
    return _packet(first, _text(topic) + number + payload)


def subscribe(packet_id: int, topics: list) -> bytes:
    wanted = b"".join([_text(topic) + b"\x01" for topic in topics])
    return _packet(0x82, struct.pack(">H", packet_id) + wanted)


def puback(packet_id: int) -> bytes:
    return struct.pack(">BBH", 0x40, 2, packet_id)


def open_publish(flags: int, body: bytes) -> tuple:
    """Return topic, payload and packet id (0 at QoS 0) of a PUBLISH."""
    end = 2 + struct.unpack(">H", body[:2])[0]
    topic = body[2:end].decode()
    if not flags & 6:
        return topic, body[end:], 0
    return topic, body[end + 2 :], struct.unpack(">H", body[end : end + 2])[0]


class Decoder:
    """Takes bytes as they come and gives whole packets as (kind, flags, body)."""

    def __init__(self) -> None:
        self._kept = b""

    def feed(self, received: bytes) -> list:
        """Return the packets that ended in these bytes; raise ValueError at one too long."""
        self._kept += received
        packets = []
        while True:
            packet = self._next()
            if packet is None:
                return packets
            packets.append(packet)

    def _next(self) -> tuple | None:
        length, at = 0, 1
        while True:
            if at >= len(self._kept):
                return None
            digit = self._kept[at]
            length |= (digit & 0x7F) << (7 * (at - 1))
            at += 1
            if length > MAX_PACKET_BYTES or at > 5:
                raise ValueError("packet too long")
            if not digit & 0x80:
                break
        if len(self._kept) < at + length:
            return None
        first, body = self._kept[0], self._kept[at : at + length]
        self._kept = self._kept[at + length :]
        return first >> 4, first & 0x0F, body
