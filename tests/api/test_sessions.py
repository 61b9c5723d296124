"""A session: begun anew at each opening, opaque, and ended at once when it should."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from api.sessions import COOKIE, SECURE_COOKIE
from commonwatt.storage.links import revoke_link
from commonwatt.storage.pool import connect
from commonwatt.storage.sessions import LINK_LIFE
from commonwatt.storage.tries import MOST_TRIES, TRIES_WITHIN
from tests.api.conftest import NOW_UTC

if TYPE_CHECKING:
    from tests.api.conftest import Doors

HERE = {"sec-fetch-site": "same-origin"}


def enter(doors: Doors, audience: str = "household") -> str:
    """Open a link as a browser does; the client keeps the cookie."""
    answer = doors.client.get(f"/l/{doors.tokens[audience]}")
    return answer.cookies[COOKIE]


def test_a_session_lets_in_and_is_not_the_link(doors: Doors) -> None:
    token = enter(doors)
    assert token != doors.tokens["household"]
    assert len(token) >= 43
    assert doors.client.get("/home").status_code == 200
    assert doors.client.get("/meter").status_code == 404


def test_every_opening_begins_another_session(doors: Doors) -> None:
    doors.client.cookies.set(COOKIE, "planted-by-somebody-else")
    first = enter(doors)
    doors.client.cookies.clear()
    assert first != "planted-by-somebody-else"
    assert enter(doors) != first


def test_a_planted_token_stays_worthless(doors: Doors) -> None:
    enter(doors)
    doors.client.cookies.clear()
    doors.client.cookies.set(COOKIE, "planted-by-somebody-else")
    assert doors.client.get("/home").status_code == 404


def test_neither_link_nor_hash_serves_as_a_session(doors: Doors) -> None:
    with connect(doors.database) as connection:
        enter(doors)
        kept = connection.execute("SELECT encode(token_hash, 'hex') FROM sessions").fetchall()
    for token in (doors.tokens["household"], kept[0][0]):
        doors.client.cookies.clear()
        doors.client.cookies.set(COOKIE, token)
        assert doors.client.get("/home").status_code == 404


def test_leaving_ends_the_session_for_every_copy(doors: Doors) -> None:
    token = enter(doors)
    answer = doors.client.post("/logout", headers=HERE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert COOKIE not in doors.client.cookies
    doors.client.cookies.set(COOKIE, token)
    assert doors.client.get("/home").status_code == 404


def test_leaving_one_session_leaves_the_other(doors: Doors) -> None:
    first = enter(doors)
    doors.client.cookies.clear()
    enter(doors)
    doors.client.post("/logout", headers=HERE)
    doors.client.cookies.clear()
    doors.client.cookies.set(COOKIE, first)
    assert doors.client.get("/home").status_code == 200


def test_a_revoked_link_ends_its_sessions_at_once(doors: Doors) -> None:
    enter(doors)
    with connect(doors.database) as connection:
        revoke_link(connection, doors.tokens["household"], NOW_UTC)
    assert doors.client.get("/home").status_code == 404


def test_a_session_expires(doors: Doors) -> None:
    enter(doors)
    doors.app.state.clock = lambda: NOW_UTC + LINK_LIFE - timedelta(seconds=1)
    assert doors.client.get("/home").status_code == 200
    doors.app.state.clock = lambda: NOW_UTC + LINK_LIFE
    assert doors.client.get("/home").status_code == 404


def test_use_is_noted_by_the_hour(doors: Doors) -> None:
    enter(doors)
    for minutes, noted in ((59, 0), (60, 60), (61, 60)):
        at_utc = NOW_UTC + timedelta(minutes=minutes)
        doors.app.state.clock = lambda at_utc=at_utc: at_utc
        doors.client.get("/home")
        with connect(doors.database) as connection:
            row = connection.execute("SELECT used_utc FROM sessions").fetchone()
        assert row == (NOW_UTC + timedelta(minutes=noted),)


@pytest.mark.parametrize("secure", [True, False])
def test_the_cookie_is_bound_to_this_host(doors: Doors, *, secure: bool) -> None:
    doors.app.state.secure_cookies = secure
    cookie = doors.client.get(f"/l/{doors.tokens['household']}").headers["set-cookie"]
    name, _, rest = cookie.partition("=")
    told = {part.strip().lower() for part in rest.split(";")[1:]}
    assert name == (SECURE_COOKIE if secure else COOKIE)
    assert {"httponly", "samesite=lax", "path=/"} <= told
    assert ("secure" in told) is secure
    assert not any(part.startswith("domain") for part in told)


def test_unknown_links_are_throttled_and_known_ones_wait_too(doors: Doors) -> None:
    for number in range(MOST_TRIES):
        assert doors.client.get(f"/l/unknown-{number}").status_code == 404
    refused = doors.client.get(f"/l/{doors.tokens['household']}")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) == TRIES_WITHIN.total_seconds()
    doors.app.state.clock = lambda: NOW_UTC + TRIES_WITHIN
    assert doors.client.get(f"/l/{doors.tokens['household']}").status_code == 303


def test_known_links_do_not_count(doors: Doors) -> None:
    for _ in range(MOST_TRIES + 1):
        assert doors.client.get(f"/l/{doors.tokens['household']}").status_code == 303
