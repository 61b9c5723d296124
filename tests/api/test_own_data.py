"""What a household does with its own data through the API, and what nobody else may do."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest

from api import own_data
from api.own_data import live_events
from api.schemas import NowOut
from commonwatt.errors import AccessError
from tests.api.conftest import NOW_UTC
from tests.simulated import START_S

if TYPE_CHECKING:
    from tests.api.conftest import Doors

OWN = "/api/v1/household"
STRANGERS = ("maker", "landlord", "operator", None)


def ask(
    doors: Doors, method: str, path: str, audience: str | None = "household", **more: Any
) -> Any:
    return doors.client.request(method, path, headers=doors.headers(audience), **more)


def walk(doors: Doors, path: str, limit: int) -> list[dict[str, Any]]:
    """Every page of a list, by the cursor each page gives."""
    items: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        page = ask(doors, "GET", path, params=query).json()
        items += page["items"]
        if page["next"] is None:
            return items
        query = {"limit": limit, "after": page["next"]}


@pytest.mark.parametrize(("path", "key"), [("half-hours", "start_utc"), ("readings", "end_utc")])
def test_pages_join_without_a_hole_or_a_double(doors: Doors, path: str, key: str) -> None:
    items = walk(doors, f"{OWN}/{path}", 777)
    assert len(items) == {"half-hours": 11 * 48 + 20, "readings": (11 * 24 + 10) * 60}[path]
    instants = [item[key] for item in items]
    assert instants == sorted(set(instants))


def test_a_cursor_of_ones_own_making_is_explained(doors: Doors) -> None:
    answer = ask(doors, "GET", f"{OWN}/readings", params={"after": "tomorrow"})
    assert answer.status_code == 422
    assert "next" in answer.text


def test_the_takeout_is_an_archive(doors: Doors) -> None:
    archive = ZipFile(io.BytesIO(ask(doors, "GET", f"{OWN}/takeout").content))
    assert archive.testzip() is None
    assert archive.read("readings.csv").count(b"\n") == (11 * 24 + 10) * 60 + 1


def test_a_consent_is_taken_back_at_once(doors: Doors) -> None:
    assert ask(doors, "DELETE", f"{OWN}/consents/building_figures").status_code == 204
    (consent,) = ask(doors, "GET", f"{OWN}/consents").json()
    assert consent["withdrawn_utc"].startswith(NOW_UTC.isoformat()[:19])


def test_a_guest_reads_energy_alone_and_only_while_welcome(doors: Doors) -> None:
    """Links end by the database's clock, so that the application's has to be the real one here."""
    doors.client.app.state.clock = lambda: datetime.now(UTC)  # type: ignore[attr-defined] # a FastAPI
    token = ask(doors, "POST", f"{OWN}/read-pass").json()["path"].removeprefix("/l/")
    doors.tokens["guest"] = token
    assert ask(doors, "GET", f"{OWN}/report", "guest").status_code == 200
    for path in ("takeout", "consents", "who-looked", "index-checks"):
        assert ask(doors, "GET", f"{OWN}/{path}", "guest").status_code == 404
    assert ask(doors, "DELETE", f"{OWN}/read-pass").status_code == 204
    assert ask(doors, "GET", f"{OWN}/report", "guest").status_code == 404


def test_strangers_change_nothing(doors: Doors) -> None:
    index = {"at_utc": NOW_UTC.isoformat(), "index_kwh": 5}
    for audience in STRANGERS:
        assert ask(doors, "DELETE", f"{OWN}/consents/coach", audience).status_code == 404
        assert ask(doors, "POST", f"{OWN}/read-pass", audience).status_code == 404
        assert ask(doors, "DELETE", f"{OWN}/read-pass", audience).status_code == 404
        assert ask(doors, "POST", f"{OWN}/indices", audience, json=index).status_code == 404
        assert ask(doors, "GET", f"{OWN}/live", audience).status_code == 404


def test_typed_indices_are_compared(doors: Doors) -> None:
    for day, index_kwh in ((9, 100.0), (10, 101.44)):
        index = {"at_utc": f"2026-03-{day:02d}T00:00:00Z", "index_kwh": index_kwh}
        assert ask(doors, "POST", f"{OWN}/indices", json=index).status_code == 204
    (check,) = ask(doors, "GET", f"{OWN}/index-checks").json()
    assert check["difference"] == pytest.approx(0, abs=1e-3)


def test_a_stream_beats_and_ends_with_the_way_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_data, "LONGEST_S", 60.0)
    told = iter([5.0, 5.0, 6.0])

    def look() -> NowOut:
        power_w = next(told, None)
        if power_w is None:
            raise AccessError
        return NowOut(power_w=power_w, at_utc=None)

    kinds = [event.split(":")[0] for event in live_events(look, pause_s=0)]
    assert kinds == ["retry", "data", "", "data", "event"]


def test_a_display_of_2014_reads_again(doors: Doors) -> None:
    """A watt-hour a minute: 60 W, asked for by token in a header and by token in a form."""
    start_s, end_s = START_S + 86_400, START_S + 86_400 + 3600
    by_step = f"/api/1/get/watts/by_time/{start_s}/{end_s}/600"
    in_all = f"/api/1/get/kwatthours/by_time/{start_s}/{end_s}"
    form = {"login": "citizen", "password": doors.tokens["household"]}
    for answer in (ask(doors, "GET", by_step), doors.client.post(by_step, data=form)):
        assert [item["value"] for item in answer.json()["data"]] == pytest.approx([60.0] * 6)
    assert ask(doors, "GET", in_all).json()["data"]["value"] == pytest.approx(0.06)
    last = ask(doors, "GET", "/api/1/get/watts/by_id/-1").json()["data"]
    assert (last["value"], last["timestamp"]) == (1234, int(NOW_UTC.timestamp()))
    assert doors.client.post("/api/sensors/1", data=form).json()["data"]["name"] == "CitizenWatt"
    assert ask(doors, "GET", by_step, "neighbour").json()["data"] == [None] * 6


@pytest.mark.parametrize("audience", STRANGERS)
def test_a_display_of_a_stranger_reads_nothing(doors: Doors, audience: str | None) -> None:
    assert ask(doors, "GET", "/api/1/get/watts/by_id/-1", audience).status_code == 404
    assert ask(doors, "GET", "/api/1/get/watts/by_time/0/60/10", audience).status_code == 404
    wrong = {"password": "guessed"}
    assert doors.client.post("/api/1/get/watts/by_id/-1", data=wrong).status_code == 404


def test_too_much_at_once_is_explained(doors: Doors) -> None:
    answer = ask(doors, "GET", f"/api/1/get/watts/by_time/{START_S}/{START_S + 86_400}/1")
    assert answer.status_code == 422
    assert "5000 steps" in answer.text


@pytest.mark.parametrize(
    "around", ["0.0/-35107709194137.72", "nan/1", "0/inf", "0/1e300", "9/9", "9/8"]
)
@pytest.mark.parametrize("step", ["", "/0", "/1", f"/{10**40}"])
def test_a_display_that_asks_nonsense_is_told_so(doors: Doors, around: str, step: str) -> None:
    answer = ask(doors, "GET", f"/api/1/get/watts/by_time/{around}{step}")
    assert answer.status_code == 422
