"""The rate of the moment, the tip, the alerts and homes alike: the page and the API tell the same."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from commonwatt.storage import consents, similar_homes
from commonwatt.storage.alerts import Alert, AlertKind, raise_alert
from commonwatt.storage.consents import Purpose
from commonwatt.storage.pool import connect
from commonwatt.storage.similar_homes import SimilarPlace
from tests.api.test_money_doors import ENGLISH, HERE, NOW_UTC, api, home, page

if TYPE_CHECKING:
    from starlette.testclient import TestClient

__all__ = ["home"]
YESTERDAY = (NOW_UTC - timedelta(days=1)).date()
FLAT = {"heating": "electricity", "hot_water": "gas", "surface_m2": "52.5", "people": "2"}


def occupancy_of(home: TestClient) -> int:
    with connect(home.app.state.pool.conninfo) as connection:  # type: ignore[attr-defined] # the app under test
        row = connection.execute("SELECT min(occupancy_id) FROM occupancies").fetchone()
    assert row is not None
    return int(row[0])


def test_the_rate_of_the_moment(home: TestClient) -> None:
    told, text = api(home, "rate"), page(home, "/home")
    cents = ENGLISH.number(told["price_eur_per_kwh"] * 100, 1)
    assert f"Any time : {cents} cents per kWh." in text.replace("time:", "time :")
    assert (told["rate"], told["until_utc"], told["subscribed_kva"]) == ("base", None, 6)


def test_the_tip(home: TestClient) -> None:
    told, text = api(home, "advice"), page(home, "/home/advice")
    assert told["hint"] == "meter"
    assert ENGLISH.text("hint.meter") in text


@pytest.mark.parametrize(("kind", "above"), [("day", "9,5"), ("always_on", "150"), ("month", "60")])
def test_an_alert_is_chosen_and_ended(home: TestClient, kind: str, above: str) -> None:
    for told, kept in ((above, {kind: float(above.replace(",", "."))}), ("", {})):
        data = {"kind": kind, "above": told}
        answer = home.post("/home/advice/alert", data=data, headers=HERE)
        assert answer.status_code == 303
        assert api(home, "advice")["choices"] == kept


@pytest.mark.parametrize("above", ["much", "0", "-3", "1e9", "nan"])
def test_an_absurd_alert_changes_nothing(home: TestClient, above: str) -> None:
    home.post("/home/advice/alert", data={"kind": "day", "above": "9"}, headers=HERE)
    refused = home.post("/home/advice/alert", data={"kind": "day", "above": above}, headers=HERE)
    assert refused.status_code == 422
    assert api(home, "advice")["choices"] == {"day": 9}


def test_an_alert_is_read_and_put_away(home: TestClient) -> None:
    with connect(home.app.state.pool.conninfo) as connection:  # type: ignore[attr-defined] # the app under test
        found = Alert(AlertKind.DAY, YESTERDAY, 14.26, 9.5, NOW_UTC)
        raise_alert(connection, occupancy_of(home), found)
    assert "14.3 kWh used. You wanted to be told above 9.5 kWh." in page(home, "/home")
    assert home.post("/home/advice/seen", headers=HERE).status_code == 303
    assert "14.3 kWh" not in page(home, "/home")
    (told,) = api(home, "advice")["alerts"]
    assert (told["found"], told["seen_utc"] is not None) == (14.26, True)
    assert "14.3 kWh used" in page(home, "/home/advice")


def test_a_home_is_described_and_stands_among_others(home: TestClient) -> None:
    assert "Describe your home" in page(home, "/home/compare")
    assert (
        home.post("/home/compare", data=FLAT | {"agree": "true"}, headers=HERE).status_code == 303
    )
    told = api(home, "similar-homes")
    assert (told["agrees"], told["place"], told["profile"]["surface_m2"]) == (True, None, 52.5)
    with connect(home.app.state.pool.conninfo) as connection, connection.transaction():  # type: ignore[attr-defined] # the app under test
        month = YESTERDAY.replace(day=1)
        similar_homes.close_month(connection, month, NOW_UTC)
        place = SimilarPlace(month, 210.0, 230.5, 160.0, 36.0, 14)
        similar_homes.keep_place(connection, occupancy_of(home), place)
    told, text = api(home, "similar-homes")["place"], page(home, "/home/compare")
    assert f"the one in the middle used {ENGLISH.energy(told['median_kwh'])} kWh" in text
    assert f"you used {ENGLISH.energy(told['own_kwh'])} kWh" in text
    assert f"about {told['percentile']:.0f} use less than you" in text


def test_without_the_tick_the_consent_is_taken_back(home: TestClient) -> None:
    home.post("/home/compare", data=FLAT | {"agree": "true"}, headers=HERE)
    home.post("/home/compare", data=FLAT, headers=HERE)
    assert api(home, "similar-homes")["agrees"] is False
    with connect(home.app.state.pool.conninfo) as connection:  # type: ignore[attr-defined] # the app under test
        granted = consents.granularity_of(connection, occupancy_of(home), Purpose.SIMILAR_HOMES)
    assert granted is None


def test_a_coach_sees_the_tip_and_changes_nothing(home: TestClient) -> None:
    coach = home.app.state.coach  # type: ignore[attr-defined] # the app under test
    assert "Your meter has said nothing" in home.get("/home/advice", headers=coach).text
    assert home.get("/home/compare", headers=coach).status_code == 200
    for path, data in (("advice/alert", {"kind": "day", "above": "9"}), ("compare", FLAT)):
        refused = home.post(f"/home/{path}", data=data, headers=coach | HERE)
        assert refused.status_code == 404
