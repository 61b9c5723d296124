"""Links that let somebody in: a random token outside, only its hash in here."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from commonwatt.access import viewer_of
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.access import Audience, Viewer
    from commonwatt.storage.pool import Connection

_SQL = queries("links")
_TOKEN_BYTES = 16


def make_link(
    connection: Connection, audience: Audience, subject_id: int, now_utc: datetime
) -> str:
    """Return a new token for a meter, an occupancy or a building; it is shown this once."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    row = {
        "token_hash": hash_token(token),
        "audience": audience.value,
        "subject_id": subject_id,
        "now_utc": now_utc,
    }
    with database_errors():
        connection.execute(_SQL["add_link"], row)
    return token


def find_viewer(connection: Connection, token: str) -> Viewer | None:
    with database_errors():
        row = connection.execute(_SQL["find_link"], (hash_token(token),)).fetchone()
    return viewer_of(row[0], row[1]) if row else None


def revoke_link(connection: Connection, token: str, now_utc: datetime) -> None:
    with database_errors():
        connection.execute(
            _SQL["revoke_link"], {"token_hash": hash_token(token), "now_utc": now_utc}
        )


def hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
