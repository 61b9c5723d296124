"""Sessions: an opaque token in a cookie, its hash in here, ended with its link or account."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from commonwatt.access import viewer_of
from commonwatt.storage.links import hash_token
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection

_SQL = queries("sessions")
_TOKEN_BYTES = 32
LINK_LIFE = timedelta(days=365)
"""How long a device stays let in by a link."""

ACCOUNT_LIFE = timedelta(hours=12)
"""How long a login with a password lasts."""

TOUCHED_EVERY = timedelta(hours=1)


def begin_link_session(connection: Connection, link_token: str, now_utc: datetime) -> str:
    """Return a new session's token; whoever opens the link again gets another."""
    link = {"link_hash": hash_token(link_token), "account_id": None}
    return _begin(connection, link, LINK_LIFE, now_utc)


def begin_account_session(connection: Connection, account_id: int, now_utc: datetime) -> str:
    """Return a new session's token; every login gets another."""
    account = {"link_hash": None, "account_id": account_id}
    return _begin(connection, account, ACCOUNT_LIFE, now_utc)


def _begin(
    connection: Connection, source: dict[str, Any], life: timedelta, now_utc: datetime
) -> str:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    times = {"now_utc": now_utc, "expires_utc": now_utc + life}
    with database_errors():
        connection.execute(
            _SQL["add_session"], {"token_hash": hash_token(token), **source, **times}
        )
    return token


def find_session(connection: Connection, token: str, now_utc: datetime) -> Viewer | None:
    where = {"token_hash": hash_token(token), "now_utc": now_utc}
    with database_errors():
        row = connection.execute(_SQL["find_session"], where).fetchone()
        if row and row[2] + TOUCHED_EVERY <= now_utc:
            connection.execute(_SQL["touch_session"], where)
    return viewer_of(row[0], row[1]) if row else None


def end_session(connection: Connection, token: str, now_utc: datetime) -> None:
    where = {"token_hash": hash_token(token), "now_utc": now_utc}
    with database_errors():
        connection.execute(_SQL["revoke_session"], where)
