"""What a running demo tells other commands of this machine: where its servers are."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_FILE = "running.json"


@dataclass(frozen=True, slots=True)
class RunningDemo:
    """Addresses of the demo's servers, and the process that keeps them."""

    pid: int
    database_url: str
    broker_host: str
    broker_port: int
    web_url: str


def write_running(folder: Path, running: RunningDemo) -> None:
    write_private(folder / _FILE, json.dumps(asdict(running)))


def forget_running(folder: Path) -> None:
    (folder / _FILE).unlink(missing_ok=True)


def find_running(folder: Path) -> RunningDemo | None:
    """The demo of this folder, if its process lives."""
    try:
        running = RunningDemo(**json.loads((folder / _FILE).read_text("utf-8")))
        os.kill(running.pid, 0)
    except (FileNotFoundError, ProcessLookupError, json.JSONDecodeError):
        return None
    return running


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
