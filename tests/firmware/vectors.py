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


def mangled(chance, group):
    """Replace, lose or invent up to eight bytes in a row, as a loose contact does."""
    place, length = chance.below(len(group)), 1 + chance.below(8)
    noise = bytes([0x20 + chance.below(0x5F) for _ in range(length)])
    kind = chance.below(3)
    rest = group[place:] if kind == 2 else group[place + length :]
    return group[:place] + (b"" if kind == 1 else noise) + rest


def frame(chance, mode, rate, damage=corrupted):
    """Return the bytes of a frame and how many of its groups were corrupted."""
    sent, spoilt = b"\x02", 0
    for content in GROUPS[mode]:
        summed = content if mode == tic.HISTORIQUE else content + b"\t"
        group = (
            content + (b" " if mode == tic.HISTORIQUE else b"\t") + bytes([tic.checksum(summed)])
        )
        if chance.below(rate) == 0:
            damaged = damage(chance, group)
            spoilt += damaged != group
            group = damaged
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


def burst_vector(mode, frames):
    """Return the groups that were mangled, those that were refused, and a digest of what was read."""
    chance, reader, spoilt, digest = Chance(11), tic.Reader(mode), 0, hashlib.sha256()
    for _ in range(frames):
        sent, bad = frame(chance, mode, 20, mangled)
        spoilt += bad
        for read in reader.feed(sent):
            digest.update(repr(sorted(read.items())).encode())
    return spoilt, reader.bad_groups, digest.digest()[:8].hex()


def sine(turn):
    return math.sin(2 * math.pi * turn)


def supply(turn):
    """A switched supply without a filter: much of the third, fifth and seventh harmonic."""
    return sine(turn) - 0.8 * sine(3 * turn) + 0.5 * sine(5 * turn) - 0.2 * sine(7 * turn)


def dimmer(turn):
    """A wave that begins a quarter of a period late in each half."""
    return sine(turn) if turn * 2 % 1 >= 0.5 else 0.0


def half_heat(turn):
    """One half of each period, as a hair dryer at half power; a clamp does not see its mean."""
    return max(0.0, sine(turn))


WAVES = (
    ("sine", sine, math.sqrt(0.5)),
    ("switched supply", supply, math.sqrt((1 + 0.64 + 0.25 + 0.04) / 2)),
    ("dimmer at half", dimmer, 0.5),
    ("half wave", half_heat, math.sqrt(0.25 - 1 / math.pi**2)),
)
RATE_HZ = 860


def rms_vector():
    """Return of each wave, frequency and height how many millionths the value found is off."""
    found = []
    for name, wave, effective in WAVES:
        for frequency_hz in (49.9, 50, 50.1):
            for peak in (100, 1000, 10000):
                measured = rms.Rms()
                for i in range(RATE_HZ):
                    at = 0.123 + i * frequency_hz / RATE_HZ
                    measured.add(math.floor(13000.5 + peak * wave(at)))
                off = measured.value() / (peak * effective) - 1
                found.append((name, frequency_hz, peak, round(off * 1000000)))
    return found


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
    print("tic_h_bursts", burst_vector(tic.HISTORIQUE, frames))
    print("tic_s_bursts", burst_vector(tic.STANDARD, frames))
    print("rms", rms_vector())
    print("pulses", pulse_vector())
    print("ring", ring_vector())
    print("mqtt", mqtt_vector())
    print("serial", protocol.is_serial("cw-7k3f9qy"), protocol.is_serial("cw-7k3f9qx"))
    print("two_days", life.tell(4000))
    print("overwritten", life.tell(300))
