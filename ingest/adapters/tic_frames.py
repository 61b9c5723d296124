"""Raw frames of a French meter's customer output: groups, checksums, registers by contract."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from commonwatt.errors import PayloadError
from ingest.adapters.assembly import Channels, Pace, Part, assemble, quiet
from ingest.adapters.values import (
    require_apparent,
    require_register,
    require_size,
    trusted_time_s,
)

if TYPE_CHECKING:
    from ingest.adapters.message import Memory, Message, Telegram

PACE = Pace(usual_s=60, power_held_s=180)
"""A frame takes a second or two; gateways pass one on each minute at least."""

SUBTOPICS = ("frame", "")
"""Below the place, or the place itself."""
REGISTERS = {
    "BASE": ("BASE",),
    "HC": ("HCHC", "HCHP"),
    "EJP": ("EJPHN", "EJPHPM"),
    "BBR": ("BBRHCJB", "BBRHPJB", "BBRHCJW", "BBRHPJW", "BBRHCJR", "BBRHPJR"),
}
"""Which registers add up to the home, by the beginning of OPTARIF."""

SUPPLIER_REGISTERS = tuple(f"EASF{number:02d}" for number in range(1, 11))
_USED = {"OPTARIF", "PAPP", "EAST", "SINSTS", "DATE", *SUPPLIER_REGISTERS}.union(
    *REGISTERS.values()
)
_NUMBER = re.compile(r"[0-9]{1,10}")
_STAMP = re.compile(r"(?P<season>[HE])(?P<local>[0-9]{12})")
_HOURS_AHEAD = {"H": 1, "E": 2}
_MOST_KEPT = 24


def parse(telegram: Telegram, memory: Memory) -> Message:
    """Translate one frame; raise PayloadError if it cannot be used."""
    require_size(telegram.payload)
    if telegram.subtopic not in SUBTOPICS or telegram.retained:
        return quiet(memory)
    groups = groups_of(telegram.payload)
    register_wh = register_wh_of(groups)
    power = groups.get("SINSTS", groups.get("PAPP"))
    apparent_va = None if power is None else require_apparent(number_in(power, "power"), "power")
    at_s = trusted_time_s(_told_s(groups.get("DATE", "")), telegram.received_s)
    part = Part(register_wh=require_register(register_wh, "sum"), apparent_va=apparent_va)
    return assemble(memory, {"home": part}, Channels.all_of(("home",)), at_s, PACE)


def groups_of(payload: bytes) -> dict[str, str]:
    """The groups that are used, by label; one wrong checksum spoils the frame.

    A stamped group keeps its value, and DATE its stamp, which is all it has.
    """
    groups: dict[str, str] = {}
    for line in _lines(payload):
        fields = _fields_of(line)
        if fields is None:
            raise PayloadError("wrong_shape", "a group without a valid checksum")
        label, value = fields[0], fields[1] if fields[0] == "DATE" else fields[-1]
        if label in groups:
            raise PayloadError("wrong_shape", f"{label}: twice in one frame")
        if label in _USED:
            groups[label] = value
    return groups


def redact(payload: bytes) -> bytes:
    """What may be kept of a frame that was refused: intact groups that name no meter."""
    kept = []
    for line in _lines(payload):
        fields = _fields_of(line)
        if fields and fields[0] in _USED and sum(map(len, fields[1:])) <= _MOST_KEPT:
            kept.append(line)
    return b"\n".join(kept)


def checksum(covered: bytes) -> int:
    """The character that closes a group: six bits of a sum, made printable."""
    return (sum(covered) & 0x3F) + 0x20


def _lines(payload: bytes) -> list[bytes]:
    bare = payload.removeprefix(b"\x02").removesuffix(b"\x03")
    return [line for line in re.split(rb"[\r\n]", bare) if line]


def _fields_of(line: bytes) -> list[str] | None:
    """Label, stamp if there is one, and value; None if the checksum says otherwise.

    Standard mode sums up its last separator too. The checksum may be a space itself.
    """
    tab = b"\t" in line
    separator, covered = (b"\t", line[:-1]) if tab else (b" ", line[:-2])
    body = line[:-2]
    if len(line) < 5 or line[-2:-1] != separator or not line.isascii():
        return None
    if line[-1] != checksum(covered):
        return None
    fields = body.decode("ascii").split("\t" if tab else " ", 2 if tab else 1)
    return fields if len(fields) > 1 else None


def register_wh_of(groups: dict[str, str]) -> float:
    """The meter's total, or the sum of all registers of its contract; never a part of it."""
    if "EAST" in groups:
        return number_in(groups["EAST"], "EAST")
    option = groups.get("OPTARIF", "")
    names = next((REGISTERS[each] for each in REGISTERS if option.startswith(each)), None)
    names = names or SUPPLIER_REGISTERS
    missing = [name for name in names if name not in groups]
    if missing:
        raise PayloadError("wrong_shape", f"{len(missing)} of {len(names)} registers are missing")
    return sum(number_in(groups[name], name) for name in names)


def number_in(text: str, label: str) -> float:
    """Read a value as the meter prints it: up to ten digits."""
    if not _NUMBER.fullmatch(text):
        raise PayloadError("wrong_shape", f"{label}: a number was expected")
    return float(text)


def _told_s(stamp: str) -> float | None:
    """The meter's own time; a small letter says that its clock is not to be trusted."""
    found = _STAMP.fullmatch(stamp)
    if not found:
        return None
    try:
        local = datetime.strptime(found["local"], "%y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return (local - timedelta(hours=_HOURS_AHEAD[found["season"]])).timestamp()
