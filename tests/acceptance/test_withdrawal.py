"""A consent that is taken back holds within a minute: on pages, in the API, in exports, in running streams."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from commonwatt.access import Audience, HouseholdMember
from commonwatt.demo.registration import register_home
from commonwatt.storage import buildings, consents, listing
from commonwatt.storage.consents import Purpose
from commonwatt.storage.links import make_link
from commonwatt.storage.pool import connect
from tests.acceptance.conftest import await_true
from tests.acceptance.people import Browser, Kit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonwatt.demo.registration import RegisteredHome
    from tests.acceptance.conftest import Service

FIGURES = ("/home", "/home/explore", "/home/energy.csv", "/api/v1/household/report")


@pytest.fixture
def home(service: Service) -> RegisteredHome:
    now_utc = datetime.now(UTC)
    with connect(service.postgres.url) as connection:
        building = buildings.find_building(connection, "Ormes")
        if building is None:
            building = buildings.add_building(connection, "Ormes")
        label = f"A{now_utc.microsecond:06}"
        serial = f"cw-{now_utc.microsecond % 10_000_000:07}"
        home = register_home(
            connection,
            building,
            stairwell="A",
            label=label,
            serial=serial,
            start_utc=now_utc - timedelta(hours=2),
        )
        consents.give_consent(connection, home.occupancy_id, now_utc, Purpose.OWN_VIEW)
        return home


@pytest.fixture
def family(service: Service, home: RegisteredHome) -> Iterator[Browser]:
    with connect(service.postgres.url) as connection:
        token = make_link(connection, Audience.HOUSEHOLD, home.occupancy_id, datetime.now(UTC))
    with Browser(service) as phone:
        phone.open(f"/l/{token}")
        yield phone


class Stream(threading.Thread):
    """Listens to the live power until the service ends it."""

    def __init__(self, phone: Browser) -> None:
        super().__init__(daemon=True)
        self.phone = phone
        self.lines: list[str] = []

    def run(self) -> None:
        with self.phone.stream("GET", "/api/v1/household/live") as answer:
            for line in answer.iter_lines():
                self.lines.append(line)

    @property
    def has_begun(self) -> bool:
        return any(line.startswith("data:") for line in self.lines)


def test_a_coach_sees_no_more(service: Service, home: RegisteredHome, family: Browser) -> None:
    with connect(service.postgres.url) as connection:
        member = HouseholdMember(home.occupancy_id)
        token = listing.lend_pass(connection, member, datetime.now(UTC))
    with Browser(service) as coach:
        coach.open(f"/l/{token}")
        stream = Stream(coach)
        stream.start()
        await_true(lambda: stream.has_begun)
        family.submit("/home/data/consents", purpose="coach", agree="false")
        for path in FIGURES:
            assert coach.get(path).status_code == 404, path
        stream.join(60)
        assert not stream.is_alive()
        assert "event: end" in stream.lines


def test_who_pauses_is_left_alone(service: Service, home: RegisteredHome, family: Browser) -> None:
    """Page, API, export and stream at once; what the meter says within a minute, and never later."""
    with Kit(service, home.meter.serial, home.secret) as kit:
        kit.measure(100, ago_s=120)
        await_true(lambda: stored(service, home) == 1)
        stream = Stream(family)
        stream.start()
        await_true(lambda: stream.has_begun)
        family.submit("/home/data/consents", purpose="own_view", agree="false")
        assert family.get("/home").url.path == "/home/data"
        for path in FIGURES[1:]:
            assert family.get(path).status_code == 404, path
        assert "Everything is paused" in family.open("/home/data")
        assert family.get("/api/v1/household/takeout").status_code == 200, "it stays theirs"
        stream.join(60)
        assert "event: end" in stream.lines
        time.sleep(6)
        kit.measure(200, ago_s=60)
        kit.tell_power(777)
        time.sleep(3)
        assert stored(service, home) == 1
        family.submit("/home/data/consents", purpose="own_view", agree="true")
        assert "777" not in family.open("/home")


def stored(service: Service, home: RegisteredHome) -> int:
    with connect(service.postgres.url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM readings WHERE meter_id = %s", (home.meter.meter_id,)
        ).fetchone()
    return int(row[0]) if row else 0
