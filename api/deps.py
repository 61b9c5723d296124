"""What the JSON routes ask for: who is looking, a connection, and what time it is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from fastapi import Request

from commonwatt.access import Viewer
from commonwatt.storage.pool import Connection, borrow

if TYPE_CHECKING:
    from collections.abc import Iterator


def viewer(request: Request) -> Viewer | None:
    found: Viewer | None = request.state.viewer
    return found


def connection(request: Request) -> Iterator[Connection]:
    with borrow(request.app.state.pool) as connection:
        yield connection


def now_utc(request: Request) -> datetime:
    now: datetime = request.app.state.clock()
    return now
