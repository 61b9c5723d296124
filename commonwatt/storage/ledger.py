"""What is stored of a meter, row by row, for whoever has to account for all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

_SQL = queries("ledger")


class Record(NamedTuple):
    """A numbered record of a log."""

    log: int
    n: int
    end_s: int
    duration_s: int
    register_wh: float | None


def stored_records(connection: Connection, meter_id: int) -> list[Record]:
    """Every row of a meter, doubles and all."""
    return [Record(*row) for row in _rows(connection, "stored_records", meter_id)]


def refusals(connection: Connection, meter_id: int) -> dict[str, int]:
    """How often each reason put something of a meter aside."""
    return dict(_rows(connection, "refusals", meter_id))


def half_hours(connection: Connection, meter_id: int) -> list[tuple[Any, ...]]:
    """The meter's half-hours in order, as they are stored."""
    return _rows(connection, "half_hours_of_meter", meter_id)


def newest_number(connection: Connection) -> int:
    """The highest number of any record; 0 before the first."""
    return _number(connection, "newest_number")


def count_rows(connection: Connection) -> int:
    """How many readings there are of all meters."""
    return _number(connection, "count_rows")


def _number(connection: Connection, query: str) -> int:
    with database_errors():
        row = connection.execute(_SQL[query]).fetchone()
    return int(row[0]) if row else 0


def _rows(connection: Connection, query: str, meter_id: int) -> list[tuple[Any, ...]]:
    with database_errors():
        return connection.execute(_SQL[query], {"meter_id": meter_id}).fetchall()
