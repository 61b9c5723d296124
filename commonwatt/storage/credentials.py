"""Secrets of meters: given, suspended, resumed, revoked; only their hashes are here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from commonwatt.errors import RegistryError
from commonwatt.servers.credentials import digest_of, hash_secret
from commonwatt.storage.meters import Meter
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.storage.pool import Connection

_SQL = queries("credentials")


class CredentialState(StrEnum):
    """Whether a secret opens anything."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Credential:
    """How a meter's secret stands, since when, and why; `until_utc` only of some suspensions."""

    state: CredentialState
    reason: str | None
    until_utc: datetime | None
    changed_utc: datetime


def set_secret(connection: Connection, meter_id: int, secret: str, now_utc: datetime) -> None:
    """Give a meter its first secret or a new one; the former opens nothing any more."""
    row = {
        "meter_id": meter_id,
        "broker_hash": hash_secret(secret),
        "digest": digest_of(secret),
        "now_utc": now_utc,
    }
    with database_errors():
        connection.execute(_SQL["set_secret"], row)


def suspend(
    connection: Connection,
    meter_id: int,
    reason: str,
    now_utc: datetime,
    until_utc: datetime | None = None,
) -> None:
    """Shut a meter out until an instant, or until somebody resumes it."""
    row = {"reason": reason, "until_utc": until_utc}
    _change(connection, "suspend", meter_id, now_utc, row)


def resume(connection: Connection, meter_id: int, now_utc: datetime) -> None:
    _change(connection, "resume", meter_id, now_utc, {})


def revoke(connection: Connection, meter_id: int, reason: str, now_utc: datetime) -> None:
    """Shut a meter out for good; only a new secret lets it in again."""
    _change(connection, "revoke", meter_id, now_utc, {"reason": reason})


def _change(
    connection: Connection,
    change: str,
    meter_id: int,
    now_utc: datetime,
    row: dict[str, str | datetime | None],
) -> None:
    with database_errors():
        done = connection.execute(_SQL[change], {**row, "meter_id": meter_id, "now_utc": now_utc})
    if not done.rowcount:
        standing = find_credential(connection, meter_id)
        found = f"is {standing.state}" if standing else "does not exist"
        raise RegistryError(f"cannot {change} the secret of meter {meter_id}: it {found}")


def find_credential(connection: Connection, meter_id: int) -> Credential | None:
    with database_errors():
        row = connection.execute(_SQL["credential"], (meter_id,)).fetchone()
    return Credential(CredentialState(row[0]), *row[1:]) if row else None


def broker_hashes(connection: Connection, now_utc: datetime) -> dict[str, str]:
    """Serial -> what the broker keeps of the secret, for every meter that may speak now."""
    with database_errors():
        return dict(connection.execute(_SQL["broker_hashes"], {"now_utc": now_utc}))


def find_owner(connection: Connection, secret: str, now_utc: datetime) -> Meter | None:
    """The meter whose secret this is, if it may speak now."""
    with database_errors():
        shown = {"digest": digest_of(secret), "now_utc": now_utc}
        row = connection.execute(_SQL["owner"], shown).fetchone()
    return Meter(*row) if row else None


def suspended_meters(connection: Connection, now_utc: datetime) -> dict[str, datetime | None]:
    """Serial -> until when, for every meter that is shut out for a time."""
    with database_errors():
        return dict(connection.execute(_SQL["suspended"], {"now_utc": now_utc}))


def listen(connection: Connection) -> None:
    """Let `await_change` hear of what is committed from now on."""
    with database_errors():
        connection.execute(_SQL["listen"])


def await_change(connection: Connection, timeout_s: float) -> bool:
    """Whether somebody's right to speak has changed, within a time."""
    with database_errors():
        return any(True for _ in connection.notifies(timeout=timeout_s, stop_after=1))
