"""Tries to get in, counted by a hash of whom or where they came from; too many have to wait."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.storage.pool import Connection

_SQL = queries("tries")
MOST_TRIES = 10
TRIES_WITHIN = timedelta(minutes=5)


def are_spent(connection: Connection, key: str, now_utc: datetime) -> bool:
    """Whether this many tries of an address or account are enough for now."""
    with database_errors():
        row = connection.execute(_SQL["count_tries"], _row(key, now_utc)).fetchone()
    return row is not None and row[0] >= MOST_TRIES


def spend_try(connection: Connection, key: str, now_utc: datetime) -> bool:
    """Count a try and say whether it is allowed; of many at once no more than the rest is."""
    row = _row(key, now_utc)
    with database_errors(), connection.transaction():
        connection.execute(_SQL["hold_key"], row)
        is_allowed = not are_spent(connection, key, now_utc)
        if is_allowed:
            connection.execute(_SQL["add_try"], row)
    return is_allowed


def _row(key: str, now_utc: datetime) -> dict[str, object]:
    digest = hashlib.sha256(key.encode()).digest()
    return {
        "key_hash": digest,
        "lock": int.from_bytes(digest[:8], "big", signed=True),
        "now_utc": now_utc,
        "since_utc": now_utc - TRIES_WITHIN,
    }
