"""Crockford's base 32 as people type it: forgiven slips, groups, and a check symbol."""

from __future__ import annotations

import secrets

from commonwatt.registry.serials import ALPHABET

_FORGIVEN = str.maketrans("oil", "011", " -\u2010\u2011\u2012\u2013\u2212\u00a0\u202f")
_POLYNOMIAL = 0b100101
_FIELD = 32


def random_symbols(count: int) -> str:
    """Each symbol is five random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(count))


def read_symbols(typed: str) -> str:
    """What was meant: lower case, without spaces and hyphens, o for 0 and i or l for 1."""
    return typed.lower().translate(_FORGIVEN)


def check_symbol(symbols: str) -> str:
    """Weigh the symbols by powers of a generator of the field of 32.

    Up to 31 symbols, one wrong symbol or any two swapped never go unnoticed.
    """
    total = 0
    for symbol in symbols:
        total = _times_generator(total ^ ALPHABET.index(symbol))
    return ALPHABET[total]


def in_groups(symbols: str, size: int) -> str:
    """Capitals in groups, as on a label."""
    groups = (symbols[start : start + size] for start in range(0, len(symbols), size))
    return "-".join(groups).upper()


def _times_generator(value: int) -> int:
    doubled = value << 1
    return doubled ^ _POLYNOMIAL if doubled >= _FIELD else doubled
