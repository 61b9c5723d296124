"""What we start ends with us, however we end."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commonwatt.servers import guard as guard_program
from commonwatt.servers.processes import Child, Guard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REPOSITORY = Path(__file__).resolve().parents[2]
SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""
STUBBORN = [sys.executable, "-c", DEAF]
PARENT = """
import json, sys, time
from pathlib import Path
from commonwatt.servers.broker import Broker, BrokerKind, hash_secret, write_credentials
from commonwatt.servers.postgres import PostgresServer
from commonwatt.servers.processes import default_guard

folder = Path(sys.argv[1])
write_credentials(folder / "credentials", {"ingest": hash_secret("x")})
servers = [Broker(folder / kind, folder / "credentials", kind=kind) for kind in BrokerKind]
servers.append(PostgresServer(folder / "postgres", options={"fsync": "off"}))
for server in servers:
    server.start()
print(json.dumps([default_guard().pid, *(server.pid for server in servers)]), flush=True)
time.sleep(600)
"""


def wait_until(condition: Callable[[], bool], timeout_s: float = 10) -> bool:
    deadline_s = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < deadline_s:
        time.sleep(0.02)
    return condition()


class ListeningGuard(Guard):
    """Remembers what it was told to forget."""

    def __init__(self) -> None:
        self.forgotten: list[int] = []
        super().__init__()

    def forget(self, pid: int) -> None:
        self.forgotten.append(pid)
        super().forget(pid)


@pytest.fixture
def guard() -> Iterator[ListeningGuard]:
    with ListeningGuard() as made:
        yield made


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_a_parent_that_is_killed(folder: Path, end: signal.Signals) -> None:
    command = [sys.executable, "-c", PARENT, str(folder)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        pids = json.loads(parent.stdout.readline())
        assert all(guard_program.is_running(pid) for pid in pids)
        parent.send_signal(end)
    assert len(pids) == 4
    assert wait_until(lambda: not any(guard_program.is_running(pid) for pid in pids))


def test_the_guard_kills_what_does_not_obey(
    folder: Path, guard: ListeningGuard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard_program, "PATIENCE_S", 0.2)
    child = Child.start(STUBBORN, log=folder / "log", guard=guard)
    assert wait_until(lambda: (folder / "log").read_text().startswith("ready"))
    guard_program.stop_all({child.pid: signal.SIGTERM})
    assert child.wait(5)
    assert child.poll() == -signal.SIGKILL


def test_the_guard_stops_what_is_left_when_closed(folder: Path) -> None:
    guard = Guard()
    child = Child.start(SLEEP, log=folder / "log", guard=guard)
    guard.close()
    assert child.wait(5)
    assert child.poll() == -signal.SIGTERM


def test_the_guard_remembers_what_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("watch 7 15\nwatch 8 2\nforget 7\nforget 9\n"))
    assert guard_program.read_watched() == {8: 2}


def test_a_stopped_child_is_forgotten(folder: Path, guard: ListeningGuard) -> None:
    child = Child.start(SLEEP, log=folder / "log", guard=guard)
    assert child.poll() is None
    child.stop(5)
    assert child.poll() == -signal.SIGTERM
    assert child.pid in guard.forgotten


def test_a_stubborn_child_is_killed(folder: Path, guard: ListeningGuard) -> None:
    child = Child.start(STUBBORN, log=folder / "log", guard=guard)
    assert wait_until(lambda: (folder / "log").read_text().startswith("ready"))
    child.stop(0.1)
    assert child.poll() == -signal.SIGKILL


def test_children_do_not_hear_our_terminal(folder: Path, guard: ListeningGuard) -> None:
    child = Child.start(SLEEP, log=folder / "log", guard=guard)
    assert os.getsid(child.pid) == child.pid
    assert os.getsid(guard.pid) == guard.pid
    child.kill()
