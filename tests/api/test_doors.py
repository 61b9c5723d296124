"""Who may open which door, and what each door says to the others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from commonwatt.storage import meters, readings
from commonwatt.storage.links import revoke_link
from commonwatt.storage.pool import connect
from commonwatt.storage.readings import Refused
from tests.api.conftest import NOW_UTC

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.routing import APIRoute

    from tests.api.conftest import Doors

HOUSEHOLD = {"household", "neighbour"}
EVERYBODY = {"household", "neighbour", "maker", "landlord", "operator", None}
MATRIX: dict[str, set[str | None]] = {
    "/api/v1/household/now": {*HOUSEHOLD},
    "/api/v1/household/report": {*HOUSEHOLD},
    "/api/v1/household/energy": {*HOUSEHOLD},
    "/api/v1/household/half-hours": {*HOUSEHOLD},
    "/api/v1/household/readings": {*HOUSEHOLD},
    "/api/v1/household/takeout": {*HOUSEHOLD},
    "/api/v1/household/consents": {*HOUSEHOLD},
    "/api/v1/household/who-looked": {*HOUSEHOLD},
    "/api/v1/household/index-checks": {*HOUSEHOLD},
    "/api/time": {*HOUSEHOLD},
    "/api/types": {*HOUSEHOLD},
    "/api/sensors": {*HOUSEHOLD},
    "/api/v1/meter": {"maker"},
    "/api/v1/building": {"landlord"},
    "/api/v1/quarantine": {"operator"},
    "/home": {*HOUSEHOLD},
    "/home/data": {*HOUSEHOLD},
    "/home/explore": {*HOUSEHOLD},
    "/home/energy.csv": {*HOUSEHOLD},
    "/meter": {"maker"},
    "/building": {"landlord"},
    "/": EVERYBODY,
    "/enter": EVERYBODY,
    "/static/plotly.min.js": EVERYBODY,
}
"""Every route and who may open it; `/l/{token}` is the way in and has its own tests."""
TESTED_APART = {
    "/home/data/consents",
    "/home/data/pass",
    "/home/data/pass/end",
    "/home/data/index",
    "/home/data/erase",
    "/l/{token}",
    "/api/v1/openapi.json",
    "/api/v1/household/live",
    "/api/v1/household/consents/{purpose}",
    "/api/v1/household/indices",
    "/api/v1/household/read-pass",
    "/api/sensors/{sensor_id}",
    "/api/{sensor_id}/get/watts/by_id/-1",
    "/api/{sensor_id}/get/{unit}/by_time/{start_s}/{end_s}",
    "/api/{sensor_id}/get/{unit}/by_time/{start_s}/{end_s}/{step_s}",
}
DAY = {"from": "2026-03-11T00:00:00+01:00", "to": "2026-03-12T00:00:00+01:00"}


def routes_of(app: FastAPI) -> set[str]:
    """Every path the application answers, asked of the application itself."""
    paths: set[str] = set()
    waiting: list[Any] = list(app.routes)
    while waiting:
        route: APIRoute | Any = waiting.pop()
        inner = getattr(route, "original_router", None) or getattr(route, "router", None)
        waiting += list(getattr(inner, "routes", []))
        if hasattr(route, "endpoint"):
            paths.add(route.path)
    return paths


def test_no_route_is_missing_from_the_matrix(doors: Doors) -> None:
    paths = routes_of(doors.client.app)  # type: ignore[arg-type] # the app under test is a FastAPI
    assert paths - TESTED_APART == set(MATRIX)


@pytest.mark.parametrize("audience", sorted(EVERYBODY, key=str))
def test_each_door_opens_to_its_own(doors: Doors, audience: str | None) -> None:
    for path, allowed in MATRIX.items():
        answer = doors.client.get(path, params=DAY, headers=doors.headers(audience))
        expected = 200 if audience in allowed else 404
        assert answer.status_code == expected, f"{audience} at {path}: {answer.text[:200]}"


def test_another_household_sees_its_own_emptiness(doors: Doors) -> None:
    answer = doors.client.get(
        "/api/v1/household/energy", params=DAY, headers=doors.headers("neighbour")
    )
    assert answer.json()["total"]["kwh"] is None
    assert "1234" not in doors.client.get("/home", headers=doors.headers("neighbour")).text


def test_a_link_becomes_a_cookie_and_leads_home(doors: Doors) -> None:
    homes = {"household": "/home", "maker": "/meter", "landlord": "/building", "operator": "/"}
    for audience, home in homes.items():
        answer = doors.client.get(f"/l/{doors.tokens[audience]}")
        assert (answer.status_code, answer.headers["location"]) == (303, home)
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie


def test_a_link_that_was_revoked_opens_nothing(doors: Doors) -> None:
    token = doors.tokens["household"]
    with connect(doors.database) as connection:
        revoke_link(connection, token, NOW_UTC)
    assert doors.client.get(f"/l/{token}").status_code == 404
    assert doors.client.get("/home", headers=doors.headers("household")).status_code == 404


def test_only_the_hash_of_a_token_is_kept(doors: Doors) -> None:
    with connect(doors.database) as connection:
        kept = connection.execute("SELECT token_hash FROM access_links").fetchall()
    assert doors.tokens["household"].encode() not in b"".join(bytes(row[0]) for row in kept)


def test_page_and_api_say_the_same(doors: Doors) -> None:
    headers = doors.headers("household") | {"accept-language": "en"}
    page = doors.client.get("/home", headers=headers).text
    report = doors.client.get("/api/v1/household/report", headers=headers).json()
    shown = [float(number) for number in re.findall(r"<strong>([\d.]+)\xa0kWh</strong>", page)]
    told = [report[part]["total"]["kwh"] for part in ("today", "week", "month")]
    assert shown == pytest.approx(told, abs=0.05)
    assert report["today"]["total"]["kwh"] == pytest.approx(0.660)
    for bar in report["today"]["bars"][:22]:
        assert f"{bar['kwh']:.3f}" in page


def test_live_power(doors: Doors) -> None:
    now = doors.client.get("/api/v1/household/now", headers=doors.headers("household")).json()
    assert now["power_w"] == 1234
    nothing = doors.client.get("/api/v1/household/now", headers=doors.headers("neighbour")).json()
    assert nothing == {"power_w": None, "at_utc": None}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"from": "2026-03-11T00:00:00", "to": DAY["to"]}, "timezone"),
        ({"from": "yesterday", "to": DAY["to"]}, "datetime"),
        ({"from": DAY["to"], "to": DAY["from"]}, "not after its start"),
        (DAY | {"by": "week"}, "half_hour"),
        (DAY | {"from": "0001-01-01T00:00:00Z"}, "between the years"),
        (DAY | {"to": "9999-12-31T23:59:59Z"}, "between the years"),
        (DAY | {"from": "2020-01-01T00:00:00Z", "by": "half_hour"}, "at most 62 days"),
    ],
)
def test_a_period_that_cannot_be_read_is_explained(
    doors: Doors, query: dict[str, str], words: str
) -> None:
    answer = doors.client.get(
        "/api/v1/household/energy", params=query, headers=doors.headers("household")
    )
    assert answer.status_code == 422
    assert words in answer.text


def test_programs_get_problems_and_people_get_pages(doors: Doors) -> None:
    api = doors.client.get("/api/v1/meter")
    assert api.headers["content-type"] == "application/problem+json"
    assert api.json()["status"] == 404
    page = doors.client.get("/meter", headers={"accept-language": "fr"})
    assert "rien ici pour vous" in page.text


def test_every_answer_carries_its_guards(doors: Doors) -> None:
    for path in (*MATRIX, "/static/commonwatt.css", "/nothing/here"):
        answer = doors.client.get(path, params=DAY, headers=doors.headers("household"))
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], path
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        scripts = answer.headers["content-security-policy"].split("script-src")[1:]
        assert "unsafe-inline" not in "".join(scripts)


def test_a_database_that_is_away_is_said_so(doors: Doors) -> None:
    doors.client.app.state.pool.close()  # type: ignore[attr-defined] # the app under test
    answer = doors.client.get("/home", headers=doors.headers("household"))
    assert answer.status_code == 503


def test_the_operator_reads_what_was_refused(doors: Doors) -> None:
    with connect(doors.database) as connection:
        meter = meters.find_meter(connection, "cw-7k3f9qx")
        assert meter is not None
        hostile = "<script>alert(1)</script>"
        refusal = Refused(NOW_UTC.timestamp(), meter.meter_id, hostile, "future_time", hostile, b"")
        readings.put_aside(connection, [refusal])
    answer = doors.client.get("/api/v1/quarantine", headers=doors.headers("operator"))
    assert answer.json()[0]["code"] == "future_time"
    page = doors.client.get("/meter", headers=doors.headers("maker")).text
    assert hostile not in page
    assert "&lt;script&gt;" in page


def test_openapi_describes_the_api_and_no_page(doors: Doors) -> None:
    paths = set(doors.client.get("/api/v1/openapi.json").json()["paths"])
    known = set(MATRIX) | TESTED_APART - {"/api/v1/openapi.json"}
    assert paths == {path for path in known if path.startswith("/api/")}
