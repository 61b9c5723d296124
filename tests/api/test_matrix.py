"""Every route beside every viewer, with real objects: access_matrix.json has one row a route."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from api.sessions import COOKIE
from tests.api.conftest import PASSWORD
from tests.api.routes import Route, list_routes

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
    "guest": "guest",
    "facilitator": "facilitator",
    "kit_maker": "kit_maker",
}
FORMS = {
    "POST /home/data/consents": {"purpose": "open_data", "agree": "true"},
    "POST /home/data/index": {"at_local": "2026-03-09T08:00", "index_kwh": "12"},
    "POST /home/data/erase": {"confirmation": "OK"},
    "POST /home/data/pin": {"pin": ""},
    "POST /home/money/budget": {"month_eur": "60"},
    "POST /home/advice/alert": {"kind": "day", "above": "9"},
    "POST /home/compare": {
        "heating": "gas",
        "hot_water": "gas",
        "surface_m2": "50",
        "people": "2",
        "agree": "true",
    },
    "POST /home/data/contract": {
        "valid_from": "2026-01-01",
        "option": "off_peak",
        "subscribed_kva": "6",
        "off_peak": "22:30-6:30",
    },
    "POST /home/data/leave": {"at_local": "2026-03-12T10:00"},
    "POST /building/{building_id}/open": {"open": "true"},
    "POST /claim": {"code": "no code at all", "agree": "own_view"},
    "POST /enter": {"letters": "aaaa-bbbb-cccc-dddd"},
    "POST /login": {"login": "nobody", "password": PASSWORD},
    "POST /workshop/kits/{serial}/stage": {"stage": "retired"},
    "POST /workshop/kits/{serial}/badges": {"kind": "assembles", "passphrase": "not this one"},
}
"""What is sent to a form, so that it is refused for who sends it and for nothing else."""
DAY = {"from": "2026-03-11T00:00:00+01:00", "to": "2026-03-12T00:00:00+01:00"}
MINE = {
    "household_a": ("A01", "1234"),
    "landlord_1": ("Tilleuls",),
    "maker": ("cw-7k3f9qx",),
}
"""What only this viewer's answers may hold: its dwelling, its power, its building, its meter."""


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


def ask(doors: Doors, viewer: str, row: str) -> Any:
    """Send what the route needs, so that only who asks can be at fault."""
    route = Route(*row.split(" "))
    told: dict[str, Any] = {"data": FORMS.get(row)}
    if row == "POST /api/v1/household/indices":
        told = {"json": {"at_utc": "2026-03-10T08:00:00Z", "index_kwh": 13}}
    elif row.startswith("POST /api/"):
        told = {"data": {"password": doors.tokens.get(VIEWERS[viewer] or "", "none")}}
    headers = headers_of(doors, viewer)
    path = route.filled(**doors.values)
    return doors.client.request(route.method, path, params=DAY, headers=headers, **told)


def rows() -> list[str]:
    """All rows; what ends a household comes last."""
    return sorted(MATRIX, key=lambda row: (row.endswith("/erase"), row.endswith("/leave"), row))


@pytest.mark.parametrize("viewer", VIEWERS)
def test_each_door_opens_to_its_own(full_doors: Doors, viewer: str, tmp_path: Path) -> None:
    full_doors.app.state.erasure_list = tmp_path / "erasures.jsonl"
    for row in rows():
        allowed = MATRIX[row]
        answer = ask(full_doors, viewer, row)
        opened = answer.status_code in {200, 201, 204, 303}
        assert opened is (viewer in allowed), f"{viewer} at {row}: {answer.status_code}"
        refused = {422} if row in {"POST /login", "POST /claim"} else {404}
        assert opened or answer.status_code in refused, f"{viewer} at {row}: {answer.status_code}"


@pytest.mark.parametrize("owner", MINE)
def test_no_answer_to_another_tells_what_is_mine(full_doors: Doors, owner: str) -> None:
    others = {
        "household_a": set(VIEWERS) - {"guest"},
        "maker": VIEWERS,
        "landlord_1": ("landlord_2", "staff_2", "anonymous"),
    }
    telling = {"operator"}
    for viewer in set(others[owner]) - {owner} - telling:
        headers = headers_of(full_doors, viewer)
        for row in (row for row in MATRIX if row.startswith("GET ") and "plotly" not in row):
            path = Route(*row.split(" ")).filled(**full_doors.values)
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
