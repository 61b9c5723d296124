"""Numbers, texts and JSON objects out of foreign payloads, or the reason why not.

No reason quotes a payload: meters of other makers put serial numbers and names into them.
"""

from __future__ import annotations

import math
import re
from typing import Any

import msgspec

from commonwatt.errors import PayloadError

MAX_PAYLOAD_BYTES = 8192
MAX_DESCRIPTION_BYTES = 16_384
"""Descriptions of a whole device are longer than what it measures."""

MAX_WH = 4_294_967_295
MAX_W = 100_000
"""What a home can show: the limits of the judge, so that nothing absurd is added up or remembered."""

MAX_AHEAD_S = 600
MAX_BEHIND_S = 30 * 86_400

WH_UNITS = {"Wh": 1.0, "kWh": 1000.0, "MWh": 1_000_000.0}
W_UNITS = {"W": 1.0, "kW": 1000.0}
VA_UNITS = {"VA": 1.0, "kVA": 1000.0}

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NO_NUMBER = {"", "nan", "inf", "infinity", "null", "none", "unavailable", "unknown"}
_NOT_FINITE = re.compile(rb"(?<=[:,\[])\s*[+-]?(NaN|Infinity|nan|inf)\b")
_objects = msgspec.json.Decoder(dict[str, Any])


def require_size(payload: bytes, most_bytes: int = MAX_PAYLOAD_BYTES) -> None:
    if len(payload) > most_bytes:
        raise PayloadError("too_large", f"{len(payload)} bytes, at most {most_bytes}")


def text_of(payload: bytes, most_bytes: int = MAX_PAYLOAD_BYTES) -> str:
    """Read a bare text."""
    require_size(payload, most_bytes)
    try:
        return payload.decode().strip()
    except UnicodeDecodeError as error:
        raise PayloadError("wrong_shape", "the payload is no text in UTF-8") from error


def object_of(payload: bytes, most_bytes: int = MAX_PAYLOAD_BYTES) -> dict[str, Any]:
    """Read a JSON object."""
    require_size(payload, most_bytes)
    try:
        return _objects.decode(payload)
    except msgspec.ValidationError as error:
        raise PayloadError("wrong_shape", "a JSON object was expected") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        code = "not_finite" if _NOT_FINITE.search(payload) else "malformed_json"
        raise PayloadError(code, str(error)) from error


def bare_number(payload: bytes, what: str) -> float:
    """Read a payload that is a number and nothing else; NaN and its likes are no numbers."""
    text = text_of(payload)
    if text.lower().lstrip("+-") in _NO_NUMBER:
        raise PayloadError("not_finite", f"{what}: no number, but a word for none")
    if not _NUMBER.fullmatch(text):
        raise PayloadError("wrong_shape", f"{what}: a number was expected")
    return _finite(float(text), what)


def number_of(value: object, what: str) -> float | None:
    """Read a member of a JSON object: a number; None if it is null. Texts and truths are faults."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PayloadError("wrong_shape", f"{what}: a number was expected, not {_kind(value)}")
    try:
        return _finite(float(value), what)
    except OverflowError as error:
        raise PayloadError("wrong_shape", f"{what}: too large for a number") from error


def word_of(values: dict[str, Any], key: str) -> str:
    """Read a member that is one of a few words; empty if it is no text."""
    word = values.get(key)
    return word if isinstance(word, str) else ""


def member_of(values: dict[str, Any], key: str) -> dict[str, Any]:
    """Read a member that is an object itself; an absent one is empty."""
    member = values.get(key)
    if member is None:
        return {}
    if not isinstance(member, dict):
        raise PayloadError("wrong_shape", f"{key}: an object was expected, not {_kind(member)}")
    return member


def require_register(register_wh: float, what: str) -> float:
    if not 0 <= register_wh <= MAX_WH:
        raise PayloadError("register_absurd", f"{what}: negative, or beyond {MAX_WH} Wh")
    return register_wh


def require_power(power_w: float, what: str) -> float:
    if not abs(power_w) <= MAX_W:
        raise PayloadError("power_absurd", f"{what}: beyond {MAX_W} W")
    return power_w


def require_apparent(apparent_va: float, what: str) -> float:
    if not 0 <= apparent_va <= MAX_W:
        raise PayloadError("power_absurd", f"{what}: negative, or beyond {MAX_W} VA")
    return apparent_va


def trusted_time_s(told_s: float | None, received_s: float) -> int:
    """Believe a device's clock unless it is far from ours: a clock never set shows 1970.

    It may be behind: a message can have waited at the broker, and then its own time is right.
    """
    if told_s is None or not received_s - MAX_BEHIND_S <= told_s <= received_s + MAX_AHEAD_S:
        return int(received_s)
    return int(told_s)


def _finite(number: float, what: str) -> float:
    if not math.isfinite(number):
        raise PayloadError("not_finite", f"{what}: not finite")
    return number


def _kind(value: object) -> str:
    return type(value).__name__
