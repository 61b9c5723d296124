"""The whole description of the API, tried by schemathesis on the running service by everybody."""

from __future__ import annotations

import json
import operator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import describe_api
from commonwatt.access import Audience, HouseholdMember
from commonwatt.demo.registration import register_home
from commonwatt.storage import buildings, listing
from commonwatt.storage.links import make_link
from commonwatt.storage.pool import connect
from tests.storage.workshops import open_one

if TYPE_CHECKING:
    from tests.acceptance.conftest import Service

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
EXAMPLES = 6
AUDIENCES = ("anonymous", "household", "guest", "maker", "facilitator", "landlord", "operator")
ENDLESS = {"/api/v1/household/live"}
"""A stream that goes on; it has tests of its own."""

SCHEMA = schemathesis.openapi.from_dict(json.loads(describe_api()))
OPERATIONS = {
    f"{operation.method.upper()} {operation.path}": operation
    for operation in map(operator.methodcaller("ok"), SCHEMA.get_all_operations())
    if operation.path not in ENDLESS
}


@pytest.fixture(scope="module")
def tokens(service: Service) -> dict[str, str]:
    now_utc = datetime.now(UTC)
    with connect(service.postgres.url) as connection:
        building = buildings.add_building(connection, "Peupliers")
        home = register_home(
            connection,
            building,
            stairwell="A",
            label="A01",
            serial="cw-2222222",
            start_utc=now_utc - timedelta(hours=2),
        )
        opened = open_one(connection)
        subjects = {
            Audience.HOUSEHOLD: home.occupancy_id,
            Audience.MAKER: opened.maker(connection).meter_id,
            Audience.FACILITATOR: opened.handover.workshop_id,
            Audience.LANDLORD: building,
            Audience.OPERATOR: 0,
        }
        found = {
            audience.value: make_link(connection, audience, subject, now_utc)
            for audience, subject in subjects.items()
        }
        found["guest"] = listing.lend_pass(connection, HouseholdMember(home.occupancy_id), now_utc)
    return found


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_answer_is_as_described(service: Service, tokens: dict[str, str], name: str) -> None:
    operation = OPERATIONS[name]
    cases = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def ask(case: Any) -> None:
        for audience in AUDIENCES:
            headers = {"authorization": f"Bearer {tokens[audience]}"} if audience in tokens else {}
            case.call_and_validate(
                base_url=service.web_url, headers=headers, checks=CHECKS, timeout=30
            )

    ask()
