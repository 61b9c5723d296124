"""Protocol v1's columns: many records of one log in a message, one array a field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import msgspec
import numpy as np
from msgspec import Meta

from commonwatt.errors import PayloadError
from commonwatt.model import Reading
from ingest.adapters.message import Extent, Message
from ingest.adapters.v1 import (
    UNREADABLE,
    Boot,
    LogId,
    Serial,
    Source,
    Version,
    decode,
    require_own,
    serial_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_ROWS = 500
_MAX_WHOLE = 2**53
_MAX_SECONDS = 2**40

_Whole = Annotated[int, Meta(ge=-_MAX_WHOLE, le=_MAX_WHOLE)]
_Register = Annotated[float, Meta(ge=-1e10, le=1e10)]
_Length = Meta(min_length=1, max_length=MAX_ROWS)


class Columns(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The message; with `delta`, n, t and e_wh are each a first value and then differences."""

    v: Version
    id: Serial
    log: LogId
    boot: Boot
    src: Source
    d_s: Annotated[int, Meta(ge=1, le=3600)]
    n: Annotated[list[_Whole], _Length]
    t: Annotated[list[_Whole], _Length]
    e_wh: Annotated[list[_Register], _Length] | None = None
    p_w: Annotated[list[_Whole], _Length] | None = None
    s_va: Annotated[list[_Whole], _Length] | None = None
    f: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    delta: bool = False


class Rows(NamedTuple):
    """What the columns say, undone of differences; NaN where nothing was measured."""

    told: Columns
    n: NDArray[np.int64]
    end_s: NDArray[np.int64]
    register_wh: NDArray[np.float64]
    power_w: NDArray[np.float64]
    apparent_va: NDArray[np.float64]


def rows_of(told: Columns) -> Rows:
    """Check the lengths and bounds of columns, and add up differences."""
    return Rows(
        told,
        _whole("n", told.n, told, 1, _MAX_WHOLE),
        _whole("t", told.t, told, -_MAX_SECONDS, _MAX_SECONDS),
        _register_wh(told),
        _measured("p_w", told.p_w, told),
        _measured("s_va", told.s_va, told),
    )


def _whole(name: str, values: list[int], told: Columns, low: int, high: int) -> NDArray[np.int64]:
    _require_length(name, values, told)
    whole = np.array(values, dtype=np.int64)
    whole = whole.cumsum() if told.delta else whole
    if whole.min() < low or whole.max() > high:
        raise PayloadError("wrong_shape", f"{name} leaves its bounds, {low} to {high}")
    return whole


def _register_wh(told: Columns) -> NDArray[np.float64]:
    """Differences are added in thousandths, whole numbers, so that nothing is rounded."""
    values = _measured("e_wh", told.e_wh, told)
    return np.cumsum(np.rint(1000 * values)) / 1000 if told.delta else values


def _measured(
    name: str, values: list[float] | list[int] | None, told: Columns
) -> NDArray[np.float64]:
    if values is None:
        return np.full(len(told.n), np.nan)
    _require_length(name, values, told)
    return np.array(values, dtype=np.float64)


def _require_length(name: str, values: list[float] | list[int], told: Columns) -> None:
    if len(values) != len(told.n):
        raise PayloadError("wrong_shape", f"{len(values)} of {name} beside {len(told.n)} of n")


class Outline(msgspec.Struct):
    """Of a message that is not well formed, just enough to receipt its refusal."""

    log: LogId
    n: Annotated[list[_Whole], _Length]
    delta: bool = False


_columns = msgspec.json.Decoder(Columns)
_outline = msgspec.json.Decoder(Outline)


def parse(topic: str, payload: bytes) -> Message:
    """Translate one message; raise PayloadError if nothing of it can be used."""
    serial = serial_of(topic, payload)
    told = decode(_columns, payload)
    require_own(serial, told.id)
    rows, log = rows_of(told), int(told.log, 16)
    measured = (rows.register_wh, rows.power_w, rows.apparent_va)
    columns = (rows.n.tolist(), rows.end_s.tolist(), *map(_known, measured))
    readings = tuple(
        Reading(
            end_s=end_s,
            duration_s=told.d_s,
            log=log,
            n=n,
            boot=told.boot,
            register_wh=register_wh,
            power_w=power_w,
            apparent_va=apparent_va,
            flags=told.f,
        )
        for n, end_s, register_wh, power_w, apparent_va in zip(*columns, strict=True)
    )
    return Message(serial, readings, extent=Extent(log, int(rows.n.min()), int(rows.n.max())))


def outline_of(payload: bytes) -> Extent | None:
    """Which records the message claims to carry, when nothing else of it can be used."""
    try:
        outline = _outline.decode(payload)
    except UNREADABLE:
        return None
    numbers = np.array(outline.n, dtype=np.int64)
    numbers = numbers.cumsum() if outline.delta else numbers
    first_n, last_n = int(numbers.min()), int(numbers.max())
    return Extent(int(outline.log, 16), first_n, last_n) if first_n >= 1 else None


def _known(values: NDArray[np.float64]) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]  # noqa: PLR0124 - NaN
