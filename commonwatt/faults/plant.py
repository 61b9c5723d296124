"""The service's programs on this machine: they can be killed, held or frozen, and come up again."""

from __future__ import annotations

import os
import secrets
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from commonwatt.errors import ServerStartError
from commonwatt.servers.broker import Broker
from commonwatt.servers.credentials import SERVICE_USER
from commonwatt.servers.postgres import PostgresServer
from commonwatt.servers.processes import Child, default_guard
from commonwatt.storage.migrate import migrate
from commonwatt.storage.pool import connect
from ingest.keeper import CredentialKeeper

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonwatt.faults.crash_points import Point
    from commonwatt.servers.broker import BrokerKind

_LOOK_AGAIN_S = 0.1
_PAGE_KB = 4
_HASTE = {"COMMONWATT_MESSAGES_PER_S": "500"}
"""The meters of campaigns live a hundred times as fast as real ones."""


class Plant:
    """PostgreSQL, broker and programs of ours, with somebody who starts again what dies."""

    def __init__(
        self,
        folder: Path,
        programs: Path | None = None,
        kind: BrokerKind | None = None,
        *,
        ours: tuple[str, ...] = ("ingest",),
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.postgres = PostgresServer(folder / "postgres", programs)
        self.broker = Broker(folder / "broker", folder / "credentials", kind=kind)
        self._ours = ours
        self._settings = {**_HASTE, **(settings or {})}
        self._password = secrets.token_hex(16)
        self._keeper = CredentialKeeper(
            self.broker.credentials_folder, self._password, self.broker.reload
        )
        self._children: dict[str, Child] = {}
        self._held: set[str] = set()
        self._watching = threading.Event()
        self._lock = threading.Lock()
        self._watchers = [
            threading.Thread(target=self._watch, daemon=True),
            threading.Thread(target=self._keep_credentials, daemon=True),
        ]

    def __enter__(self) -> Self:
        self.postgres.start()
        with connect(self.postgres.url) as connection:
            migrate(connection)
            self._keeper.keep(connection)
        self.broker.start()
        for name in self._ours:
            self._start(name)
        for watcher in self._watchers:
            watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._watching.set()
        for watcher in self._watchers:
            watcher.join()
        for child in self._children.values():
            child.stop(10)
        self.broker.stop()
        self.postgres.stop()

    def let_ingest_speak_through(self, port: int) -> None:
        """Give ingest another way to the broker; before it starts."""
        self._settings["COMMONWATT_BROKER_PORT"] = str(port)

    @property
    def address(self) -> tuple[str, int]:
        return self.broker.host, self.broker.port

    def kill(self, name: str) -> None:
        """End one of the programs by SIGKILL; the watcher starts it again."""
        with self._lock:
            self._kill(name)

    def hold(self, name: str) -> None:
        """End it by SIGKILL, and leave it dead until it is released."""
        with self._lock:
            if name not in self._held:
                self._held.add(name)
                self._kill(name)

    def release(self, name: str) -> None:
        self._held.discard(name)

    def freeze(self, name: str, *, thaw: bool = False) -> None:
        """Stop a program of ours where it stands, as when it hangs, or let it go on."""
        self._children[name].send(signal.SIGCONT if thaw else signal.SIGSTOP)

    def crash_at(self, point: Point) -> None:
        """Start ingest anew as one that dies at this point; what starts after it does not."""
        with self._lock:
            self._kill("ingest")
            self._start("ingest", "commonwatt.faults.crash_points", point.value)

    def is_running(self, name: str) -> bool:
        with self._lock:
            if name == "postgres":
                return self.postgres.is_running()
            if name == "broker":
                return self.broker.is_running()
            return self._children[name].poll() is None

    def pid(self, name: str) -> int:
        return self._children[name].pid

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")

    def memory_mb(self, name: str) -> float:
        """Resident memory, where the system tells; 0 elsewhere or between two lives."""
        pid = self.broker.pid if name == "broker" else self.pid(name)
        with suppress(OSError, IndexError, ValueError):
            pages = Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]
            return int(pages) * _PAGE_KB / 1024
        return 0.0

    def _kill(self, name: str) -> None:
        if name == "postgres":
            self.postgres.kill()
        elif name == "broker":
            self.broker.kill()
        else:
            self._children[name].kill()

    def _start(self, name: str, *module: str) -> None:
        command = [sys.executable, "-m", *(module or ("commonwatt", name))]
        environment = {
            "COMMONWATT_DATABASE_URL": self.postgres.url,
            "COMMONWATT_BROKER_PORT": str(self.broker.port),
            "COMMONWATT_BROKER_USERNAME": SERVICE_USER,
            "COMMONWATT_BROKER_PASSWORD": self._password,
        }
        self._children[name] = Child.start(
            command,
            log=self.folder / f"{name}.log",
            guard=default_guard(),
            env={**os.environ, **environment, **self._settings},
        )

    def _watch(self) -> None:
        while not self._watching.wait(_LOOK_AGAIN_S):
            with self._lock, suppress(ServerStartError, OSError):
                self._restart_dead()

    def _restart_dead(self) -> None:
        for name, server in (("postgres", self.postgres), ("broker", self.broker)):
            if name not in self._held and not server.is_running():
                server.start()
        for name, child in list(self._children.items()):
            if name not in self._held and child.poll() is not None:
                self._start(name)

    def _keep_credentials(self) -> None:
        self._keeper.watch(self.postgres.url, self._watching)
