"""A silent or implausible meter opens a ticket to its workshop; a well one closes it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt.registry.tickets import Cause
from commonwatt.storage import meters, readings, selftests, tickets
from commonwatt.storage.readings import Refused, Sign
from commonwatt.storage.tickets import TicketRound
from tests.simulated import rows_of, write
from tests.storage.workshops import (
    MINUTE,
    NOW_UTC,
    good_lines,
    open_one,
    pass_test,
    redeem,
    selftest,
)

if TYPE_CHECKING:
    from commonwatt.storage.meters import Meter
    from commonwatt.storage.pool import Connection

HOUR = timedelta(hours=1)


@pytest.fixture
def meter(connection: Connection) -> Meter:
    """A meter that its home has claimed and that measured a minute later."""
    opened = open_one(connection)
    pass_test(connection, opened)
    meter_id = opened.maker(connection).meter_id
    selftests.note_presence(connection, meter_id, NOW_UTC)
    meter = redeem(connection, opened.kit().claim_code, NOW_UTC)
    measure(connection, meter, NOW_UTC + MINUTE)
    return meter


def measure(connection: Connection, meter: Meter, at_utc: datetime) -> None:
    at_s = at_utc.timestamp()
    write(connection, rows_of(meter, np.array([at_s]), np.array([at_s % 1000])))
    readings.see_meters(connection, [Sign(meter.meter_id, at_s)])


def look(connection: Connection, at_utc: datetime) -> tuple[int, int]:
    told = tickets.look_after_meters(connection, at_utc)
    return told.opened, told.closed


def cause(connection: Connection, meter: Meter) -> Cause | None:
    ticket = tickets.open_tickets(connection, [meter.meter_id]).get(meter.meter_id)
    return ticket.cause if ticket else None


def stage(connection: Connection, meter: Meter) -> str:
    return meters.meter_by_id(connection, meter.meter_id).state


def test_a_meter_that_speaks_is_live_and_has_no_ticket(
    connection: Connection, meter: Meter
) -> None:
    assert tickets.look_after_meters(connection, NOW_UTC + 2 * MINUTE) == TicketRound(0, 0)
    assert stage(connection, meter) == "live"
    assert tickets.all_open_tickets(connection) == []


def test_a_day_of_silence_opens_one_ticket_and_a_word_closes_it(
    connection: Connection, meter: Meter
) -> None:
    assert look(connection, NOW_UTC + 24 * HOUR) == (0, 0)
    late_utc = NOW_UTC + 25 * HOUR
    assert look(connection, late_utc) == (1, 0)
    assert look(connection, late_utc + HOUR) == (0, 0)
    assert (stage(connection, meter), cause(connection, meter)) == ("silent", Cause.POWER)
    (placed,) = tickets.all_open_tickets(connection)
    assert (placed.serial, placed.place) == (meter.serial, "Maison des jeunes")
    assert placed.ticket.opened_utc == late_utc
    measure(connection, meter, late_utc + 2 * HOUR)
    assert look(connection, late_utc + 2 * HOUR) == (0, 1)
    assert (stage(connection, meter), cause(connection, meter)) == ("live", None)


def test_a_weak_wifi_at_the_bench_is_the_likely_cause(connection: Connection, meter: Meter) -> None:
    weak = tuple(
        t if t.key != "wifi" else type(t)("wifi", ok=True, value=-80) for t in good_lines()
    )
    later = selftest(weak, NOW_UTC + 2 * MINUTE)
    selftests.keep_selftest(connection, meter.meter_id, "led", later)
    look(connection, NOW_UTC + 25 * HOUR)
    assert cause(connection, meter) is Cause.WIFI


def test_a_test_value_that_is_no_number_is_no_obstacle(
    connection: Connection, meter: Meter
) -> None:
    odd = (type(good_lines()[0])("wifi", ok=True, value="strong"),)
    selftests.keep_selftest(connection, meter.meter_id, "led", selftest(odd, NOW_UTC + 2 * MINUTE))
    look(connection, NOW_UTC + 25 * HOUR)
    assert cause(connection, meter) is Cause.POWER


def test_a_head_that_sees_nothing(connection: Connection, meter: Meter) -> None:
    """The meter says hello every hour, and no reading comes."""
    at_utc = NOW_UTC + 26 * HOUR
    readings.see_meters(connection, [Sign(meter.meter_id, at_utc.timestamp())])
    look(connection, at_utc)
    assert (stage(connection, meter), cause(connection, meter)) == ("live", Cause.HEAD)


@pytest.mark.parametrize(
    ("code", "expected"),
    [("register_absurd", Cause.HEAD), ("undated", Cause.CLOCK), ("database_refused", None)],
)
def test_an_implausible_meter_opens_a_ticket(
    connection: Connection, meter: Meter, code: str, expected: Cause | None
) -> None:
    at_utc = NOW_UTC + HOUR
    topic = f"cw/v1/{meter.serial}/readings"
    refused = Refused(at_utc.timestamp(), meter.meter_id, topic, code, "n=1", b"{}")
    readings.put_aside(connection, [refused])
    assert look(connection, at_utc) == (int(expected is not None), 0)
    assert cause(connection, meter) is expected
    measure(connection, meter, at_utc + MINUTE)
    assert look(connection, at_utc + MINUTE) == (0, int(expected is not None))


def test_a_cause_may_change_while_the_ticket_stays(connection: Connection, meter: Meter) -> None:
    late_utc = NOW_UTC + 25 * HOUR
    look(connection, late_utc)
    readings.see_meters(connection, [Sign(meter.meter_id, (late_utc + HOUR).timestamp())])
    assert look(connection, late_utc + HOUR) == (0, 0)
    ticket = tickets.open_tickets(connection, [meter.meter_id])[meter.meter_id]
    assert (ticket.cause, ticket.opened_utc) == (Cause.HEAD, late_utc)


def test_a_meter_of_no_workshop_opens_no_ticket(connection: Connection) -> None:
    meters.add_meter(connection, "cw-7k3f9qx", state="live")
    assert look(connection, NOW_UTC + 500 * HOUR) == (0, 0)
