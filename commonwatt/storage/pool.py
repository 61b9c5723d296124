"""Connections, and the translation of the driver's errors into ours."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from commonwatt.access import subject_of
from commonwatt.errors import DatabaseAwayError, RegistryError, RowRefusedError
from commonwatt.storage.named_sql import queries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonwatt.access import Viewer

Connection = psycopg.Connection[tuple[Any, ...]]
Pool = ConnectionPool[Connection]

_SQL = queries("viewers")

WEB_TIMEOUT = "10s"
"""How long one statement of a page may take."""

NAME = "commonwatt"

_SESSION: dict[str, Any] = {
    "options": "-c timezone=UTC -c synchronous_commit=on",
}


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn what psycopg raises into the house's storage errors."""
    try:
        yield
    except (psycopg.errors.ExclusionViolation, psycopg.errors.ForeignKeyViolation) as error:
        raise RegistryError(_first_line(error)) from error
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        raise RowRefusedError(_first_line(error)) from error
    except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
        raise DatabaseAwayError(_first_line(error)) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0]


@contextmanager
def connect(url: str, name: str = NAME) -> Iterator[Connection]:
    """One connection, closed at the end; each call that writes opens its own transaction."""
    with database_errors():
        connection = psycopg.connect(
            url, autocommit=True, connect_timeout=5, application_name=name, **_SESSION
        )
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def open_pool(url: str, size: int = 8) -> Iterator[Pool]:
    pool: Pool = ConnectionPool(
        url,
        min_size=1,
        max_size=size,
        open=False,
        timeout=5,
        kwargs={"autocommit": True, "connect_timeout": 5, "application_name": NAME, **_SESSION},
        check=ConnectionPool.check_connection,
    )
    with database_errors():
        pool.open(wait=True)
    try:
        yield pool
    finally:
        pool.close()


@contextmanager
def borrow(pool: Pool) -> Iterator[Connection]:
    """A connection of the pool for one piece of work."""
    with database_errors(), pool.connection() as connection:
        yield connection


@contextmanager
def borrow_briefly(pool: Pool) -> Iterator[Connection]:
    """The same for a page: no statement may take longer than a page may wait."""
    with borrow(pool) as connection:
        try:
            connection.execute(_SQL["hurry"], {"timeout": WEB_TIMEOUT})
            yield connection
        finally:
            _forget_viewer(connection)


@contextmanager
def borrow_as(pool: Pool, viewer: Viewer | None) -> Iterator[Connection]:
    """A connection that sees, by the database's own policies, what this viewer may see."""
    audience, subject_id = subject_of(viewer)
    told = {"audience": audience, "subject": str(subject_id), "timeout": WEB_TIMEOUT}
    with borrow(pool) as connection:
        try:
            connection.execute(_SQL["tell_viewer"], told)
            connection.execute(_SQL["know_viewer"])
            yield connection
        finally:
            _forget_viewer(connection)


def _forget_viewer(connection: Connection) -> None:
    """Become oneself again; a connection that cannot is not lent to anybody else."""
    try:
        connection.execute(_SQL["forget_viewer"])
    except psycopg.Error:
        connection.close()
