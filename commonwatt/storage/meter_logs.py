"""Which logs meters have written, and how far each has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from commonwatt.storage.pool import Connection

_SQL = queries("meter_logs")

MeterLog = tuple[int, int]
"""A meter's id and the number of one of its logs."""


class Reached(NamedTuple):
    """How far a log has come: `place` is the highest `n` of its last day, or of `NO_LOG` the last second."""

    place: int
    end_s: int


def known_logs(connection: Connection, logs: Collection[MeterLog]) -> dict[MeterLog, Reached]:
    """Of these, the logs that have begun."""
    with database_errors():
        rows = connection.execute(_SQL["known_logs"], _columns(logs)).fetchall()
    return {(meter_id, log): Reached(place, end_s) for meter_id, log, place, end_s in rows}


def begin_logs(connection: Connection, logs: Collection[MeterLog]) -> None:
    """Note logs that begin with what is written in the same transaction."""
    with database_errors():
        connection.execute(_SQL["begin_logs"], _columns(logs))


def last_seen_utc(connection: Connection) -> datetime | None:
    """When any meter was last heard; None before the first."""
    with database_errors():
        row = connection.execute(_SQL["last_seen"]).fetchone()
    return row[0] if row else None


def _columns(logs: Collection[MeterLog]) -> dict[str, list[int]]:
    return {"meter_ids": [meter for meter, _ in logs], "logs": [log for _, log in logs]}
