"""The doctor finds each thing that is wrong on real servers, and nothing where nothing is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import pytest

from commonwatt import erasure, rollups
from commonwatt.faults import disk
from commonwatt.operations import doctor
from commonwatt.operations.doctor import CODES, Surroundings, examine, is_grave, judge_server
from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.broker import Broker
from commonwatt.servers.ports import free_port
from commonwatt.storage import operations
from commonwatt.storage.operations import ServerFacts
from commonwatt.storage.pool import connect
from commonwatt.storage.removal import Erasure
from dashboards.words import EASY, LANGUAGES, Words
from ingest.keeper import CredentialKeeper
from tests.conftest import ROOT
from tests.operations.test_ingest_figures import await_true, serving
from tests.simulated import START_S, move_in, rows_of, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonwatt.storage.pool import Connection

NOW_UTC = datetime(2026, 3, 12, tzinfo=UTC)
SECRET = "secret"


@pytest.fixture
def folder() -> Iterator[Path]:
    made = make_open_folder("commonwatt-doctor-")
    yield made
    shutil.rmtree(made)


@pytest.fixture
def healthy(database: str, connection: Connection, folder: Path) -> Iterator[Surroundings]:
    """A service of which nothing is wrong: a database, a broker, and files that fit both."""
    move_in(connection)
    CredentialKeeper(folder / "credentials", SECRET, lambda: None).keep(connection)
    with Broker(folder / "broker", folder / "credentials") as broker:
        yield Surroundings(
            database,
            (broker.host, broker.port),
            "ingest",
            SECRET,
            folder / "erasures.jsonl",
            folder / "credentials",
        )


def codes(here: Surroundings) -> list[str]:
    found = examine(here)
    for finding in found:
        told = {Words(name).text(f"doctor.{finding.code}", **finding.facts) for name in LANGUAGES}
        assert len(told) == len(LANGUAGES) - len(EASY)
    assert {finding.code for finding in found} <= set(CODES)
    assert is_grave(found) is bool(found)
    return [finding.code for finding in found]


def test_a_healthy_service_has_no_findings(healthy: Surroundings) -> None:
    assert codes(healthy) == []


def test_a_database_that_is_away(healthy: Surroundings) -> None:
    nowhere = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    assert codes(replace(healthy, database_url=nowhere)) == ["database_away"]


def test_a_wrong_password_and_a_database_that_is_not_there(healthy: Surroundings) -> None:
    scheme, _, rest = healthy.database_url.partition("://")
    user, _, place = rest.partition("@")
    wrong = f"{scheme}://{user.split(':')[0]}:wrong@{place}"
    assert codes(replace(healthy, database_url=wrong)) == ["database_refuses"]
    absent = f"{healthy.database_url}_absent"
    assert codes(replace(healthy, database_url=absent)) == ["database_refuses"]


def test_an_old_schema(healthy: Surroundings, connection: Connection) -> None:
    connection.execute("DELETE FROM migrations WHERE version = 11")
    [finding] = examine(healthy)
    assert finding.code == "schema_not_current"
    assert "commonwatt migrate" in str(finding.facts["detail"])


def test_a_server_of_another_version(
    healthy: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "OLDEST_MAJOR", 99)
    assert codes(healthy) == ["server_too_old"]
    monkeypatch.setattr(doctor, "OLDEST_MAJOR", 9)
    monkeypatch.setattr(doctor, "NEWEST_MAJOR", 10)
    [finding] = examine(healthy)
    assert finding.code == "server_untested"
    assert not is_grave([finding])


def test_a_clock_that_is_off(connection: Connection) -> None:
    facts = operations.server_facts(connection)
    now_utc = datetime.now(UTC)
    assert not list(judge_server(facts, now_utc))
    for off in (timedelta(seconds=35), timedelta(days=-400)):
        [finding] = judge_server(facts, now_utc + off)
        assert finding.code == "clock_off"
        seconds = float(str(finding.facts["seconds"]))
        assert seconds == pytest.approx(off.total_seconds(), abs=5)


def test_versions_that_suit() -> None:
    for version, code in (
        (140_012, ["server_too_old"]),
        (150_000, []),
        (190_000, ["server_untested"]),
    ):
        found = judge_server(ServerFacts(NOW_UTC, version, None), NOW_UTC)
        assert [finding.code for finding in found] == code


def test_a_disk_that_is_nearly_full(healthy: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the free space becomes too little, not a byte before; both disks are looked at."""
    usage = shutil.disk_usage(healthy.erasure_list.parent)
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", usage.total)
    monkeypatch.setattr(doctor, "LEAST_FREE", 1.0)
    assert set(codes(healthy)) == {"disk_nearly_full"}
    assert len(codes(healthy)) == 2


def test_a_small_disk_that_is_full(
    healthy: Surroundings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "SIZE", "8m")
    place = folder / "disk"
    place.mkdir()
    if os.geteuid():
        pytest.skip("a small disk needs root")
    with disk.small_disk(place):
        here = replace(healthy, erasure_list=place / "erasures.jsonl")
        assert codes(here) == []
        disk.fill(place)
        assert codes(here) == ["disk_nearly_full"]


def test_rollups_that_nobody_adds_up(healthy: Surroundings, connection: Connection) -> None:
    home = move_in(connection, "A02", serial="cw-2222222")
    CredentialKeeper(healthy.credentials_folder or Path(), SECRET, lambda: None).keep(connection)
    write(connection, rows_of(home.meter, START_S + 60 * np.arange(1, 3), np.arange(2.0)))
    assert codes(healthy) == ["rollups_stand"]
    rollups.settle(connection)
    assert codes(healthy) == []


def test_two_ingest_processes_of_one_name(healthy: Surroundings, folder: Path) -> None:
    with Broker(folder / "other", folder / "credentials") as other:
        here = Broker(folder / "broker", folder / "credentials", healthy.broker[1])
        with serving(healthy.database_url, here):
            await_true(lambda: codes(healthy) == [])
            with serving(healthy.database_url, other):
                await_true(lambda: codes(healthy) == ["doubled_ingest"])


def test_erased_households_that_came_back(healthy: Surroundings) -> None:
    erasure.append(healthy.erasure_list, Erasure(uuid4(), NOW_UTC))
    assert codes(healthy) == ["erasures_standing"]
    with connect(healthy.database_url) as connection:
        erasure.replay(connection, healthy.erasure_list)
    assert codes(healthy) == []


def test_a_list_that_cannot_be_written(healthy: Surroundings, folder: Path) -> None:
    for place in (folder, folder / "absent" / "erasures.jsonl"):
        assert codes(replace(healthy, erasure_list=place)) == ["erasure_list_closed"]


def test_a_broker_that_is_away(healthy: Surroundings) -> None:
    absent = ("127.0.0.1", free_port())
    assert codes(replace(healthy, broker=absent)) == ["broker_away"]


def test_a_wrong_password_at_the_broker(healthy: Surroundings) -> None:
    assert codes(replace(healthy, broker_password="other")) == ["broker_password_wrong"]


def test_files_of_the_broker_that_are_stale(healthy: Surroundings, connection: Connection) -> None:
    move_in(connection, "A03", serial="cw-3333333")
    assert codes(healthy) == ["credentials_stale"]


def test_files_of_the_broker_that_are_missing(healthy: Surroundings, folder: Path) -> None:
    assert codes(replace(healthy, credentials_folder=folder)) == ["credentials_missing"]


def run(command: str, here: Surroundings) -> subprocess.CompletedProcess[str]:
    told = {
        "COMMONWATT_DATABASE_URL": here.database_url,
        "COMMONWATT_BROKER_PORT": str(here.broker[1]),
        "COMMONWATT_ERASURE_LIST": str(here.erasure_list),
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.run(
        [sys.executable, "-m", "commonwatt", command],
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands_say_it(healthy: Surroundings) -> None:
    well = run("doctor", healthy)
    assert (well.returncode, well.stdout) == (0, "Nothing is wrong.\n")
    ill = run("doctor", replace(healthy, broker=("127.0.0.1", free_port())))
    assert ill.returncode == 1
    assert ill.stdout.startswith("fault broker_away: No broker answers")
    shown = run("status", healthy)
    assert shown.returncode == 0
    assert "Meters by the stage of their life." in shown.stdout
    assert json.dumps(healthy.database_url) not in shown.stdout
