"""Keeps the broker's credential files equal to the meters in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonwatt.servers.credentials import (
    SERVICE_USER,
    SERVICE_USERS,
    hash_secret,
    write_credentials,
)
from commonwatt.storage.meters import meter_secrets
from commonwatt.storage.mounts import load_mounts

if TYPE_CHECKING:
    from pathlib import Path

    from commonwatt.servers.broker import Broker
    from commonwatt.storage.pool import Connection

SERVICE = SERVICE_USER


def render_credentials(connection: Connection, folder: Path, service_password: str) -> int:
    """Write the files anew from the database; return how many meters they let in."""
    hashes = meter_secrets(connection)
    all_hashes = dict.fromkeys(SERVICE_USERS, hash_secret(service_password)) | hashes
    write_credentials(folder, all_hashes, _places(connection))
    return len(hashes)


def _places(connection: Connection) -> dict[str, str]:
    """Whose each topic prefix of another language is."""
    return {mount.topic_prefix: mount.meter.serial for mount in load_mounts(connection)}


class CredentialKeeper:
    """Renders the files when the database has changed, and makes the broker obey them."""

    def __init__(self, broker: Broker, service_password: str) -> None:
        self._broker = broker
        self._service_hash = hash_secret(service_password)
        self._rendered: tuple[dict[str, str], dict[str, str]] | None = None

    def keep(self, connection: Connection) -> None:
        hashes, places = meter_secrets(connection), _places(connection)
        if (hashes, places) != self._rendered:
            write_credentials(
                self._broker.credentials_folder,
                dict.fromkeys(SERVICE_USERS, self._service_hash) | hashes,
                places,
            )
            self._broker.reload()
            self._rendered = (hashes, places)
