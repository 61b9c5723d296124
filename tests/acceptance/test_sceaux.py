"""Half a year of a real house in Sceaux, replayed through the broker: case V1, twice."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from commonwatt.demo.studies import StudiedHome, import_file, replay_file
from commonwatt.errors import StorageError
from commonwatt.storage.pool import connect, database_errors
from commonwatt.storage.rollups import count_dirty
from tests.acceptance.conftest import Service, await_true
from tests.conftest import DATA

FILE = DATA / "uci-sceaux-2007h1-minute.zip"
MINUTES = 256_869
FILE_CLOCK = "+01:00"
MONTHS_KWH = (1150.197700, 941.481433, 981.036533, 586.357767, 733.481200, 594.713800)
KILLS = 20

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the real recordings are not here")


def replay(service: Service, building: str) -> StudiedHome:
    (home,) = replay_file(
        FILE,
        database_url=service.postgres.url,
        broker=service.address,
        building=building,
        p_max_w=12_000,
    )
    return home


def energy(service: Service, home: StudiedHome, start: str, end: str, **query: str) -> Any:
    answer = service.ask(
        home.token,
        "/api/v1/household/energy",
        **{"from": f"{start}T00:00:00{FILE_CLOCK}", "to": f"{end}T00:00:00{FILE_CLOCK}"},
        **query,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def check_case_v1(service: Service, home: StudiedHome) -> None:
    """Each minute once, the energy of V1 to the milliwatt-hour, and the hole named."""
    with connect(service.postgres.url) as connection:
        await_true(lambda: count_dirty(connection) == 0)
        counted = connection.execute(
            "SELECT count(*), count(DISTINCT r.end_utc) FROM readings r JOIN meters USING (meter_id)"
            " JOIN installations USING (meter_id) JOIN occupancies USING (dwelling_id)"
            " WHERE occupancy_id = %s",
            (home.occupancy_id,),
        ).fetchone()
    assert counted == (MINUTES, MINUTES)
    report = energy(service, home, "2007-01-01", "2007-07-01")
    assert report["total"]["kwh"] == pytest.approx(4987.268433, abs=2e-6)
    assert report["total"]["coverage"] == pytest.approx(MINUTES / 260_640, abs=1e-6)
    for month, expected in enumerate(MONTHS_KWH, start=1):
        one = energy(service, home, f"2007-{month:02}-01", f"2007-{month + 1:02}-01")
        assert one["total"]["kwh"] == pytest.approx(expected, abs=2e-6)
    longest = max(report["gaps"], key=lambda gap: gap["minutes"])
    assert longest["minutes"] == 3723
    start_utc = datetime.fromisoformat(longest["start_utc"])
    assert start_utc == datetime(2007, 4, 28, 0, 21, tzinfo=UTC) - timedelta(hours=1)
    assert longest["energy_known"] is False
    assert sum(gap["minutes"] for gap in report["gaps"]) == 260_640 - MINUTES


def test_replayed_twice_is_stored_once(service: Service) -> None:
    home = replay(service, "Replayed")
    check_case_v1(service, home)
    again = replay(service, "Replayed")
    assert again.occupancy_id == home.occupancy_id
    check_case_v1(service, again)


def test_imported_equals_replayed(service: Service) -> None:
    (home,) = import_file(
        FILE, database_url=service.postgres.url, building="Imported", p_max_w=12_000
    )
    check_case_v1(service, home)


def test_twenty_kills_lose_and_double_nothing(service: Service) -> None:
    """kill -9 of ingest, PostgreSQL and broker, 20 times, while the replay goes on."""
    before = count_readings(service)
    killed: list[str] = []

    def kill_now_and_then() -> None:
        for records, victim in plan_of_kills(random.Random(20_070_428)):
            await_true(partial(has_read, service, before + records), within_s=300)
            service.kill(victim)
            killed.append(victim)

    killer = threading.Thread(target=kill_now_and_then)
    killer.start()
    home = replay(service, "Killed")
    killer.join()
    assert len(killed) == KILLS, f"the replay ended after {len(killed)} kills"
    assert set(killed) == {"ingest", "postgres", "broker"}
    check_case_v1(service, home)


def plan_of_kills(chance: random.Random) -> list[tuple[int, str]]:
    """After how many records which program is killed: any moment but the very end."""
    moments = sorted(chance.randrange(1000, MINUTES - 10_000) for _ in range(KILLS))
    victims = ["ingest", "postgres", "broker"] * 7
    chance.shuffle(victims)
    return list(zip(moments, victims, strict=False))


def has_read(service: Service, records: int) -> bool:
    return count_readings(service) >= records


def count_readings(service: Service) -> int:
    """How many readings there are; fewer than none while the database is away."""
    try:
        with database_errors(), connect(service.postgres.url) as connection:
            row = connection.execute("SELECT count(*) FROM readings").fetchone()
    except StorageError:
        return -1
    return int(row[0]) if row else 0
