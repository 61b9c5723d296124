"""What the JSON routes ask for: who is looking, a connection, and what time it is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from commonwatt.access import Viewer
from commonwatt.storage.pool import Connection, borrow_as, borrow_briefly

if TYPE_CHECKING:
    from collections.abc import Iterator


def _viewer(request: Request) -> Viewer | None:
    found: Viewer | None = request.state.viewer
    return found


def _connection(request: Request) -> Iterator[Connection]:
    with borrow_as(request.app.state.pool, request.state.viewer) as connection:
        yield connection


def _open_connection(request: Request) -> Iterator[Connection]:
    with borrow_briefly(request.app.state.pool) as connection:
        yield connection


def _now_utc(request: Request) -> datetime:
    now_utc: datetime = request.app.state.clock()
    return now_utc


Reader = Annotated[Viewer | None, Depends(_viewer)]
Database = Annotated[Connection, Depends(_connection)]
Workbench = Annotated[Connection, Depends(_open_connection)]
"""For workshops, operators, claiming and what ends a household, which have no second wall: the first one stands in `commonwatt.access`."""
Now = Annotated[datetime, Depends(_now_utc)]
