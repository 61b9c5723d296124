"""Two buildings of one landlord through two years: something is done in one, nothing in the other."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.access import Landlord
from commonwatt.storage import consents
from commonwatt.storage.actions import Action, ActionKind, add_action
from tests.core.homes import heated_wh
from tests.reports.two_years import DAYS, FIRST, START_UTC, TEMPERATURE_C, know_weather, number
from tests.simulated import Home, move_in

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

BEGUN = date(2024, 3, 1)
SUMMER_UTC = datetime(2024, 9, 5, tzinfo=UTC)
OVER_UTC = datetime(2025, 1, 5, tzinfo=UTC)
ADD_DAYS = """
    INSERT INTO days (meter_id, day, register_wh, power_wh, estimated_wh, covered_s)
    SELECT %s, %s::date + (n - 1)::integer, used_wh, 0, 0,
           extract(epoch FROM (%s::date + n::integer)::timestamp AT TIME ZONE 'Europe/Paris'
                            - (%s::date + (n - 1)::integer)::timestamp AT TIME ZONE 'Europe/Paris')
    FROM unnest(%s::double precision[]) WITH ORDINALITY used (used_wh, n)
"""


def settle(
    connection: Connection,
    building: str,
    count: int,
    saving: float = 0.0,
    *,
    first_number: int = 0,
    largest: float = 1,
) -> list[Home]:
    """Homes of many sizes that agree from the first day and save a share since the action."""
    homes = []
    for place in range(first_number, first_number + count):
        home = move_in(
            connection,
            f"A{place:02}",
            building=building,
            serial=f"cw-{place:07}",
            start_utc=START_UTC,
        )
        consents.give_consent(connection, home.viewer.occupancy_id, START_UTC)
        size = (0.7 + 0.05 * (place % 12)) * (largest if place == first_number else 1)
        use_wh = size * heated_wh(TEMPERATURE_C, noise=0.15, seed=place + 1)
        use_wh[number(BEGUN) - number(FIRST) :] *= 1 - saving
        row = (home.meter.meter_id, FIRST, FIRST, FIRST, np.maximum(use_wh, 0).tolist())
        connection.execute(ADD_DAYS, row)
        homes.append(home)
    know_weather(connection, homes[0])
    assert len(use_wh) == DAYS
    return homes


def own_together(connection: Connection, *homes: Home) -> None:
    """Let one landlord own the buildings of these homes."""
    connection.execute("INSERT INTO landlords (name) VALUES ('Office') ON CONFLICT DO NOTHING")
    connection.execute(
        "UPDATE buildings SET landlord_id = (SELECT max(landlord_id) FROM landlords)"
        " WHERE building_id = ANY(%s)",
        ([home.building_id for home in homes],),
    )


def act(connection: Connection, home: Home) -> Landlord:
    """Hang up displays in a building; return who may look at it."""
    landlord = Landlord(home.building_id)
    add_action(connection, landlord, Action(ActionKind.DISPLAY, BEGUN, None, "displays"))
    return landlord


def act_in_one(
    connection: Connection, saving: float = 0.1, *, homes: int = 12, waiting: int = 12
) -> tuple[Landlord, list[Home], list[Home]]:
    """One building that saves, another that waits, and an action in the first."""
    treated = settle(connection, "Tilleuls", homes, saving)
    others = settle(connection, "Chênes", waiting, first_number=homes)
    own_together(connection, treated[0], others[0])
    return act(connection, treated[0]), treated, others
