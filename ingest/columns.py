"""Takes well-formed messages of a batch into columns at once; what is odd is left to the adapters.

A message is taken only if its adapter and the judge would let every record of it through. A meter of
whose messages one is not, in this batch, is left to them altogether, so that order within a meter stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec
import numpy as np
from msgspec import Meta

from commonwatt.errors import PayloadError
from commonwatt.storage.readings import Sign
from commonwatt.storage.rows import ReadingRows
from ingest.adapters import v1
from ingest.adapters.message import Extent
from ingest.adapters.v1_columns import Columns, Rows, rows_of
from ingest.validate import DAY_S, MAX_FUTURE_S, MAX_POWER_W, MAX_REGISTER_WH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from commonwatt.storage.meters import Meter
    from ingest.sorting import Envelope

    Whole = NDArray[np.int64]
    Truth = NDArray[np.bool_]

_NAN = float("nan")
_LOGS = 10_000


class DatedRecord(v1.Record, forbid_unknown_fields=True, kw_only=True, gc=False):
    """A record with a time; what was not measured is NaN, as it is in columns."""

    t: v1.Seconds
    e_wh: float = _NAN
    p_w: int = _NAN  # type: ignore[assignment]
    s_va: int = _NAN  # type: ignore[assignment]


class DatedBatch(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A batch of dated records; whether id and log are in order is seen afterwards, for patterns are slow."""

    v: v1.Version
    id: str
    log: str
    boot: v1.Boot
    src: v1.Source
    r: Annotated[list[DatedRecord], Meta(min_length=1, max_length=v1.MAX_RECORDS)]


_DECODERS: dict[str, msgspec.json.Decoder[DatedBatch] | msgspec.json.Decoder[Columns]] = {
    "readings": msgspec.json.Decoder(DatedBatch),
    "columns": msgspec.json.Decoder(Columns),
}


class Speaker(NamedTuple):
    """Whose a topic is: `meter` if it is registered and speaks protocol v1 there."""

    serial: str
    meter: Meter | None
    is_mounted: bool


class Opened(msgspec.Struct, frozen=True, gc=False):
    """A message, and what it says if it is readings or columns in order; whose they are is not asked."""

    envelope: Envelope
    plain: DatedBatch | Rows | None


class Told(msgspec.Struct, frozen=True, gc=False):
    """A message that could be read: what it says, and which meter said it."""

    envelope: Envelope
    plain: DatedBatch | Rows
    meter: Meter


@dataclass(frozen=True, slots=True)
class Taken:
    """What a batch's well-formed messages come to; each brought so many rows as `sizes` says."""

    envelopes: list[Envelope]
    sizes: Whole
    rows: ReadingRows
    signs: list[Sign]
    extents: list[tuple[str, Extent]]


def open_all(envelopes: Sequence[Envelope]) -> list[Opened]:
    """Decode each message; needs no database, so it can be done while the batch before is written."""
    return [Opened(envelope, _read(envelope)) for envelope in envelopes]


def take(
    batch: Sequence[Opened],
    speakers: Mapping[str, Speaker],
    now_s: float,
) -> tuple[Taken, list[Envelope]]:
    """Take what is well formed; return the rest in its order.

    `speakers` tells whose each topic is.
    """
    told: list[Told] = []
    odd: set[str] = set()
    for opened in batch:
        envelope, plain = opened.envelope, opened.plain
        serial, meter, _ = speakers[envelope.topic]
        if meter and plain and _id_of(plain) == serial:
            told.append(Told(envelope, plain, meter))
        else:
            odd.add(serial)
    told = [each for each in told if each.meter.serial not in odd]
    rows, sizes = _rows_of(told)
    fit = _fit(rows, sizes, told, now_s)
    if not fit.all():
        odd |= {each.meter.serial for each, good in zip(told, fit, strict=True) if not good}
        told = [each for each in told if each.meter.serial not in odd]
        rows, sizes = _rows_of(told)
    rest = [each.envelope for each in batch if speakers[each.envelope.topic].serial in odd]
    envelopes = [each.envelope for each in told]
    signs, extents = _signs(rows, sizes, told), _extents(rows, sizes, told)
    return Taken(envelopes, sizes, rows, signs, extents), rest


def _id_of(plain: DatedBatch | Rows) -> str:
    return plain.told.id if isinstance(plain, Rows) else plain.id


def _read(envelope: Envelope) -> DatedBatch | Rows | None:
    kind = envelope.topic.rpartition("/")[2]
    if kind not in _DECODERS or envelope.retained or len(envelope.payload) > v1.MAX_PAYLOAD_BYTES:
        return None
    try:
        plain = _DECODERS[kind].decode(envelope.payload)
        if isinstance(plain, Columns):
            return rows_of(plain)
        return plain if _is_log(plain.log) else None
    except (*v1.UNREADABLE, PayloadError):
        return None


@lru_cache(_LOGS)
def _is_log(text: str) -> bool:
    return bool(re.fullmatch(v1.LOG_PATTERN, text))


def _rows_of(told: Sequence[Told]) -> tuple[ReadingRows, Whole]:
    """The rows of all messages in their order, and how many each has."""
    heads = [each.plain.told if isinstance(each.plain, Rows) else each.plain for each in told]
    records = [r for each in told if isinstance(each.plain, DatedBatch) for r in each.plain.r]
    columns = [each.plain for each in told if isinstance(each.plain, Rows)]
    sizes = np.array([len(h.r) if isinstance(h, DatedBatch) else len(h.n) for h in heads], np.int64)
    kinds = np.array([isinstance(head, Columns) for head in heads], np.bool_)
    from_columns = np.repeat(kinds, sizes)

    def each_message(values: list[int]) -> Whole:
        return np.repeat(np.array(values, np.int64), sizes)

    def each_row(kind: type, of_records: list[Any], of_columns: list[Any]) -> NDArray[Any]:
        values: NDArray[Any] = np.empty(len(from_columns), kind)
        values[~from_columns] = of_records
        if of_columns:
            values[from_columns] = np.concatenate(of_columns)
        return values

    rows = ReadingRows(
        meter_id=each_message([each.meter.meter_id for each in told]),
        end_s=each_row(np.int64, [r.t for r in records], [c.end_s for c in columns]),
        log=each_message([int(head.log, 16) for head in heads]),
        n=each_row(np.int64, [r.n for r in records], [c.n for c in columns]),
        boot=each_message([head.boot for head in heads]),
        duration_s=each_row(
            np.int64, [r.d_s for r in records], [np.full(len(c.n), c.told.d_s) for c in columns]
        ),
        flags=each_row(
            np.int64, [r.f for r in records], [np.full(len(c.n), c.told.f) for c in columns]
        ),
        register_wh=each_row(
            np.float64, [r.e_wh for r in records], [c.register_wh for c in columns]
        ),
        power_w=each_row(np.float64, [r.p_w for r in records], [c.power_w for c in columns]),
        apparent_va=each_row(
            np.float64, [r.s_va for r in records], [c.apparent_va for c in columns]
        ),
    )
    return rows, sizes


def _fit(rows: ReadingRows, sizes: Whole, told: Sequence[Told], now_s: float) -> Truth:
    """Of each message, whether the judge lets every row through; see `ingest.validate`."""
    backlogs = (each.meter.backlog_days for each in told)
    oldest_s = np.array([0 if days is None else now_s - days * DAY_S for days in backlogs])
    good = (rows.end_s <= now_s + MAX_FUTURE_S) & (rows.end_s >= np.repeat(oldest_s, sizes))
    good &= ~((rows.register_wh < 0) | (rows.register_wh > MAX_REGISTER_WH))
    good &= ~(np.abs(rows.power_w) > MAX_POWER_W)
    good &= ~((rows.apparent_va < 0) | (rows.apparent_va > MAX_POWER_W))
    message = np.repeat(np.arange(len(sizes)), sizes)
    rise_wh, step_s = np.diff(rows.register_wh), np.diff(rows.end_s)
    stretch_s = np.maximum(step_s, rows.duration_s[1:])
    steep = (rise_wh * 3600 > MAX_POWER_W * stretch_s + 3600) & (np.diff(message) == 0)
    good[1:] &= ~steep
    fit = np.ones(len(sizes), dtype=np.bool_)
    fit[message[~good]] = False
    return fit


def _signs(rows: ReadingRows, sizes: Whole, told: Sequence[Told]) -> list[Sign]:
    """Of each meter one sign: when it was last heard, and the newest power of its messages."""
    if not told:
        return []
    starts = np.cumsum(sizes) - sizes
    places = np.where(np.isnan(rows.power_w), -1, np.arange(len(rows)))
    newest = np.maximum.reduceat(places, starts)
    power_s = np.where(newest < 0, 0, rows.end_s[newest])
    ids = [each.meter.meter_id for each in told]
    last = dict(zip(ids, range(len(told)), strict=True))
    best = {ids[place]: int(newest[place]) for place in np.argsort(power_s, kind="stable").tolist()}
    return [
        Sign(
            meter_id=meter_id,
            seen_s=told[place].envelope.received_s,
            power_w=float(rows.power_w[best[meter_id]]) if best[meter_id] >= 0 else None,
            power_s=int(rows.end_s[best[meter_id]]) if best[meter_id] >= 0 else None,
        )
        for meter_id, place in last.items()
    ]


def _extents(rows: ReadingRows, sizes: Whole, told: Sequence[Told]) -> list[tuple[str, Extent]]:
    """What each meter brought, messages that leave no hole between them told as one."""
    if not told:
        return []
    starts = np.cumsum(sizes) - sizes
    first_n, last_n = np.minimum.reduceat(rows.n, starts), np.maximum.reduceat(rows.n, starts)
    meter_id, log = rows.meter_id[starts], rows.log[starts]
    order = np.lexsort((last_n, first_n, log, meter_id))
    meter_id, log, first_n, last_n = (each[order] for each in (meter_id, log, first_n, last_n))
    begins = np.ones(len(order), dtype=np.bool_)
    begins[1:] = (np.diff(meter_id) != 0) | (np.diff(log) != 0) | (first_n[1:] > last_n[:-1] + 1)
    runs = np.flatnonzero(begins)
    longest_n = np.maximum.reduceat(last_n, runs)
    return [
        (told[order[run]].meter.serial, Extent(int(log[run]), int(first_n[run]), int(to_n)))
        for run, to_n in zip(runs, longest_n, strict=True)
    ]
