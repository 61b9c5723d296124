"""All that is kept of one household, table by table, a few thousand rows at a time."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commonwatt.access import member_of
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection

_SQL = queries("takeout")
_ROWS_AT_ONCE = 5000

TABLES = (
    "meters",
    "readings",
    "half_hours",
    "days",
    "contracts",
    "consents",
    "indices",
    "budgets",
    "alert_choices",
    "alerts",
    "home_profile",
    "similar_places",
    "access_log",
)
"""What a household can take with it, by name."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a table, with the names of its columns."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@contextmanager
def as_of_now(connection: Connection) -> Iterator[None]:
    """Let everything be read as it is at this instant."""
    with database_errors(), connection.transaction():
        connection.execute(_SQL["as_of_now"])
        yield


def read_table(connection: Connection, viewer: Viewer | None, table: str) -> Iterator[Rows]:
    """At least one piece, which may be empty; belongs inside a transaction."""
    asked = {"occupancy_id": member_of(viewer)}
    with database_errors(), connection.cursor("takeout") as cursor:
        cursor.execute(_SQL[table], asked)
        rows = cursor.fetchmany(_ROWS_AT_ONCE)
        columns = tuple(column.name for column in cursor.description or ())
        yield Rows(columns, rows)
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            yield Rows(columns, rows)
