"""OpenEnergyMonitor over MQTT: emonhub's three forms, and EmonESP's."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from commonwatt.errors import PayloadError
from ingest.adapters.assembly import (
    Channels,
    Pace,
    Part,
    assemble,
    assembly_of,
    note_restart,
    quiet,
)
from ingest.adapters.named_values import (
    MOST_NAMES,
    channels_of,
    part_of,
    units_by_name,
    units_of_home,
)
from ingest.adapters.sensors import SETTLE_S
from ingest.adapters.values import (
    bare_number,
    number_of,
    object_of,
    require_size,
    text_of,
    trusted_time_s,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ingest.adapters.message import Memory, Message, Telegram

PACE = Pace(usual_s=20, power_held_s=60)
"""Transmitters talk each 5 or 10 s; at one reading in 10 s at most, one may stand for two rounds."""

_MOST_COLUMNS = 64
_KEY = "emonhub"


@dataclass(slots=True)
class _Known:
    """The names heard one a topic, the nodes heard, and the last message counter."""

    names: tuple[str, ...] = ()
    newest_name_s: float = 0.0
    nodes: frozenset[str] = field(default_factory=frozenset)
    counter: float | None = None


@dataclass(frozen=True, slots=True)
class _Told:
    """What one telegram says: values by name; `alone` if others of its kind come by other topics."""

    node: str
    values: Mapping[str, float]
    at_s: int
    alone: bool = False


def parse(telegram: Telegram, memory: Memory) -> Message:
    """Translate one message; raise PayloadError if it cannot be used."""
    require_size(telegram.payload)
    levels = telegram.subtopic.split("/")
    if telegram.retained or levels[0] == "tx":
        return quiet(memory)
    if telegram.subtopic == "rx":
        raise PayloadError("unknown_topic", telegram.subtopic)
    told = _read(levels[1:] if levels[0] == "rx" else levels, telegram, memory)
    if told is None:
        return quiet(memory)
    _note_counter(told.values, memory)
    expected, units = _choose(told, telegram.received_s, memory)
    parts = {
        name: part_of(value, units[name], name, memory)
        for name, value in told.values.items()
        if name in units and _is_expected(name, expected)
    }
    if not parts:
        return quiet(memory)
    _require_one_node(told.node, memory)
    _note_falls(parts, memory)
    return assemble(memory, parts, expected, told.at_s, PACE)


def _read(levels: list[str], telegram: Telegram, memory: Memory) -> _Told | None:
    """Tell the forms apart: an object, a list, or one value with its name in the topic."""
    text = text_of(telegram.payload)
    at_s = int(telegram.received_s)
    if text.startswith("{"):
        return _read_object("/".join(levels), telegram, memory)
    if levels[-1] == "values" or "," in text:
        node = "/".join(levels[:-1] if levels[-1] == "values" else levels)
        return _Told(node, _columns(text, memory), at_s) if _is_ours(node, memory) else None
    node, name = _name_of(levels, memory)
    if not _is_ours(node, memory) or not _is_of_use(name, memory):
        return None
    return _Told(node, {name: bare_number(telegram.payload, name)}, at_s, alone=True)


def _read_object(node: str, telegram: Telegram, memory: Memory) -> _Told | None:
    told = object_of(telegram.payload)
    if not _is_ours(node, memory):
        return None
    values = {}
    for name, member in told.items():
        value = member.get("value") if isinstance(member, dict) else member
        number = number_of(value, name) if _is_of_use(name, memory) else None
        if number is not None:
            values[name] = number
    return _Told(node, values, trusted_time_s(_time_of(told), telegram.received_s))


def _time_of(told: Mapping[str, Any]) -> float | None:
    """The sender's time, unless it is a local one that does not say how far it is from UTC."""
    time = told.get("time", told.get("Time"))
    if isinstance(time, str):
        try:
            instant = datetime.fromisoformat(time)
        except ValueError:
            return None
        return instant.timestamp() if instant.tzinfo else None
    return number_of(time, "time")


def _columns(text: str, memory: Memory) -> dict[str, float]:
    """Name the values of a list, by the settings or by their place; signal strength comes last."""
    cells = text.split(",")
    if len(cells) > _MOST_COLUMNS:
        raise PayloadError("wrong_shape", f"{len(cells)} columns, at most {_MOST_COLUMNS}")
    names = memory.get("columns")
    if names is None:
        places = {str(place): cell for place, cell in enumerate(cells, 1)}
        home = units_of_home(memory)
        if home is None:
            raise PayloadError("unknown_unit", "a list without names, and no setting columns")
        if not home.keys() <= places.keys():
            raise PayloadError("wrong_shape", f"{len(cells)} columns, the settings name others")
        return {name: bare_number(places[name].encode(), f"column {name}") for name in home}
    if not isinstance(names, list) or len(cells) not in {len(names), len(names) + 1}:
        raise PayloadError("wrong_shape", f"{len(cells)} columns, the settings name others")
    named = zip(map(str, names), cells, strict=False)
    return {
        name: bare_number(cell.encode(), name) for name, cell in named if _is_of_use(name, memory)
    }


def _name_of(levels: list[str], memory: Memory) -> tuple[str, str]:
    """Split a topic into node and name; more levels are joined, as emoncms joins them."""
    node = memory.get("node")
    count = len(node.split("/")) if isinstance(node, str) and node else len(levels) - 1
    return "/".join(levels[:count]), "_".join(levels[count:]).replace(":", "")


def _is_ours(node: str, memory: Memory) -> bool:
    return memory.get("node") in (None, "", node)


def _is_of_use(name: str, memory: Memory) -> bool:
    home = units_of_home(memory)
    wanted = home if home is not None else units_by_name((name,), memory)
    return name in wanted or name.lower() == "msg"


def _known(memory: Memory) -> _Known:
    found = memory.get(_KEY)
    if not isinstance(found, _Known):
        found = memory[_KEY] = _Known()
    return found


def _choose(told: _Told, received_s: float, memory: Memory) -> tuple[Channels, Mapping[str, str]]:
    """Which values are the home's; none while names may still be missing."""
    home = units_of_home(memory)
    if home is not None:
        return channels_of(home, chosen=True), home
    units = units_by_name(
        _learn(told.values, received_s, memory) if told.alone else told.values, memory
    )
    if told.alone and received_s - _known(memory).newest_name_s < SETTLE_S:
        return Channels(), units
    if told.alone and min(units, default="") not in told.values and not _is_clear(units):
        return Channels(), units
    return channels_of(units, chosen=False), units


def _is_clear(units: Mapping[str, str]) -> bool:
    """Whether the values add up; if they do not, one of them says so for all."""
    try:
        channels_of(units, chosen=False)
    except PayloadError:
        return False
    return True


def _learn(names: Iterable[str], received_s: float, memory: Memory) -> tuple[str, ...]:
    known = _known(memory)
    fresh = tuple(name for name in names if name not in known.names)
    if fresh and len(known.names) < MOST_NAMES:
        known.names += fresh
        known.newest_name_s = received_s
    return known.names


def _is_expected(name: str, expected: Channels) -> bool:
    return name in (*expected.register, *expected.power, *expected.apparent)


def _require_one_node(node: str, memory: Memory) -> None:
    """Refuse to mix two transmitters into one home unless the settings name the one."""
    known = _known(memory)
    if len(known.nodes) < 2:
        known.nodes |= {node}
    if len(known.nodes) > 1:
        raise PayloadError("unclear_channels", "several nodes, and no setting node")


def _note_counter(values: Mapping[str, float], memory: Memory) -> None:
    """Take a message counter that has fallen for a restart of the transmitter."""
    counter = next((value for name, value in values.items() if name.lower() == "msg"), None)
    if counter is None:
        return
    known = _known(memory)
    if known.counter is not None and counter < known.counter:
        note_restart(memory)
    known.counter = counter


def _note_falls(parts: Mapping[str, Part], memory: Memory) -> None:
    """Take a register that falls by half and more for one that began anew with its transmitter."""
    for name, part in parts.items():
        before_wh = assembly_of(memory).known(name).register_wh
        if (
            before_wh is not None
            and part.register_wh is not None
            and part.register_wh < before_wh / 2
        ):
            note_restart(memory)
