"""The page of one's own data, with real rows behind it: every form does what it says."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from commonwatt.storage.consents import Purpose
from commonwatt.storage.links import make_letters
from commonwatt.storage.pool import connect
from dashboards.words import LANGUAGES, Words
from tests.api.conftest import NOW_UTC

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import Doors

PAGE = "/home/data"
HERE = {"sec-fetch-site": "same-origin"}
FORMS: dict[str, dict[str, str]] = {
    "/consents": {"purpose": "coach", "agree": "true"},
    "/pass": {},
    "/pass/end": {},
    "/index": {"at_local": "2026-03-09T08:00", "index_kwh": "12"},
    "/erase": {"confirmation": "OK"},
}


def post(doors: Doors, path: str, audience: str | None = "household", **form: str) -> Any:
    headers = doors.headers(audience) | HERE
    return doors.client.post(f"{PAGE}{path}", data=form, headers=headers)


def read(doors: Doors, audience: str = "household") -> str:
    headers = doors.headers(audience) | {"accept-language": "fr"}
    return str(doors.client.get(PAGE, headers=headers).text)


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("audience", ["maker", "landlord", "operator", None])
def test_nobody_else_sends_a_form(doors: Doors, path: str, audience: str | None) -> None:
    assert post(doors, path, audience, **FORMS[path]).status_code == 404


def test_one_click_gives_and_takes_back(doors: Doors) -> None:
    before = read(doors).count('value="false"')
    assert post(doors, "/consents", purpose="open_data", agree="true").status_code == 303
    assert read(doors).count('value="false"') == before + 1
    post(doors, "/consents", purpose="open_data", agree="false")
    assert read(doors).count('value="false"') == before


def test_nothing_is_agreed_to_beforehand(doors: Doors) -> None:
    page = read(doors, "neighbour")
    assert 'value="false"' not in page
    assert page.count('value="true"') == len(Purpose)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_ledger_keeps_the_hash_of_the_words_that_were_read(doors: Doors, language: str) -> None:
    post(doors, f"/consents?lang={language}", purpose="open_data", agree="true")
    with connect(doors.database) as connection:
        asked = "SELECT text_version, text_sha256 FROM consent_events WHERE purpose = 'open_data'"
        version, kept = connection.execute(asked).fetchone() or ("", b"")
    read_text = Words(language).text("consent.open_data")
    assert version == f"1-{language}"
    assert bytes(kept) == hashlib.sha256(read_text.encode()).digest()


def test_a_pass_is_shown_once_and_taken_back(doors: Doors) -> None:
    doors.client.app.state.clock = lambda: datetime.now(UTC)  # type: ignore[attr-defined] # a FastAPI
    (token,) = set(re.findall(r"/l/([\w-]+)", post(doors, "/pass").text))
    doors.tokens["guest"] = token
    assert token not in read(doors)
    assert doors.client.get("/home", headers=doors.headers("guest")).status_code == 200
    assert doors.client.get(PAGE, headers=doors.headers("guest")).status_code == 404
    post(doors, "/pass/end")
    assert doors.client.get("/home", headers=doors.headers("guest")).status_code == 404


def test_typed_indices_are_told_apart_from_ours(doors: Doors) -> None:
    """Ours is 1.44 kWh a day; the supplier's meter is said to have counted 1.6."""
    for day, index_kwh in ((9, "100"), (10, "101.6")):
        told = {"at_local": f"2026-03-{day:02d}T00:00", "index_kwh": index_kwh}
        assert post(doors, "/index", **told).status_code == 303
    assert "-10,0\xa0%" in read(doors)


def test_erasing_asks_once_more_and_then_is_thorough(doors: Doors, tmp_path: Path) -> None:
    listed = tmp_path / "erasures.jsonl"
    doors.client.app.state.erasure_list = listed  # type: ignore[attr-defined] # a FastAPI
    assert post(doors, "/erase", confirmation="yes").status_code == 422
    assert not listed.exists()
    assert post(doors, "/erase", confirmation="ok").status_code == 303
    assert len(listed.read_text("utf-8").splitlines()) == 1
    with connect(doors.database) as connection:
        assert connection.execute("SELECT count(*) FROM readings").fetchone() == (0,)
    assert doors.client.get("/home", headers=doors.headers("household")).status_code == 404


def test_letters_let_a_household_in(doors: Doors) -> None:
    with connect(doors.database) as connection:
        letters = make_letters(connection, 1, NOW_UTC)
    answer = doors.client.post("/enter", data={"letters": letters.upper()}, headers=HERE)
    assert answer.status_code == 303
    assert doors.client.get(answer.headers["location"]).headers["location"] == "/home"
    for wrong in ("../operator", "aaaa-bbbb-cccc-dddd"):
        answer = doors.client.post(
            "/enter", data={"letters": wrong}, headers=HERE, follow_redirects=True
        )
        assert answer.status_code == 404
