"""A household's euros, saving and always-on load: the page and the API tell the same numbers."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from commonwatt.access import Audience
from commonwatt.core.tariff import Contract, Option
from commonwatt.storage import consents
from commonwatt.storage.consents import Purpose
from commonwatt.storage.contracts import enter_contract
from commonwatt.storage.links import make_link
from commonwatt.storage.pool import connect
from dashboards.words import Words
from tests.reports.two_years import CHANGE, END_UTC, FIRST, START_UTC, know_weather, live

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW_UTC = END_UTC - timedelta(days=9, hours=5)
API = "/api/v1/household"
ENGLISH = Words("en")
HERE = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def home(database: str) -> Iterator[TestClient]:
    """A household of two years, with weather and a contract, that is logged in; and its coach."""
    with connect(database) as connection:
        lived = live(connection)
        know_weather(connection, lived)
        occupancy_id = lived.viewer.occupancy_id
        agreed = Contract(date(2023, 1, 1), Option.BASE, 6)
        enter_contract(connection, occupancy_id, agreed, START_UTC)
        consents.give_consent(connection, occupancy_id, START_UTC, Purpose.COACH)
        token = make_link(connection, Audience.HOUSEHOLD, occupancy_id, START_UTC)
        coach = make_link(
            connection, Audience.GUEST, occupancy_id, START_UTC, NOW_UTC.replace(year=2100)
        )
    app = create_app(database)
    app.state.clock = lambda: NOW_UTC
    app.state.coach = {"authorization": f"Bearer {coach}"}
    headers = {"authorization": f"Bearer {token}", "accept-language": "en"}
    with TestClient(app, headers=headers, follow_redirects=False) as client:
        yield client


def api(home: TestClient, path: str, **params: str) -> Any:
    answer = home.get(f"{API}/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def page(home: TestClient, path: str) -> str:
    answer = home.get(path)
    assert answer.status_code == 200, answer.text
    text = unescape(re.sub(r"</?(strong|span)[^>]*>", "", answer.text))
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def test_the_month_in_euros(home: TestClient) -> None:
    home.post("/home/money/budget", data={"month_eur": "800,50"}, headers=HERE)
    told, text = api(home, "money"), page(home, "/home/money")
    assert f"has cost {ENGLISH.euros(told['cost']['total_eur'])} since" in text
    forecast = told["forecast"]
    for bound in ("expected", "low", "high"):
        assert ENGLISH.euros(forecast[bound], whole=True) in text
    assert forecast["low"] < forecast["expected"] < forecast["high"]
    assert told["budget"]["month_eur"] == 800.5
    assert f"{ENGLISH.euros(told['budget']['left_per_day_eur'])} a day left" in text
    assert told["cost"]["rates"][0]["rate"] == "base"


def test_a_period_costs_the_same_on_the_page_and_in_the_api(home: TestClient) -> None:
    bounds = {"from": "2024-11-01T00:00:00+01:00", "to": "2024-12-01T00:00:00+01:00"}
    told = api(home, "cost", **bounds)
    text = page(home, "/home?view=month&date=2024-11-15")
    assert f"It costs {ENGLISH.euros(told['energy_eur'])}, and" in text
    assert f"{ENGLISH.euros(told['total_eur'])} with the standing charge" in text


def test_the_saving(home: TestClient) -> None:
    told, text = api(home, "saving", since=str(CHANGE)), page(home, f"/home/saving?since={CHANGE}")
    assert told["verdict"] == "proven_drop"
    saving = told["saving"]
    assert f"{ENGLISH.share(saving['share'])} less than expected" in text
    assert f"{ENGLISH.number(saving['saved_kwh'])} kWh less" in text
    low, high = ENGLISH.number(saving["low_kwh"]), ENGLISH.number(saving["high_kwh"])
    assert f"between {low} and {high} kWh" in text
    assert f"about {ENGLISH.euros(told['worth']['saved_eur'], whole=True)} less to pay" in text
    assert told["co2e_kg"] > 0


def test_without_a_day_the_first_year_is_the_reference(home: TestClient) -> None:
    assert api(home, "saving")["change_day"] == str(FIRST + timedelta(days=366))
    assert 'name="since" value="2024-01-03"' in home.get("/home/saving").text


def test_what_is_always_on(home: TestClient) -> None:
    told, text = api(home, "always-on"), page(home, "/home/always-on")
    assert f"still uses {ENGLISH.number(told['load']['power_w'])} watts" in text
    assert f"about {ENGLISH.euros(told['year_eur'], whole=True)}." in text
    assert f"That is {ENGLISH.share(told['share'])} of all" in text


def test_other_contracts_lack_prices_of_2024(home: TestClient) -> None:
    told, text = api(home, "offers"), page(home, "/home/money/contracts")
    assert (told["own"], [each["priced"] for each in told["offers"]]) == ("base", [None, None])
    assert "Other contracts cannot be priced" in text


def test_a_budget_is_set_changed_and_ended(home: TestClient) -> None:
    for told, kept in (("60", 60.0), ("45.5", 45.5), ("", None)):
        answer = home.post("/home/money/budget", data={"month_eur": told}, headers=HERE)
        assert answer.status_code == 303
        budget = api(home, "money")["budget"]
        assert (budget and budget["month_eur"]) == kept


@pytest.mark.parametrize("told", ["much", "0", "-3", "1e9", "nan", "inf"])
def test_an_absurd_budget_changes_nothing(home: TestClient, told: str) -> None:
    home.post("/home/money/budget", data={"month_eur": "60"}, headers=HERE)
    refused = home.post("/home/money/budget", data={"month_eur": told}, headers=HERE)
    assert refused.status_code == 422
    assert api(home, "money")["budget"]["month_eur"] == 60


def test_a_coach_looks_and_sets_nothing(home: TestClient) -> None:
    coach = home.app.state.coach  # type: ignore[attr-defined] # the app under test
    text = home.get("/home/money", headers=coach).text
    assert "/home/money/budget" not in text
    form = {"month_eur": "60"}
    refused = home.post("/home/money/budget", data=form, headers=coach | HERE)
    assert refused.status_code == 404
