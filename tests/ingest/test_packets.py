"""A stream of packets gives the same messages however it is cut."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.packets import (
    BrokenStreamError,
    PacketStream,
    Publish,
    encode_acks,
    encode_message,
)

PINGRESP = b"\xd0\x00"
SUBACK = b"\x90\x03\x00\x01\x01"
QOS_2 = b"\x34\x06\x00\x01t\x00\x05p"

payloads = st.binary(max_size=300) | st.integers(0, 3).map(lambda n: bytes(17_000 * n))
messages = st.builds(
    lambda topic, payload, mid, qos, retained: Publish(
        topic, payload, mid if qos else 0, qos, retained
    ),
    st.binary(max_size=20),
    payloads,
    st.integers(1, 65_535),
    st.integers(0, 1),
    st.booleans(),
)
packets = st.lists(messages | st.sampled_from([PINGRESP, SUBACK, QOS_2]), max_size=12)


def length_of(count: int) -> bytes:
    digits = [count & 0x7F]
    while count := count >> 7:
        digits.append(count & 0x7F)
    return bytes([*(digit | 0x80 for digit in digits[:-1]), digits[-1]])


def encode(packet: Publish | bytes, properties: bytes | None, *, dup: bool = False) -> bytes:
    """The packet on the wire, by the words of the standard."""
    if isinstance(packet, bytes):
        return packet
    head = 0x30 | dup << 3 | packet.qos << 1 | packet.retained
    body = struct.pack(">H", len(packet.topic)) + packet.topic
    body += struct.pack(">H", packet.mid) if packet.qos else b""
    body += b"" if properties is None else length_of(len(properties)) + properties
    body += packet.payload
    return bytes([head]) + length_of(len(body)) + body


@given(
    packets,
    st.none() | st.binary(max_size=200),
    st.lists(st.integers(0, 60_000), max_size=30),
    st.booleans(),
)
def test_any_cut_gives_the_same_messages(
    told: list[Publish | bytes], properties: bytes | None, cuts: list[int], dup: bool
) -> None:
    wire = b"".join(encode(packet, properties, dup=dup) for packet in told)
    stream = PacketStream(properties=properties is not None)
    edges = [0, *sorted(min(cut, len(wire)) for cut in cuts), len(wire)]
    found = [packet for start, end in pairwise(edges) for packet in stream.feed(wire[start:end])]
    assert found == told


def test_byte_by_byte() -> None:
    told: list[Publish | bytes] = [
        Publish(b"t", bytes(200), 7, 1, False),
        PINGRESP,
        Publish(b"", b"", 0, 0, True),
    ]
    stream = PacketStream(properties=False)
    wire = b"".join(encode(packet, None) for packet in told)
    assert [p for byte in wire for p in stream.feed(bytes([byte]))] == told


@pytest.mark.parametrize(
    ("wire", "properties"),
    [
        (b"\x30\xff\xff\xff\xff\x01", False),
        (b"\x30\x02\x00\x09", False),
        (b"\x30\x00\x00\x00", False),
        (b"\x32\x03\x00\x01t", False),
        (b"\x30\x03\x00\x01t", True),
        (b"\x30\x04\x00\x01t\x05", True),
    ],
)
def test_what_is_not_mqtt_is_said_to_be_broken(wire: bytes, properties: bool) -> None:
    with pytest.raises(BrokenStreamError):
        PacketStream(properties=properties).feed(wire)


def test_acknowledgements_are_one_block_in_order() -> None:
    assert encode_acks([1, 65_535, 256]) == b"\x40\x02\x00\x01\x40\x02\xff\xff\x40\x02\x01\x00"


@given(st.text(max_size=20), payloads, st.booleans())
def test_what_is_encoded_is_read_back(topic: str, payload: bytes, properties: bool) -> None:
    wire = encode_message(topic, payload, properties=properties)
    assert PacketStream(properties=properties).feed(wire) == [
        Publish(topic.encode(), payload, 0, 0, False)
    ]
