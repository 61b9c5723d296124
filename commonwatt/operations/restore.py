"""Brings a backup back into a new folder, and shows that nothing of it is missing."""

from __future__ import annotations

import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt import erasure
from commonwatt.errors import DatabaseAwayError, ServerStartError, SetupError
from commonwatt.operations.archive import Manifest, base_of, copy_log, differences
from commonwatt.servers.accounts import choose_account, give
from commonwatt.servers.ports import LOOPBACK
from commonwatt.servers.postgres import ACCOUNT, PostgresServer
from commonwatt.servers.processes import read_log_tail
from commonwatt.servers.programs import find_programs
from commonwatt.storage import backups
from commonwatt.storage.pool import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from commonwatt.storage.pool import Connection

_REPLAYED_WITHIN_S = 24 * 3600.0
_LOOK_AGAIN_S = 0.05
_HBA = "host all all 127.0.0.1/32 scram-sha-256\n"


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of a restore."""

    rows: int
    checked_tables: int
    erased_again: int
    took_s: float


def restore(
    folder: Path, target: Path, database_url: str, erasure_list: Path, *, verify: bool
) -> Restored:
    """Restore up to the end of the log; whoever was erased is erased again before anybody is served."""
    begun_s, target = time.monotonic(), target.resolve()
    manifest = Manifest.read(folder)
    programs = find_programs(manifest.server_major)
    if target.exists():
        raise SetupError(f"{target} is there already: name a new folder")
    _check_files(programs, base_of(folder))
    _lay_out(folder, target)
    if verify:
        _verify(target, programs, manifest, database_url)
    rows, erased = _replay_all(target, programs, database_url, erasure_list)
    checked = len(manifest.tables) if verify else 0
    return Restored(rows, checked, erased, time.monotonic() - begun_s)


def _check_files(programs: Path, base: Path) -> None:
    """Whether every file is as it was copied, by the list that PostgreSQL itself has made."""
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
        [str(programs / "pg_verifybackup"), "--quiet", str(base)],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SetupError(f"the backup is damaged: {done.stderr.strip()}")


def _lay_out(folder: Path, target: Path) -> None:
    """Files and log in their places, owned by whom the server runs as."""
    account = choose_account(ACCOUNT)
    target.mkdir(parents=True)
    target.chmod(0o711 if account else 0o700)
    data = target / "data"
    shutil.copytree(base_of(folder), data, symlinks=True)
    data.chmod(0o700)
    copy_log(folder, target / "wal")
    for name, text in (("postgresql.conf", ""), ("pg_hba.conf", _HBA)):
        if not (data / name).exists():
            (data / name).write_text(text, encoding="ascii")
    (data / "recovery.signal").touch()
    for top in (data, target / "wal"):
        for path in (top, *top.rglob("*")):
            give(path, account)


def _verify(target: Path, programs: Path, manifest: Manifest, database_url: str) -> None:
    """Replay up to the named moment alone, and compare every table with what it was then."""
    stop = {"recovery_target_name": manifest.mark, "recovery_target_action": "pause"}
    with _replaying(target, programs, stop, database_url) as connection:
        _await(lambda: backups.is_paused_there(connection))
        found = differences(manifest.tables, backups.sum_tables(connection))
    if found:
        raise SetupError("the restored database is not what was backed up: " + "; ".join(found))


def _replay_all(
    target: Path, programs: Path, database_url: str, erasure_list: Path
) -> tuple[int, int]:
    """Replay the log to its end and the list of erasures after it; return rows, and who was erased."""
    until = {"recovery_target_timeline": "latest"}
    with _replaying(target, programs, until, database_url) as connection:
        _await(lambda: not backups.is_recovering(connection))
        erased = erasure.replay(connection, erasure_list)
        rows = sum(each.rows for each in backups.sum_tables(connection).values())
    shutil.rmtree(target / "wal")
    return rows, erased


@contextmanager
def _replaying(
    target: Path, programs: Path, options: dict[str, str], database_url: str
) -> Iterator[Connection]:
    """A server that replays the copied log, for whoever knows the password it had."""
    command = {"restore_command": f'cp "{target}/wal/%f" "%p"'}
    with PostgresServer(target, programs, options=options | command) as server:
        address = backups.same_database_at(database_url, LOOPBACK, server.port)
        try:
            with connect(address) as connection:
                yield connection
        except DatabaseAwayError as error:
            words = read_log_tail(server.log)
            raise ServerStartError(f"the log cannot be replayed: {error}; {words}") from error


def _await(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + _REPLAYED_WITHIN_S
    while not condition():
        if time.monotonic() > deadline_s:
            raise ServerStartError("the log is not replayed within a day")
        time.sleep(_LOOK_AGAIN_S)
