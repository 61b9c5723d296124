"""The generic CSV, described in firmware_docs/protocol/recordings.md."""

from __future__ import annotations

import math
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.recordings.lines import amount, describe_time, iso_s, unix_s
from commonwatt.recordings.recording import (
    MAX_DURATION_S,
    MAX_REGISTER_WH,
    Recording,
    Rows,
    from_power,
    from_register,
)

if TYPE_CHECKING:
    from commonwatt.recordings.lines import Lines

TIMES = frozenset({"end_utc", "end_unix_s"})
QUANTITIES = frozenset({"power_w", "register_wh"})
COLUMNS = TIMES | QUANTITIES | {"duration_s", "meter"}


def is_header(columns: frozenset[str]) -> bool:
    return "duration_s" in columns and bool(columns & TIMES)


def read(lines: Lines) -> list[Recording]:
    """Read the rows of one meter or many, each in its own order of time."""
    _check_header(lines)
    reader = _RowReader(lines)
    homes: dict[str, Rows] = {}
    for cells in lines:
        key = reader.key(cells)
        reader.read_into(homes.setdefault(key, Rows()), cells)
    measured = {key: rows for key, rows in homes.items() if rows.end_s}
    if not measured:
        raise lines.error("at least one measured row", "none")
    return [_recording(key, rows) for key, rows in measured.items()]


def _check_header(lines: Lines) -> None:
    columns = set(lines.columns)
    if len(columns) != len(lines.columns) or columns - COLUMNS:
        raise lines.error(f"each column once, out of {', '.join(sorted(COLUMNS))}", lines.header)
    if len(columns & TIMES) != 1:
        raise lines.error("either end_utc or end_unix_s", lines.header)
    if not columns & QUANTITIES:
        raise lines.error("a column power_w or register_wh, or both", lines.header)


class _RowReader:
    """Reads a row's cells by what the header calls them."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._default_key = PurePath(lines.file).stem
        self._meter = lines.position_of("meter")
        self._iso = lines.position_of("end_utc")
        self._unix = lines.position_of("end_unix_s")
        self._duration = lines.columns.index("duration_s")
        self._power = lines.position_of("power_w")
        self._register = lines.position_of("register_wh")

    def key(self, cells: list[str]) -> str:
        if self._meter is None:
            return self._default_key
        key = cells[self._meter].strip()
        if not key:
            raise self._lines.error("the name of a meter", cells[self._meter])
        return key

    def read_into(self, rows: Rows, cells: list[str]) -> None:
        """Add a row unless nothing was measured: without a register, an empty power is a hole."""
        duration_s = self._duration_s(cells[self._duration])
        end_s = self._end_s(cells)
        last_s = rows.end_s[-1] if rows.end_s else 0
        if end_s - duration_s < last_s:
            expected = f"a record that begins at {describe_time(last_s)} or later"
            raise self._lines.error(expected, f"{describe_time(end_s)} less {duration_s} s")
        power_w = self._power_w(cells)
        if self._register is not None:
            rows.register_wh.append(self._register_wh(cells[self._register]))
        elif math.isnan(power_w):
            return
        rows.add(end_s, duration_s, power_w)

    def _end_s(self, cells: list[str]) -> int:
        if self._iso is not None:
            text, end_s = cells[self._iso], iso_s(cells[self._iso])
            expected = "an instant with its offset such as 2026-01-31T00:10:00+01:00"
        else:
            text = cells[self._unix or 0]
            end_s, expected = unix_s(text), "whole seconds since 1970"
        if end_s is None:
            raise self._lines.error(expected, text)
        return end_s

    def _duration_s(self, text: str) -> int:
        if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_DURATION_S:
            return int(text)
        raise self._lines.error(f"whole seconds from 1 to {MAX_DURATION_S}", text)

    def _power_w(self, cells: list[str]) -> float:
        if self._power is None:
            return math.nan
        power_w = amount(cells[self._power])
        if power_w is None:
            raise self._lines.error("a power in W, not negative", cells[self._power])
        return power_w

    def _register_wh(self, text: str) -> float:
        register_wh = amount(text)
        if register_wh is None or not register_wh <= MAX_REGISTER_WH:
            raise self._lines.error(f"a register in Wh from 0 to {MAX_REGISTER_WH}", text)
        return register_wh


def _recording(key: str, rows: Rows) -> Recording:
    end_s, duration_s = np.array(rows.end_s), np.array(rows.duration_s)
    power_w = np.array(rows.power_w)
    if rows.register_wh:
        return from_register(key, end_s, duration_s, power_w, np.array(rows.register_wh))
    return from_power(key, end_s, duration_s, power_w)
