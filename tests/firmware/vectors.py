"""Owns the vectors that CPython and MicroPython must answer alike; prints what was found."""

import hashlib
import io
import math

import life
from chance import Chance
from meter import mqtt_codec, protocol, pulses, ringlog, rms, tic

GROUPS = {
    tic.HISTORIQUE: (b"ADCO 012345678901", b"HCHC 077245863", b"IINST 002", b"PAPP 00480"),
    tic.STANDARD: (
        b"ADSC\t012345678901",
        b"EAST\t000123456",
        b"SINSTS\t00480",
        b"PRM\t01234567890123",
    ),
}


def corrupted(chance, group):
    """Flip one bit of the six that the checksum sees; the seventh is the parity's."""
    spoilt = bytearray(group)
    spoilt[chance.below(len(group) - 1)] ^= 1 << chance.below(6)
    return bytes(spoilt)


def frame(chance, mode, rate):
    """Return the bytes of a frame and how many of its groups were corrupted."""
    sent, spoilt = b"\x02", 0
    for content in GROUPS[mode]:
        summed = content if mode == tic.HISTORIQUE else content + b"\t"
        group = (
            content + (b" " if mode == tic.HISTORIQUE else b"\t") + bytes([tic.checksum(summed)])
        )
        if chance.below(rate) == 0:
            group = corrupted(chance, group)
            spoilt += 1
        sent += b"\n" + group + b"\r"
    return sent + b"\x03", spoilt


def tic_vector(mode, frames):
    chance, reader, spoilt, digest = Chance(7), tic.Reader(mode), 0, hashlib.sha256()
    for _ in range(frames):
        sent, bad = frame(chance, mode, 20)
        spoilt += bad
        for read in reader.feed(sent):
            digest.update(repr(sorted(read.items())).encode())
    return reader.good_groups, reader.bad_groups, spoilt, digest.digest()[:8].hex()


def rms_vector():
    measured = rms.Rms()
    for i in range(860):
        measured.add(int(13000 + 5000 * math.sin(2 * math.pi * 50 * i / 860)))
    return round(measured.value() / (5000 / math.sqrt(2)) * 1000)


def pulse_vector():
    counter = pulses.PulseCounter(1000, 600)
    for i in range(600_000 // 1000):
        counter.flash(i * 100_000)
        counter.flash(i * 100_000 + 900)
    return counter.count, counter.rejected, counter.register_mwh()


def ring_vector():
    ring = ringlog.RingLog(io.BytesIO(bytes(32 + 32 * 8)), 8, 0x9F3A61C2, lambda: None)
    for i in range(20):
        ring.append(0, 60 * i, 1, 60, 0, 32, 1000 * i + 5_000_000_000, 60)
    ring.receipt(0x9F3A61C2, 15)
    return protocol.readings("cw-7k3f9qy", 0x9F3A61C2, "led", ring.waiting(30))


def mqtt_vector():
    sent = mqtt_codec.publish("cw/v1/x/readings", b"y" * 300, 7) + mqtt_codec.PINGREQ_BYTES
    decoder, packets = mqtt_codec.Decoder(), []
    for i in range(0, len(sent), 11):
        packets += decoder.feed(sent[i : i + 11])
    kind, flags, body = packets[0]
    return kind, mqtt_codec.open_publish(flags, body)[2], len(packets)


def run(frames):
    print("tic_h", tic_vector(tic.HISTORIQUE, frames))
    print("tic_s", tic_vector(tic.STANDARD, frames))
    print("rms", rms_vector())
    print("pulses", pulse_vector())
    print("ring", ring_vector())
    print("mqtt", mqtt_vector())
    print("serial", protocol.is_serial("cw-7k3f9qy"), protocol.is_serial("cw-7k3f9qx"))
    print("two_days", life.tell(4000))
    print("overwritten", life.tell(300))
