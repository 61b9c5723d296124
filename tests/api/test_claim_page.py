"""Taking a meter home on the page, and coming in with letters and a PIN."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from api.sessions import COOKIE
from commonwatt.claiming import REFUSALS
from commonwatt.registry.claims import Outcome
from commonwatt.storage import selftests
from commonwatt.storage.pool import connect
from commonwatt.storage.tries import MOST_TRIES, TRIES_WITHIN
from dashboards.words import Words
from tests.storage.workshops import NOW_UTC, open_one, pass_test

if TYPE_CHECKING:
    from tests.api.conftest import Doors
    from tests.storage.workshops import OpenWorkshop

HERE = {"sec-fetch-site": "same-origin", "accept-language": "fr"}
PIN = "271828"


@pytest.fixture
def opened(doors: Doors) -> OpenWorkshop:
    """A tested meter whose button was pressed just now."""
    doors.app.state.clock = lambda: NOW_UTC
    with connect(doors.database) as connection:
        opened = open_one(connection)
        pass_test(connection, opened)
        selftests.note_presence(connection, opened.maker(connection).meter_id, NOW_UTC)
    return opened


def post(doors: Doors, path: str, **form: Any) -> Any:
    return doors.client.post(path, data=form, headers=HERE)


def take_home(doors: Doors, opened: OpenWorkshop, **form: Any) -> str:
    answer = post(doors, "/claim", code=opened.kit().claim_code, agree="own_view", **form)
    assert answer.status_code == 200
    (letters,) = re.findall(r"<code>([\w-]+)</code>", answer.text)
    return str(letters)


def test_the_label_types_the_code(doors: Doors, opened: OpenWorkshop) -> None:
    code = opened.kit().claim_code
    assert f'value="{code}"' in doors.client.get(f"/claim?code={code}").text


def test_nothing_is_ticked_beforehand(doors: Doors) -> None:
    assert "checked" not in doors.client.get("/claim").text


def test_letters_of_a_claim_lead_home(doors: Doors, opened: OpenWorkshop) -> None:
    letters = take_home(doors, opened)
    way_in = post(doors, "/enter", letters=letters)
    assert doors.client.get(way_in.headers["location"]).headers["location"] == "/home"
    assert doors.client.get("/home").status_code == 200


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "nonsense"}, "mistyped"),
        ({"dwelling": "aaaa-bbbb-cccc-dddd"}, "dwelling_unknown"),
        ({"pin": "123"}, "pin_unfit"),
        ({"agree": []}, "consent_missing"),
    ],
)
def test_a_refusal_says_what_to_do_and_keeps_what_was_typed(
    doors: Doors, opened: OpenWorkshop, changes: dict[str, Any], code: str
) -> None:
    form = {"code": opened.kit().claim_code, "agree": "own_view"} | changes
    answer = post(doors, "/claim", **form)
    assert answer.status_code == 422
    assert Words("fr").text(f"claim.refused.{code}") in answer.text
    assert f'value="{form["code"]}"' in answer.text


@pytest.mark.parametrize("minutes", [11, 60 * 24 * 61])
def test_a_stolen_and_a_stale_code_are_refused(
    doors: Doors, opened: OpenWorkshop, minutes: int
) -> None:
    doors.app.state.clock = lambda: NOW_UTC + timedelta(minutes=minutes)
    answer = post(doors, "/claim", code=opened.kit().claim_code, agree="own_view")
    code = Outcome.NO_PROOF if minutes == 11 else Outcome.EXPIRED
    assert Words("fr").text(f"claim.refused.{code}") in answer.text


def test_a_code_is_used_once(doors: Doors, opened: OpenWorkshop) -> None:
    take_home(doors, opened)
    answer = post(doors, "/claim", code=opened.kit().claim_code, agree="own_view")
    assert Words("fr").text("claim.refused.used") in answer.text


def test_who_guesses_has_to_wait(doors: Doors, opened: OpenWorkshop) -> None:
    for _ in range(MOST_TRIES):
        assert post(doors, "/claim", code="nonsense", agree="own_view").status_code == 422
    right = {"code": opened.kit().claim_code, "agree": "own_view"}
    assert post(doors, "/claim", **right).status_code == 429
    doors.app.state.clock = lambda: NOW_UTC + TRIES_WITHIN
    assert post(doors, "/claim", **right).status_code == 200


def test_a_pin_is_asked_and_a_wrong_one_opens_nothing(doors: Doors, opened: OpenWorkshop) -> None:
    letters = take_home(doors, opened, pin=PIN)
    path = post(doors, "/enter", letters=letters).headers["location"]
    asking = doors.client.get(path)
    assert (asking.status_code, COOKIE in asking.cookies) == (200, False)
    assert 'name="pin"' in asking.text
    wrong = post(doors, path, pin="999999")
    assert (wrong.status_code, COOKIE in wrong.cookies) == (422, False)
    assert post(doors, path, pin=f" {PIN} ").headers["location"] == "/home"
    assert doors.client.get("/home").status_code == 200


def test_the_link_alone_is_no_way_around_the_pin(doors: Doors, opened: OpenWorkshop) -> None:
    token = take_home(doors, opened, pin=PIN).replace("-", "")
    bearer = {"authorization": f"Bearer {token}"}
    assert doors.client.get("/api/v1/household/now", headers=bearer).status_code == 404


def test_guessing_a_pin_has_to_wait(doors: Doors, opened: OpenWorkshop) -> None:
    path = f"/l/{take_home(doors, opened, pin=PIN).replace('-', '')}"
    for _ in range(MOST_TRIES):
        assert post(doors, path, pin="999999").status_code == 422
    assert post(doors, path, pin=PIN).status_code == 429


def test_a_household_sets_and_drops_its_pin(doors: Doors, opened: OpenWorkshop) -> None:
    path = f"/l/{take_home(doors, opened).replace('-', '')}"
    doors.client.get(path)
    assert post(doors, "/home/data/pin", pin="12").status_code == 422
    assert post(doors, "/home/data/pin", pin=PIN).status_code == 303
    assert 'name="pin"' in doors.client.get(path).text
    assert post(doors, "/home/data/pin", pin="").status_code == 303
    assert doors.client.get(path).headers["location"] == "/home"


def test_a_program_comes_in_with_its_token(doors: Doors, opened: OpenWorkshop) -> None:
    path = f"/l/{take_home(doors, opened, pin=PIN).replace('-', '')}"
    post(doors, path, pin=PIN)
    (token,) = re.findall(r"<code>([\w-]+)</code>", post(doors, "/home/data/program").text)
    doors.client.cookies.clear()
    bearer = {"authorization": f"Bearer {token}"}
    assert doors.client.get("/api/v1/household/now", headers=bearer).status_code == 200


def test_a_contract_is_kept_and_told(doors: Doors, opened: OpenWorkshop) -> None:
    doors.client.get(f"/l/{take_home(doors, opened).replace('-', '')}")
    agreed = {
        "valid_from": "2026-01-01",
        "option": "off_peak",
        "subscribed_kva": "9",
        "off_peak": "22h30-6h30, 12:00-14:00",
    }
    assert post(doors, "/home/data/contract", **agreed).status_code == 303
    page = doors.client.get("/home/data", headers=HERE).text
    assert "heures creuses et heures pleines, 9" in page
    for wrong in ({"off_peak": "at night"}, {"off_peak": ""}, {"subscribed_kva": "99"}):
        assert post(doors, "/home/data/contract", **(agreed | wrong)).status_code == 422


def test_nobody_leaves_tomorrow_or_before_coming(doors: Doors, opened: OpenWorkshop) -> None:
    doors.client.get(f"/l/{take_home(doors, opened).replace('-', '')}")
    for day in ("2026-03-13T08:00", "2026-03-01T08:00"):
        assert post(doors, "/home/data/leave", at_local=day).status_code == 422


def test_every_refusal_has_words() -> None:
    for language in ("fr", "en"):
        assert all(Words(language).text(f"claim.refused.{code}") for code in REFUSALS)
