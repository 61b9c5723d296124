"""The whole service as it runs in real life: four programs that can be killed at any time."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import threading
import time
from typing import TYPE_CHECKING, Self

import httpx2
import pytest

from commonwatt.demo.keeper import SERVICE, CredentialKeeper
from commonwatt.errors import StorageError
from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.broker import Broker, BrokerKind
from commonwatt.servers.ports import free_port, is_answered
from commonwatt.servers.postgres import PostgresServer, find_timescale
from commonwatt.servers.processes import Child, default_guard
from commonwatt.storage.migrate import migrate
from commonwatt.storage.pool import connect
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WITHIN_S = 60.0


class Service:
    """PostgreSQL, broker, ingest and web server, with somebody who starts again what dies."""

    def __init__(
        self, folder: Path, programs: Path | None = None, kind: BrokerKind | None = None
    ) -> None:
        self.folder = folder
        self.postgres = PostgresServer(folder / "postgres", programs)
        self.broker = Broker(folder / "broker", folder / "credentials", kind=kind)
        self.web_port = free_port()
        self._password = secrets.token_hex(16)
        self._keeper = CredentialKeeper(self.broker, self._password)
        self._children: dict[str, Child] = {}
        self._watching = threading.Event()
        self._lock = threading.Lock()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self.postgres.start()
        with connect(self.postgres.url) as connection:
            migrate(connection)
            self._keeper.keep(connection)
        self.broker.start()
        for name in ("ingest", "serve"):
            self._start(name)
        self._watcher.start()
        await_true(lambda: is_answered(self.web_port))
        return self

    def __exit__(self, *_: object) -> None:
        self._watching.set()
        self._watcher.join()
        for child in self._children.values():
            child.stop(10)
        self.broker.stop()
        self.postgres.stop()

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def address(self) -> tuple[str, int]:
        return self.broker.host, self.broker.port

    def kill(self, name: str) -> None:
        """kill -9 of one of the programs; the watcher starts it again."""
        with self._lock:
            if name == "postgres":
                self.postgres.kill()
            elif name == "broker":
                self.broker.kill()
            else:
                self._children[name].kill()

    def pid(self, name: str) -> int:
        return self._children[name].pid

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")

    def ask(self, token: str, path: str, **query: str) -> httpx2.Response:
        headers = {"authorization": f"Bearer {token}"}
        with httpx2.Client(base_url=self.web_url, headers=headers, timeout=30) as client:
            return client.get(path, params=query)

    def _start(self, name: str) -> None:
        environment = {
            "COMMONWATT_DATABASE_URL": self.postgres.url,
            "COMMONWATT_BROKER_PORT": str(self.broker.port),
            "COMMONWATT_BROKER_USERNAME": SERVICE,
            "COMMONWATT_BROKER_PASSWORD": self._password,
            "COMMONWATT_WEB_PORT": str(self.web_port),
        }
        self._children[name] = Child.start(
            [sys.executable, "-m", "commonwatt", name],
            log=self.folder / f"{name}.log",
            guard=default_guard(),
            env={**os.environ, **environment},
        )

    def _watch(self) -> None:
        while not self._watching.wait(0.1):
            with self._lock:
                self._restart_dead()

    def _restart_dead(self) -> None:
        if not self.postgres.is_running():
            self.postgres.start()
        if not self.broker.is_running():
            self.broker.start()
        for name, child in list(self._children.items()):
            if child.poll() is not None:
                self._start(name)
        try:
            with connect(self.postgres.url) as connection:
                self._keeper.keep(connection)
        except StorageError:
            return  # it is coming up again; the next round asks again


def await_true(condition: object, within_s: float = WITHIN_S) -> None:
    """Wait until a condition holds; fail if it never does."""
    assert callable(condition)
    deadline_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline_s, "it never came true"
        time.sleep(0.05)


@pytest.fixture(scope="module", params=["embedded", "timescale"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    programs = find_timescale(ROOT) if request.param == "timescale" else None
    if request.param == "timescale" and programs is None:
        pytest.skip("TimescaleDB is not here: run `make timescale`")
    folder = make_open_folder("commonwatt-service-")
    with Service(folder, programs) as running:
        yield running
    shutil.rmtree(folder)
