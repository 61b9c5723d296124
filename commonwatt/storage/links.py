"""Links that let somebody in: a random token outside, only its hash in here."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from commonwatt.access import Audience, Guest, HouseholdMember, Landlord, Maker, Operator, Viewer
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.storage.pool import Connection

_SQL = queries("links")
_TOKEN_BYTES = 16


def make_link(
    connection: Connection,
    audience: Audience,
    subject_id: int,
    now_utc: datetime,
    expires_utc: datetime | None = None,
) -> str:
    """Return a new token for a meter, an occupancy or a building; it is shown this once."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    row = {
        "token_hash": _hash(token),
        "audience": audience.value,
        "subject_id": subject_id,
        "now_utc": now_utc,
        "expires_utc": expires_utc,
    }
    with database_errors():
        connection.execute(_SQL["add_link"], row)
    return token


def find_viewer(connection: Connection, token: str) -> Viewer | None:
    with database_errors():
        row = connection.execute(_SQL["find_link"], (_hash(token),)).fetchone()
    return _viewer(Audience(row[0]), row[1]) if row else None


def revoke_link(connection: Connection, token: str, now_utc: datetime) -> None:
    with database_errors():
        connection.execute(_SQL["revoke_link"], {"token_hash": _hash(token), "now_utc": now_utc})


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _viewer(audience: Audience, subject_id: int) -> Viewer:
    match audience:
        case Audience.MAKER:
            return Maker(subject_id)
        case Audience.HOUSEHOLD:
            return HouseholdMember(subject_id)
        case Audience.GUEST:
            return Guest(subject_id)
        case Audience.LANDLORD:
            return Landlord(subject_id)
        case Audience.OPERATOR:
            return Operator()
