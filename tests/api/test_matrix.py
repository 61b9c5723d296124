"""Every route beside every viewer, with real objects: access_matrix.json has one row a route."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.sessions import COOKIE
from commonwatt.access import Audience, Role
from commonwatt.storage import accounts
from commonwatt.storage.accounts import give_building
from commonwatt.storage.links import make_link
from commonwatt.storage.pool import connect
from commonwatt.storage.sessions import begin_account_session
from tests.api.conftest import NOW_UTC
from tests.api.routes import Route, list_routes
from tests.simulated import move_in

if TYPE_CHECKING:
    from tests.api.conftest import Doors

MATRIX: dict[str, list[str]] = json.loads(
    Path(__file__).with_name("access_matrix.json").read_text("utf-8")
)
VIEWERS = {
    "anonymous": None,
    "household_a": "household",
    "household_b": "neighbour",
    "maker": "maker",
    "landlord_1": "landlord",
    "landlord_2": "landlord_2",
    "staff_1": "staff_1",
    "staff_2": "staff_2",
    "operator": "operator",
}
PASSWORD = "correct horse battery"
DAY = {"from": "2026-03-11T00:00:00+01:00", "to": "2026-03-12T00:00:00+01:00"}
MINE = {
    "household_a": ("A01", "1234"),
    "landlord_1": ("Tilleuls",),
    "maker": ("cw-7k3f9qx",),
}
"""What only this viewer's answers may hold: its dwelling, its power, its building, its meter."""


@pytest.fixture
def full_doors(doors: Doors) -> Doors:
    """Doors with a second landlord, whose building has a home of its own."""
    with connect(doors.database) as connection:
        other = move_in(connection, "C07", building="Chênes", serial="cw-3333333")
        doors.tokens["landlord_2"] = make_link(
            connection, Audience.LANDLORD, other.building_id, NOW_UTC - timedelta(days=1)
        )
        for number, building_id in ((1, 1), (2, other.building_id)):
            name = f"landlord {number}"
            role = Role.LANDLORD_READER
            accounts.add_account(connection, f"staff{number}", PASSWORD, role, name, NOW_UTC)
            give_building(connection, building_id, accounts.put_landlord(connection, name))
            account = accounts.check_login(connection, f"staff{number}", PASSWORD)
            assert account is not None
            doors.tokens[f"staff_{number}"] = begin_account_session(
                connection, account.account_id, NOW_UTC
            )
    return doors


def headers_of(doors: Doors, viewer: str) -> dict[str, str]:
    """Staff come with a session's cookie, all others with their link's token."""
    told = {"sec-fetch-site": "same-origin"}
    if viewer.startswith("staff"):
        return told | {"cookie": f"{COOKIE}={doors.tokens[viewer]}"}
    return told | doors.headers(VIEWERS[viewer])


def test_every_route_has_its_row_and_every_row_its_route(doors: Doors) -> None:
    routes = {f"{route.method} {route.path}" for route in list_routes(doors.app)}
    assert routes == set(MATRIX)


def test_rows_name_known_viewers() -> None:
    assert {name for allowed in MATRIX.values() for name in allowed} == set(VIEWERS)


@pytest.mark.parametrize("viewer", VIEWERS)
def test_each_door_opens_to_its_own(full_doors: Doors, viewer: str) -> None:
    headers = headers_of(full_doors, viewer)
    for row, allowed in MATRIX.items():
        route = Route(*row.split(" "))
        path = route.filled(token="nobody-has-this")
        answer = full_doors.client.request(route.method, path, params=DAY, headers=headers)
        opened = answer.status_code in {200, 201, 204, 303}
        assert opened is (viewer in allowed), f"{viewer} at {row}: {answer.status_code}"
        refused = {404} if route.method == "GET" else {404, 422}
        assert opened or answer.status_code in refused, f"{viewer} at {row}: {answer.status_code}"


@pytest.mark.parametrize("owner", MINE)
def test_no_answer_to_another_tells_what_is_mine(full_doors: Doors, owner: str) -> None:
    others = {
        "household_a": VIEWERS,
        "maker": VIEWERS,
        "landlord_1": ("landlord_2", "staff_2", "anonymous"),
    }
    telling = {"operator"}
    for viewer in set(others[owner]) - {owner} - telling:
        headers = headers_of(full_doors, viewer)
        for row in (row for row in MATRIX if row.startswith("GET ") and "plotly" not in row):
            path = Route(*row.split(" ")).filled(token="nobody-has-this")
            text = full_doors.client.get(path, params=DAY, headers=headers).text
            found = [
                secret for secret in MINE[owner] if f">{secret}<" in text or f'"{secret}"' in text
            ]
            assert not found, f"{viewer} at {row}"


def test_the_owner_is_told(full_doors: Doors) -> None:
    told = {
        "household": ("/api/v1/household/report", "A01"),
        "landlord": ("/api/v1/building", "Tilleuls"),
        "landlord_2": ("/api/v1/building", "Chênes"),
        "maker": ("/api/v1/meter", "cw-7k3f9qx"),
    }
    for audience, (path, mine) in told.items():
        answer = full_doors.client.get(path, headers=full_doors.headers(audience))
        assert f'"{mine}"' in answer.text
