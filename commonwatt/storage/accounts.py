"""Accounts with passwords, for operators and landlords' staff; households need none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commonwatt.access import Role, Viewer, viewer_of
from commonwatt.errors import RegistryError
from commonwatt.registry.passwords import LONGEST, SHORTEST, hash_password, verify_password
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.storage.pool import Connection

_SQL = queries("accounts")
FIRST_LOGIN = "admin"


@dataclass(frozen=True, slots=True)
class Account:
    """Who logged in, and as what."""

    account_id: int
    viewer: Viewer


def add_account(
    connection: Connection,
    login: str,
    password: str,
    role: Role,
    landlord: str | None,
    now_utc: datetime,
) -> None:
    """Open an account; a landlord's staff need the landlord's name, an operator has none."""
    if (role is Role.OPERATOR) is (landlord is not None):
        raise RegistryError("a landlord's staff need --landlord; an operator has none")
    with database_errors(), connection.transaction():
        row: dict[str, Any] = {"login": login, "role": role.value, "now_utc": now_utc}
        row["password_hash"] = hash_password(_checked(password))
        row["landlord_id"] = put_landlord(connection, landlord) if landlord else None
        connection.execute(_SQL["add_account"], row)


def open_first_account(connection: Connection, password: str, now_utc: datetime) -> bool:
    """Open the account of the first operator, if nobody ever had one; tell whether it was opened."""
    with database_errors():
        row = connection.execute(_SQL["has_accounts"]).fetchone()
    if row and row[0]:
        return False
    add_account(connection, FIRST_LOGIN, password, Role.OPERATOR, None, now_utc)
    return True


def disable_account(connection: Connection, login: str, now_utc: datetime) -> None:
    _change(connection, "disable_account", {"login": login, "now_utc": now_utc})


def reset_account(connection: Connection, login: str, password: str, now_utc: datetime) -> None:
    """Give a new password; whoever is logged in with the old one is not any more."""
    password_hash = hash_password(_checked(password))
    row = {"login": login, "password_hash": password_hash, "now_utc": now_utc}
    _change(connection, "reset_account", row)


def check_login(connection: Connection, login: str, password: str) -> Account | None:
    """The account of this login and password; one verification, whether it is known or not."""
    with database_errors():
        row = connection.execute(_SQL["find_account"], (login,)).fetchone()
    if not verify_password(row[1] if row else None, password[:LONGEST]) or row is None:
        return None
    return Account(row[0], viewer_of(row[2], row[3]))


def put_landlord(connection: Connection, name: str) -> int:
    with database_errors():
        row = connection.execute(_SQL["put_landlord"], (name,)).fetchone()
    if row is None:
        raise RegistryError(f"the landlord {name} was not registered")
    return int(row[0])


def give_building(connection: Connection, building_id: int, landlord_id: int) -> None:
    row = {"building_id": building_id, "landlord_id": landlord_id}
    with database_errors():
        if connection.execute(_SQL["give_building"], row).fetchone() is None:
            raise RegistryError(f"there is no building {building_id}")


def _change(connection: Connection, query: str, row: dict[str, Any]) -> None:
    with database_errors(), connection.transaction():
        found = connection.execute(_SQL[query], row).fetchone()
        if found is None:
            raise RegistryError(f"there is no account {row['login']}")
        ended = {"account_id": found[0], "now_utc": row["now_utc"]}
        connection.execute(_SQL["end_sessions"], ended)


def _checked(password: str) -> str:
    if not SHORTEST <= len(password) <= LONGEST:
        raise RegistryError(f"a password has {SHORTEST} to {LONGEST} characters")
    return password
