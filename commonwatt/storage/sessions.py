"""Sessions: an opaque token in a cookie, its hash in here, ended with its link or account."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

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

TOUCHED_EVERY = timedelta(hours=1)
MOST_TRIES = 10
TRIES_WITHIN = timedelta(minutes=5)


def begin_link_session(connection: Connection, link_token: str, now_utc: datetime) -> str:
    """Return a new session's token; whoever opens the link again gets another."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    row = {
        "token_hash": hash_token(token),
        "link_hash": hash_token(link_token),
        "account_id": None,
        "now_utc": now_utc,
        "expires_utc": now_utc + LINK_LIFE,
    }
    with database_errors():
        connection.execute(_SQL["add_session"], row)
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


def is_throttled(connection: Connection, key: str, now_utc: datetime) -> bool:
    """Whether this many tries of an address or account are enough for now."""
    where = {"key_hash": _hash_key(key), "since_utc": now_utc - TRIES_WITHIN}
    with database_errors():
        row = connection.execute(_SQL["count_tries"], where).fetchone()
    return row is not None and row[0] >= MOST_TRIES


def count_try(connection: Connection, key: str, now_utc: datetime) -> None:
    row = {
        "key_hash": _hash_key(key),
        "now_utc": now_utc,
        "since_utc": now_utc - TRIES_WITHIN,
    }
    with database_errors():
        connection.execute(_SQL["forget_tries"], row)
        connection.execute(_SQL["add_try"], row)


def _hash_key(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
