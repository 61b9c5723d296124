"""Reports carry a tag, and who has the same one already is sent nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from commonwatt import rollups
from commonwatt.storage.meters import find_meter
from commonwatt.storage.pool import connect
from tests.api.conftest import NOW_UTC
from tests.simulated import START_S, rows_of, write

if TYPE_CHECKING:
    from tests.api.conftest import Doors

DAY = {"from": "2026-03-11T00:00:00+01:00", "to": "2026-03-12T00:00:00+01:00"}
REPORTS = [
    ("/api/v1/household/report", "household"),
    ("/api/v1/household/energy", "household"),
    ("/api/v1/building", "landlord"),
]


@pytest.mark.parametrize(("path", "audience"), REPORTS)
def test_the_same_report_is_not_sent_twice(doors: Doors, path: str, audience: str) -> None:
    headers = doors.headers(audience)
    first = doors.client.get(path, params=DAY, headers=headers)
    assert first.headers["cache-control"] == "private, no-cache"
    for known in (first.headers["etag"], f'"other", W/{first.headers["etag"]}'):
        again = doors.client.get(path, params=DAY, headers=headers | {"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
    told = doors.client.get(path, params=DAY, headers=headers | {"if-none-match": '"other"'})
    assert (told.status_code, told.json()) == (200, first.json())


def test_a_building_is_the_same_at_another_time(doors: Doors) -> None:
    headers = doors.headers("landlord")
    first = doors.client.get("/api/v1/building", headers=headers)
    doors.app.state.clock = lambda: NOW_UTC + timedelta(minutes=5)
    again = doors.client.get("/api/v1/building", headers=headers)
    assert first.json()["now_utc"] != again.json()["now_utc"]
    assert first.headers["etag"] == again.headers["etag"]


def test_a_closed_day_stays_the_same_as_time_goes_by(doors: Doors) -> None:
    headers = doors.headers("household")
    first = doors.client.get("/api/v1/household/energy", params=DAY, headers=headers)
    doors.app.state.clock = lambda: NOW_UTC + timedelta(minutes=5)
    again = doors.client.get("/api/v1/household/energy", params=DAY, headers=headers)
    assert first.headers["etag"] == again.headers["etag"]


def test_a_late_reading_changes_the_tag(doors: Doors) -> None:
    headers = doors.headers("neighbour")
    first = doors.client.get("/api/v1/household/energy", params=DAY, headers=headers)
    with connect(doors.database) as connection:
        meter = find_meter(connection, "cw-2222222")
        assert meter is not None
        late_s = START_S + 10 * 86_400
        write(connection, rows_of(meter, [late_s, late_s + 3600], [5.0, 9.0]))
        rollups.settle(connection)
    known = headers | {"if-none-match": first.headers["etag"]}
    again = doors.client.get("/api/v1/household/energy", params=DAY, headers=known)
    assert again.status_code == 200
    assert again.headers["etag"] != first.headers["etag"]


def test_a_tag_opens_nothing_to_another(doors: Doors) -> None:
    first = doors.client.get(
        "/api/v1/household/report", headers=doors.headers("household")
    ).headers["etag"]
    stranger = doors.headers("maker") | {"if-none-match": first}
    assert doors.client.get("/api/v1/household/report", headers=stranger).status_code == 404
