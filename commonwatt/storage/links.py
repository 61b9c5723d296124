"""Links that let somebody in: a random token outside, only its hash in here."""

from __future__ import annotations

import hashlib
import re
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
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_LETTER_COUNT = 16
_ALIKE = str.maketrans("oil", "011")


def make_link(
    connection: Connection,
    audience: Audience,
    subject_id: int,
    now_utc: datetime,
    expires_utc: datetime | None = None,
) -> str:
    """Return a new token for a meter, an occupancy or a building; it is shown this once."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    _keep(connection, token, (audience, subject_id), now_utc, expires_utc)
    return token


def make_letters(connection: Connection, occupancy_id: int, now_utc: datetime) -> str:
    """Return a household's way in as letters a person can copy, in groups of four; shown this once."""
    symbols = "".join(secrets.choice(_LETTERS) for _ in range(_LETTER_COUNT))
    _keep(connection, symbols, (Audience.HOUSEHOLD, occupancy_id), now_utc, None)
    return "-".join(symbols[first : first + 4] for first in range(0, _LETTER_COUNT, 4))


def read_letters(typed: str) -> str:
    """The token in letters as somebody typed them: what looks alike is the same."""
    return re.sub(r"[\s-]", "", typed).lower().translate(_ALIKE)


def _keep(
    connection: Connection,
    token: str,
    whom: tuple[Audience, int],
    now_utc: datetime,
    expires_utc: datetime | None,
) -> None:
    audience, subject_id = whom
    row = {
        "token_hash": _hash(token),
        "audience": audience.value,
        "subject_id": subject_id,
        "now_utc": now_utc,
        "expires_utc": expires_utc,
    }
    with database_errors():
        connection.execute(_SQL["add_link"], row)


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
