"""The commands as they are typed tell figures at their own ports and log as they are set to."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.broker import Broker, hash_secret, write_credentials
from commonwatt.servers.credentials import SERVICE_USER
from commonwatt.servers.ports import free_port, is_answered
from commonwatt.servers.processes import Child, default_guard
from commonwatt.storage import meters
from commonwatt.storage.pool import connect
from tests.conftest import ROOT
from tests.operations.scraping import scrape
from tests.operations.test_ingest_figures import SECRET, SERIAL, await_true, say

if TYPE_CHECKING:
    from collections.abc import Iterator

WITHIN_S = 30.0
CANARY = "4711.25"


@pytest.fixture
def folder() -> Iterator[Path]:
    made = make_open_folder("commonwatt-operations-")
    yield made
    shutil.rmtree(made)


@pytest.fixture
def broker(folder: Path) -> Iterator[Broker]:
    users = dict.fromkeys((SERVICE_USER, SERIAL), hash_secret(SECRET))
    write_credentials(folder / "credentials", users)
    with Broker(folder / "broker", folder / "credentials") as running:
        yield running


def start(log: Path, database: str, *command: str, **settings: object) -> Child:
    told = {f"COMMONWATT_{name.upper()}": str(value) for name, value in settings.items()}
    told |= {"COMMONWATT_DATABASE_URL": database, "PYTHONPATH": str(ROOT)}
    argv = [sys.executable, "-m", "commonwatt", *command]
    return Child.start(argv, log=log, guard=default_guard(), env={**os.environ, **told})


def await_answer(port: int) -> None:
    deadline_s = time.monotonic() + WITHIN_S
    while not is_answered(port):
        assert time.monotonic() < deadline_s, "it never answered"
        time.sleep(0.05)


def count_messages(port: int) -> float:
    told = scrape(port).items()
    return sum(value for (name, _), value in told if name == "commonwatt_ingest_messages_total")


def test_ingest_tells_figures_and_logs_without_what_meters_said(
    database: str, folder: Path, broker: Broker
) -> None:
    with connect(database) as connection:
        meters.add_meter(connection, SERIAL)
    port, log = free_port(), folder / "ingest.log"
    settings = {
        "broker_port": broker.port,
        "broker_password": SECRET,
        "ingest_metrics_port": port,
        "log_style": "json",
    }
    child = start(log, database, "ingest", **settings)
    await_answer(port)
    await_true(lambda: scrape(port)["commonwatt_ingest_broker_connected", ()] == 1)
    time.sleep(0.5)
    say(broker, b'{"v": 1, "e_wh": ' + CANARY.encode() + b"}", b"{")
    await_true(lambda: count_messages(port) == 2)
    resident_kb = int(Path(f"/proc/{child.pid}/statm").read_text().split()[1]) * 4
    child.stop(10)
    lines = log.read_text("utf-8").splitlines()
    assert any(json.loads(line)["event"].startswith("connected") for line in lines)
    assert not any(word in log.read_text("utf-8") for word in (CANARY, SECRET, database))
    assert resident_kb <= 80 * 1024


def test_the_web_server_tells_figures_beside_its_pages(database: str, folder: Path) -> None:
    port, metrics_port = free_port(), free_port()
    settings = {"web_port": port, "metrics_port": metrics_port, "log_style": "json"}
    child = start(folder / "web.log", database, "serve", **settings)
    await_answer(port)
    with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
        assert json.load(answer) == {"ready": True, "reason": None}
    assert scrape(metrics_port)["commonwatt_database_up", ()] == 1
    child.stop(10)
    assert not is_answered(metrics_port)
