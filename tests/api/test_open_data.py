"""What everybody may read of a building: months told before, while its landlord lets them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from commonwatt.access import Audience, Landlord, Staff
from commonwatt.errors import AccessError
from commonwatt.releases import release_due
from commonwatt.storage.links import make_link
from commonwatt.storage.open_buildings import slug_of, switch_building
from commonwatt.storage.pool import borrow_as, open_pool
from dashboards.words import LANGUAGES, Words
from tests.reports.two_buildings import OVER_UTC, own_together, settle
from tests.simulated import START_UTC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonwatt.storage.pool import Connection

SAME_SITE = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def building_id(connection: Connection) -> int:
    """A building of which a year is told."""
    homes = settle(connection, "Allée des Érables", 12)
    own_together(connection, homes[0])
    release_due(connection, OVER_UTC)
    return homes[0].building_id


@pytest.fixture
def client(database: str, building_id: int) -> Iterator[TestClient]:
    app = create_app(database)
    with TestClient(app, follow_redirects=False) as found:
        app.state.clock = lambda: OVER_UTC
        yield found


def switch(client: TestClient, connection: Connection, building_id: int, told: str) -> Any:
    token = make_link(connection, Audience.LANDLORD, building_id, START_UTC)
    headers = SAME_SITE | {"authorization": f"Bearer {token}"}
    path = f"/building/{building_id}/open"
    return client.post(path, data={"open": told}, headers=headers).status_code


def test_a_building_is_read_by_all_while_it_is_open(
    client: TestClient, connection: Connection, building_id: int
) -> None:
    slug = slug_of("Allée des Érables", building_id)
    assert slug == f"allee-des-erables-{building_id}"
    paths = [
        f"/open/{slug}",
        f"/open/{slug}/months.csv",
        f"/open/{slug}/wall",
        f"/api/v1/open/{slug}",
    ]
    assert {client.get(path).status_code for path in paths} == {404}
    assert switch(client, connection, building_id, "true") == 303
    assert {client.get(path).status_code for path in paths} == {200}
    assert switch(client, connection, building_id, "false") == 303
    assert {client.get(path).status_code for path in paths} == {404}


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_wall_files_and_api_say_the_same(
    client: TestClient, connection: Connection, building_id: int, language: str
) -> None:
    switch(client, connection, building_id, "true")
    slug = slug_of("Allée des Érables", building_id)
    told = client.get(f"/api/v1/open/{slug}").json()
    assert len(told["months"]) == 12
    assert told["licences"] == ["etalab-2.0", "CC-BY-4.0"]
    table = client.get(f"/open/{slug}/months.csv").text.splitlines()
    assert len(table) == 13
    words = Words(language)
    page = client.get(f"/open/{slug}?lang={language}").text
    for month, line in zip(told["months"], table[1:], strict=True):
        assert line.startswith(f"{month['month']},{month['homes']},{month['kwh']:.6f},")
        assert words.number(month["kwh"]) in page
    latest = told["months"][-1]
    each = words.text("unit.energy", kwh=words.number(latest["kwh"] / latest["homes"]))
    for path in (f"/open/{slug}", f"/open/{slug}/wall"):
        assert each in client.get(f"{path}?lang={language}").text


def test_anybody_reads_open_months_and_no_home(
    database: str, connection: Connection, building_id: int
) -> None:
    switch_building(connection, Landlord(building_id), building_id, is_open=True, now_utc=OVER_UTC)
    with open_pool(database, size=1) as pool, borrow_as(pool, None) as web:
        assert web.execute("SELECT count(*) FROM released_months").fetchone() == (12,)
        for table in ("days", "occupancies", "buildings", "withheld_months", "building_savings"):
            query = f"SELECT count(*) FROM {table}"
            assert web.execute(query.encode()).fetchone() == (0,), table


@pytest.mark.parametrize("viewer", [None, Staff(1, may_change=False), Staff(2, may_change=True)])
def test_who_only_reads_may_not_publish(
    connection: Connection, building_id: int, viewer: Staff | None
) -> None:
    with pytest.raises(AccessError):
        switch_building(connection, viewer, building_id, is_open=True, now_utc=OVER_UTC)


def test_an_address_stays_from_one_time_to_the_next(
    connection: Connection, building_id: int
) -> None:
    staff = Staff(1, may_change=True)
    for is_open in (True, False, True):
        switch_building(connection, staff, building_id, is_open=is_open, now_utc=OVER_UTC)
    rows = connection.execute("SELECT slug, closed_utc FROM open_buildings").fetchall()
    assert rows == [(slug_of("Allée des Érables", building_id), None)]


def test_a_name_without_letters_has_an_address() -> None:
    assert slug_of("~~~", 3) == "building-3"
