"""Whatever goes wrong under /api is a problem document that says what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api.problems import RETRY_AFTER_S

if TYPE_CHECKING:
    from tests.api.conftest import Doors

ENERGY = "/api/v1/household/energy"


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/api/v1/nothing", 404, "Check the address and the token"),
        ("GET", "/api/v1/quarantine", 404, "Check the address and the token"),
        ("POST", "/api/v1/meter", 405, "see the header Allow"),
        ("GET", ENERGY, 422, "query.from: Field required"),
        ("GET", f"{ENERGY}?from=x&to=y", 422, "Correct these and send again"),
        ("GET", f"{ENERGY}?from=2026-03-02T00:00Z&to=2026-03-01T00:00Z", 422, "not after"),
    ],
)
def test_every_error_is_a_problem_document(
    doors: Doors, method: str, path: str, status: int, words: str
) -> None:
    answer = doors.client.request(method, path, headers=doors.headers("household"))
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"]) == (status, status)
    assert {"type", "title", "detail", "instance"} <= set(problem)
    assert problem["instance"] == path.partition("?")[0]
    assert words in problem["detail"]


def test_a_refused_method_names_the_others(doors: Doors) -> None:
    answer = doors.client.post("/api/v1/meter", headers=doors.headers("maker"))
    assert answer.headers["allow"] == "GET"


def test_what_was_sent_is_not_sent_back(doors: Doors) -> None:
    answer = doors.client.get(
        f"{ENERGY}?from=%3Cscript%3E&to=secret", headers=doors.headers("household")
    )
    assert "script" not in answer.text
    assert [error["where"] for error in answer.json()["errors"]] == ["query.from", "query.to"]


def test_a_database_that_is_away_says_when_to_come_back(doors: Doors) -> None:
    doors.client.app.state.pool.close()  # type: ignore[attr-defined] # the app under test
    answer = doors.client.get("/api/v1/meter", headers=doors.headers("maker"))
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == str(RETRY_AFTER_S[503])  # type: ignore[index]
