"""Logging in: one sentence for every refusal, one verification for every try, and few tries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api.sessions import COOKIE
from commonwatt.access import Role
from commonwatt.errors import RegistryError
from commonwatt.registry import passwords
from commonwatt.storage import accounts
from commonwatt.storage.pool import connect
from commonwatt.storage.sessions import ACCOUNT_LIFE
from commonwatt.storage.tries import MOST_TRIES, TRIES_WITHIN
from tests.api.conftest import NOW_UTC

if TYPE_CHECKING:
    from tests.api.conftest import Doors

PASSWORD = "correct horse battery"
HERE = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def staffed(doors: Doors) -> Doors:
    """Doors with an operator, and a landlord's manager whose landlord has the building."""
    with connect(doors.database) as connection:
        accounts.add_account(connection, "ops", PASSWORD, Role.OPERATOR, None, NOW_UTC)
        accounts.add_account(
            connection, "staff", PASSWORD, Role.LANDLORD_MANAGER, "Office", NOW_UTC
        )
        accounts.give_building(connection, 1, accounts.put_landlord(connection, "Office"))
    return doors


def log_in(doors: Doors, login: str, password: str = PASSWORD) -> Any:
    form = {"login": login, "password": password}
    return doors.client.post("/login", data=form, headers=HERE)


def test_staff_choose_among_their_buildings(staffed: Doors) -> None:
    answer = log_in(staffed, " Staff ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/buildings")
    page = staffed.client.get("/buildings").text
    assert 'href="/building/1"' in page
    assert "Tilleuls" in staffed.client.get("/building/1").text
    assert staffed.client.get("/building/2").status_code == 404
    assert staffed.client.get("/api/v1/buildings").json() == [
        {"building_id": 1, "name": "Tilleuls"}
    ]
    assert staffed.client.get("/api/v1/quarantine").status_code == 404


def test_an_operator_reads_the_quarantine_and_that_is_noted(staffed: Doors) -> None:
    assert log_in(staffed, "ops").headers["location"] == "/"
    assert staffed.client.get("/api/v1/quarantine").status_code == 200
    log_in(staffed, "ops", "wrong")
    with connect(staffed.database) as connection:
        rows = connection.execute("SELECT viewer, what FROM audit_log ORDER BY audit_id")
        assert rows.fetchall() == [
            ("operator 0", "login"),
            ("operator 0", "quarantine"),
            ("nobody", "failed login"),
        ]


def test_a_login_begins_a_session_of_its_own(staffed: Doors) -> None:
    staffed.client.cookies.set(COOKIE, "planted-by-somebody-else")
    tokens = set()
    for _ in range(2):
        tokens.add(log_in(staffed, "ops").cookies[COOKIE])
        staffed.client.cookies.clear()
    assert len(tokens - {"planted-by-somebody-else"}) == 2
    staffed.client.cookies.set(COOKIE, tokens.pop())
    staffed.app.state.clock = lambda: NOW_UTC + ACCOUNT_LIFE
    assert staffed.client.get("/api/v1/quarantine").status_code == 404


@pytest.mark.parametrize(
    ("login", "password"), [("ops", "wrong"), ("nobody", PASSWORD), ("", ""), ("'; --", PASSWORD)]
)
def test_a_refusal_does_not_tell_which_was_wrong(staffed: Doors, login: str, password: str) -> None:
    answer = log_in(staffed, login or " ", password or " ")
    assert answer.status_code == 422
    assert "identifiant ou le mot de passe" in answer.text
    assert COOKIE not in answer.cookies


@pytest.mark.parametrize("login", ["ops", "nobody", "gone"])
def test_every_try_costs_one_verification(
    staffed: Doors, monkeypatch: pytest.MonkeyPatch, login: str
) -> None:
    with connect(staffed.database) as connection:
        accounts.add_account(connection, "gone", PASSWORD, Role.OPERATOR, None, NOW_UTC)
        accounts.disable_account(connection, "gone", NOW_UTC)
    hashes: list[str] = []

    class Counting:
        """Counts verifications, and does them."""

        def __init__(self, inner: Any) -> None:
            self.hash, self._inner = inner.hash, inner

        def verify(self, password_hash: str, password: str) -> bool:
            hashes.append(password_hash)
            return bool(self._inner.verify(password_hash, password))

    monkeypatch.setattr(passwords, "_HASHER", Counting(passwords._HASHER))
    log_in(staffed, login, "wrong")
    assert len(hashes) == 1
    assert hashes[0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_few_tries_an_account_from_wherever(staffed: Doors) -> None:
    for _ in range(MOST_TRIES):
        assert log_in(staffed, "ops", "wrong").status_code == 422
    refused = log_in(staffed, "OPS")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) == TRIES_WITHIN.total_seconds()
    staffed.app.state.clock = lambda: NOW_UTC + TRIES_WITHIN
    assert log_in(staffed, "ops").status_code == 303


def test_few_tries_an_address_whatever_the_account(staffed: Doors) -> None:
    for number in range(MOST_TRIES):
        log_in(staffed, f"nobody{number}", "wrong")
    assert log_in(staffed, "ops").status_code == 429


def test_a_disabled_or_reset_account_is_out_at_once(staffed: Doors) -> None:
    for change in ("disable", "reset"):
        assert log_in(staffed, "ops").status_code == 303
        assert staffed.client.get("/api/v1/quarantine").status_code == 200
        with connect(staffed.database) as connection:
            if change == "disable":
                accounts.disable_account(connection, "ops", NOW_UTC)
            else:
                accounts.reset_account(connection, "ops", "another password", NOW_UTC)
        assert staffed.client.get("/api/v1/quarantine").status_code == 404
        with connect(staffed.database) as connection:
            accounts.reset_account(connection, "ops", PASSWORD, NOW_UTC)


@pytest.mark.parametrize(
    ("role", "landlord", "password", "words"),
    [
        (Role.OPERATOR, "Office", PASSWORD, "has none"),
        (Role.LANDLORD_READER, None, PASSWORD, "need --landlord"),
        (Role.OPERATOR, None, "eleven char", "12 to 200"),
    ],
)
def test_what_cannot_be_an_account(
    staffed: Doors, role: Role, landlord: str | None, password: str, words: str
) -> None:
    with connect(staffed.database) as connection, pytest.raises(RegistryError, match=words):
        accounts.add_account(connection, "new", password, role, landlord, NOW_UTC)
