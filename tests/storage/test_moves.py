"""Whatever moves and is corrected, a half-hour of a meter belongs to one household at most."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Rollback

from commonwatt.errors import CommonwattError, RegistryError
from commonwatt.model import Period
from commonwatt.storage import buildings, households, meters, moves
from tests.simulated import START_UTC, move_in

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.storage.pool import Connection

HALF_HOUR = timedelta(minutes=30)
LAST = 24
SHARED = """
SELECT count(*) FROM generate_series(%s::timestamptz, %s, interval '30 minutes') AS h (at_utc)
CROSS JOIN meters m
CROSS JOIN LATERAL (
    SELECT count(*) AS households FROM installations i JOIN occupancies o USING (dwelling_id)
    WHERE i.meter_id = m.meter_id
      AND i.start_utc <= at_utc AND coalesce(i.end_utc, 'infinity') > at_utc
      AND o.start_utc <= at_utc AND coalesce(o.end_utc, 'infinity') > at_utc) found
WHERE households > 1
"""
STEPS = st.tuples(
    st.sampled_from(["in", "out", "move", "swap", "stay", "hang"]),
    st.integers(0, 2),
    st.integers(0, 2),
    st.integers(0, LAST),
    st.integers(0, LAST),
)


def at(step: int) -> datetime:
    return START_UTC + step * HALF_HOUR


def play(connection: Connection, homes: list[int], step: tuple[Any, ...]) -> None:
    """One act on meters 1 to 3, dwellings and households; what is refused changes nothing."""
    act, one, two, first, last = step
    acts: dict[str, Any] = {
        "in": lambda: households.move_in(connection, homes[one], at(first)),
        "out": lambda: households.move_out(connection, one + 1, at(last)),
        "move": lambda: moves.move_meter(connection, one + 1, homes[two], at(first)),
        "swap": lambda: moves.swap_meter(connection, homes[one], two + 1, at(first)),
        "stay": lambda: moves.correct_occupancy(connection, one + 1, at(first), at(last)),
        "hang": lambda: moves.correct_installation(
            connection, one + 1, START_UTC, at(first), at(last)
        ),
    }
    with suppress(CommonwattError), connection.transaction():
        acts[act]()


@pytest.fixture
def homes(connection: Connection) -> list[int]:
    """Three dwellings with a household and a meter each."""
    for number in range(3):
        move_in(connection, f"A0{number}", serial=f"cw-{7 * str(number)}")
    rows = connection.execute("SELECT dwelling_id FROM dwellings ORDER BY 1").fetchall()
    return [dwelling_id for (dwelling_id,) in rows]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, max_size=12))
def test_a_half_hour_belongs_to_one_household_at_most(
    connection: Connection, homes: list[int], steps: list[tuple[Any, ...]]
) -> None:
    with connection.transaction():
        for step in steps:
            play(connection, homes, step)
        assert connection.execute(SHARED, (START_UTC, at(LAST))).fetchone() == (0,)
        raise Rollback


def test_a_swapped_meter_hands_over_without_a_hole(connection: Connection) -> None:
    home = move_in(connection)
    other = meters.add_meter(connection, "cw-0000000")
    moves.swap_meter(connection, 1, other.meter_id, at(4))
    stays = households.stays_of(connection, home.viewer, Period(START_UTC, at(8)))
    assert [(stay.meter_id, stay.start_utc, stay.end_utc) for stay in stays] == [
        (home.meter.meter_id, START_UTC, at(4)),
        (other.meter_id, at(4), at(8)),
    ]


def test_a_date_corrected_later_restates_who_used_what(connection: Connection) -> None:
    home = move_in(connection)
    households.move_out(connection, home.viewer.occupancy_id, at(4))
    later = households.move_in(connection, 1, at(4))
    with pytest.raises(RegistryError):
        moves.correct_occupancy(connection, later, at(2), None)
    moves.correct_occupancy(connection, home.viewer.occupancy_id, START_UTC, at(2))
    moves.correct_occupancy(connection, later, at(2), None)
    assert households.occupancy_at(connection, home.meter.meter_id, at(3)) == later


def test_a_moved_meter_leaves_its_past_behind(connection: Connection) -> None:
    home = move_in(connection)
    elsewhere = buildings.add_dwelling(connection, home.building_id, "B", "B02")
    moves.move_meter(connection, home.meter.meter_id, elsewhere, at(4))
    (stay,) = households.stays_of(connection, home.viewer, Period(START_UTC, at(8)))
    assert stay.end_utc == at(4)
    with pytest.raises(RegistryError):
        moves.move_meter(connection, 99, elsewhere, at(6))


def test_nothing_is_corrected_that_is_not_there(connection: Connection) -> None:
    home = move_in(connection)
    with pytest.raises(RegistryError, match="nothing of that date"):
        moves.correct_installation(connection, home.meter.meter_id, at(1), at(2), None)
