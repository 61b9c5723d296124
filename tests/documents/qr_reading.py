"""Reads a QR code by the standard's rules, without the library that drew it.

Versions 2 to 6, every level, bytes only; codes fresh from a printer need no error correction.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.documents.pdf_reading import Matrix

QUIET = 4
MASKS: tuple[Callable[[int, int], bool], ...] = (
    lambda y, x: (y + x) % 2 == 0,
    lambda y, _: y % 2 == 0,
    lambda _, x: x % 3 == 0,
    lambda y, x: (y + x) % 3 == 0,
    lambda y, x: (y // 2 + x // 3) % 2 == 0,
    lambda y, x: y * x % 2 + y * x % 3 == 0,
    lambda y, x: (y * x % 2 + y * x % 3) % 2 == 0,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2 == 0,
)
LEVELS = {0: "M", 1: "L", 2: "H", 3: "Q"}
FORMAT_MASK = 0b101010000010010
BLOCKS = {
    (2, "L"): [34],
    (2, "M"): [28],
    (2, "Q"): [22],
    (2, "H"): [16],
    (3, "L"): [55],
    (3, "M"): [44],
    (3, "Q"): [17] * 2,
    (3, "H"): [13] * 2,
    (4, "L"): [80],
    (4, "M"): [32] * 2,
    (4, "Q"): [24] * 2,
    (4, "H"): [9] * 4,
    (5, "L"): [108],
    (5, "M"): [43] * 2,
    (5, "Q"): [15, 15, 16, 16],
    (5, "H"): [11, 11, 12, 12],
    (6, "L"): [68] * 2,
    (6, "M"): [27] * 4,
    (6, "Q"): [19] * 4,
    (6, "H"): [15] * 4,
}
"""Data codewords of each block, from table 9 of ISO/IEC 18004."""


def read_qr(matrix: Matrix) -> str:
    dark = {(y - QUIET, x - QUIET) for y, x in matrix}
    size = max(max(place) for place in dark) + 1
    version, rest = divmod(size - 17, 4)
    assert rest == 0
    level, mask = _format(dark)
    bits = [
        ((y, x) in dark) != MASKS[mask](y, x)
        for y, x in _way(size)
        if not _is_fixed(y, x, size, version)
    ]
    codewords = [_number(bits[at : at + 8]) for at in range(0, len(bits) - 7, 8)]
    return _text(_in_order(codewords, BLOCKS[version, level]))


def _format(dark: set[tuple[int, int]]) -> tuple[str, int]:
    """The 15 bits beside the first corner: level, mask and their check."""
    places = [(8, x) for x in (0, 1, 2, 3, 4, 5, 7, 8)] + [(y, 8) for y in (7, 5, 4, 3, 2, 1, 0)]
    told = _number([place in dark for place in places]) ^ FORMAT_MASK
    return LEVELS[told >> 13], told >> 10 & 7


def _way(size: int) -> list[tuple[int, int]]:
    """Two columns at a time from the right, up and down in turn, round the timing column."""
    rights = [right if right > 6 else right - 1 for right in range(size - 1, 0, -2)]
    rows = list(range(size))
    return [
        (y, x)
        for turn, right in enumerate(rights)
        for y in (rows if turn % 2 else reversed(rows))
        for x in (right, right - 1)
    ]


def _is_fixed(y: int, x: int, size: int, version: int) -> bool:
    """Corners with their formats, timing lines, and the one small square of versions 2 to 6."""
    in_corner = (y < 9 and (x < 9 or x >= size - 8)) or (y >= size - 8 and x < 9)
    centre = 4 * version + 10
    in_square = abs(y - centre) <= 2 and abs(x - centre) <= 2
    return in_corner or in_square or 6 in {y, x}


def _in_order(codewords: list[int], blocks: list[int]) -> bytes:
    """Undo the interleaving: first of each block, second of each block, ..."""
    places = [
        (block, turn)
        for turns in zip_longest(
            *([(block, turn) for turn in range(n)] for block, n in enumerate(blocks))
        )
        for block, turn in filter(None, turns)
    ]
    told = dict(zip(places, codewords, strict=False))
    return bytes(told[place] for place in sorted(told))


def _text(data: bytes) -> str:
    bits = "".join(f"{byte:08b}" for byte in data)
    assert bits[:4] == "0100", "bytes"
    length = int(bits[4:12], 2)
    return bytes(int(bits[12 + 8 * n : 20 + 8 * n], 2) for n in range(length)).decode()


def _number(bits: list[bool]) -> int:
    return int("".join("1" if bit else "0" for bit in bits), 2)
