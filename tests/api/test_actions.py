"""A landlord notes what was done in a building, on the page, and reads it again there and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api.sessions import COOKIE
from commonwatt.access import Role
from commonwatt.storage import accounts
from commonwatt.storage.pool import connect
from commonwatt.storage.sessions import begin_account_session
from tests.api.conftest import NOW_UTC, PASSWORD

if TYPE_CHECKING:
    from tests.api.conftest import Doors

WORKS = {"kind": "works", "start": "2026-02-02", "end": "2026-02-20", "note": "Isolation <nord>"}


def kept(doors: Doors) -> list[dict[str, str | None]]:
    answer = doors.client.get("/api/v1/building", headers=doors.headers("landlord"))
    actions: list[dict[str, str | None]] = answer.json()["actions"]
    return actions


SAME_SITE = {"sec-fetch-site": "same-origin"}


def post(doors: Doors, who: str | None = "landlord", **changes: str) -> tuple[int, str | None]:
    answer = doors.client.post(
        "/building/1/actions", data=WORKS | changes, headers=doors.headers(who) | SAME_SITE
    )
    return answer.status_code, answer.headers.get("location")


def test_an_action_is_kept_and_shown(doors: Doors) -> None:
    assert post(doors) == (303, "/building/1#actions")
    assert post(doors, kind="display", start="2026-03-01", end="", note="") == (
        303,
        "/building/1#actions",
    )
    assert [(each["kind"], each["start_day"], each["end_day"]) for each in kept(doors)] == [
        ("display", "2026-03-01", None),
        ("works", "2026-02-02", "2026-02-20"),
    ]
    page = doors.client.get("/building?lang=fr", headers=doors.headers("landlord")).text
    assert "Isolation &lt;nord&gt;" in page
    assert "en cours" in page


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"kind": "x"}, "kind_unknown", "is not in the list"),
        ({"start": "soon"}, "start_unreadable", "first day is no date"),
        ({"start": ""}, "start_unreadable", "first day is no date"),
        ({"start": "2200-01-01", "end": ""}, "start_unreadable", "first day is no date"),
        ({"end": "2026-02-30"}, "end_unreadable", "last day is no date"),
        ({"end": "2026-02-01"}, "end_before_start", "before the first"),
        ({"note": "x" * 201}, "note_unusable", "too long"),
        ({"note": "a\0b"}, "note_unusable", "invisible sign"),
    ],
)
def test_a_refusal_says_what_to_do(
    doors: Doors, changes: dict[str, str], code: str, words: str
) -> None:
    status, location = post(doors, **changes)
    assert (status, location) == (303, f"/building/1?refused={code}#actions")
    page = doors.client.get(f"/building?lang=en&refused={code}", headers=doors.headers("landlord"))
    assert words in page.text
    assert kept(doors) == []


@pytest.mark.parametrize("who", ["household", "maker", "operator", None])
def test_nobody_else_notes_actions(doors: Doors, who: str | None) -> None:
    assert post(doors, who)[0] == 404
    assert post(doors, who, kind="x")[0] == 404
    assert kept(doors) == []


def test_an_unknown_refusal_says_nothing(doors: Doors) -> None:
    page = doors.client.get("/building?refused=<b>", headers=doors.headers("landlord"))
    assert page.status_code == 200
    assert 'role="alert"' not in page.text


@pytest.mark.parametrize(
    ("role", "may"), [(Role.LANDLORD_MANAGER, True), (Role.LANDLORD_READER, False)]
)
def test_staff_that_may_change_things_note_actions(doors: Doors, role: Role, may: bool) -> None:
    with connect(doors.database) as connection:
        accounts.give_building(connection, 1, accounts.put_landlord(connection, "Habitat"))
        accounts.add_account(connection, "nadia", PASSWORD, role, "Habitat", NOW_UTC)
        account = accounts.check_login(connection, "nadia", PASSWORD)
        assert account is not None
        session = begin_account_session(connection, account.account_id, NOW_UTC)
    doors.client.cookies.set(COOKIE, session)
    page = doors.client.get("/building/1")
    assert ('action="/building/1/actions"' in page.text) is may
    assert ('action="/building/1/open"' in page.text) is may
    assert post(doors, None)[0] == (303 if may else 404)
    assert len(kept(doors)) == may
