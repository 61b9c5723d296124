"""Households that let their own home automation listen, and what each of them may hear."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.access import occupancy_of
from commonwatt.errors import RegistryError
from commonwatt.servers.credentials import LISTENER_PREFIX, hash_secret, new_secret
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection

_SQL = queries("announcements")
_NAME_BYTES = 8


@dataclass(frozen=True, slots=True)
class Listener:
    """A name on the broker and its secret, which is shown this once."""

    name: str
    secret: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a listener may hear now; `power_w` is None if the meter has told none."""

    listener: str
    energy_wh: float
    power_w: float | None
    power_utc: datetime | None


def begin_announcing(connection: Connection, viewer: Viewer | None, now_utc: datetime) -> Listener:
    """Let the viewer's household listen; what it hears counts from now on."""
    listener = Listener(LISTENER_PREFIX + secrets.token_hex(_NAME_BYTES), new_secret())
    row = {
        "occupancy_id": occupancy_of(viewer),
        "listener": listener.name,
        "broker_hash": hash_secret(listener.secret),
        "now_utc": now_utc,
    }
    with database_errors():
        connection.execute(_SQL["begin"], row)
    return listener


def end_announcing(connection: Connection, viewer: Viewer | None, now_utc: datetime) -> None:
    row = {"occupancy_id": occupancy_of(viewer), "now_utc": now_utc}
    with database_errors():
        if not connection.execute(_SQL["end"], row).rowcount:
            raise RegistryError("this household's values are not announced")


def listener_hashes(connection: Connection, now_utc: datetime) -> dict[str, str]:
    """Name -> what the broker keeps of the secret, for all who may listen."""
    with database_errors():
        return dict(connection.execute(_SQL["hashes"], {"now_utc": now_utc}))


def ended_listeners(connection: Connection, now_utc: datetime) -> list[str]:
    """Those who may listen no more, and whose retained messages are still on the broker."""
    with database_errors():
        return [name for (name,) in connection.execute(_SQL["ended"], {"now_utc": now_utc})]


def forget_listener(connection: Connection, name: str) -> None:
    with database_errors():
        connection.execute(_SQL["forget"], (name,))


def tell_listeners(connection: Connection, now_utc: datetime) -> list[Told]:
    """What all who may listen may hear; an energy once told never falls."""
    with database_errors():
        return [Told(*row) for row in connection.execute(_SQL["tell"], {"now_utc": now_utc})]
