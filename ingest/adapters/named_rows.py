"""Rows of named values with a time, as HTTP clients post them: what they tell of the home."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from commonwatt.errors import PayloadError
from commonwatt.model import NO_LOG, Reading
from ingest.adapters.assembly import SHORTEST_S, Part
from ingest.adapters.message import Faulty
from ingest.adapters.named_values import channels_of, part_of, units_by_name, units_of_home
from ingest.adapters.values import MAX_AHEAD_S, bare_number, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ingest.adapters.message import Memory

USUAL_S = 60
"""Clients post each 5 to 60 s unless set otherwise; the setting interval_s says so then."""

LONGEST_S = 3600
MOST_ROWS = 2000
"""emonhub sends 1,000 rows at once, IoTaWatt fewer."""

_KEY = "stream"
_KEPT_BYTES = 500
_PRIVATE = re.compile(rb"((?:ADCO|ADSC|PRM)\W{0,4})\w+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """What a client says of one moment; `at_s` is None if it names none, `fault` if it cannot."""

    values: Mapping[str, object]
    at_s: float | None
    node: str = ""
    written: bytes = b""
    fault: Faulty | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """A row's reading, or why there is none; `written` is the row without who it is about."""

    written: bytes
    reading: Reading | None = None
    fault: Faulty | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """The last reading of a meter, and what earlier rows told."""

    last_s: int | None = None
    boot: int = 1
    register_wh: float | None = None
    nodes: frozenset[str] = field(default_factory=frozenset)
    counter: float | None = None
    restarted: bool = False


def stream_of(memory: Memory) -> Stream | None:
    """What is remembered of a meter's rows; None if nothing is."""
    found = memory.get(_KEY)
    return found if isinstance(found, Stream) else None


def remember(memory: Memory, stream: Stream) -> None:
    memory[_KEY] = stream


def hear(rows: Sequence[Row], memory: Memory, received_s: float) -> list[Heard]:
    """Turn rows into readings, each for itself; rows that tell nothing of the home are left out."""
    dated = [(received_s if row.at_s is None else row.at_s, row) for row in rows]
    heard: list[Heard] = []
    before_s: int | None = None
    for at_s, row in sorted(dated, key=lambda each: each[0]):
        written = clean(row.written)
        try:
            reading = _read(row, at_s, before_s, memory, received_s)
        except PayloadError as error:
            heard.append(Heard(written, fault=Faulty(error.code, error.detail)))
            continue
        if reading:
            before_s = reading.end_s
            heard.append(Heard(written, reading=reading))
    return heard


def clean(written: bytes) -> bytes:
    """Take out of a row who it is about."""
    return _PRIVATE.sub(rb"\1...", written)[:_KEPT_BYTES]


def shift_s(memory: Memory) -> int:
    """How much later than its time a row ends: IoTaWatt writes when an interval began."""
    stamps = memory.get("stamps", "end")
    if stamps not in ("end", "start"):
        raise PayloadError("wrong_shape", "setting stamps: end or start was expected")
    return interval_s(memory) if stamps == "start" else 0


def interval_s(memory: Memory) -> int:
    """The client's interval."""
    setting = memory.get("interval_s", USUAL_S)
    if isinstance(setting, bool) or not isinstance(setting, int) or not 1 <= setting <= LONGEST_S:
        raise PayloadError("wrong_shape", f"setting interval_s: 1 to {LONGEST_S} was expected")
    return setting


def _read(
    row: Row, at_s: float, before_s: int | None, memory: Memory, received_s: float
) -> Reading | None:
    if row.fault:
        raise PayloadError(row.fault.code, row.fault.detail)
    if memory.get("node") not in (None, "", row.node):
        return None
    part = _part(row.values, memory)
    if part is None:
        return None
    stream = stream_of(memory) or Stream()
    stream = _require_one_node(row.node, stream, memory)
    end_s = _second(at_s) + shift_s(memory)
    newer = stream.last_s is None or end_s > stream.last_s
    if before_s is None and newer:
        before_s = stream.last_s
    if before_s is not None and end_s // SHORTEST_S == before_s // SHORTEST_S:
        return None
    if newer and end_s <= received_s + MAX_AHEAD_S:
        stream = _go_on(stream, part, row.values, end_s)
        remember(memory, stream)
    most_s = interval_s(memory)
    return Reading(
        end_s=end_s,
        duration_s=most_s if before_s is None else max(1, min(end_s - before_s, most_s)),
        log=NO_LOG,
        n=0,
        boot=stream.boot,
        register_wh=part.register_wh,
        power_w=part.power_w,
        apparent_va=part.apparent_va,
    )


def _second(at_s: float) -> int:
    if not abs(at_s) < 2**40:
        raise PayloadError("undated", "its time is none")
    return int(at_s)


def _part(values: Mapping[str, object], memory: Memory) -> Part | None:
    """The home's values of a row; None if the row is about something else."""
    home = units_of_home(memory)
    units = units_by_name(values, memory) if home is None else home
    if units.keys().isdisjoint(values):
        _require_reason(values, memory, named=home is not None)
        return None
    parts = {}
    for name, unit in units.items():
        number = _number(values.get(name), name)
        if number is not None:
            parts[name] = part_of(number, unit, name, memory)
    expected = channels_of(units, chosen=home is not None)
    part = Part(
        _sum(parts[name].register_wh if name in parts else None for name in expected.register),
        _sum(parts[name].power_w if name in parts else None for name in expected.power),
        _sum(parts[name].apparent_va if name in parts else None for name in expected.apparent),
    )
    if part == Part():
        raise PayloadError(
            "wrong_shape", "a value of the home is missing; no part of a sum is kept"
        )
    return part


def _require_reason(values: Mapping[str, object], memory: Memory, *, named: bool) -> None:
    """Let a row without values of the home pass if it can be seen why: its values have other names.

    Values without names are the home's, and wanting, if their node is the one that the settings name.
    """
    if not values or not all(name.isdigit() for name in values):
        return
    if not named:
        raise PayloadError("unknown_unit", "values without names, and no setting units")
    if memory.get("node"):
        raise PayloadError("wrong_shape", "too few values: none of the home is among them")


def _number(value: object, name: str) -> float | None:
    """A number, or a text that is one, as emoncms takes them."""
    if isinstance(value, str):
        return bare_number(value.encode("utf-8", "replace"), name)
    return number_of(value, name)


def _sum(values: Iterable[float | None]) -> float | None:
    """Add up; None if there is nothing to add, or if a part is missing."""
    known = list(values)
    numbers = [value for value in known if value is not None]
    return sum(numbers) if numbers and len(numbers) == len(known) else None


def _require_one_node(node: str, stream: Stream, memory: Memory) -> Stream:
    """Refuse to mix two devices into one home unless the settings name the one."""
    if len(stream.nodes) < 2 and node not in stream.nodes:
        stream = replace(stream, nodes=stream.nodes | {node})
        remember(memory, stream)
    if len(stream.nodes) > 1:
        raise PayloadError("unclear_channels", "several nodes, and no setting node")
    return stream


def _go_on(stream: Stream, part: Part, values: Mapping[str, object], end_s: int) -> Stream:
    """Lay a newer row over what is known; a register that begins anew has a reason: a restart.

    A message counter that falls says so, and so does a register that falls by half and more.
    """
    counter = next((value for name, value in values.items() if name.lower() == "msg"), None)
    restarted = stream.restarted
    if isinstance(counter, int | float):
        restarted |= stream.counter is not None and counter < stream.counter
    else:
        counter = stream.counter
    stream = replace(stream, last_s=end_s, counter=counter, restarted=restarted)
    if part.register_wh is None:
        return stream
    before_wh = stream.register_wh
    fell = before_wh is not None and part.register_wh < before_wh
    if fell and (restarted or part.register_wh < (before_wh or 0.0) / 2):
        stream = replace(stream, boot=stream.boot + 1)
    return replace(stream, register_wh=part.register_wh, restarted=False)
