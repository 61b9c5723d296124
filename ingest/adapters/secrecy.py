"""Masks what names a French meter or a point of delivery in anything that may be kept."""

from __future__ import annotations

import re

MASK = b"#"

_NAMED = re.compile(
    rb"(?i)((?<![A-Za-z])(?:ADCO|ADSC|ADS|PRM|meter_serial_number|site_id|serial_number)(?![A-Za-z]))([^A-Za-z0-9{}]*)"
    rb"(\{[^{}]*\}?|[^,;&}\r\n\"]+)"
)
_LONG_NUMBER = re.compile(rb"[0-9]{11,}")
"""ADCO and ADSC have 12 digits, or 11 where a zero in front was lost; a PRM has 14."""


def masked(text: bytes) -> bytes:
    """The same without what follows such a label, and without numbers as long as such a name."""
    return _LONG_NUMBER.sub(MASK, _NAMED.sub(rb"\1\2" + MASK, text))


def masked_text(text: str) -> str:
    """A topic or a reason without numbers as long as such a name."""
    return _LONG_NUMBER.sub(MASK, text.encode("utf-8", "replace")).decode("utf-8", "replace")
