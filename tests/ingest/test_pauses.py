"""A household that pauses: its meter is receipted, and nothing it says is kept or counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from commonwatt import rollups
from commonwatt.storage import consents, readings
from commonwatt.storage.consents import Purpose
from ingest.adapters.message import Extent
from ingest.batch import BatchWriter, Envelope, Receipt
from tests.ingest.test_batch import LOG, NOW_S, SERIAL, batch_of, numbers, record
from tests.simulated import move_in

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection
    from tests.simulated import Home

NOW_UTC = datetime.fromtimestamp(NOW_S, UTC)
HALF_DAY_S = 43_200


def power(connection: Connection) -> tuple[float | None] | None:
    return connection.execute("SELECT power_w FROM meter_signs").fetchone()


def withdraw(connection: Connection, home: Home, seconds: float = 0) -> None:
    at_utc = NOW_UTC + timedelta(seconds=seconds)
    consents.withdraw_consent(connection, home.viewer.occupancy_id, at_utc, Purpose.OWN_VIEW)


def agree(connection: Connection, home: Home, seconds: float = 0) -> None:
    at_utc = NOW_UTC + timedelta(seconds=seconds)
    consents.give_consent(connection, home.viewer.occupancy_id, at_utc, Purpose.OWN_VIEW)


def test_what_a_paused_home_uses_is_receipted_and_not_kept(connection: Connection) -> None:
    home = move_in(connection)
    agree(connection, home, -9000)
    writer = BatchWriter()
    writer.write(connection, [batch_of(record(1))], NOW_S)
    withdraw(connection, home)
    live = Envelope(f"cw/v1/{SERIAL}/live", b'{"v":1,"t":1789999990,"p_w":777}', NOW_S)
    broken = Envelope(f"cw/v1/{SERIAL}/live", b'{"v":1,"p_w":"canary"}', NOW_S)
    receipts = writer.write(connection, [batch_of(record(2)), live, broken], NOW_S + 6)
    assert receipts == [Receipt(SERIAL, Extent(LOG, 2, 2), 0)]
    assert numbers(connection) == [1]
    assert power(connection) == (None,)
    assert readings.last_refused(connection) == []
    assert sum(writer.outcomes.values()) == 4


def test_a_neighbour_goes_on(connection: Connection) -> None:
    withdraw_from = move_in(connection)
    move_in(connection, "A02", serial="cw-2222222")
    agree(connection, withdraw_from, -9000)
    withdraw(connection, withdraw_from)
    BatchWriter().write(connection, [batch_of(record(1), serial="cw-2222222")], NOW_S)
    assert numbers(connection) == [1]


def test_who_never_was_asked_is_not_paused(connection: Connection) -> None:
    move_in(connection)
    BatchWriter().write(connection, [batch_of(record(1))], NOW_S)
    assert numbers(connection) == [1]


def test_the_register_does_not_tell_afterwards_what_the_pause_used(connection: Connection) -> None:
    """Half a day paused: the register rose by 5 kWh meanwhile, which no half-hour may show."""
    home = move_in(connection)
    agree(connection, home, -90_000)
    writer = BatchWriter()
    first_s = int(NOW_S) - 2 * HALF_DAY_S
    before = [record(n, t=first_s + 60 * n, e_wh=n) for n in range(1, 31)]
    writer.write(connection, [batch_of(*before)], first_s + 2000)
    withdraw(connection, home, -2 * HALF_DAY_S + 2000)
    agree(connection, home, -HALF_DAY_S)
    after = [
        record(n, t=first_s + HALF_DAY_S + 3600 + 60 * n, e_wh=5000 + n, up_s=9_999_999)
        for n in range(31, 61)
    ]
    writer.write(connection, [batch_of(*after)], NOW_S)
    rollups.settle(connection)
    stored = connection.execute(
        "SELECT sum(register_wh + power_wh + estimated_wh) FROM half_hours"
    ).fetchone()
    assert stored is not None
    assert 50 < stored[0] < 600, "the edges may share in the gap, the pause itself may not"
