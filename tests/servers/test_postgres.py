"""Our PostgreSQL starts, survives what kills it, and refuses in words."""

from __future__ import annotations

import os
import shutil
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, LiteralString

import psycopg
import pytest

from commonwatt.errors import PortInUseError, ServerStartError
from commonwatt.servers.accounts import Account, find_closed_folder
from commonwatt.servers.postgres import PostgresServer, find_embedded, find_timescale

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parents[2]
FAST = {"fsync": "off"}
TIMESCALE = find_timescale(REPOSITORY)
PROGRAMS = [find_embedded(), *([TIMESCALE] if TIMESCALE else [])]
STRANGER = Account("stranger", uid=54321, gid=54321)


def run(server: PostgresServer, command: LiteralString) -> None:
    with psycopg.connect(server.url) as connection:
        connection.execute(command)


def ask(server: PostgresServer, question: LiteralString) -> str:
    with psycopg.connect(server.url) as connection:
        row = connection.execute(question).fetchone()
        assert row
        return str(row[0])


@pytest.fixture
def server(folder: Path) -> Iterator[PostgresServer]:
    with PostgresServer(folder / "postgres", options=FAST) as running:
        yield running


@pytest.mark.parametrize("programs", PROGRAMS, ids=lambda path: path.parent.name)
def test_programs_serve(folder: Path, programs: Path) -> None:
    with PostgresServer(folder / "postgres", programs, options=FAST) as server:
        assert ask(server, "SHOW server_version").split()[0] == server.version
        assert ask(server, "SHOW fsync") == "off"
        assert ask(server, "SHOW synchronous_commit") == "on"
        assert ask(server, "SHOW listen_addresses") == "127.0.0.1"
        assert ask(server, "SELECT upper('é')") == "É"
        offered = "SELECT count(*) FROM pg_available_extensions WHERE name = 'timescaledb'"
        assert server.has_timescale is (ask(server, offered) == "1")
        if server.has_timescale:
            run(server, "CREATE EXTENSION timescaledb")
            assert ask(server, "SHOW timescaledb.telemetry_level") == "off"


def test_wrong_password_is_refused(server: PostgresServer) -> None:
    url = server.url.replace("commonwatt:", "commonwatt:not")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)


def test_password_is_private(server: PostgresServer) -> None:
    kept = server.directory / "password"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.read_text() in server.url
    assert server.url_for("a b").endswith("/a%20b")
    assert not (server.directory / "password.initdb").exists()
    assert (server.directory / "data").stat().st_mode & 0o777 == 0o700


def test_data_outlive_a_stop(folder: Path) -> None:
    with PostgresServer(folder / "postgres", options=FAST) as first:
        run(first, "CREATE TABLE kept AS SELECT 7 AS n")
    assert not first.is_running()
    with PostgresServer(folder / "postgres", options=FAST) as second:
        assert ask(second, "SELECT n FROM kept") == "7"
        assert second.url != first.url


def test_restart_after_kill_keeps_what_was_committed(server: PostgresServer) -> None:
    url = server.url
    with psycopg.connect(url, autocommit=True) as busy:
        busy.execute("CREATE TABLE kept AS SELECT 7 AS n")
        server.kill()
        assert not server.is_running()
        server.start()
    assert server.url == url
    assert ask(server, "SELECT n FROM kept") == "7"


def test_a_lock_that_names_a_living_stranger_is_no_obstacle(server: PostgresServer) -> None:
    server.kill()
    lock = server.data / "postmaster.pid"
    _, *rest = lock.read_text().splitlines(keepends=True)
    lock.write_text("".join((f"{os.getpid()}\n", *rest)))
    server.start()
    assert ask(server, "SELECT 1") == "1"


def test_a_server_left_by_a_dead_parent_is_replaced(server: PostgresServer) -> None:
    orphan = server._child
    assert orphan
    server._forget_child()
    server.start()
    assert orphan.poll() == 0
    assert ask(server, "SELECT 1") == "1"


def test_two_do_not_share_a_folder(server: PostgresServer) -> None:
    with pytest.raises(ServerStartError, match=r"another running program .*set another folder"):
        PostgresServer(server.directory).start()
    assert ask(server, "SELECT 1") == "1"


def test_taken_port_is_named(server: PostgresServer, folder: Path) -> None:
    second = PostgresServer(folder / "second", port=server.port)
    with pytest.raises(PortInUseError, match=f"port {server.port} .*choose another port"):
        second.start()


def test_data_of_another_version_are_left_alone(server: PostgresServer) -> None:
    server.stop()
    (server.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServerStartError, match=r"made by PostgreSQL 9 .*set another folder"):
        server.start()


def test_a_bad_option_is_told_in_the_servers_words(folder: Path) -> None:
    server = PostgresServer(folder / "postgres", options={"no_such_setting": "1"})
    with pytest.raises(ServerStartError, match="no_such_setting"):
        server.start()
    assert not server.is_running()


def test_url_before_the_first_start_is_refused(folder: Path) -> None:
    with pytest.raises(ServerStartError, match="start the server first"):
        _ = PostgresServer(folder / "postgres").url


def test_closed_folders_are_found(folder: Path) -> None:
    closed = folder / "closed"
    (closed / "inside").mkdir(parents=True)
    assert find_closed_folder(closed / "inside", STRANGER) is None
    closed.chmod(0o700)
    assert find_closed_folder(closed / "inside", STRANGER) == closed


def test_root_is_told_to_set_another_folder_and_opens_none(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    server = PostgresServer(closed / "postgres", options=FAST)
    refused = pytest.raises(ServerStartError, match=f"cannot enter {closed}: set another folder")
    with refused if os.geteuid() == 0 else nullcontext():
        server.start()
    server.stop()
    assert closed.stat().st_mode & 0o777 == 0o700


def test_programs_in_a_closed_folder_still_run(folder: Path) -> None:
    closed = folder / "closed"
    package = find_embedded().parents[1]
    for part in package.parent.glob(f"{package.name}*"):
        if "-" not in part.name:
            shutil.copytree(part, closed / part.name, symlinks=True)
    closed.chmod(0o700)
    programs = closed / find_embedded().relative_to(package.parent)
    for _ in range(2):
        with PostgresServer(folder / "postgres", programs, options=FAST) as server:
            assert ask(server, "SELECT 1") == "1"
    assert closed.stat().st_mode & 0o777 == 0o700
