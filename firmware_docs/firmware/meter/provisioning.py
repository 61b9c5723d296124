"""Owns what a meter is given in the workshop: its name, its secret and where to speak."""

import json

from meter import protocol

SLOT_BYTES = 4096
_HEX = "0123456789abcdef"
_CHECKS = (
    ("serial", lambda value: isinstance(value, str) and protocol.is_serial(value)),
    ("secret", lambda value: isinstance(value, str) and len(value) == 32 and _is_hex(value)),
    ("host", lambda value: isinstance(value, str) and value != ""),
    ("port", lambda value: isinstance(value, int) and 0 < value < 65536),
    ("ca", lambda value: isinstance(value, str) and (not value or "BEGIN CERT" in value)),
)


def _is_hex(text: str) -> bool:
    return all(character in _HEX for character in text)


def wrong_field(settings: dict) -> str | None:
    """Return the first field that cannot be right; None if all can.

    `ca` is the broker's own certificate authority in PEM; empty for a line without TLS.
    """
    for field, is_right in _CHECKS:
        if field not in settings or not is_right(settings[field]):
            return field
    return None


def read(slots: object) -> dict | None:
    """Return the settings last written whole; None if there are none that can be right."""
    stored = slots.read()
    if stored is None:
        return None
    try:
        settings = json.loads(stored)
    except ValueError:
        return None
    is_right = isinstance(settings, dict) and wrong_field(settings) is None
    return settings if is_right else None


def write(slots: object, settings: dict) -> None:
    """Store settings; raise ValueError with the name of a field that cannot be right."""
    field = wrong_field(settings)
    if field:
        raise ValueError(field)
    slots.write(json.dumps({name: settings[name] for name, _ in _CHECKS}).encode())
