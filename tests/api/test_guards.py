"""Changes from other sites are refused on every route, and every answer carries its headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from api.guards import SAFE_METHODS
from api.headers import HEADERS as PLAIN
from api.headers import POLICY
from commonwatt.storage.pool import connect
from dashboards.style import STYLE_HASH
from tests.api.routes import list_routes

if TYPE_CHECKING:
    from tests.api.conftest import Doors

ELSEWHERE: list[dict[str, str]] = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "origin": "http://testserver"},
    {"sec-fetch-site": "cross-site", "authorization": "Bearer whatever"},
    {"origin": "http://evil.example"},
    {"origin": "null"},
    {"origin": "http://testserver.evil.example"},
    {"origin": "http://testserver:8080"},
    {},
]
HEADERS = {**PLAIN, "content-security-policy": POLICY.format(style=STYLE_HASH)}
TAGGED = ("report", "money", "cost", "saving", "always-on")
OWN = {
    "/home/explore": "content-security-policy",
    "/static/plotly.min.js": "cache-control",
    "/static/commonwatt.css": "cache-control",
    **{f"/api/v1/household/{report}": "cache-control" for report in TAGGED},
}
"""The one header that a route sets for itself: plotly writes styles, and may be kept a day."""

HERE: list[dict[str, str]] = [
    {"sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "none"},
    {"origin": "http://testserver"},
    {"authorization": "Bearer whatever"},
]


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
def test_a_change_from_elsewhere_is_refused_on_every_route(
    doors: Doors, headers: dict[str, str]
) -> None:
    changes = [route for route in list_routes(doors.app) if route.method not in SAFE_METHODS]
    assert changes
    doors.client.get(f"/l/{doors.tokens['household']}")
    for route in changes:
        answer = doors.client.request(route.method, route.filled(), headers=headers)
        assert answer.status_code == 403, route
    with connect(doors.database) as connection:
        row = connection.execute("SELECT count(*) FROM sessions WHERE revoked_utc IS NOT NULL")
        assert row.fetchone() == (0,)


@pytest.mark.parametrize("headers", HERE, ids=str)
def test_a_change_from_here_passes(doors: Doors, headers: dict[str, str]) -> None:
    assert doors.client.post("/logout", headers=headers).status_code == 303


def test_reading_from_elsewhere_passes(doors: Doors) -> None:
    assert doors.client.get("/", headers={"sec-fetch-site": "cross-site"}).status_code == 200


def test_every_answer_carries_every_header(doors: Doors) -> None:
    paths = [route.filled() for route in list_routes(doors.app) if route.method == "GET"]
    more = ["/static/commonwatt.css", "/nothing", "/api/v1/nothing", "/home?date=never"]
    for path in paths + more:
        answer = doors.client.get(path, headers=doors.headers("household"))
        own = OWN.get(path, "")
        for name, value in HEADERS.items():
            assert name == own or answer.headers[name] == value, (path, name)
        assert "strict-transport-security" not in answer.headers
    refused = doors.client.post("/logout")
    assert refused.headers["content-security-policy"] == HEADERS["content-security-policy"]


def test_no_policy_lets_a_script_stand_in_a_page(doors: Doors) -> None:
    assert "unsafe" not in HEADERS["content-security-policy"]
    plotly = doors.client.get("/home/explore", headers=doors.headers("household"))
    policy = plotly.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    directives = {part.split()[0]: part for part in policy.split(";")}
    assert [name for name, part in directives.items() if "unsafe-inline" in part] == ["style-src"]


def test_https_alone_where_cookies_are_secure(doors: Doors) -> None:
    doors.app.state.secure_cookies = True
    for path in ("/", "/nothing", "/api/v1/nothing"):
        assert "max-age=" in doors.client.get(path).headers["strict-transport-security"]


@pytest.mark.parametrize("path", ["/", "/api/v1/meter"])
def test_what_breaks_is_told_without_its_reason(
    doors: Doors, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def break_down(*_: Any) -> None:
        raise RuntimeError("the secret is 42")

    for name in ("api.maker.load_meter", "dashboards.pages.public.render"):
        monkeypatch.setattr(name, break_down)
    client = TestClient(doors.app, raise_server_exceptions=False)
    answer = client.get(path, headers=doors.headers("maker"))
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["content-security-policy"] == HEADERS["content-security-policy"]
    assert answer.headers["content-type"].startswith(
        "application/problem+json" if path.startswith("/api/") else "text/html"
    )


def test_pages_shrink_and_styles_are_kept(doors: Doors) -> None:
    packed = {"accept-encoding": "gzip"} | doors.headers("household")
    page = doors.client.get("/home", headers=packed)
    assert page.headers["content-encoding"] == "gzip"
    assert page.headers["cache-control"] == "no-store"
    style = doors.client.get("/static/commonwatt.css")
    assert style.headers["cache-control"] == "public, max-age=3600"
    assert doors.client.get("/static/nothing.css").headers["cache-control"] == "no-store"


def test_a_stream_is_not_held_back_to_be_packed(doors: Doors) -> None:
    packed = {"accept-encoding": "gzip"} | doors.headers("household")
    with doors.client.stream("GET", "/api/v1/household/live", headers=packed) as answer:
        assert "content-encoding" not in answer.headers
