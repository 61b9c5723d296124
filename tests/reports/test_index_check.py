"""The supplier's meter beside ours: how far off, over how much of the time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt import rollups
from commonwatt.access import Guest
from commonwatt.errors import AccessError, IndexRefusedError
from commonwatt.reports.index_check import check_indices
from commonwatt.storage.typed_indices import TypedIndex, load_typed, type_index
from tests.simulated import START_S, START_UTC, move_in, rows_of, write

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

DAY = timedelta(days=1)
NOW_UTC = START_UTC + 3 * DAY


def test_the_difference_is_told_with_its_coverage(connection: Connection) -> None:
    """Our meter counts 10 kWh a day; the supplier's 10.2, and on the third day ours is silent."""
    home = move_in(connection)
    end_s = START_S + np.arange(60, 2 * 86_400 + 1, 60)
    write(connection, rows_of(home.meter, end_s, 10_000 / 1440 * np.arange(1, len(end_s) + 1)))
    rollups.settle(connection)
    for day, index_wh in enumerate((5_000_000, 5_010_200, 5_020_400, 5_030_600)):
        typed = TypedIndex(START_UTC + day * DAY, index_wh)
        type_index(connection, home.viewer, typed, NOW_UTC)
    first, second, third = check_indices(connection, home.viewer, NOW_UTC)
    assert first.typed_kwh == pytest.approx(10.2)
    assert (first.difference, second.difference) == pytest.approx(
        (10 / 10.2 - 1, 10 / 10.2 - 1), abs=1e-3
    )
    assert second.coverage == pytest.approx(1, abs=0.01)
    assert (third.own_kwh, third.difference, third.coverage) == (None, None, 0)


@pytest.mark.parametrize(
    ("days", "index_wh", "code"),
    [(4, 6_000, "ahead"), (2, 4_000, "backwards"), (0, 6_000, "backwards")],
)
def test_what_cannot_be_right_is_refused(
    connection: Connection, days: int, index_wh: float, code: str
) -> None:
    home = move_in(connection)
    type_index(connection, home.viewer, TypedIndex(START_UTC + DAY, 5_000), NOW_UTC)
    with pytest.raises(IndexRefusedError) as refused:
        type_index(connection, home.viewer, TypedIndex(START_UTC + days * DAY, index_wh), NOW_UTC)
    assert refused.value.code == code
    assert len(load_typed(connection, home.viewer)) == 1


def test_the_same_instant_is_corrected(connection: Connection) -> None:
    home = move_in(connection)
    for index_wh in (5_000.0, 6_000.0):
        type_index(connection, home.viewer, TypedIndex(START_UTC, index_wh), NOW_UTC)
    assert load_typed(connection, home.viewer) == [TypedIndex(START_UTC, 6_000.0)]


def test_a_guest_types_nothing(connection: Connection) -> None:
    home = move_in(connection)
    guest = Guest(home.viewer.occupancy_id)
    with pytest.raises(AccessError):
        type_index(connection, guest, TypedIndex(START_UTC, 1), NOW_UTC)
    with pytest.raises(AccessError):
        check_indices(connection, guest, NOW_UTC)
