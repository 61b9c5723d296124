"""Decryption of one block by AES-128 (FIPS 197): all that the packets of 2014 ask for."""

from __future__ import annotations

BLOCK_BYTES = 16
KEY_BYTES = 16
_ROUNDS = 10


def _xtime(value: int) -> int:
    """Multiply by x in the field of 256 elements of FIPS 197, section 4.2."""
    return (value << 1) ^ 0x11B if value & 0x80 else value << 1


def _times(a: int, b: int) -> int:
    product = 0
    while b:
        if b & 1:
            product ^= a
        a, b = _xtime(a), b >> 1
    return product


def _inverses() -> list[int]:
    """The inverse of each element of the field, read off the powers of 3; 0 stands for that of 0."""
    powers = [1]
    while len(powers) < 255:
        powers.append(powers[-1] ^ _xtime(powers[-1]))
    inverses = [0] * 256
    for exponent, value in enumerate(powers):
        inverses[value] = powers[-exponent % 255]
    return inverses


def _substitutions() -> bytes:
    """The S-box: the inverse in the field, then an affine change of its bits (section 5.1.1)."""
    box = bytearray()
    for inverse in _inverses():
        turned = inverse
        for shift in range(1, 5):
            turned ^= ((inverse << shift) | (inverse >> (8 - shift))) & 0xFF
        box.append(turned ^ 0x63)
    return bytes(box)


_BOX = _substitutions()
_BACK = bytes(_BOX.index(value) for value in range(256))
_TIMES = {
    factor: bytes(_times(value, factor) for value in range(256)) for factor in (9, 11, 13, 14)
}
_ROW_SHIFT = tuple((4 * ((place // 4 - place % 4) % 4)) + place % 4 for place in range(16))
"""Where each byte of the state was before its row was shifted; the state is kept by columns."""


def decrypt_block(key: bytes, block: bytes) -> bytes:
    """Decrypt one block; both the key and the block have 16 bytes."""
    if len(key) != KEY_BYTES or len(block) != BLOCK_BYTES:
        raise ValueError(f"16 bytes each were expected, not {len(key)} and {len(block)}")
    keys = _expand(key)
    state = _add(block, keys[_ROUNDS])
    for number in range(_ROUNDS - 1, -1, -1):
        state = bytes(_BACK[state[place]] for place in _ROW_SHIFT)
        state = _add(state, keys[number])
        if number:
            state = _mix_back(state)
    return state


def _expand(key: bytes) -> list[bytes]:
    """Make the round keys out of the key (section 5.2)."""
    words = [key[at : at + 4] for at in range(0, KEY_BYTES, 4)]
    constant = 1
    for number in range(4, 4 * (_ROUNDS + 1)):
        word = words[-1]
        if number % 4 == 0:
            turned = bytes(_BOX[byte] for byte in word[1:] + word[:1])
            word = bytes((turned[0] ^ constant,)) + turned[1:]
            constant = _xtime(constant)
        words.append(_add(words[-4], word))
    return [b"".join(words[at : at + 4]) for at in range(0, len(words), 4)]


def _mix_back(state: bytes) -> bytes:
    """Undo the mixing of each column (section 5.3.3)."""
    nine, eleven, thirteen, fourteen = (_TIMES[factor] for factor in (9, 11, 13, 14))
    mixed = bytearray()
    for at in range(0, BLOCK_BYTES, 4):
        column = state[at : at + 4]
        for row in range(4):
            a, b, c, d = (column[(row + step) % 4] for step in range(4))
            mixed.append(fourteen[a] ^ eleven[b] ^ thirteen[c] ^ nine[d])
    return bytes(mixed)


def _add(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
