"""A building's savings: the page and the API say the same, and nothing of a home."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from commonwatt.access import Audience
from commonwatt.building_savings import refresh_savings
from commonwatt.storage.links import make_link
from dashboards.landlord_reports import tell_share
from dashboards.words import LANGUAGES, Words
from tests.reports.two_buildings import OVER_UTC, act_in_one
from tests.simulated import START_UTC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonwatt.storage.pool import Connection

FIGURES = ("share", "low", "high", "placebo_low", "placebo_high", "detectable")


@pytest.fixture
def landlord(
    database: str, connection: Connection, request: pytest.FixtureRequest
) -> Iterator[TestClient]:
    """Who looks at a building that saved as much as the test says, with its link's token."""
    viewer, *_ = act_in_one(connection, saving=request.param)
    refresh_savings(connection, OVER_UTC)
    token = make_link(connection, Audience.LANDLORD, viewer.building_id, START_UTC)
    app = create_app(database)
    with TestClient(app) as client:
        app.state.clock = lambda: OVER_UTC
        client.headers["authorization"] = f"Bearer {token}"
        yield client


def find_building(client: TestClient) -> int:
    [choice] = client.get("/api/v1/buildings").json()
    return int(choice["building_id"])


@pytest.mark.parametrize("landlord", [0.12, 0.0, -0.12], indirect=True)
@pytest.mark.parametrize("language", LANGUAGES)
def test_page_and_api_say_the_same(landlord: TestClient, language: str) -> None:
    place = find_building(landlord)
    [told] = landlord.get(f"/api/v1/landlord/buildings/{place}/savings").json()["actions"]
    page = landlord.get(f"/building/{place}/savings?lang={language}")
    assert page.status_code == 200
    words, figures = Words(language), told["figures"]
    for name in FIGURES:
        assert tell_share(figures[name], words) in page.text, name
    for name in ("expected_kwh", "homes", "waiting_homes"):
        assert words.number(figures[name]) in page.text, name
    assert words.share(figures["coverage"]) in page.text
    for name in ("start_day", "end_day"):
        assert words.full_date(date.fromisoformat(told[name])) in page.text
    assert f'data-verdict="{told["verdict"]}"' in page.text
    assert "A01" not in page.text
