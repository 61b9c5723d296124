"""What meters said: written once and for all, and read back as series."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from psycopg.errors import UniqueViolation

from commonwatt.core.series import ReadingSeries
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from commonwatt.storage.pool import Connection
    from commonwatt.storage.rows import ReadingRows

_SQL = queries("readings")


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of life of a meter, with the power it told, if it told one."""

    meter_id: int
    seen_s: float
    online: bool = True
    power_w: float | None = None
    power_s: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A message or a record put aside: `code` is the reason, `payload` the bytes as they came."""

    received_s: float
    meter_id: int | None
    topic: str
    code: str
    detail: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class RefusedEntry:
    """A line of the quarantine, for the operator and for the meter's maker."""

    received_utc: datetime
    serial: str | None
    topic: str
    code: str
    detail: str


def instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


class Conflict(NamedTuple):
    """A reading that was not stored: another one stands at its key with other content."""

    meter_id: int
    end_s: int
    log: int
    n: int


class Written(NamedTuple):
    """How many readings were new, and which ones contradict what stands."""

    new: int
    conflicts: list[Conflict]


def write_readings(
    connection: Connection, rows: ReadingRows, repeats: NDArray[np.bool_] | None = None
) -> Written:
    """Write every row whose key is not there yet; what is there stays as it is.

    `repeats` marks the rows that may be there already. Belongs inside a transaction: the others go
    straight in, repeats through a waiting room where duplicates fall and contradictions are found;
    should a row thought new be there, all of them go that way.
    """
    if not len(rows):
        return Written(0, [])
    has_repeats = repeats is not None and bool(repeats.any())
    fresh = rows.where(~repeats) if repeats is not None and has_repeats else rows
    again = rows.where(repeats) if repeats is not None and has_repeats else None
    with database_errors():
        try:
            with connection.transaction():
                copy_readings(connection, fresh)
        except UniqueViolation:
            return _admit(connection, rows)
        if again is None:
            return Written(len(fresh), [])
        admitted = _admit(connection, again)
    return Written(len(fresh) + admitted.new, admitted.conflicts)


def _admit(connection: Connection, rows: ReadingRows) -> Written:
    connection.execute(_SQL["make_incoming"])
    _copy(connection, _SQL["copy_incoming"], rows)
    retimed = connection.execute(_SQL["drop_retimed"]).fetchall()
    admitted = connection.execute(_SQL["admit_incoming"]).rowcount
    differing = connection.execute(_SQL["differing"]).fetchall()
    connection.execute(_SQL["empty_incoming"])
    return Written(admitted, [Conflict(*key) for key in (*retimed, *differing)])


def copy_readings(connection: Connection, rows: ReadingRows) -> None:
    """Write rows none of whose keys is there yet; one that is there stops them all."""
    _copy(connection, _SQL["copy_readings"], rows)


def _copy(connection: Connection, statement: bytes, rows: ReadingRows) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for chunk in rows.copy_stream():
            copy.write(chunk)


def mark_dirty(connection: Connection, rows: ReadingRows) -> None:
    """Mark the stretches these readings close, one a meter."""
    order = np.argsort(rows.meter_id, kind="stable")
    first = np.flatnonzero(np.diff(rows.meter_id[order], prepend=-1))
    meter_ids = rows.meter_id[order[first]]
    starts_s = np.minimum.reduceat((rows.end_s - rows.duration_s)[order], first)
    ends_s = np.maximum.reduceat(rows.end_s[order], first)
    spans = [
        (int(meter_id), instant(int(start_s)), instant(int(end_s)))
        for meter_id, start_s, end_s in zip(meter_ids, starts_s, ends_s, strict=True)
    ]
    _execute(connection, "mark_dirty", ("meter_ids", "starts_utc", "ends_utc"), spans)


def see_meters(connection: Connection, signs: Iterable[Sign]) -> None:
    """Note the signs of life of a batch: of each meter the last one, with its newest power."""
    last: dict[int, Sign] = {}
    for sign in signs:
        before = last.get(sign.meter_id, sign)
        if (before.power_s or 0) > (sign.power_s or 0):
            last[sign.meter_id] = replace(sign, power_w=before.power_w, power_s=before.power_s)
        else:
            last[sign.meter_id] = sign
    rows = [
        (s.meter_id, instant(s.seen_s), s.online, s.power_w, s.power_s and instant(s.power_s))
        for _, s in sorted(last.items())
    ]
    _execute(
        connection,
        "see_meters",
        ("meter_ids", "seen_utc", "online", "powers_w", "powers_utc"),
        rows,
    )


def learn_boots(connection: Connection, anchors: Mapping[tuple[int, int], int]) -> None:
    """Keep, for each (meter, boot) not known yet, the second at which the boot began."""
    rows = [(meter, boot, instant(start_s)) for (meter, boot), start_s in sorted(anchors.items())]
    _execute(connection, "learn_boots", ("meter_ids", "boots", "starts_utc"), rows)


def boots_of(connection: Connection, meter_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    with database_errors():
        rows = connection.execute(_SQL["boots_of"], {"meter_ids": list(meter_ids)})
        return {(meter_id, boot): start_s for meter_id, boot, start_s in rows}


def put_aside(connection: Connection, refused: Sequence[Refused]) -> None:
    rows = [
        (instant(r.received_s), r.meter_id, _clean(r.topic), r.code, _clean(r.detail), r.payload)
        for r in refused
    ]
    columns = ("received_utc", "meter_ids", "topics", "codes", "details", "payloads")
    _execute(connection, "put_aside", columns, rows)


def count_refused(
    connection: Connection, counts: Mapping[tuple[int | None, str], int], day: date
) -> None:
    """Count what could not be used, by meter (None if it is not known) and reason."""
    if counts:
        row = {
            "day": day,
            "meter_ids": [meter_id for meter_id, _ in counts],
            "codes": [code for _, code in counts],
            "refusals": list(counts.values()),
        }
        with database_errors():
            connection.execute(_SQL["count_refused"], row)


def refused_since(
    connection: Connection, day: date, *, meter_id: int | None = None
) -> dict[str, int]:
    """How many messages and records could not be used since a day, the most frequent reason first."""
    with database_errors():
        return dict(connection.execute(_SQL["refused_since"], {"day": day, "meter_id": meter_id}))


def _clean(text: str) -> str:
    """Drop what PostgreSQL's text cannot hold."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()[:500]


def last_refused(
    connection: Connection, *, meter_id: int | None = None, limit: int = 50
) -> list[RefusedEntry]:
    with database_errors():
        rows = connection.execute(_SQL["last_put_aside"], {"meter_id": meter_id, "limit": limit})
        return [RefusedEntry(*row) for row in rows]


def _execute(
    connection: Connection, name: str, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    if rows:
        with database_errors():
            parameters = dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True))
            connection.execute(_SQL[name], parameters)


def load_series(
    connection: Connection, meter_id: int, start_s: float, end_s: float, *, neighbours: int
) -> ReadingSeries:
    """The readings that end in [start, end], with a few neighbours on each side."""
    stretch = {"meter_id": meter_id, "start_utc": instant(start_s), "end_utc": instant(end_s)}
    around = {**stretch, "limit": neighbours}
    with database_errors():
        before = connection.execute(
            _SQL["readings_before"], {**around, "end_utc": stretch["start_utc"]}
        ).fetchall()
        within = connection.execute(_SQL["readings_between"], stretch, binary=True).fetchall()
        after = connection.execute(
            _SQL["readings_after"], {**around, "start_utc": stretch["end_utc"]}
        ).fetchall()
    return _series([*reversed(before), *within, *after])


def _series(rows: list[tuple[Any, ...]]) -> ReadingSeries:
    if not rows:
        return ReadingSeries.empty()
    end_s, log, n, boot, duration_s, register_wh, power_w = zip(*rows, strict=True)
    return ReadingSeries(
        end_s=np.array(end_s, dtype=np.float64),
        duration_s=np.array(duration_s, dtype=np.float64),
        log=np.array(log, dtype=np.int64),
        boot=np.array(boot, dtype=np.int64),
        n=np.array(n, dtype=np.int64),
        register_wh=np.array(register_wh, dtype=np.float64),
        power_w=np.array(power_w, dtype=np.float64),
    )


def count_readings(
    connection: Connection, meter_id: int, start_s: float, end_s: float
) -> tuple[int, int]:
    """How many readings end in a stretch, and how many seconds they speak of."""
    stretch = {"meter_id": meter_id, "start_utc": instant(start_s), "end_utc": instant(end_s)}
    with database_errors():
        row = connection.execute(_SQL["count_between"], stretch).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)
