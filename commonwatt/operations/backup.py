"""Takes a backup while the service runs: the database's files, and its log from then on."""

from __future__ import annotations

import logging
import os
import secrets
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from commonwatt.errors import ServerStartError, SetupError
from commonwatt.operations.archive import Manifest, base_of, log_of
from commonwatt.servers.processes import Child, default_guard
from commonwatt.servers.programs import find_embedded
from commonwatt.storage.backups import (
    SLOT,
    client_environment,
    is_archived,
    is_followed,
    mark_state,
)
from commonwatt.storage.migrate import require_current
from commonwatt.storage.operations import server_facts
from commonwatt.storage.pool import connect

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from commonwatt.storage.pool import Connection

log = logging.getLogger("commonwatt.backup")

_STOP_WITHIN_S = 30.0
_ARCHIVED_WITHIN_S = 60.0
_LOOK_AGAIN_S = 0.05


@dataclass(frozen=True, slots=True)
class Follower:
    """A process that takes the log along, and the name under which the server knows it."""

    name: str
    child: Child

    def await_true(self, database_url: str, condition: Callable[[Connection], bool]) -> None:
        """Return once the server says so of us."""
        deadline_s = time.monotonic() + _ARCHIVED_WITHIN_S
        with connect(database_url) as connection:
            while not condition(connection):
                self.require_alive()
                if time.monotonic() > deadline_s:
                    raise ServerStartError(f"the log does not arrive: {self.child.read_words()}")
                time.sleep(_LOOK_AGAIN_S)

    def require_alive(self) -> None:
        if self.child.poll() is not None:
            raise ServerStartError(f"the log is followed no more: {self.child.read_words()}")


def back_up(database_url: str, folder: Path, stopping: threading.Event | None = None) -> Manifest:
    """Make a backup in a new folder; given `stopping`, go on with the log until it is set."""
    folder = folder.resolve()
    if folder.exists():
        raise SetupError(f"{folder} is there already: name a new folder")
    with connect(database_url) as connection:
        require_current(connection)
        major = server_facts(connection).major
    folder.mkdir(mode=0o700, parents=True)
    log_of(folder).mkdir(mode=0o700)
    with _following(database_url, folder, is_lasting=stopping is not None) as follower:
        follower.await_true(database_url, lambda asked: is_followed(asked, follower.name))
        copied = [str(base_of(folder)), "--checkpoint", "fast", "--wal-method", "stream"]
        _run(database_url, ["pg_basebackup", "--pgdata", *copied])
        manifest = _mark(database_url, major, follower)
        manifest.write(folder)
        while stopping and not stopping.wait(_LOOK_AGAIN_S):
            follower.require_alive()
    return manifest


def _mark(database_url: str, major: int, follower: Follower) -> Manifest:
    """Name this moment, sum what the database holds at it, and wait until the log has it."""
    now_utc = datetime.now(UTC)
    name = f"commonwatt-{now_utc:%Y%m%dT%H%M%S%f}"
    state = mark_state(database_url, name)
    follower.await_true(database_url, lambda asked: is_archived(asked, state.lsn, follower.name))
    log.info("writers were held for %.3f s", state.held_s)
    return Manifest(now_utc, major, state.schema_version, name, state.tables)


@contextmanager
def _following(database_url: str, folder: Path, *, is_lasting: bool) -> Iterator[Follower]:
    """Take the log along meanwhile; of one that is to last the server keeps what it has not taken."""
    argv = ["pg_receivewal", "--directory", str(log_of(folder)), "--synchronous"]
    if is_lasting:
        argv += ["--slot", SLOT]
        _run(database_url, [*argv, "--create-slot", "--if-not-exists"])
    name = f"{SLOT}_{secrets.token_hex(4)}"
    told = client_environment(database_url) | {"PGAPPNAME": name}
    child = Child.start(
        _command(argv), log=folder / "follow.log", guard=default_guard(), env=os.environ | told
    )
    try:
        yield Follower(name, child)
    finally:
        child.stop(_STOP_WITHIN_S)


def _run(database_url: str, argv: list[str]) -> None:
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
        _command(argv),
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | client_environment(database_url),
    )
    if done.returncode:
        raise ServerStartError(f"the backup failed: {done.stderr.strip()}")


def _command(argv: list[str]) -> list[str]:
    program, *rest = argv
    return [str(find_embedded() / program), *rest, "--no-password"]
