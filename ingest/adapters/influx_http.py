"""InfluxDB's line protocol, as far as meters use it: numbers with a name and a time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonwatt.errors import PayloadError
from ingest.adapters.message import Faulty
from ingest.adapters.named_rows import MOST_ROWS, Row

if TYPE_CHECKING:
    from collections.abc import Iterable

PRECISIONS = {
    "": (1, 10**9),
    "n": (1, 10**9),
    "ns": (1, 10**9),
    "u": (1, 10**6),
    "us": (1, 10**6),
    "ms": (1, 1000),
    "s": (1, 1),
    "m": (60, 1),
    "h": (3600, 1),
}
"""A unit of time as a fraction of seconds, so that none is lost; nanoseconds unless told otherwise."""

_MOST_LINES = 5 * MOST_ROWS
_NAME = r"(?:\\.|[^,= \\\n])+"
_MEASUREMENT = r"(?:\\.|[^, \\\n])+"
_VALUE = r'(?:"(?:\\.|[^"\\\n])*"|[^", \n]+)'
_LINE = re.compile(
    rf"(?P<measurement>{_MEASUREMENT})(?:,{_NAME}={_NAME})* +"
    rf"(?P<fields>{_NAME}={_VALUE}(?:,{_NAME}={_VALUE})*)(?: +(?P<time>-?[0-9]{{1,20}}))? *\r?"
)
_FIELD = re.compile(rf"(?P<name>{_NAME})=(?P<value>{_VALUE})")
_ESCAPED = re.compile(r"\\(.)")
_NUMBER = re.compile(r"(?P<number>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[iu]?")
_NO_NUMBER = {"nan", "inf", "infinity"}


def rows_of(text: str, precision: str) -> list[Row]:
    """Read lines; those of one time are one row. A line that cannot be read costs only itself."""
    if precision not in PRECISIONS:
        raise PayloadError("wrong_shape", "unknown precision")
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith("#")]
    if len(lines) > _MOST_LINES:
        raise PayloadError("too_large", f"{len(lines)} lines, at most {_MOST_LINES}")
    faulty: list[Row] = []
    together: dict[str | None, list[tuple[str, dict[str, str]]]] = {}
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            fault = Faulty("wrong_shape", "not a line of the line protocol")
            faulty.append(Row({}, None, "", line.encode(), fault))
            continue
        values = dict(_values(found["measurement"], found["fields"]))
        together.setdefault(found["time"], []).append((line, values))
    many, parts = PRECISIONS[precision]
    return faulty + [
        _row(None if time is None else int(time) * many // parts, lines)
        for time, lines in together.items()
    ]


def _row(at_s: float | None, lines: list[tuple[str, dict[str, str]]]) -> Row:
    """Lay the lines of one time over each other; a name twice with two values is unclear."""
    values: dict[str, str] = {}
    fault = None
    for _, told in lines:
        if any(values.get(name, value) != value for name, value in told.items()):
            fault = Faulty("unclear_channels", "a name has two values at one time")
        values |= told
    written = "\n".join(line for line, _ in lines).encode()
    return Row(values, at_s, "", written, fault)


def _values(measurement: str, fields: str) -> Iterable[tuple[str, str]]:
    """The numbers of a line by the field's name; by the measurement's where the field is `value`."""
    for found in _FIELD.finditer(fields):
        name = _plain(found["name"])
        number = _NUMBER.fullmatch(found["value"])
        if number or found["value"].lower().lstrip("+-") in _NO_NUMBER:
            value = number["number"] if number else "nan"
            yield _plain(measurement) if name == "value" else name, value


def _plain(name: str) -> str:
    return _ESCAPED.sub(r"\1", name)
