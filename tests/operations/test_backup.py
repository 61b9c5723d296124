"""The drill: back up under load, destroy, restore, verify; and what is damaged is not restored in silence."""

from __future__ import annotations

import json
import shutil
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import psycopg
import pytest

from commonwatt import erasure
from commonwatt.errors import CommonwattError, SetupError
from commonwatt.operations.archive import Manifest, base_of, log_of
from commonwatt.operations.backup import back_up
from commonwatt.operations.doctor import Surroundings, examine
from commonwatt.operations.restore import restore
from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.ports import LOOPBACK
from commonwatt.servers.postgres import PostgresServer, find_timescale
from commonwatt.storage import backups, removal
from commonwatt.storage.migrate import migrate
from commonwatt.storage.pool import connect
from commonwatt.storage.removal import Erasure
from tests.conftest import ROOT
from tests.simulated import START_S, move_in, rows_of, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from commonwatt.storage.meters import Meter

PROGRAMS = {"embedded": None, "timescale": find_timescale(ROOT)}
WITHIN_S = 60.0
LOAD_S = 2.0
EACH = 20
FOLLOWERS = "SELECT application_name FROM pg_stat_replication WHERE application_name LIKE 'comm%'"


@pytest.fixture
def folder() -> Iterator[Path]:
    made = make_open_folder("commonwatt-backup-")
    yield made
    shutil.rmtree(made)


@pytest.fixture(params=PROGRAMS)
def server(folder: Path, request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    """A server that a test may destroy, with the schema."""
    programs = PROGRAMS[request.param]
    if request.param == "timescale" and programs is None:
        pytest.skip("TimescaleDB is not here: run `make timescale`")
    with PostgresServer(folder / "cluster", programs) as running:
        with connect(running.url) as connection:
            migrate(connection)
        yield running


def await_true(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline_s, "it never came true"
        time.sleep(0.02)


@dataclass
class Load:
    """Writes readings without a rest, and knows what was committed and when."""

    url: str
    meter: Meter
    committed_s: list[float] = field(default_factory=list)

    def run(self, stopping: threading.Event) -> None:
        try:
            with connect(self.url) as connection:
                while not stopping.is_set():
                    n = len(self.committed_s) * EACH + np.arange(1, EACH + 1)
                    write(connection, rows_of(self.meter, START_S + 60 * n, 1.0 * n, n=n))
                    self.committed_s.append(time.monotonic())
        except (CommonwattError, psycopg.OperationalError):
            assert not stopping.is_set()


def test_the_drill(server: PostgresServer, folder: Path) -> None:
    """Nothing that the archive had is lost; what came after the kill's last moment is measured."""
    url, listed = server.url, folder / "erasures.jsonl"
    with connect(url) as connection:
        gone = move_in(connection, "A02", serial="cw-2222222")
        write(connection, rows_of(gone.meter, START_S + 60 * np.arange(1, 100), np.arange(99.0)))
        person = removal.person_of(connection, gone.viewer)
        load = Load(url, move_in(connection).meter)
    ends, stopping = threading.Event(), threading.Event()
    writer = threading.Thread(target=load.run, args=(ends,))
    taker = threading.Thread(target=back_up, args=(url, folder / "backup", stopping))
    writer.start()
    taker.start()
    await_true((folder / "backup" / "commonwatt.json").exists)
    backed_up = Manifest.read(folder / "backup").tables["readings"].rows
    erasure.append(listed, Erasure(person, datetime.now(UTC)))
    time.sleep(LOAD_S)
    archived = len(load.committed_s)
    with connect(url) as connection:
        [(lsn,)] = connection.execute("SELECT pg_current_wal_lsn()::text").fetchall()
        [(name,)] = connection.execute(FOLLOWERS).fetchall()
        await_true(lambda: backups.is_archived(connection, lsn, name))
    time.sleep(LOAD_S)
    server.kill()
    killed_s = time.monotonic()
    writer.join()
    stopping.set()
    taker.join()
    shutil.rmtree(server.data)

    done = restore(folder / "backup", folder / "restored", url, listed, verify=True)

    programs = server._programs
    with PostgresServer(folder / "restored", programs) as again:
        address = backups.same_database_at(url, LOOPBACK, again.port)
        with connect(address) as connection:
            found = connection.execute(
                "SELECT meter_id, count(*), max(n) FROM readings GROUP BY meter_id"
            ).fetchall()
    [(meter_id, rows, newest)] = found
    assert meter_id == load.meter.meter_id
    assert rows == newest
    assert rows % EACH == 0
    assert backed_up < archived * EACH <= rows <= (len(load.committed_s) + 1) * EACH
    assert done.erased_again == 1
    assert done.checked_tables == len(Manifest.read(folder / "backup").tables)
    lost = len(load.committed_s) - rows // EACH
    rpo_s = killed_s - load.committed_s[rows // EACH - 1] if lost > 0 else 0.0
    print(
        f"\n{server.version}: {rows} rows restored of {len(load.committed_s) * EACH}, "
        f"{max(0, lost) * EACH} lost, RPO {rpo_s:.3f} s, RTO {done.took_s:.1f} s"
    )
    assert rpo_s < 5.0


def test_a_backup_without_following_stands_alone(server: PostgresServer, folder: Path) -> None:
    """What is written after it is not in it; the server keeps nothing for it."""
    with connect(server.url) as connection:
        meter = move_in(connection).meter
        write(connection, rows_of(meter, START_S + 60 * np.arange(1, 11), np.arange(10.0)))
        manifest = back_up(server.url, folder / "backup")
        write(connection, rows_of(meter, START_S + 60 * np.arange(11, 21), np.arange(10.0)))
        slots = connection.execute("SELECT count(*) FROM pg_replication_slots").fetchall()
    assert manifest.tables["readings"].rows == 10
    assert slots == [(0,)]
    restored = restore(
        folder / "backup", folder / "restored", server.url, folder / "none", verify=True
    )
    assert restored.erased_again == 0
    assert restored.rows >= sum(each.rows for each in manifest.tables.values())


def test_a_backup_that_follows_no_more_is_told(server: PostgresServer, folder: Path) -> None:
    """The server keeps its log for it; one without following, taken meanwhile, is no matter."""
    stopping = threading.Event()
    taker = threading.Thread(target=back_up, args=(server.url, folder / "first", stopping))
    taker.start()
    await_true((folder / "first" / "commonwatt.json").exists)
    back_up(server.url, folder / "second")
    with connect(server.url) as connection:
        assert not backups.is_abandoned(connection)
        stopping.set()
        taker.join()
        await_true(lambda: backups.is_abandoned(connection))
    here = Surroundings(server.url, ("127.0.0.1", server.port), "", "", folder / "erasures.jsonl")
    assert [finding.code for finding in examine(here)] == ["backup_abandoned"]


def test_what_is_damaged_is_told(server: PostgresServer, folder: Path) -> None:
    kept, target = folder / "backup", folder / "restored"
    back_up(server.url, kept)
    manifest = kept / "commonwatt.json"
    whole = manifest.read_text("utf-8")
    told = json.loads(whole)
    told["tables"]["migrations"][0] += 1
    manifest.write_text(json.dumps(told), "utf-8")
    with pytest.raises(SetupError, match=r"migrations: \d+ rows were backed up, \d+ are restored"):
        restore(kept, target, server.url, folder / "none", verify=True)
    manifest.write_text(whole, "utf-8")
    shutil.rmtree(target)

    version = base_of(kept) / "PG_VERSION"
    version.write_text("x" + version.read_text("ascii"), "ascii")
    with pytest.raises(SetupError, match="PG_VERSION"):
        restore(kept, target, server.url, folder / "none", verify=True)
    version.write_text(version.read_text("ascii")[1:], "ascii")

    for piece in log_of(kept).iterdir():
        piece.unlink()
    with pytest.raises(CommonwattError, match="recovery ended before"):
        restore(kept, target, server.url, folder / "none", verify=True)
    shutil.rmtree(target)
    manifest.unlink()
    with pytest.raises(SetupError, match="no finished backup"):
        restore(kept, target, server.url, folder / "none", verify=True)


def test_nothing_is_overwritten(server: PostgresServer, folder: Path) -> None:
    back_up(server.url, folder / "backup")
    with pytest.raises(SetupError, match="there already"):
        back_up(server.url, folder / "backup")
    (folder / "restored").mkdir()
    with pytest.raises(SetupError, match="there already"):
        restore(folder / "backup", folder / "restored", server.url, folder / "none", verify=False)
