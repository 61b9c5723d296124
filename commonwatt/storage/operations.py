"""What the database knows of the service's own health; nothing of any household."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from commonwatt.storage.pool import Connection

_SQL = queries("operations")
WRITER_PREFIX = "commonwatt writer "
"""So begins the name by which PostgreSQL knows an ingest process; its name at the broker follows."""


class ServerFacts(NamedTuple):
    """The server's clock, its version as one number, such as 180006, and where its files are if it tells."""

    now_utc: datetime
    version: int
    folder: str | None

    @property
    def major(self) -> int:
        return self.version // 10_000


def meter_states(connection: Connection) -> dict[str, int]:
    """How many meters are in each state that any is in."""
    with database_errors():
        return dict(connection.execute(_SQL["meter_states"]).fetchall())


def open_ticket_causes(connection: Connection) -> dict[str, int]:
    """How many repair tickets are open, by their cause."""
    with database_errors():
        return dict(connection.execute(_SQL["open_ticket_causes"]).fetchall())


def oldest_mark(connection: Connection) -> int | None:
    """The number of the oldest mark that waits for the rollups."""
    with database_errors():
        row = connection.execute(_SQL["oldest_mark"]).fetchone()
    return row[0] if row else None


def erased_persons(connection: Connection) -> set[UUID]:
    """Whom this database knows to be erased."""
    with database_errors():
        return {person for (person,) in connection.execute(_SQL["erased_persons"]).fetchall()}


def doubled_writers(connection: Connection) -> list[str]:
    """The names under which two ingest processes or more write."""
    with database_errors():
        rows = connection.execute(_SQL["doubled_writers"], {"prefix": WRITER_PREFIX}).fetchall()
    return [name for (name,) in rows]


def server_address(url: str) -> tuple[str, int]:
    """Host and port that a database address names; an empty host is a socket of this machine."""
    try:
        told = conninfo_to_dict(url)
    except ProgrammingError:
        return "", 0
    return str(told.get("host") or ""), int(told.get("port") or 5432)


def server_facts(connection: Connection) -> ServerFacts:
    """Asked of the server now."""
    with database_errors():
        [facts] = connection.execute(_SQL["server_facts"]).fetchall()
    return ServerFacts(*facts)
