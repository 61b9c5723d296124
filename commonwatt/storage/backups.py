"""What a backup is checked by: row counts and checksums of one state that has a name in the log."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.errors import LockNotAvailable

from commonwatt.errors import DatabaseAwayError
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import connect, database_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonwatt.storage.pool import Connection

_SQL = queries("backups")
SLOT = "commonwatt_backup"
"""The server keeps what whoever follows it under this name has not taken yet."""
_WRITTEN_IN_TURN = ("boots", "meter_logs", "readings", "dirty_spans", "half_hours", "days")
"""Ingest and the rollups write in this order; who holds writers in another one waits for one that waits for him."""

_LOCK_TRIES = 100
_TRY_AGAIN_S = 0.1


class TableSum(NamedTuple):
    """How many rows a table has, and a checksum of all of them in any order."""

    rows: int
    checksum: str


class State(NamedTuple):
    """One state of the whole database, its place in the log, and how long writers waited for it."""

    lsn: str
    schema_version: int
    tables: dict[str, TableSum]
    held_s: float


def sum_tables(connection: Connection) -> dict[str, TableSum]:
    """Row counts and checksums of all tables of the service."""
    with database_errors():
        return {
            name: TableSum(
                *connection.execute(_of_table("checksum_of", connection, name)).fetchall()[0]
            )
            for name in _our_tables(connection)
        }


def schema_version(connection: Connection) -> int:
    with database_errors():
        [(version,)] = connection.execute(_SQL["schema_version"]).fetchall()
    return int(version)


def mark_state(database_url: str, name: str) -> State:
    """Name this moment in the log and sum what the database holds at it.

    Writers are held for the moment alone; the sums are of a snapshot taken in it.
    """
    with connect(database_url) as reader, database_errors(), reader.transaction():
        reader.execute(_SQL["see_one_state"])
        with connect(database_url) as holder, _writers_held(holder) as since_s:
            version = schema_version(reader)
            [(lsn,)] = holder.execute(_SQL["mark_state"], {"name": name}).fetchall()
            held_s = time.monotonic() - since_s
            holder.execute(_SQL["close_piece"])
        return State(str(lsn), version, sum_tables(reader), held_s)


def is_archived(connection: Connection, lsn: str, name: str) -> bool:
    """Whether the client of this name has the log up to there on its disk."""
    with database_errors():
        [(is_there,)] = connection.execute(
            _SQL["is_archived"], {"lsn": lsn, "name": name}
        ).fetchall()
    return bool(is_there)


def is_followed(connection: Connection, name: str) -> bool:
    """Whether the client of this name takes the log along."""
    with database_errors():
        return connection.execute(_SQL["is_followed"], {"name": name}).fetchall() == [(True,)]


def is_abandoned(connection: Connection) -> bool:
    """Whether the server keeps its log for a backup that follows it no more."""
    with database_errors():
        return connection.execute(_SQL["is_slot_idle"], {"slot": SLOT}).fetchall() == [(True,)]


def is_recovering(connection: Connection) -> bool:
    with database_errors():
        return connection.execute(_SQL["is_recovering"]).fetchall() == [(True,)]


def is_paused_there(connection: Connection) -> bool:
    """Whether a recovery has come to where it was told to stop."""
    with database_errors():
        return connection.execute(_SQL["is_paused_there"]).fetchall() == [(True,)]


def client_environment(database_url: str) -> dict[str, str]:
    """What PostgreSQL's own programs are told by, so that no password stands in a list of processes."""
    told = conninfo_to_dict(database_url)
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    return {names[key]: str(value) for key, value in told.items() if key in names and value}


def same_database_at(database_url: str, host: str, port: int) -> str:
    """The address of the same database, with the same name and password, at another server."""
    return make_conninfo(database_url, host=host, port=port)


@contextmanager
def _writers_held(connection: Connection) -> Iterator[float]:
    """Hold all writers meanwhile; try again while one of them is in the middle of something."""
    for _ in range(_LOCK_TRIES):
        try:
            with connection.transaction():
                since_s = time.monotonic()
                _hold(connection)
                yield since_s
                return
        except LockNotAvailable:
            time.sleep(_TRY_AGAIN_S)
    raise DatabaseAwayError("somebody holds a table: try again when long work is over")


def _hold(connection: Connection) -> None:
    connection.execute(_SQL["hurry_locks"])
    ours = _our_tables(connection)
    in_turn = [name for name in _WRITTEN_IN_TURN if name in ours]
    for name in dict.fromkeys([*in_turn, *ours]):
        connection.execute(_of_table("hold_writers", connection, name))


def _our_tables(connection: Connection) -> list[str]:
    return [name for (name,) in connection.execute(_SQL["our_tables"]).fetchall()]


def _of_table(query: str, connection: Connection, table: str) -> bytes:
    return _SQL[query].replace(b"a_table", sql.Identifier(table).as_bytes(connection))
