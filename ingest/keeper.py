"""Keeps the broker's credential files equal to the meters in the database, and the broker to the files."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from commonwatt.errors import StorageError
from commonwatt.servers.credentials import SERVICE_USERS, hash_secret, write_credentials
from commonwatt.storage.announcements import listener_hashes
from commonwatt.storage.credentials import await_change, broker_hashes, listen
from commonwatt.storage.mounts import load_mounts
from commonwatt.storage.pool import connect

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

    from commonwatt.storage.pool import Connection

log = logging.getLogger("commonwatt.keeper")

_LOOK_AGAIN_S = 1.0
"""Changes are told at once; this is for suspensions that end by themselves."""


class CredentialKeeper:
    """Renders the files when the database has changed, and makes the broker obey them.

    `reload_broker` is called after each change; a broker that is away reads the files when it starts.
    """

    def __init__(
        self, folder: Path, service_password: str, reload_broker: Callable[[], None]
    ) -> None:
        self._folder = folder
        self._service = dict.fromkeys(SERVICE_USERS, hash_secret(service_password))
        self._reload_broker = reload_broker
        self._rendered: tuple[dict[str, str], dict[str, str]] | None = None

    def keep(self, connection: Connection) -> int:
        """Write the files if they are not what the database says; return how many meters may speak."""
        now_utc = datetime.now(UTC)
        hashes = broker_hashes(connection, now_utc)
        listeners = listener_hashes(connection, now_utc)
        places = {mount.topic_prefix: mount.meter.serial for mount in load_mounts(connection)}
        users = self._service | hashes | listeners
        if (users, places) != self._rendered:
            write_credentials(self._folder, users, places)
            self._reload_broker()
            self._rendered = (users, places)
            log.info("%d meters may speak", len(hashes))
        return len(hashes)

    def watch(self, database_url: str, stopping: threading.Event) -> None:
        """Keep them, change by change, until stopped; without database or disk they stay as they are."""
        while not stopping.is_set():
            try:
                with connect(database_url) as connection:
                    listen(connection)
                    while not stopping.is_set():
                        self.keep(connection)
                        await_change(connection, _LOOK_AGAIN_S)
            except (StorageError, OSError) as error:
                log.warning("credentials stay as they are: %s", error)
                stopping.wait(_LOOK_AGAIN_S)
