"""Serials of meters: six symbols and a check symbol that catches every single slip."""

from __future__ import annotations

import hashlib
import secrets

from commonwatt.errors import RegistryError

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PREFIX = "cw-"
_SYMBOLS = 6


def check_symbol(symbols: str) -> str:
    """Weigh each symbol by an odd number, so that no single wrong symbol goes unnoticed."""
    weights = range(3, 3 + 2 * _SYMBOLS, 2)
    total = sum(
        weight * ALPHABET.index(symbol) for weight, symbol in zip(weights, symbols, strict=True)
    )
    return ALPHABET[total % len(ALPHABET)]


def new_serial() -> str:
    return _serial("".join(secrets.choice(ALPHABET) for _ in range(_SYMBOLS)))


def derived_serial(*parts: str | int) -> str:
    """The serial that always belongs to the same parts: for recordings and the demo."""
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).digest()
    return _serial("".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:_SYMBOLS]))


def check_serial(serial: str) -> str:
    """Return a serial that was typed, in lower case; raise RegistryError if it has a slip."""
    typed = serial.strip().lower()
    symbols = typed.removeprefix(_PREFIX)
    known = len(symbols) == _SYMBOLS + 1 and all(symbol in ALPHABET for symbol in symbols)
    if not typed.startswith(_PREFIX) or not known:
        raise RegistryError(f"{serial!r} is no serial: expected cw- and 7 letters or digits")
    if check_symbol(symbols[:_SYMBOLS]) != symbols[_SYMBOLS]:
        raise RegistryError(f"{serial!r} has a slip: its last symbol does not fit the others")
    return typed


def _serial(symbols: str) -> str:
    return _PREFIX + symbols + check_symbol(symbols)
