"""What the pages ask of a request: who looks, in which language, at what time, with what data."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from commonwatt.access import Viewer
from commonwatt.storage.pool import Connection, borrow_as, borrow_briefly
from dashboards.choices import Choice, read_choice
from dashboards.words import LANGUAGES, Words, negotiate_language

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGUAGE_COOKIE = "commonwatt_lang"


def viewer(request: Request) -> Viewer | None:
    found: Viewer | None = request.state.viewer
    return found


def connection(request: Request) -> Iterator[Connection]:
    with borrow_as(request.app.state.pool, request.state.viewer) as connection:
        yield connection


def open_connection(request: Request) -> Iterator[Connection]:
    with borrow_briefly(request.app.state.pool) as connection:
        yield connection


def now_utc(request: Request) -> datetime:
    now_utc: datetime = request.app.state.clock()
    return now_utc


def words(request: Request) -> Words:
    """The language of the address, else of the cookie, else of the browser, else French."""
    asked = (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE))
    chosen = next((language for language in asked if language in LANGUAGES), None)
    return Words(chosen or negotiate_language(request.headers.get("accept-language", "")))


Reader = Annotated[Viewer | None, Depends(viewer)]
Database = Annotated[Connection, Depends(connection)]
Workbench = Annotated[Connection, Depends(open_connection)]
"""For workshops, operators, claiming and what ends a household, which have no second wall: the first one stands in `commonwatt.access`."""
Now = Annotated[datetime, Depends(now_utc)]
Language = Annotated[Words, Depends(words)]


def choice(now_utc: Now, view: str | None = None, date: str | None = None) -> Choice:
    return read_choice(view, date, now_utc)


Chosen = Annotated[Choice, Depends(choice)]
