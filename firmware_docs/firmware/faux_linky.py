"""A simulated utility meter: its frames, the levels on its wire, and what a serial port makes of them."""

import math

from meter import tic

_LABELS = {
    tic.HISTORIQUE: ("ADCO", "BASE", "PAPP"),
    tic.STANDARD: ("ADSC", "EAST", "SINSTS"),
}
BENCH_FRAMES = 60
BENCH_REST = 40  # frames left out, 8 s
_SPOILT = (15, 30, 45)
_SAMPLES = 86  # of five periods at 860 a second


def group(mode: str, label: str, value: str) -> bytes:
    """Return a group as it stands between LF and CR, checksum included."""
    separator = b" " if mode == tic.HISTORIQUE else b"\t"
    content = label.encode() + separator + value.encode()
    summed = content if mode == tic.HISTORIQUE else content + separator
    return content + separator + bytes([tic.checksum(summed)])


def frame(mode: str, register_wh: int, power_va: int) -> bytes:
    """Return a frame with a name, a register and an apparent power."""
    name, register, power = _LABELS[mode]
    told = ((name, "012345678901"), (register, f"{register_wh:09d}"), (power, f"{power_va:05d}"))
    groups = [group(mode, label, value) for label, value in told]
    return b"\x02" + b"".join([b"\n" + content + b"\r" for content in groups]) + b"\x03"


def on_bench(sent: bytes, left: int) -> bytes:
    """Return the frame after which `left` are to come on the bench: three are spoilt, then none comes."""
    if left < 0:
        return b""
    if left not in _SPOILT:
        return sent
    place = sent.index(b"PA" if b"PAPP" in sent else b"SI")
    return sent[:place] + b"Q" + sent[place + 1 :]


def levels(sent: bytes) -> list:
    """Return the line's level bit by bit: at rest, start, seven bits, even parity, stop."""
    line = [1] * 20
    for byte in sent:
        bits = [byte >> place & 1 for place in range(7)]
        line += [0] + bits + [sum(bits) & 1, 1]  # noqa: RUF005 - MicroPython does not unpack here
    return line + [1] * 20


def receive(line: list) -> bytes:
    """Return the bytes a serial port reads from these levels; parity is left to the checksum."""
    received, place = bytearray(), 1
    while place + 9 < len(line):
        is_start = line[place - 1] == 1 and line[place] == 0
        if not is_start:
            place += 1
            continue
        received.append(sum([line[place + 1 + bit] << bit for bit in range(7)]))
        place += 9 if line[place + 9] else 10
    return bytes(received)


def wave(peak: int) -> list:
    """Return five periods of current, and of the voltage that drives it."""
    turns = [math.sin(2 * math.pi * 5 * i / _SAMPLES) for i in range(_SAMPLES)]
    return [(int(peak * turn), int(1000 * turn)) for turn in turns]
