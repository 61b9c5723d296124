"""The whole service in one command: servers, a simulated building, and live meters."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import sys
import threading
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Self

from rich.console import Console

from commonwatt.demo.building import DemoBuilding, find_building, live_meters, make_building
from commonwatt.demo.live import LiveMeters
from commonwatt.demo.state import RunningDemo, find_running, forget_running, write_running
from commonwatt.errors import DatabaseAwayError, ServerStartError, SetupError
from commonwatt.servers.broker import Broker
from commonwatt.servers.credentials import SERVICE_USER
from commonwatt.servers.ports import free_port, is_answered
from commonwatt.servers.postgres import PostgresServer
from commonwatt.servers.processes import Child, default_guard, read_log_tail
from commonwatt.storage.migrate import migrate
from commonwatt.storage.pool import connect
from ingest.keeper import CredentialKeeper

if TYPE_CHECKING:
    from pathlib import Path

_WATCH_S = 1.0
_ANSWER_S = 30.0
_STOP_S = 10.0


def run_demo(folder: Path, web_port: int) -> None:
    """Start everything, print the links, and keep it running until Ctrl-C."""
    running = find_running(folder)
    if running:
        raise SetupError(f"the demo runs already (process {running.pid}): {running.web_url}")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    with suppress(KeyboardInterrupt), Demo(folder.resolve(), web_port) as demo:
        demo.start()
        while True:
            time.sleep(_WATCH_S)
            demo.watch()


def reset_demo(folder: Path) -> None:
    """Throw away all the demo's data."""
    running = find_running(folder)
    if running:
        raise SetupError(f"the demo still runs (process {running.pid}): stop it first")
    shutil.rmtree(folder, ignore_errors=True)


class Demo:
    """Servers, processes and simulated meters that live and end together."""

    def __init__(self, folder: Path, web_port: int) -> None:
        self._folder = folder
        self._console = Console(highlight=False)
        self._stack = ExitStack()
        self._postgres = PostgresServer(folder / "postgres")
        self._broker = Broker(folder / "broker", folder / "credentials")
        self._service_password = secrets.token_hex(16)
        self._keeper = CredentialKeeper(
            self._broker.credentials_folder, self._service_password, self._broker.reload
        )
        self._stopping = threading.Event()
        self._web_port = free_port() if is_answered(web_port) else web_port
        self._children: dict[str, Child] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Stop in the order in which the parts need each other, meters first."""
        forget_running(self._folder)
        self._stack.close()

    def start(self) -> None:
        """Bring up one part after the other, each ready before the next needs it."""
        if not self._folder.exists():
            self._folder.mkdir(parents=True, mode=0o711)
        self._stack.callback(self._postgres.stop)
        self._postgres.start()
        building = self._open_building()
        self._stack.callback(self._broker.stop)
        self._broker.start()
        self._keep_credentials()
        self._stack.callback(self._stop_children)
        for name in ("ingest", "serve"):
            self._start_child(name)
        self._await_web()
        with connect(self._postgres.url) as connection:
            speakers = live_meters(connection, building)
        live = LiveMeters(speakers, self._broker.host, self._broker.port)
        self._stack.enter_context(live)
        self._announce(building)

    def watch(self) -> None:
        """Start again what has died."""
        try:
            if not self._postgres.is_running():
                self._postgres.start()
            if not self._broker.is_running():
                self._broker.start()
            for name, child in self._children.items():
                if child.poll() is not None:
                    self._console.print(f"{name} ended; starting it again")
                    self._start_child(name)
        except (ServerStartError, DatabaseAwayError) as error:
            self._console.print(f"still trying: {error}")

    def _open_building(self) -> DemoBuilding:
        with connect(self._postgres.url) as connection:
            migrate(connection)
            known = find_building(self._folder)
            building = known or make_building(connection, self._folder, self._console)
            self._keeper.keep(connection)
        return building

    def _keep_credentials(self) -> None:
        """Let meters in and shut them out while the demo runs."""
        watch = threading.Thread(
            target=self._keeper.watch, args=(self._postgres.url, self._stopping), name="keeper"
        )
        self._stack.callback(watch.join)
        self._stack.callback(self._stopping.set)
        watch.start()

    def _start_child(self, name: str) -> None:
        self._children[name] = Child.start(
            [sys.executable, "-m", "commonwatt", name],
            log=self._folder / f"{name}.log",
            guard=default_guard(),
            env={**os.environ, **self._environment()},
        )

    def _environment(self) -> dict[str, str]:
        return {
            "COMMONWATT_DATABASE_URL": self._postgres.url,
            "COMMONWATT_BROKER_HOST": self._broker.host,
            "COMMONWATT_BROKER_PORT": str(self._broker.port),
            "COMMONWATT_BROKER_USERNAME": SERVICE_USER,
            "COMMONWATT_BROKER_PASSWORD": self._service_password,
            "COMMONWATT_WEB_PORT": str(self._web_port),
        }

    def _stop_children(self) -> None:
        for child in self._children.values():
            child.send(signal.SIGTERM)
        for child in self._children.values():
            child.stop(_STOP_S)

    def _await_web(self) -> None:
        for _ in range(int(_ANSWER_S / 0.1)):
            if is_answered(self._web_port):
                return
            if self._children["serve"].poll() is not None:
                break
            time.sleep(0.1)
        tail = read_log_tail(self._folder / "serve.log")
        raise ServerStartError(f"the web server did not start: {tail}")

    def _announce(self, building: DemoBuilding) -> None:
        url = f"http://127.0.0.1:{self._web_port}"
        running = RunningDemo(
            os.getpid(), self._postgres.url, self._broker.host, self._broker.port, url
        )
        write_running(self._folder, running)
        self._console.print("\ncommonwatt runs. Open as")
        for audience, token in building.links.items():
            self._console.print(f"  {audience:<10} {url}/l/{token}", soft_wrap=True)
        self._console.print("\nCtrl-C stops everything; `make demo-reset` throws the data away.")
