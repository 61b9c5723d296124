"""PINs: a number that only the household knows, kept as a hash that is slow to try."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonwatt.errors import ClaimError
from commonwatt.registry.passwords import hash_password, verify_password
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.storage.pool import Connection

_SQL = queries("pins")
SHORTEST, LONGEST = 6, 12


def is_fit(pin: str) -> bool:
    """Six to twelve digits, not all the same."""
    digits = pin.isascii() and pin.isdigit()
    return digits and SHORTEST <= len(pin) <= LONGEST and len(set(pin)) > 1


def set_pin(connection: Connection, occupancy_id: int, pin: str, now_utc: datetime) -> None:
    if not is_fit(pin):
        raise ClaimError("pin_unfit")
    row = {"occupancy_id": occupancy_id, "pin_hash": hash_password(pin), "now_utc": now_utc}
    with database_errors():
        connection.execute(_SQL["set_pin"], row)


def drop_pin(connection: Connection, occupancy_id: int) -> None:
    with database_errors():
        connection.execute(_SQL["drop_pin"], (occupancy_id,))


def has_pin(connection: Connection, occupancy_id: int) -> bool:
    with database_errors():
        return connection.execute(_SQL["pin_hash"], (occupancy_id,)).fetchone() is not None


def check_pin(connection: Connection, occupancy_id: int, pin: str) -> bool:
    with database_errors():
        row = connection.execute(_SQL["pin_hash"], (occupancy_id,)).fetchone()
    return verify_password(row[0] if row else None, pin)
