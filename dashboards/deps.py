"""What a page asks of its request: who looks, in which language, when, and a connection."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from commonwatt.access import Viewer
from commonwatt.storage.pool import Connection, borrow
from dashboards.words import DEFAULT, LANGUAGES, Words

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGUAGE_COOKIE = "commonwatt_lang"


def _viewer(request: Request) -> Viewer | None:
    found: Viewer | None = request.state.viewer
    return found


def _connection(request: Request) -> Iterator[Connection]:
    with borrow(request.app.state.pool) as connection:
        yield connection


def _now_utc(request: Request) -> datetime:
    now_utc: datetime = request.app.state.clock()
    return now_utc


def words_of(request: Request) -> Words:
    """Asked for in the address, else remembered, else the browser's, else French."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    accepted = request.headers.get("accept-language", "")
    candidates = [asked, *(part.strip()[:2].lower() for part in accepted.split(","))]
    return Words(next((name for name in candidates if name in LANGUAGES), DEFAULT))


Reader = Annotated[Viewer | None, Depends(_viewer)]
Database = Annotated[Connection, Depends(_connection)]
Now = Annotated[datetime, Depends(_now_utc)]
Language = Annotated[Words, Depends(words_of)]
