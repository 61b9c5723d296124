"""A building with something in it, and its doors open to each audience."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from api import own_data
from api.app import create_app
from commonwatt import rollups
from commonwatt.access import Audience, Role
from commonwatt.catalogue.steps import shipped_steps
from commonwatt.storage import accounts, consents, readings
from commonwatt.storage.accounts import give_building
from commonwatt.storage.consents import Purpose
from commonwatt.storage.links import make_link
from commonwatt.storage.pool import connect
from commonwatt.storage.readings import Sign
from commonwatt.storage.sessions import begin_account_session
from tests.simulated import START_S, START_UTC, move_in, rows_of, write
from tests.storage.workshops import open_one, pass_test

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

NOW_UTC = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
VALUES = {
    "head": "led",
    "token": "nobody-has-this",
    "purpose": "open_data",
    "unit": "watts",
    "start_s": 1_773_187_200,
    "end_s": 1_773_190_800,
    "step_s": 1800,
}
"""What stands in a path where any number will not do."""


@dataclass(frozen=True, slots=True)
class Doors:
    """A client of the application, and a token for each audience."""

    client: TestClient
    tokens: dict[str, str]
    database: str
    values: dict[str, Any] = field(default_factory=dict)
    """What stands in paths that are asked of these doors."""

    @property
    def app(self) -> FastAPI:
        return self.client.app  # type: ignore[return-value] # the app under test is a FastAPI

    def headers(self, audience: str | None) -> dict[str, str]:
        token = self.tokens.get(audience or "")
        return {"authorization": f"Bearer {token}"} if token else {}


@pytest.fixture(autouse=True)
def short_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that a test merely opens ends at once."""
    monkeypatch.setattr(own_data, "LONGEST_S", 0.0)


@pytest.fixture
def doors(database: str) -> Iterator[Doors]:
    with connect(database) as connection:
        home = move_in(connection)
        neighbour = move_in(connection, "A02", serial="cw-2222222")
        consents.give_consent(connection, home.viewer.occupancy_id, START_UTC)
        minutes = np.arange(1, int(NOW_UTC.timestamp() - START_S) // 60 + 1)
        write(connection, rows_of(home.meter, START_S + 60 * minutes, 1.0 * minutes))
        rollups.refresh(connection)
        now_s = NOW_UTC.timestamp()
        sign = Sign(home.meter.meter_id, now_s, power_w=1234, power_s=now_s)
        readings.see_meters(connection, [sign])
        subjects = {
            "household": (Audience.HOUSEHOLD, home.viewer.occupancy_id),
            "neighbour": (Audience.HOUSEHOLD, neighbour.viewer.occupancy_id),
            "maker": (Audience.MAKER, home.meter.meter_id),
            "landlord": (Audience.LANDLORD, home.building_id),
            "operator": (Audience.OPERATOR, 0),
        }
        tokens = {
            name: make_link(connection, audience, subject, NOW_UTC - timedelta(days=1))
            for name, (audience, subject) in subjects.items()
        }
    app = create_app(database)
    app.state.clock = lambda: NOW_UTC
    with TestClient(app, follow_redirects=False) as client:
        yield Doors(client, tokens, database)


@pytest.fixture
def full_doors(doors: Doors) -> Doors:
    """Doors with a second landlord, whose building has a home of its own."""
    with connect(doors.database) as connection:
        until_utc = datetime.now(UTC) + timedelta(days=1)
        consents.give_consent(connection, 1, NOW_UTC, Purpose.COACH)
        doors.tokens["guest"] = make_link(connection, Audience.GUEST, 1, NOW_UTC, until_utc)
        opened = open_one(connection)
        pass_test(connection, opened)
        for name, audience, subject in (
            ("facilitator", Audience.FACILITATOR, opened.handover.workshop_id),
            ("kit_maker", Audience.MAKER, opened.maker(connection).meter_id),
        ):
            doors.tokens[name] = make_link(connection, audience, subject, NOW_UTC)
        connection.execute(
            "INSERT INTO open_buildings VALUES (1, 'hall-1', 'Hall', %s)", (NOW_UTC,)
        )
        doors.values.update(
            VALUES, slug="hall-1", serial=opened.kit().serial, step=shipped_steps("led")[0].key
        )
        other = move_in(connection, "C07", building="Chênes", serial="cw-3333333")
        doors.tokens["landlord_2"] = make_link(
            connection, Audience.LANDLORD, other.building_id, NOW_UTC - timedelta(days=1)
        )
        for number, building_id in ((1, 1), (2, other.building_id)):
            name = f"landlord {number}"
            role = Role.LANDLORD_READER
            accounts.add_account(connection, f"staff{number}", PASSWORD, role, name, NOW_UTC)
            give_building(connection, building_id, accounts.put_landlord(connection, name))
            account = accounts.check_login(connection, f"staff{number}", PASSWORD)
            assert account is not None
            doors.tokens[f"staff_{number}"] = begin_account_session(
                connection, account.account_id, NOW_UTC
            )
    return doors
