"""Links that let somebody in: a random token outside, only its hash in here."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.access import Audience, member_of, viewer_of
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.access import Viewer
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


def make_program_token(connection: Connection, viewer: Viewer | None, now_utc: datetime) -> str:
    """Return a token for the household's own display or program, which cannot type a PIN."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    household = (Audience.HOUSEHOLD, member_of(viewer))
    _keep(connection, token, household, now_utc, None, asks_pin=False)
    return token


def make_letters(connection: Connection, occupancy_id: int, now_utc: datetime) -> str:
    """Return a household's way in as letters a person can copy, in groups of four; shown this once."""
    letters = new_letters()
    _keep(connection, read_letters(letters), (Audience.HOUSEHOLD, occupancy_id), now_utc, None)
    return letters


def new_letters() -> str:
    """Eighty random bits as letters and digits, in groups of four."""
    symbols = "".join(secrets.choice(_LETTERS) for _ in range(_LETTER_COUNT))
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
    *,
    asks_pin: bool = True,
) -> None:
    audience, subject_id = whom
    row = {
        "token_hash": hash_token(token),
        "audience": audience.value,
        "subject_id": subject_id,
        "now_utc": now_utc,
        "expires_utc": expires_utc,
        "asks_pin": asks_pin,
    }
    with database_errors():
        connection.execute(_SQL["add_link"], row)


@dataclass(frozen=True, slots=True)
class OpenLink:
    """Whom a link lets in, and whether the household's PIN is asked first."""

    viewer: Viewer
    asks_pin: bool


def find_link(connection: Connection, token: str) -> OpenLink | None:
    with database_errors():
        row = connection.execute(_SQL["find_link"], (hash_token(token),)).fetchone()
    return OpenLink(viewer_of(row[0], row[1]), asks_pin=row[2]) if row else None


def find_viewer(connection: Connection, token: str) -> Viewer | None:
    """Whom a token alone lets in."""
    link = find_link(connection, token)
    return None if link is None or link.asks_pin else link.viewer


def revoke_link(connection: Connection, token: str, now_utc: datetime) -> None:
    with database_errors():
        connection.execute(
            _SQL["revoke_link"], {"token_hash": hash_token(token), "now_utc": now_utc}
        )


def hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
