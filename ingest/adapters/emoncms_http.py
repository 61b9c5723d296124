"""What clients of emoncms post: one set of values, or many rows, in its several notations."""

from __future__ import annotations

import json
import math
import re
import zlib
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from commonwatt.errors import PayloadError
from ingest.adapters.message import Faulty
from ingest.adapters.named_rows import MOST_ROWS, Row

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_INFLATED_BYTES = 2_000_000
"""What a compressed body may grow to: a thousand named rows are a tenth of that."""

SAME_CLOCK_S = 60
"""A client waits so long for our answer; below that, the delay is the way's and not the clock's."""

_ABSOLUTE_S = 1_000_000_000
_MOST_PARAMETERS = 20
_DATA = ("json", "fulljson", "csv", "data")
_LENIENT = re.compile(r"[^\w\s\-.:,+]")
_NODE = re.compile(r"[^\w\s\-.]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def parameters_of(query: str, body: bytes) -> dict[str, str]:
    """The parameters of a request, wherever they stand; those of the body come first.

    `cb=1` in the address: the body is `data`, compressed. `c=1`: `data` is compressed and written
    in hexadecimal digits.
    """
    found = _fields(query)
    if found.get("cb") == "1":
        found["data"] = inflate(body)
        return found
    found |= _fields(body.decode("utf-8", "replace"))
    if found.get("c") == "1" and "data" in found:
        try:
            packed = bytes.fromhex(found["data"])
        except ValueError as error:
            raise PayloadError("wrong_shape", "Format error, data is not hexadecimal") from error
        found["data"] = inflate(packed)
    return found


def inflate(packed: bytes, *, gzip: bool = False) -> str:
    """Decompress; stop at a bound, for a few bytes can stand for very many."""
    inflater = zlib.decompressobj(31 if gzip else 15)
    try:
        text = inflater.decompress(packed, MAX_INFLATED_BYTES)
    except zlib.error as error:
        raise PayloadError("wrong_shape", "Format error, data cannot be decompressed") from error
    if inflater.unconsumed_tail:
        raise PayloadError("too_large", f"Data too large, at most {MAX_INFLATED_BYTES} bytes")
    if not inflater.eof:
        raise PayloadError("wrong_shape", "Format error, data cannot be decompressed")
    return text.decode("utf-8", "replace")


def node_of(name: str) -> str:
    """A node's name, less what emoncms takes out of it; 0 if nothing is left."""
    return _NODE.sub("", name) or "0"


def rows_of_post(parameters: Mapping[str, str], node: str, received_s: float) -> list[Row]:
    """Read `input/post`: one row."""
    notation = next((each for each in _DATA if parameters.get(each)), None)
    if notation is None:
        raise PayloadError(
            "wrong_shape", "Request contains no data via csv, json, fulljson or data tag"
        )
    text = parameters[notation]
    values = _full(text) if notation == "fulljson" else _lenient(text)
    time = parameters.get("time") or _time_within(values)
    at_s = _seconds(time) if time is not None else received_s
    fault = Faulty("undated", "time: neither seconds nor a time with an offset from UTC")
    row = Row(values, at_s, node_of(node), text.encode(), None if at_s is not None else fault)
    return [row]


def rows_of_bulk(parameters: Mapping[str, str], received_s: float) -> list[Row]:
    """Read `input/bulk`: a list of rows; one that cannot be read costs only itself."""
    try:
        items = json.loads(parameters.get("data", ""))
    except (ValueError, RecursionError) as error:
        message = "Format error, json string supplied is not valid"
        raise PayloadError("malformed_json", message) from error
    if not isinstance(items, list) or not items:
        raise PayloadError("wrong_shape", "Format error, json string supplied is not valid")
    if len(items) > MOST_ROWS:
        raise PayloadError("too_large", f"Too many rows, at most {MOST_ROWS}")
    reference_s = _reference_s(parameters, items, received_s)
    return [
        _row(item, reference_s) for item in items if not isinstance(item, list) or len(item) > 2
    ]


def _fields(text: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS))
    except ValueError as error:
        raise PayloadError("wrong_shape", "Format error, too many parameters") from error


def _full(text: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = "Error decoding JSON string (invalid or too deeply nested)"
        raise PayloadError("malformed_json", message) from error
    if not isinstance(values, dict):
        raise PayloadError("wrong_shape", "Input must be a JSON object")
    return values


def _lenient(text: str) -> dict[str, Any]:
    """Read pairs or a list, with or without quotes and braces: `{power1:100,power2:200}`, `100,200`.

    A time in quotes keeps its colons from being taken for pairs' only if it is a number.
    """
    values: dict[str, Any] = {}
    place = 0
    for pair in _LENIENT.sub("", text).split(","):
        name, colon, value = pair.strip().partition(":")
        if not colon:
            place += 1
            name, value = str(place), name
        elif not name:
            message = "Format error, json key missing or invalid character"
            raise PayloadError("wrong_shape", message)
        values[name.strip()] = None if value.strip() == "null" else value.strip()
    if not any(value is None or _NUMBER.fullmatch(value) for value in values.values()):
        raise PayloadError("wrong_shape", "Format error, json value is not numeric")
    return values


def _time_within(values: dict[str, Any]) -> str | None:
    """Take a time out of the values, where some clients put it."""
    name = next((name for name in values if name.lower() == "time"), None)
    time = values.pop(name) if name else None
    return None if time is None else str(time)


def _seconds(time: object) -> float | None:
    """Seconds since 1970: a number, or a text with an offset; a local time alone is ambiguous."""
    text = str(time)
    if isinstance(time, bool) or len(text) > 40:
        return None
    if _NUMBER.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else None
    try:
        instant = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        return None
    return instant.timestamp() if instant.tzinfo else None


def _reference_s(parameters: Mapping[str, str], items: list[Any], received_s: float) -> float:
    """What the rows' times count from: told, or such that the last row is of now."""
    now_s = int(received_s)
    for name in ("sentat", "offset", "time"):
        if name not in parameters:
            continue
        told_s = _seconds(parameters[name])
        if told_s is None:
            raise PayloadError("undated", f"Format error, {name} is not a time")
        if name == "time":
            return int(told_s)
        behind_s = now_s - int(told_s)
        return 0 if told_s > _ABSOLUTE_S and abs(behind_s) <= SAME_CLOCK_S else behind_s
    last = items[-1]
    last_s = _seconds(last[0]) if isinstance(last, list) and last else None
    if last_s is None:
        message = "Format error, last item in bulk data does not contain any data"
        raise PayloadError("undated", message)
    return now_s - int(last_s)


def _row(item: Any, reference_s: float) -> Row:
    written = json.dumps(item).encode()
    if not isinstance(item, list):
        return Row({}, None, "", written, Faulty("wrong_shape", "a row is a list"))
    at_s = _seconds(item[0])
    if at_s is None:
        return Row({}, None, "", written, Faulty("undated", "a row begins with its time"))
    if isinstance(item[1], dict | list):
        return Row({}, None, "", written, Faulty("wrong_shape", "a node has a name or a number"))
    values: dict[str, Any] = {}
    place = 1
    for member in item[2:]:
        if isinstance(member, dict):
            values |= member
            continue
        values[str(place)] = None if member == "" else member
        place += 1
    node = node_of("" if item[1] is None else str(item[1]))
    return Row(values, reference_s + int(at_s), node, written)
